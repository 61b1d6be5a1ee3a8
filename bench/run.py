"""`tools/bench`: see its head."""
import argparse
import json
import pathlib
import signal
import sys
import time

import machine
import streams
import table
import template
import waits
import web

CASES = streams.CASES + waits.CASES + web.CASES + template.CASES


def arguments(doc):
    ap = argparse.ArgumentParser(prog="tools/bench", description=doc,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("cases", nargs="*", metavar="CASE", help="all when none is named")
    ap.add_argument("--rounds", type=int, help="alternating rounds of the rates (default 3)")
    ap.add_argument("--seconds", type=int, help="how long a round offers mail (default 5)")
    ap.add_argument("--quick", action="store_true", help="small numbers, one round: shows that it runs, no figure")
    ap.add_argument("--depth", type=int, metavar="N", help="messages of the depth cases (default 1,000,000)")
    ap.add_argument("--alone", action="store_true", help="without the peers")
    ap.add_argument("--dir", default="/var/tmp", help="a folder on the disk to measure (default /var/tmp)")
    ap.add_argument("--json", metavar="FILE", help="all that was measured, every round")
    ap.add_argument("--markdown", metavar="FILE", help="fill the table of docs/performance.md")
    ap.add_argument("--list", action="store_true", help="the cases and what they are to reach")
    args = ap.parse_args()
    known = {c.name for c in CASES}
    for name in args.cases:
        if name not in known:
            ap.error(f"no case {name}; tools/bench --list")
    args.rounds = args.rounds or (1 if args.quick else 3)
    args.seconds = args.seconds or (1 if args.quick else 5)
    args.depth = args.depth or (20000 if args.quick else 1000000)
    args.say = lambda text: print(text, flush=True)
    return args


def interrupted(*_):
    raise KeyboardInterrupt


def one(case, args):
    began = time.monotonic()
    args.say(f"{case.name}: {case.title}")
    try:
        r = case.run(args)
    except streams.Wrong as e:
        r = {"red": str(e), "notes": []}
    r.update(date=machine.today(), rounds_run=args.rounds, seconds=args.seconds, quick=args.quick,
             took_s=round(time.monotonic() - began, 1))
    if r.get("red"):
        args.say(f"{case.name}: RED: {r['red']}\n")
        return r
    verdict = {True: "reached", False: "NOT reached", None: "no verdict"}[r["reached"]]
    args.say(f"{case.name}: {r['ours']}" + (f"  Postfix {r['peer']}  ratio {r['ratio']}" if r["peer"] else "") +
             f"  [{case.wants()}: {verdict}]")
    for n in r["notes"]:
        args.say(f"  {n}")
    args.say(f"  ({r['took_s']} s)\n")
    return r


def main(doc):
    args = arguments(doc)
    if args.list:
        for c in CASES:
            print(f"{c.name:14} {c.title}  [{c.wants()}]")
        return 0
    for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(s, interrupted)
    args.say(f"commit {machine.commit()}, {machine.description()}; {args.rounds} rounds of {args.seconds} s below {args.dir}\n")
    results, trouble = {}, []
    try:
        for c in CASES:
            if args.cases and c.name not in args.cases:
                continue
            try:
                results[c.name] = one(c, args)
            except machine.Trouble as e:
                trouble.append(c.name)
                args.say(f"{c.name}: cannot be measured: {e}\n")
    except KeyboardInterrupt:
        args.say("interrupted")
        return 130
    finally:
        every = table.keep(results, lasting=not (args.quick or args.alone or args.depth < 1000000))
        if args.json:
            pathlib.Path(args.json).write_text(json.dumps(results, indent=1) + "\n")
        if args.markdown:
            table.into(pathlib.Path(args.markdown), CASES, every)
    red = [n for n, r in results.items() if r.get("red")]
    slow = [n for n, r in results.items() if not r.get("red") and r["reached"] is False]
    good = sum(1 for r in results.values() if not r.get("red") and r["reached"])
    args.say(f"bench: {good} reached, {len(slow)} not ({', '.join(slow) or 'none'}), "
             f"{len(red)} RED ({', '.join(red) or 'none'}), {len(trouble)} not measured ({', '.join(trouble) or 'none'})")
    return 1 if red or trouble else 0


if __name__ == "__main__":
    sys.exit(main(__doc__))
