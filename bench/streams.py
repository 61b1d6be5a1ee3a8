"""The cases that are a rate: accept, relay, DKIM, STARTTLS, side by side with Postfix in alternating rounds."""
import statistics
import time

import machine
import ours
import pair
import peers

ACCEPT_MAX = 60000  # what an accept-only round may leave to be delivered
EXIM_MAX = 3000     # its queue runners take their time


class Wrong(Exception):
    """Counts differ: there is no figure."""


class Stream:
    """A rate. load: options of bench/load; reach: × Postfix, None: only told."""

    def __init__(self, name, title, reach, accept=False, sign=False, cpu_us=None, **load):
        self.name, self.title, self.reach = name, title, reach
        self.accept, self.sign, self.cpu_us, self.load = accept, sign, cpu_us, load

    # ---- one round of one server

    def one(self, make, seconds, where):
        with machine.folder(where) as home, pair.Sink() as sink:
            tls = machine.certificate(home)
            with make(home, sink.port, tls) as server:
                if self.sign:
                    server.sign()
                if self.accept:
                    # A remote that does not answer the dot: nothing is delivered, nothing is put off.
                    sink.say("delay 3600000")
                server.start().wait_ready()
                return self.measure(server, sink, seconds)

    def measure(self, server, sink, seconds):
        options = dict(self.load, e=seconds)
        if self.accept:
            options["n"] = EXIM_MAX if server.name == "Exim" else ACCEPT_MAX
        busy, used, began = machine.busy_s(), server.cpu_s(), time.monotonic()
        load = pair.load(server.port, **options)
        accept_cpu = server.cpu_s() - used
        if self.accept:
            sink.say("delay 0")
            server.drain()
        got = sink.wait(load["accepted"])
        if not self.accept:
            busy, took = machine.busy_s() - busy, time.monotonic() - began
        server.settle()
        self.judge(server, load, sink.stats())
        n = load["accepted"]
        end = load["last_us"] if self.accept else got["last_us"]
        return {
            "rate": n * 1e6 / (end - load["first_us"]),
            "cpu_us": (server.cpu_s() - used) * 1e6 / n,
            "accept_cpu_us": accept_cpu * 1e6 / n,
            "pair_us": (load["cpu_s"] + got["cpu_s"]) * 1e6 / n,
            "p99_ms": load["dot"]["p99_us"] / 1000,
            "busy": None if self.accept else busy / took,
            "messages": n,
        }

    def judge(self, server, load, got):
        n, wrong = load["accepted"], []
        if not n:
            raise Wrong(f"{server.name}: nothing was accepted")
        for what, value in (("refused", load["refused"]), ("of unknown fate", load["unknown"]),
                            ("duplicates", got["duplicates"]), ("without a name", got["unnamed"])):
            if value:
                wrong.append(f"{value} {what}")
        if got["messages"] != n:
            wrong.append(f"{n} accepted, {got['messages']} delivered")
        if self.sign and got["signed"] != n:
            wrong.append(f"{n} accepted, {got['signed']} signed")
        wrong += server.wrong(n)
        if wrong:
            raise Wrong(f"{server.name}: " + "; ".join(wrong))

    # ---- all rounds

    def servers(self, args):
        found = [ours.Facteur]
        why = None if args.alone else peers.missing("postfix", *(["opendkim"] if self.sign else []))
        if not args.alone and not why:
            found.append(peers.Postfix)
        if self.accept and not args.alone and not peers.missing("exim"):
            found.append(peers.Exim)
        return found, why

    def run(self, args):
        servers, why = self.servers(args)
        if why:
            args.say(f"  without Postfix: {why}")
        rounds = {s.name: [] for s in servers}
        ceilings = []
        signatures = machine.signatures_per_core_s(1 if args.quick else 3) if self.sign else None
        for i in range(args.rounds):
            for s in servers:
                r = self.one(s, args.seconds, args.dir)
                rounds[s.name].append(r)
                args.say(f"  round {i + 1} {s.name:8} {r['rate']:8.0f}/s  {r['cpu_us']:6.0f} µs CPU a message  "
                         f"dot p99 {r['p99_ms']:.1f} ms  pair {r['pair_us']:.0f} µs  ({r['messages']})")
            if self.accept:
                ceilings.append(machine.flush_ceiling(args.dir, self.load["s"], 1))
        return self.summary(rounds, ceilings, signatures)

    def summary(self, rounds, ceilings, signatures):
        mid = {name: {k: statistics.median(r[k] for r in rs) for k in ("rate", "cpu_us", "accept_cpu_us", "pair_us", "p99_ms")}
               for name, rs in rounds.items()}
        us, postfix = mid["Facteur"], mid.get("Postfix")
        notes, reached = [], None
        if postfix:
            ratio = us["rate"] / postfix["rate"]
            reached = ratio >= self.reach if self.reach else None
        if self.cpu_us:
            reached = (reached is not False) and us["cpu_us"] <= self.cpu_us
        if self.accept:
            ceiling = statistics.median(ceilings)
            notes.append(f"two flushes of the bare disk: {ceiling:,.0f}/s; of the CPU, {us['accept_cpu_us']:.0f} µs "
                         "while accepting")
        if "Exim" in mid:
            notes.append(f"Exim {mid['Exim']['rate']:,.0f}/s ({mid['Exim']['cpu_us']:,.0f} µs)")
        if signatures:
            busy = statistics.median(r["busy"] for r in rounds["Facteur"])
            text, share = self.formula(us["rate"], busy, signatures)
            notes.append(text)
            reached = (reached is not False) and share >= 0.6
        notes.append(f"dot p99 {us['p99_ms']:.1f} ms; load pair {us['pair_us']:.0f} µs")
        return {
            "ours": f"{us['rate']:,.0f}/s ({us['cpu_us']:,.0f} µs)",
            "peer": f"{postfix['rate']:,.0f}/s ({postfix['cpu_us']:,.0f} µs)" if postfix else "",
            "ratio": f"{ratio:.1f}" if postfix else "",
            "reached": reached, "notes": notes, "rounds": rounds,
        }

    @staticmethod
    def formula(rate, busy, signatures):
        """What share of the signatures the cores could make beside everything else was made."""
        cores = machine.cores()
        other = busy - rate / signatures
        possible = max(cores - other, 0.001) * signatures
        return (f"{rate:,.0f} signed/s of ({cores} cores − {other:.2f} CPU of everything else per second) × "
                f"{signatures:,.0f} signatures per core-second = {possible:,.0f}/s: {rate / possible:.0%}",
                rate / possible)

    def wants(self):
        if not self.reach:
            return "–"
        text = f"≥ {self.reach} × Postfix" + (" with opendkim, ≥ 60 % of the formula" if self.sign else "")
        return text + (f"; ≤ {self.cpu_us} µs" if self.cpu_us else "")


CASES = [
    Stream("accept20", "accept only, 20 sessions", 12, accept=True, s=20),
    Stream("accept100", "accept only, 100 sessions", 25, accept=True, s=100),
    Stream("relay20", "relay, 20 sessions", 10, cpu_us=150, s=20),
    Stream("relay100", "relay, 100 sessions", 20, cpu_us=150, s=100),
    Stream("relay50k", "relay 50 KiB, 20 sessions", 7, s=20, z=51200),
    Stream("relay1", "relay, one message per connection, 20 sessions", None, s=20, c=1),
    Stream("dkim20", "relay with DKIM RSA-2048, 20 sessions", 12, sign=True, s=20),
    Stream("dkim100", "relay with DKIM RSA-2048, 100 sessions", 12, sign=True, s=100),
    Stream("starttls1", "relay, STARTTLS in, one message per connection", 3, s=20, c=1, T=True),
    Stream("starttls50", "relay, STARTTLS in, 50 per connection", 8, s=20, T=True),
]
