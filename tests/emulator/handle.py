"""A handle on a running emulator: start it, script it, read its bill, stop it."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Emulator:
    """A running emulator and its control desk."""

    url: str
    process: subprocess.Popen[str]

    @property
    def pid(self) -> int:
        return self.process.pid

    def openai_url(self, profile: str) -> str:
        """The base URL an OpenAI client takes for one profile."""
        return f"{self.url}/{profile}/v1"

    def advance(self, seconds: float) -> None:
        self.control("POST", "advance", {"seconds": seconds})

    def now(self) -> datetime:
        return datetime.fromisoformat(self.control("GET", "clock")["now"])

    def faults(self, *rules: Mapping[str, Any]) -> None:
        """Replace the script of faults."""
        self.control("POST", "faults", list(rules))

    def fired(self) -> list[dict[str, Any]]:
        """The rules with how often each has fired."""
        found: list[dict[str, Any]] = self.control("GET", "faults")
        return found

    def bill(self) -> list[dict[str, Any]]:
        """Every charged request, in order."""
        return self.jsonl("bill")

    def total_usd(self) -> Decimal:
        return Decimal(self.control("GET", "totals")["total_usd"])

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.control("GET", "state")
        return found

    def journal(self) -> list[dict[str, Any]]:
        return self.jsonl("journal")

    def bodies(self) -> list[dict[str, Any]]:
        """Every request the models were shown."""
        return self.jsonl("bodies")

    def reset(self) -> None:
        self.control("POST", "reset", {})

    def jsonl(self, word: str) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.url}/_control/{word}", timeout=60) as response:
            return [json.loads(line) for line in response]

    def control(self, method: str, word: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_control/{word}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        if self.process.stdout is not None:
            self.process.stdout.close()


def start(state: Path, *options: str) -> Emulator:
    """Start a process and wait for its line; the caller stops it.

    Raises:
        RuntimeError: it ended without a line (its stderr says why).
    """
    command: Sequence[str] = [sys.executable, "-m", "tests.emulator", "--state", str(state), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the emulator did not start: exit {process.wait(timeout=20)}")
    return Emulator(json.loads(line)["url"], process)
