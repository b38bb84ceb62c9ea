"""One progress bar per run in the UI: the share of its steps that are done, and how far the present one is.

An update is a call to the server, so it is made at most every few seconds; a short night has two.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact

from tasks.progress import listening

log = logging.getLogger("collective_will.flows")
EVERY_S = 5.0


class RunProgress:
    """The bar of one run, over `parts` equal parts."""

    def __init__(self, heading: str, *, parts: int):
        self.heading, self.parts, self.done = heading, parts, 0
        self._artifact = cast(
            "UUID", create_progress_artifact(0.0, key="progress", description=f"{heading}: begun")
        )
        self._told_at = time.monotonic()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """The next part of the run; what its steps tell of themselves moves the bar."""
        with listening(
            lambda done, total: self._tell(done / max(total, 1), f"{name}: {done:,} of {total:,}")
        ):
            yield
        self.done += 1
        self._tell(0.0, f"{name}: done", is_last=self.done == self.parts)

    def _tell(self, share: float, line: str, *, is_last: bool = False) -> None:
        now = time.monotonic()
        if not is_last and now - self._told_at < EVERY_S:
            return
        self._told_at = now
        percent = min(100.0, 100.0 * (self.done + share) / self.parts)
        update_progress_artifact(self._artifact, percent, description=f"{self.heading}: {line}")
        if not is_last:
            log.info("%s", line)
