#!/usr/bin/python3
"""erasure.test's client: the program and the half to do; W, HTTP, HOOK, PLAIN, KEY, SECRET in the environment."""
import base64
import http.client
import http.server
import json
import os
import pathlib
import re
import smtplib
import sqlite3
import subprocess
import sys
import threading
import time
from urllib.parse import quote

FACTEUR, HALF = sys.argv[1:3]
W, HTTP, HOOK, PLAIN = pathlib.Path(os.environ["W"]), *(int(os.environ[n]) for n in ("HTTP", "HOOK", "PLAIN"))
STATE = W / "state"
ANN, BOB = "Ann.Lee@people.test", "bob@people.test"
# Written in U-labels and in A-labels.
ZOE, ZOE_ASCII = "zoé@bücher.test", "zoé@xn--bcher-kva.test"
PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


def check(what, yes):
    if not yes:
        print("FAIL  " + what)
        sys.exit(1)
    print("ok    " + what, flush=True)


def until(what, get):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        got = get()
        if got:
            return got
        time.sleep(0.05)
    check(what, False)


def facteur(*args):
    return subprocess.run([FACTEUR, "--config", str(W / "lab.yaml"), *args], capture_output=True, timeout=60,
                          check=False, text=True).stdout


def call(method, path, body=None, key="all"):
    fields = {"User-Agent": PERSON}
    if key:
        k = json.loads((W / f"{key}.json").read_text())
        fields["Authorization"] = "Basic " + base64.b64encode(f"{k['key']}:{k['secret']}".encode()).decode()
    if body is not None:
        fields["Content-Type"] = "application/json"
    c = http.client.HTTPConnection("127.0.0.1", HTTP, timeout=60)
    c.request(method, path, json.dumps(body) if body is not None else None, fields)
    r = c.getresponse()
    text = r.read().decode(errors="replace")
    return r.status, json.loads(text) if text.startswith(("{", "[")) else text


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


def numbers():
    """What the account's statistics say, opens and outcomes by hour."""
    return call("GET", "/v1/stats?step=day")[1]


def rows(address):
    return call("GET", f"/v1/messages?to={address}")[1]["data"]


def send(to, **more):
    status, got = call("POST", "/v1/messages", {"from": "a@shop.test", "to": to, "subject": f"For {to}",
                                                "html": f"<p>Dear {to}</p>", "tags": ["spring"],
                                                "metadata": {"who": str(to)}, **more})
    check(f"accepted: {to}", status == 202)
    return got


