"""The night as a list of steps. The flows (flows/nightly.py, backfill.py) and the fault harness walk this list.

A step finds its work in the store by what is missing. How a run is booked is in booking.py; who holds the store
while the list is walked, in session.py.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from tasks.run import StepReport

HOUR_S = 3_600


@dataclass(frozen=True)
class Step:
    """A step's name, where its function lies ("module:function", imported when it is run), when Prefect gives it up, which
    options it takes."""

    name: str
    target: str
    timeout_s: int
    takes: tuple[str, ...] = ()

    def load(self) -> Callable[..., StepReport]:
        module, function = self.target.split(":")
        return getattr(importlib.import_module(module), function)  # type: ignore[no-any-return]


NIGHT: tuple[Step, ...] = (
    Step("ingest", "tasks.ingest:ingest_all", HOUR_S),
    Step("erase", "tasks.erase:erase_requested", 600),
    Step("redact", "tasks.redaction:redact_new", HOUR_S),
    Step(
        "canonicalize", "tasks.canonicalize:canonicalize_new", 26 * HOUR_S, takes=("window", "wait_s", "redo")
    ),
    Step("embed", "tasks.embedding:embed_missing", 6 * HOUR_S, takes=("spread",)),
    Step("cluster", "tasks.clustering:cluster_records", 6 * HOUR_S, takes=("spread",)),
    Step("summarise", "tasks.summarise:summarise_clusters", 6 * HOUR_S, takes=("wait_s",)),
    Step("position", "tasks.position:position_records", 6 * HOUR_S, takes=("wait_s",)),
    Step("tally", "tasks.tally:tally_votes", 1_800),
    Step("plan", "tasks.plan:plan_actions", 6 * HOUR_S, takes=("wait_s",)),
    Step("message", "tasks.message:write_messages", 6 * HOUR_S, takes=("wait_s",)),
    Step("check", "tasks.checks:run_checks", 1_800),
    Step("publish", "tasks.publish:publish_run", HOUR_S),
    Step("verify", "tasks.verify:verify_published", 1_800),
    # last: what was good is published before bad sources end the run
    Step("refuse", "tasks.ingest:raise_refused", 600),
)


def step_named(name: str) -> Step:
    """The step of that name."""
    return next(step for step in NIGHT if step.name == name)
