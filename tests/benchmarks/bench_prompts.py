"""How long requests are, in stores of any size: `python -m tests.benchmarks.bench_prompts HOME…`.

Each home's ledger holds the inputs that its nights asked about, of every task. They are put before the paid routes' own door
again, which bounds, prices and would send them: the longest request of each task is printed beside the store's size. Exit 1 when
one is over the limit.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from tasks.llm import Ask
from tasks.llm.moves import Send
from tasks.llm.prompting import MAX_INPUT_TOKENS
from tasks.llm.sitting import next_moves, request_of, sit
from tasks.run import Run
from tasks.settings import Settings
from tasks.store import open_store

TASKS = ("canonicalize", "summarise", "position", "plan", "message")
PROFILES = ("default", "strategy", "local")
NOW = datetime(2026, 11, 26, tzinfo=UTC)


def longest(inputs: list[dict[str, object]], task: str, profile: str) -> int:
    """Likely input tokens of the longest request that a profile would make for these inputs."""
    run = Run("prompts", "dry-run", NOW.date(), profile, NOW)
    asks = [Ask(str(number), given) for number, given in enumerate(inputs)]
    with open_store(None) as empty:
        sitting = sit(empty, task, asks, run=run, settings=Settings(profile=profile))
        moves = next_moves(sitting, None)
        sends = {key: move for key, move in moves.items() if isinstance(move, Send)}
        return max((request_of(sitting, key, move, at=NOW).input_tokens for key, move in sends.items()), default=0)


def main(homes: list[Path]) -> int:
    print("| store | messages | " + " | ".join(f"{t}, tokens at most (requests)" for t in TASKS) + " |")
    print("|---|---|" + "---|" * len(TASKS))
    most = 0
    for home in homes:
        with open_store(home, read_only=True) as store:
            messages = store.value("select count(*) from raw.submission")
            rows = store.rows("select distinct task, inputs from llm.request where inputs is not null")
        by_task = {task: [json.loads(text) for name, text in rows if name == task] for task in TASKS}
        cells = []
        for task, inputs in by_task.items():
            found = max(longest(inputs, task, profile) for profile in PROFILES)
            most = max(most, found)
            cells.append(f"{found:,} ({len(inputs):,})")
        print(f"| {home.name} | {messages:,} | {' | '.join(cells)} |", flush=True)
    print(f"\nlongest: {most:,} of {MAX_INPUT_TOKENS:,}")
    return 0 if most <= MAX_INPUT_TOKENS else 1


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
