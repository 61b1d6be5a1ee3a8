#!/usr/bin/python3
"""Asks what the vendors' SDKs read and manage. Run by vendor_read.test: vendor_read.py VENDOR"""
import base64
import datetime
import glob
import http.client
import json
import os
import re
import sys
import time
import traceback
import urllib.parse

W = os.environ["W"]
KEYS = {name: json.load(open(f"{W}/{name}.json")) for name in ("all", "send", "other")}
failed = 0
ASKED = []  # (method, path) with another account's key
last = None  # the last answer, for a failure


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.json = json.loads(body) if body[:1] in (b"{", b"[") else None

    def __repr__(self):
        return f"{self.status} {self.body[:1500]!r}"


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def auth(vendor, name):
    key = KEYS[name]
    if vendor == "sendgrid":
        return {"Authorization": "Bearer " + key["sendgrid"]}
    if vendor == "postmark":
        return {"X-Postmark-Server-Token": key["postmark_token"]}
    if vendor == "mailgun":
        return basic("api", key["secret"])
    return basic(key["key"], key["secret"])


def ask(method, path, body=None, name="all", headers=None):
    global last
    c = http.client.HTTPConnection("127.0.0.1", int(os.environ["HTTP"]), timeout=60)
    head = dict(auth(VENDOR, name) if headers is None else headers)
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
        head.setdefault("Content-Type", "application/json")
    c.request(method, path, body, head)
    r = c.getresponse()
    last = Answer(r.status, r.headers, r.read())
    c.close()
    return last


def get(path, name="all"):
    return ask("GET", path, name=name)


def check(what, fn):
    global failed
    try:
        fn()
        print("ok   ", what)
    except Exception:  # pylint: disable=broad-except
        failed += 1
        print("FAIL ", what)
        print("      last answer:", last)
        print("      " + traceback.format_exc().replace("\n", "\n      "))
    sys.stdout.flush()


def same(got, want):
    assert got == want, f"{got!r}, not {want!r}"


def holds(got, want):
    """Each member of want is in got."""
    for name, value in want.items():
        assert name in got, f"no {name} in {got}"
        if isinstance(value, dict):
            holds(got[name], value)
        else:
            same(got[name], value)


def read(path):
    with open(path, encoding="utf-8", errors="replace", newline="") as f:
        return f.read().replace("\r\n", "\n")


def until(fn):
    """What fn returns once it is true."""
    end = time.monotonic() + 60
    while True:
        value = fn()
        if value:
            return value
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.1)


def owned(path):
    """What its owner reads of the thing that a path names, or does something to."""
    for one in path, path.rpartition("/")[0]:
        answer = get(one)
        if answer.status == 200:
            return answer.body
    raise AssertionError(f"{path}: its owner has no such thing, so nobody could be shown it")


def foreign(paths, want, there=True):
    """Another account's key: (method, path, body) answers as want tells, and its owner is answered otherwise, so that
    each row can fail: what is asked for is there, and still is behind it. there: it can be read by its owner."""
    for path in paths:
        method, path, body = path if isinstance(path, tuple) else ("GET", path, None)
        ASKED.append((method, path.partition("?")[0]))
        before = owned(path) if there and method != "GET" else None
        answer = ask(method, path, body, name="other")
        assert want(answer), f"{method} {path}: {answer}"
        if method == "GET":
            mine = get(path)
            assert mine.status == 200 and not want(mine), f"{path}: its owner is told the same: {mine}"
        elif there:
            same(owned(path), before)


def matrix():
    """Each route that has an id was asked for with another account's key: a new one must be too."""
    with open(os.path.join(os.path.dirname(__file__), "../../src/api/route_vendor_tbl.h"), encoding="ascii") as f:
        table = re.findall(r'V_(?:TEXTS_)?ID_\(\s*"(\w+)",\s*"([^"]+)",\s*(\w+)', f.read())
    routes = [(method, pattern) for method, pattern, dialect in table if dialect == VENDOR.upper()]
    assert routes, "the table is not understood"
    for method, pattern in routes:
        if "{webhook}" in pattern or pattern.startswith(("/messages/inbound/", "/triggers/inboundrules/")):
            continue  # webhooks.py and inbound.py ask these
        path = re.compile(re.sub(r"\\{[^/]*\\}", "[^/]+", re.escape(pattern)), re.IGNORECASE)
        assert any(m == method and path.fullmatch(p) for m, p in ASKED), f"nobody asked {method} {pattern}"


# ---- Mailjet