def before():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", HOOK), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    status, hook = call("POST", "/v1/webhooks", {"url": f"http://127.0.0.1:{HOOK}/h"})
    check("a webhook", status == 201)
    for who in (ANN, BOB):
        check("a contact", call("PUT", f"/v1/contacts/{who}", {"name": who, "properties": {"mail": who}})[0] == 201)
        check("a suppression", call("POST", "/v1/suppressions", {"address": who, "stream": "broadcast",
                                                                 "reason": "unsubscribe", "note": f"{who} said so"})[0] == 201)
        call("POST", "/v1/testers", {"address": who})
        send(who, track_opens=True, track_consent=True)
    # Both in one message; its content goes with her.
    text = f"From: a@shop.test\r\nTo: {ANN}\r\nCc: {BOB}\r\nSubject: Both, {ANN}\r\n\r\nDear {ANN} and {BOB}\r\n"
    with smtplib.SMTP("127.0.0.1", PLAIN) as s:
        s.ehlo("client.test")
        s.login(os.environ["KEY"], os.environ["SECRET"])
        # With a report to the sender about each.
        s.sendmail("a@shop.test", [ANN, BOB], text.encode(), rcpt_options=["NOTIFY=SUCCESS"])
    # Encoded, in two ways.
    send(ANN, text="é" * 200 + ANN, html="<p>" + "é" * 300 + ANN + "</p>")
    send(ANN, send_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)))
    for who in (ZOE, ZOE_ASCII):
        send(who)
        send(who, send_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)))
    check("another account writes to her too", call("POST", "/v1/messages", {
        "from": "a@other.test", "to": ANN, "subject": "x", "text": "x"}, "other")[0] == 202)
    until("all is delivered", lambda: sum(r["state"] == "delivered" for r in rows(ANN)) == 3 and
          sum(r["state"] == "delivered" for r in rows(BOB)) == 2)
    until("both spellings are", lambda: sum(r["state"] == "delivered" for who in (ZOE, ZOE_ASCII)
                                            for r in rows(quote(who))) == 2)
    until("reports went to the sender", lambda: sum("a@shop.test" in json.loads(f.read_text())["to"]
                                                    for f in STATE.glob("sink/*.json")) == 2)
    mail = next(f for f in sorted(STATE.glob("sink/*.eml")) if f"For {ANN}".encode() in f.read_bytes())
    pixel = re.search(r"https://t.lab.test(/o/[^\"> ]+)", mail.read_bytes().decode().replace("=\r\n", "").replace("=3D", "="))
    check("she opened it", call("GET", pixel[1], None, None)[0] == 200)
    until("the open is counted", lambda: '"opened"' in facteur("trace", ANN, "--json"))
    until("events were posted", lambda: len(call("GET", f"/v1/webhooks/{hook['id']}/posts")[1]["data"]) > 0 and
          ANN in json.dumps(call("GET", f"/v1/webhooks/{hook['id']}/posts")[1]))
    server.shutdown()
    until("what was said is on the disk", lambda: sum(
        f.read_bytes().count(f"RCPT TO:<{ANN}>".encode()) for f in STATE.glob("transcripts/*")) >= 4)
    check("her mail is found", ANN in subprocess.run(["grep", "-raiF", ANN, STATE], capture_output=True,
                                                     check=False).stdout.decode(errors="replace"))
    status, would = call("POST", "/v1/erasures", {"address": ANN, "dry_run": True})
    check("what there is of her", status == 200 and would["messages"] == 4 and would["queued"] == 1 and
          would["suppressions"] == 1 and would["contact"])
    status, would = call("POST", "/v1/erasures", {"address": ZOE, "dry_run": True})
    check("of her in both spellings", status == 200 and would["messages"] == 4 and would["queued"] == 2)
    check("a dry run is asked for as one", call("POST", "/v1/erasures", {"address": ANN, "dry_run": "true"})[0] == 422)
    check("of looking there is no row", "erasures" not in json.dumps(call("GET", "/v1/audit")[1]))
    status, no = call("POST", "/v1/erasures", {"address": ANN, "reason": f"{ANN} wrote"})
    check("a reason that names her is refused", status in (400, 422))
    (W / "bob.json").write_text(json.dumps([rows(BOB), call("GET", f"/v1/contacts/{BOB}")[1]]))
    (W / "numbers.json").write_text(json.dumps(numbers()))
    status, order = call("POST", "/v1/erasures", {"address": ANN, "reason": "Letter of Monday"})
    check("asked", status == 202 and order["state"] == "pending" and ANN.lower() not in json.dumps(order).lower())
    check("another account does not see it", call("GET", f"/v1/erasures/{order['id']}", None, "other")[0] == 404)
    (W / "order.json").write_text(json.dumps(order))


def spellings(address):
    """The ways in which it might stand in a file."""
    a = address.lower()
    for s in (a, a.replace("@", "%40"), a.replace("@", "=40")):
        yield s.encode()
    raw = address.encode()
    yield raw.hex().encode()
    for pad in range(3):
        # Of each offset the part that does not depend on what stands around it.
        b = base64.b64encode(b"x" * pad + raw)
        yield b[2 if pad == 1 else 3 if pad == 2 else 0:-4].lower()


def left(address, but=()):
    """Files below the state folder that name it."""
    found = []
    for f in sorted(STATE.rglob("*")):
        if not f.is_file() or any(b in str(f) for b in but):
            continue
        data = f.read_bytes().lower()
        found += [str(f.relative_to(STATE)) + ": " + s.decode() for s in spellings(address) if s in data]
    return found


