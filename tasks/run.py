"""What a run is: its id, its day, its clock; and what a step reports. Values only, no I/O."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any


@dataclass(frozen=True)
class Run:
    """One run. Every row a step writes carries `run_id`; `now` is the run's only clock for data."""

    run_id: str
    kind: str
    run_on: date
    profile: str
    now: datetime


def new_run_id(now: datetime) -> str:
    """Sorts by time: UTC to the second, then four random bytes."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


@dataclass(frozen=True)
class Degradation:
    """Something done less well than meant: what, how many, of how many, and a line for the operator."""

    kind: str
    count: int
    of: int
    note: str = ""

    @property
    def share(self) -> float:
        return self.count / self.of if self.of else 0.0


@dataclass(frozen=True)
class StepReport:
    """Counts of one step. in = out + rejected + skipped + pending, unless `details` says why not."""

    step: str
    in_count: int = 0
    out_count: int = 0
    rejected_count: int = 0
    skipped_count: int = 0
    pending_count: int = 0
    spent_usd: float = 0.0
    degradations: tuple[Degradation, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
