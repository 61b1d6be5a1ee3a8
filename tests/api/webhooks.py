#!/usr/bin/python3
"""Webhooks end to end, as a customer sees them: a receiver on loopback, mail by the API, every event posted at
least once, in order, signed, also when processes die. Called by webhooks.test with HTTP, KEY, SECRET, W, FACTEUR,
OTHER_KEY, OTHER_SECRET in the environment (MESSAGES, ROUNDS: the long form); prints "ok …" and "FAIL …" lines."""
import base64
import collections
import hashlib
import hmac
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

HTTP, W, FACTEUR = os.environ["HTTP"], os.environ["W"], os.environ["FACTEUR"]
MESSAGES = int(os.environ.get("MESSAGES", "12"))
ROUNDS = int(os.environ.get("ROUNDS", "1"))  # of deaths
Post = collections.namedtuple("Post", "at path fields body")
lock = threading.Condition()
posts = []          # Post of every request that was answered with 2xx
refused = collections.Counter()
behaviour = {}      # path → (status, seconds)
victims = {}        # path → the role that is killed while the next post there is under way
killed = {}         # role → webhook-id of that post
checks = failed = 0


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        path = self.path.split("?")[0]
        with lock:
            status, wait = behaviour.get(path, (200, 0))
            victim = victims.pop(path, None)
        if victim:
            # Between the post and its note: taken here, and nobody there who knows it.
            while not kill(victim):
                time.sleep(0.1)
            killed[victim] = self.headers["webhook-id"]
        time.sleep(wait)
        with lock:
            if status < 300:
                posts.append(Post(time.time(), path, self.headers, body))
            else:
                refused[path] += 1
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
    global checks, failed
    checks += 1
    if not good:
        failed += 1
    print(("ok    " if good else "FAIL  ") + what + (f": {detail}" if not good else ""), flush=True)


def wait(what, fn, seconds=60):
    """Waits until fn() is true; a check."""
    end = time.monotonic() + seconds
    with lock:
        while not (good := fn()) and time.monotonic() < end:
            lock.wait(0.2)
    check(what, good, f"not within {seconds} s")
    return good


def call(method, path, body=None, key=None, secret=None, fields=None):
    auth = base64.b64encode(f"{key or os.environ['KEY']}:{secret or os.environ['SECRET']}".encode()).decode()
    fields = {"Content-Type": "application/json", **(fields or {"Authorization": f"Basic {auth}"})}
    request = urllib.request.Request(f"http://127.0.0.1:{HTTP}{path}", method=method, headers=fields,
                                     data=None if body is None else json.dumps(body).encode())
    for _ in range(60):
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as e:
            if e.code != 503:
                return e.code, json.loads(e.read() or b"null")
        except OSError:
            pass
        time.sleep(0.3)
    return 0, None


def add(path, **more):
    status, j = call("POST", "/v1/webhooks", {"url": f"http://127.0.0.1:{port}{path}", **more})
    if status != 201:
        check(f"webhook {path} is added", False, f"{status} {j}")
        sys.exit(1)
    return j


def send(first, n):
    """n messages, each its own call; every sixth to a mailbox that is not there. → recipients."""
    out = {}
    for i in range(first, first + n):
        to = f"{'hardbounce' if i % 6 == 5 else 'buyer'}+{i}@shop.example"
        status, j = call("POST", "/v1/messages", {"from": "shop@lab.test", "to": to, "subject": f"Order {i}",
                                                  "text": "Thank you.", "metadata": {"order": str(i)}})
        if status != 202:
            check(f"message {i} is accepted", False, f"{status} {j}")
            continue
        out[to] = "bounced" if i % 6 == 5 else "delivered"
    return out


def events(path):
    """(recipient, event, id) of what a native endpoint got, in order, doubles too."""
    out = []
    for p in posts:
        if p.path == path:
            e = json.loads(p.body)
            out.append((e["data"]["to"], e["type"].removeprefix("message."), e["id"]))
    return out


def has_all(path, sent):
    got = {(to, what) for to, what, _ in events(path)}
    return all((to, "accepted") in got and (to, last) in got for to, last in sent.items())


