"""`python -m tests.emulator`: start one emulator; prints one JSON line with its URL when the port is open."""

import argparse
import json
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.emulator.batches import Config
from tests.emulator.clock import Clock
from tests.emulator.content import default_source
from tests.emulator.faults import Faults
from tests.emulator.server import print_line, run
from tests.emulator.world import World


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, serve until SIGTERM."""
    options = _parser().parse_args(arguments)
    state = options.state or Path(tempfile.mkdtemp(prefix="emulator-")) / "state.sqlite"
    world = World(
        state_file=state,
        clock=Clock(options.clock, options.start),
        faults=Faults(_rules(options.faults), seed=options.seed),
        config=Config(options.batch_seconds, options.content or default_source(), options.seed),
        quirk_rate=options.quirk_rate,
        cache_hit_rate=options.cache_hit_rate,
    )
    run(world, options.port, print_line)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument(
        "--state", type=Path, help="SQLite file that keeps bill and batches (default: a fresh one)"
    )
    parser.add_argument("--faults", default="[]", help="a JSON list of rules, or a file that holds one")
    parser.add_argument("--clock", choices=("fake", "real"), default="real")
    parser.add_argument(
        "--start", type=datetime.fromisoformat, help="what time it is, with offset (default: now)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--batch-seconds", type=float, default=5.0, help="how long a batch takes, by the clock"
    )
    parser.add_argument(
        "--content", choices=("engine", "minimal"), help="offline engine, or the smallest valid JSON"
    )
    parser.add_argument("--quirk-rate", type=float, default=0.0, help="how often a server shows its quirk")
    parser.add_argument("--cache-hit-rate", type=float, default=0.7, help="prompt-cache hits in batches")
    return parser


def _rules(text: str) -> Any:
    return json.loads(text if text.lstrip().startswith("[") else Path(text).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
