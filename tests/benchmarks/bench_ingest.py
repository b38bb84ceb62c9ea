"""How fast JSONL becomes raw.submission, beside DuckDB's own read-and-insert of the same file.

    python tests/benchmarks/bench_ingest.py                 100,000 new rows on 1,000,000
    python tests/benchmarks/bench_ingest.py --full        1,000,000 new rows on 10,000,000
    python tests/benchmarks/bench_ingest.py --new N --existing M --repeat R

Prints a table; the ratio is of the best wall times, since a busy machine only ever adds; CPU seconds of all threads
stand beside it (on a machine that others use, wall times say little). A tenth of the file's rows repeat
what the store holds. Ingest also copies and hashes the file, keys the user ids, hashes texts, judges and files rows.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import sys
import tempfile
import time
import uuid
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
FILL = """
insert into raw.submission by name
select
  'old-' || i as submission_id, sha256((i % 500000)::varchar) as person_key, 'متن قدیمی ' || i as raw_text,
  sha256('متن قدیمی ' || i) as text_sha256, 'fa' as declared_language, 'pending' as upstream_status,
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


def time_baseline(store: Store, path: Path) -> tuple[float, float]:
    """Seconds (wall, CPU) of DuckDB's own `create table as select * from read_json`."""
    started, busy = time.perf_counter(), time.process_time()
    store.execute(
        "create or replace table main.baseline as select * from read_json($p, format = 'newline_delimited')",
        {"p": str(path)},
    )
    elapsed = time.perf_counter() - started, time.process_time() - busy
    store.execute("drop table main.baseline")
    return elapsed


def time_ingest(store: Store, home: Path, path: Path, *, number: int) -> tuple[float, float, str]:
    """Seconds (wall, CPU) of `ingest_inbox` on a fresh inbox with this file; then the store is as before."""
    folder = home / "inbox" / "submissions"
    folder.mkdir(parents=True)
    shutil.copy(path, folder / "day.jsonl")
    run = Run(f"bench-{number}", "nightly", NOW.date(), "offline", NOW)
    started, busy = time.perf_counter(), time.process_time()
    report = ingest_inbox(store, run=run, settings=Settings(home=home))
    elapsed, worked = time.perf_counter() - started, time.process_time() - busy
    shutil.rmtree(home / "inbox")
    store.execute("delete from raw.submission where run_id = ?", [run.run_id])
    store.execute("delete from ops.source where run_id = ?", [run.run_id])
    store.checkpoint()
    return (
        elapsed,
        worked,
        f"{report.out_count:,} in, {report.skipped_count:,} known, {report.rejected_count:,} refused",
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--new", type=int, default=100_000)
    parser.add_argument("--existing", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="1,000,000 new on 10,000,000 existing")
    told = parser.parse_args()
    new, existing = (1_000_000, 10_000_000) if told.full else (told.new, told.existing)
    home = Path(tempfile.mkdtemp(prefix="bench-ingest-"))
    try:
        path = home / "rows.jsonl"
        write_rows(path, new=new, existing=existing)
        with open_store(home) as store:
            store.execute(FILL, [existing])
            store.checkpoint()
            plain = [time_baseline(store, path) for _ in range(told.repeat)]
            ours = [time_ingest(store, home, path, number=n) for n in range(told.repeat)]
            limit = store.value("select current_setting('memory_limit')")
        size = path.stat().st_size
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        best, best_plain = min(o[0] for o in ours), min(p[0] for p in plain)
        print(f"{new:,} rows ({size / 1e6:.0f} MB) on {existing:,} existing: {ours[0][2]}")
        print(f"{'':24}{'best s':>9}{'worst s':>9}{'CPU s':>9}{'rows/s':>12}")
        for name, times in (("DuckDB read + insert", plain), ("ingest_inbox", ours)):
            wall, cpu = [t[0] for t in times], min(t[1] for t in times)
            print(f"{name:24}{min(wall):9.2f}{max(wall):9.2f}{cpu:9.2f}{new / min(wall):12,.0f}")
        print(
            f"ratio {best / best_plain:.2f} (aim: at most 2); peak memory {peak / 1e9:.2f} GB, DuckDB's limit {limit}"
        )
    finally:
        shutil.rmtree(home, ignore_errors=True)
    sys.exit(0 if best <= 2 * best_plain else 1)


if __name__ == "__main__":
    main()