def mailjet():
    rest = "/v3/REST/"
    ids = {}

    def send():
        a = ask("POST", "/v3.1/send", {"Messages": [
            {"From": {"Email": "a@shop.test"}, "To": [{"Email": "ann@d.test"}], "Subject": "Bonjour",
             "TextPart": "x", "CustomID": "order-7"},
            {"From": {"Email": "b@shop.test"}, "To": [{"Email": "hardbounce@d.test"}], "Subject": "Non",
             "TextPart": "x"}]})
        same(a.status, 200)
        ids["ann"], ids["hard"] = [m["To"][0]["MessageID"] for m in a.json["Messages"]]
        ids["uuid"] = a.json["Messages"][0]["To"][0]["MessageUUID"]
        # Asked at once it is there already.
        same(get(f"{rest}message/{ids['ann']}").json["Data"][0]["ID"], ids["ann"])

    check("send", send)

    def status(which, word):
        until(lambda: get(f"{rest}message/{ids[which]}").json["Data"][0]["Status"] == word)

    check("message: delivered, bounced", lambda: [status("ann", "sent"), status("hard", "hardbounced")])

    def message():
        a = get(f"{rest}Message/{ids['ann']}")
        same([a.status, a.json["Count"], a.json["Total"]], [200, 1, 1])
        row = a.json["Data"][0]
        holds(row, {"Subject": "Bonjour", "CustomID": "order-7", "UUID": ids["uuid"], "ContactAlt": "ann@d.test",
                    "StateID": 0, "StatePermanent": False, "AttemptCount": 1})
        same(row["ArrivedAt"][-1], "Z")
        same(len(row), 25)
        holds(get(f"{rest}message/{ids['hard']}").json["Data"][0], {"StateID": 1, "StatePermanent": True})
        same(get(f"{rest}message/{ids['uuid']}").json["Data"][0]["ID"], ids["ann"])

    check("message/{id}, by UUID too", message)

    def lists():
        a = get(f"{rest}message?limit=1")
        same([a.json["Count"], a.json["Total"], len(a.json["Data"])], [1, 1, 1])
        same(a.json["Data"][0]["Subject"], "")
        b = get(f"{rest}message?Limit=1&Offset=1&SHOWSUBJECT=true&InvalidParameter=0")
        same(sorted([a.json["Data"][0]["ID"], b.json["Data"][0]["ID"]]), sorted([ids["ann"], ids["hard"]]))
        a = get(f"{rest}message?countOnly=1&Limit=1")
        same(a.json, {"Count": 2, "Data": [], "Total": 2})
        same(get(f"{rest}message?countRecords=1&Limit=1").json["Total"], 2)
        for query, want in (("MessageStatus=sent", "ann"), ("MessageStatus=bounce", "hard"), ("CustomID=order-7", "ann"),
                            ("Contact=HARDBOUNCE@d.test", "hard"), ("From=b@shop.test", "hard")):
            same([r["ID"] for r in get(f"{rest}message?{query}").json["Data"]], [ids[want]])
        contact = get(f"{rest}message?CustomID=order-7").json["Data"][0]["ContactID"]
        same([r["ID"] for r in get(f"{rest}message?ContactID={contact}").json["Data"]], [ids["ann"]])
        for query, want in (("MessageStatus=opened", 0), ("ToTS=2020-01-01T00:00:00Z", 0), ("FromTS=1577836800", 2),
                            ("FromDomain=shop.test", 2), ("FromDomain=d.test", 0), ("Sort=ArrivedAt+DESC", 2)):
            same(get(f"{rest}message?{query}").json["Count"], want)
        for query in ("MessageStatus=x", "Limit=x", "Offset=20000", "FromTS=never", "Sort=ID"):
            a = get(f"{rest}message?{query}")
            same([a.status, a.json["StatusCode"]], [400, 400])

    check("message: filters, Limit, Offset, countOnly", lists)

    def history():
        a = get(f"{rest}messagehistory/{ids['ann']}")
        same([r["EventType"] for r in a.json["Data"]], ["queued", "sent"])
        a = get(f"{rest}messagehistory/{ids['hard']}").json["Data"]
        holds(a[-1], {"EventType": "hardbounced", "State": "user unknown", "UseragentID": 0})
        assert a[-1]["Comment"].startswith("550 5.1.1"), a
        same(get(f"{rest}messagehistory/77").json, {"Count": 0, "Data": [], "Total": 0})

    check("messagehistory", history)

    def information():
        a = get(f"{rest}messageinformation/{ids['ann']}").json["Data"][0]
        holds(a, {"ID": ids["ann"], "SentCount": 1, "QueuedCount": 0, "SpamAssassinRules": {"Items": [], "TotalScore": 0}})
        same(get(f"{rest}messageinformation?Limit=10").json["Count"], 2)

    check("messageinformation", information)

    def counters():
        base = f"{rest}statcounters?CounterSource=APIKey&CounterTiming=Message"
        a = get(f"{base}&CounterResolution=Lifetime").json["Data"]
        same(len(a), 1)
        same(len(a[0]), 22)
        holds(a[0], {"MessageSentCount": 1, "MessageHardBouncedCount": 1, "Total": 2, "MessageQueuedCount": 0, "Timeslice": ""})
        a = get(f"{base}&CounterResolution=Day").json["Data"]
        same(sum(r["MessageSentCount"] for r in a), 1)
        same(a[-1]["Timeslice"][10:], "T00:00:00Z")
        a = get(f"{rest}statcounters?countersource=apikey&countertiming=event&counterresolution=hour").json["Data"]
        same(sum(r["MessageHardBouncedCount"] for r in a), 1)
        same(get(f"{base}&CounterResolution=Day&ToTS=2020-01-01").json["Data"], [])
        for query in ("", "?CounterSource=APIKey&CounterTiming=Message", "?CounterSource=Campaign&CounterTiming=Message&"
                      "CounterResolution=Day"):
            same(get(f"{rest}statcounters{query}").status, 400)

    check("statcounters", counters)

    def keys():
        a = get(f"{rest}apikey").json
        names = [r["APIKey"] for r in a["Data"]]
        assert KEYS["all"]["key"] in names and KEYS["other"]["key"] not in names, names
        one = get(f"{rest}apikey/{KEYS['all']['key']}").json["Data"][0]
        holds(one, {"APIKey": KEYS["all"]["key"], "SecretKey": "", "IsActive": True, "Runlevel": "Normal"})
        same(get(f"{rest}apikey/{one['ID']}").json["Data"], [one])
        a = ask("POST", f"{rest}apikey", {"name": "Boutique"})
        same(a.status, 201)
        made = a.json["Data"][0]
        same(made["Name"], "Boutique")
        same(ask("GET", f"{rest}myprofile", headers=basic(made["APIKey"], made["SecretKey"])).status, 200)
        a = ask("POST", f"{rest}apikey", {})
        same([a.status, a.json["ErrorMessage"]],
             [400, "MJ08 Property Name is invalid: MJ03 A non-empty value is required"])

    check("apikey", keys)

    def senders():
        a = get(f"{rest}sender").json["Data"]
        same([(r["Email"], r["Status"]) for r in a], [("*@shop.test", "Active")])
        same(get(f"{rest}sender/{a[0]['ID']}").json["Data"], a)
        holds(get(f"{rest}sender/ann@shop.test").json["Data"][0], {"Email": "ann@shop.test", "Status": "Active"})
        same(get(f"{rest}sender/*@shop.test").json["Data"], a)
        same(get(f"{rest}sender?Domain=other.test").json["Count"], 0)
        same(ask("POST", f"{rest}sender", {"Email": "*@shop.test"}).json["ErrorMessage"],
             'MJ18 A Sender resource with value "*@shop.test" for Email already exists.')
        same(ask("POST", f"{rest}sender", {"Email": ""}).status, 400)
        same(ask("POST", f"{rest}sender", {"Email": "a@no domain"}).status, 400)
        a = ask("POST", f"{rest}sender", {"email": "*@neu.test", "Name": "Neu"})
        same(a.status, 201)
        holds(a.json["Data"][0], {"Email": "*@neu.test", "Status": "Inactive", "Name": "Neu"})
        number = a.json["Data"][0]["ID"]
        same(ask("PUT", f"{rest}sender/{number}", {"Name": "x"}).status, 200)
        same([ask("PUT", f"{rest}sender/{number}", body).status for body in ({}, {"Name": "", "Email": "*@other.test"}, {"ID": 7})], [304] * 3)
        a = ask("POST", f"{rest}sender/{number}/validate", {})
        same([a.status, a.json["StatusCode"]], [400, 400])
        a = ask("POST", f"{rest}dns/neu.test/check", {}).json["Data"][0]
        holds(a, {"DKIMStatus": "Error", "SPFStatus": "Error", "DKIMErrors": ["No such record was found."]})
        dns = get(f"{rest}dns/neu.test").json["Data"][0]
        holds(dns, {"Domain": "neu.test", "DKIMStatus": "Error", "DKIMRecordName": "fct1._domainkey.neu.test."})
        with open(f"{W}/zone", "a", encoding="ascii") as zone:
            zone.write(f"{dns['DKIMRecordName'][:-1]} TXT {dns['DKIMRecordValue']}\n")
            zone.write(f"neu.test TXT {dns['SPFRecordValue']}\n")
        holds(ask("POST", f"{rest}dns/{dns['ID']}/check", {}).json["Data"][0],
              {"DKIMStatus": "OK", "DKIMErrors": [], "SPFStatus": "OK", "DKIMRecordCurrentValue": dns["DKIMRecordValue"]})
        holds(ask("POST", f"{rest}sender/{number}/validate", {}).json["Data"][0],
              {"ValidationMethod": "DNS", "GlobalError": ""})
        same(get(f"{rest}dns").json["Count"], 2)
        same(get(f"{rest}dns?Limit=1&Offset=1").json["Count"], 1)
        same(ask("DELETE", f"{rest}sender/a@neu.test", "{}").status, 400)
        a = ask("DELETE", f"{rest}sender/{number}", "{}")
        same([a.status, a.body], [204, b""])
        same(get(f"{rest}sender/{number}").status, 404)

    check("sender, dns", senders)

    def who():
        holds(get(f"{rest}myprofile").json["Data"][0], {"CompanyName": "shop"})
        holds(get(f"{rest}user").json["Data"][0], {"Username": "shop", "Locale": "en_US"})

    check("myprofile, user", who)

    def contact():
        a = get(f"{rest}contact/ann@d.test").json["Data"][0]
        holds(a, {"Email": "ann@d.test", "IsExcludedFromCampaigns": False, "ExclusionFromCampaignsUpdatedAt": ""})
        a = ask("PUT", f"{rest}contact/ann@d.test", {"IsExcludedFromCampaigns": True}).json["Data"][0]
        same(a["IsExcludedFromCampaigns"], True)
        assert a["ExclusionFromCampaignsUpdatedAt"], a
        same(get(f"{rest}contact/Ann@d.test").json["Data"][0]["IsExcludedFromCampaigns"], True)
        a = ask("PUT", f"{rest}contact/ann@d.test", {"isexcludedfromcampaigns": "false"}).json["Data"][0]
        same(a["IsExcludedFromCampaigns"], False)
        a = ask("POST", f"{rest}contact", {"Email": "new@d.test", "IsExcludedFromCampaigns": True})
        same([a.status, a.json["Data"][0]["IsExcludedFromCampaigns"]], [201, True])
        same(get(f"{rest}contact/nobody").status, 404)

    check("contact: excluded from campaigns", contact)

    def contactdata():
        one = f"{rest}contactdata/data@d.test"
        same(get(one).status, 404)
        a = ask("PUT", one, {"Data": [{"Name": "city", "Value": "Paris"}, {"name": "orders", "value": 7}]})
        same([a.status, a.json["Data"][0]["Data"]], [200, [{"Name": "city", "Value": "Paris"}, {"Name": "orders", "Value": 7}]])
        same(a.json["Data"][0]["ContactID"], get(f"{rest}contact/data@d.test").json["Data"][0]["ID"])
        a = ask("PUT", one, {"Data": [{"Name": "city", "Value": "Lyon"}, {"Name": "orders", "Value": None}]})
        same(get(one).json["Data"][0]["Data"], [{"Name": "city", "Value": "Lyon"}])
        for wrong in ({}, {"Data": {}}, {"Data": [{"Name": "city"}]}, {"Data": [{"Name": "city", "Value": []}]}):
            same([ask("PUT", one, wrong).status, wrong], [400, wrong])
        same([get(f"{rest}contactdata/nobody").status, get(f"{rest}contactdata/17").status], [404, 404])

    check("contactdata", contactdata)

    def refusals():
        a = ask("GET", f"{rest}message", headers=basic("x", "y"))
        same([a.status, a.body], [401, b""])
        same(get(f"{rest}message", "send").status, 403)
        same(get(f"{rest}message", "send").json["StatusCode"], 403)
        a = get(f"{rest}message/77")
        same([a.status, a.body], [404, b'{"ErrorInfo":"","ErrorMessage":"Object not found","StatusCode":404}'])
        a = get(f"{rest}contactslist")
        same([a.status, a.json["StatusCode"]], [404, 404])
        a = ask("PATCH", f"{rest}message", "{}")
        same([a.status, a.json["StatusCode"]], [405, 405])
        a = ask("POST", f"{rest}sender", "{")
        same([a.status, a.json["StatusCode"]], [400, 400])

    check("refusals", refusals)

    def parse_routes():
        a = ask("POST", f"{rest}parseroute", {"Url": "https://shop.test/in", "Email": "help@shop.test"})
        same([a.status, a.json["Data"][0]["Email"]], [201, "help@shop.test"])
        ids["route"] = a.json["Data"][0]["ID"]
        missing = {"ErrorInfo": "", "ErrorMessage": "Object not found", "StatusCode": 404}
        for name in ids["route"], "help@shop.test":
            foreign([f"{rest}parseroute/{name}", ("PUT", f"{rest}parseroute/{name}", {"Url": "https://x.test/"}),
                     ("DELETE", f"{rest}parseroute/{name}", None)], lambda a: a.status == 404 and a.json == missing)
        foreign([f"{rest}parseroute"], lambda a: a.json["Data"] == [])
        same(get(f"{rest}parseroute/{ids['route']}").json["Data"][0]["Url"], "https://shop.test/in")

    check("parseroute, and another account's", parse_routes)

    def templates():
        a = ask("POST", f"{rest}template", {"Name": "Commande", "Locale": "fr_FR"})
        same([a.status, a.json["Data"][0]["Name"]], [201, "Commande"])
        number = a.json["Data"][0]["ID"]
        content = {"Headers": {"Subject": "Bonjour {{var:name}}"}, "Html-part": "<p>x</p>", "Text-part": "", "MJMLContent": ""}
        same(ask("POST", f"{rest}template/{number}/detailcontent", content).json["Data"], [content])
        missing = {"ErrorInfo": "", "ErrorMessage": "Object not found", "StatusCode": 404}
        for name in number, "apikey|Commande":
            one = f"{rest}template/{name}"
            foreign([one, one + "/detailcontent", ("PUT", one, {"Name": "Theirs"}), ("DELETE", one, None),
                     ("POST", one + "/detailcontent", {"Text-part": "x"}), ("PUT", one + "/detailcontent", {"Text-part": "x"})],
                    lambda a: a.status == 404 and a.json == missing)
        foreign([f"{rest}template"], lambda a: a.json["Data"] == [])
        same(get(f"{rest}template/{number}/detailcontent").json["Data"], [content])

    check("template, and another account's", templates)
    check("another account: nothing is there", lambda: [
        foreign([f"{rest}message/{ids['ann']}", f"{rest}message/{ids['uuid']}", f"{rest}messageinformation/{ids['ann']}",
                 f"{rest}apikey/{KEYS['all']['key']}", f"{rest}sender/a@shop.test", f"{rest}sender/*@shop.test",
                 ("PUT", f"{rest}sender/a@shop.test", "{}"), ("DELETE", f"{rest}sender/*@shop.test", None),
                 ("POST", f"{rest}sender/*@shop.test/validate", "{}"), f"{rest}dns/shop.test",
                 ("POST", f"{rest}dns/shop.test/check", "{}")],
                lambda a: a.status == 404 and a.json == {"ErrorInfo": "", "ErrorMessage": "Object not found", "StatusCode": 404}),
        foreign([f"{rest}message", f"{rest}messagehistory/{ids['ann']}", f"{rest}messageinformation",
                 f"{rest}message?Contact=ann@d.test", f"{rest}message?CustomID=order-7"],
                lambda a: a.status == 200 and a.json["Data"] == []),
        foreign([f"{rest}contact/new@d.test", ("PUT", f"{rest}contact/new@d.test", {})],
                lambda a: a.json["Data"][0]["IsExcludedFromCampaigns"] is False),
        foreign([f"{rest}contactdata/data@d.test"], lambda a: a.status == 404),
        foreign([("PUT", f"{rest}contactdata/data@d.test", {"Data": [{"Name": "city", "Value": "Rome"}]})],
                lambda a: a.json["Data"][0]["Data"] == [{"Name": "city", "Value": "Rome"}]),
        foreign([f"{rest}statcounters?CounterSource=APIKey&CounterTiming=Message&CounterResolution=Lifetime"],
                lambda a: a.json["Data"][0]["Total"] == 0)])


