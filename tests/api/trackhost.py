#!/usr/bin/python3
"""What an account sees of its tracking host and defaults. Called by trackhost.test with HTTP, STARTTLS and W in the
environment; prints "ok …" and "FAIL …" lines."""
import base64
import email
import email.message
import email.policy
import http.client
import json
import os
import pathlib
import re
import signal
import smtplib
import ssl
import sys
import time
import urllib.parse

HTTP, W = int(os.environ["HTTP"]), pathlib.Path(os.environ["W"])
KEYS = {name: json.loads((W / f"{name}.json").read_text()) for name in ("shop", "other", "operator")}
HOST, TARGET = "click.shop.test", "mail.lab.test"
URL, OWN = f"http://{HOST}:{HTTP}", f"http://{TARGET}:{HTTP}"
PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
PATIENCE = 90
failed = 0


def check(what, good, detail=""):
    global failed
    failed += not good
    print(("ok    " if good else "FAIL  ") + what + ("" if good else f": {detail}"), flush=True)
    return good


def until(what, fn):
    end = time.monotonic() + PATIENCE
    while not (good := fn()) and time.monotonic() < end:
        time.sleep(0.2)
    return check(what, good, f"not within {PATIENCE} s")


def call(method, path, body=None, who="shop", **fields):
    key = KEYS[who]
    fields = {"Authorization": "Basic " + base64.b64encode(f"{key['key']}:{key['secret']}".encode()).decode(),
              "Content-Type": "application/json", **fields}
    if "X-Postmark-Server-Token" in fields:
        del fields["Authorization"]
    for _ in range(60):
        c = http.client.HTTPConnection("127.0.0.1", HTTP, timeout=60)
        c.request(method, path, None if body is None else json.dumps(body), fields)
        r = c.getresponse()
        status, text = r.status, r.read()
        c.close()
        if status not in (503, 504):
            break
        time.sleep(0.5)
    return status, json.loads(text) if text else None


