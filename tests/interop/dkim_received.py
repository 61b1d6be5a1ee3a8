"""dkim_received.py FOLDER DOMAIN...: every message in FOLDER/mail from these is signed and verifies (dkimpy, opendkim)
with the records of FOLDER/*.json (domains add), and no longer once it is changed; those from others have no signature."""
import ctypes
import json
import pathlib
import re
import sys

import dkim

folder, domains = pathlib.Path(sys.argv[1]), sys.argv[2:]
records = {}
for p in folder.glob("*.json"):
    for r in json.loads(p.read_text()).get("records", []):
        records[r["name"]] = r["value"]
failures = 0
seen = {d: 0 for d in domains}


def check(what, good):
    global failures
    if not good:
        failures += 1
        print("FAILED:", what)


def dns(name, timeout=5):
    del timeout
    name = name.decode() if isinstance(name, bytes) else name
    return records.get(name.rstrip("."), "").encode()


def verify(message, index):
    try:
        return dkim.DKIM(message).verify(idx=index, dnsfunc=dns)
    except dkim.DKIMException as e:
        print("      ", e)
        return False


class Opendkim:
    """libopendkim reading keys from a file (dkim.h: QUERYMETHOD 6, QUERYINFO 7, QUERY_FILE 1)."""

    def __init__(self):
        self.so = so = ctypes.CDLL("libopendkim.so.11")
        for f in ("dkim_init", "dkim_verify"):
            getattr(so, f).restype = ctypes.c_void_p
        self.lib = ctypes.c_void_p(so.dkim_init(None, None))
        keys = folder / "keys"
        # Ed25519 is unknown to this version: it must not meet it.
        keys.write_text("".join(f"{n} {v}\n" for n, v in records.items() if "k=rsa" in v))
        self.file = ctypes.create_string_buffer(str(keys).encode(), 1024)
        method = ctypes.c_int(1)
        assert so.dkim_options(self.lib, 1, 6, ctypes.byref(method), ctypes.sizeof(method)) == 0
        assert so.dkim_options(self.lib, 1, 7, self.file, ctypes.c_size_t(1024)) == 0

    def verify(self, message):
        # Its verdict is of one signature: the RSA one alone.
        parts = re.split(rb"(?im)^(?=[^ \t])", message, flags=re.M)
        message = b"".join(p for p in parts if not (p.lower().startswith(b"dkim-signature") and b"ed25519" in p))
        stat = ctypes.c_int(-1)
        d = ctypes.c_void_p(self.so.dkim_verify(self.lib, b"id", None, ctypes.byref(stat)))
        got = -1
        for step in (lambda: self.so.dkim_chunk(d, message, ctypes.c_size_t(len(message))),
                     lambda: self.so.dkim_chunk(d, None, ctypes.c_size_t(0)),
                     lambda: self.so.dkim_eom(d, None)):
            got = step()
            if got != 0:
                break
        self.so.dkim_free(d)
        return got == 0


opendkim = Opendkim()
for p in sorted(folder.glob("mail/[0-9]*.eml")):
    message = p.read_bytes()
    subject = re.search(rb"^Subject: (.*)\r$", message, re.M).group(1).decode()
    head = re.sub(rb"\r\n[ \t]", b" ", message.split(b"\r\n\r\n")[0])
    signatures = re.findall(rb"^DKIM-Signature:.*$", head, re.M | re.I)
    domain = subject.split(" from ")[1]
    if domain not in domains:
        check(f"{subject}: not signed", not signatures)
        continue
    seen[domain] += 1
    check(f"{subject}: two signatures", len(signatures) == 2)
    check(f"{subject}: of its domain", all(f"d={domain};".encode() in s for s in signatures))
    check(f"{subject}: RSA and Ed25519", sorted(re.search(rb"a=(\w+-sha256)", s).group(1) for s in signatures) ==
          [b"ed25519-sha256", b"rsa-sha256"])
    for i in range(len(signatures)):
        check(f"{subject}: dkimpy {i}", verify(message, i))
    check(f"{subject}: opendkim", opendkim.verify(message))
    for what, changed in (("subject", message.replace(b"Subject:", b"Subject: z", 1)), ("body", message + b"z\r\n"),
                          ("second From", message.replace(b"\r\n\r\n", b"\r\nFrom: x@evil.test\r\n\r\n", 1))):
        check(f"{subject}: opendkim, changed {what}", not opendkim.verify(changed))
        try:
            good = dkim.DKIM(changed).verify(idx=0, dnsfunc=dns)
        except dkim.DKIMException:
            good = False
        check(f"{subject}: dkimpy, changed {what}", not good)
for d, n in seen.items():
    check(f"{d}: messages", n > 0)
sys.exit(1 if failures else 0)
