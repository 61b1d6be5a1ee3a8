"""The last line of a program, and its figures as JSON for tools/reliability."""
import json
import pathlib


def add_argument(parser):
    parser.add_argument("--json", metavar="FILE", help="write the verdict and its figures there")


def say(name, wrong, text, figures=None, to=None):
    """Prints "NAME: green: …" or "NAME: RED: …". The exit code: 0 when nothing is wrong."""
    verdict = "RED" if wrong else "green"
    line = f"{name}: {verdict}: " + ("; ".join(wrong) if wrong else text)
    print(line, flush=True)
    if to:
        pathlib.Path(to).write_text(json.dumps(
            {"name": name, "verdict": verdict, "line": line, "wrong": list(wrong), "figures": figures or {}},
            indent=1) + "\n")
    return 1 if wrong else 0
