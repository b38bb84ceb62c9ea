"""The night as a list of steps. The flow (flows/nightly.py) and the fault harness walk the same list.

A step finds its work in the store by what is missing. How a run is booked is in booking.py; who holds the store
while the list is walked, in session.py.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from tasks.run import StepReport


@dataclass(frozen=True)
class Step:
    """A step's name, where its function lies ("module:function", imported when it is run), which options it takes."""

    name: str
    target: str
    takes: tuple[str, ...] = ()

    def load(self) -> Callable[..., StepReport]:
        module, function = self.target.split(":")
        return getattr(importlib.import_module(module), function)  # type: ignore[no-any-return]


NIGHT: tuple[Step, ...] = (
    Step("ingest", "tasks.ingest:ingest_all"),
    Step("erase", "tasks.erase:erase_requested"),
    Step("redact", "tasks.redaction:redact_new"),
    Step("canonicalize", "tasks.canonicalize:canonicalize_new", takes=("window", "wait_s", "redo")),
    Step("embed", "tasks.embedding:embed_missing", takes=("spread",)),
    Step("cluster", "tasks.clustering:cluster_records", takes=("spread",)),
    Step("summarise", "tasks.summarise:summarise_clusters", takes=("wait_s",)),
    Step("position", "tasks.position:position_records", takes=("wait_s",)),
    Step("tally", "tasks.tally:tally_votes"),
    Step("plan", "tasks.plan:plan_actions", takes=("wait_s",)),
    Step("message", "tasks.message:write_messages", takes=("wait_s",)),
    Step("check", "tasks.checks:run_checks"),
    Step("publish", "tasks.publish:publish_run"),
    Step("verify", "tasks.verify:verify_published"),
    Step(
        "refuse", "tasks.ingest:raise_refused"
    ),  # last: what was good is published before bad sources end the run
)


def step_named(name: str) -> Step:
    """The step of that name."""
    return next(step for step in NIGHT if step.name == name)
