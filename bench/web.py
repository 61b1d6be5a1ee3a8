"""The cases of the HTTP API: messages a second by JSON, beside nginx that answers 204 on the same machine; clicks;
webhooks."""
import base64
import http.client
import json
import re
import statistics
import subprocess
import time

import machine
import ours
import pair
import peers
from streams import Wrong

CONNECTIONS = 64
TEXT = "Bonjour, votre commande 1234567890 est en route et sera chez vous demain. "
ANSWER_MAX_US = 50000


class Nginx:
    """Reads each body and answers 204: what the machine gives HTTP at most."""
    name = "nginx"

    def __init__(self, where):
        self.where, self.port = where, machine.free_ports(1)[0]
        (where / "logs").mkdir()
        (where / "nginx.conf").write_text(f"""\
daemon off; master_process on; worker_processes auto; pid {where}/pid; error_log {where}/logs/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; client_max_body_size 64m; client_body_buffer_size 1m; keepalive_requests 100000000;
  client_body_temp_path {where}/body; proxy_temp_path {where}/proxy; fastcgi_temp_path {where}/fastcgi;
  uwsgi_temp_path {where}/uwsgi; scgi_temp_path {where}/scgi;
  server {{ listen 127.0.0.1:{self.port}; location / {{ return 204; }} }} }}
""")
        self.process = None

    def __enter__(self):
        home = peers.PEERS / "nginx"
        self.process = machine.Process([home / "usr/sbin/nginx", "-p", self.where, "-c", self.where / "nginx.conf"],
                                       env=peers.environment("nginx"))
        machine.wait_for("nginx", 20, lambda: self.process.popen.poll() is not None or self.listens())
        if self.process.popen.poll() is not None:
            raise machine.Trouble("nginx ended: " + (self.where / "logs/error.log").read_text()[-500:])
        return self

    def listens(self):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            c.request("GET", "/")
            return c.getresponse().status == 204
        except OSError:
            return False
        finally:
            c.close()

    def __exit__(self, *_):
        self.process.stop()

    def cpu_s(self):
        return self.process.cpu_s()


def load(port, path, fields=(), body=None, **options):
    """bench/http_load."""
    argv = [machine.own_program("http_load"), "-p", port, "-u", path, "-c", options.pop("c", CONNECTIONS)]
    for f in fields:
        argv += ["-a", f]
    if body:
        argv += ["-b", body]
    for letter, value in options.items():
        argv += [f"-{letter}", value]
    p = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=900, check=False)
    if p.returncode or not p.stdout:
        raise machine.Trouble(f"http_load: exit {p.returncode}: {p.stderr[:500]}")
    r = json.loads(p.stdout)
    r["told"] = p.stderr
    return r


