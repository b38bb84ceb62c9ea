"""What must hold after a disturbed night: every answer in, each request charged once, ledger equals bill."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tasks.store import open_store
from tests.emulator.handle import ROOT, Emulator

TOLERANCE_USD = Decimal("0.000000001")  # doubles in the ledger, picodollars in the bill


@dataclass
class Nights:
    """The process that forks nights (tests/faults/llm_night.py)."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls) -> "Nights":
        command = [sys.executable, "-m", "tests.faults.llm_night"]
        return cls(
            subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )

    def run(self, order: dict[str, Any], *, before_start: Callable[[int], None] | None = None) -> int:
        """One night; `before_start` gets its pid while it waits. Its exit code; −9 when it was killed."""
        self._write(json.dumps(order))
        pid = self._read()["pid"]
        if before_start is not None:
            before_start(pid)
        self._write("go")
        return int(self._read()["status"])

    def stop(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def _write(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found


def answers_in(home: Path) -> dict[str, Any]:
    """What the last undisturbed night answered."""
    found: dict[str, Any] = json.loads((home / "answers.json").read_text(encoding="utf-8"))
    return found


def finish(nights: Nights, home: Path, url: str, n: int, *, most: int = 4, profile: str = "default") -> None:
    """Nights until one comes to its end with everything answered."""
    for _ in range(most):
        (home / "answers.json").unlink(missing_ok=True)
        status = nights.run({"home": str(home), "url": url, "n": n, "profile": profile})
        if status == 0 and all(a[0] == "done" for a in answers_in(home)["answers"].values()):
            return
    raise AssertionError(f"not finished after {most} nights; last exit {status}")


def ledger_usd(home: Path) -> Decimal:
    """All that the ledger says was spent."""
    with open_store(home, wait_s=5.0, threads=1) as store:
        return Decimal(store.value("select coalesce(sum(cost_usd), 0) from llm.spend where is_actual"))


def booked_tries(home: Path) -> int:
    """Calls that the ledger knows of: answered, lost, or under way."""
    with open_store(home, wait_s=5.0, threads=1) as store:
        return int(store.value("select count(*) from llm.spend"))


def reserved_count(home: Path) -> int:
    """Requests that the ledger still takes to be under way."""
    with open_store(home, wait_s=5.0, threads=1) as store:
        return int(store.value("select count(*) from llm.open_member"))


def charged_per_key(emulator: Emulator) -> Counter[str]:
    """Charges per request key (its first 24 characters, the end of the custom id)."""
    return Counter(charge["custom_id"].rsplit("-", 1)[-1] for charge in emulator.bill())


def check_books(emulator: Emulator, home: Path, n: int, *, calm: dict[str, Any]) -> None:
    """Every promise at once, after `finish`."""
    assert answers_in(home)["answers"] == calm["answers"], "the same answers as on a calm night"
    per_key = charged_per_key(emulator)
    assert len(per_key) == n and set(per_key.values()) == {1}, (
        f"charged once each, not {Counter(per_key.values())}"
    )
    assert abs(ledger_usd(home) - emulator.total_usd()) < TOLERANCE_USD
    assert reserved_count(home) == 0
