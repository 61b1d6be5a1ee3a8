"""Signs messages with DIR/sign and asks dkimpy and opendkim about them; see dkim.test."""
import ctypes
import os
import re
import subprocess
import sys

import dkim

DIR = sys.argv[1]
HEAD = b"From: a@example.org\r\nTo: b@example.net\r\nSubject: x\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n"
MESSAGES = {
    "plain": HEAD + b"\r\nHello\r\n",
    "folded": b"From:  A\t B\r\n <a@example.org>  \r\nSubject: \tone\r\n\ttwo \r\n   three\r\nTo:b@c\r\n\r\nx\r\n",
    "duplicates": HEAD + b"To: c@example.net\r\nTO: d@example.net\r\nReceived: a\r\nReceived: b\r\n\r\nx\r\n",
    "many": HEAD + b"".join(b"To: u%d@example.net\r\n" % i for i in range(60)) + b"\r\nx\r\n",
    "8bit": HEAD + "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\ncafé  crème\t \r\n".encode(),
    "trailing lines": HEAD + b"\r\nx  y \r\n\r\n\t\r\n\r\n",
    "leading lines": HEAD + b"\r\n\r\n \r\nx\r\n",
    "no final CRLF": HEAD + b"\r\nlast line",
    "empty body": HEAD + b"\r\n",
    "empty lines only": HEAD + b"\r\n\r\n\r\n",
    "list": HEAD + b"List-Unsubscribe: <https://example.org/u>,\r\n <mailto:u@example.org>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nMessage-ID: <1@example.org>\r\nReply-To: r@example.org\r\n\r\nx\r\n",
    "empty fields": b"From: a@example.org\r\nSubject:\r\nTo: \r\n\r\nx\r\n",
    "large": HEAD + b"\r\n" + b"some words  and\tmore \r\n" * 20000,
}
failures = 0


def sign(message, *keys):
    args = [os.path.join(DIR, "sign")]
    for algo in keys:
        args += [algo, os.path.join(DIR, algo), "s" + algo]
    return subprocess.run(args, input=message, stdout=subprocess.PIPE, check=True).stdout


def dns(name, timeout=5):
    del timeout
    name = name.decode() if isinstance(name, bytes) else name
    algo = re.match(r"s(\w+)\._domainkey\.example\.org", name).group(1)
    return open(os.path.join(DIR, algo + ".txt"), "rb").read()


def verify(message, index=0):
    try:
        return dkim.DKIM(message).verify(idx=index, dnsfunc=dns)
    except dkim.DKIMException:
        return False


def check(what, good):
    global failures
    if not good:
        failures += 1
        print("FAILED:", what)


class Opendkim:
    """libopendkim reading keys from a file (dkim.h: QUERYMETHOD 6, QUERYINFO 7, QUERY_FILE 1)."""

    def __init__(self):
        self.so = so = ctypes.CDLL("libopendkim.so.11")
        for f in ("dkim_init", "dkim_verify"):
            getattr(so, f).restype = ctypes.c_void_p
        self.lib = ctypes.c_void_p(so.dkim_init(None, None))
        self.file = ctypes.create_string_buffer(os.path.join(DIR, "keys").encode(), 1024)
        method = ctypes.c_int(1)
        assert so.dkim_options(self.lib, 1, 6, ctypes.byref(method), ctypes.sizeof(method)) == 0
        # As one array: the library copies as many bytes as it has room for.
        assert so.dkim_options(self.lib, 1, 7, self.file, ctypes.c_size_t(1024)) == 0

    def verify(self, message):
        with open(os.path.join(DIR, "keys"), "wb") as f:
            f.write(b"srsa._domainkey.example.org " + dns("srsa._domainkey.example.org") + b"\n")
        stat = ctypes.c_int(-1)
        d = ctypes.c_void_p(self.so.dkim_verify(self.lib, b"id", None, ctypes.byref(stat)))
        for step in (lambda: self.so.dkim_chunk(d, message, ctypes.c_size_t(len(message))),
                     lambda: self.so.dkim_chunk(d, None, ctypes.c_size_t(0)),
                     lambda: self.so.dkim_eom(d, None)):
            got = step()
            if got != 0:
                break
        self.so.dkim_free(d)
        return got == 0


opendkim = Opendkim()

for name, message in MESSAGES.items():
    for algos in (("rsa",), ("ed",), ("rsa", "ed")):
        signed = sign(message, *algos)
        for i in range(len(algos)):
            check(f"{name} {algos} {i}", verify(signed, i))
        check(name + " lines", all(len(l) <= 76 for l in signed[:len(signed) - len(message)].split(b"\r\n")))
    signed = sign(message, "rsa")
    # libopendkim adds no CRLF to a last line without one (RFC 6376 3.4.4 does); SMTP always has it.
    check(name + " opendkim", opendkim.verify(signed) or name == "no final CRLF")
    check(name + " opendkim changed", not opendkim.verify(signed.replace(b"Subject:", b"Subject: z", 1)))
    # Over-signing: a second From, Subject or To added in front or behind breaks it.
    for field in (b"From", b"Subject", b"To", b"List-Unsubscribe", b"Content-Type", b"Reply-To"):
        extra = field + b": evil@example.com\r\n"
        check(f"{name} added {field}", not verify(extra + signed))
        check(f"{name} added {field} below", not verify(signed.replace(b"\r\n\r\n", b"\r\n" + extra + b"\r\n", 1)))
    check(name + " changed body", not verify(signed + b"z\r\n"))
    check(name + " more empty lines", verify(signed + b"\r\n\r\n") or name == "no final CRLF")
sys.exit(1 if failures else 0)
