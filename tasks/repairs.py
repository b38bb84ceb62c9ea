"""One repair turn, then what is left is taken and pruned: the checks that steps give to `tasks.llm.complete`.

The front door asks again when a check gives reasons, and would call an answer dead after the second time.
A summary with one bad sentence in six is worth keeping without it, so the second answer passes here and
the step drops what fails. That there was a first time is read from the ledger: a run that was killed in
between goes on the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasks.llm import Ask
    from tasks.settings import Settings
    from tasks.store import Store

Faults = Callable[["Ask", Any], Sequence[str]]


def repair_once(store: Store, task: str, faults: Faults, *, settings: Settings) -> Faults | None:
    """A check that gives `faults` of the first answer to each ask and lets the second pass.

    None for the offline engine: it answers the same however often it is asked.
    """
    if settings.profile == "offline":
        return None
    repaired = {row[0] for row in store.step("repaired_asks", {"task": task}).iter_rows()}

    def check(ask: Ask, value: Any) -> Sequence[str]:
        if ask.key in repaired:
            return ()
        reasons = faults(ask, value)
        if reasons:
            repaired.add(ask.key)
        return reasons

    return check
