"""What the hostile programs share: a service of their own, a client without manners, a remote that keeps every byte."""
import argparse
import base64
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
sys.path.insert(0, str(here.parent / "torture"))
import service
from service import Trouble, free_ports, wait_for

WAIT = 60  # seconds for what should take one: the machine may be busy, the build checked
# P11: none of these may enter a message or leave the service.
BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n|\x00")
REPLY = re.compile(rb"([2-5][0-9][0-9])([ -])([\x20-\x7e]*)\r\n")


class Skip(Exception):
    """The machine lacks what the program needs; the reason is told."""


def certificate(folder, *more):
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", *(more or ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")),
                    "-nodes", "-days", "30", "-subj", "/CN=mail.lab.test", "-addext",
                    "subjectAltName=DNS:mail.lab.test,DNS:localhost,IP:127.0.0.1",
                    "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return cert, key


class Lab(service.Service):
    """A service with a plain, a STARTTLS and a TLS port, one account and one key; all it sends goes to `remote`."""

    def __init__(self, binary, folder, remote_port, more=(), listen=("127.0.0.1",), user=None, tls="none",
                 verified=True, plain=True):
        folder = pathlib.Path(folder)
        super().__init__(binary, folder, folder / "state", remote_port)
        self.starttls, self.tls = free_ports(2)
        cert, key = certificate(folder)
        # A route and no deliver_to when the way to the remote is to use TLS.
        lab = "" if tls != "none" else f"deliver_to: 127.0.0.1:{remote_port}, "
        self.config.write_text("\n".join([
            "hostname: mail.lab.test",
            f"state: {self.state}",
            f"user: {user}" if user else [l for l in self.config.read_text().split("\n") if l.startswith("user:")][0],
            f"listen: [{', '.join(json.dumps(a) for a in listen)}]",
            f"submission: {{ plain: [{self.port if plain else ''}], starttls: [{self.starttls}], tls: [{self.tls}] }}",
            f"tls: [ {{ cert: {cert}, key: {key} }} ]",
            f"lab: {{ {lab}verified_domains: {'true' if verified else 'false'} }}",
            *([f"outbound: {{ retry: [1s, 1s, 2s], sites: [ {{ domain: '*', messages: 1 }} ], "
               f"routes: [ {{ domain: '*', url: 'smtp://127.0.0.1:{remote_port}?tls={tls}' }} ] }}"] if tls != "none" else []),
            *more, ""]))
        self.who = None
        self.first = {}

    def begin(self):
        self.who = self.key()
        self.start()
        self.wait_ready(WAIT)
        wait_for("all roles", WAIT, lambda: len(self.roles()) >= 6 and all(r[3] for r in self.roles()))
        self.first = {(r[0], r[1]): r[2] for r in self.roles()}
        return self.who

    def pid(self, role):
        return next(r[2] for r in self.roles() if r[0] == role)

    def died(self):
        """Roles that are not the process they were at the start."""
        now = {(r[0], r[1]): r[2] for r in self.roles()}
        return [f"{k[0]} {k[1]}" for k, pid in self.first.items() if now.get(k) != pid]

    def logs(self):
        """(name, bytes) of each log."""
        for p in [self.folder / "serve.log", *sorted((self.state / "log").glob("*"))]:
            if p.is_file():
                yield p.name, p.read_bytes()

    def facteur(self, *args, stdin=None, seconds=WAIT):
        p = subprocess.run([*service.FIXED, self.binary, "--config", str(self.config), *map(str, args)], env=self.env,
                           input=stdin if stdin is not None else b"", capture_output=True, timeout=seconds, check=False)
        return p.returncode, p.stdout, p.stderr


class Gone(Exception):
    """The server closed, or said what is no SMTP reply."""


