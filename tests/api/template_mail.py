#!/usr/bin/python3
"""template_mail.test's client: a key of the account and one of another as JSON; W, HTTP, SERVE (the keeper) in the environment."""
import base64
import email
import email.policy
import http.client
import json
import os
import pathlib
import re
import signal
import smtplib
import sys
import time
import urllib.parse

W, HTTP = pathlib.Path(os.environ["W"]), int(os.environ["HTTP"])
KEY, OTHER = (json.loads(pathlib.Path(a).read_text()) for a in sys.argv[1:3])
BASIC = {"Authorization": "Basic " + base64.b64encode(f"{KEY['key']}:{KEY['secret']}".encode()).decode()}
BEARER = {"Authorization": "Bearer " + KEY["sendgrid"]}
TOKEN = {"X-Postmark-Server-Token": KEY["postmark_token"]}
KEEPER = int(os.environ["SERVE"])
PATIENCE = 120


def check(what, yes, detail=""):
    if not yes:
        print(f"FAIL  {what}: {detail}")
        sys.exit(1)
    print("ok    " + what, flush=True)


def call(path, body, who=None, method="POST"):
    c = http.client.HTTPConnection("127.0.0.1", HTTP, timeout=60)
    try:
        c.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json", **(who or BASIC)})
        r = c.getresponse()
        text = r.read().decode()
        return r.status, json.loads(text) if text else None
    finally:
        c.close()


