"""name_server.py PORT ZONE: a name server for tests, over UDP and TCP on 127.0.0.1. Lines of ZONE:
    NAME A ADDRESS | NAME AAAA ADDRESS | NAME MX PREFERENCE HOST | NAME CNAME HOST | NAME TXT TEXT
    NAME PTR HOST | NAME SOA
    NAME SERVFAIL | NAME SILENT | NAME TC   (TC: the answer over UDP is cut, the one over TCP whole)
    NAME AD   (who asks for it is told that DNSSEC proved the answer)
A name that is not there does not exist; one that has other types has no answer. The file is read for each query.
It says "ready" when it has its port, or ends."""
import socket
import socketserver
import struct
import sys
import threading

TYPES = {"A": 1, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}


def name_bytes(name):
    labels = [l.encode() for l in name.rstrip(".").split(".") if l]
    return b"".join(bytes([len(l)]) + l for l in labels) + b"\0"


def data_of(kind, words):
    if kind == "A":
        return socket.inet_pton(socket.AF_INET, words[0])
    if kind == "AAAA":
        return socket.inet_pton(socket.AF_INET6, words[0])
    if kind == "MX":
        return struct.pack(">H", int(words[0])) + name_bytes(words[1])
    if kind == "SOA":
        return b"\0\0" + struct.pack(">IIIII", 1, 2, 3, 4, 5)
    if kind in ("CNAME", "PTR"):
        return name_bytes(words[0])
    text = " ".join(words).encode()
    return b"".join(bytes([len(text[i:i + 255])]) + text[i:i + 255] for i in range(0, len(text), 255))


def zone():
    z = {}
    with open(sys.argv[2], encoding="utf-8") as f:
        for line in f:
            words = line.split()
            if words:
                z.setdefault(words[0].lower().rstrip("."), []).append(words[1:])
    return z


def answer(query, udp):
    """The reply, or None for none."""
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
        at += 1 + query[at]
    kind = struct.unpack(">H", query[at + 1:at + 3])[0]
    question = query[12:at + 5]
    z, name = zone(), ".".join(labels).lower()
    rows, out, code, flags = z.get(name), [], 0, 0x8180
    if rows is None:
        # A name with names below it exists.
        code = 0 if any(n.endswith("." + name) for n in z) else 3
        rows = []
    words = [r[0] for r in rows]
    if "SILENT" in words:
        return None
    if "AD" in words and query[3] & 0x20:
        flags |= 0x20
    if "SERVFAIL" in words:
        code, rows = 2, []
    if "TC" in words and udp:
        return query[:2] + struct.pack(">HHHHH", flags | 0x200, 1, 0, 0, 0) + question
    for _ in range(20):
        found = [r for r in rows if TYPES.get(r[0]) in (kind, 5)]
        out += [(name, r) for r in found]
        follow = [r[1] for r in found if r[0] == "CNAME" and kind != 5]
        if not follow:
            break
        name = follow[0].lower().rstrip(".")
        rows = z.get(name, [])
    body = b"".join(name_bytes(n) + struct.pack(">HHIH", TYPES[r[0]], 1, 30, len(data_of(r[0], r[1:]))) +
                    data_of(r[0], r[1:]) for n, r in out)
    return query[:2] + struct.pack(">HHHHH", flags | code, 1, len(out), 0, 0) + question + body


class Udp(socketserver.BaseRequestHandler):
    def handle(self):
        reply = answer(self.request[0], True)
        if reply:
            self.request[1].sendto(reply, self.client_address)


class Tcp(socketserver.StreamRequestHandler):
    def handle(self):
        while True:
            head = self.rfile.read(2)
            if len(head) < 2:
                return
            reply = answer(self.rfile.read(struct.unpack(">H", head)[0]), False)
            if reply:
                self.wfile.write(struct.pack(">H", len(reply)) + reply)
                self.wfile.flush()


class TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


where = ("127.0.0.1", int(sys.argv[1]))
tcp, udp = TcpServer(where, Tcp), socketserver.UDPServer(where, Udp)
threading.Thread(target=tcp.serve_forever, daemon=True).start()
print("ready", flush=True)
udp.serve_forever()
