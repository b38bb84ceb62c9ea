"""What 1,000 submissions a month cost, by the emulator's bill: `python -m tests.llm.monthly_cost HOME`.

HOME is the home of an offline night (its ledger holds real inputs of every task). Each is asked again through the
emulator; the average bill per request is multiplied by the strategy document's volumes. Beside it: how far the estimate was off.
"""

import json
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tasks.llm import Ask, complete, estimate
from tasks.llm.outside import Outside
from tasks.run import Run
from tasks.settings import Settings
from tasks.store import open_store
from tests.emulator.handle import Emulator, start

VOLUMES = {"canonicalize": 1000, "summarise": 50, "position": 1000, "plan": 10, "message": 3000}
SAMPLE = 40  # requests asked per task


def measure(
    emulator: Emulator, home: Path, inputs: dict[str, list[dict[str, object]]], profile: str
) -> dict[str, tuple[float, float]]:
    """By task: USD a month from the emulator's bill, and the estimate made before as a share of the charge."""
    settings = Settings(
        home=home, profile=profile, anthropic_api_key="k", anthropic_base_url=emulator.url, deepseek_api_key="k",
        deepseek_base_url=f"{emulator.url}/deepseek", budget_run_usd=100, budget_month_usd=1000,
    )  # fmt: skip

    def now() -> datetime:
        return datetime.fromisoformat(emulator.state()["now"].replace("Z", "+00:00"))

    outside = Outside(now=now, sleep=emulator.advance)
    costs: dict[str, tuple[float, float]] = {}
    with open_store(home) as store:
        for task, volume in VOLUMES.items():
            asks = [Ask(f"{task}-{n}", given) for n, given in enumerate(inputs[task][:SAMPLE])]
            at = now()
            run = Run(f"cost-{task}", "nightly", at.date(), profile, at)
            before = emulator.total_usd()
            guess = estimate(store, task, asks, settings, outside=outside).estimated_usd
            answers = complete(
                store,
                task,
                asks,
                run=run,
                settings=settings,
                wait_s=timedelta(hours=2).total_seconds(),
                outside=outside,
            )
            undone = sum(a.status != "done" for a in answers)
            if undone:
                raise SystemExit(f"{profile} {task}: {undone} of {len(asks)} asks were not answered")
            charged = float(emulator.total_usd() - before)
            costs[task] = charged / len(asks) * volume, guess / charged
    return costs


def main(source: Path) -> None:
    inputs: dict[str, list[dict[str, object]]] = {}
    with open_store(source, read_only=True) as store:
        rows = store.rows(
            "select task, inputs from llm.request where inputs is not null order by request_key"
        )
        for task, text in rows:
            inputs.setdefault(task, []).append(json.loads(text))
    with tempfile.TemporaryDirectory() as folder:
        begin = datetime(
            2026, 11, 23, 20, 30, tzinfo=UTC
        ).isoformat()  # midnight in Tehran: off-peak at DeepSeek
        emulator = start(Path(folder) / "emulator.sqlite", "--clock", "fake", "--start", begin)
        try:
            found = {p: measure(emulator, Path(folder) / p, inputs, p) for p in ("default", "strategy")}
        finally:
            emulator.stop()
    print("| task | volume | default, $ | estimated at | strategy, $ | estimated at |\n|---|---|---|---|---|---|")
    for task, volume in VOLUMES.items():
        told = [f"{usd:.3f} | {share:.2f} x" for usd, share in (found["default"][task], found["strategy"][task])]
        print(f"| {task} | {volume} | {' | '.join(told)} |")
    sums = [sum(usd for usd, _ in found[name].values()) for name in ("default", "strategy")]
    print(f"| total | | {sums[0]:.2f} | | {sums[1]:.2f} | |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
