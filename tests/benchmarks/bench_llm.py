"""Our own work per request of a batch night: built, submitted, collected, filed. `python -m tests.benchmarks.bench_llm`.

The emulator runs in its own process and answers with the smallest value of the schema. Its time is excluded: what is counted
is this process's CPU time (it spends the emulator's in waiting), beside the wall clock. `--full` = 100,000 requests.
"""

import argparse
import resource
import tempfile
import time
from datetime import datetime
from pathlib import Path

import tasks.llm.claude  # noqa: F401 - the SDK's import is not work per request
from tasks.llm import Ask, complete
from tasks.llm.outside import Outside
from tasks.run import Run, new_run_id
from tasks.settings import Settings
from tasks.store import open_store
from tasks.window import night_of
from tests.emulator.handle import Emulator, start


def measure(emulator: Emulator, home: Path, count: int) -> dict[str, float]:
    """Submit and collect `count` requests; requests/s of our own work and peak memory in MB."""

    def now() -> datetime:
        return emulator.now()

    outside = Outside(now=now, sleep=emulator.advance)
    at = now()
    run = Run(new_run_id(at), "nightly", night_of(at), "default", at)
    settings = Settings(
        home=home, profile="default", anthropic_api_key="k", anthropic_base_url=emulator.url, budget_run_usd=10_000,
        budget_month_usd=10_000, threads=2,
    )  # fmt: skip
    asks = [
        Ask(f"t{n:07d}", {"text": f"آب روستای ما سه روز است قطع شده ({n})", "language": "fa"})
        for n in range(count)
    ]
    wall, own = time.perf_counter(), time.process_time()
    with open_store(home, threads=2) as store:
        complete(store, "canonicalize", asks, run=run, settings=settings, outside=outside)
        emulator.advance(3600)
        complete(store, "canonicalize", asks, run=run, settings=settings, wait_s=7200, outside=outside)
        filed = store.value("select count(distinct request_key) from llm.reply")
    wall, own = time.perf_counter() - wall, time.process_time() - own
    if filed < count:
        raise SystemExit(f"only {filed} of {count} requests were answered")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"requests": count, "own_s": own, "per_s": count / own, "wall_s": wall, "peak_mb": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--full", action="store_true", help="100,000 requests")
    options = parser.parse_args()
    count = 100_000 if options.full else options.requests
    with tempfile.TemporaryDirectory() as folder:
        emulator = start(Path(folder) / "emulator.sqlite", "--clock", "fake", "--content", "minimal")
        try:
            found = measure(emulator, Path(folder) / "home", count)
        finally:
            emulator.stop()
    print(
        f"{found['requests']:,} requests: {found['per_s']:,.0f}/s of our own work ({found['own_s']:.1f} s CPU), "
        f"{found['wall_s']:.1f} s with the emulator, peak {found['peak_mb']:,.0f} MB"
    )


if __name__ == "__main__":
    main()
