#!/usr/bin/python3
"""consent.test's client: the program, a key of the account as JSON; W, HTTP, PLAIN in the environment."""
import base64
import email
import email.policy
import http.client
import json
import os
import pathlib
import re
import smtplib
import subprocess
import sys
import time
import urllib.parse

FACTEUR, W, HTTP = sys.argv[1], pathlib.Path(os.environ["W"]), int(os.environ["HTTP"])
KEY = json.loads(pathlib.Path(sys.argv[2]).read_text())
BASIC = "Basic " + base64.b64encode(f"{KEY['key']}:{KEY['secret']}".encode()).decode()
PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
HTML = '<html><body><a href="http://shop.example/a">a</a></body></html>'
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def check(what, yes):
    if not yes:
        print("FAIL  " + what)
        sys.exit(1)
    print("ok    " + what, flush=True)


def until(what, get):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        got = get()
        if got:
            return got
        time.sleep(0.1)
    check(what, False)


def facteur(*args):
    return subprocess.run([FACTEUR, "--config", str(W / "lab.yaml"), *args], capture_output=True, timeout=60,
                          check=False, text=True).stdout


def call(method, path, body=None, fields=None):
    c = http.client.HTTPConnection("127.0.0.1", HTTP, timeout=60)
    c.request(method, path, body, {"User-Agent": PERSON, **(fields or {})})
    r = c.getresponse()
    return r, r.read().decode(errors="replace")


def api(method, path, body=None):
    r, text = call(method, path, json.dumps(body) if body else None,
                   {"Authorization": BASIC, "Content-Type": "application/json"})
    return r.status, json.loads(text) if text else None


def send(to, **more):
    status, got = api("POST", "/v1/messages", {"from": "a@shop.test", "to": to, "subject": "hi", "html": HTML,
                                               "track_opens": True, "track_clicks": True, **more})
    check(f"accepted: {to}", status == 202)
    return got


def arrived(to, n=1):
    """The newest of n messages to this address, as bytes."""
    def get():
        found = [f for f in sorted(W.glob("sink/*.json")) if to in json.loads(f.read_text())["to"]]
        return len(found) >= n and found[-1].with_suffix(".eml")
    return until(f"mail to {to}", get).read_bytes()


def link(raw, kind):
    """The path of the link (c), the pixel (o) or the page (u)."""
    m = email.message_from_bytes(raw, policy=email.policy.default)
    text = str(m["List-Unsubscribe"]) if kind == "u" else m.get_body(("html",)).get_content()
    return urllib.parse.urlsplit(re.search(f"https://t.lab.test/{kind}/[^\"> ]+", text)[0]).path


def events(to):
    found = json.loads(facteur("trace", to, "--json") or "{}").get("recipients", [])
    return [e["event"] for r in found for e in r["timeline"] if e["event"] in ("opened", "clicked")]


def withdrawn():
    _, text = call("GET", "/metrics")
    return int(re.search(r"(?m)^facteur_signals_withdrawn_total (\d+)", text)[1])


def read(to, n=1):
    """Opens and clicks; both are answered whoever it is."""
    raw = arrived(to, n)
    r, _ = call("GET", link(raw, "o"))
    check(f"{to}: the image is answered", r.status == 200 and r.getheader("Content-Type") == "image/gif")
    r, _ = call("GET", link(raw, "c"))
    check(f"{to}: the link leads on", (r.status, r.getheader("Location")) == (302, "http://shop.example/a"))


def known(to, n):
    until(f"{to}: {n} opens and clicks", lambda: sorted(events(to)) == ["clicked"] * n + ["opened"] * n)


def given_or_not():
    send([{"email": "yes@example.org", "track_consent": True}, {"email": "no@example.org", "track_consent": False},
          "nothing@example.org"])
    send("all@example.org", track_consent=True)
    send("field@example.org", headers={"X-Facteur-Consent": "yes"})
    check("the field does not travel", b"Consent" not in arrived("field@example.org"))
    # Those of whom nothing is recorded first: what comes last is known last.
    for to in ("no", "nothing", "all", "field", "yes"):
        read(to + "@example.org")
    for to in ("all", "field", "yes"):
        known(to + "@example.org", 1)
    check("not given: nothing is recorded", events("no@example.org") == [])
    check("not said: nothing is recorded", events("nothing@example.org") == [])


def by_smtp():
    s = smtplib.SMTP("127.0.0.1", int(os.environ["PLAIN"]), timeout=60)
    s.login(KEY["key"], KEY["secret"])
    for to, says in (("sno", "no"), ("syes", "yes")):
        s.sendmail("a@shop.test", [to + "@example.org"],
                   "From: a@shop.test\r\nSubject: hi\r\nX-Mailjet-TrackOpen: 1\r\nX-Mailjet-TrackClick: 1\r\n"
                   f"X-Facteur-Consent: {says}\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n{HTML}\r\n")
        read(to + "@example.org")
    known("syes@example.org", 1)
    check("by SMTP, no: nothing is recorded", events("sno@example.org") == [])