def message(to):
    """One of 5 KiB as JSON."""
    m = {"from": "shop@bench.test", "to": [to], "subject": "Votre commande", "text": "Votre commande est en route.",
         "html": ""}
    room = 5120 - len(json.dumps(m)) - len("<p></p>")
    m["html"] = "<p>" + (TEXT * (room // len(TEXT) + 1))[:room] + "</p>"
    return m


class Api:
    """JSON sends, durable, delivery held: the remote does not answer the dot."""

    def __init__(self, name, title, each, reach, half=False):
        self.name, self.title, self.each, self.reach, self.half = name, title, each, reach, half

    def wants(self):
        return "p99 ≤ 50 ms" if self.half else f"≥ {self.reach:,}/s"

    def body(self, home):
        one = [message(f"u{{{{n}}}}@d{i}.test" if i == 0 else f"u{i}@d{i}.test") for i in range(self.each)]
        file = home / "body.json"
        file.write_text(json.dumps({"messages": one} if self.each > 1 else one[0]))
        return file

    def one(self, args, rate=None):
        with machine.folder(args.dir) as home, pair.Sink() as sink:
            with Service(home, sink.port) as server:
                sink.say("delay 3600000")
                server.start().wait_ready()
                options = {"e": args.seconds} | ({"r": rate} if rate else {})
                used = server.cpu_s()
                r = load(server.web, "/v1/messages", server.fields(), self.body(home), **options)
                accept = server.cpu_s() - used
                sent = r["2xx"] * self.each
                sink.say("delay 0")
                self.judge(server, r, sink.wait(sent)["messages"], sent)
                cpu = server.cpu_s() - used
        return {"rate": sent / r["seconds"], "cpu_us": cpu * 1e6 / sent, "accept_us": accept * 1e6 / sent, "p99_ms": r["times"]["p99_us"] / 1000,
                "load_us": r["cpu_s"] * 1e6 / sent, "messages": sent}

    @staticmethod
    def judge(server, r, came, sent):
        if not sent or r["answers"] != r["2xx"] or r["lost"]:
            raise Wrong(f"{r['answers']} answers, {r['2xx']} of them 2xx, {r['lost']} connections lost: {r['told'][:300]}")
        if came != sent:
            raise Wrong(f"{sent} accepted, {came} delivered")
        server.settle()
        wrong = server.wrong(sent)
        if wrong:
            raise Wrong("; ".join(wrong))

    def peer(self, args):
        with machine.folder(args.dir) as home, Nginx(home) as n:
            r = load(n.port, "/", ["Content-Type: application/json"], self.body(home), e=args.seconds)
        return r["answers"] * self.each / r["seconds"]

    def run(self, args):
        rounds, beside = [], []
        rate = None
        if self.half:
            rate = max(1, int(self.one(args)["rate"] / self.each / 2))
            args.say(f"  half of what one round took: {rate} requests/s")
        for i in range(args.rounds):
            rounds.append(self.one(args, rate))
            r = rounds[-1]
            args.say(f"  round {i + 1} {r['rate']:8.0f}/s  {r['cpu_us']:6.0f} µs CPU a message  p99 {r['p99_ms']:.1f} ms  "
                     f"load {r['load_us']:.0f} µs  ({r['messages']})")
            if not (args.alone or self.half or peers.missing("nginx")):
                beside.append(self.peer(args))
                args.say(f"  round {i + 1} nginx {beside[-1]:8.0f}/s")
        mid = {k: statistics.median(r[k] for r in rounds) for k in rounds[0]}
        notes = [f"{CONNECTIONS} connections, p99 {mid['p99_ms']:.1f} ms; of the CPU, {mid['accept_us']:.0f} µs while accepting; "
                 f"load {mid['load_us']:.0f} µs a message"]
        if beside:
            notes.append(f"nginx that reads the same bodies and answers 204: {statistics.median(beside):,.0f} messages/s")
        reached = mid["p99_ms"] <= ANSWER_MAX_US / 1000 if self.half else mid["rate"] >= self.reach
        figure = f"p99 {mid['p99_ms']:.1f} ms at {mid['rate']:,.0f}/s" if self.half else \
            f"{mid['rate']:,.0f}/s ({mid['cpu_us']:,.0f} µs)"
        return {"ours": figure, "peer": "", "ratio": "", "reached": reached, "notes": notes, "rounds": rounds}


class Service(ours.Facteur):
    """With a port for HTTP and keys."""

    def __init__(self, where, sink_port, more=(), way=None):
        self.web = machine.free_ports(1)[0]
        super().__init__(where, sink_port, more=[f"http: {{ plain: [{self.web}] }}", *more], way=way)
        self.secret = self.key(ours.TENANT).split()
        k = self.command("keys", "add", "--account", ours.TENANT, "--scope", "read,manage")
        self.manager = [k["key"], k["secret"]]

    @staticmethod
    def basic(secret):
        return ["Content-Type: application/json",
                "Authorization: Basic " + base64.b64encode(":".join(secret).encode()).decode()]

    def fields(self):
        return self.basic(self.secret)

    def call(self, method, path, body=None, secret=None):
        fields = dict(f.split(": ", 1) for f in self.basic(secret or self.manager))
        c = http.client.HTTPConnection("127.0.0.1", self.web, timeout=60)
        c.request(method, path, None if body is None else json.dumps(body), fields)
        r = c.getresponse()
        text = r.read().decode()
        c.close()
        if r.status // 100 != 2:
            raise Wrong(f"{method} {path} was answered {r.status}: {text[:300]}")
        return json.loads(text) if r.getheader("Content-Type") == "application/json" else text

    def send_all(self, messages):
        """One call after another, so that they are accepted in this order."""
        messages = list(messages)
        for i in range(0, len(messages), 50):
            self.call("POST", "/v1/messages", {"messages": messages[i:i + 50]}, self.secret)

    def metric(self, name):
        return int(re.search(rf"^{name} (\d+)$", self.call("GET", "/metrics"), re.M).group(1))

    def clicked(self):
        """Clicks that the ledger counts, of whomever."""
        counts = self.call("GET", "/v1/stats?by=all")["data"]
        return sum(n for row in counts for what, n in row.items() if what.startswith("click"))


class Clicks:
    """Redirects of tracked links, each of them in the ledger at the end."""
    name, title, reach = "clicks", "click redirects, recorded in the ledger", 30000
    LINKS = 20000

    def wants(self):
        return f"≥ {self.reach:,}/s a core"

    def links(self, server, sink, count):
        """One in each of so many messages, as they went out: from the stored bodies."""
        server.send_all({"from": "shop@bench.test", "to": f"u{n}@d{n % 100}.test", "subject": "A link", "track_clicks": True,
                         "text": f"See https://shop.test/a/page?of=ours&n={n} for more."} for n in range(count))
        sink.wait(count)
        server.settle()
        time.sleep(2)  # who comes sooner is a robot
        found = {p for f in (server.state / "spool").glob("*/*.ext")
                 for p in re.findall(rb"/c/[\w-]+/x", f.read_bytes())}
        if len(found) != count:
            raise Wrong(f"{len(found)} tracked links in {count} messages")
        return sorted(found)

    def one(self, args):
        count = 500 if args.quick else self.LINKS
        with machine.folder(args.dir) as home, pair.Sink() as sink:
            with Service(home, sink.port, ["tracking: { consent_assumed: true }"]) as server:
                server.start().wait_ready()
                paths = home / "paths"
                paths.write_bytes(b"".join(p + b"\n" for p in self.links(server, sink, count)))
                edge, used = server.cpu_s("edge"), server.cpu_s()
                r = load(server.web, "/", ["User-Agent: Mozilla/5.0 (X11; Linux) Firefox/128"], m="GET",
                         e=args.seconds, l=paths)
                server.settle()
                edge, cpu = server.cpu_s("edge") - edge, server.cpu_s() - used
                time.sleep(1.5)  # an edge tells its counts each second
                recorded, dropped = server.clicked(), server.metric("facteur_signals_dropped_total")
        if r["answers"] != r["3xx"] or not r["3xx"] or r["lost"]:
            raise Wrong(f"{r['answers']} answers, {r['3xx']} redirects: {r['told'][:300]}")
        if not recorded or recorded + dropped != r["3xx"]:
            raise Wrong(f"{r['3xx']} redirects, {recorded} in the ledger, {dropped} said to be dropped")
        return {"rate": r["3xx"] / r["seconds"], "cpu_us": cpu * 1e6 / recorded, "edge_us": edge * 1e6 / r["3xx"],
                "dropped": dropped, "p99_ms": r["times"]["p99_us"] / 1000}

    def run(self, args):
        rounds = []
        for i in range(args.rounds):
            rounds.append(self.one(args))
            r = rounds[-1]
            args.say(f"  round {i + 1} {r['rate']:8.0f}/s  {r['cpu_us']:.1f} µs CPU a click, {r['edge_us']:.1f} of the edge  "
                     f"p99 {r['p99_ms']:.1f} ms  {r['dropped']} dropped")
        mid = {k: statistics.median(r[k] for r in rounds) for k in rounds[0]}
        core = 1e6 / mid["cpu_us"]
        return {"ours": f"{core:,.0f}/s a core ({mid['cpu_us']:.1f} µs)", "peer": "", "ratio": "",
                "reached": core >= self.reach, "rounds": rounds,
                "notes": [f"CPU of all roles until every click is in the ledger; the edge alone {mid['edge_us']:.1f} µs: "
                          f"{1e6 / mid['edge_us']:,.0f} redirects/s a core",
                          f"{mid['rate']:,.0f}/s with the load on the same cores, p99 {mid['p99_ms']:.1f} ms, "
                          f"{mid['dropped']:,.0f} not recorded (counted as dropped)"]}


class Webhooks:
    """Events of one endpoint: they wait in the feed, then it is switched on."""
    reach = 2000

    def __init__(self, name, title, form, event):
        self.name, self.title, self.form, self.event = name, title, form, event

    def wants(self):
        return f"≥ {self.reach:,}/s"

    def one(self, args):
        count = 1000 if args.quick else self.reach * args.seconds
        with machine.folder(args.dir) as home, pair.Sink() as sink, pair.Hooks() as hooks:
            way = f"lab: {{ deliver_to: '127.0.0.1:{sink.port}', verified_domains: true, private_webhooks: true }}"
            with Service(home, sink.port, way=way) as server:
                server.start().wait_ready()
                hook = server.call("POST", "/v1/webhooks", {"url": f"http://127.0.0.1:{hooks.port}/", "format": self.form,
                                                            "events": [self.event]})
                server.call("PATCH", f"/v1/webhooks/{hook['id']}", {"state": "off"})
                server.send_all({"from": "shop@bench.test", "to": f"u{n}@d{n % 100}.test", "subject": "An order",
                                 "text": "It is on its way.", "metadata": {"order": f"bench-{n:010}"}} for n in range(count))
                sink.wait(count)
                server.settle()
                used = server.cpu_s()
                server.call("PATCH", f"/v1/webhooks/{hook['id']}", {"state": "on"})
                got = hooks.wait(count)
                cpu = server.cpu_s() - used
            if got["distinct"] != count or got["disorder"]:
                raise Wrong(f"{count} events, {got['distinct']} came, {got['disorder']} of them behind a later one")
            alone = self.alone(home, got, args.seconds)
        return {"rate": count * 1e6 / max(1, got["last_us"] - got["first_us"]), "cpu_us": cpu * 1e6 / count,
                "in_post": count / got["posts"], "bytes": got["bytes"] / got["posts"], "doubles": got["duplicates"],
                "alone": alone}

    @staticmethod
    def alone(home, got, seconds):
        """Posts of this length a second that a bare client brings to the same receiver, one after another."""
        body = home / "body"
        body.write_bytes(b"x" * (got["bytes"] // got["posts"]))
        with pair.Hooks() as hooks:
            r = load(hooks.port, "/", body=body, c=1, e=max(1, seconds // 2))
        return r["answers"] / r["seconds"]

    def run(self, args):
        rounds = []
        for i in range(args.rounds):
            rounds.append(self.one(args))
            r = rounds[-1]
            args.say(f"  round {i + 1} {r['rate']:8.0f}/s  {r['cpu_us']:.0f} µs CPU an event  {r['in_post']:.1f} in a post of "
                     f"{r['bytes']:.0f} bytes  {r['doubles']} twice")
        mid = {k: statistics.median(r[k] for r in rounds) for k in rounds[0]}
        return {"ours": f"{mid['rate']:,.0f}/s ({mid['cpu_us']:,.0f} µs)", "peer": "", "ratio": "",
                "reached": mid["rate"] >= self.reach, "rounds": rounds,
                "notes": [f"one post at a time, {mid['in_post']:.1f} events and {mid['bytes']:,.0f} bytes each; a bare client "
                          f"brings {mid['alone']:,.0f} such posts/s to the same receiver on one connection"]}


CASES = [
    Api("api1", "JSON API, 5 KiB, one message a call, 64 connections, delivery held", 1, 5000),
    Api("api50", "JSON API, fifty messages of 5 KiB a call", 50, 15000),
    Api("api-half", "JSON API, one message a call, at half load", 1, 0, half=True),
    Clicks(),
    Webhooks("webhooks", "webhooks to one endpoint, native: an event a post", "native", "accepted"),
    Webhooks("webhooks-array", "webhooks to one endpoint, SendGrid's arrays", "sendgrid", "processed"),
]