# ---- SendGrid


def sendgrid():
    ids = {}
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")

    def send():
        a = ask("POST", "/v3/mail/send", {
            "personalizations": [{"to": [{"email": "sara@d.test"}]}, {"to": [{"email": "hardbounce@g.test"}]}],
            "from": {"email": "g@shop.test"}, "subject": "Hello", "content": [{"type": "text/plain", "value": "x"}],
            "categories": ["order", "news letter"], "custom_args": {"order": "7"}})
        same(a.status, 202)
        ids["call"] = a.headers["X-Message-Id"]
        ids["sara"] = until(lambda: find('to_email="sara@d.test"'))[0]["msg_id"]

    def find(query):
        return get("/v3/messages?limit=10&query=" + urllib.parse.quote(query)).json["messages"]

    check("send", send)
    check("messages: delivered, not_delivered", lambda: [
        until(lambda: find('status="delivered" AND from_email="g@shop.test"')),
        until(lambda: find('status="not_delivered" AND from_email="g@shop.test"'))])

    def messages():
        a = find('from_email="g@shop.test"')
        same(sorted(m["to_email"] for m in a), ["hardbounce@g.test", "sara@d.test"])
        holds(find("msg_id='%s'" % ids["sara"])[0], {
            "to_email": "sara@d.test", "subject": "Hello", "status": "delivered", "opens_count": 0, "clicks_count": 0})
        same([m["to_email"] for m in find('Contains(categories,"order") AND status="not_delivered"')], ["hardbounce@g.test"])
        same(len(find('subject="Hello" AND from_email="g@shop.test"')), 2)
        for query in ('subject="Hell"', "msg_id='x'", 'last_event_time BETWEEN TIMESTAMP "2020-01-01T00:00:00Z" AND '
                      'TIMESTAMP "2020-01-02T00:00:00Z"', 'to_email="x@y.test"', 'Contains(categories,"x")'):
            same(find(query), [])
        for query in ("query=x%3D1", "query=status%3D%22x%22", "limit=2000", "limit=x"):
            a = get("/v3/messages?" + query)
            same(a.status, 400)
            assert a.json["errors"][0]["message"], a

    check("messages: queries", messages)

    def message():
        a = get("/v3/messages/" + ids["sara"]).json
        holds(a, {"to_email": "sara@d.test", "categories": ["order", "news letter"], "unique_args": {"order": "7"}})
        same([e["event_name"] for e in a["events"]], ["processed", "delivered"])
        same(get("/v3/messages/" + ids["sara"] + ".filter0001-0").json, a)
        # The id of the call stands for its first recipient.
        same(get("/v3/messages/" + ids["call"]).json, a)
        hard = find('to_email="hardbounce@g.test"')[0]["msg_id"]
        a = get("/v3/messages/" + hard).json
        holds(a["events"][-1], {"event_name": "bounce", "bounce_type": "hard"})

    check("messages/{id}", message)

    def stats():
        a = get("/v3/stats?start_date=2026-01-01&end_date=2026-01-03").json
        same([d["date"] for d in a], ["2026-01-01", "2026-01-02", "2026-01-03"])
        same([len(d["stats"][0]["metrics"]) for d in a], [16] * 3)
        same(a[0]["stats"][0]["metrics"]["requests"], 0)
        a = get("/v3/stats?aggregated_by=day&start_date=" + today).json
        assert a[-1]["stats"][0]["metrics"]["bounces"] >= 1, a
        a = get("/v3/stats?aggregated_by=month&start_date=2026-01-15&end_date=2026-03-01").json
        same([d["date"] for d in a], ["2026-01-01", "2026-02-01", "2026-03-01"])
        same(get("/v3/categories?category=ord").json, [{"category": "order"}])
        same(get("/v3/categories").json, [{"category": "news letter"}, {"category": "order"}])
        same(get("/v3/categories?limit=1&offset=1").json, [{"category": "order"}])
        a = get("/v3/categories/stats?start_date=%s&categories=news+letter&categories=none" % today).json[-1]["stats"]
        same([(s["name"], s["type"], s["metrics"]["delivered"], s["metrics"]["bounces"]) for s in a],
             [("news letter", "category", 1, 1), ("none", "category", 0, 0)])
        for query in ("stats", "stats?start_date=x", "stats?start_date=2026-01-01&aggregated_by=year",
                      "stats?start_date=2000-01-01", "stats?start_date=2026-02-01&end_date=2026-01-01",
                      "categories/stats?start_date=2026-01-01"):
            same(get("/v3/" + query).status, 400)

    check("stats, categories", stats)

    def keys():
        a = get("/v3/api_keys").json["result"]
        assert KEYS["all"]["key"] in [k["api_key_id"] for k in a], a
        a = ask("POST", "/v3/api_keys", {"name": "Mine", "scopes": ["mail.send"]})
        same(a.status, 201)
        holds(a.json, {"name": "Mine", "scopes": ["mail.send"]})
        mine = a.json
        bearer = {"Authorization": "Bearer " + mine["api_key"]}
        same(ask("GET", "/v3/scopes", headers=bearer).json, {"scopes": ["mail.send"]})
        same(ask("GET", "/v3/stats?start_date=2026-01-01&end_date=2026-01-01", headers=bearer).status, 403)
        a = get("/v3/api_keys/" + mine["api_key_id"]).json
        same(a, {"api_key_id": mine["api_key_id"], "name": "Mine", "scopes": ["mail.send"]})
        same(ask("DELETE", "/v3/api_keys/" + mine["api_key_id"]).status, 204)
        until(lambda: ask("GET", "/v3/scopes", headers=bearer).status == 401)
        same(get("/v3/api_keys/" + mine["api_key_id"]).status, 404)
        same(ask("POST", "/v3/api_keys", {}).status, 400)
        same(ask("POST", "/v3/api_keys", {"name": "x", "scopes": ["subusers.read"]}).status, 403)
        for scopes in (["mail.send", "alerts.create"], ["send"], "mail.send", [7]):
            a = ask("POST", "/v3/api_keys", {"name": "x", "scopes": scopes})
            same(a.status, 400)
            assert "these names: mail.send, stats.read, " in a.json["errors"][0]["message"], a
        assert "stats.read" in get("/v3/scopes").json["scopes"]

    check("scopes, api_keys", keys)

    def domains():
        a = get("/v3/whitelabel/domains").json
        same([(d["domain"], d["valid"]) for d in a], [("shop.test", True)])
        same(get("/v3/whitelabel/domains/%d" % a[0]["id"]).json, a[0])
        a = ask("POST", "/v3/whitelabel/domains", {"domain": "grid.test"})
        same(a.status, 201)
        made = a.json
        holds(made, {"domain": "grid.test", "valid": False})
        a = ask("POST", "/v3/whitelabel/domains/%d/validate" % made["id"]).json
        same([a["valid"], a["validation_results"]["dkim1"]["valid"]], [False, False])
        with open(f"{W}/zone", "a", encoding="ascii") as zone:
            zone.writelines(f"{r['host']} TXT {r['data']}\n" for r in made["dns"].values())
        a = ask("POST", "/v3/whitelabel/domains/%d/validate" % made["id"]).json
        same([a["valid"]] + [r["valid"] for r in a["validation_results"].values()], [True] * 4)
        same(len(get("/v3/verified_senders").json["results"]), 2)
        same(ask("DELETE", "/v3/whitelabel/domains/%d" % made["id"]).status, 204)
        same(get("/v3/whitelabel/domains/%d" % made["id"]).status, 404)
        same(ask("POST", "/v3/whitelabel/domains", {"domain": "no domain"}).status, 400)
        same(get("/v3/user/profile").json["company"], "shop")

    check("domains, senders, profile", domains)

    def suppressions():
        one = "/v3/suppression/bounces/hardbounce@g.test"
        a = until(lambda: get(one).json)
        same([len(a), a[0]["email"]], [1, "hardbounce@g.test"])
        assert abs(a[0]["created"] - time.time()) < 600, a
        assert "hardbounce@g.test" in [r["email"] for r in get("/v3/suppression/bounces?limit=500").json]
        same(get("/v3/suppression/bounces?end_time=1577836800").json, [])
        same(get("/v3/suppression/bounces?limit=1&offset=1000").json, [])
        for name in ("invalid_emails", "spam_reports"):
            same(get("/v3/suppression/" + name).json, [])
        a = ask("POST", "/v3/asm/suppressions/global", {"recipient_emails": ["gone@d.test", "away@d.test"]})
        same([a.status, a.json], [201, {"recipient_emails": ["gone@d.test", "away@d.test"]}])
        same(get("/v3/asm/suppressions/global/gone@d.test").json, {"recipient_email": "gone@d.test"})
        same(get("/v3/asm/suppressions/global/here@d.test").json, {})
        listed = [r["email"] for r in get("/v3/suppression/unsubscribes").json]
        assert "gone@d.test" in listed and "away@d.test" in listed, listed
        first = get("/v3/suppression/unsubscribes?limit=1").json + get("/v3/suppression/unsubscribes?limit=1&offset=1").json
        same([r["email"] for r in first], listed[:2])
        same(ask("DELETE", "/v3/asm/suppressions/global/gone@d.test").status, 204)
        same(ask("DELETE", "/v3/asm/suppressions/global/gone@d.test").status, 404)
        same(get("/v3/asm/suppressions/global/gone@d.test").json, {})
        ask("POST", "/v3/asm/suppressions/global", {"recipient_emails": ["gone@d.test"]})
        same(ask("DELETE", "/v3/suppression/unsubscribes", {"emails": ["gone@d.test"]}).status, 204)
        same(get("/v3/suppression/unsubscribes/gone@d.test").json, [])
        same(ask("DELETE", one).status, 204)
        same(get(one).json, [])
        for path, body in (("/v3/asm/suppressions/global", {}), ("/v3/asm/suppressions/global", {"recipient_emails": ["x"]})):
            same(ask("POST", path, body).status, 400)
        same(ask("DELETE", "/v3/suppression/bounces", {}).status, 400)
        same(get("/v3/suppression/nothing").status, 404)
        ids["listed"] = "away@d.test"

    check("suppression, asm", suppressions)

    def blocks():
        path, names = "/v3/suppression/blocks", ["blocked@g.test", "full@g.test"]

        def emails(query=""):
            return sorted(r["email"].lower() for r in get(path + query).json)

        def refused(*who):
            before = len(find('status="not_delivered" AND from_email="b@shop.test"'))
            same(ask("POST", "/v3/mail/send", {
                "personalizations": [{"to": [{"email": one}]} for one in who], "from": {"email": "b@shop.test"}, "subject": "Block",
                "content": [{"type": "text/plain", "value": "x"}]}).status, 202)
            until(lambda: len(find('status="not_delivered" AND from_email="b@shop.test"')) == before + len(who))

        begin = int(time.time())
        refused("blocked@g.test", "full@g.test")
        refused("Full@g.test")
        same(emails(), names)
        a = get(path + "/BLOCKED@g.test").json
        same([len(a), a[0]["email"], a[0]["status"]], [1, "blocked@g.test", "5.7.1"])
        assert a[0]["reason"].startswith("554 5.7.1") and abs(a[0]["created"] - time.time()) < 600, a
        same(sorted(get(f"{path}?limit=1&offset={i}").json[0]["email"].lower() for i in (0, 1)), names)
        same([emails("?offset=2"), emails(f"?end_time={begin}"), len(emails(f"?start_time={begin}"))], [[], [], 2])
        # Nobody is suppressed for it.
        same(get("/v3/suppression/bounces/blocked@g.test").json, [])
        for query in ("?limit=0", "?offset=20000", "?start_time=x"):
            same(get(path + query).status, 400)
        foreign([path, path + "/blocked@g.test"], lambda a: a.json == [])
        foreign([("DELETE", path + "/blocked@g.test", None)], lambda a: a.status == 404)
        foreign([("DELETE", path, {"delete_all": True})], lambda a: a.status == 204)
        same(len(emails()), 2)
        same([ask("DELETE", path + "/Blocked@g.test").status for _ in range(2)], [204, 404])
        same(emails(), names[1:])
        same(ask("DELETE", path, {"emails": ["full@g.test"]}).status, 204)
        same(emails(), [])
        # From its next refusal on it is there again.
        refused("blocked@g.test")
        same(emails(), names[:1])
        same([ask("DELETE", path, body).status for body in ({}, {"delete_all": True})], [400, 204])
        same([emails(), ask("DELETE", "/v3/suppression/invalid_emails", {"emails": ["x"]}).status], [[], 204])

    check("blocks", blocks)

    def providers():
        native = "/v1/messages?from=g@shop.test&provider="
        same([len(get(native + name).json["data"]) for name in ("d.test", "127.0.0.1", "gmail")], [1, 2, 0])

    check("search by provider", providers)

    def groups():
        a = ask("POST", "/v3/asm/groups", {"name": "News", "description": "Once a month", "is_default": True})
        news = a.json["id"]
        same([a.status, a.json], [201, {"id": news, "name": "News", "description": "Once a month", "is_default": True,
                                        "last_email_sent_at": None, "unsubscribes": 0}])
        offers = ask("POST", "/v3/asm/groups", {"name": "Offers"}).json["id"]
        one, left = f"/v3/asm/groups/{news}", f"/v3/asm/groups/{news}/suppressions"
        same(ask("POST", "/v3/asm/groups", {"name": "News"}).status, 409)
        for body in ({}, {"name": ""}, {"name": 7}, {"name": "x", "is_default": "yes"}, {"name": "x" * 101}):
            same(ask("POST", "/v3/asm/groups", body).status, 400)
        a = ask("PATCH", one, {"name": "Letter"})
        same([a.status, a.json["name"], a.json["description"], a.json["is_default"]], [201, "Letter", "Once a month", True])
        same(ask("POST", left, {"recipient_emails": ["g1@d.test", "G2@d.test"]}).status, 201)
        same(ask("POST", left, {"recipient_emails": ["x"]}).status, 400)
        same(sorted(get(left).json), ["g1@d.test", "g2@d.test"])
        same(ask("POST", left + "/search", {"recipient_emails": ["g2@d.test", "g3@d.test"]}).json, ["g2@d.test"])
        same([get(one).json["unsubscribes"], [g["id"] for g in get("/v3/asm/groups").json]], [2, [news, offers]])
        same([g["id"] for g in get(f"/v3/asm/groups?id={offers}").json], [offers])
        same(len(get(f"/v3/asm/groups?id={offers}&id={news}&id=4711").json), 2)
        found = get("/v3/asm/suppressions").json
        same([(r["email"], r["group_id"], r["group_name"]) for r in sorted(found, key=lambda r: r["email"])],
             [("g1@d.test", news, "Letter"), ("g2@d.test", news, "Letter")])
        assert abs(found[0]["created_at"] - time.time()) < 600, found
        same([(g["id"], g["suppressed"]) for g in get("/v3/asm/suppressions/g1@d.test").json["suppressions"]],
             [(news, True), (offers, False)])
        # Of the account's own lists they are not.
        same(get("/v3/asm/suppressions/global/g1@d.test").json, {})
        assert "g1@d.test" not in [r["email"] for r in get("/v3/suppression/unsubscribes").json]
        same(ask("DELETE", "/v3/asm/suppressions/global/g1@d.test").status, 404)
        same(ask("DELETE", left + "/g1@d.test").status, 204)
        same(ask("DELETE", left + "/g1@d.test").status, 404)
        same(get(left).json, ["g2@d.test"])
        for path in ("/v3/asm/groups/4711", "/v3/asm/groups/Letter", "/v3/asm/groups/4711/suppressions"):
            same(get(path).status, 404)
        same(ask("DELETE", f"/v3/asm/groups/{offers}").status, 204)
        same(get(f"/v3/asm/groups/{offers}").status, 404)
        mail = {"personalizations": [{"to": [{"email": "g4@d.test"}]}], "from": {"email": "orders@shop.test"}, "subject": "x",
                "content": [{"type": "text/plain", "value": "x"}]}
        for number in (offers, 4711):
            a = ask("POST", "/v3/mail/send", {**mail, "asm": {"group_id": number}})
            same((a.status, a.json["errors"][0]["field"]), (400, "asm.group_id"))
        ids["group"] = news

    check("asm groups", groups)

    def batch():
        a = ask("POST", "/v3/mail/batch")
        same(a.status, 201)
        ids["batch"] = a.json["batch_id"]
        sends = "/v3/user/scheduled_sends"
        one = f"{sends}/{ids['batch']}"

        def states(batch):
            return sorted(r["state"] for r in get("/v1/messages?custom_id=" + batch).json["data"])

        same(get("/v3/mail/batch/" + ids["batch"]).json, {"batch_id": ids["batch"]})
        same(get("/v3/mail/batch/bat_x").json["errors"][0]["message"], "invalid batch id")
        body = {"personalizations": [{"to": [{"email": f"batch{i}@d.test"}]} for i in range(3)], "from": {"email": "orders@shop.test"},
                "subject": "Batch", "content": [{"type": "text/plain", "value": "x"}], "batch_id": ids["batch"],
                "send_at": int(time.time()) + 3600}
        other = {**body, "batch_id": ask("POST", "/v3/mail/batch").json["batch_id"], "personalizations": [{"to": [{"email": "batch9@d.test"}]}]}
        for b in (body, other):
            same(ask("POST", "/v3/mail/send", b).status, 202)
        a = ask("POST", "/v3/mail/send", {**body, "batch_id": "bat_x"})
        same((a.status, a.json["errors"][0]["message"], a.json["errors"][0]["field"]), (400, "invalid batch id", "batch_id"))
        same(ask("POST", "/v3/mail/send", body, name="other").status, 400)
        same(ask("POST", "/v3/user/scheduled_sends", {"batch_id": ids["batch"], "status": "cancel"}, name="other").status, 400)
        for body in ({"batch_id": "x", "status": "cancel"}, {"batch_id": ids["batch"], "status": "stop"}):
            same(ask("POST", sends, body).status, 400)
        same([get(sends).json, get(one).status, ask("PATCH", one, {"status": "cancel"}).status, ask("DELETE", one).status],
             [[], 404, 404, 404])
        paused = {"batch_id": ids["batch"], "status": "pause"}
        a = ask("POST", sends, paused)
        same((a.status, a.json), (201, paused))
        until(lambda: states(ids["batch"]) == ["held"] * 3)
        same(states(other["batch_id"]), ["accepted"])
        same([get(sends).json, get(one).json], [[paused], [paused]])
        foreign([one, ("PATCH", one, {"status": "cancel"}), ("DELETE", one, None)], lambda a: a.status == 404)
        foreign([sends], lambda a: a.json == [])
        same(ask("DELETE", one).status, 204)
        until(lambda: states(ids["batch"]) == ["accepted"] * 3)
        same([get(sends).json, get(one).status], [[], 404])
        same([ask("POST", sends, paused).status, ask("PATCH", one, {"status": "stop"}).status], [201, 400])
        same(ask("PATCH", one, {"status": "cancel"}).status, 204)
        until(lambda: states(ids["batch"]) == ["cancelled"] * 3)
        # That is final.
        a = ask("PATCH", one, {"status": "pause"})
        assert a.status == 400 and "final" in a.json["errors"][0]["message"], a
        same(get(one).json, [{"batch_id": ids["batch"], "status": "cancel"}])
        same([ask("DELETE", one).status, get(one).status], [204, 404])
        same(states(ids["batch"]), ["cancelled"] * 3)
        same(ask("POST", sends, {"batch_id": other["batch_id"], "status": "cancel"}).status, 201)
        until(lambda: states(other["batch_id"]) == ["cancelled"])

    check("batch", batch)

    def refusals():
        for path in ("/v3/asm/groups/x", "/v3/user/scheduled_sends/x", "/v3/messages/x", "/v3/api_keys/x", "/v3/whitelabel/domains/7"):
            a = get(path)
            same([a.status, a.json["errors"]], [404, [{"message": "not found", "field": None, "help": None}]])
        a = ask("GET", "/v3/messages", headers={"Authorization": "Bearer SG.x.y"})
        same([a.status, a.json["errors"][0]["message"]],
             [401, "The provided authorization grant is invalid, expired, or revoked"])
        same(get("/v3/stats?start_date=2026-01-01", "send").status, 403)

    check("refusals", refusals)

    def parse_settings():
        path = "/v3/user/webhooks/parse/settings"
        same(ask("POST", path, {"hostname": "in.shop.test", "url": "https://shop.test/in"}).status, 201)
        foreign([f"{path}/in.shop.test", ("PATCH", f"{path}/in.shop.test", {"send_raw": True}),
                 ("DELETE", f"{path}/in.shop.test", None)],
                lambda a: a.status == 404 and a.json["errors"][0]["message"] == "not found")
        foreign([path], lambda a: a.json == {"result": []})
        same(get(f"{path}/in.shop.test").json,
             {"hostname": "in.shop.test", "url": "https://shop.test/in", "spam_check": False, "send_raw": False})

    check("parse settings, and another account's", parse_settings)

    def templates():
        a = ask("POST", "/v3/templates", {"name": "Order", "generation": "dynamic"})
        same([a.status, a.json["name"], a.json["versions"]], [201, "Order", []])
        one = "/v3/templates/" + a.json["id"]
        a = ask("POST", one + "/versions", {"name": "One", "subject": "x", "html_content": "<p>{{x}}</p>"})
        same([a.status, a.json["active"]], [201, 1])
        version = one + "/versions/" + a.json["id"]
        foreign([one, ("PATCH", one, {"name": "Theirs"}), ("POST", one, {"name": "Theirs"}), ("DELETE", one, None),
                 ("POST", one + "/versions", {"name": "Theirs", "html_content": "x"}), version, ("PATCH", version, {"name": "Theirs"}),
                 ("DELETE", version, None), ("POST", version + "/activate", None)],
                lambda a: a.status == 404 and a.json["errors"][0]["message"] == "not found")
        foreign(["/v3/templates?page_size=10&generations=dynamic"], lambda a: a.json["result"] == [])
        same(get(version).json["html_content"], "<p>{{x}}</p>")

    check("templates, and another account's", templates)

    def isolation():
        foreign(["/v3/messages/" + ids["sara"], "/v3/messages/" + ids["call"], "/v3/api_keys/" + KEYS["all"]["key"],
                 ("DELETE", "/v3/api_keys/" + KEYS["all"]["key"], None), "/v3/whitelabel/domains/shop.test",
                 ("DELETE", "/v3/whitelabel/domains/shop.test", None),
                 ("POST", "/v3/whitelabel/domains/shop.test/validate", None)],
                lambda a: a.status == 404 and a.json["errors"][0]["message"] == "not found")
        foreign(["/v3/mail/batch/" + ids["batch"]], lambda a: a.status == 400 and a.json["errors"][0]["message"] == "invalid batch id")
        foreign(["/v3/suppression/unsubscribes/" + ids["listed"], "/v3/suppression/unsubscribes"], lambda a: a.json == [])
        foreign(["/v3/asm/suppressions/global/" + ids["listed"]], lambda a: a.json == {})
        foreign([("DELETE", "/v3/asm/suppressions/global/" + ids["listed"], None),
                 ("DELETE", "/v3/suppression/unsubscribes/" + ids["listed"], None)], lambda a: a.status == 404)
        foreign([("DELETE", "/v3/suppression/unsubscribes", {"delete_all": True})], lambda a: a.status == 204)
        same(get("/v3/asm/suppressions/global/" + ids["listed"]).json, {"recipient_email": ids["listed"]})
        same(ask("DELETE", "/v3/suppression/unsubscribes", {"delete_all": True}).status, 204)
        same(get("/v3/suppression/unsubscribes").json, [])
        one = f"/v3/asm/groups/{ids['group']}"
        foreign([one, one + "/suppressions", ("PATCH", one, {"name": "Theirs"}), ("DELETE", one, None),
                 ("POST", one + "/suppressions", {"recipient_emails": ["g9@d.test"]}),
                 ("POST", one + "/suppressions/search", {"recipient_emails": ["g2@d.test"]}),
                 ("DELETE", one + "/suppressions/g2@d.test", None)],
                lambda a: a.status == 404 and a.json["errors"][0]["message"] == "not found")
        foreign(["/v3/asm/suppressions/g2@d.test"], lambda a: a.json == {"suppressions": []})
        foreign(["/v3/asm/groups", "/v3/asm/suppressions"], lambda a: a.json == [])
        same([get(one).json["name"], get(one + "/suppressions").json], ["Letter", ["g2@d.test"]])
        mail = {"personalizations": [{"to": [{"email": "g4@d.test"}]}], "from": {"email": "a@rival.test"}, "subject": "x",
                "content": [{"type": "text/plain", "value": "x"}], "asm": {"group_id": ids["group"]}}
        foreign([("POST", "/v3/mail/send", mail)], lambda a: a.status == 400 and a.json["errors"][0]["field"] == "asm.group_id", there=False)
        foreign(["/v3/messages", "/v3/messages?query=" + urllib.parse.quote(f'msg_id="{ids["sara"]}"')],
                lambda a: a.json == {"messages": []})
        foreign(["/v3/categories"], lambda a: a.json == [])
        foreign(["/v3/stats?start_date=" + today, "/v3/categories/stats?categories=order&start_date=" + today],
                lambda a: a.json[-1]["stats"][0]["metrics"]["requests"] == 0)
        foreign(["/v3/whitelabel/domains"], lambda a: [d["domain"] for d in a.json] == ["rival.test"])
        foreign(["/v3/api_keys"], lambda a: KEYS["all"]["key"] not in [k["api_key_id"] for k in a.json["result"]])

    check("another account: nothing is there", isolation)


