"""Our own work per request of a batch night: built, submitted, collected, filed. `python -m tests.benchmarks.bench_llm`.

The emulator runs in its own process and answers every request with one record of usual length (`--minimal`: with the smallest value of the
schema, as figures before 26 November were measured). Its time is excluded: what is counted is this process's CPU time on all its threads (it
spends the emulator's in waiting), beside the wall clock. The caller's check of a reply is not counted: it is the step's work. `--full` = 100,000 requests in one call;
`--million` = ten such calls into one store, one line each: what a request costs must not grow with what the store holds. `--grown` tells
the same sooner: one call into an empty store, and one after its rows were copied eight times under other keys.
"""

import argparse
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import tasks.llm.claude  # noqa: F401 - the SDK's import is not work per request
from tasks.llm import Ask, complete
from tasks.llm.outside import Outside
from tasks.run import Run, new_run_id
from tasks.settings import Settings
from tasks.store import Store, open_store
from tasks.window import night_of
from tests.emulator.handle import Emulator, start

TEXT = "آب روستای ما سه روز است قطع شده و تانکر هم نمی‌آید، بچه‌ها مریض شده‌اند. لطفاً رسیدگی کنید"
# As long as the answers that a night's bill is estimated with: some 170 tokens.
RECORD = {
    "quote": TEXT, "title_en": "Village water cut off for three days and no tanker comes", "title_fa": "آب روستا سه روز قطع است و تانکر نمی‌آید",
    "summary_en": "Water in the writer's village has been cut off for 3 days and no tanker comes. Children have fallen ill. They ask for help.",
    "proposition_en": "The authorities should restore the village's water supply.",
    "proposition_fa": "مسئولان باید آب روستا را وصل کنند.", "position": "support", "topic": "water", "places": [], "entities": [],
    "quantities": ["3 days"], "flags": ["negation"],
}  # fmt: skip
CALL = 100_000  # requests in one call of `complete`
COPIES = 8


@dataclass(frozen=True)
class Measured:
    """One call."""

    requests: int
    own_s: float  # CPU of this process
    wall_s: float
    peak_mb: float  # of the process so far

    def __str__(self) -> str:
        return (
            f"{self.requests:,} requests: {self.requests / self.own_s:,.0f}/s of our own work ({self.own_s:.1f} s CPU), "
            f"{self.wall_s:.1f} s with the emulator, peak {self.peak_mb:,.0f} MB"
        )


def measure(emulator: Emulator, store: Store, settings: Settings, first: int, count: int) -> Measured:
    """Submit and collect `count` requests whose texts are numbered from `first` on."""

    def wait(seconds: float) -> None:
        time.sleep(2.0)  # the emulator works in real time: without this its slowness would be counted as our polls
        emulator.advance(seconds)

    outside = Outside(now=emulator.now, sleep=wait)
    at = emulator.now()
    run = Run(new_run_id(at), "nightly", night_of(at), "default", at)
    asks = [
        Ask(f"t{n:07d}", {"text": f"{TEXT} ({n})", "language": "fa"})
        for n in range(first, first + count)
    ]
    before = store.value("select count(distinct request_key) from llm.reply")
    wall, own = time.perf_counter(), time.process_time()
    complete(store, "canonicalize", asks, run=run, settings=settings, outside=outside)
    emulator.advance(3600)
    complete(store, "canonicalize", asks, run=run, settings=settings, wait_s=7200, outside=outside)
    store.checkpoint()  # what lies in the log is written into the file when the store is closed: it is work of this call
    wall, own = time.perf_counter() - wall, time.process_time() - own
    filed = store.value("select count(distinct request_key) from llm.reply") - before
    if filed < count:
        raise SystemExit(f"only {filed} of {count} requests were answered")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(count, own, wall, peak)


def grow(store: Store, copies: int) -> None:
    """Copy the ledger's rows under other keys, night after night, as if as many calls had been made before."""
    other = "left(sha256({0} || $n), 40) as {0}"
    keys = {
        "request": [other.format("request_key"), other.format("ask_key")],
        "intent": ["intent_id || '-' || $n as intent_id"],
        "intent_member": ["intent_id || '-' || $n as intent_id", other.format("request_key")],
        "handle": ["intent_id || '-' || $n as intent_id", "batch_id || '-' || $n as batch_id"],
        "settlement": ["intent_id || '-' || $n as intent_id", "batch_id || '-' || $n as batch_id"],
        "reply": ["intent_id || '-' || $n as intent_id", other.format("request_key")],
    }
    for table in keys:
        store.execute(f"create temp table first_{table} as from llm.{table}")
    for n in range(copies):
        for table, changes in keys.items():
            store.execute(
                f"insert into llm.{table} select * replace ({', '.join(changes)}) from first_{table}", {"n": str(n)}
            )
    for table in keys:
        store.execute(f"drop table first_{table}")
    store.checkpoint()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2_000, help="in all")
    parser.add_argument("--call", type=int, default=CALL, help="requests in one call")
    parser.add_argument("--memory", default="384MB", help="DuckDB's share (CW_MEMORY_LIMIT): its cache of the ledger fills whatever it may")
    parser.add_argument("--minimal", action="store_true", help="the shortest answers")
    parser.add_argument("--full", action="store_true", help="100,000 requests in one call")
    parser.add_argument("--million", action="store_true", help="1,000,000 requests in ten calls")
    parser.add_argument("--grown", action="store_true", help="100,000 requests into an empty store, and again when it holds 900,000")
    options = parser.parse_args()
    total = 1_000_000 if options.million else CALL if options.full else options.requests
    if options.grown:
        total = 2 * options.call
    with tempfile.TemporaryDirectory() as folder:
        emulator = start(Path(folder) / "emulator.sqlite", "--clock", "fake", "--content", "minimal")
        if not options.minimal:
            emulator.faults({"do": "reply", "reply": {"is_valid": True, "rejection_reason": None, "records": [RECORD]}})
        home = Path(folder) / "home"
        settings = Settings(
            home=home, profile="default", anthropic_api_key="k", anthropic_base_url=emulator.url, budget_run_usd=10_000,
            budget_month_usd=100_000, threads=2,
        )  # fmt: skip
        try:
            with open_store(home, threads=2, memory_limit=options.memory) as store:
                for first in range(0, total, options.call):
                    done = measure(emulator, store, settings, first, min(options.call, total - first))
                    print(f"{store.value('select count(*) from llm.request'):>9,} in the store; {done}", flush=True)
                    if options.grown and not first:
                        grow(store, COPIES)
        finally:
            emulator.stop()


if __name__ == "__main__":
    main()
