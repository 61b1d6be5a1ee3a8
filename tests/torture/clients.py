"""Clients that each connect, send one message and end, over and over, while something is done to the service; and what the
remote got of it. Used where no client may notice: a restart, a renewed certificate."""
import base64
import email
import socket
import threading
import time

import service

CLIENTS = 8


class Clients:
    """Each connects, sends one message, ends, and begins again; what became of every one of them is counted."""

    def __init__(self, port, key, secret, starttls=None):
        """starttls: a context for who says STARTTLS first."""
        self.port, self.auth, self.starttls = port, (key, secret), starttls
        self.lock = threading.Lock()
        self.ok, self.told_later, self.refused, self.broken = set(), 0, [], []
        self.number, self.on = 0, True
        self.threads = [threading.Thread(target=self.work) for _ in range(CLIENTS)]
        for t in self.threads:
            t.start()

    def next(self):
        with self.lock:
            self.number += 1
            return self.number

    def work(self):
        while self.on:
            self.one(self.next())

    def one(self, n):
        try:
            s = socket.create_connection(("127.0.0.1", self.port), 60)
        except OSError as e:
            with self.lock:
                self.refused.append(repr(e))
            time.sleep(0.01)
            return
        try:
            verdict_of = self.talk(s, n)
        except OSError as e:
            verdict_of = repr(e)
        with self.lock:
            if verdict_of == "ok":
                self.ok.add(n)
            elif verdict_of == "421":
                self.told_later += 1
            else:
                self.broken.append(verdict_of)
        s.close()

    def talk(self, s, n):
        plain = base64.b64encode(f"\0{self.auth[0]}\0{self.auth[1]}".encode()).decode()
        s.settimeout(60)
        f = s.makefile("rb")
        secure = ["EHLO c.test", "STARTTLS"] if self.starttls else []
        lines = [None, *secure, "EHLO c.test", f"AUTH PLAIN {plain}", "MAIL FROM:<a@shop.test>", f"RCPT TO:<u{n}@b.test>", "DATA",
                 f"From: <a@shop.test>\r\nTo: <u{n}@b.test>\r\nSubject: {n}\r\n\r\n{n}\r\n.", "QUIT"]
        for line in lines:
            if line:
                s.sendall(line.encode() + b"\r\n")
            while True:
                got = f.readline()
                if not got:
                    return "ok" if line == "QUIT" else f"closed behind {line}"
                if got[3:4] != b"-":
                    break
            if line == "QUIT":
                return "ok"  # its message has its 250
            if got[:1] not in b"23":
                return "421" if got[:3] == b"421" else f"{line}: {got.decode().strip()}"
            if line == "STARTTLS":
                s = self.starttls.wrap_socket(s)
                f = s.makefile("rb")
        return None

    def end(self):
        self.on = False
        for t in self.threads:
            t.join(70)

    def judge(self, times, s, wrong):
        """After the end: whoever was refused, broken off or told to come again, and what was lost or came twice, is wrong.
        times: of arrived(). Figures."""
        lost = self.ok - set(times)
        twice = [n for n, t in times.items() if t > 1]
        for what, is_wrong in (("connections refused", self.refused), ("conversations broken off", self.broken),
                               ("messages lost", lost), ("messages twice", twice), ("of roles that crashed", s.crashes()),
                               ("clients told to come again", [""] * self.told_later)):
            if is_wrong:
                wrong.append(f"{len(is_wrong)} {what}: {service.some(is_wrong, 3)}")
        if len(self.ok) < 50:
            wrong.append(f"only {len(self.ok)} messages were sent")
        return {"sent": len(self.ok), "refused": len(self.refused), "lost": len(lost), "twice": len(twice),
                "told_later": self.told_later}


def arrived(folder):
    """How often each message came to the remote."""
    times = {}
    for file in folder.glob("[0-9]*.eml"):
        n = int(email.message_from_bytes(file.read_bytes())["Subject"])
        times[n] = times.get(n, 0) + 1
    return times