# ---- Postmark


def postmark():
    ids = {}
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")

    def send():
        a = ask("POST", "/email/batch", [
            {"From": "p@shop.test", "To": "pia@d.test, pol@d.test", "Subject": "Paid", "TextBody": "x", "Tag": "invoice",
             "Metadata": {"order": "7"}},
            {"From": "p@shop.test", "To": "hardbounce@p.test", "Subject": "Lost", "TextBody": "x", "Tag": "invoice"}])
        same([m["ErrorCode"] for m in a.json], [0, 0])
        ids["paid"], ids["lost"] = [m["MessageID"] for m in a.json]
        same(get(f"/messages/outbound/{ids['paid']}/details").json["MessageID"], ids["paid"])

    check("send", send)

    def bounced():
        return until(lambda: get("/bounces?count=10&offset=0&messageID=" + ids["lost"]).json["Bounces"])[0]

    check("bounces: there it is", lambda: ids.update(bounce=bounced()["ID"]))
    check("outbound: sent", lambda: until(
        lambda: get(f"/messages/outbound/{ids['paid']}/details").json["Status"] == "Sent"))

    def messages():
        a = get("/messages/outbound?count=10&offset=0&fromemail=p@shop.test").json
        same(a["TotalCount"], 2)
        paid = [m for m in a["Messages"] if m["MessageID"] == ids["paid"]][0]
        holds(paid, {"Tag": "invoice", "Recipients": ["pia@d.test", "pol@d.test"], "From": "p@shop.test", "Subject": "Paid",
                     "MessageStream": "outbound", "Metadata": {"order": "7"}, "Cc": [], "Bcc": [],
                     "To": [{"Email": "pia@d.test", "Name": None}, {"Email": "pol@d.test", "Name": None}]})
        a = get("/Messages/Outbound?count=1&offset=1&fromemail=p@shop.test").json
        same([a["TotalCount"], len(a["Messages"])], [2, 1])
        for query, want in (("recipient=pol@d.test", ["paid"]), ("subject=Lost", ["lost"]), ("fromemail=p@shop.test&metadata_order=7", ["paid"]),
                            ("metadata_order=8", []), ("tag=invoice&fromemail=p@shop.test&status=sent", ["lost", "paid"]),
                            ("tag=none", []), ("messagestream=broadcast", []), ("todate=2020-01-01", []),
                            ("status=queued&tag=invoice", []), ("tag=invoice&fromdate=" + today, ["lost", "paid"])):
            a = get("/messages/outbound?count=10&offset=0&" + query).json
            same(sorted(m["MessageID"] for m in a["Messages"]), sorted(ids[w] for w in want))
        for query in ("count=501&offset=0", "count=x", "status=x", "messagestream=x", "fromdate=x"):
            a = get("/messages/outbound?" + query)
            same([a.status, a.json["ErrorCode"]], [422, 700])

    check("messages/outbound", messages)

    def details():
        a = get(f"/messages/outbound/{ids['paid']}/details").json
        same([(e["Recipient"], e["Type"]) for e in a["MessageEvents"]],
             [("pia@d.test", "Delivered"), ("pol@d.test", "Delivered")])
        assert a["MessageEvents"][0]["Details"]["DeliveryMessage"].startswith("smtp;250"), a
        a = get(f"/messages/outbound/{ids['lost']}/details").json
        holds(a["MessageEvents"][-1], {"Type": "Bounced", "Details": {"BounceID": ids["bounce"]}})
        same(get(f"/messages/outbound/{ids['lost']}/dump").json, {"Body": ""})

    check("details, dump", details)

    def bounces():
        a = get("/bounces?count=10&offset=0&tag=invoice").json
        same(a["TotalCount"], 1)
        holds(a["Bounces"][0], {"ID": ids["bounce"], "Type": "HardBounce", "TypeCode": 1, "Name": "Hard bounce",
                                "Email": "hardbounce@p.test", "From": "p@shop.test", "MessageID": ids["lost"],
                                "Inactive": True, "CanActivate": True, "Subject": "Lost", "Tag": "invoice",
                                "MessageStream": "outbound", "DumpAvailable": False})
        same(get(f"/bounces/{ids['bounce']}").json, {**a["Bounces"][0], "Content": ""})
        same(get(f"/bounces/{ids['bounce']}/dump").json, {"Body": ""})
        for query, want in (("type=HardBounce", 1), ("type=SpamComplaint", 0), ("inactive=true", 1), ("inactive=false", 0),
                            ("emailFilter=hardbounce@p.test", 1), ("emailFilter=@p.t", 1), ("emailFilter=nobody", 0)):
            same(get("/bounces?count=10&offset=0&tag=invoice&" + query).json["TotalCount"], want)
        same(get("/bounces?messageID=x").json, {"TotalCount": 0, "Bounces": []})
        same(get("/bounces?count=x").json["ErrorCode"], 408)
        a = get("/deliveryStats").json
        assert a["InactiveMails"] >= 1 and a["Bounces"][0]["Name"] == "All", a
        assert {"Name": "Hard bounce", "Count": a["InactiveMails"], "Type": "HardBounce"} in a["Bounces"], a

    check("bounces, deliverystats", bounces)

    def stats():
        a = get("/stats/outbound?tag=invoice").json
        same(len(a), 17)
        holds(a, {"Sent": 3, "Bounced": 1, "BounceRate": 33.333, "SpamComplaints": 0, "Opens": 0})
        same(get("/stats/outbound/sends?tag=invoice").json, {"Days": [{"Date": today, "Sent": 3}], "Sent": 3})
        same(get("/stats/outbound/bounces?tag=invoice").json, {"Days": [{"Date": today, "HardBounce": 1}], "HardBounce": 1})
        same(get("/stats/outbound/bounces?tag=invoice&todate=2020-01-01").json, {"Days": []})
        same(get("/stats/outbound/sends?tag=invoice&messagestream=broadcast").json, {"Days": [], "Sent": 0})
        same(get("/stats/outbound/spam?tag=none").json, {"Days": [], "SpamComplaint": 0})
        same(get("/stats/outbound/tracked?tag=none").json, {"Days": [], "Tracked": 0})
        same(get("/stats/outbound/opens?tag=none").json, {"Days": [], "Opens": 0, "Unique": 0})
        same(get("/stats/outbound/clicks?tag=none").json, {"Days": [], "Clicks": 0, "Unique": 0})

    check("stats", stats)

    def server():
        holds(get("/server").json, {"Name": "shop", "DeliveryType": "Live", "ApiTokens": []})
        a = get("/message-streams").json
        same([a["TotalCount"]] + [s["ID"] for s in a["MessageStreams"]], [3, "outbound", "broadcast", "inbound"])
        same(get("/message-streams/outbound").json, a["MessageStreams"][0])
        same(get("/message-streams?MessageStreamType=Broadcasts").json["TotalCount"], 1)
        a = get("/message-streams/x")
        same([a.status, a.json["ErrorCode"]], [422, 1226])

    check("server, message-streams", server)

    def streams():
        one = "/message-streams/letters"
        a = ask("POST", "/message-streams", {"ID": "letters", "Name": "Letters", "MessageStreamType": "Broadcasts"})
        same([a.status, a.json["Name"], get(one).json["Name"]], [200, "Letters", "Letters"])
        ask("POST", one + "/suppressions", {"Suppressions": [{"EmailAddress": "left@d.test"}]})
        until(lambda: get(one + "/suppressions/dump").json["Suppressions"])
        foreign([one, ("PATCH", one, {"Name": "Theirs"}), ("POST", one + "/archive", {}), ("POST", one + "/unarchive", {}),
                 one + "/suppressions/dump"], lambda a: (a.status, a.json.get("ErrorCode")) == (422, 1226))
        foreign([("POST", one + "/suppressions", {"Suppressions": [{"EmailAddress": "x@d.test"}]}),
                 ("POST", one + "/suppressions/delete", {"Suppressions": [{"EmailAddress": "left@d.test"}]})],
                lambda a: (a.status, a.json.get("ErrorCode")) == (422, 1226), there=False)
        same([r["EmailAddress"] for r in get(one + "/suppressions/dump").json["Suppressions"]], ["left@d.test"])
        foreign(["/message-streams"], lambda a: a.json["TotalCount"] == 3)
        foreign([("POST", "/email", {"From": "a@rival.test", "To": "b@d.test", "Subject": "x", "TextBody": "x",
                                     "MessageStream": "letters"})],
                lambda a: (a.status, a.json["ErrorCode"]) == (422, 1235), there=False)
        foreign(["/messages/outbound?messagestream=letters"], lambda a: (a.status, a.json.get("ErrorCode")) == (422, 700))

    check("a stream of its own, and another account's", streams)

    def visits():
        ask("POST", "/email", {"From": "p@shop.test", "To": "vic@d.test", "Subject": "Seen", "Tag": "visit",
                               "HtmlBody": '<p><a href="https://shop.test/x?a=1">x</a></p>', "TrackOpens": True,
                               "TrackLinks": "HtmlAndText"})
        mail = until(lambda: [m for m in map(read, glob.glob(f"{W}/sink/**/*.eml", recursive=True)) if "Subject: Seen" in m])
        links = re.findall(r'(?:href|src)="https?://[^/"]+(/[^"]+)"', mail[0].replace("=\n", "").replace("=3D", "="))
        same(len(links), 2)
        until(lambda: get("/messages/outbound?recipient=vic@d.test&status=sent").json["TotalCount"])
        for link in links:
            time.sleep(2.5)  # sooner they would be a robot's
            ask("GET", link, headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"})
        clicks = until(lambda: get("/messages/outbound/clicks?count=10&offset=0&recipient=vic@d.test").json["Clicks"])
        holds(clicks[0], {"OriginalLink": "https://shop.test/x?a=1", "Recipient": "vic@d.test", "Tag": "visit"})
        opens = until(lambda: get("/messages/outbound/opens?count=10&offset=0&recipient=vic@d.test").json["Opens"])
        holds(opens[0], {"RecordType": "Open", "FirstOpen": True, "Recipient": "vic@d.test"})
        ids["seen"] = opens[0]["MessageID"]
        same(get("/messages/outbound/opens/" + ids["seen"]).json, {"TotalCount": 1, "Opens": opens})
        same(get("/messages/outbound/clicks/" + ids["seen"]).json, {"TotalCount": 1, "Clicks": clicks})
        same(get("/messages/outbound/opens/" + ids["paid"]).json, {"TotalCount": 0, "Opens": []})
        same(get("/messages/outbound/opens/x").json, {"TotalCount": 0, "Opens": []})
        holds(get("/stats/outbound?tag=visit").json, {"UniqueOpens": 1, "TotalClicks": 1})
        events = [e["Type"] for e in get(f"/messages/outbound/{ids['seen']}/details").json["MessageEvents"]]
        assert "Opened" in events and "LinkClicked" in events, events

    check("opens, clicks", visits)

    def suppressions():
        base = "/message-streams/outbound/suppressions"
        a = until(lambda: get(base + "/dump?EmailAddress=hardbounce@p.test").json["Suppressions"])
        holds(a[0], {"EmailAddress": "hardbounce@p.test", "SuppressionReason": "HardBounce", "Origin": "Recipient"})
        a = ask("POST", base, {"Suppressions": [{"EmailAddress": "sue@d.test"}, {"EmailAddress": "x"}]}).json
        same([(r["EmailAddress"], r["Status"]) for r in a["Suppressions"]], [("sue@d.test", "Suppressed"), ("x", "Failed")])
        a = get(base + "/dump?SuppressionReason=ManualSuppression&Origin=Customer").json["Suppressions"]
        same([r["EmailAddress"] for r in a if r["EmailAddress"] == "sue@d.test"], ["sue@d.test"])
        same(get("/message-streams/broadcast/suppressions/dump?EmailAddress=sue@d.test").json, {"Suppressions": []})
        same(get(base + "/dump?ToDate=2020-01-01").json, {"Suppressions": []})
        same(ask("POST", "/email", {"From": "p@shop.test", "To": "sue@d.test", "Subject": "No", "TextBody": "x"}).json["ErrorCode"], 406)
        ask("POST", "/email", {"From": "p@shop.test", "To": "ann@d.test, sue@d.test", "Subject": "Some", "TextBody": "x"})
        a = until(lambda: get("/bounces?count=10&offset=0&emailFilter=sue@d.test").json["Bounces"])
        holds(a[0], {"Type": "SMTPApiError", "Inactive": True})
        foreign([base + "/dump", base + "/dump?EmailAddress=sue@d.test"], lambda a: a.json == {"Suppressions": []})
        foreign([("POST", base + "/delete", {"Suppressions": [{"EmailAddress": "sue@d.test"}]})], lambda a: a.status == 200,
                there=False)
        same(len(get(base + "/dump?EmailAddress=sue@d.test").json["Suppressions"]), 1)
        a = ask("POST", base + "/delete", {"Suppressions": [{"EmailAddress": "sue@d.test"}]}).json
        same(a, {"Suppressions": [{"EmailAddress": "sue@d.test", "Status": "Deleted", "Message": None}]})
        same(get(base + "/dump?EmailAddress=sue@d.test").json, {"Suppressions": []})
        same(ask("POST", base, {"Suppressions": [{"EmailAddress": f"a{i}@d.test"} for i in range(51)]}).status, 422)
        same(get("/message-streams/x/suppressions/dump").json["ErrorCode"], 1226)

    check("suppressions", suppressions)

    def activated():
        listed = lambda: [s["EmailAddress"] for s in get("/message-streams/outbound/suppressions/dump").json["Suppressions"]]
        until(lambda: "hardbounce@p.test" in listed())
        path = f"/bounces/{ids['bounce']}/activate"
        same([(a.status, a.json["ErrorCode"]) for a in (ask("PUT", "/bounces/7/activate", {}), ask("PUT", "/bounces/x/activate", {}))],
             [(422, 407)] * 2)
        foreign([("PUT", path, {})], lambda a: (a.status, a.json["ErrorCode"]) == (422, 407))
        assert "hardbounce@p.test" in listed()
        a = ask("PUT", path, {}).json
        same(a["Message"], "OK")
        holds(a["Bounce"], {"ID": ids["bounce"], "Email": "hardbounce@p.test", "Inactive": False, "CanActivate": True})
        assert "hardbounce@p.test" not in listed()
        same(ask("PUT", path, {}).json["Message"], "OK")

    check("bounces: activated", activated)

    def templates():
        a = ask("POST", "/templates", {"Name": "Welcome", "Alias": "welcome", "Subject": "x", "TextBody": "{{x}}"})
        same([a.status, a.json["Alias"]], [200, "welcome"])
        for name in a.json["TemplateId"], "welcome":
            foreign([f"/templates/{name}", ("PUT", f"/templates/{name}", {"Subject": "Theirs"}), ("DELETE", f"/templates/{name}", None)],
                    lambda a: (a.status, a.json.get("ErrorCode")) == (422, 1101))
        foreign(["/templates?count=10&offset=0"], lambda a: a.json == {"TotalCount": 0, "Templates": []})
        same(get("/templates/welcome").json["TextBody"], "{{x}}")

    check("templates, and another account's", templates)

    def refusals():
        for path, code in (("/messages/outbound/x/details", 701), ("/bounces/7", 407), ("/bounces/x", 407)):
            a = get(path)
            same([a.status, a.json["ErrorCode"]], [422, code])
        for path in ("/domains", "/servers"):
            a = get(path)
            same([a.status, a.json], [401, {"ErrorCode": 10, "Message": "Request does not contain a valid Account token."}])
        a = ask("GET", "/server", headers={"X-Postmark-Server-Token": "x"})
        same([a.status, a.json["ErrorCode"]], [401, 10])
        a = get("/server", "send")
        same([a.status, a.json["ErrorCode"]], [401, 10])
        same(get("/messages/inbound").json, {"TotalCount": 0, "InboundMessages": []})
        a = get("/messages/inbound/x/details")
        same([a.status, a.json["ErrorCode"]], [422, 701])

    check("refusals", refusals)

    def isolation():
        foreign([f"/messages/outbound/{ids['paid']}/details", f"/messages/outbound/{ids['paid']}/dump"],
                lambda a: a.status == 422 and a.json["ErrorCode"] == 701)
        foreign([f"/bounces/{ids['bounce']}", f"/bounces/{ids['bounce']}/dump"],
                lambda a: a.status == 422 and a.json["ErrorCode"] == 407)
        foreign(["/messages/outbound", "/bounces", "/bounces?messageID=" + ids["lost"], "/messages/outbound?tag=invoice"],
                lambda a: a.status == 200 and a.json["TotalCount"] == 0)
        for name, shown in (("opens", "Opens"), ("clicks", "Clicks")):
            foreign([f"/messages/outbound/{name}", f"/messages/outbound/{name}/{ids['seen']}"],
                    lambda a, s=shown: a.json == {"TotalCount": 0, s: []})
        foreign(["/stats/outbound", "/stats/outbound?tag=invoice"], lambda a: a.json["Sent"] == 0)
        foreign(["/stats/outbound/bounces"], lambda a: a.json == {"Days": []})
        foreign(["/deliverystats"], lambda a: a.json["InactiveMails"] == 0)
        foreign(["/server"], lambda a: a.json["Name"] == "rival")

    check("another account: nothing is there", isolation)


# ---- Mailgun


def mailgun():
    def send():
        a = ask("POST", "/v3/shop.test/messages", urllib.parse.urlencode({
            "from": "m@shop.test", "to": "max@d.test", "subject": "Gun", "text": "x", "o:tag": "gun"}),
            headers={**auth(VENDOR, "all"), "Content-Type": "application/x-www-form-urlencoded"})
        same([a.status, a.json["message"]], [200, "Queued. Thank you."])

    check("send", send)

    def events(query=""):
        return get("/v3/shop.test/events?" + query).json

    def items(query):
        return [(e["event"], e["recipient"]) for e in events(query)["items"]]

    check("events: delivered", lambda: until(lambda: items("recipient=max@d.test&event=delivered")))

    def filters():
        same(items("recipient=max@d.test"), [("delivered", "max@d.test"), ("accepted", "max@d.test")])
        same(items("recipient=max@d.test&event=accepted+OR+opened"), [("accepted", "max@d.test")])
        same(items("tags=gun&event=failed"), [])
        same(items("tags=gun&end=1577836800"), [])
        one = events("tags=gun&event=accepted")["items"][0]
        holds(one, {"tags": ["gun"], "message": {"headers": {"subject": "Gun"}}})
        ask("POST", "/v3/shop.test/messages", urllib.parse.urlencode({
            "from": "m@shop.test", "to": "moe@d.test", "subject": "Gun", "text": "x", "o:tag": "gun"}),
            headers={**auth(VENDOR, "all"), "Content-Type": "application/x-www-form-urlencoded"})
        until(lambda: len(items("tags=gun&event=accepted")) == 2)
        a = events("tags=gun&event=accepted&limit=1")
        seen = [a["items"][0]["recipient"]]
        a = get(urllib.parse.urlparse(a["paging"]["next"]).path).json
        seen.append(a["items"][0]["recipient"])
        same(seen, ["moe@d.test", "max@d.test"])
        same(get(urllib.parse.urlparse(a["paging"]["next"]).path).json["items"], [])
        for path in ("?event=x", "?limit=301", "?begin=x", "/xyz"):
            a = get("/v3/shop.test/events" + path)
            assert a.status == 400 and a.json["message"], a

    check("events: filters, pages", filters)

    def domains():
        a = get("/v3/domains").json
        same([a["total_count"]] + [(d["name"], d["state"]) for d in a["items"]], [1, ("shop.test", "active")])
        a = get("/v4/domains/shop.test").json
        same(a["domain"]["name"], "shop.test")
        same(a["sending_dns_records"][0]["valid"], "valid")
        a = ask("PUT", "/v3/domains/shop.test/verify").json
        same([a["message"], a["sending_dns_records"][0]["valid"]], ["Domain DNS records have been updated", "valid"])

    check("domains", domains)

    def refusals():
        for path in ("/v3/none.test/events", "/v3/domains/none.test", "/v3/shop.test/nothing"):
            a = get(path)
            same(a.status, 404)
            assert a.json["message"], a
        a = ask("GET", "/v3/domains", headers=basic("api", "x"))
        same([a.status, a.body], [401, b"Forbidden"])

    check("refusals", refusals)
    check("another account: nothing is there", lambda: [
        foreign(["/v3/shop.test/events", "/v3/shop.test/events/Jg", "/v3/domains/shop.test", "/v4/domains/shop.test",
                 ("PUT", "/v3/domains/shop.test/verify", None), ("PUT", "/v4/domains/shop.test/verify", None)],
                lambda a: a.status == 404 and a.json == {"message": "Not Found"}),
        same(get("/v3/rival.test/events", "other").json["items"], []),
        foreign(["/v3/domains"], lambda a: [d["name"] for d in a.json["items"]] == ["rival.test"])])


VENDOR = sys.argv[1]
{"mailjet": mailjet, "sendgrid": sendgrid, "postmark": postmark, "mailgun": mailgun}[VENDOR]()
check("each route with an id was asked for so", matrix)
sys.exit(failed > 0)