def form(path, fields):
    """A call of Mailgun's."""
    c = http.client.HTTPConnection("127.0.0.1", HTTP, timeout=60)
    try:
        c.request("POST", path, urllib.parse.urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded", **BASIC})
        r = c.getresponse()
        return r.status, json.loads(r.read())
    finally:
        c.close()


def arrived(to):
    """The one message to this address."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for f in sorted(W.glob("sink/*.json")):
            if to in json.loads(f.read_text())["to"]:
                return email.message_from_bytes(f.with_suffix(".eml").read_bytes(), policy=email.policy.default)
        time.sleep(0.1)
    check(f"arrived: {to}", False)


def part(m, kind):
    return m.get_body(preferencelist=(kind,)).get_content()


def text(m):
    return part(m, "plain").strip()


numbers = {}


def made(name, dialect, **texts):
    status, t = call("/v1/templates", {"name": name, "dialect": dialect, **texts})
    check(f"{name}: made", status == 201, t)
    numbers[name] = t["number"]
    return t["id"]


def put(template, **texts):
    status, got = call(f"/v1/templates/{template}", texts, method="PATCH")
    if status != 200:
        check("a new draft", False, got)


def publish(template, body=None):
    return call(f"/v1/templates/{template}/publish", body or {})


n = 0


def send(template, **more):
    """An address of its own, and the answer."""
    global n
    n += 1
    to = f"r{n}@else.test"
    return to, call("/v1/messages", {"to": to, "template": template, **more})


order = made("Order", "handlebars", subject="Order {{id}}", preheader="Thanks, {{name}}",
             html="<html><body><p>Hello {{name}}</p></body></html>", **{"from": {"email": "a@shop.test", "name": "Shop"}})
to, (status, got) = send(order)
check("what was never published", status == 422 and "never published" in got["errors"][0]["message"], got)
check("published", publish(order)[0] == 200)
to, (status, got) = send("Order", variables={"id": 7, "name": "A&B é"})
check("accepted by its name", status == 202, got)
m = arrived(to)
check("the sender and the subject", (str(m["From"]), str(m["Subject"])) == ("Shop <a@shop.test>", "Order 7"), m.as_string())
check("HTML, escaped, behind the preheader", re.search(r">Thanks, A&amp;B é</div>(<div.*</div>)?<p>Hello A&amp;B é</p></body>", part(m, "html")),
      part(m, "html"))
check("a text made of it", text(m) == "Hello A&B é", text(m))
to, (status, got) = send(order, **{"from": "b@shop.test", "subject": "Mine"}, variables={"name": "C"})
m = arrived(to)
check("the call's sender and subject", (m["From"].addresses[0].addr_spec, str(m["Subject"])) == ("b@shop.test", "Mine"))

# What was accepted stays what it was.
to, (status, got) = send(order, variables={"name": "D"},
                         send_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 4)))
check("accepted for later", status == 202, got)
put(order, html="<p>Bonjour {{name}}</p>")
check("published again", publish(order)[1]["published"] == 2)
late = to
# And what comes behind the answer of a publish is of it.
for i in range(10):
    put(order, html=f"<p>Round {i} {{{{name}}}}</p>")
    version = publish(order)[1]["published"]
    to, (status, got) = send(order, variables={"name": "E"})
    if status != 202 or text(arrived(to)) != f"Round {i} E":
        check(f"round {i}: of version {version}", False, got)
check("each mail is of the version published before it", True)
check("back to the first", publish(order, {"version": 1})[1]["published"] == 1)
to, (status, got) = send(order, variables={"name": "F"})
check("of the first again", text(arrived(to)) == "Hello F")
check("the one for later is of its own version", text(arrived(late)) == "Hello D")

# What a mail was written from, and templates tried out with it.
to, (status, got) = send(order, variables={"id": 7, "name": "Ann", "deep": {"list": [1, None, "é"]}})
sent = got["data"][0]
status, values = call(f"/v1/messages/{sent['id']}/values", None, method="GET")
check("its values", status == 200 and values == {
    "vars": {"id": 7, "name": "Ann", "deep": {"list": [1, None, "é"]}}, "contact": {"email": to, "name": ""},
    "template": order}, (status, values))
status, got = call(f"/v1/templates/{order}/render", {"message": sent["recipients"][0]["id"], "vars": {"name": "Bob"}})
check("a template with them, and what goes on top", (status, got["subject"]) == (200, "Order 7") and "Bob" in got["html"], got)
status, got = call("/v1/templates/render", {"message": sent["id"], "dialect": "mailjet", "text": "{{var:id}} {{mj:contact.domain}}"})
check("texts of the call with them", (status, got["text"]) == (200, "7 else.test"), got)
status, got = call("/v1/messages", {"to": "plain@else.test", "from": "a@shop.test", "subject": "s", "text": "t"})
plain = got["data"][0]["id"]
status, got = call(f"/v1/messages/{plain}/values", None, method="GET")
check("of no template", status == 410 and "not written from a template" in got["detail"], got)
status, got = call("/v1/templates/render", {"message": plain, "text": "x"})
check("with those of no template", status == 422 and "not written from a template" in got["detail"], got)
other = {"Authorization": "Basic " + base64.b64encode(f"{OTHER['key']}:{OTHER['secret']}".encode()).decode()}
check("another account's", call(f"/v1/messages/{sent['id']}/values", None, other, "GET")[0] == 404)
status, got = call("/v1/templates/render", {"message": sent["id"], "text": "{{name}}"}, other)
check("with another account's", status == 422 and "Ann" not in json.dumps(got), got)

# The dialects.
mj = made("Welcome", "mailjet", subject="Hi {{var:name}}", html="<p>{% for x in var:list %}{{x}} {% endfor %}{{mj:contact.email}}</p>")
pm = made("welcome-mail", "mustachio", subject="Hi {{name}}", html="<p>{{#each list}}{{.}} {{/each}}{{name}}</p>")
check("published", publish(mj)[0] == 200 and publish(pm)[0] == 200)
VALUES = {"name": "Ann", "list": [1, 2]}


def dialect(what, path, who, body, want, to):
    status, got = call(path, body, who)
    check(f"{what}: accepted", status in (200, 202), got)
    m = arrived(to)
    check(f"{what}: arrived", (str(m["Subject"]), text(m)) == want, m.as_string())


dialect("mailjet v3.1", "/v3.1/send", BASIC, {"Messages": [{
    "From": {"Email": "a@shop.test"}, "To": [{"Email": "mj31@else.test"}], "TemplateID": numbers["Welcome"],
    "TemplateLanguage": True, "Variables": VALUES}]}, ("Hi Ann", "1 2 mj31@else.test"), "mj31@else.test")
dialect("mailjet v3.1, its own texts", "/v3.1/send", BASIC, {"Messages": [{
    "From": {"Email": "a@shop.test"}, "To": [{"Email": "own@else.test"}], "Subject": "Hi {{var:name}}",
    "HTMLPart": "<p>{{Upper(var:name)}}</p>", "TemplateLanguage": True, "Variables": VALUES}]},
        ("Hi Ann", "ANN"), "own@else.test")
dialect("mailjet v3", "/v3/send", BASIC, {
    "FromEmail": "a@shop.test", "Recipients": [{"Email": "mj3@else.test", "Vars": {"name": "Bob"}}], "Mj-TemplateID": "Welcome",
    "Mj-TemplateLanguage": "true", "Vars": VALUES}, ("Hi Bob", "1 2 mj3@else.test"), "mj3@else.test")
dialect("sendgrid", "/v3/mail/send", BEARER, {
    "personalizations": [{"to": [{"email": "sg@else.test"}], "dynamic_template_data": {"id": 8, "name": "Ann"}}],
    "from": {"email": "a@shop.test"}, "subject": "not this", "template_id": "Order"}, ("Order 8", "Hello Ann"), "sg@else.test")
dialect("postmark", "/email/withTemplate", TOKEN, {
    "From": "a@shop.test", "To": "pm@else.test", "TemplateAlias": "welcome-mail", "TemplateModel": VALUES},
        ("Hi Ann", "1 2 Ann"), "pm@else.test")
styled = made("styled", "mustachio", subject="s", html="<style>p{color:red}</style><p>{{name}}</p>")
check("published", publish(styled)[0] == 200)
for said, want in (({}, '<p style="color:red">Ann</p>'), ({"InlineCss": False}, "<style>p{color:red}</style><p>Ann</p>")):
    to = f"css{len(said)}@else.test"
    status, got = call("/email/withTemplate", {"From": "a@shop.test", "To": to, "TemplateAlias": "styled", "TemplateModel": VALUES, **said}, TOKEN)
    check(f"postmark: InlineCss {said}", status == 200 and part(arrived(to), "html").strip() == want, got)
    status, got = call("/templates/validate", {"HtmlBody": "<style>p{color:red}</style><p>{{name}}</p>", "TestRenderModel": {"name": "Ann"},
                                               **({"InlineCssForHtmlTestRender": False} if said else {})}, TOKEN)
    check("postmark: of a test", status == 200 and got["HtmlBody"]["RenderedContent"] == want, got)
status, got = call("/v1/messages", {"to": "css2@else.test", "from": "a@shop.test", "template": "styled", "variables": VALUES, "inline_css": True})
check("CSS in the elements", status == 202 and part(arrived("css2@else.test"), "html").strip() == '<p style="color:red">Ann</p>', got)
status, got = call("/email/batchWithTemplates", {"Messages": [
    {"From": "a@shop.test", "To": "pm2@else.test", "TemplateId": numbers["welcome-mail"], "TemplateModel": VALUES},
    {"From": "a@shop.test", "To": "pm3@else.test", "TemplateId": 99, "TemplateModel": VALUES}]}, TOKEN)
check("postmark: a batch", status == 200 and [g["ErrorCode"] for g in got] == [0, 1101], got)
check("postmark: the good one of it", text(arrived("pm2@else.test")) == "1 2 Ann")

status, got = call("/v3/mail/send", {
    "personalizations": [{"to": [{"email": "sg9@else.test"}], "dynamic_template_data": {"name": "L"}}], "from": {"email": "a@shop.test"},
    "template_id": "Order", "tracking_settings": {"ganalytics": {"enable": True, "utm_source": "m"},
                                                  "subscription_tracking": {"enable": True, "html": "<a href='https://shop.test/'>Shop</a> <% leave %>"}}}, BEARER)
check("sendgrid: with a link to unsubscribe", status == 202, got)
m = arrived("sg9@else.test")
check("sendgrid: it stands at the end", re.search(r"<p>Hello L</p><a href='https://shop.test/\?utm_source=m'>Shop</a> <a href=\"\S+/u/\S+\">leave</a></body>", part(m, "html"))
      and m["List-Unsubscribe"] and "/u/" in text(m), m.as_string())

status, got = form("/v3/shop.test/messages", {
    "from": "a@shop.test", "to": "mg1@else.test,mg2@else.test", "template": "Order", "t:version": 1, "subject": "Hi %recipient.n%",
    "t:variables": '{"name": "%recipient.n%"}', "recipient-variables": '{"mg1@else.test": {"n": "A&B"}, "mg2@else.test": {"n": "Bo"}}'})
check("mailgun: a batch", status == 200, got)
m = arrived("mg1@else.test")
check("mailgun: of version 1, escaped", part(m, "html").find("<p>Hello A&amp;B</p>") > 0 and str(m["Subject"]) == "Hi A&B", m.as_string())
check("mailgun: the other one", text(arrived("mg2@else.test")) == "Hello Bo")
status, got = form("/v3/shop.test/messages", {"from": "a@shop.test", "to": "mg3@else.test", "template": "Order", "t:version": 99})
check("mailgun: a version that is not there", status == 400 and got["message"] == "version 99 of template 'Order' not found", got)
status, got = form("/v3/shop.test/messages", {"from": "a@shop.test", "to": "mg4@else.test", "template": "Ordr"})
check("mailgun: not there", status == 400 and got["message"] == "template 'Ordr' not found", got)

# By SMTP: the template's texts in place of the mail's own, beside its file; own texts; mistakes.
smtp = smtplib.SMTP("127.0.0.1", int(os.environ["PLAIN"]), timeout=60)
smtp.login(KEY["key"], KEY["secret"])


def post(to, template, body="old", files=True, **fields):
    m = email.message.EmailMessage(policy=email.policy.SMTP)
    m["From"], m["To"] = "Shop <a@shop.test>", to
    for name, value in {"X-MJ-TemplateLanguage": "1", "X-MJ-Vars": json.dumps(VALUES), **template, **fields}.items():
        m[name] = value
    m.set_content(body)
    if files:
        m.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="facture é.pdf")
    try:
        smtp.send_message(m, to_addrs=[to])
        return ""
    except smtplib.SMTPDataError as e:
        return f"{e.smtp_code} {e.smtp_error.decode(errors='replace')}"


check("smtp: taken", post("sm1@else.test", {"X-MJ-TemplateID": str(numbers["Welcome"])}) == "")
m = arrived("sm1@else.test")
check("smtp: the template's texts and subject", (str(m["Subject"]), part(m, "html").strip(), text(m)) ==
      ("Hi Ann", "<p>1 2 sm1@else.test</p>", "1 2 sm1@else.test"), m.as_string())
check("smtp: its file stays, its fields go", [a.get_content() for a in m.iter_attachments()] == [b"%PDF-1.7"] and
      not [n for n in m.keys() if n.lower().startswith("x-mj-")], m.as_string())
check("smtp: own texts", post("sm2@else.test", {}, "Hello {{var:name}} é", False, Subject="For {{var:name}}") == "")
m = arrived("sm2@else.test")
check("smtp: they are written", (str(m["Subject"]), m.get_content_type(), m.get_content().strip()) ==
      ("For Ann", "text/plain", "Hello Ann é"), m.as_string())
got = post("sm3@else.test", {}, "{{var:none}}")
check("smtp: a mistake", got.startswith("554 5.6.0 X-MJ-TemplateLanguage: text 1:3: No value for"), got)
got = post("sm3@else.test", {"X-MJ-TemplateID": "99999"})
check("smtp: no such template", got == "554 5.6.0 X-MJ-TemplateID: there is no such template", got)

# The message as a page: his own, and the one that others are led to.
web = made("Web", "mailjet", subject="s", html='<p>Hi all é <a href="{{mj:permalink}}">w</a> <a href="{{mj:share_google}}">g</a> '
           '<a href="{{mj:unsub_link}}">u</a></p>', **{"from": {"email": "a@shop.test"}})
check("a link to itself: published", publish(web)[0] == 200)


def page(path):
    """Read until the ledger knows of the message."""
    end = time.monotonic() + PATIENCE
    while True:
        c = http.client.HTTPConnection("127.0.0.1", HTTP, timeout=60)
        c.request("GET", path)
        r = c.getresponse()
        said = r.status, r.headers, r.read().decode()
        c.close()
        if said[0] != 503 or time.monotonic() > end:
            return said
        time.sleep(0.1)


status, got = call("/v1/messages", {"to": ["other@else.test", "web@else.test"], "template": web, "track_opens": True, "track_consent": True})
check("a link to itself: taken", status == 202, got)
html = part(arrived("web@else.test"), "html")
own, others, leave = (urllib.parse.urlsplit(u).path for u in re.findall('href="([^"]+)"', html))
check("its pages", own.startswith("/w/") and others.startswith("/w/") and own != others and leave.startswith("/u/"), html)
status, fields, shown = page(own)
check("his own is what he got", status == 200 and shown.strip() == html.strip() and fields["Content-Type"] == "text/html; charset=utf-8"
      and fields["Content-Security-Policy"].startswith("sandbox "), (status, shown))
status, fields, shown = page(others)
check("others' has the words, and nothing that acts for him", status == 200 and "Hi all é" in shown and leave not in shown and own not in shown
      and others in shown and "/u/-/" in shown and re.search("/o/[^/]+/p.gif", shown)[0] not in html, (status, shown))

# Of whom it goes to, as he is known now.
known = made("Known", "mailjet", subject="s", html='<p>{{mj:contact.name}} of {{data:city:"nowhere"}}</p>', **{"from": {"email": "a@shop.test"}})
check("of a contact: published", publish(known)[0] == 200)
for what, body, want in (("nobody is known", None, "of nowhere"), ("stored", {"name": "Ann", "properties": {"city": "Lyon"}}, "Ann of Lyon"),
                         ("changed", {"properties": {"city": "Nantes"}}, "of Nantes")):
    if body:
        check(f"of a contact: {what}", call("/v1/contacts/Known@else.test", body, method="PUT")[0] in (200, 201))
    status, got = call("/v1/messages", {"to": "known@else.test", "template": known})
    check(f"of a contact: {what}: taken", status == 202, got)
    end, got = time.monotonic() + PATIENCE, None
    while time.monotonic() < end and got != want:
        mails = [f.with_suffix(".eml").read_bytes() for f in sorted(W.glob("sink/*.json")) if "known@else.test" in json.loads(f.read_text())["to"]]
        got = text(email.message_from_bytes(mails[-1], policy=email.policy.default)) if mails else None
        time.sleep(0.05)
    check(f"of a contact: {what}: arrived", got == want, got)
check("another account's is another one", call("/v1/contacts/known@else.test", None, other, "GET")[0] == 404)

# In a layout: the version keeps the one that was published when it was.
frame = made("Frame", "handlebars", html="<html><body><h1>Shop</h1>{{{@content}}}</body></html>", text="= Shop =\n{{{@content}}}")
check("the layout: published", publish(frame)[0] == 200)
framed = made("Framed", "handlebars", subject="Framed", html='<p>{{name}} <a href="{{url}}">go</a></p>', text="Hello {{name}}",
              layout="Frame", **{"from": {"email": "a@shop.test"}})
check("in it: published", publish(framed)[0] == 200)
put(frame, html="<main>{{{@content}}}</main>", text="{{{@content}}}")
check("the layout: published again", publish(frame)[0] == 200)
LINK = {"name": "A&B", "url": "https://example.com/x?a=1&b=2"}
to, (status, got) = send(framed, variables=LINK)
m = arrived(to)
check("in its layout", part(m, "html").startswith("<html><body><h1>Shop</h1><p>A&amp;B <a href=\"https://example.com/x?"), part(m, "html"))
check("its text as well", text(m).split() == ["=", "Shop", "=", "Hello", "A&B"], text(m))
to, (status, got) = send(framed, variables=LINK, track_clicks=True, track_consent=True)
m = arrived(to)
check("a rendered link is tracked", "/c/" in part(m, "html") and "example.com" not in part(m, "html"), part(m, "html"))
check("in it: published again", publish(framed)[1]["published"] == 2)
to, (status, got) = send(framed, variables=LINK)
check("in the new layout", part(arrived(to), "html").startswith("<main><p>"))

# The same call again is the same mail; other values are another call.
AGAIN = {**BASIC, "Idempotency-Key": "order-7"}
body = {"to": "again@else.test", "template": "Order", "variables": {"name": "H", "id": 1}}
first, second = call("/v1/messages", body, AGAIN), call("/v1/messages", body, AGAIN)
check("with a key: answered the same", first[0] == 202 and first == second, (first, second))
body["variables"]["name"] = "I"
check("with a key: other values", call("/v1/messages", body, AGAIN)[0] == 422)
check("with a key: one mail", text(arrived("again@else.test")) == "Hello H")

# As many as a call may have, in the sandbox: each is written, none is sent.
many = [{"to": f"many{i}@else.test", "template": "Order", "variables": {"name": f"N{i}", "id": i}, "sandbox": True} for i in range(1000)]
status, got = call("/v1/messages", {"messages": many})
check("a thousand in the sandbox", status == 202 and len(got["data"]) == 1000, got)
many[999]["template"] = "Framed?"
status, got = call("/v1/messages", {"messages": many})
check("the mistake of the last one", status == 422 and [e["pointer"] for e in got["errors"]] == ["/messages/999/template"], got)

# Mistakes.
status, got = call("/v3.1/send", {"Messages": [{
    "From": {"Email": "a@shop.test"}, "To": [{"Email": "bad@else.test"}], "TemplateID": numbers["Welcome"],
    "TemplateLanguage": True}]})
check("a value is missing", status == 400 and "No value for" in got["Messages"][0]["Errors"][0]["ErrorMessage"], got)
# … and whom they are written to: once, though the mistake is made again, by any way.
wrong = {"From": {"Email": "a@shop.test"}, "To": [{"Email": "bad@else.test"}], "TemplateID": numbers["Welcome"], "TemplateLanguage": True,
         "TemplateErrorReporting": {"Email": "dev@else.test", "Name": "Dev"}}
for _ in range(2):
    check("a mistake that is to be reported: the answer stays", call("/v3.1/send", {"Messages": [wrong]})[0] == 400)
check("smtp: the same", post("bad@else.test", {"X-MJ-TemplateID": str(numbers["Welcome"]), "X-MJ-Vars": "{}"}, **{
    "X-MJ-TemplateErrorReporting": "dev@else.test"}).startswith("554 "))
m = arrived("dev@else.test")
check("its report", (str(m["Subject"]), str(m["From"]), str(m["To"]), m["Auto-Submitted"]) ==
      ('Template error: "Welcome"', "a@shop.test", "Dev <dev@else.test>", "auto-generated"), m.as_string())
said = m.get_content().replace("\r\n", "\n")
check("it tells what is wrong", "Where: subject, line 1, column 6\nMistake: No value for" in said and "To: bad@else.test\n" in said, said)
check("smtp: own texts, delivered", post("sm4@else.test", {}, "Hello {{var:none}}", False, Subject="For nobody", **{
    "X-MJ-TemplateErrorDeliver": "deliver", "X-MJ-TemplateErrorReporting": "dev2@else.test"}) == "")
check("smtp: it arrives as it stands", "{{var:none}}" in text(arrived("sm4@else.test")))
m = arrived("dev2@else.test")
check("smtp: its report", "as it stands" in m.get_content() and "Subject: For nobody" in m.get_content(), m.as_string())
# Behind these: what was reported again would have come by now.
check("one report", sum("dev@else.test" in json.loads(f.read_text())["to"] for f in W.glob("sink/*.json")) == 1)
end = time.monotonic() + PATIENCE
got = None
while time.monotonic() < end and not all(a in json.dumps(got) for a in ("dev@else.test", "dev2@else.test")):
    got = call("/v1/messages?tag=template-error", None, method="GET")
    time.sleep(0.1)
check("they are mail of the account", got[0] == 200 and "dev2@else.test" in json.dumps(got), got)
status, got = call("/v1/messages", {"messages": [
    {"to": "bad1@else.test", "template": order}, {"to": "bad2@else.test", "template": "Ordr"}]})
check("all or none", status == 422 and [e["pointer"] for e in got["errors"]] == ["/messages/1/template"], got)
check("nothing of them was sent", not [f for f in W.glob("sink/*.json") if "bad" in f.read_text() or "many" in f.read_text()])

status, got = call(f"/v1/templates/{mj}", None, method="DELETE")
check("removed", status == 204, (status, got))
to, (status, got) = send(mj, variables=VALUES)
check("what was removed", status == 422 and got["errors"][0]["pointer"] == "/template", got)


def role(word):
    """Process ids of a role of this service: children of its keeper."""
    found = []
    for p in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if f"\nPPid:\t{KEEPER}\n" in (p / "status").read_text() and (p / "comm").read_text().strip().endswith(word):
                found.append(int(p.name))
        except OSError:
            pass
    return found


desk = role("desk")
if desk:
    os.kill(desk[0], signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    status = 0
    while status != 202 and time.monotonic() < end:
        to, (status, got) = send(order, variables={"name": "G"})
        check(f"while desk restarts: {status}", status in (202, 503), got)
        time.sleep(0.1)
    check("desk was killed, and mail goes on", text(arrived(to)) == "Hello G")
else:
    print("no process called desk was found: not killed")
    sys.exit(1)
