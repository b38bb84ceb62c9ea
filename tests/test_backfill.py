"""Asking again: the same engine's same answer changes nothing; another's stands beside the old one and is the one that counts."""

from datetime import UTC, date, datetime
from pathlib import Path

from tasks.checks import failing_checks
from tasks.night import step_named
from tasks.session import open_session
from tasks.settings import Settings
from tasks.store import open_store
from tasks.window import Window

DAYS = Window(date(2026, 11, 1), date(2026, 11, 2))


def test_asking_the_same_engine_again_writes_nothing(own_nights: Path) -> None:
    settings = Settings(home=own_nights, profile="offline")
    with open_store(own_nights, read_only=True) as store:
        before = store.rows("select count(*), count(distinct record_id) from core.canonical")
    now = datetime(2026, 11, 4, 20, 30, tzinfo=UTC)
    with open_session(settings, kind="backfill", run_on=DAYS.last, now=now) as session:
        report = session.take(step_named("canonicalize"), window=DAYS, redo=True)
        assert report.in_count > 300
        assert session.store.rows("select count(*), count(distinct record_id) from core.canonical") == before
        assert session.store.value("select count(*) - count(distinct record_id) from core.record") == 0
        assert failing_checks(session.store) == {}


def test_a_newer_answer_counts_and_the_old_one_stays(own_nights: Path) -> None:
    with open_store(own_nights) as store:
        old = store.rows("select record_id, submission_id from core.record order by 1 limit 1")[0]
        store.execute(
            "insert into core.canonical by name select * replace ('newer' as record_id, 'other' as request_key,"
            " 'another model' as model, created_at + interval 1 day as created_at) from core.canonical where record_id = ?",
            [old[0]],
        )
        live = store.rows("select record_id, model from core.record where submission_id = ?", [old[1]])
        assert live == [("newer", "another model")]
        assert store.value("select count(*) from core.canonical where record_id = ?", [old[0]]) == 1
