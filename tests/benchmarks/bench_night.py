"""How long a night takes: nothing new, 1,000 new on a large store, many new at once; per step, with peak memory.

    python tests/benchmarks/bench_night.py [--base 100000] [--new 1000]

Texts are the sample's messages, each with a place and a number of its own, so that every one is a request and a
vector. Without Prefect: its start is its own. One process per night, as in life.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACES = [
    "شیراز",
    "تبریز",
    "اهواز",
    "یزد",
    "رشت",
    "کرمان",
    "زاهدان",
    "سنندج",
    "ایلام",
    "قم",
    "اراک",
    "ساری",
    "بوشهر",
    "بیرجند",
]


def write_inbox(folder: Path, count: int, *, seed: int, night: int) -> None:
    """`count` messages by half as many people."""
    rng = random.Random(seed)
    base = []
    for path in sorted((ROOT / "data/sample").glob("night*/submissions/*.jsonl")):
        base += [
            json.loads(line).get("raw_text")
            for line in path.read_text(encoding="utf-8").splitlines()
            if line.endswith("}")
        ]
    base = [text for text in base if text]
    drop = folder / "submissions"
    drop.mkdir(parents=True)
    start = datetime(2026, 11, night, 6, 0, tzinfo=UTC)
    with (drop / "bench.jsonl").open("w", encoding="utf-8") as file:
        for n in range(count):
            text = f"{rng.choice(base)} در {rng.choice(PLACES)} محلهٔ {rng.randrange(10_000)}"
            row = {
                "id": f"bench-{seed}-{n:07d}",
                "user_id": f"user-{rng.randrange(max(1, count // 2))}",
                "raw_text": text,
                "hash": hashlib.sha256(text.encode()).hexdigest(),
                "created_at": (start + timedelta(seconds=n % 36_000)).isoformat(),
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def one_night(home: Path, inbox: Path, night: int) -> None:
    """Run a night in this process and print its steps as JSON."""
    started = time.perf_counter()
    from tasks.night import NIGHT, open_session
    from tasks.settings import Settings

    settings = Settings(home=home, inbox=inbox, profile="offline", max_degraded=1.0)
    with open_session(
        settings,
        kind="nightly",
        run_on=date(2026, 11, night),
        now=datetime(2026, 11, night, 20, 30, tzinfo=UTC),
    ) as session:
        for step in NIGHT:
            session.take(step)
        rows = session.store.rows(
            "select step, in_count, elapsed_ms, peak_rss_bytes from ops.step where run_id = ? order by ended_at",
            [session.run.run_id],
        )
    heavy = sorted({"torch", "umap", "hdbscan", "sklearn", "sentence_transformers"} & set(sys.modules))
    print(json.dumps({"steps": rows, "seconds": time.perf_counter() - started, "heavy": heavy}))


def report(title: str, told: dict) -> None:
    print(
        f"\n{title}: {told['seconds']:.1f} s in all; heavy libraries imported: {', '.join(told['heavy']) or 'none'}"
    )
    print(f"{'step':13}{'in':>9}{'seconds':>10}{'rows/s':>10}{'peak MB':>9}")
    for step, count, ms, rss in told["steps"]:
        rate = f"{count / (ms / 1000):,.0f}" if ms and count else "-"
        print(f"{step:13}{count:>9,}{ms / 1000:>10.2f}{rate:>10}{rss / 1e6:>9,.0f}")


def child(home: Path, inbox: Path, night: int) -> dict:
    command = [sys.executable, __file__, "--child", str(home), str(inbox), str(night)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=int, default=10_000, help="messages of the first night")
    parser.add_argument("--new", type=int, default=1_000, help="messages of the second night")
    parser.add_argument("--child", nargs=3)
    told = parser.parse_args()
    if told.child:
        one_night(Path(told.child[0]), Path(told.child[1]), int(told.child[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        for night, count in ((1, told.base), (2, told.new)):
            write_inbox(Path(folder) / f"night{night}", count, seed=night, night=night)
        empty = Path(folder) / "night3"
        empty.mkdir()
        report(f"{told.base:,} new on an empty store", child(home, Path(folder) / "night1", 1))
        report(f"{told.new:,} new on {told.base:,}", child(home, Path(folder) / "night2", 2))
        report(f"nothing new on {told.base + told.new:,}", child(home, empty, 3))


if __name__ == "__main__":
    main()
