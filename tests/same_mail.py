#!/usr/bin/python3
"""same_mail.py SENT GOT: GOT is SENT, byte for byte, below whole header fields that a relay may add."""
import pathlib
import re
import sys

ADDED = {b"received", b"dkim-signature", b"return-path", b"message-id", b"date", b"authentication-results"}


def main():
    sent = re.sub(rb"\r?\n", b"\r\n", pathlib.Path(sys.argv[1]).read_bytes())
    got = pathlib.Path(sys.argv[2]).read_bytes()
    if not got.endswith(sent):
        head = got[:600].decode(errors="replace")
        print(f"not what was sent ({len(sent)} bytes, {len(got)} arrived):\n{head}")
        return 1
    added = re.sub(rb"\r\n(?=[ \t])", b" ", got[:len(got) - len(sent)])
    for line in added.split(b"\r\n")[:-1]:
        if line.split(b":")[0].lower() not in ADDED:
            print(f"added: {line[:200]!r}")
            return 1
    if b"received:" not in added.lower():
        print("no Received field was added (RFC 5321 4.4)")
        return 1
    return 0


sys.exit(main())
