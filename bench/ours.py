"""The service under measurement: configuration as it comes, but for names, ports and where mail goes."""
import getpass
import json
import os
import subprocess

import machine

TENANT = "bench"


class Facteur:
    name = "Facteur"
    can_sign = True

    def __init__(self, where, sink_port, tls=None, more=(), way=None):
        """way: the `lab:` line that says where mail goes; the sink when not given."""
        self.where = where
        self.state = where / "state"
        self.port, self.plain = machine.free_ports(2)
        self.binary = os.environ.get("FACTEUR", str(machine.build / "release/facteur"))
        self.config = where / "facteur.yaml"
        self.process = None
        cert, key = tls or machine.certificate(where)
        self.config.write_text("\n".join([
            "hostname: mail.bench.test",
            f"state: {self.state}",
            f"user: {getpass.getuser()}",
            "listen: [127.0.0.1]",
            # Like Postfix's mynetworks: no AUTH on either side.
            f"submission: {{ starttls: [{self.port}], plain: [{self.plain}], trusted: "
            f"[ {{ network: 127.0.0.0/8, account: {TENANT} }} ] }}",
            f"tls: [ {{ cert: {cert}, key: {key} }} ]",
            way or f"lab: {{ deliver_to: '127.0.0.1:{sink_port}', verified_domains: true }}",
            *more, ""]))
        self.command("accounts", "add", TENANT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.stop()

    def command(self, *args):
        p = subprocess.run([self.binary, "--config", str(self.config), *args, "--json"], capture_output=True,
                           stdin=subprocess.DEVNULL, text=True, timeout=120, check=False)
        if p.returncode:
            raise machine.Trouble(f"facteur {' '.join(args)}: exit {p.returncode}: {p.stdout}{p.stderr}".strip())
        return json.loads(p.stdout)

    def key(self, account, stream="transactional"):
        """"USER SECRET" for bench/load -K."""
        k = self.command("keys", "add", "--account", account, "--stream", stream)
        return f"{k['key']} {k['secret']}"

    def sign(self):
        self.command("domains", "add", "bench.test", "--account", TENANT)

    def start(self):
        log = open(self.where / "serve.log", "ab")
        with log:
            self.process = machine.Process([self.binary, "--config", self.config, "serve"], stdout=log, stderr=log)
        return self

    def wait_ready(self, seconds=60):
        machine.wait_for("the banner of facteur serve", seconds, lambda: (
            self.process.popen.poll() is not None or machine.answers(self.port)))
        if self.process.popen.poll() is not None:
            raise machine.Trouble("facteur serve ended:\n" + (self.where / "serve.log").read_text()[-2000:])
        return self

    def status(self):
        return self.command("status")

    def waiting(self):
        q = self.status()["queue"]
        return q["queued"] + q["active"] + q["held"]

    def settle(self, seconds=300):
        """Until the queue is empty and the ledger has caught up."""
        def settled():
            s = self.status()
            q = s["queue"]
            return not (q["queued"] + q["active"] + q["held"] + s["ledger_lag"])
        machine.wait_for("an empty queue and a ledger without lag", seconds, settled, 0.25)

    def wrong(self, accepted):
        """What its own counts say against what the load was told, or nothing."""
        s = self.status()
        c, q = s["conservation"], s["queue"]
        wrong = []
        if c["drift"]:
            wrong.append(f"drift {c['drift']}")
        if c["accepted"] - c["accepted_by_system"] != accepted:
            wrong.append(f"it counts {c['accepted'] - c['accepted_by_system']} accepted, the load {accepted}")
        if q["delivered"] != accepted:
            wrong.append(f"it counts {q['delivered']} delivered")
        return wrong

    def drain(self):
        """Nothing to do: it delivers when the remote answers."""

    def cpu_s(self, role=""):
        return self.process.cpu_s(role)
