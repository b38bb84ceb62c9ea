"""How fast JSONL becomes raw.submission, beside DuckDB's own read-and-insert of the same file.

    python tests/benchmarks/bench_ingest.py                 100,000 new rows on 1,000,000
    python tests/benchmarks/bench_ingest.py --full        1,000,000 new rows on 10,000,000
    python tests/benchmarks/bench_ingest.py --new N --existing M --repeat R [--keep FOLDER]

Every measurement is a process of its own, the ways in turn, so that peak memory is each one's own and a busy
minute hits both. The table shows medians of wall and CPU seconds (all threads) and the highest peak; the exit code is
that of the aim, at most twice the wall time of the first way. A tenth of the file's rows repeat what the store holds.
The ways between are one statement each and judge nothing: they hash texts, key user ids as well, leave known ids out as
well. Where the last of them takes more than twice the time of the first, as with `--full` (2.7 times), no SQL meets the
aim: the contract costs that (SHA-256 of every text and two for every user id, DuckDB's own and in software; one join
with all ids, where numbers in the ids' place gain nothing, since making them costs what joining them saves).
Ingest besides hashes the file, judges every row and files what it refuses. `--keep` builds the store once.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tasks.ingest import ingest_inbox
from tasks.run import Run
from tasks.settings import Settings
from tasks.store import Store, open_store

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
WORDS = [
    "آب",
    "برق",
    "مدرسه",
    "جاده",
    "بیمارستان",
    "شهر",
    "روستا",
    "درخواست",
    "رسیدگی",
    "به",
    "وضعیت",
    "کمبود",
    "معلم",
    "قطعی",
    "مکرر",
    "هوا",
    "آلودگی",
    "قیمت",
    "نان",
    "حقوق",
    "بازنشستگان",
    "کارگران",
    "پرداخت",
    "نشده",
    "است",
    "لطفا",
    "هرچه",
    "زودتر",
    "برای",
    "ما",
    "مردم",
    "این",
    "منطقه",
]
FIELDS = ("id", "user_id", "raw_text", "language", "status", "created_at")
# texts that the file repeats have their true hash, the others' costs less to make and is as long
FILL = """
insert into raw.submission by name
select
  'old-' || i as submission_id, repeat(printf('%016x', hash(i % 500000)), 4) as person_key,
  'متن قدیمی ' || i as raw_text,
  if(i % ? = 0, sha256('متن قدیمی ' || i), repeat(printf('%016x', hash(i)), 4)) as text_sha256,
  'fa' as declared_language, 'pending' as upstream_status,
  timestamptz '2026-01-01' + to_seconds(i) as created_at, 'filled' as source_id, i as line_no,
  'filled' as run_id, timestamptz '2026-01-01' as ingested_at
from range(?) as t (i)
"""


def write_rows(path: Path, *, new: int, existing: int, seed: int = 7) -> None:
    """A file of `new` rows, every tenth of which the store holds already."""
    chance = random.Random(seed)
    with path.open("w", encoding="utf-8") as out:
        for n in range(new):
            if n % 10 == 0 and existing:
                old = n * existing // new
                row_id, text = f"old-{old}", f"متن قدیمی {old}"
            else:
                row_id, text = (
                    str(uuid.UUID(int=chance.getrandbits(128))),
                    " ".join(chance.choices(WORDS, k=chance.randint(8, 40))),
                )
            row = {
                "id": row_id,
                "user_id": str(uuid.UUID(int=chance.randrange(max(new // 5, 1)))),
                "raw_text": text,
                "language": "fa",
                "status": "pending",
                "created_at": f"2026-11-{n % 22 + 1:02d}T10:{n // 60 % 60:02d}:{n % 60:02d}+00:00",
            }
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def read_and_insert(store: Store, home: Path) -> str:
    """DuckDB's own way: every row into a new table of the same store."""
    path = {"p": str(home / "rows.jsonl")}
    store.execute(
        "create table main.baseline as select * from read_json($p, format = 'newline_delimited')", path
    )
    return "all rows, none looked at"


TEXT_HASH = ", sha256(raw_text) as text_sha256"
PERSON_KEY = ", sha256($pad || unhex(sha256($pad || encode(user_id)))) as person_key"
UNKNOWN = " where id not in (select submission_id from raw.submission)"


def read_and_insert_with(store: Store, home: Path, *, hashes: str, where: str = "") -> None:
    """The same with some of what raw.submission needs of every row."""
    store.execute(
        f"create table main.baseline as select id, raw_text, language, status, created_at{hashes}"
        f" from read_json($p, format = 'newline_delimited', columns = $columns){where}",
        {"p": str(home / "rows.jsonl"), "columns": dict.fromkeys(FIELDS, "VARCHAR")}
        | ({"pad": b"p" * 64} if "$pad" in hashes else {}),
    )


def hash_texts(store: Store, home: Path) -> str:
    read_and_insert_with(store, home, hashes=TEXT_HASH)
    return "texts hashed"