def arrived(to):
    """The message that the sink has for this recipient."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for file in W.glob("sink/*.json"):
            facts = json.loads(file.read_text())
            if facts["outcome"] == "kept" and to in facts["to"]:
                return email.message_from_bytes(file.with_suffix(".eml").read_bytes(), policy=email.policy.default)
        time.sleep(0.2)
    raise RuntimeError(f"nothing arrived for {to}")


number = 0


def send(who="shop", **more):
    """One message by the native call, as it arrived."""
    global number
    number += 1
    to = f"n{number}@else.test"
    status, j = call("POST", "/v1/messages", {
        "from": f"a@{who}.test", "to": to, "subject": "s", "text": "see http://page.test/t now",
        "html": '<a href="http://page.test/h">x</a>', **more}, who)
    if status != 202:
        raise RuntimeError(f"{status} {j}")
    return arrived(to)


def links(m):
    """In the HTML, the text, and the image: where each begins."""
    html, text = m.get_body(("html",)).get_content(), m.get_body(("plain",)).get_content()
    image = re.search(r'<img src="([^"]+)"', html)
    return re.search(r'href="([^"]+)"', html)[1], re.search(r"http\S+", text)[0], image and image[1]


def starts(m):
    return [u and "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(u)) for u in links(m)]


def get(url, host):
    c = http.client.HTTPConnection("127.0.0.1", HTTP, timeout=60)
    c.request("GET", urllib.parse.urlsplit(url).path, headers={"Host": host, "User-Agent": PERSON})
    r = c.getresponse()
    r.read()
    c.close()
    return r.status, r.getheader("Location")


def clicked(to):
    status, j = call("GET", f"/v1/messages?to={to}")
    if status != 200 or not j["data"]:
        return False
    status, j = call("GET", f"/v1/messages/{j['data'][0]['id']}")
    return status == 200 and "clicked" in [e["event"] for row in j["data"] for e in row["timeline"]]


def defaults():
    check("default: nothing", starts(send()) == ["http://page.test"] * 2 + [None])
    status, j = call("PATCH", "/v1/account/tracking", {"track_opens": True, "track_clicks": "all"})
    check("defaults are set", (status, j["track_opens"], j["track_clicks"], j["url"]) == (200, True, "all", None), j)
    until("default: all is tracked", lambda: starts(send()) == [OWN] * 3)
    check("the message's own word wins", starts(send(track_opens=False, track_clicks=False)) ==
          ["http://page.test"] * 2 + [None])
    check("and for one of both", starts(send(track_opens=False)) == [OWN, OWN, None])
    check("another account has its own", starts(send("other")) == ["http://page.test"] * 2 + [None])
    for name, body in (("a word that is none", {"track_clicks": "some"}), ("no boolean", {"track_opens": "yes"}),
                       ("a path", {"url": URL + "/x"}), ("another scheme", {"url": "ftp://click.shop.test"}),
                       ("an address", {"url": "http://127.0.0.1"}), ("the service's name", {"url": f"https://{TARGET}"}),
                       ("a user", {"url": "http://a:b@click.shop.test"}), ("a number", {"url": 7})):
        status, j = call("PATCH", "/v1/account/tracking", body)
        check(f"refused: {name}", status == 422, f"{status} {j}")


def by_smtp(to):
    m = email.message.EmailMessage(policy=email.policy.SMTP)
    m["From"], m["To"], m["Subject"] = "a@shop.test", to, "smtp"
    m.set_content("see http://page.test/t now")
    m.add_alternative('<a href="http://page.test/h">x</a>', subtype="html")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with smtplib.SMTP("127.0.0.1", int(os.environ["STARTTLS"]), timeout=60) as s:
        s.starttls(context=context)
        s.login(KEYS["shop"]["key"], KEYS["shop"]["secret"])
        s.send_message(m)
    return arrived(to)


def by_postmark(to):
    status, j = call("POST", "/email", {
        "From": "a@shop.test", "To": to, "Subject": "pm", "TextBody": "see http://page.test/t now",
        "HtmlBody": '<a href="http://page.test/h">x</a>'}, **{"X-Postmark-Server-Token": KEYS["shop"]["postmark_token"]})
    check("Postmark's call is taken", status == 200, f"{status} {j}")
    return arrived(to)


def verify(who="shop", **body):
    return call("POST", "/v1/account/tracking/verify", body, who)


def host():
    status, j = call("PATCH", "/v1/account/tracking", {"url": URL.upper().replace("HTTP:", "http:") + "/"})
    check("a host is pending", (status, j["url"], j["host"], j["state"], j["target"]) ==
          (200, URL, HOST, "pending", TARGET), j)
    check("a pending one is not used", starts(send()) == [OWN] * 3)
    status, j = verify()
    check("not in the DNS: pending", (status, j["state"]) == (200, "pending") and "CNAME" in (j["why"] or ""), j)
    with open(W / "zone", "a", encoding="utf-8") as zone:
        zone.write(f"{HOST} CNAME {TARGET}\nlate.other.test SERVFAIL\n")
    status, j = verify()
    check("verified", (status, j["state"], j["why"], j["forced"]) == (200, "verified", None, False), j)
    until("its links begin with the host", lambda: starts(send()) == [URL] * 3)
    check("Postmark's too", starts(by_postmark("pm@else.test")) == [URL] * 3)
    check("and by SMTP", starts(by_smtp("smtp@else.test")) == [URL] * 3)


def requests():
    to = "click@else.test"
    call("POST", "/v1/messages", {"from": "a@shop.test", "to": to, "subject": "s", "text": "http://page.test/t ",
                                  "html": '<a href="http://page.test/h">x</a>'})
    html, _, image = links(arrived(to))
    for name in (f"{HOST}:{HTTP}", HOST.upper(), f"{TARGET}:{HTTP}", "127.0.0.1"):
        check(f"under {name} it leads on", get(html, name) == (302, "http://page.test/h"), get(html, name))
    check("the image is there", get(image, HOST)[0] == 200)
    until("a click is told", lambda: clicked(to))
    theirs = links(send("other", track_clicks=True))[0]
    check("another account's link leads on under the service's name", get(theirs, TARGET)[0] == 302)
    check("and is nothing under this account's", get(theirs, HOST)[0] == 404)


def others():
    status, j = call("PATCH", "/v1/account/tracking", {"url": URL}, "other")
    check("another account may claim it", (status, j["state"]) == (200, "pending"), j)
    status, j = verify("other")
    check("but its domain is not its own", (status, j["state"]) == (200, "pending") and "domain" in j["why"], j)
    check("and it cannot force it", verify("other", force=True)[0] == 403)
    status, j = call("POST", "/v1/account/tracking/verify?account=other", {"force": True}, "operator")
    check("nor does an operator, while it is verified", status == 409, f"{status} {j}")
    call("PATCH", "/v1/account/tracking", {"url": "https://late.other.test"}, "other")
    status, j = verify("other")
    check("a DNS that does not answer says nothing", (status, j["state"]) == (200, "pending") and
          "no answer" in j["why"], j)
    status, j = call("POST", "/v1/account/tracking/verify?account=other", {"force": True}, "operator")
    check("an operator takes it as it is", (status, j["state"], j["forced"]) == (200, "verified", True), j)
    until("and it is used", lambda: starts(send("other", track_clicks=True))[0] == "https://late.other.test")
    m = send("other", stream="broadcast")
    check("for unsubscribing too", "https://late.other.test/u/" in (m["List-Unsubscribe"] or ""), m["List-Unsubscribe"])
    call("PATCH", "/v1/account/tracking", {"url": None}, "other")


def warned():
    html = links(send())[0]
    zone = (W / "zone").read_text()
    (W / "zone").write_text(zone.replace(f"{HOST} CNAME {TARGET}", f"{HOST} A 192.0.2.9"))
    status, j = verify()
    check("it leads elsewhere: a warning", (status, j["state"]) == (200, "warning") and "elsewhere" in j["why"], j)
    until("links begin with the service's name again", lambda: starts(send()) == [OWN] * 3)
    check("a link of before works", get(html, HOST)[0] == 302)
    (W / "zone").write_text(zone)
    check("and verified again", verify()[1]["state"] == "verified")
    until("and used again", lambda: starts(send()) == [URL] * 3)


def key_of(link):
    return base64.urlsafe_b64decode(urllib.parse.urlsplit(link).path.split("/")[2][:4])[0]


def turned():
    """The keys that seal links, by the configuration and a reload."""
    def reload(keys):
        config = W / "lab.yaml"
        config.write_text(re.sub(r"tracking: \{( (oldest_)?key: \d+,)*", "tracking: {" + keys, config.read_text()))
        os.kill(int(os.environ["SERVE"]), signal.SIGHUP)

    def there(fn):
        try:
            return fn()
        except (OSError, http.client.HTTPException):  # an edge that leaves
            return False

    def answers(link, status):
        return there(lambda: get(link, HOST)[0] == status)

    old = links(send())[0]
    check("links are sealed with key 1", key_of(old) == 1, key_of(old))
    reload(" key: 2,")
    until("and with key 2 after a reload", lambda: there(lambda: key_of(links(send())[0]) == 2))
    new = links(send())[0]
    check("a link of the old key works", answers(old, 302))
    check("and one of the new key", answers(new, 302))
    reload(" key: 2, oldest_key: 2,")
    until("a key that is given up opens nothing", lambda: answers(old, 404))
    check("the new one does", answers(new, 302))


def domain():
    """The domain's own records: lost ones are a warning, and its mail goes out."""
    zone = (W / "zone").read_text()
    without = "".join(line + "\n" for line in zone.splitlines() if "._domainkey.shop.test" not in line)
    ask = lambda: call("POST", "/v1/domains/shop.test/verify", {})[1]
    before = ask()
    check("a domain is verified", (before["state"], before["why"]) == ("verified", None), before)
    (W / "zone").write_text(without + "fct1._domainkey.shop.test SERVFAIL\nfct1e._domainkey.shop.test SERVFAIL\n")
    j = ask()
    check("no answer changes nothing", (j["state"], j["since"]) == ("verified", before["since"]) and
          j["records"][0]["state"] == "unknown", j)
    (W / "zone").write_text(without)
    j = ask()
    check("its keys are gone: a warning", (j["state"], j["verified"]) == ("warning", True) and j["since"] > before["since"] and
          "fct1._domainkey.shop.test" in j["why"], j)
    j = call("GET", "/v1/domains/shop.test", None)[1]
    check("the list says so", (j["state"], [r["state"] for r in j["records"][:2]]) == ("warning", ["missing"] * 2), j)
    check("mail goes out", send() is not None)
    (W / "zone").write_text(zone)
    check("verified again", ask()["state"] == "verified")


defaults()
host()
requests()
others()
warned()
domain()
turned()
sys.exit(1 if failed else 0)