def in_order(path, sent):
    """By first coming: accepted before the end, for each recipient."""
    seen = {}
    for n, (to, what, _) in enumerate(events(path)):
        seen.setdefault((to, what), n)
    return all(seen[(to, "accepted")] < seen[(to, last)] for to, last in sent.items())


def one_id_each(path):
    ids = {}
    for to, what, i in events(path):
        if what in ("accepted", "delivered", "bounced"):
            ids.setdefault((to, what), set()).add(i)
    return [k for k, v in ids.items() if len(v) > 1]


def webhook_routes():
    """(method, path) of each route with a webhook's id, of both tables of routes."""
    out = []
    for table in "route.c", "route_vendor_tbl.h":
        with open(os.path.join(os.path.dirname(__file__), "../../src/api", table), encoding="ascii") as f:
            out += re.findall(r'\bV?_?ID_\(\s*"(\w+)",\s*"([^"]*{webhook}[^"]*)"', f.read())
    return [(method, re.compile(re.sub(r"\\{[^/]*\\}", "[^/]+", re.escape(pattern)))) for method, pattern in out]


def signatures(post, secrets):
    text = f"{post.fields['webhook-id']}.{post.fields['webhook-timestamp']}.".encode() + post.body
    given = {s.split(",", 1)[1] for s in post.fields["webhook-signature"].split()}
    want = [base64.b64encode(hmac.new(base64.b64decode(s.removeprefix("whsec_")), text, hashlib.sha256).digest()).decode()
            for s in secrets]
    return [w in given for w in want], len(given)


def listed(path, word):
    """Events of the posts of a vendor's format by their word."""
    out = []
    for p in posts:
        if p.path == path:
            j = json.loads(p.body)
            out += [e[word] for e in (j if isinstance(j, list) else [j])]
    return out


def kill(role):
    status = json.loads(subprocess.run([FACTEUR, "--config", f"{W}/lab.yaml", "status", "--json"],
                                       stdout=subprocess.PIPE, check=False).stdout or b"{}")
    for r in status.get("roles", []):
        if r["role"] == role and r.get("pid"):
            os.kill(r["pid"], signal.SIGKILL)
            return True
    return False


