"""Prompt caches of the emulated providers: who has seen which prefix, and until when."""

import threading

from tests.emulator.clock import Clock
from tests.emulator.faults import luck as draw


class CacheBook:
    """Prefix hashes with their time to live. In batches a hit is best effort, at `batch_hit_rate`."""

    def __init__(self, clock: Clock, *, batch_hit_rate: float = 0.7):
        self._clock, self._rate = clock, batch_hit_rate
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}

    def touch(self, key: str, *, ttl_s: float, in_batch: bool, luck: str) -> bool:
        """True when the prefix is read from the cache; otherwise it is written now. Both renew its life."""
        now = self._clock.now().timestamp()
        with self._lock:
            hit = self._until.get(key, 0.0) > now
            self._until[key] = now + ttl_s
        return hit and (not in_batch or draw(luck) < self._rate)

    def clear(self) -> None:
        with self._lock:
            self._until.clear()
