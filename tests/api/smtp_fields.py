#!/usr/bin/python3
"""smtp_fields.test's client: SMTP port, HTTP port; FACTEUR in the environment."""
import email
import email.policy
import http.client
import json
import os
import re
import smtplib
import subprocess
import sys
import time
import urllib.parse

SMTP, HTTP = int(sys.argv[1]), int(sys.argv[2])
PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
HTML = '<html><body><p><a href="http://shop.example/a?b=1&amp;c=2">été</a></p></body></html>\r\n'


def facteur(*args):
    return subprocess.run([os.environ["FACTEUR"], *args, "--json"], capture_output=True, timeout=60,
                          check=False, text=True).stdout


def http_call(method, path, body=None, headers=None):
    c = http.client.HTTPConnection("127.0.0.1", HTTP, timeout=60)
    c.request(method, path, body, headers or {})
    r = c.getresponse()
    return r, r.read().decode(errors="replace")


def until(what, get):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        got = get()
        if got:
            return got
        time.sleep(0.2)
    sys.exit(f"never: {what}")


def check(what, yes):
    if not yes:
        sys.exit(f"wrong: {what}")
    print("ok    " + what)


def arrived(to):
    """The message in the sink, as bytes."""
    def get():
        found = json.loads(facteur("sink", "list", "--to", to) or "{}").get("messages")
        return found and found[-1]["n"]
    n = until(f"mail to {to}", get)
    return subprocess.run([os.environ["FACTEUR"], "sink", "show", str(n)], capture_output=True,
                          timeout=60, check=True).stdout


def events(to):
    found = json.loads(facteur("trace", to) or "{}").get("recipients", [])
    return [e["event"] for r in found for e in r["timeline"]]


def message(to, *fields):
    """Alternatives: quoted-printable text, base64 HTML, and a file that must stay as it is."""
    m = email.message.EmailMessage(policy=email.policy.SMTP)
    m["From"], m["To"], m["Subject"] = "a@demo.test", to, "fields"
    for name, value in fields:
        m[name] = value
    m.set_content("Voilà http://shop.example/text\r\n", cte="quoted-printable")
    m.add_alternative(HTML, subtype="html", cte="base64")
    m.add_attachment("http://shop.example/file\r\n", filename="a.txt")
    return m


def part(raw, kind):
    m = email.message_from_bytes(raw, policy=email.policy.SMTP)
    return m, m.get_body((kind,)).get_content()


def follow(url):
    r, _ = http_call("GET", urllib.parse.urlsplit(url).path, headers={"User-Agent": PERSON})
    return r.status, r.getheader("Location")


def tracked(raw, what):
    m, html = part(raw, "html")
    text = part(raw, "plain")[1]
    href = re.search(r'href="([^"]+)"', html)[1]
    check(what + ": the link in HTML leads on", follow(href) == (302, "http://shop.example/a?b=1&c=2"))
    check(what + ": the link in the text leads on",
          follow(re.search(r"http\S+", text)[0]) == (302, "http://shop.example/text"))
    check(what + ": text around links is as it was", "Voilà " in text and ">été</a></p>" in html)
    check(what + ": the file is as it was",
          next(m.iter_attachments()).get_content().strip() == "http://shop.example/file")
    pixel = re.search(r'<img src="([^"]+)"', html)
    check(what + ": an image is fetched", follow(pixel[1])[0] == 200)
    return href


def by_smtp():
    s = smtplib.SMTP("127.0.0.1", SMTP, timeout=60)
    s.login("anybody", "anything")
    to = ["amy@example.org", "ben@example.org"]
    s.send_message(message(", ".join(to), ("X-MJ-CustomID", "order-7"), ("X-Mailjet-TrackOpen", "1"),
                           ("X-Mailjet-TrackClick", "1"), ("X-PM-Tag", "shop")), "a@demo.test", to)
    links = [tracked(arrived(a), a) for a in to]
    check("each has links of his own", links[0] != links[1])
    check("the fields are gone", not re.search(rb"(?mi)^x-(mj|mailjet|pm)", arrived(to[0])))
    for a in to:
        until(f"{a} clicked", lambda a=a: "clicked" in events(a) and "opened" in events(a))
    _, body = http_call("GET", "/v1/messages?custom_id=order-7",
                        headers={"Authorization": "Basic YTpi"})
    found = json.loads(body)["data"]
    check("found by custom id, as one message",
          {r["to"] for r in found} == set(to) and len({r["message"] for r in found}) == 1)
    plain = message("cat@example.org").as_bytes()
    s.sendmail("a@demo.test", ["cat@example.org"], plain)
    raw = arrived("cat@example.org")
    check("without fields it is as it was", raw.endswith(plain[plain.index(b"From:"):]))
    try:
        s.send_message(message("dan@example.org", ("X-SMTPAPI", '{"category"')), "a@demo.test",
                       "dan@example.org")
        check("a broken X-SMTPAPI is refused", False)
    except smtplib.SMTPDataError as e:
        check("a broken X-SMTPAPI is refused", e.smtp_code == 554 and b"X-SMTPAPI" in e.smtp_error)
    merge(s)
    s.quit()


def merge(s):
    """SendGrid's mail merge: recipients of X-SMTPAPI in place of the envelope's, each a mail of his own."""
    names = ["Gus", "Hal", "Ivy"]
    to = [f"{n.lower()}@example.org" for n in names]
    fields = {"to": [f"{n} <{a}>" for n, a in zip(names, to)], "sub": {"-name-": names, "-n-": ["1", "2", "3"]},
              "section": {"[hello]": "Hello -name-"}, "unique_args": {"run": "merge"},
              "send_each_at": [0, 0, int(time.time()) + 3600]}
    m = email.message.EmailMessage(policy=email.policy.SMTP)
    m["From"], m["To"], m["Subject"] = "a@demo.test", "list@example.org", "Number -n-"
    m["X-SMTPAPI"] = json.dumps(fields)
    m.set_content("[hello], this is yours.\r\n")
    s.send_message(m, "a@demo.test", "list@example.org")
    for n, a, number in list(zip(names, to, "123"))[:2]:
        got, text = part(arrived(a), "plain")
        check(f"merge: {n}'s own", got["To"] == f"{n} <{a}>" and got["Subject"] == f"Number {number}" and
              text.strip() == f"Hello {n}, this is yours." and got["X-SMTPAPI"] is None)
    check("merge: who comes later waits", until("its events", lambda: events(to[2])) == ["accepted"] and
          events("list@example.org") == [])


def by_mailgun():
    body = b""
    for name, value in (("to", b"eve@example.org"), ("o:tracking", b"yes"),
                        ("o:tracking-clicks", b"yes"), ("o:tracking-opens", b"yes"),
                        ("message", message("eve@example.org").as_bytes())):
        end = b'; filename="m.eml"' if name == "message" else b""
        body += (b"--XX\r\nContent-Disposition: form-data; name=\"" + name.encode() + b'"' + end +
                 b"\r\n\r\n" + value + b"\r\n")
    r, said = http_call("POST", "/v3/demo.test/messages.mime", body + b"--XX--\r\n",
                        {"Authorization": "Basic YXBpOng=",
                         "Content-Type": "multipart/form-data; boundary=XX"})
    check(f"Mailgun's .mime: {r.status} {said.strip()}", r.status == 200)
    tracked(arrived("eve@example.org"), "Mailgun's .mime")
    until("eve clicked", lambda: "clicked" in events("eve@example.org"))


by_smtp()
by_mailgun()