def after():
    order = json.loads((W / "order.json").read_text())
    done = until("the erasure is done", lambda: (lambda j: j if j["state"] == "done" else None)(
        call("GET", f"/v1/erasures/{order['id']}")[1]))
    found = done["found"]
    check("what was found", all(found.get(k) for k in ("contacts", "suppressions", "testers", "webhook_posts")))
    # The other account's are its own: it asks too.
    check("the other account still has her", call("GET", f"/v1/messages?to={ANN}", None, "other")[1]["data"] != [])
    out = facteur("erase", ANN, "--account", "other", "--yes", "--json")
    check("erased by the command line", json.loads(out)["state"] == "done")
    check("nothing names her: " + "; ".join(left(ANN)), left(ANN) == [])
    for f in STATE.rglob("*.db"):
        db = sqlite3.connect(f"file:{f}?mode=ro", uri=True)
        check(f"{f.name} is whole", db.execute("PRAGMA integrity_check").fetchone()[0] == "ok")
        db.close()
    check("her mail is not found", rows(ANN) == [] and call("GET", f"/v1/contacts/{ANN}")[0] == 404)
    kept = rows("erased@erased.invalid")
    check("her rows tell of nobody", len(kept) == 4 and sorted(r["state"] for r in kept) ==
          ["cancelled", "delivered", "delivered", "delivered"] and all(r["subject"] in (None, "") for r in kept))
    was, contact = json.loads((W / "bob.json").read_text())
    for row in was:
        row["subject"] = row["subject"].replace(ANN, "*" * len(ANN))
    check("the other one's rows are as they were", rows(BOB) == was)
    check("and his contact", call("GET", f"/v1/contacts/{BOB}")[1] == contact)
    own = [r for r in was if r["subject"] == f"For {BOB}"][0]
    check("and the content of his mail", f"For {BOB}" in call("GET", f"/v1/messages/{own['id']}/source")[1])
    both = [r for r in was if r["subject"] != f"For {BOB}"][0]
    check("what named both is gone", call("GET", f"/v1/messages/{both['id']}/source")[0] == 404)
    then, now = json.loads((W / "numbers.json").read_text()), numbers()
    # Her last message was dropped, which counts; all else is as it was.
    check("what she left counts on", now["data"][0].pop("cancelled") == 1 and now == then)
    again = call("POST", "/v1/messages", {"from": "a@shop.test", "to": ANN, "subject": "x", "text": "x",
                                          "stream": "broadcast"})
    check("she is not written to again", again[0] == 202)
    until("set aside", lambda: [r for r in rows(ANN) if r["state"] == "suppressed"])
    # What a restored state does: the orders that another one kept, by hash.
    listed = facteur("erase", "list", "--account", "shop", "--json")
    check("the list names nobody", "people.test" not in listed and order["hash"] in listed)
    (W / "list.json").write_text(listed)
    facteur("erase", "again", str(W / "list.json"))
    until("forgotten again", lambda: all(r["state"] == "done" for r in call("GET", "/v1/erasures")[1]["data"]))
    check("nothing of her again", rows(ANN) == [] and left(ANN) == [] and
          len(call("GET", "/v1/erasures")[1]["data"]) == 2)
    out = json.loads(facteur("erase", ZOE, "--account", "shop", "--yes", "--json"))
    check("both spellings are erased", out["found"]["queued"] == 2 and out["found"]["messages"] == 4)
    for who in (ZOE, ZOE_ASCII):
        check("nothing has this one: " + "; ".join(left(who)), left(who) == [])
    # More than may be under way at once.
    many = [{"account": "other", "hash": f"{i:032x}", "reason": ""} for i in range(1100)]
    (W / "many.json").write_text(json.dumps({"erasures": many}))
    out = facteur("erase", "again", str(W / "many.json"))
    check("a long list is asked for again: " + out.strip(), out.startswith("1100 "))
    check("the audit log's chain holds", subprocess.run(
        [FACTEUR, "--config", str(W / "lab.yaml"), "audit", "verify"], capture_output=True, check=False).returncode == 0)
    check("conserved", "event=conservation" not in (W / "serve.log").read_text())


before() if HALF == "before" else after()
