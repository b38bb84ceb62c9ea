"""A cap that is reached in any step that asks ends the night as "budget", exit 6; the work is kept, the next night goes on."""

from pathlib import Path

import pytest

from tasks.night import NIGHT
from tasks.session import open_session
from tasks.settings import Settings
from tasks.store import open_store
from tests.faults.paid_night import NOW, settings_for, start_quick
from tests.faults.small_inbox import write_small_inbox

pytestmark = pytest.mark.faults
NAMES = [step.name for step in NIGHT]


def take(settings: Settings, names: list[str]) -> tuple[str, int, dict[str, int]]:
    """Run these steps as one run; its status and exit code as booked, and what each step could not afford."""
    with open_session(settings, kind="nightly", run_on=NOW.date(), now=NOW) as session:
        for name in names:
            session.take(NIGHT[NAMES.index(name)], wait_s=60)
    refused = {r.step: int(r.details.get("budget_refused", 0)) for r in session.reports}
    with open_store(settings.home, read_only=True) as store:
        status, code = store.rows("select status, exit_code from ops.run_end order by ended_at desc, rowid desc limit 1")[0]
    return status, code, refused


@pytest.mark.parametrize(("paid_until", "refusing"), [("cluster", "summarise"), ("summarise", "position")])
def test_a_cap_reached_in_a_later_step_is_told_and_the_next_night_goes_on(tmp_path: Path, paid_until: str, refusing: str) -> None:
    emulator = start_quick(tmp_path)
    settings = settings_for(tmp_path / "home", write_small_inbox(tmp_path / "inbox")[0], emulator)
    take(settings, NAMES[: NAMES.index(paid_until) + 1])
    status, code, refused = take(settings.model_copy(update={"budget_run_usd": 0.0}), NAMES)
    assert refused[refusing] > 0
    assert (status, code) == ("budget", 6)
    status, code, refused = take(settings, NAMES)
    emulator.stop()
    assert sum(refused.values()) == 0
    assert (status, code) != ("budget", 6)
