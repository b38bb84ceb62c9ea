"""The emulator's clock: real time, or a fake one that moves only when a test says so."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Literal


class Clock:
    """Time in UTC. A fake clock stands still at `start`; both can be advanced, never turned back."""

    def __init__(self, kind: Literal["fake", "real"], start: datetime | None = None):
        self.kind = kind
        self._start = start or datetime.now(UTC)
        self._born = time.time()
        self._ahead = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            passed = timedelta(seconds=time.time() - self._born) if self.kind == "real" else timedelta()
            return self._start + passed + self._ahead

    def advance(self, seconds: float) -> datetime:
        if seconds < 0:
            raise ValueError("a clock is advanced by 0 s or more")
        with self._lock:
            self._ahead += timedelta(seconds=seconds)
        return self.now()


def stamp(at: datetime) -> str:
    """RFC 3339, as the real API writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