def by_vendors():
    """Their dialects have no word for it: a header field says it."""
    consent, asked = {"X-Facteur-Consent": "yes"}, {"enable": True}
    mime = (f"From: a@shop.test\r\nTo: mg@example.org\r\nX-Facteur-Consent: yes\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/html\r\n\r\n{HTML}\r\n")
    calls = (
        ("sg", "/v3/mail/send", {"Authorization": "Bearer " + KEY["sendgrid"]}, {
            "personalizations": [{"to": [{"email": "sg@example.org"}]}], "from": {"email": "a@shop.test"},
            "subject": "hi", "content": [{"type": "text/html", "value": HTML}], "headers": consent,
            "tracking_settings": {"open_tracking": asked, "click_tracking": asked}}),
        ("pm", "/email", {"X-Postmark-Server-Token": KEY["postmark_token"]}, {
            "From": "a@shop.test", "To": "pm@example.org", "Subject": "hi", "HtmlBody": HTML, "TrackOpens": True,
            "TrackLinks": "HtmlAndText", "Headers": [{"Name": n, "Value": v} for n, v in consent.items()]}),
        ("mj", "/v3.1/send", {"Authorization": BASIC}, {"Messages": [{
            "From": {"Email": "a@shop.test"}, "To": [{"Email": "mj@example.org"}], "Subject": "hi", "HTMLPart": HTML,
            "TrackOpens": "enabled", "TrackClicks": "enabled", "Headers": consent}]}),
        ("mj3", "/v3/send", {"Authorization": BASIC}, {
            "FromEmail": "a@shop.test", "Recipients": [{"Email": "mj3@example.org"}], "Subject": "hi", "Html-part": HTML,
            "Mj-trackopen": 2, "Mj-trackclick": 2, "Headers": consent}),
        ("mg", "/v3/shop.test/messages.mime", {
            "Authorization": "Basic " + base64.b64encode(f"api:{KEY['secret']}".encode()).decode(), **FORM},
         urllib.parse.urlencode({"to": "mg@example.org", "o:tracking": "yes", "o:tracking-clicks": "yes",
                                 "o:tracking-opens": "yes", "message": mime})))
    for to, path, fields, body in calls:
        if not isinstance(body, str):
            body, fields = json.dumps(body), {"Content-Type": "application/json", **fields}
        r, text = call("POST", path, body, fields)
        check(f"{path}: {r.status} {text.strip()}", r.status in (200, 202))
        to += "@example.org"
        check(f"{path}: the field does not travel", b"Consent" not in arrived(to))
        read(to)
        known(to, 1)


def taken_back():
    """By the recipient, on the page of a message that he has already."""
    for to in ("Ada@example.org", "bob@example.org"):
        send(to, track_consent=True, stream="broadcast")
        read(to)
        known(to, 1)
    page = link(arrived("Ada@example.org"), "u")
    r, text = call("GET", page, None, {"Accept-Language": "fr"})
    check("the page has both buttons", r.status == 200 and "Me désinscrire" in text and
          "Ne plus suivre mes ouvertures et mes clics" in text)
    call("HEAD", page)
    r, text = call("GET", page + "?Tracking=Stop")
    check("a GET changes nothing", api("GET", "/v1/suppressions?stream=tracking")[1]["data"] == [])
    r, text = call("POST", page, "Tracking=Stop", FORM)
    check("the button says so", r.status == 200 and "no longer learns" in text)
    read("Ada@example.org")
    read("bob@example.org")
    known("bob@example.org", 2)
    until("the metric", lambda: withdrawn() == 2)
    check("taken back: nothing more is recorded", sorted(events("Ada@example.org")) == ["clicked", "opened"])
    # Mail goes there as before, and its links lead on.
    send("ada@example.org", track_consent=True)
    read("ada@example.org")
    send("bob@example.org", track_consent=True)
    read("bob@example.org", 2)
    known("bob@example.org", 3)
    until("the metric", lambda: withdrawn() == 4)
    # Addresses are found in any case: both messages.
    check("new mail: nothing is recorded", sorted(events("ada@example.org")) == ["clicked", "opened"])


def lists():
    rows = api("GET", "/v1/suppressions")[1]["data"]
    check("who is not tracked is not among those who get no mail", rows == [])
    rows = api("GET", "/v1/suppressions?stream=tracking")[1]["data"]
    check("the list of withdrawals", [(r["address"], r["stream"], r["reason"]) for r in rows] ==
          [("ada@example.org", "tracking", "unsubscribe")])
    check("the export has them", "ada@example.org,tracking,unsubscribe" in facteur("suppressions", "export"))
    said = facteur("suppressions", "add", "bob@example.org", "--account", "shop", "--stream", "tracking")
    check("by the command line", "not recorded from now on" in said)
    check("counted", (facteur("suppressions", "count").strip(),
                      facteur("suppressions", "count", "--stream", "tracking").strip()) == ("0", "2"))
    check("mail again is not tracking again", api("DELETE", "/v1/suppressions/bob@example.org")[0] == 404)
    check("by the API: gone", api("DELETE", "/v1/suppressions/bob@example.org?stream=tracking")[0] == 204)
    read("bob@example.org", 2)
    until("bob is recorded again", lambda: events("bob@example.org").count("clicked") == 4)
    status, _ = api("POST", "/v1/suppressions", {"address": "bob@example.org", "stream": "tracking"})
    check("by the API: there", status == 201)
    before = withdrawn()
    read("bob@example.org", 2)
    until("the metric", lambda: withdrawn() == before + 2)
    check("bob: nothing more is recorded", events("bob@example.org").count("clicked") == 4)


given_or_not()
by_smtp()
by_vendors()
taken_back()
lists()
