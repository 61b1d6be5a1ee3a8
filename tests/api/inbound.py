#!/usr/bin/python3
"""Inbound mail end to end: a receiver on loopback, mail from strangers by SMTP. Called by inbound.test with HTTP,
PLAIN, SINK, W, FACTEUR, KEY, SECRET, OTHER_KEY, OTHER_SECRET, TOKEN, BEARER in the environment; prints "ok …" and
"FAIL …" lines."""
import base64
import collections
import email.message
import email.policy
import json
import os
import smtplib

import client
from client import W, call, check, done, facteur, kill, lock, other, ready, signature, state, wait

PLAIN = os.environ["PLAIN"]
Post = collections.namedtuple("Post", "path fields body")
posts = []
tries = collections.Counter()
behaviour = {}      # path → status


class Receiver(client.Receiver):
    def do_POST(self):
        body = self.read()
        with lock:
            status = behaviour.get(self.path, 200)
            tries[self.path] += 1
            if status == 200:
                posts.append(Post(self.path, self.headers, body))
            lock.notify_all()
        self.answer(status)


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
    check("native: signed", post.fields["webhook-signature"] == signature(post, row["secret"]))
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
        postmark_reads(body["MessageID"], token)
    status, got = call("PATCH", "/v3/user/webhooks/parse/settings/sg.shop.test", {"send_raw": True}, bearer)
    check("SendGrid: raw from now on", status == 200 and got["send_raw"] is True and got["spam_check"] is True, got)
    check("mail is taken", stranger("a@sg.shop.test", "raw")[0] == 250)
    if wait("SendGrid: the raw mail", lambda: of("/sendgrid", "Subject: raw")):
        f = form(of("/sendgrid", "Subject: raw")[0])
        mail = email.message_from_bytes(f["email"], policy=email.policy.SMTP)
        check("SendGrid: byte for byte", mail["Subject"] == "raw" and "text" not in f and
              f["email"].startswith(b"Received: "), list(f))
    rules(token)
    foreign(base, route, bearer)
    check("Mailjet: changed and removed",
          call("PUT", f"/v3/REST/parseroute/{route}", {"Url": base + "/moved"})[1]["Data"][0]["Url"] == base + "/moved"
          and call("DELETE", f"/v3/REST/parseroute/{route}")[0] == 204 and
          call("GET", f"/v3/REST/parseroute/{route}")[0] == 404)
    check("SendGrid: removed", call("DELETE", "/v3/user/webhooks/parse/settings/sg.shop.test", None, bearer)[0] == 204
          and call("GET", "/v3/user/webhooks/parse/settings", None, bearer)[1] == {"result": []})
    check("its mail is refused", stranger("a@sg.shop.test")[0] in (530, 550))
    check("Postmark: switched off", call("PUT", "/server", {"InboundHookUrl": ""}, token)[1]["InboundDomain"] == "")


def postmark_reads(uuid, token):
    """Postmark's calls about what came in."""
    path = "/messages/inbound?count=10&offset=0&mailboxhash=hash&status=processed"
    if not wait("Postmark: the list has it, Processed", lambda: call("GET", path, None, token)[1]["TotalCount"]):
        return
    status, got = call("GET", path, None, token)
    one = got["InboundMessages"][0]
    check("Postmark: the list", status == 200 and got["TotalCount"] == 1 and one["MessageID"] == uuid and
          one["OriginalRecipient"] == "a+hash@pm.shop.test" and one["From"] == "ann@there.test" and
          one["Subject"] == "vendor" and one["FromFull"]["Email"] == "ann@there.test", got)
    for query, n in (("recipient=a%2Bhash@pm.shop.test", 1), ("recipient=mj@parse.shop.test", 1), ("mailboxhash=x", 0),
                     ("tag=x", 0), ("fromemail=bob@there.test", 0), ("status=blocked", 0), ("todate=2020-01-01", 0)):
        check(f"Postmark: ?{query}", call("GET", "/messages/inbound?" + query, None, token)[1]["TotalCount"] == n)
    check("Postmark: a status that is none", call("GET", "/messages/inbound?status=x", None, token)[1]["ErrorCode"] == 700)
    status, got = call("GET", f"/messages/inbound/{uuid}/details", None, token)
    check("Postmark: details", status == 200 and got == {**one, "TextBody": "", "HtmlBody": "", "Headers": [],
                                                         "BlockedReason": ""}, got)
    for verb, code in ("retry", 703), ("bypass", 702):
        status, got = call("PUT", f"/messages/inbound/{uuid}/{verb}", {}, token)
        check(f"Postmark: {verb} of what was posted", status == 422 and got["ErrorCode"] == code, got)
    # Another account's, one that never was, and one that was sent are as none.
    for name, ask in (("another account's", other), ("none", call)):
        for method, verb in ("GET", "details"), ("PUT", "retry"), ("PUT", "bypass"):
            id_ = uuid if ask is other else uuid[:-4] + "ffff"
            status, got = ask(method, f"/messages/inbound/{id_}/{verb}", {} if method == "PUT" else None)
            check(f"Postmark: {verb} of {name}", status == 422 and got["ErrorCode"] == 701, got)
    check("Postmark: another account has none", other("GET", "/messages/inbound")[1]["TotalCount"] == 0)