class Client:
    """Sends any bytes; reads whole replies and insists that they are replies."""

    def __init__(self, port, host="127.0.0.1", source=None, seconds=WAIT):
        self.sock = socket.create_connection((host, port), seconds, source_address=(source, 0) if source else None)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.have = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def send(self, data):
        """False when the server has gone meanwhile."""
        try:
            self.sock.sendall(data)
            return True
        except OSError:
            return False

    def drip(self, data):
        """One byte a packet."""
        return all(self.send(data[i:i + 1]) for i in range(len(data)))

    def fill(self):
        try:
            more = self.sock.recv(65536)
        except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
            more = b""
        if not more:
            raise Gone(self.have[:200].decode(errors="replace"))
        self.have += more

    def reply(self):
        """(code, text) of the next whole reply."""
        lines = []
        while True:
            while b"\n" not in self.have:
                self.fill()
            line, _, self.have = self.have.partition(b"\n")
            m = REPLY.fullmatch(line + b"\n")
            if not m or (lines and lines[0][0] != m[1]):
                raise Trouble(f"not an SMTP reply: {(line + bytes([10]))[:200]!r}")
            lines.append((m[1], m[3]))
            if m[2] == b" ":
                return int(m[1]), b"\n".join(t for _, t in lines).decode()

    def rest(self):
        """All replies until the server closes."""
        got = []
        try:
            while True:
                got.append(self.reply())
        except Gone:
            return got

    def raw_rest(self):
        """All bytes until the server closes."""
        try:
            while True:
                self.fill()
        except (Gone, TimeoutError):
            return self.have

    def silent(self, seconds):
        """Does nothing come for so long? (A look, not a proof.)"""
        self.sock.settimeout(seconds)
        try:
            self.fill()
            return False
        except TimeoutError:
            return True
        except Gone:
            return False
        finally:
            self.sock.settimeout(WAIT)

    def cmd(self, line):
        self.send(line + b"\r\n")
        return self.reply()

    def want(self, code, line):
        got = self.cmd(line)
        if got[0] != code:
            raise Trouble(f"{line[:80]!r}: {got} instead of {code}")
        return got

    def start_tls(self):
        self.want(220, b"STARTTLS")
        self.handshake()

    def handshake(self):
        if self.have:
            raise Trouble(f"plain text behind the 220: {self.have[:200]!r}")
        self.sock = tls_context().wrap_socket(self.sock, server_hostname="mail.lab.test")

    def enter(self, who, name=b"client.test"):
        self.reply()
        self.want(250, b"EHLO " + name)
        self.want(235, auth_plain(*who))
        return self


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


def tls_context():
    c = ssl.create_default_context()
    c.check_hostname = False
    c.verify_mode = ssl.CERT_NONE
    return c


def auth_plain(user, secret):
    return b"AUTH PLAIN " + base64.b64encode(b"\0" + user.encode() + b"\0" + secret.encode())


def message(subject=b"hello", body=b"text\r\n", sender=b"a@good.test"):
    return b"From: <" + sender + b">\r\nTo: <b@there.test>\r\nSubject: " + subject + b"\r\n\r\n" + body