def verify_sendgrid(post, public_key):
    name = f"{W}/sg"
    with open(f"{name}.pem", "w", encoding="ascii") as f:
        f.write("-----BEGIN PUBLIC KEY-----\n" + public_key + "\n-----END PUBLIC KEY-----\n")
    with open(f"{name}.sig", "wb") as f:
        f.write(base64.b64decode(post.fields["X-Twilio-Email-Event-Webhook-Signature"]))
    with open(f"{name}.body", "wb") as f:
        f.write(post.fields["X-Twilio-Email-Event-Webhook-Timestamp"].encode() + post.body)
    return subprocess.run(["openssl", "dgst", "-sha256", "-verify", f"{name}.pem", "-signature", f"{name}.sig",
                           f"{name}.body"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def formats(sent, hooks):
    n, bounced = len(sent), sum(1 for v in sent.values() if v == "bounced")
    wait("sendgrid: all events, in arrays", lambda: collections.Counter(listed("/sg", "event")) >= collections.Counter(
        {"processed": n, "delivered": n - bounced, "bounce": bounced}))
    wait("mailjet-1: all events", lambda: collections.Counter(listed("/mj1", "event")) >= collections.Counter(
        {"sent": n - bounced, "bounce": bounced}))
    wait("mailjet-2: all events, in arrays", lambda: collections.Counter(listed("/mj2", "event")) >= collections.Counter(
        {"sent": n - bounced, "bounce": bounced}))
    wait("postmark: all events", lambda: collections.Counter(listed("/pm", "RecordType")) >= collections.Counter(
        {"Delivery": n - bounced, "Bounce": bounced}))
    wait("mailgun: all events", lambda: sum(1 for p in posts if p.path == "/mg") >= 2 * n)
    with lock:
        sg = [p for p in posts if p.path == "/sg"]
        arrays = [p for p in posts if p.path in ("/sg", "/mj2")]
        mg = [json.loads(p.body)["signature"] for p in posts if p.path == "/mg"]
    check("arrays group events", len(arrays) < n, f"{len(arrays)} posts")
    check("sendgrid: signed", all(verify_sendgrid(p, hooks["/sg"]["public_key"]) for p in sg[:3]))
    check("mailgun: signed", all(hmac.new(hooks["/mg"]["secret"].encode(), (s["timestamp"] + s["token"]).encode(),
                                          hashlib.sha256).hexdigest() == s["signature"] for s in mg))


def mailjet():
    base = "/v3/REST/eventcallbackurl"
    url = f"http://u:p@127.0.0.1:{port}/cb"
    status, j = call("POST", base, {"EventType": "open", "Url": url, "Version": 2})
    row = j["Data"][0] if status == 201 else {}
    check("mailjet: a callback is made", (row.get("EventType"), row.get("Version"), row.get("Status"), row.get("IsBackup"))
          == ("open", 2, "alive", False) and j["Count"] == j["Total"] == 1, (status, j))
    check("mailjet: its password is not shown", row.get("Url") == f"http://u:***@127.0.0.1:{port}/cb", row)
    status, j = call("POST", base, {"EventType": "open", "Url": url})
    check("mailjet: one for each event", status == 400 and "already exists" in j["ErrorMessage"] and j["StatusCode"] == 400,
          (status, j))
    status, j = call("POST", base, {"EventType": "nonsense", "Url": url})
    check("mailjet: an event that is none", status == 400 and "MJ08" in j["ErrorMessage"], (status, j))
    call("POST", base, {"EventType": "open", "Url": url + "b", "IsBackup": True})
    status, j = call("GET", base)
    check("mailjet: list", status == 200 and j["Count"] == 2, (status, j))
    status, j = call("GET", base + "/open%7Ctrue")
    check("mailjet: by its name", status == 200 and j["Data"][0]["IsBackup"] is True, (status, j))
    status, j = call("PUT", f"{base}/{row['ID']}", {"Version": 1})
    check("mailjet: a change", status == 200 and j["Data"][0]["Version"] == 1, (status, j))
    check("mailjet: no change is 304", call("PUT", f"{base}/{row['ID']}", {"Version": 1})[0] == 304)
    other = {"key": os.environ["OTHER_KEY"], "secret": os.environ["OTHER_SECRET"]}
    status, j = call("GET", f"{base}/{row['ID']}", **other)
    check("mailjet: another account's", (status, j) == (404, {"ErrorInfo": "", "ErrorMessage": "Object not found",
                                                              "StatusCode": 404}), (status, j))
    check("mailjet: delete", call("DELETE", f"{base}/{row['ID']}")[0] == 204 and
          call("GET", f"{base}/{row['ID']}")[0] == 404)
    call("DELETE", base + "/open%7Ctrue")


def sendgrid():
    base = "/v3/user/webhooks/event/settings"
    bearer = {"fields": {"Authorization": f"Bearer {os.environ['BEARER']}"}}
    for w in call("GET", base + "/all", **bearer)[1]["webhooks"]:
        call("DELETE", f"{base}/{w['id']}", **bearer)
    status, j = call("GET", base, **bearer)
    check("sendgrid: no settings yet", (status, j["enabled"], j["url"]) == (200, False, ""), (status, j))
    status, j = call("PATCH", base, {"enabled": True, "url": f"http://127.0.0.1:{port}/sg2", "delivered": True,
                                     "spam_report": True}, **bearer)
    check("sendgrid: settings", status == 200 and j["enabled"] and j["delivered"] and j["spam_report"] and not j["bounce"],
          (status, j))
    status, j = call("PATCH", base + "/signed", {"enabled": True}, **bearer)
    check("sendgrid: signed", status == 200 and j["public_key"].startswith("MFkw"), (status, j))
    again = call("GET", base + "/signed", **bearer)[1]
    check("sendgrid: the key stays", again["public_key"] == j["public_key"])
    status, j = call("POST", "/v3/user/webhooks/event/test", {}, **bearer)
    check("sendgrid: test", status == 204, (status, j))
    with lock:
        tested = [p for p in posts if p.path == "/sg2"]
    check("sendgrid: the test is signed", tested and verify_sendgrid(tested[0], again["public_key"]))
    status, j = call("GET", base + "/whk_aaaaaaaaaaaaaaaaaaaaaaaaaa", **bearer)
    check("sendgrid: one that is none", status == 404 and j["errors"][0]["message"] == "not found", (status, j))


def postmark():
    token = {"fields": {"X-Postmark-Server-Token": os.environ["TOKEN"]}}
    status, j = call("POST", "/webhooks", {
        "Url": f"http://127.0.0.1:{port}/pm2", "HttpAuth": {"Username": "u", "Password": "p@ss"},
        "HttpHeaders": [{"Name": "X-A", "Value": "1"}],
        "Triggers": {"Open": {"Enabled": True, "PostFirstOpenOnly": True}, "Bounce": {"Enabled": True}}}, **token)
    check("postmark: a webhook is made", status == 200 and j["Url"] == f"http://127.0.0.1:{port}/pm2" and
          j["Triggers"]["Open"] == {"Enabled": True, "PostFirstOpenOnly": True} and j["HttpAuth"]["Username"] == "u" and
          not j["Triggers"]["Delivery"]["Enabled"] and j["MessageStream"] == "outbound", (status, j))
    number = j.get("ID")
    status, j = call("PUT", f"/webhooks/{number}", {"Url": f"http://127.0.0.1:{port}/pm3",
                                                    "Triggers": {"Delivery": {"Enabled": True}}}, **token)
    check("postmark: a change", status == 200 and j["Url"].endswith("/pm3") and j["Triggers"]["Delivery"]["Enabled"] and
          j["Triggers"]["Bounce"]["Enabled"] and j["HttpAuth"]["Username"] == "u", (status, j))
    j = call("GET", f"/webhooks/{number}", **token)[1]
    status, again = call("PUT", f"/webhooks/{number}", j, **token)
    check("postmark: what was shown comes back", (status, again) == (200, j), (status, again))
    status, hooks = call("GET", "/v1/webhooks")
    ours = next(w for w in hooks["data"] if "/pm3" in w["url"])
    call("POST", f"/v1/webhooks/{ours['id']}/test")
    with lock:
        tested = [p for p in posts if p.path == "/pm3"]
    check("postmark: user, password and fields are sent", tested and tested[0].fields["X-A"] == "1" and
          tested[0].fields["Authorization"] == "Basic " + base64.b64encode(b"u:p@ss").decode())
    status, j = call("POST", "/webhooks", {"Url": "nonsense"}, **token)
    check("postmark: errors are 422", status == 422 and j["ErrorCode"] > 0, (status, j))
    status, j = call("GET", "/webhooks", **token)
    check("postmark: list", status == 200 and number in [w["ID"] for w in j["Webhooks"]], (status, j))
    check("postmark: delete", call("DELETE", f"/webhooks/{number}", **token)[1]["Message"] == f"Webhook {number} removed."
          and call("GET", f"/webhooks/{number}", **token)[0] == 404)


def main():
    mailjet()
    postmark()
    hooks = {"/n1": add("/n1"), "/slow": add("/slow"), "/flaky": add("/flaky"), "/sg": add("/sg", format="sendgrid"),
             "/mj1": add("/mj1", format="mailjet-1"), "/mj2": add("/mj2", format="mailjet-2"),
             "/pm": add("/pm", format="postmark"), "/mg": add("/mg", format="mailgun"),
             "/bounces": add("/bounces", events=["bounced"], label="only bounces", fields={"X-Token": "t0k"})}
    behaviour["/slow"] = (200, 2)
    behaviour["/flaky"] = (500, 0)
    n1 = hooks["/n1"]
    check("a new webhook: id and secret", n1["id"].startswith("whk_") and n1["secret"].startswith("whsec_"), n1)
    check("a secret is shown once", "secret" not in call("GET", f"/v1/webhooks/{n1['id']}")[1])

    sent = send(0, MESSAGES)
    wait("native: accepted and the end of each message", lambda: has_all("/n1", sent))
    with lock:
        slow = sum(1 for p in posts if p.path == "/slow")
    check("a slow endpoint delays only itself", slow < 2 * len(sent), f"{slow} posts")
    check("native: in order", in_order("/n1", sent))
    with lock:
        first = next(p for p in posts if p.path == "/n1")
    check("native: Standard Webhooks signature", signatures(first, [n1["secret"]]) == ([True], 1))
    formats(sent, hooks)
    wait("an endpoint for some events gets those", lambda: len(events("/bounces")) >= sum(
        1 for v in sent.values() if v == "bounced"))
    with lock:
        some = [p for p in posts if p.path == "/bounces"]
    check("only the events that are wanted", {e[1] for e in events("/bounces")} == {"bounced"}, events("/bounces"))
    check("fields of the endpoint are sent", some and all(p.fields["X-Token"] == "t0k" for p in some))
    wait("an endpoint that fails is asked again", lambda: refused["/flaky"] >= 1)
    behaviour["/flaky"] = (200, 0)
    behaviour["/slow"] = (200, 0)

    # Roll: both secrets verify.
    status, rolled = call("POST", f"/v1/webhooks/{n1['id']}/roll")
    check("roll: a new secret", status == 200 and rolled["secret"] != n1["secret"], (status, rolled))
    # In the middle of things.
    mark = len(posts)
    for role in ("poster", "desk", "engine") * ROUNDS:
        killed.pop(role, None)
        if role != "engine":
            victims["/n1"] = role
        more = send(len(sent), 4)
        wait(f"{role} is killed", lambda r=role: r in killed if r != "engine" else kill(r))
        sent.update(more)
        sent.update(send(len(sent), 2))
    for path in ("/n1", "/flaky", "/slow"):
        wait(f"{path}: every event over the deaths of poster, desk, engine", lambda p=path: has_all(p, sent), 90)
        check(f"{path}: in order", in_order(path, sent))
        check(f"{path}: ids are stable", one_id_each(path) == [], one_id_each(path))
    with lock:
        new = [p for p in posts[mark:] if p.path == "/n1"]
    for role, event in killed.items():
        check(f"what {role} was killed with comes again, with its id",
              sum(1 for p in new if p.fields["webhook-id"] == event) >= 2, event)
    check("after a roll: two signatures, for the new and the old secret",
          any(signatures(p, [rolled["secret"], n1["secret"]]) == ([True, True], 2) for p in new))

    # Again.
    to, what, event = next(e for e in events("/n1") if e[1] == "bounced")
    before = sum(1 for e in events("/n1") if e[2] == event)
    status, j = call("POST", f"/v1/webhooks/{n1['id']}/replay", {"event": event})
    check("replay of one event", status == 202, (status, j))
    wait("the event comes again, with the same id", lambda: sum(1 for e in events("/n1") if e[2] == event) > before)
    start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
    before = len(events("/bounces"))
    bounces = sum(1 for v in sent.values() if v == "bounced")
    status, j = call("POST", f"/v1/webhooks/{hooks['/bounces']['id']}/replay", {"from": start})
    check("replay of a time", status == 202, (status, j))
    wait("its events come again", lambda: len(events("/bounces")) >= before + bounces)
    check("no event of another one's is replayed", call("POST", f"/v1/webhooks/{n1['id']}/replay",
                                                        {"event": "evt_" + "a" * 40})[0] == 404)

    # Log, test, change, foreign ids.
    log, cursor = [], 0
    while cursor is not None:
        status, page = call("GET", f"/v1/webhooks/{hooks['/flaky']['id']}/posts?limit=20&cursor={cursor}")
        log += page["data"] if status == 200 else []
        cursor = page["next"] if status == 200 else None
    check("the log has what failed and what did not", {200, 500} <= {p["status"] for p in log}, status)
    check("the log has request and answer", log and all(p["answer"] == "ok\n" and p["request"] for p in log))
    check("pages of the log", len({p["number"] for p in log}) == len(log) > 20, len(log))
    status, j = call("POST", f"/v1/webhooks/{hooks['/pm']['id']}/test")
    check("test: what it answers", status == 200 and j["status"] == 200, (status, j))
    other = {"key": os.environ["OTHER_KEY"], "secret": os.environ["OTHER_SECRET"]}
    check("another account sees none", call("GET", "/v1/webhooks", **other) == (200, {"data": [], "next": None}))
    asked = set()

    def foreign(paths):
        """Of (method, path) that another account asks for: those whose answer is not 404."""
        asked.update(paths)
        return [(m, p, r) for m, p in paths if (r := call(m, p, None if m == "GET" else {}, **other))[0] != 404]

    def settings(path):
        status, j = call("GET", path)
        # Its posting goes on meanwhile.
        return status, {name: value for name, value in j.items() if name not in ("position", "failing_since", "failures")}

    one = f"/v1/webhooks/{n1['id']}"
    mine = settings(one)
    wrong = foreign([("GET", one), ("PATCH", one), ("DELETE", one), ("POST", one + "/roll"), ("POST", one + "/test"),
                     ("GET", one + "/posts"), ("POST", one + "/replay"), ("GET", one + "/dead"), ("POST", one + "/resume")])
    check("another account's ids are as those that never were", mine[0] == 200 and wrong == [], wrong)
    check("and nothing was done", settings(one) == mine, mine)
    # Mailjet's and Postmark's ids are numbers, SendGrid's are ours. Each is there for its owner, before and after.
    made = call("POST", "/v3/REST/eventcallbackurl", {"EventType": "open", "Url": f"http://127.0.0.1:{port}/cb"})[1]
    pm = call("GET", "/webhooks", fields={"X-Postmark-Server-Token": os.environ["TOKEN"]})[1]["Webhooks"]
    sg = "/v3/user/webhooks/event/settings"
    theirs = {f"/v3/REST/eventcallbackurl/{made['Data'][0]['ID']}": "GET PUT DELETE", f"/webhooks/{pm[0]['ID']}": "GET PUT DELETE",
              "/v3/REST/eventcallbackurl/open%7Cfalse": "GET PUT DELETE",
              f"{sg}/{hooks['/sg']['id']}": "GET PATCH DELETE", f"{sg}/signed/{hooks['/sg']['id']}": "GET PATCH"}
    check("the vendors' ids are there", all(call("GET", p)[0] == 200 for p in theirs))
    wrong = foreign([(m, p) for p, methods in theirs.items() for m in methods.split()])
    check("nor do the vendors' ids", wrong == [], wrong[:5])
    routes = webhook_routes()
    missing = [(m, p.pattern) for m, p in routes if not any(m == method and p.fullmatch(path) for method, path in asked)]
    check("each route with a webhook was asked for so", len(routes) > 15 and missing == [], missing)
    check("and they are still there", all(call("GET", p)[0] == 200 for p in theirs))
    call("DELETE", f"/v3/REST/eventcallbackurl/{made['Data'][0]['ID']}")
    status, j = call("PATCH", f"/v1/webhooks/{n1['id']}", {"state": "off"})
    check("off by hand", status == 200 and j["state"] == "off", (status, j))
    asked = [call("POST", f"/v1/webhooks/{n1['id']}/replay", {"from": start}) for _ in range(101)]
    check("100 replays may wait", {a[0] for a in asked[:100]} == {202}, asked[99])
    check("and not one more", asked[100][0] == 409 and "100 replays" in asked[100][1]["detail"], asked[100])
    behaviour["/gone"] = (410, 0)
    gone = add("/gone")
    sent.update(send(len(sent), 1))
    wait("410 Gone switches a native endpoint off",
         lambda: call("GET", f"/v1/webhooks/{gone['id']}")[1]["state"] == "off")
    sendgrid()
    check("delete", call("DELETE", f"/v1/webhooks/{gone['id']}")[0] == 204 and
          call("GET", f"/v1/webhooks/{gone['id']}")[0] == 404)
    print(f"{checks} checks, {failed} failed")
    sys.exit(1 if failed or not checks else 0)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
server.daemon_threads = True
server.handle_error = lambda *_: None  # a poster that was killed
port = server.server_address[1]
threading.Thread(target=server.serve_forever, daemon=True).start()
main()
