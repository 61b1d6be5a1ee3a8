#!/usr/bin/python3
"""Inbound mail end to end: a receiver on loopback, mail from strangers by SMTP. Called by inbound.test with HTTP,
PLAIN, SINK, W, FACTEUR, KEY, SECRET, OTHER_KEY, OTHER_SECRET, TOKEN, BEARER in the environment; prints "ok …" and
"FAIL …" lines."""
import base64
import collections
import email.message
import email.policy
import hashlib
import hmac
import http.server
import json
import os
import re
import signal
import smtplib
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

HTTP, PLAIN, W, FACTEUR = (os.environ[n] for n in ("HTTP", "PLAIN", "W", "FACTEUR"))
Post = collections.namedtuple("Post", "path fields body")
lock = threading.Condition()
posts = []
tries = collections.Counter()
behaviour = {}      # path → status
failed = 0


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with lock:
            status = behaviour.get(self.path, 200)
            tries[self.path] += 1
            if status == 200:
                posts.append(Post(self.path, self.headers, body))
            lock.notify_all()
        try:
            self.send_response(status)
            self.send_header("Content-Length", "3")
            self.end_headers()
            self.wfile.write(b"ok\n")
        except OSError:
            pass

    def log_message(self, *args):
        pass


def check(what, good, detail=""):
    global failed
    failed += not good
    print(("ok    " if good else "FAIL  ") + what + (f": {detail}" if not good else ""), flush=True)


def wait(what, fn, seconds=60):
    """Waits until fn() is true; a check."""
    end = time.monotonic() + seconds
    with lock:
        while not (good := fn()) and time.monotonic() < end:
            lock.wait(0.2)
    check(what, good, f"not within {seconds} s")
    return good