class Remote:
    """A receiving server in threads. Keeps every byte it gets, in order, and every message:
    `hook(remote, what, line)` may give other reply bytes than the usual ones (None: the usual ones;
    False: cut the line)."""

    def __init__(self, ehlo=("8BITMIME", "PIPELINING", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES"), cert=None, hook=None):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.ehlo, self.cert, self.hook = ehlo, cert, hook
        self.raw = []        # bytearray per connection, after TLS decoded
        self.messages = []   # (mail line, [rcpt lines], raw data, was it inside TLS)
        self.commands = []   # every command line
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.guarded, args=(sock,), daemon=True).start()

    def guarded(self, sock):
        try:
            self.serve(sock)
        except (OSError, EOFError):
            pass
        finally:
            sock.close()

    def serve(self, sock):
        raw = bytearray()
        self.raw.append(raw)
        have = b""
        secure = False

        def take(end):
            nonlocal have
            while end not in have:
                more = sock.recv(65536)
                if not more:
                    raise EOFError
                raw.extend(more)
                have += more
            part, _, have = have.partition(end)
            return part + end

        def say(what, line, usual):
            got = self.hook(self, what, line) if self.hook else None
            if got is False:
                raise EOFError
            sock.sendall(usual if got is None else got)
            return (usual if got is None else got)[:1] in (b"2", b"3")

        say("banner", b"", b"220 remote.test ESMTP\r\n")
        mail, rcpts = None, []
        while True:
            line = take(b"\r\n")[:-2]
            self.commands.append(line)
            verb = line.split(b" ")[0].split(b":")[0].upper()
            if verb == b"EHLO":
                names = [*self.ehlo, *(["STARTTLS"] if self.cert and not secure else [])]
                all_lines = [b"remote.test", *(n.encode() for n in names)]
                say("ehlo", line, b"".join(b"250%c%s\r\n" % (b"- "[i == len(all_lines) - 1], l)
                                            for i, l in enumerate(all_lines)))
            elif verb == b"STARTTLS" and self.cert and not secure:
                if say("starttls", line, b"220 2.0.0 go\r\n"):
                    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    c.load_cert_chain(*self.cert)
                    sock = c.wrap_socket(sock, server_side=True)
                    have, secure = b"", True
            elif verb == b"MAIL":
                if say("mail", line, b"250 2.1.0 ok\r\n"):
                    mail, rcpts = line, []
            elif verb == b"RCPT":
                if say("rcpt", line, b"250 2.1.5 ok\r\n"):
                    rcpts.append(line)
            elif verb == b"DATA":
                if not rcpts:
                    say("data", line, b"554 5.5.1 no recipients\r\n")
                elif say("data", line, b"354 go\r\n"):
                    have = b"\r\n" + have  # so that an empty message ends too
                    data = take(b"\r\n.\r\n")[2:-3]
                    with self.lock:
                        self.messages.append((mail, rcpts, data, secure))
                    say("dot", b".", b"250 2.0.0 taken\r\n")
                mail, rcpts = None, []
            elif verb == b"QUIT":
                say("quit", line, b"221 2.0.0 bye\r\n")
                return
            else:
                say("other", line, b"250 2.0.0 ok\r\n")

    def bare(self):
        """Does a bare CR, LF or NUL stand in anything that came? The place of the first."""
        for n, raw in enumerate(list(self.raw)):
            # The last byte may be the CR of a pair that was cut.
            m = BARE.search(bytes(raw).rstrip(b"\r"))
            if m:
                return f"connection {n}, byte {m.start()}: {bytes(raw)[max(0, m.start() - 20):m.start() + 20]!r}"
        return None

    def wait(self, n, seconds=WAIT):
        wait_for(f"{n} messages at the remote (there are {len(self.messages)})", seconds,
                 lambda: len(self.messages) >= n)

    def close(self):
        self.listener.close()


def cpu_seconds(lab):
    """User and system time of all roles so far."""
    total = 0
    for _, _, pid, _ in lab.roles():
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
        f = stat[stat.rindex(")") + 2:].split()
        total += int(f[11]) + int(f[12])
    return total / os.sysconf("SC_CLK_TCK")


def pss_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().split("\n"):
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def control_bytes(text):
    """The first byte that a log line may not hold (LF ends it)."""
    m = re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", text)
    return m and text[max(0, m.start() - 60):m.start() + 20]


class Report:
    """Rows, figures, the last line, the exit code."""

    def __init__(self, name):
        self.name, self.rows, self.figures, self.red = name, [], {}, 0

    def row(self, what, ok, detail=""):
        self.rows.append((what, ok, str(detail)))
        if not ok:
            self.red += 1

    def figure(self, name, value, unit=""):
        self.figures[name] = value
        self.rows.append((name.replace("_", " "), None, f"{value} {unit}".strip()))

    def end(self, args):
        width = max([len(w) for w, _, _ in self.rows] or [1])
        for what, ok, detail in self.rows:
            print(f"  {what:<{width}}  {'' if ok is None else 'ok' if ok else 'RED'}  {detail}".rstrip())
        checked = sum(ok is not None for _, ok, _ in self.rows)
        good = checked > 0 and self.red == 0
        if args.json:
            pathlib.Path(args.json).write_text(json.dumps({
                "name": self.name, "green": good, "full": args.full, "checks": checked, "red": self.red,
                "figures": self.figures, "rows": [{"what": w, "ok": o, "detail": d} for w, o, d in self.rows]},
                indent=1) + "\n")
        last = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in self.figures.items())
        print(f"{self.name}: {'green' if good else 'RED'}: {checked - self.red} of {checked} checks hold"
              f"{'; ' + last if last else ''}", flush=True)
        return 0 if good else 1


def options(doc, extra=None):
    p = argparse.ArgumentParser(description=doc.split("\n")[0])
    p.add_argument("--full", action="store_true", help="all cases instead of a sample")
    p.add_argument("--json", metavar="FILE", help="write rows and figures there")
    p.add_argument("--binary", default=os.environ.get("FACTEUR", str(service.build / "release" / "facteur")))
    p.add_argument("--keep", action="store_true", help="keep the folder of the run")
    if extra:
        extra(p)
    args = p.parse_args()
    if not os.access(args.binary, os.X_OK):
        p.error(f"no {args.binary}")
    return args


def main(name, doc, run, extra=None):
    """run(args, folder, report) does the work; red on any surprise."""
    args = options(doc, extra)
    report = Report(name)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}.", dir=os.environ.get("TMPDIR", "/tmp")))
    begin = time.monotonic()
    try:
        run(args, folder, report)
    except Skip as e:
        shutil.rmtree(folder, ignore_errors=True)
        print(f"{name}: skipped: {e}")
        sys.exit(77)
    except (Trouble, Gone, OSError, subprocess.SubprocessError) as e:
        report.row(f"{type(e).__name__}", False, e)
    report.figure("seconds", round(time.monotonic() - begin, 1))
    code = report.end(args)
    if code or args.keep:
        print(f"kept: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


def finish(lab, report):
    """What must hold after any attack: the same processes, no drift, an orderly end, clean logs."""
    died = lab.died()
    report.row("no role died", not died, ", ".join(died))
    try:
        drift = lab.status()["conservation"]["drift"]
        report.row("nothing drifts (P2)", drift == 0, drift)
        code = lab.stop(WAIT)
        report.row("ends in order", code == 0, f"exit code {code}")
    finally:
        lab.kill_all()
    for name, text in lab.logs():
        bad = control_bytes(text)
        report.row(f"{name}: no control byte", bad is None, bad or "")
