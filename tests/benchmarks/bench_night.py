"""How long a night takes: nothing new, 1,000 new on a large store, many new at once; per step, with peak memory.

    python tests/benchmarks/bench_night.py [--base 100000] [--new 1000] [--seeded] [--keep FOLDER]

Texts are the sample's messages, each with a place and a number of its own, so that every one is a request and a
vector. Without Prefect: its start is its own. One process per night, as in life. With `--seeded` the first night's
vectors are sums of random words' vectors, not the model's (which reads some 90 texts a second on one core): so a
large store is there in minutes; the second night's are always the model's. A home kept by `--keep` is used again:
its first night is not repeated, so two versions of the code can be compared on the same store.

The whole process's CPU seconds hold Python's start and every import, also those that Prefect has made already; the
night with nothing new is held to 3 of them. A busy machine makes the same work cost up to twice as much: its pace is
told beside them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aims import judged

if TYPE_CHECKING:
    from tasks.session import Session

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


def seed_vectors(session: Session) -> None:
    """Give every live record's text a vector made of its words."""
    import numpy as np
    import polars as pl

    from tasks.embed import encoder_of, model_revision

    model = session.settings.embedding_model
    given = {"model": model, "revision": model_revision(model)}
    missing = session.store.step("embed_missing", given)
    words: dict[str, np.ndarray] = {}
    rng = np.random.default_rng(0)
    for piece in missing.iter_slices(4_096):
        table = np.empty((piece.height, 384), dtype=np.float32)
        for row, text in enumerate(piece["embed_text"]):
            known = [words.setdefault(w, rng.standard_normal(384, dtype=np.float32)) for w in text.split()]
            table[row] = np.sum(known, axis=0)
        table /= np.linalg.norm(table, axis=1, keepdims=True)
        vectors = pl.Series("vector", table, dtype=pl.Array(pl.Float32, 384)).cast(pl.List(pl.Float32))
        stamp = given | {
            "backend": encoder_of(model).backend,
            "run_id": session.run.run_id,
            "created_at": session.run.now,
        }
        session.store.append(
            "core.embedding", piece.select("text_hash", vectors, **{k: pl.lit(v) for k, v in stamp.items()})
        )


def one_night(home: Path, inbox: Path, night: int, *, seeded: bool) -> None:
    """Run a night in this process and print its steps as JSON."""
    started = time.perf_counter()
    from tasks.night import NIGHT
    from tasks.session import open_session
    from tasks.settings import Settings

    settings = Settings(home=home, inbox=inbox, profile="offline", max_degraded=1.0)
    with open_session(
        settings,
        kind="nightly",
        run_on=date(2026, 11, night),
        now=datetime(2026, 11, night, 20, 30, tzinfo=UTC),
    ) as session:
        busy: dict[str, float] = {}
        for step in NIGHT:
            before = time.process_time()
            if seeded and step.name == "embed":
                seed_vectors(session)
            session.take(step)
            busy[step.name] = time.process_time() - before
        rows = session.store.rows(
            "select step, in_count, elapsed_ms, peak_rss_bytes from ops.step where run_id = ? order by ended_at",
            [session.run.run_id],
        )
    whole = time.process_time()
    heavy = sorted({"torch", "umap", "hdbscan", "sklearn", "sentence_transformers"} & set(sys.modules))
    told = {"steps": rows, "busy": busy, "seconds": time.perf_counter() - started, "whole": whole, "heavy": heavy}
    print(json.dumps(told | {"pace": pace()}))


def pace() -> float:
    """CPU seconds of ten million additions."""
    before, total = time.process_time(), 0
    for n in range(10_000_000):
        total += n
    return time.process_time() - before


def report(title: str, told: dict, *, at_most: float | None = None) -> None:
    print(
        f"\n{title}: {told['seconds']:.1f} s in all; heavy libraries imported: {', '.join(told['heavy']) or 'none'}"
    )
    aim = f" ({judged(told['whole'], at_most=at_most)})" if at_most else ""
    print(
        f"CPU seconds of all threads: steps {sum(told['busy'].values()):.1f}, whole process {told['whole']:.1f}{aim};"
        f" ten million additions {told['pace']:.2f}"
    )
    print(f"{'step':13}{'in':>9}{'seconds':>10}{'CPU s':>9}{'rows/s':>10}{'peak MB':>9}")
    for step, count, ms, rss in told["steps"]:
        rate = f"{count / (ms / 1000):,.0f}" if ms and count else "-"
        print(f"{step:13}{count:>9,}{ms / 1000:>10.2f}{told['busy'][step]:>9.2f}{rate:>10}{rss / 1e6:>9,.0f}")


def child(home: Path, inbox: Path, night: int, *, seeded: bool = False) -> dict:
    command = [sys.executable, __file__, "--child", str(home), str(inbox), str(night)]
    command += ["--seeded"] if seeded else []
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=int, default=10_000, help="messages of the first night")
    parser.add_argument("--new", type=int, default=1_000, help="messages of the second night")
    parser.add_argument("--seeded", action="store_true", help="the first night's vectors are not the model's")
    parser.add_argument("--keep", type=Path, help="where the store of the first night is kept, or lies")
    parser.add_argument("--child", nargs=3)
    told = parser.parse_args()
    if told.child:
        one_night(Path(told.child[0]), Path(told.child[1]), int(told.child[2]), seeded=told.seeded)
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        for night, count in ((1, told.base), (2, told.new)):
            write_inbox(Path(folder) / f"night{night}", count, seed=night, night=night)
        empty = Path(folder) / "night3"
        empty.mkdir()
        if told.keep and told.keep.exists():
            shutil.copytree(told.keep, home)
        else:
            first = child(home, Path(folder) / "night1", 1, seeded=told.seeded)
            report(f"{told.base:,} new on an empty store", first)
            if told.keep:
                shutil.copytree(home, told.keep)
        report(f"{told.new:,} new on {told.base:,}", child(home, Path(folder) / "night2", 2))
        report(f"nothing new on {told.base + told.new:,}", child(home, empty, 3), at_most=3)


if __name__ == "__main__":
    main()