def call(method, path, body=None, fields=None, key=None, secret=None):
    auth = base64.b64encode(f"{key or os.environ['KEY']}:{secret or os.environ['SECRET']}".encode()).decode()
    fields = {"Content-Type": "application/json", **(fields or {"Authorization": f"Basic {auth}"})}
    request = urllib.request.Request(f"http://127.0.0.1:{HTTP}{path}", method=method, headers=fields,
                                     data=None if body is None else json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as e:
        status, text = e.code, e.read()
    try:
        return status, json.loads(text) if text else None
    except ValueError:
        return status, text


def other(method, path, body=None):
    return call(method, path, body, key=os.environ["OTHER_KEY"], secret=os.environ["OTHER_SECRET"])


def stranger(to, subject="hello", sender="ann@there.test", text=None, **fields):
    """What came of a mail from outside: (code, text)."""
    m = email.message.EmailMessage(policy=email.policy.SMTP)
    m["From"], m["To"], m["Subject"] = "Ann É. <ann@there.test>", "Box <box@parse.shop.test>", subject
    m["Date"], m["Message-ID"] = "Fri, 24 Jul 2026 10:00:00 +0200", f"<{subject}@there.test>"
    for name, value in fields.items():
        m[name.replace("_", "-")] = value
    m.set_content(text or "Bonjour é\n\nOn Monday Box wrote:\n> old\n")
    m.add_alternative("<p>Bonjour <img src=cid:logo></p>", subtype="html")
    m.add_attachment(bytes(range(256)), maintype="application", subtype="pdf", filename="fac ture é.pdf")
    with smtplib.SMTP("127.0.0.1", int(PLAIN), timeout=60) as s:
        s.ehlo("mx.there.test")
        try:
            s.sendmail(sender, [to], m.as_bytes())
            return 250, ""
        except smtplib.SMTPRecipientsRefused as e:
            return list(e.recipients.values())[0]
        except smtplib.SMTPResponseException as e:
            return e.smtp_code, e.smtp_error


def of(path, subject=None):
    with lock:
        return [p for p in posts if p.path == path and (subject is None or subject.encode() in p.body)]


def signed(post, secret):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    what = f"{post.fields['webhook-id']}.{post.fields['webhook-timestamp']}.".encode() + post.body
    return "v1," + base64.b64encode(hmac.new(key, what, hashlib.sha256).digest()).decode() == \
        post.fields["webhook-signature"]


def form(post):
    head = f"Content-Type: {post.fields['Content-Type']}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + post.body, policy=email.policy.HTTP)
    return {p.get_param("name", header="content-disposition"): p.get_payload(decode=True) for p in parts.iter_parts()}


def native(base):
    status, row = call("POST", "/v1/inbound", {"address": "Parse.Shop.test", "url": base + "/native"})
    check("native: added", status == 201 and row["state"] == "active" and row["address"] == "parse.shop.test" and
          row["secret"].startswith("whsec_") and "number" not in row, row)
    check("an unknown address is refused", stranger("a@nobody.shop.test")[0] in (530, 550))
    check("for the null sender too", stranger("a@nobody.shop.test", sender="")[0] == 550)
    check("mail is taken", stranger("Box+42@parse.shop.test", "native", In_Reply_To="<x@shop.test>")[0] == 250)
    if not wait("native: it is posted", lambda: of("/native")):
        return row
    post = of("/native")[0]
    body = json.loads(post.body)
    data = body["data"]
    check("native: signed", signed(post, row["secret"]))
    check("native: id and type", body["type"] == "inbound.received" and body["id"] == post.fields["webhook-id"])
    check("native: envelope", data["envelope"] == {"from": "ann@there.test", "to": "Box+42@parse.shop.test",
                                                   "ip": "127.0.0.1"} and data["tag"] == "42", data["envelope"])
    check("native: people", data["from"] == [{"address": "ann@there.test", "name": "Ann É."}] and
          data["to"] == [{"address": "box@parse.shop.test", "name": "Box"}], data["from"])
    check("native: texts", data["text"].startswith("Bonjour é") and data["reply"] == "Bonjour é" and
          "cid:logo" in data["html"], data["text"])
    check("native: file", [(f["name"], f["type"], f["size"]) for f in data["attachments"]] ==
          [("fac ture é.pdf", "application/pdf", 256)] and
          base64.b64decode(data["attachments"][0]["content"]) == bytes(range(256)), data["attachments"])
    check("native: fields", {"name": "Subject", "value": "native"} in data["headers"] and not data["cut"])
    return row


def vendors(base):
    status, got = call("POST", "/v3/REST/parseroute", {"Url": base + "/mailjet", "Email": "mj@parse.shop.test"})
    check("Mailjet: parseroute", status == 201 and got["Data"][0]["Email"] == "mj@parse.shop.test", got)
    route = got["Data"][0]["ID"]
    check("Mailjet: there already", call("POST", "/v3/REST/parseroute",
                                         {"Url": base + "/mailjet", "Email": "mj@parse.shop.test"})[0] == 400)
    status, got = call("POST", "/v3/REST/parseroute", {"url": base + "/mailjet"})
    made = got["Data"][0]["Email"]
    check("Mailjet: an address is made", status == 201 and made.endswith("@bounce.lab.test"), got)
    check("Mailjet: by id, by address, list", call("GET", f"/v3/REST/parseroute/{route}")[0] == 200 and
          call("GET", "/v3/REST/parseroute/mj@parse.shop.test")[0] == 200 and
          call("GET", "/v3/REST/parseroute")[1]["Count"] == 2)
    bearer = {"Authorization": "Bearer " + os.environ["BEARER"]}
    status, got = call("POST", "/v3/user/webhooks/parse/settings", {
        "hostname": "sg.shop.test", "url": base + "/sendgrid", "spam_check": True, "send_raw": False}, bearer)
    check("SendGrid: parse setting", status == 201 and got == {
        "hostname": "sg.shop.test", "url": base + "/sendgrid", "spam_check": True, "send_raw": False}, got)
    token = {"X-Postmark-Server-Token": os.environ["TOKEN"]}
    status, got = call("PUT", "/server", {"InboundHookUrl": base + "/postmark", "InboundDomain": "pm.shop.test"}, token)
    check("Postmark: server", status == 200 and got["InboundDomain"] == "pm.shop.test" and
          got["InboundHookUrl"] == base + "/postmark", got)
    for to in "mj@parse.shop.test", made, "a@sg.shop.test", "a+hash@pm.shop.test":
        check(f"mail to {to.split('@')[1]} is taken", stranger(to, "vendor")[0] == 250)
    if wait("Mailjet: posted, twice", lambda: len(of("/mailjet")) == 2):
        body = json.loads(of("/mailjet")[0].body)
        check("Mailjet: its members", body["Sender"] == "ann@there.test" and body["Subject"] == "vendor" and
              body["Recipient"] in ("mj@parse.shop.test", made) and body["Text-part"].startswith("Bonjour é") and
              "cid:logo" in body["Html-part"] and base64.b64decode(body["Attachment1"]) == bytes(range(256)) and
              [p["ContentRef"] for p in body["Parts"]] == ["Text-part", "Html-part", "Attachment1"], list(body))
    if wait("SendGrid: posted", lambda: of("/sendgrid")):
        f = form(of("/sendgrid")[0])
        check("SendGrid: its fields", f["subject"] == b"vendor" and f["attachments"] == b"1" and
              json.loads(f["envelope"]) == {"to": ["a@sg.shop.test"], "from": "ann@there.test"} and
              f["attachment1"] == bytes(range(256)) and "é".encode() in f["text"] and b"Message-ID" in f["headers"] and
              f["sender_ip"] == b"127.0.0.1" and
              json.loads(f["attachment-info"])["attachment1"]["type"] == "application/pdf", list(f))
    if wait("Postmark: posted", lambda: of("/postmark")):
        body = json.loads(of("/postmark")[0].body)
        check("Postmark: its members", body["MailboxHash"] == "hash" and body["FromFull"]["Name"] == "Ann É." and
              body["OriginalRecipient"] == "a+hash@pm.shop.test" and body["Attachments"][0]["ContentLength"] == 256 and
              len(body["MessageID"]) == 36 and body["TextBody"].startswith("Bonjour é"), list(body))
    status, got = call("PATCH", "/v3/user/webhooks/parse/settings/sg.shop.test", {"send_raw": True}, bearer)
    check("SendGrid: raw from now on", status == 200 and got["send_raw"] is True and got["spam_check"] is True, got)
    check("mail is taken", stranger("a@sg.shop.test", "raw")[0] == 250)
    if wait("SendGrid: the raw mail", lambda: of("/sendgrid", "Subject: raw")):
        f = form(of("/sendgrid", "Subject: raw")[0])
        mail = email.message_from_bytes(f["email"], policy=email.policy.SMTP)
        check("SendGrid: byte for byte", mail["Subject"] == "raw" and "text" not in f and
              f["email"].startswith(b"Received: "), list(f))
    foreign(base, route, bearer)
    check("Mailjet: changed and removed",
          call("PUT", f"/v3/REST/parseroute/{route}", {"Url": base + "/moved"})[1]["Data"][0]["Url"] == base + "/moved"
          and call("DELETE", f"/v3/REST/parseroute/{route}")[0] == 204 and
          call("GET", f"/v3/REST/parseroute/{route}")[0] == 404)
    check("SendGrid: removed", call("DELETE", "/v3/user/webhooks/parse/settings/sg.shop.test", None, bearer)[0] == 204
          and call("GET", "/v3/user/webhooks/parse/settings", None, bearer)[1] == {"result": []})
    check("its mail is refused", stranger("a@sg.shop.test")[0] in (530, 550))
    check("Postmark: switched off", call("PUT", "/server", {"InboundHookUrl": ""}, token)[1]["InboundDomain"] == "")


def foreign(base, route, bearer):
    """Another account's ids are as none; and a domain that is not its own gets nothing."""
    for path in f"/v3/REST/parseroute/{route}", "/v3/user/webhooks/parse/settings/sg.shop.test":
        method = "GET", "DELETE", "PUT" if "parseroute" in path else "PATCH"
        for m in method:
            check(f"foreign: {m} {path.rsplit('/', 1)[0]}", other(m, path, {} if m in ("PUT", "PATCH") else None)[0]
                  == 404)
    status, row = other("POST", "/v1/inbound", {"address": "parse.shop.test", "url": base + "/stolen"})
    check("foreign: a claim works for nobody", status == 201 and row["state"] == "unverified", row)
    check("foreign: the mail stays the owner's", stranger("x@parse.shop.test", "mine")[0] == 250)
    wait("foreign: posted to the owner", lambda: of("/native", "mine"))
    check("foreign: not to the other", not of("/stolen"))


def failures(base, row):
    path = "/v1/inbound/" + row["id"]
    for method in "GET", "PATCH", "DELETE":
        check(f"foreign: {method} /v1/inbound", other(method, path, {} if method == "PATCH" else None)[0] == 404)
    with lock:
        behaviour["/native"] = 503
    check("mail is taken", stranger("late@parse.shop.test", "tried-again")[0] == 250)
    wait("a failing URL is tried", lambda: tries["/native"] >= 4)
    for role in "courier", "engine":
        for pid in processes(role):
            os.kill(pid, signal.SIGKILL)
    wait("all are back", ready)
    check("mail is taken", stranger("late@parse.shop.test", "behind")[0] == 250)
    with lock:
        behaviour.pop("/native")
    wait("both are posted", lambda: of("/native", "tried-again") and of("/native", "behind"), 100)
    with lock:
        behaviour["/native"] = 410
    check("mail is taken", stranger("gone@parse.shop.test", "gone", sender="told@shop.test")[0] == 250)

    def gave_up():
        return ["bounced"] == [m["state"] for m in call("GET", "/v1/messages?stream=inbound&to=gone@parse.shop.test")
                               [1]["data"]]
    wait("410 ends it", gave_up)
    # Who is told of a later failure is told behind it: reports are made in the order of their failures, and when
    # nothing is queued any more, all are where they go.
    customer("told@shop.test", "hardbounce@there.test")
    if wait("of a later one somebody is told", lambda: in_sink("told@shop.test") > 0):
        wait("nothing is queued any more", lambda: {state()["queue"][n] for n in ("queued", "active")} == {0})
        check("and nobody is told of this one", in_sink("told@shop.test") == 1, in_sink("told@shop.test"))
    with lock:
        behaviour.pop("/native")
    status, all_ = call("GET", "/v1/messages?to=late@parse.shop.test")
    check("what came in is not among what was sent", all_["data"] == [], all_)
    status, got = call("GET", "/v1/messages?stream=inbound&to=late@parse.shop.test")
    check("but may be looked for", [m["state"] for m in got["data"]] == ["delivered"] * 2, got)


def customer(sender, to):
    """A mail of the account by SMTP, whose sender hears of failures."""
    with smtplib.SMTP("127.0.0.1", int(PLAIN), timeout=60) as s:
        s.login(os.environ["KEY"], os.environ["SECRET"])
        s.sendmail(sender, [to], f"From: {sender}\r\nTo: {to}\r\nSubject: later\r\n\r\nx\r\n")


def state():
    """What `facteur status` says."""
    out = subprocess.run([FACTEUR, "--config", W + "/lab.yaml", "status", "--json"], capture_output=True)
    return json.loads(out.stdout)


def processes(role):
    return [p["pid"] for p in state()["roles"] if p["role"].split()[0] == role and p.get("pid")]


def ready():
    out = subprocess.run([FACTEUR, "--config", W + "/lab.yaml", "status", "--json"], capture_output=True)
    try:
        return json.loads(out.stdout)["ready"]
    except ValueError:
        return False


def in_sink(to):
    out = subprocess.run([FACTEUR, "--config", W + "/lab.yaml", "sink", "list", "--dir", W + "/sink", "--to", to,
                          "--json"], capture_output=True, text=True)
    return out.stdout.count('"from"')


def sent_on():
    check("abuse@ is taken", stranger("abuse@bounce.lab.test", "spam-from-you")[0] == 250)
    wait("and goes to the administrator", lambda: in_sink("boss@office.test") == 1)
    status, got = call("GET", "/v1/account/forward")
    check("forward: nothing at first", status == 200 and got == {"forward": []}, got)
    status, got = call("PATCH", "/v1/account/forward", {"forward": ["bounces"]})
    check("forward: bounces", status == 200 and got == {"forward": ["bounces"]}, got)
    check("forward: another word", call("PATCH", "/v1/account/forward", {"forward": ["all"]})[0] == 422)
    status, got = call("POST", "/v1/messages", {"from": "news@shop.test", "to": "late@there.test", "subject": "x",
                                                "text": "x"})
    check("a message that will come back", status in (200, 201, 202), got)
    wait("its bounce is sent on to the sender", lambda: in_sink("news@shop.test") >= 1)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    row = native(base)
    vendors(base)
    failures(base, row)
    sent_on()
    sys.exit(1 if failed else 0)


main()
