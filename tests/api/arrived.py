#!/usr/bin/python3
"""arrived.py SINK SENT: the messages of SENT (JSON lines as call.mjs writes them), read by Python's own MIME parser,
are in the sink's folder, each once, and nothing else is."""
import base64
import email
import email.policy
import json
import pathlib
import sys
import time

sink, wanted = pathlib.Path(sys.argv[1]), [json.loads(l) for l in open(sys.argv[2], encoding="utf-8")]
bad = []


def kept():
    """(facts, bytes) of each message that the sink accepted."""
    for file in sorted(sink.glob("*.json")):
        facts = json.loads(file.read_text())
        if facts["outcome"] == "kept":
            yield facts, file.with_suffix(".eml").read_bytes()


def people(m, name):
    return [str(a) for a in m[name].addresses] if m[name] else []


def parts(m):
    """(texts by type, files) of a message."""
    texts, files = {}, []
    for part in m.walk():
        if part.is_multipart():
            continue
        cid = part["Content-ID"]
        if part.get_filename() or cid:
            files.append({"name": part.get_filename(), "type": part.get_content_type(), "cid": cid and cid.strip("<>"),
                          "base64": base64.b64encode(part.get_payload(decode=True)).decode()})
        else:
            texts[part.get_content_type()] = part.get_content().replace("\r\n", "\n").rstrip("\n")
    return texts, files


def differences(want, facts, raw):
    m = email.message_from_bytes(raw, policy=email.policy.default)
    texts, files = parts(m)
    got = {"envelope": sorted(facts["to"]), "mail_from": facts["from"], "from": str(m["From"]), "to": people(m, "To"),
           "cc": people(m, "Cc"), "reply_to": people(m, "Reply-To"), "text": texts.get("text/plain"),
           "html": texts.get("text/html"), "message_id": m["Message-ID"],
           "files": [{k: f[k] for k in (want.get("files") or [{}])[0] if k in f} for f in files]}
    if m["Bcc"] or m["Resent-Bcc"]:
        yield "it has a Bcc field"
    for text in want.get("hidden", []):
        if text.encode() in raw:
            yield f"{text} can be read in it"
    for name, value in want.get("headers", {}).items():
        if str(m[name]) != value:
            yield f"{name}: {m[name]!r}, not {value!r}"
    for name in want.get("no_headers", []):
        if m[name] is not None:
            yield f"it has the field {name}: {m[name]}"
    for name, value in got.items():
        expected = sorted(want[name]) if name == "envelope" else want.get(name)
        if expected is not None and expected != value:
            yield f"{name}: {value!r}, not {expected!r}"
    if m.defects:
        yield f"{m.defects}"


def subject(raw):
    return str(email.message_from_bytes(raw, policy=email.policy.default)["Subject"] or "")


end = time.monotonic() + 60
while True:
    have = list(kept())
    if len(have) >= len(wanted) or time.monotonic() > end:
        break
    time.sleep(0.1)
left = [(facts, raw, subject(raw)) for facts, raw in have]
for want in wanted:
    # Messages of one call may share their subject: then the envelope tells them apart.
    found = [x for x in left if x[2] == want["subject"] and sorted(x[0]["to"]) == sorted(want["envelope"])]
    if len(found) != 1:
        bad.append(f"{want['subject']!r} for {want['envelope']}: {len(found)} at the sink")
        continue
    left.remove(found[0])
    bad += [f"{want['subject']!r}: {d}" for d in differences(want, *found[0][:2])]
bad += [f"not expected: {s!r} for {facts['to']}" for facts, _, s in left]
print("\n".join(bad))
sys.exit(1 if bad or not wanted else 0)
