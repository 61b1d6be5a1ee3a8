"""The cases of the HTTP API: messages a second by JSON, beside nginx that answers 204 on the same machine; clicks."""
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
                cpu = server.cpu_s() - used
                sent = r["2xx"] * self.each
                sink.say("delay 0")
                self.judge(server, r, sink.wait(sent)["messages"], sent)
        return {"rate": sent / r["seconds"], "cpu_us": cpu * 1e6 / sent, "p99_ms": r["times"]["p99_us"] / 1000,
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
        notes = [f"{CONNECTIONS} connections, p99 {mid['p99_ms']:.1f} ms; load {mid['load_us']:.0f} µs a message"]
        if beside:
            notes.append(f"nginx that reads the same bodies and answers 204: {statistics.median(beside):,.0f} messages/s")
        reached = mid["p99_ms"] <= ANSWER_MAX_US / 1000 if self.half else mid["rate"] >= self.reach
        figure = f"p99 {mid['p99_ms']:.1f} ms at {mid['rate']:,.0f}/s" if self.half else \
            f"{mid['rate']:,.0f}/s ({mid['cpu_us']:,.0f} µs)"
        return {"ours": figure, "peer": "", "ratio": "", "reached": reached, "notes": notes, "rounds": rounds}


class Service(ours.Facteur):
    """With a port for HTTP and a key."""

    def __init__(self, where, sink_port, more=()):
        self.web = machine.free_ports(1)[0]
        super().__init__(where, sink_port, more=[f"http: {{ plain: [{self.web}] }}", *more])
        self.secret = self.key(ours.TENANT).split()

    def fields(self):
        basic = base64.b64encode(":".join(self.secret).encode()).decode()
        return ["Content-Type: application/json", f"Authorization: Basic {basic}"]


class Clicks:
    """Redirects of a tracked link, each told to the ledger."""
    name, title, reach = "clicks", "click redirects, each recorded", 30000

    def wants(self):
        return f"≥ {self.reach:,}/s a core"

    def link(self, server, sink):
        c = http.client.HTTPConnection("127.0.0.1", server.web, timeout=10)
        fields = dict(f.split(": ", 1) for f in server.fields())
        m = {"from": "shop@bench.test", "to": "ann@d1.test", "subject": "A link", "track_clicks": True,
             "text": "See https://shop.test/a/page?of=ours for more."}
        c.request("POST", "/v1/messages", json.dumps(m), fields)
        if c.getresponse().status != 202:
            raise Wrong("the message with the link was refused")
        c.close()
        sink.wait(1)
        server.settle()
        return self.stored(server)

    @staticmethod
    def stored(server):
        """The link as it went out, from the stored body."""
        for f in sorted((server.state / "spool").glob("*/*.ext")):
            found = re.search(rb"/c/([\w-]+)/x", f.read_bytes())
            if found:
                return found.group(0).decode()
        raise Wrong("no tracked link in the message")

    def run(self, args):
        rounds = []
        for i in range(args.rounds):
            with machine.folder(args.dir) as home, pair.Sink() as sink:
                with Service(home, sink.port, ["tracking: { consent_assumed: true }"]) as server:
                    server.start().wait_ready()
                    path = self.link(server, sink)
                    used = server.cpu_s()
                    r = load(server.web, path, ["User-Agent: Mozilla/5.0 (X11; Linux) Firefox/128"], m="GET",
                             e=args.seconds)
                    cpu = server.cpu_s() - used
            if r["answers"] != r["3xx"] or not r["3xx"] or r["lost"]:
                raise Wrong(f"{r['answers']} answers, {r['3xx']} redirects: {r['told'][:300]}")
            rounds.append({"rate": r["3xx"] / r["seconds"], "cpu_us": cpu * 1e6 / r["3xx"],
                           "p99_ms": r["times"]["p99_us"] / 1000})
            args.say(f"  round {i + 1} {rounds[-1]['rate']:8.0f}/s  {rounds[-1]['cpu_us']:.1f} µs CPU a click  "
                     f"p99 {rounds[-1]['p99_ms']:.1f} ms")
            time.sleep(0.1)
        mid = {k: statistics.median(r[k] for r in rounds) for k in rounds[0]}
        core = 1e6 / mid["cpu_us"]
        return {"ours": f"{core:,.0f}/s a core ({mid['cpu_us']:.1f} µs)", "peer": "", "ratio": "",
                "reached": core >= self.reach, "rounds": rounds,
                "notes": [f"{mid['rate']:,.0f}/s with the load on the same cores, p99 {mid['p99_ms']:.1f} ms"]}


CASES = [
    Api("api1", "JSON API, 5 KiB, one message a call, 64 connections, delivery held", 1, 5000),
    Api("api50", "JSON API, fifty messages of 5 KiB a call", 50, 15000),
    Api("api-half", "JSON API, one message a call, at half load", 1, 0, half=True),
    Clicks(),
]