def rules(token):
    """Postmark's inbound rules: senders who are refused."""
    path = "/triggers/inboundrules"
    check("rules: none", call("GET", path, None, token) == (200, {"TotalCount": 0, "InboundRules": []}))
    status, ann = call("POST", path, {"Rule": "Ann@There.test"}, token)
    check("rules: an address", status == 200 and ann["Rule"] == "ann@there.test" and ann["ID"] > 0, ann)
    code, text = stranger("box@parse.shop.test", sender="ann@there.test")
    check("rules: it is refused", code == 550 and b"takes no mail from this sender" in text, (code, text))
    check("rules: nobody else is", stranger("box@parse.shop.test", "rules", sender="bob@there.test")[0] == 250)
    status, bad = call("POST", path, {"Rule": "there.test"}, token)
    check("rules: a domain", status == 200, bad)
    check("rules: all of it is refused", stranger("box@parse.shop.test", sender="bob@there.test")[0] == 550)
    # From: ann@there.test
    check("rules: by the mail's From too", stranger("box@parse.shop.test", sender="bounce@esp.test")[0] == 550)
    check("rules: pages", call("GET", path + "?count=1&offset=1", None, token)[1] == {
        "TotalCount": 2, "InboundRules": [{"ID": bad["ID"], "Rule": "there.test"}]})
    for body, code in (({"Rule": "there.test"}, 810), ({}, 809), ({"Rule": "no domain"}, 813)):
        status, got = call("POST", path, body, token)
        check(f"rules: {code}", status == 422 and got["ErrorCode"] == code, got)
    check("rules: a filter that is none", call("GET", path + "?count=501", None, token)[1]["ErrorCode"] == 800)
    check("rules: another account has none", other("GET", path)[1] == {"TotalCount": 0, "InboundRules": []})
    for ask in other, call:
        got = ask("DELETE", f"{path}/{bad['ID'] if ask is other else 4711}")
        check("rules: of another account, and none: 812", got[0] == 422 and got[1]["ErrorCode"] == 812, got)
    for rule in bad, ann:
        got = call("DELETE", f"{path}/{rule['ID']}", None, token)
        check("rules: removed", got == (200, {"ErrorCode": 0, "Message": f"Rule {rule['Rule']} removed."}), got)
    check("rules: who was refused may write", stranger("box@parse.shop.test", "rules", sender="ann@there.test")[0] == 250)


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
    token = {"X-Postmark-Server-Token": os.environ["TOKEN"]}
    path = "/messages/inbound?status=scheduled&recipient=late@parse.shop.test"
    wait("Postmark: it is Scheduled", lambda: call("GET", path, None, token)[1]["TotalCount"])
    late = call("GET", path, None, token)[1]["InboundMessages"]

    def held():
        facteur("queue", "hold", "--to", "late@parse.shop.test", "--yes")
        return call("GET", path.replace("scheduled", "queued"), None, token)[1]["TotalCount"]

    wait("Postmark: Queued, while held", held)
    status, got = call("PUT", f"/messages/inbound/{late[0]['MessageID']}/retry", {}, token)
    check("Postmark: not while held", status == 422 and got["ErrorCode"] == 703 and "held by the operator" in got["Message"], got)
    facteur("queue", "release", "--to", "late@parse.shop.test")
    status, got = call("PUT", f"/messages/inbound/{late[0]['MessageID']}/retry", {}, token)
    check("Postmark: tried again", status == 200 and got["ErrorCode"] == 0 and late[0]["MessageID"] in got["Message"], got)
    for role in "courier", "engine":
        check(f"{role} is killed", kill(role))
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
        wait("nothing is queued any more", lambda: {state().get("queue", {}).get(n) for n in ("queued", "active")} == {0})
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


def in_sink(to):
    return facteur("sink", "list", "--dir", W + "/sink", "--to", to, "--json").count(b'"from"')


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
    base = f"http://127.0.0.1:{client.serve(Receiver)}"
    row = native(base)
    vendors(base)
    failures(base, row)
    sent_on()
    done()


main()
