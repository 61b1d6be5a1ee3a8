#!/usr/bin/python3
"""Makes a ledger of many days out of one of few: ledger_bench fills some days through the ledger's own writer, this copies them
to later days with new ids and times, indexes built at the end. A row costs a tenth of what it costs to be written.
    bench/ledger_grow.py DIR DAYS"""
import datetime
import pathlib
import sqlite3
import sys

home, days = pathlib.Path(sys.argv[1]), int(sys.argv[2])
DAY_US = 86400 * 1000000
sources = sorted(p for p in home.glob("????-??-??.db"))
first = datetime.date.fromisoformat(sources[0].stem)
have = len(sources)


def grow(number):
    source = sources[number % have]
    shift = number - number % have
    to = home / f"{first + datetime.timedelta(days=number)}.db"
    db = sqlite3.connect(to, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -100000")
    db.execute("ATTACH ? AS src", (str(source),))
    objects = db.execute("SELECT type, name, sql FROM src.sqlite_master WHERE sql IS NOT NULL").fetchall()
    db.execute("BEGIN")
    for kind, name, sql in objects:
        if kind == "table":
            db.execute(sql)
            columns = [c[1] for c in db.execute(f"PRAGMA src.table_info({name})")]
            moved = {"rcpt": shift << 32, "message": shift << 32, "accepted": shift * DAY_US, "updated": shift * DAY_US,
                     "hour": shift * 24}
            values = ", ".join(f"{c} + {moved[c]}" if c in moved else c for c in columns)
            db.execute(f"INSERT INTO {name} SELECT {values} FROM src.{name}")
    for kind, _, sql in objects:
        if kind == "index":
            db.execute(sql)
    db.execute(f"PRAGMA user_version = {db.execute('PRAGMA src.user_version').fetchone()[0]}")
    db.execute("COMMIT")
    db.execute("PRAGMA journal_mode = WAL")
    db.close()


for n in range(have, days):
    grow(n)
    print(n, flush=True)
