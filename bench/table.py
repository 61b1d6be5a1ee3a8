"""Results kept, printed and put into docs/performance.md between its markers."""
import json
import re

import machine

KEPT = machine.out / "results.json"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
WORD = {True: "yes", False: "**no**", None: "–"}


def kept():
    """What earlier runs of this commit found."""
    try:
        r = json.loads(KEPT.read_text())
    except (OSError, ValueError):
        return {}
    return r["cases"] if r.get("commit") == machine.commit() and r.get("machine") == machine.description() else {}


def keep(results, lasting):
    """Earlier results and these; they last for later runs when they are figures."""
    cases = kept()
    cases.update(results)
    if not (lasting and results):
        return cases
    machine.out.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps({"commit": machine.commit(), "machine": machine.description(), "cases": cases}, indent=1))
    return cases


def row(case, r):
    if not r:
        return f"| `{case.name}` | {case.title} | Not measured yet | | | {case.wants()} | – |"
    if r.get("red"):
        return f"| `{case.name}` | {case.title} | RED: {r['red']} | | | {case.wants()} | **no** |"
    return f"| `{case.name}` | {case.title} | {r['ours']} | {r['peer']} | {r['ratio']} | {case.wants()} | " \
           f"{WORD[r['reached']]} |"


def markdown(cases, results):
    dates = sorted({r["date"] for r in results.values()})
    head = f"Commit `{machine.commit()}`, {' to '.join(sorted({dates[0], dates[-1]}))}, {machine.description()}." \
        if dates else "Not measured yet."
    lines = [BEGIN, head, "", "| case | what | Facteur | Postfix | ratio | reach | reached |", "|---|---|---|---|---|---|---|"]
    lines += [row(c, results.get(c.name)) for c in cases]
    notes = [f"- `{c.name}`: {n}" for c in cases if c.name in results for n in results[c.name].get("notes", [])]
    rounds = [f"- `{c.name}`: rounds {r['rounds_run']}, seconds {r['seconds']}{', quick: a smoke test, no figure' if r['quick'] else ''}"
              for c in cases if (r := results.get(c.name)) and (r["quick"] or r["rounds_run"] < 3)]
    if notes:
        lines += ["", "Beside them:", "", *notes]
    if rounds:
        lines += ["", "Measured with fewer than three rounds:", "", *rounds]
    return "\n".join([*lines, END])


def into(path, cases, results):
    text = path.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise machine.Trouble(f"{path} does not have the markers {BEGIN} and {END} once each")
    path.write_text(re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: markdown(cases, results), text, flags=re.S))
