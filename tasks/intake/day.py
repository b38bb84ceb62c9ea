"""What became of each source of one call of ingest, and the step's report of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tasks.run import Degradation, StepReport

if TYPE_CHECKING:
    from tasks.intake.books import Outcome

log = logging.getLogger("collective_will.ingest")


@dataclass
class Day:
    """What happened to each source of one call."""

    file_count: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    known: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    refused_before: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    empty: list[str] = field(default_factory=list)
    extra: dict[str, int] = field(default_factory=dict)
    loud: dict[str, str] = field(default_factory=dict)
    quiet: dict[str, str] = field(default_factory=dict)

    def add(self, outcome: Outcome) -> None:
        name = outcome.source.name
        if outcome.refused and not outcome.is_news:
            self.refused_before[name] = outcome.refused
            return
        if outcome.refused:
            self.refused[name] = f"{outcome.refused}: {outcome.detail}"
        elif outcome.row_count == 0 and outcome.source.kind == "file":
            self.empty.append(name)
        self.outcomes.append(outcome)
        log.info(
            "%s: %d rows, %d accepted, %d refused, %d known%s",
            name, outcome.row_count, outcome.accepted_count, outcome.rejected_count, outcome.duplicate_count,
            f" ({outcome.refused})" if outcome.refused else "",
        )  # fmt: skip

    def report(self) -> StepReport:
        told = {
            "waiting_file": self.waiting,
            "refused_file": self.refused | self.refused_before,
            "ignored_entry": self.loud,
            "empty_file": self.empty,
        }
        of = max(self.file_count + len(self.loud), 1)
        return StepReport(
            step="ingest",
            in_count=sum(o.row_count for o in self.outcomes),
            out_count=sum(o.accepted_count for o in self.outcomes),
            rejected_count=sum(o.rejected_count for o in self.outcomes),
            skipped_count=sum(o.duplicate_count for o in self.outcomes),
            degradations=tuple(
                Degradation(kind, len(names), of, ", ".join(sorted(names)[:5]))
                for kind, names in told.items()
                if names
            ),
            details={
                "files": len(self.outcomes),
                "known_files": self.known,
                "refused_files": self.refused,
                "refused_before": self.refused_before,
                "waiting_files": self.waiting,
                "empty_files": self.empty,
                "extra_columns": self.extra,
                "ignored_entries": self.loud | self.quiet,
            },
        )
