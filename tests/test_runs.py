"""The book of runs: who resumes a killed run, who ends it, and by which clock."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tasks.erase import affected_runs, erase_one
from tasks.errors import Misconfigured, VerificationFailed
from tasks.evidence import append_event
from tasks.night import NIGHT, step_named
from tasks.seals import check_seals
from tasks.session import open_session
from tasks.settings import Settings
from tasks.store import open_store, sql_text
from tests.cases import thinned

SAMPLE = Path(__file__).parents[1] / "data" / "sample" / "night1"


def write_inbox(home: Path) -> None:
    shutil.copytree(SAMPLE, home / "inbox")


def night(home: Path, day: int, *, now: datetime | None = None, is_killed: bool = False, kind: str = "nightly") -> bool:
    """Open a run and take its first step; returns whether it was resumed."""
    now = now or datetime(2026, 11, day, 20, 30, tzinfo=UTC)
    with open_session(Settings(home=home), kind=kind, run_on=date(2026, 11, day), now=now) as session:
        session.take(step_named("ingest"))
        if is_killed:
            raise KeyboardInterrupt
        return session.resumed
    return False


def killed(home: Path, day: int) -> None:
    with suppress(KeyboardInterrupt):
        night(home, day, is_killed=True)


def statuses(home: Path) -> list[tuple[str, str]]:
    with open_store(home, read_only=True) as store:
        return store.rows("select cast(run_on as varchar), status from ops.run left join ops.run_end using (run_id) order by run_id")


def test_a_killed_night_is_resumed_on_its_date_and_ended_by_a_night_of_another(tmp_path: Path) -> None:
    write_inbox(tmp_path)
    killed(tmp_path, 1)
    assert night(tmp_path, 1) is True
    killed(tmp_path, 2)
    assert night(tmp_path, 3) is False
    assert [s == "killed" for _, s in statuses(tmp_path)] == [False, True, False]
    assert all(s for _, s in statuses(tmp_path))


def erase(home: Path) -> None:
    with open_store(home) as store:
        name = store.value("select min(submission_id) from raw.submission where raw_text is not null")
        erase_one(store, name, reason="asked", at=datetime(2026, 11, 1, 21, tzinfo=UTC))


def review(home: Path) -> None:
    with open_store(home) as store:
        append_event(store, "plan_reviewed", entity=("plan", "p"), payload={}, at=datetime(2026, 11, 1, 21, tzinfo=UTC))


def back_fill(home: Path) -> None:
    night(home, 3, kind="backfill")


@pytest.mark.parametrize("meanwhile", thinned([erase, review, back_fill], every=3))
def test_a_killed_night_is_not_resumed_under_its_clock_once_others_have_written(tmp_path: Path, meanwhile: Callable[[Path], None]) -> None:
    write_inbox(tmp_path)
    killed(tmp_path, 1)
    meanwhile(tmp_path)
    assert night(tmp_path, 1) is False
    with open_store(tmp_path) as store:
        assert store.rows("select status from ops.run join ops.run_end using (run_id) order by run_id")[0] == ("killed",)
        check_seals(store)


@pytest.mark.parametrize("step", thinned(["cluster", "summarise"], every=2))
def test_a_killed_night_that_has_clustered_is_not_resumed_while_messages_wait(tmp_path: Path, step: str) -> None:
    """What waits for money, an answer or a first request would be clustered at the same instant again."""
    write_inbox(tmp_path)
    with suppress(KeyboardInterrupt):
        whole_night(tmp_path, 1, killed_before=step)
    with open_store(tmp_path) as store:  # as if one had got no answer before
        some = "(select min(submission_id) from core.canonical)"
        store.execute(f"delete from core.canonical where submission_id = {some}")
        assert store.value("select count(*) from core.submission_state where state = 'pending'") == 1
    assert night(tmp_path, 1) is (step == "cluster")


def test_what_its_own_inbox_asks_to_erase_keeps_no_night_from_being_resumed(tmp_path: Path) -> None:
    write_inbox(tmp_path)
    first = next((tmp_path / "inbox" / "submissions").glob("*.jsonl")).read_text(encoding="utf-8").partition("\n")[0]
    row = {"submission_id": json.loads(first)["id"]}
    asked = tmp_path / "inbox" / "erasures" / "asked.jsonl"
    asked.parent.mkdir(exist_ok=True)
    asked.write_text(json.dumps(row | {"requested_at": "2026-11-01T10:00:00Z"}) + "\n")
    with suppress(KeyboardInterrupt):
        whole_night(tmp_path, 1, killed_before="embed")
    with open_store(tmp_path, read_only=True) as store:
        assert store.value("select count(*) from ops.erased where run_id is not null") > 0
    assert night(tmp_path, 1) is True


def test_what_a_killed_night_wrote_is_sealed_by_the_night_that_takes_up_its_work(tmp_path: Path) -> None:
    write_inbox(tmp_path)
    killed(tmp_path, 1)
    night(tmp_path, 2)
    with open_store(tmp_path) as store:
        assert check_seals(store) == 2
        store.execute("update raw.submission set raw_text = 'forged' where rowid = 0")
        with pytest.raises(VerificationFailed, match=r"raw\.submission"):
            check_seals(store)


def test_no_run_follows_one_that_began_by_a_clock_that_was_ahead(tmp_path: Path) -> None:
    ahead = datetime.now(UTC) + timedelta(days=200)
    night(tmp_path, 1, now=ahead)
    for day in (1, 2):
        with pytest.raises(Misconfigured, match=r"set the clock right.*docs/runbook"):
            night(tmp_path, day)
    assert night(tmp_path, 3, now=ahead) is False, "the clock says so too"


def add_message(home: Path, number: int) -> None:
    row = {"id": f"late-{number}", "raw_text": "کوچه ما چراغ ندارد", "created_at": "2026-11-01T10:00:00Z"}
    (home / "inbox" / "submissions" / f"late-{number}.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")


def whole_night(home: Path, day: int, *, killed_before: str | None = None) -> str:
    """Walk the night; returns its run id."""
    now = datetime(2026, 11, day, 20, 30, tzinfo=UTC)
    with open_session(Settings(home=home), kind="nightly", run_on=date(2026, 11, day), now=now) as session:
        for step in NIGHT:
            if step.name == killed_before:
                raise KeyboardInterrupt
            session.take(step)
    return session.run.run_id


@pytest.mark.slow
@pytest.mark.parametrize("step", ["tally", "verify"])
def test_a_resumed_night_ends_with_what_it_began_with_and_the_next_takes_the_rest(tmp_path: Path, step: str) -> None:
    write_inbox(tmp_path)
    with suppress(KeyboardInterrupt):
        whole_night(tmp_path, 1, killed_before=step)
    add_message(tmp_path, 1)
    first = whole_night(tmp_path, 1)
    with open_store(tmp_path, read_only=True) as store:
        assert "late-1" not in {i for (i,) in store.rows("select submission_id from raw.submission")}
        ingest = [r for r in store.rows(sql_text("steps", "run_steps"), {"run_id": first}) if r[0] == "ingest"]
        assert ingest[0][1] > 100, "the counts of what it read before it was killed"
    second = whole_night(tmp_path, 2)
    published = pl.read_parquet(tmp_path / "published" / second / "canonical.parquet")
    assert "late-1" in published["submission_id"].to_list()


@pytest.mark.slow
@pytest.mark.parametrize("beginning", ["", ".tmp-"])
def test_what_is_erased_after_a_kill_is_not_in_the_folder_that_the_killed_run_left(tmp_path: Path, beginning: str) -> None:
    write_inbox(tmp_path)
    with suppress(KeyboardInterrupt):
        whole_night(tmp_path, 1, killed_before="verify")
    with open_store(tmp_path) as store:  # as if killed between the folder's last file and its booking
        store.execute("delete from ops.event where event_type = 'run_published'")
        store.execute("delete from ops.step where step = 'publish'")
    (tmp_path / "published" / "latest.json").unlink()
    (left,) = (path for path in (tmp_path / "published").iterdir() if path.is_dir())
    left = left.rename(left.with_name(beginning + left.name))  # or while the folder was being written
    copy = tmp_path / "published" / "read.duckdb.tmp"
    copy.write_bytes(b"half a copy")
    erase(tmp_path)
    assert not left.exists() and not copy.exists()
    second = whole_night(tmp_path, 1)
    assert left.name != second
    with open_store(tmp_path, read_only=True) as store:
        erased = {i for (i,) in store.rows("select submission_id from ops.erased")}
    published = pl.read_parquet(tmp_path / "published" / second / "canonical.parquet")
    assert erased and not erased & set(published["submission_id"])


@pytest.mark.slow
def test_erasing_names_the_folder_of_a_run_that_was_killed_after_publishing(tmp_path: Path) -> None:
    write_inbox(tmp_path)
    with suppress(KeyboardInterrupt):
        whole_night(tmp_path, 1, killed_before="verify")
    with open_store(tmp_path) as store:
        run, submission = store.rows("select run_id, min(submission_id) from core.canonical group by 1")[0]
        assert affected_runs(store, submission) == [run]
    second = whole_night(tmp_path, 2)
    with open_store(tmp_path) as store:
        assert affected_runs(store, submission) == [run, second]
        assert store.rows("select published_path from ops.run_end where run_id = ?", [run]) == [(f"published/{run}",)]