def hash_texts_and_users(store: Store, home: Path) -> str:
    read_and_insert_with(store, home, hashes=TEXT_HASH + PERSON_KEY)
    return "and user ids keyed"


def hash_and_leave_out_known(store: Store, home: Path) -> str:
    read_and_insert_with(store, home, hashes=TEXT_HASH + PERSON_KEY, where=UNKNOWN)
    return "and known ids left out"


def ingest(store: Store, home: Path) -> str:
    """Ours: the same file from an inbox."""
    run = Run("bench", "nightly", NOW.date(), "offline", NOW)
    report = ingest_inbox(store, run=run, settings=Settings(home=home))
    return f"{report.out_count:,} in, {report.skipped_count:,} known, {report.rejected_count:,} refused"


WAYS: dict[str, Callable[[Store, Path], str]] = {
    "DuckDB read + insert": read_and_insert,
    "  + text hashes": hash_texts,
    "  + keyed users": hash_texts_and_users,
    "  + known out": hash_and_leave_out_known,
    "ingest_inbox": ingest,
}


def measure(way: str, home: Path) -> dict[str, object]:
    """Run one way once in this process; afterwards the store is as before. Imports are not counted."""
    import polars  # noqa: F401 - a night has it loaded
    import pyarrow.dataset  # noqa: F401

    with open_store(home) as store:
        started, busy = time.perf_counter(), time.process_time()
        note = WAYS[way](store, home)
        wall, cpu = time.perf_counter() - started, time.process_time() - busy
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        store.execute("drop table if exists main.baseline")
        store.execute("delete from raw.submission where run_id = 'bench'")
        store.execute("delete from ops.source")
        store.checkpoint()
    return {"wall": wall, "cpu": cpu, "peak": peak, "note": note}


def in_own_process(way: str, home: Path) -> dict[str, object]:
    command = [sys.executable, __file__, "--child", way, "--keep", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def prepare(home: Path, *, new: int, existing: int) -> None:
    """The store with `existing` rows, and the file, in the folder that will be the inbox."""
    home.mkdir(parents=True, exist_ok=True)
    with open_store(home) as store:
        if not store.value("select count(*) from raw.submission"):
            store.execute(FILL, [max(1, existing * 10 // new), existing])
            store.checkpoint()
    if not (home / "rows.jsonl").exists():
        write_rows(home / "rows.jsonl", new=new, existing=existing)
        drop = home / "inbox" / "submissions" / "day.jsonl"
        drop.parent.mkdir(parents=True, exist_ok=True)
        drop.hardlink_to(home / "rows.jsonl")


def report(found: dict[str, list[dict]], *, new: int, existing: int, size: int) -> bool:
    """Print the table; whether the aim is met."""
    print(
        f"{new:,} rows ({size / 1e6:.0f} MB) on {existing:,} existing; medians of {len(found['ingest_inbox'])}"
    )
    print(f"{'':22}{'wall s':>9}{'CPU s':>9}{'rows/s':>12}{'peak MB':>9}")
    middle = {}
    for way, runs in found.items():
        wall, cpu = (statistics.median(run[name] for run in runs) for name in ("wall", "cpu"))
        middle[way] = (wall, cpu)
        peak = max(run["peak"] for run in runs)
        print(f"{way:22}{wall:9.2f}{cpu:9.2f}{new / wall:12,.0f}{peak / 1e6:9,.0f}   {runs[-1]['note']}")
    plain, floor, ours = (middle[way] for way in ("DuckDB read + insert", "  + known out", "ingest_inbox"))
    for name, (wall, cpu) in (("one statement", floor), ("ingest", ours)):
        print(f"{name}, ratio to the first: wall {wall / plain[0]:.2f}, CPU {cpu / plain[1]:.2f} (aim of ingest: at most 2)")
    return bool(ours[0] <= 2 * plain[0])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--new", type=int, default=100_000)
    parser.add_argument("--existing", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--full", action="store_true", help="1,000,000 new on 10,000,000 existing")
    parser.add_argument("--keep", type=Path, help="where the store is kept, or lies")
    parser.add_argument("--child", choices=list(WAYS))
    told = parser.parse_args()
    if told.child:
        print(json.dumps(measure(told.child, told.keep)))
        return
    new, existing = (1_000_000, 10_000_000) if told.full else (told.new, told.existing)
    home = told.keep or Path(tempfile.mkdtemp(prefix="bench-ingest-"))
    try:
        prepare(home, new=new, existing=existing)
        found: dict[str, list[dict]] = {way: [] for way in WAYS}
        for _ in range(told.repeat):
            for way in WAYS:
                found[way].append(in_own_process(way, home))
        size = (home / "rows.jsonl").stat().st_size
        is_met = report(found, new=new, existing=existing, size=size)
    finally:
        if not told.keep:
            shutil.rmtree(home, ignore_errors=True)
    sys.exit(0 if is_met else 1)


if __name__ == "__main__":
    main()
