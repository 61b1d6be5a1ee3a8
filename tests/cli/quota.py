"""For quota.test: a client by SMTP and HTTP. Arguments: the folder with the keys, what to do."""
import base64
import json
import os
import smtplib
import sys
import urllib.error
import urllib.request

folder, what = sys.argv[1:]
port = int(os.environ["PORT"])


def key(name):
    with open(f"{folder}/{name}.json", encoding="utf-8") as file:
        return json.load(file)


shop, rival, operator = key("key"), key("rival"), key("operator")


def check(said, good, detail=""):
    if not good:
        sys.exit(f"not so: {said}: {detail}")


def http(method, path, body=None, who=shop, fields=None):
    user = base64.b64encode(f"{who['key']}:{who['secret']}".encode()).decode()
    data = body if isinstance(body, bytes) else body and json.dumps(body).encode()
    fields = {name: value for name, value in {
        "Authorization": f"Basic {user}", "Content-Type": "application/json", **(fields or {})}.items() if value}
    request = urllib.request.Request(f"http://127.0.0.1:{port + 3}{path}", data, fields, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, json.loads(answer.read() or b"null")


def session(who=shop):
    smtp = smtplib.SMTP("127.0.0.1", port + 2, timeout=60)
    smtp.login(who["key"], who["secret"])
    return smtp


def send(smtp, recipients):
    return smtp.sendmail("a@shop.test", [f"r{i}@remote.test" for i in range(recipients)],
                         "From: a@shop.test\r\nSubject: x\r\n\r\nx\r\n")


def refused(smtp, recipients):
    try:
        send(smtp, recipients)
    except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
        return error.smtp_code, error.smtp_error.decode()
    return 250, ""


def native(recipients):
    return {"from": {"email": "a@shop.test"}, "subject": "x", "text": "x",
            "to": [{"email": f"r{i}@remote.test"} for i in range(recipients)]}


def full():
    with session() as smtp:
        send(smtp, 3)
        code, text = refused(smtp, 6)
        # All or nothing: six do not fit, five do.
        check("the day's quota", code == 452 and text.startswith("4.2.1 Over quota: key fk_live_") and
              "8 recipients a day, 3 are used and this has 6; there is room again at " in text, (code, text))
        code, text = refused(smtp, 11)
        check("never", code == 550 and text.startswith("5.5.3 Over quota: ") and "in parts" in text, (code, text))
        send(smtp, 5)
    # The engine's refusal, in the words of a message; then the edge knows it, and says so of the call.
    for known in (False, True):
        vendors(known)
    # Another account's mail goes on.
    status, _, body = http("POST", "/v1/messages", native(20), who=rival)
    check("the other account", status == 202, body)
    shown()
    allowed()


def vendors(known):
    def call(*args, **more):
        if not known:
            http("PATCH", f"/v1/keys/{shop['key']}", {"quota": {"day": 8}})
        status, fields, body = http("POST", *args, **more)
        check("429 and when", status == 429 and 0 < int(fields["Retry-After"]) <= 86400, (args, status, body))
        return body

    body = call("/v1/messages", native(1))
    check("native", body["detail"].startswith("Over quota: key ") and body["type"].endswith("#too-many"), body)
    body = call("/v3.1/send", {"Messages": [
        {"From": {"Email": "a@shop.test"}, "To": [{"Email": "r@remote.test"}], "TextPart": "x"}] * 2})
    errors = [body] if known else [e for m in body["Messages"] if m["Status"] == "error" for e in m["Errors"]]
    check("Mailjet", len(errors) == 2 - known and all(
        e["StatusCode"] == 429 and "Over quota" in e["ErrorMessage"] for e in errors), body)
    body = call("/v3/mail/send", {
        "personalizations": [{"to": [{"email": "r@remote.test"}]}], "from": {"email": "a@shop.test"}, "subject": "x",
        "content": [{"type": "text/plain", "value": "x"}]}, fields={"Authorization": "Bearer " + shop["sendgrid"]})
    check("SendGrid", "Over quota" in body["errors"][0]["message"], body)
    mail = {"From": "a@shop.test", "To": "r@remote.test", "TextBody": "x"}
    token = {"X-Postmark-Server-Token": shop["postmark_token"], "Authorization": None}
    for path, what in (("/email", mail), ("/email/batch", [mail, mail])):
        body = call(path, what, fields=token)
        check("Postmark", body["ErrorCode"] == 429 and "Over quota" in body["Message"], body)
    body = call("/v3/shop.test/messages", b"from=a@shop.test&to=r@remote.test&text=x",
                fields={"Content-Type": "application/x-www-form-urlencoded"})
    check("Mailgun", "Over quota" in body["message"], body)


def shown():
    status, _, body = http("GET", f"/v1/keys/{shop['key']}")
    check("the key", status == 200 and body["quota"] == {"hour": None, "day": 8, "month": None, "sessions": None} and
          body["use"]["day"] == 8 and body["use"]["sessions"] is None and body["resets"]["day"].endswith("T00:00:00.000Z"),
          body)
    status, _, body = http("GET", "/v1/account")
    check("the account", body["account"] == "shop" and body["quota"]["hour"] == 10 and body["use"]["hour"] == 8, body)
    status, _, body = http("GET", "/v1/accounts/shop", who=operator)
    check("for the operator", status == 200 and body["use"]["month"] == 8, body)


def allowed():
    quota = {"quota": {"hour": 5}}
    for who, path, want in ((shop, "/v1/accounts/shop", 403), (rival, f"/v1/keys/{shop['key']}", 404),
                            (rival, f"/v1/keys/{operator['key']}", 404), (shop, "/v1/keys/fk_none", 404),
                            (operator, "/v1/accounts/nobody", 404)):
        status, _, body = http("PATCH", path, quota, who=who)
        check(path, status == want, (status, body))
    for wrong in ({}, {"quota": {}}, {"quota": 5}, {"quota": {"week": 5}}, {"quota": {"hour": 0}},
                  {"quota": {"hour": "5"}}, {"quota": {"hour": 10 ** 13}}):
        status, _, body = http("PATCH", f"/v1/keys/{shop['key']}", wrong)
        check("a wrong quota", status == 422 and "null for no limit" in body["detail"], (wrong, status, body))
    status, _, body = http("PATCH", "/v1/accounts/rival", {"quota": {"month": 50, "sessions": 3}}, who=operator)
    check("set", status == 200 and body["quota"] == {"hour": None, "day": None, "month": 50, "sessions": 3}, body)
    status, _, body = http("PATCH", "/v1/accounts/rival", {"quota": {"month": None, "sessions": None}}, who=operator)
    check("none again", status == 200 and set(body["quota"].values()) == {None}, body)
    # One wrong member: nothing is set, least of all live.
    http("PATCH", "/v1/accounts/rival", {"mode": "sandbox"}, who=operator)
    for wrong in ({"mode": "live", "quota": {"day": 0}}, {"mode": "test", "quota": {"day": 9}}):
        status, _, body = http("PATCH", "/v1/accounts/rival", wrong, who=operator)
        _, _, after = http("GET", "/v1/accounts/rival", who=operator)
        check("all or nothing", status == 422 and after["mode"] == "sandbox" and after["quota"]["day"] is None, (status, body, after))
    status, _, body = http("PATCH", "/v1/accounts/rival", {"mode": "live", "quota": {"day": 99}}, who=operator)
    _, _, after = http("GET", "/v1/accounts/rival", who=operator)
    check("both", status == 200 and after["mode"] == "live" and after["quota"]["day"] == 99, (status, body, after))
    http("PATCH", "/v1/accounts/rival", {"quota": {"day": None}}, who=operator)
    # A new key for an old one has the old one's limits.
    http("PATCH", f"/v1/keys/{rival['key']}", {"quota": {"month": 70}}, who=rival)
    _, _, body = http("POST", f"/v1/keys/{rival['key']}/roll", {}, who=rival)
    _, _, body = http("GET", f"/v1/keys/{body['key']}", who=rival)
    check("rolled", body["quota"]["month"] == 70, body)


def again():
    with session() as smtp:
        code, text = refused(smtp, 1)
        check("still full", code == 452 and "8 are used" in text, (code, text))


def sessions():
    first = session()
    send(first, 1)
    second = session()
    try:
        send(second, 1)
        check("one session", False)
    except (smtplib.SMTPSenderRefused, smtplib.SMTPServerDisconnected) as error:
        check("one session", error.smtp_code == 421 and b"Too many sessions: account shop may have 1 open" in
              error.smtp_error, error)
    status, fields, body = http("POST", "/v1/messages", native(1))
    check("HTTP is one too", status == 429 and fields["Retry-After"] and "Too many sessions" in body["detail"], body)
    status, _, body = http("GET", "/v1/account")
    check("it is seen", body["use"]["sessions"] == 1, body)
    first.quit()
    status, _, body = http("POST", "/v1/messages", native(1))
    check("room again", status == 202, body)


{"full": full, "again": again, "sessions": sessions}[what]()
