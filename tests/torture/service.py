"""What kill and power share: a service of their own, the two witnesses, and their logs."""
import json
import os
import pathlib
import pwd
import random
import re
import signal
import socket
import subprocess
import sys
import time

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
build = pathlib.Path(os.environ.get("BUILD_ROOT", root / "build")).resolve()
# Wide address randomisation stops the sanitizers of gcc 12 and clang 14 before main().
FIXED = ["setarch", "-R"] if subprocess.run(
    ["setarch", "-R", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0 else []


class Trouble(Exception):
    """The service does not do what the run needs: told as it is."""


def free_ports(n):
    """Below what the kernel gives to outgoing connections: those would take a port while its service is dead."""
    top = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    held = []
    while len(held) < n:
        s = socket.socket()
        try:
            s.bind(("127.0.0.1", random.randrange(10000, top) if top > 20000 else 0))
            held.append(s)
        except OSError:
            s.close()
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def wait_for(what, seconds, fn):
    end = time.monotonic() + seconds
    while True:
        got = fn()
        if got:
            return got
        if time.monotonic() > end:
            raise Trouble(f"waited {seconds} s in vain: {what}")
        time.sleep(0.005)


def alive(pid):
    """Running, and not merely waiting to be reaped."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat[stat.rindex(")") + 2] not in "ZX"


class Service:
    """facteur serve with a state folder of its own; delivers everything to remote_port."""

    def __init__(self, binary, folder, state, remote_port, more=(), env=None):
        self.binary, self.folder, self.state = binary, pathlib.Path(folder), pathlib.Path(state)
        self.port, self.http_port = free_ports(2)
        self.config = self.folder / "lab.yaml"
        self.env = dict(os.environ, **(env or {}))
        self.proc = None
        self.starts = 0
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text("\n".join([
            "hostname: mail.lab.test",
            f"state: {self.state}",
            f"user: {pwd.getpwuid(os.getuid()).pw_name}",
            "listen: [127.0.0.1]",
            f"submission: {{ plain: [{self.port}] }}",
            f"http: {{ plain: [{self.http_port}] }}",
            f"lab: {{ deliver_to: 127.0.0.1:{remote_port}, verified_domains: true }}",
            *more, ""]))

    def command(self, *args):
        p = subprocess.run([*FIXED, self.binary, "--config", str(self.config), *args, "--json"], env=self.env,
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
        if p.returncode:
            raise Trouble(f"facteur {' '.join(args)}: exit {p.returncode}: {p.stdout}{p.stderr}".strip())
        return json.loads(p.stdout)

    def key(self):
        self.command("accounts", "add", "torture")
        k = self.command("keys", "add", "--account", "torture")
        return k["key"], k["secret"]

    def start(self):
        self.starts += 1
        with open(self.folder / "serve.log", "ab") as log:
            # A group of its own: a Ctrl-C must not reach it before the harness has looked.
            self.proc = subprocess.Popen([*FIXED, self.binary, "--config", str(self.config), "serve"],
                                         env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                         start_new_session=True)

    def answers(self):
        if self.proc.poll() is not None:
            tail = (self.folder / "serve.log").read_text(errors="replace")[-2000:]
            raise Trouble(f"facteur serve ended with {self.proc.returncode}:\n{tail}")
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as s:
                s.settimeout(2)
                return s.recv(100).startswith(b"220")
        except OSError:
            return False

    def wait_ready(self, seconds=30):
        wait_for("the banner of the service", seconds, self.answers)

    def roles(self):
        """[(role, number, pid, ready)] of those that run now, keeper first."""
        try:
            j = json.loads((self.state / "run" / "roles.json").read_text())
        except (OSError, ValueError):
            return []
        if j["keeper"]["pid"] != self.proc.pid or not alive(self.proc.pid):
            return []
        return [("keeper", 0, self.proc.pid, True)] + [
            (r["role"], r["number"], r["pid"], r["ready"]) for r in j["roles"] if r["pid"] and alive(r["pid"])]

    def status(self):
        return self.command("status")

    def wait_empty(self, seconds):
        def empty():
            try:
                q = self.status()["queue"]
            except (Trouble, KeyError):
                return False
            return not (q["queued"] or q["active"] or q["held"])
        end = time.monotonic() + seconds
        while not empty():
            if time.monotonic() > end:
                return False
            time.sleep(0.2)
        return True

    def kill_all(self):
        if not self.proc:
            return
        children = [r[2] for r in self.roles()]
        if self.proc.poll() is None:
            self.proc.kill()
        self.proc.wait()
        wait_for("the roles die with their keeper", 10, lambda: not any(alive(p) for p in children))

    def crashes(self):
        """Lines of the log about roles that ended by a defect of theirs; the keeper starts another one and all goes on."""
        return re.findall(r"event=role-died .*signal=(?:4|6|7|8|11)$",
                          (self.folder / "serve.log").read_text(errors="replace"), re.M)

    def stop(self, seconds=30):
        """Exit code after SIGTERM."""
        self.proc.send_signal(signal.SIGTERM)
        try:
            return self.proc.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill_all()
            return None


class Log:
    """A growing log of a witness, read as it grows: lines as [what, mono, size, words…]."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.path.touch()
        self.file = open(self.path, encoding="ascii", errors="replace")
        self.rest = ""

    def lines(self):
        text = self.rest + self.file.read()
        whole, _, self.rest = text.rpartition("\n")
        for line in whole.split("\n") if whole else ():
            what, mono, size, *words = line.split(" ")
            yield what, int(mono), int(size), words


class Submitted:
    """What load and calls say: id -> [fate, recipients, mono, size]. Their ids differ."""

    def __init__(self, *paths):
        self.logs = [Log(p) for p in paths]
        self.message = {}
        self.count = {"sent": 0, "again": 0, "ok": 0, "no": 0, "gone": 0, "lost": 0}
        self.oks = []  # mono
        self.last = [0] * len(paths)  # mono of the last ok of each witness
        self.why = {}
        self.under_way = self.accepted_rcpts = 0

    def read(self):
        for at, (what, mono, size, words) in ((i, line) for i, log in enumerate(self.logs) for line in log.lines()):
            number = int(words[0])
            self.count[what] += 1
            if what == "again":
                continue
            m = self.message.setdefault(number, ["gone", [], 0, 0])
            self.under_way += (what == "sent") - (m[0] == "sent")
            m[0], m[2], m[3] = what, mono, size
            if what == "sent":
                m[1] = words[1:]
            elif what == "ok":
                self.oks.append(mono)
                self.last[at] = mono
                self.accepted_rcpts += len(m[1])
            elif what == "no":
                text = " ".join(words[1:])[:100]
                self.why[text] = self.why.get(text, 0) + 1
        if len(self.logs) > 1:
            self.oks.sort()
        return self

    def unanswered(self):
        """Given to the kernel, and nothing was heard since. A message refused at MAIL was never sent."""
        return self.under_way

    def accepted(self, until=None):
        """(id, recipient) that were given a 250, no later than size `until` of the write log."""
        return {(n, r) for n, (fate, rcpts, _, size) in self.message.items()
                if fate == "ok" and (until is None or size <= until) for r in rcpts}

    def possible(self):
        """(id, recipient) that may be delivered at all."""
        return {(n, r) for n, (fate, rcpts, _, _) in self.message.items()
                if fate in ("ok", "lost", "sent") for r in rcpts}


class Delivered:
    """What remote says: (id, recipient) -> [(mono, size)] of each time it was read."""

    def __init__(self, path):
        self.log = Log(path)
        self.reads = {}
        self.bad = []
        self.deferred = 0

    def read(self):
        for what, mono, size, words in self.log.lines():
            if what == "defer":
                self.deferred += 1
                continue
            if what == "bad":
                self.bad.append(words[0])
            for r in words[1:]:
                self.reads.setdefault((int(words[0]), r), []).append((mono, size))
        return self


def witness(name, *args):
    return subprocess.Popen([str(build / "torture" / name), *map(str, args)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL)


def end_witness(p, seconds=10):
    if p and p.poll() is None:
        p.terminate()
        try:
            p.wait(seconds)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()


def build_witnesses():
    subprocess.run([str(here / "build")], check=True)


CONTROLS = ("early250", "nofsync", "nodirsync")


def fault_binary():
    """The build that can be told to fail, and to break one of CONTROLS (src/io/file_fault.h)."""
    p = subprocess.run([str(root / "tools" / "build"), "control", "facteur"], capture_output=True, text=True,
                       check=False)
    if p.returncode:
        raise Trouble(f"the build control fails:\n{p.stdout[-2000:]}{p.stderr[-2000:]}")
    return str(build / "control" / "facteur")


def control_env(control):
    """What makes fault_binary() break that promise; nothing without one."""
    return {"FACTEUR_FAULT_CONTROL": control} if control else {}


def some(items, n=10):
    shown = sorted(items)[:n]
    return ", ".join(map(str, shown)) + (f" and {len(items) - n} more" if len(items) > n else "")


def seed_of(args):
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    return random.Random(seed)


sys.dont_write_bytecode = True
