"""A run that degrades too much is stopped, and says so in a sentence; what killed runs left of their publication goes."""

import json
from datetime import date
from pathlib import Path

import pytest

from tasks.booking import begin_run, drop_unbooked, refuse_degraded
from tasks.errors import Degraded
from tasks.run import Degradation, StepReport
from tasks.settings import Settings
from tasks.store import open_store


def report(count: int, of: int) -> StepReport:
    return StepReport(step="summarise", degradations=(Degradation("summary_held_back", count, of, ""),))


def test_a_run_that_degrades_too_much_stops_with_the_cause_and_the_remedy(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(Degraded) as stopped:
        refuse_degraded(report(12, 40), settings)
    line = str(stopped.value)
    assert line.startswith("step summarise stopped the run: 12 of 40 summaries failed a check")
    assert "30%" in line and "CW_MAX_DEGRADED" in line and "unexpected" not in line.lower()
    assert stopped.value.exit_code == 1


@pytest.mark.parametrize(("count", "of"), [(4, 40), (19, 19)])
def test_a_share_within_the_limit_and_a_small_night_are_only_told(tmp_path: Path, count: int, of: int) -> None:
    refuse_degraded(report(count, of), Settings(home=tmp_path))


def test_votes_for_what_an_export_lacks_keep_nobody_elses_counts_back(tmp_path: Path) -> None:
    told = Degradation("vote_for_unknown_option", 30, 40, "")
    refuse_degraded(StepReport(step="tally", degradations=(told,)), Settings(home=tmp_path))


def test_a_folder_that_was_published_after_the_backup_that_was_put_back_stays(tmp_path: Path) -> None:
    published = tmp_path / "published"
    settings = Settings(home=tmp_path)
    with open_store(tmp_path) as store:
        killed, _ = begin_run(store, kind="nightly", run_on=date(2026, 11, 1), settings=settings)
        for name in (killed.run_id, ".tmp-x"):
            (published / name).mkdir(parents=True)
        (published / "latest.json").write_text(json.dumps({"run_id": killed.run_id}))
        assert drop_unbooked(store, published) == 1, "the half-written one"
        follower, resumed = begin_run(store, kind="nightly", run_on=date(2026, 11, 2), settings=settings)
        assert not resumed
        (published / "latest.json").write_text(json.dumps({"run_id": follower.run_id}))
        assert drop_unbooked(store, published, own=follower.run_id) == 0
        assert (published / killed.run_id).is_dir()
        (published / follower.run_id).mkdir()
        assert drop_unbooked(store, published, own=follower.run_id) == 1, "it is built anew"
