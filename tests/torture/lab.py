"""What the programs about hostile remotes, name servers and clocks share: a service that finds its way by DNS, a name
server and remotes that do as they are told, and what the service said about each recipient. Everything on loopback."""
import argparse
import asyncio
import json
import logging
import os
import pathlib
import pwd
import shutil
import smtplib
import socket
import struct
import subprocess
import tempfile
import threading
import time

import service
from service import Trouble

TYPES = {1: "A", 5: "CNAME", 15: "MX", 16: "TXT", 28: "AAAA"}
NUMBERS = {name: number for number, name in TYPES.items()}


class Lab(service.Service):
    """A service without lab.deliver_to: its mail goes where lines (configuration) and DNS say."""

    def __init__(self, binary, folder, lines, env=None):
        super().__init__(binary, folder, pathlib.Path(folder) / "state", 1, env=env)
        self.lines = list(lines)
        self.write_config()

    def write_config(self):
        self.config.write_text("\n".join([
            "hostname: mail.lab.test",
            f"state: {self.state}",
            f"user: {pwd.getpwuid(os.getuid()).pw_name}",
            "listen: [127.0.0.1]",
            f"submission: {{ plain: [{self.port}] }}",
            "lab: { verified_domains: true }",
            "limits: { disk_reserve: 1MiB }",
            *self.lines, ""]))

    def state_now(self):
        """Status, also while a process is being started."""
        p = subprocess.run([*service.FIXED, self.binary, "--config", str(self.config), "status", "--json"], env=self.env,
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
        try:
            return json.loads(p.stdout)
        except ValueError:
            return {}

    def wait_ready(self, seconds=60):
        super().wait_ready(seconds)
        service.wait_for("every process ready", seconds, lambda: self.state_now().get("ready"))

    def new_key(self, account="torture", stream="transactional"):
        try:
            self.command("accounts", "add", account)
        except Trouble:
            pass  # it is there
        k = self.command("keys", "add", "--account", account, "--stream", stream)
        return k["key"], k["secret"]

    def session(self, key):
        s = smtplib.SMTP("127.0.0.1", self.port, timeout=60)
        s.login(*key)
        return s

    def facts(self):
        """What mail.log says: [{event, to, id, …}], in order."""
        out = []
        try:
            text = (self.state / "log" / "mail.log").read_bytes().decode("utf-8", "replace")
        except OSError:
            return out
        for line in text.split("\n"):
            if line:
                out.append(logfmt(line))
        return out

    def ends(self):
        """recipient -> [final events] and recipient -> number of deferrals."""
        final, waits = {}, {}
        for f in self.facts():
            if f.get("event") in FINAL:
                final.setdefault(f["to"], []).append(f["event"])
            elif f.get("event") == "deferred":
                waits[f["to"]] = waits.get(f["to"], 0) + 1
        return final, waits

    def operator_log(self):
        return (self.folder / "serve.log").read_text(errors="replace")

    def memory(self, role):
        """Highest resident set of all processes of a role that run now, MiB."""
        most = 0
        for name, _, pid, _ in self.roles():
            if name == role:
                for line in pathlib.Path(f"/proc/{pid}/status").read_text().split("\n"):
                    if line.startswith("VmHWM:"):
                        most = max(most, int(line.split()[1]) // 1024)
        return most


FINAL = ("delivered", "relayed", "bounced", "expired", "in_doubt", "quarantined", "cancelled")


def logfmt(line):
    """key=value key="value with \\"escapes\\"" → dict."""
    out, at, n = {}, 0, len(line)
    while at < n:
        eq = line.find("=", at)
        if eq < 0:
            break
        key, at = line[at:eq].strip(), eq + 1
        if at < n and line[at] == '"':
            at += 1
            text = []
            while at < n and line[at] != '"':
                if line[at] == "\\" and at + 1 < n:
                    text.append(line[at])
                    at += 1
                text.append(line[at])
                at += 1
            out[key], at = "".join(text), at + 2
        else:
            end = line.find(" ", at)
            end = n if end < 0 else end
            out[key], at = line[at:end], end + 1
    return out


# ---- names

def name_bytes(name):
    return b"".join(bytes([len(l)]) + l.encode() for l in name.rstrip(".").split(".") if l) + b"\0"


def rr(name, kind, data, ttl=30):
    """One record; name may be bytes already (a pointer)."""
    owner = name if isinstance(name, bytes) else name_bytes(name)
    return owner + struct.pack(">HHIH", NUMBERS[kind], 1, ttl, len(data)) + data


def mx_data(preference, host):
    return struct.pack(">H", preference) + name_bytes(host)


def reply(query, records, code=0, flags=0, count=None):
    """A whole answer to query (bytes) with these records."""
    at = 12
    while query[at]:
        at += 1 + query[at]
    return query[:2] + struct.pack(">HHHHH", 0x8180 | flags | code, 1, len(records) if count is None else count, 0, 0) + \
        query[12:at + 5] + b"".join(records)


class Names:
    """A name server: answer(name, type word, query, over tcp) → bytes, [(delay, bytes), …] or None for silence."""

    def __init__(self, loop, answer):
        self.answer, self.asked = answer, 0
        self.port = None
        asyncio.run_coroutine_threadsafe(self.open(), loop).result(10)

    def question(self, query, tcp):
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
            at += 1 + query[at]
        kind = struct.unpack(">H", query[at + 1:at + 3])[0]
        self.asked += 1
        return self.answer(".".join(labels).lower(), TYPES.get(kind, str(kind)), query, tcp)

    async def open(self):
        names = self

        class Udp(asyncio.DatagramProtocol):
            def connection_made(self, transport):
                self.transport = transport

            def datagram_received(self, data, addr):
                try:
                    got = names.question(data, False)
                except (IndexError, struct.error):
                    return
                for delay, packet in ([(0, got)] if isinstance(got, bytes) else got or []):
                    asyncio.get_running_loop().call_later(delay, self.transport.sendto, packet, addr)

        async def tcp(reader, writer):
            try:
                while True:
                    size = struct.unpack(">H", await reader.readexactly(2))[0]
                    got = names.question(await reader.readexactly(size), True)
                    for delay, packet in ([(0, got)] if isinstance(got, bytes) else got or []):
                        await asyncio.sleep(delay)
                        writer.write(struct.pack(">H", len(packet)) + packet)
                        await writer.drain()
            except (OSError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        loop = asyncio.get_running_loop()
        for _ in range(20):
            server = await asyncio.start_server(tcp, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            try:
                await loop.create_datagram_endpoint(Udp, local_addr=("127.0.0.1", self.port))
                return
            except OSError:
                server.close()
        raise Trouble("no port for the name server")


def background_loop():
    """An event loop on a thread of its own, for as long as the program runs."""
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # broken connections are the subject
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return loop


def everywhere(port=0):
    """A listening socket on all of 127.0.0.0/8, and on nothing else."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
    s.bind(("0.0.0.0", port))
    s.listen(4096)
    s.setblocking(False)
    return s


# ---- verdicts

class Table:
    """Rows of figures, what was wrong, and the last line."""

    def __init__(self, name):
        self.name, self.rows, self.wrong, self.figures = name, [], [], {}

    def row(self, what, figure, bad=None):
        """bad: a sentence when this row makes the run red."""
        self.rows.append((what, figure, bool(bad)))
        self.figures[what] = figure
        if bad:
            self.wrong.append(bad)
        print(f"{'RED ' if bad else '    '}{what:58} {figure}", flush=True)

    def end(self, summary, json_file=None):
        """Exit code."""
        word = "RED" if self.wrong else "green"
        print(f"{self.name}: {word}: " + ("; ".join(self.wrong) if self.wrong else summary))
        if json_file:
            pathlib.Path(json_file).write_text(json.dumps(
                {"name": self.name, "verdict": word.lower(), "wrong": self.wrong, "figures": self.figures}, indent=1) + "\n")
        return 1 if self.wrong else 0


def arguments(doc, faults=False):
    ap = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--full", action="store_true", help="the whole programme, not its small form")
    ap.add_argument("--json", metavar="FILE", help="write the figures there too")
    ap.add_argument("--binary", default=os.environ.get(
        "FACTEUR", str(service.build / ("asan" if faults else "release") / "facteur")))
    ap.add_argument("--keep", action="store_true", help="keep the logs of a green run too")
    return ap


def run(name, args, fn):
    """fn(table, folder) fills the table; whatever it raises makes it red. Exit code."""
    table = Table(name)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}."))
    began = time.monotonic()
    summary = ""
    try:
        summary = fn(table, folder) or ""
    except (Trouble, OSError, smtplib.SMTPException) as e:
        table.wrong.append(f"{type(e).__name__}: {e}")
    code = table.end(f"{summary} ({time.monotonic() - began:.0f} s)", args.json)
    if code or args.keep:
        print(f"logs {folder}")
        for log in folder.glob("**/serve.log") if code else ():
            print("--- the service's log\n" + log.read_text(errors="replace")[-3000:])
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return code
