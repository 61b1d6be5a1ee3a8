"""The cases about what waits: sessions, a deep queue, bad destinations, tenants and streams in each other's way."""
import contextlib
import json
import pathlib
import re
import smtplib
import socket
import statistics
import subprocess
import time

import machine
import ours
import pair
from streams import Wrong


class Case:
    """One that has no peer. run() gives what table.py prints."""

    def __init__(self, name, title, reach):
        self.name, self.title, self.reach = name, title, reach

    def wants(self):
        return self.reach

    @staticmethod
    def found(figure, reached, notes=(), rounds=None):
        return {"ours": figure, "peer": "", "ratio": "", "reached": reached, "notes": list(notes), "rounds": rounds}


class Idle(Case):
    """Memory of sessions that stand after EHLO."""

    def __init__(self, name, title, limit_kib, tls):
        super().__init__(name, title, f"≤ {limit_kib} KiB each")
        self.limit, self.tls = limit_kib, tls

    def run(self, args):
        n = 300 if args.quick else 5000
        with machine.folder(args.dir) as home, \
                ours.Facteur(home, 1, more=[f"limits: {{ connections: {n + 1000} }}"]) as server:
            server.start().wait_ready()
            time.sleep(1)
            before = server.process.pss()
            options = dict(T=True) if self.tls else {}
            # Below the default limit of connections from one network.
            with pair.Load(server.port, s=n, B=max(1, n // 100), i=True, **options) as load:
                standing = json.loads(self.line(load, 120))["standing"]
                time.sleep(2)
                after = server.process.pss()
                load.popen.stdin.close()
                end = json.loads(self.line(load, 30))
            if standing != n or end["standing"] != n or end["broken"]:
                raise Wrong(f"{end['standing']} of {n} sessions stood, {end['broken']} broke")
        each = (after - before) / n / 1024
        return self.found(f"{each:.1f} KiB", each <= self.limit,
                          [f"{n} sessions, PSS of all roles {before / 1048576:.1f} MiB before, "
                           f"{after / 1048576:.1f} MiB with them"])

    @staticmethod
    def line(load, seconds):
        import select
        if not select.select([load.popen.stdout], [], [], seconds)[0]:
            raise machine.Trouble(f"the sessions do not stand after {seconds} s")
        line = load.popen.stdout.readline()
        if not line:
            raise machine.Trouble("the load ended")
        return line


class Depth(Case):
    """A million recipients that wait: the start behind them, their memory, what scheduling costs among them."""
    LIMIT_BYTES, LIMIT_S, LIMIT_FLAT = 300, 2.0, 1.5
    DOMAINS = 10000

    def __init__(self, name, title, tenants):
        super().__init__(name, title, f"≤ {self.LIMIT_BYTES} bytes a message; first 250 ≤ {self.LIMIT_S:g} s; instructions "
                         f"≤ {self.LIMIT_FLAT} × from 1,000 to 1,000,000")
        self.tenants = tenants

    def run(self, args):
        n = args.depth
        with silent_resolver() as resolver:
            before = self.empty(args, resolver)
            r = self.filled(args, resolver, n)
        cost = self.cost()
        each = (r["after"] - before) / n
        reached = each <= self.LIMIT_BYTES and r["first_s"] <= self.LIMIT_S and (
            cost["ratio"] <= self.LIMIT_FLAT if cost["ratio"] else None)
        grown = f"{cost['ratio']:.2f} ×" if cost["ratio"] else "instructions not counted: no valgrind"
        return self.found(f"{each:.0f} bytes, {r['first_s']:.2f} s, {grown}", reached, [
            f"{n:,} messages in a journal as a kill -9 leaves it: first 250 {r['first_s']:.2f} s after the start, all "
            f"loaded after {r['loaded_s']:.1f} s, drift 0; PSS of the engine {before / 1048576:.0f} MiB empty, "
            f"{r['after'] / 1048576:.0f} MiB with them, {r['peak'] / 1048576:.0f} MiB at most during the load",
            f"queue alone, {cost['what']}, one more message in and one out: " + ", ".join(
                self.row(d, cost["counts"].get(d), ns) for d, ns, _ in cost["rows"]) +
            f" (the same instructions wait longer for memory that no cache holds); {cost['rows'][-1][2]} bytes of heap a "
            "message at the deepest"], [r, cost])

    @staticmethod
    def row(depth, instructions, ns):
        return f"{depth:,}: " + (f"{instructions:,} instructions, " if instructions else "") + f"{ns:.0f} ns"

    @staticmethod
    def server(home, resolver):
        return ours.Facteur(home, 1, way="lab: { verified_domains: true }",
                            more=[f"outbound: {{ resolver: '127.0.0.1:{resolver}' }}"])

    def empty(self, args, resolver):
        """PSS of an engine without a queue."""
        with machine.folder(args.dir) as home, self.server(home, resolver) as server:
            server.start().wait_ready()
            first_250(server.port, time.monotonic(), 60)
            return memory(self.loaded(server, 60), "Pss")

    def filled(self, args, resolver, n):
        fill = machine.product_program("fill", machine.root / "tests/torture/fill.c")
        with machine.folder(args.dir) as home, self.server(home, resolver) as server:
            args.say(f"  filling: {n:,}")
            subprocess.run([fill, str(server.state), str(n), str(self.DOMAINS), str(self.tenants)], check=True)
            began = time.monotonic()
            server.start()
            first = first_250(server.port, began, 300)
            status = self.loaded(server, 300)
            found = {"first_s": first, "loaded_s": time.monotonic() - began, "after": memory(status, "Pss"),
                     "peak": memory(status, "VmHWM")}
            self.counted(status, n + 1)
        return found

    @staticmethod
    def loaded(server, seconds):
        def whole():
            with contextlib.suppress(machine.Trouble):
                status = server.status()
                return status if status["loaded_percent"] == 100 else None
        return machine.wait_for("the whole queue behind the start", seconds, whole, 0.2)

    @staticmethod
    def counted(status, accepted):
        q, c = status["queue"], status["conservation"]
        there = q["queued"] + q["active"] + q["held"]
        if there != accepted or c["accepted"] != accepted or c["drift"]:
            raise Wrong(f"{accepted} accepted; the queue has {there}, counted {c['accepted']}, drift {c['drift']}")

    def cost(self):
        """One more message in and one out by depth, in ns and, where valgrind is, in instructions (queue_bench.c)."""
        argv = [machine.product_program("queue_bench"), str(self.DOMAINS), str(self.tenants)]

        def lines(pattern, *more):
            text = subprocess.run([argv[0], *more, *argv[1:]], capture_output=True, text=True, check=True).stdout
            return re.findall(r"^\s*(\d+) queued[:,].*?" + pattern, text, re.M), text
        found, text = lines(r"([\d.]+) ns for one more in and one out,\s*(\d+) bytes a message")
        rows = [(int(d), float(ns), int(size)) for d, ns, size in found]
        if len(rows) < 2:
            raise machine.Trouble(f"queue_bench says something else:\n{text}")
        counts = {int(d): int(c) for d, c in lines(r"(\d+) instructions", "instructions")[0]}
        return {"rows": rows, "counts": counts, "what": f"{argv[1]} domains × {argv[2]} tenants",
                "ratio": counts[rows[-1][0]] / counts[rows[0][0]] if len(counts) == len(rows) else None}


def memory(status, what):
    """Bytes of the engine: Pss, or VmHWM (the most it ever had)."""
    pid = next(r["pid"] for r in status["roles"] if r["role"] == "engine")
    text = pathlib.Path(f"/proc/{pid}/{'smaps_rollup' if what == 'Pss' else 'status'}").read_text()
    return int(re.search(rf"^{what}:\s*(\d+) kB", text, re.M).group(1)) * 1024


@contextlib.contextmanager
def silent_resolver():
    """A name server that never answers: everything stays queued at ten thousand doors."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        yield s.getsockname()[1]


def first_250(port, began, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            with smtplib.SMTP("127.0.0.1", port, local_hostname="probe.test", timeout=seconds) as s:
                s.sendmail("probe@bench.test", ["probe@d1.test"], "From: <probe@bench.test>\r\nSubject: probe\r\n\r\nx\r\n")
                return time.monotonic() - began
        time.sleep(0.005)
    raise machine.Trouble(f"no 250 within {seconds} s of the start")


class DeadSlow(Case):
    """A thousand destinations; then the same with one that does not answer and one that takes its time: both halves
    in turn within one start of the service, since the machine changes more between two starts than they do."""
    LIMIT = 0.03

    def __init__(self):
        super().__init__("dead-slow", "one dead and one slow destination among 1,000", "the others lose ≤ 3 %")

    def run(self, args):
        n, self.sites = (2000, 100) if args.quick else (30000, 1000)
        self.others, self.unreachable = n - 2 * (n // self.sites), n // self.sites
        self.delivered = 0
        rates = {"well": [], "ill": []}
        slow, dead = self.address(self.sites + 1), self.address(self.sites)
        with machine.folder(args.dir) as home, pair.Sink("-m", "-S", f"{slow}=1000", "-X", dead) as sink, \
                ours.Facteur(home, sink.port, way="lab: { verified_domains: true }") as server:
            for i in range(self.sites):
                self.route(server, sink, i, self.address(i))
            server.start().wait_ready()
            for i in range(args.rounds):
                for kind in list(rates)[::-1 if i % 2 else 1]:
                    rates[kind].append(self.half(server, sink, n, {0: dead, 1: slow} if kind == "ill" else {}))
                    args.say(f"  round {i + 1} {kind}: {rates[kind][-1]:,.0f}/s to the others")
        well, ill = (statistics.median(rates[k]) for k in ("well", "ill"))
        loss = 1 - ill / well
        return self.found(f"{loss:+.1%} lost", loss <= self.LIMIT,
                          [f"to the other {self.sites - 2}: {well:,.0f}/s with all well, {ill:,.0f}/s with one that "
                           "drops every SYN and one that answers each dot after 1 s"], rates)

    def half(self, server, sink, n, ill):
        """One load; the rate to the sites that are well in both halves."""
        sink.say("forget")
        for i, address in ill.items():
            self.route(server, sink, i, address)
        load = pair.load(server.port, s=20, n=n, d=self.sites)
        reachable = n - (self.unreachable if ill else 0)
        got = sink.wait(reachable, 30)
        self.delivered += got["messages"]
        machine.wait_for("the outcomes", 60, lambda: server.status()["queue"]["delivered"] >= self.delivered, 0.2)
        self.judge(server, load, got, reachable)
        for i in ill:
            self.route(server, sink, i, self.address(i))
        self.drain(server)
        end = sink.wait(load["accepted"], 30)
        if end["messages"] != load["accepted"] or end["duplicates"]:
            raise Wrong(f"{load['accepted']} accepted, in the end {end['messages']} delivered, {end['duplicates']} twice")
        return self.others * 1e6 / (got["sites"][0]["last_us"] - load["first_us"])

    def drain(self, server):
        """What waits for the dead one goes to its well address, when the attempt under way has given up."""
        def empty():
            waiting = server.waiting()
            if waiting:
                server.command("queue", "retry", "--all", "--yes")
            return not waiting
        machine.wait_for("an empty queue", 300, empty, 0.5)
        self.delivered = server.status()["queue"]["delivered"]

    @staticmethod
    def judge(server, load, got, reachable):
        waiting, c = server.waiting(), server.status()["conservation"]
        n = load["accepted"]
        if load["refused"] or load["unknown"] or got["duplicates"] or c["drift"] or got["messages"] + waiting != n \
                or waiting != n - reachable:
            raise Wrong(f"{n} accepted, {load['refused']} refused, {got['messages']} delivered, {waiting} wait, "
                        f"{got['duplicates']} duplicates, drift {c['drift']}")

    @staticmethod
    def route(server, sink, i, address):
        server.command("routes", "add", f"d{i}.test", f"smtp://{address}:{sink.port}?tls=none")

    @staticmethod
    def address(i):
        return f"127.1.{i // 250}.{i % 250 + 1}"


class Fair(Case):
    """A backlog that must not be in the way: common part of the two cases below."""

    def backlog(self, args):
        return 3000 if args.quick else 100000

    def paced(self, server, keys, group, rate, seconds):
        return pair.load(server.plain, s=4, r=rate, n=rate * seconds, c=1000000, g=group, z=1024, K=keys)

    def drain(self, server, sink, loads):
        """All of it is delivered, once; the last statistics of the sink."""
        sink.say("limit 0")
        sink.say("delay 0")
        n = sum(r["accepted"] for r in loads)
        last, moved, got = -1, time.monotonic(), sink.wait(n, 3)
        while got["messages"] < n:
            if got["messages"] != last:
                last, moved = got["messages"], time.monotonic()
            if time.monotonic() - moved > 180:
                break
            # What the remote turned away waits for its next attempt: not for minutes.
            server.command("queue", "retry", "--all", "--yes")
            got = sink.wait(n, 3)
        server.settle()
        refused = sum(r["refused"] + r["unknown"] for r in loads)
        wrong = server.wrong(n)
        if refused or got["messages"] != n or got["duplicates"] or wrong:
            raise Wrong(f"{n} accepted, {refused} refused, {got['messages']} delivered, {got['duplicates']} "
                        f"duplicates{''.join('; ' + w for w in wrong)}")
        return got


class FairTenants(Fair):
    def __init__(self):
        super().__init__("fair-tenants", "two tenants, one injects 100,000 at once: the other's delivery p99",
                         "≤ 2 × idle or ≤ 250 ms")

    def run(self, args):
        seconds = 2 if args.quick else 20
        with machine.folder(args.dir) as home, pair.Sink() as sink, \
                ours.Facteur(home, sink.port) as server:
            # Slower than mail comes in, so that the backlog stays.
            sink.say(f"delay {50 if args.quick else 20}")
            for name in ("many", "few"):
                server.command("accounts", "add", name)
                (home / name).write_text(server.key(name) + "\n")
            server.start().wait_ready()
            idle = self.paced(server, home / "few", 1, 20, seconds)
            sink.wait(idle["accepted"])
            big = pair.load(server.plain, s=20, n=self.backlog(args), c=1000000, g=0, z=1024, K=home / "many")
            before = server.waiting()
            small = self.paced(server, home / "few", 2, 20, seconds)
            after = server.waiting()
            got = self.drain(server, sink, [idle, big, small])
        if not after:
            raise machine.Trouble("the backlog was gone before the other tenant had sent")
        p99 = [got["classes"][i]["times"]["p99_us"] / 1000 for i in (1, 2)]
        return self.found(f"{p99[1]:.0f} ms", p99[1] <= 2 * p99[0] or p99[1] <= 250,
                          [f"idle {p99[0]:.0f} ms, behind the other's backlog {p99[1]:.0f} ms (p50 "
                           f"{got['classes'][2]['times']['p50_us'] / 1000:.0f} ms); {before:,} waited when it began, "
                           f"{after:,} when it had sent its {small['accepted']}"])


class FairStreams(Fair):
    LIMIT_S = 5.0

    def __init__(self):
        super().__init__("fair-streams", "100,000 broadcast queued to a site that takes 2 connections, then "
                         "transactional: delivery p99", "≤ 5 s")

    def run(self, args):
        seconds = 3 if args.quick else 30
        with machine.folder(args.dir) as home, pair.Sink("-l", "2") as sink, \
                ours.Facteur(home, sink.port) as server:
            sink.say("delay 50")
            for stream in ("broadcast", "transactional"):
                (home / stream).write_text(server.key(ours.TENANT, stream) + "\n")
            server.start().wait_ready()
            big = pair.load(server.plain, s=20, n=self.backlog(args), c=1000000, g=0, z=1024, K=home / "broadcast")
            before = server.waiting()
            small = self.paced(server, home / "transactional", 1, 4, seconds)
            time.sleep(2 * self.LIMIT_S)
            after, then = server.waiting(), sink.stats()
            got = self.drain(server, sink, [big, small])
        if after <= small["accepted"]:
            raise machine.Trouble("the backlog was gone before the transactional mail was sent")
        times = got["classes"][1]["times"]
        return self.found(f"{times['p99_us'] / 1e6:.2f} s", times["p99_us"] / 1e6 <= self.LIMIT_S,
                          [f"p50 {times['p50_us'] / 1e6:.2f} s, worst {times['max_us'] / 1e6:.2f} s of "
                           f"{small['accepted']}; {before:,} waited when it began; the site turned away "
                           f"{then['refused']} of {then['connections']} connections"])


class Journal(Case):
    def __init__(self):
        super().__init__("journal", "bodies and records made durable by the product's own writer", "–")

    def run(self, args):
        seconds = 1 if args.quick else 2
        notes, rates = [], {}
        for n in (20, 100):
            with machine.folder(args.dir) as home:
                text = subprocess.run([machine.product_program("journal_bench"), str(home), str(n), str(seconds)],
                                      capture_output=True, text=True, check=True, timeout=300).stdout
                bare = machine.flush_ceiling(home, n, seconds)
            found = {}
            for what, kind, rate in re.findall(r"^(\S+)\s+(no zeros|zeros)\s+\d+ submitters\s+([\d.]+)/s", text, re.M):
                found.setdefault((what, kind), []).append(float(rate))
            if ("4K+rec", "zeros") not in found:
                raise machine.Trouble(f"journal_bench says something else:\n{text}")
            rates[n] = {" ".join(k): statistics.median(v) for k, v in found.items()}
            notes.append(f"{n} submitters: " + ", ".join(f"{k} {v:,.0f}/s" for k, v in rates[n].items()) +
                         f"; two flushes of the bare disk {bare:,.0f}/s")
        return self.found(" / ".join(f"{rates[n]['4K+rec zeros']:,.0f}/s" for n in rates), None, notes, rates)


class Pair(Case):
    """The sender against the remote, nothing between."""

    def __init__(self):
        super().__init__("pair", "the load pair alone, 20 sessions", "–")

    def run(self, args):
        rates, costs = [], []
        for _ in range(args.rounds):
            with pair.Sink() as sink:
                r = pair.load(sink.port, s=20, e=args.seconds)
                got = sink.wait(r["accepted"])
            if got["messages"] != r["accepted"] or r["refused"] or got["duplicates"]:
                raise Wrong(f"{r['accepted']} accepted, {got['messages']} counted")
            rates.append(r["accepted"] * 1e6 / (r["last_us"] - r["first_us"]))
            costs.append((r["cpu_s"] + got["cpu_s"]) * 1e6 / r["accepted"])
        return self.found(f"{statistics.median(rates):,.0f}/s ({statistics.median(costs):.0f} µs)", None)


CASES = [
    Idle("idle-plain", "5,000 idle sessions", 10, False),
    Idle("idle-tls", "5,000 idle sessions after STARTTLS", 45, True),
    Depth("depth", "1,000,000 queued, 10,000 domains × 100 tenants", 100),
    Depth("depth-lanes", "1,000,000 queued in 100,000 lanes", 10),
    DeadSlow(),
    FairTenants(),
    FairStreams(),
    Journal(),
    Pair(),
]
