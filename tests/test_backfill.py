"""Asking again: the same engine's same answer changes nothing; another's stands beside the old one and is the one that counts."""

from datetime import UTC, date, datetime
from pathlib import Path

from tasks.checks import failing_checks
from tasks.night import step_named
from tasks.session import open_session
from tasks.settings import Settings
from tasks.status import run_steps
from tasks.store import Store, open_store
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


def test_the_counts_of_a_back_fills_windows_add_up_in_its_report(own_nights: Path) -> None:
    settings = Settings(home=own_nights, profile="offline")
    now = datetime(2026, 11, 4, 20, 30, tzinfo=UTC)
    with open_session(settings, kind="backfill", run_on=DAYS.last, now=now) as session:
        taken = [session.take(step_named("canonicalize"), window=day, redo=True) for day in DAYS.days()]
        assert all(report.in_count for report in taken)
        told = run_steps(session.store, session.run.run_id)[0]
        assert (told["in"], told["out"]) == (sum(r.in_count for r in taken), sum(r.out_count for r in taken))
        assert told["in"] == told["out"] + told["rejected"] + told["skipped"] + told["pending"]
        session.take(step_named("canonicalize"), window=next(DAYS.days()), redo=True)  # resumed: all of the window once more
        again = run_steps(session.store, session.run.run_id)[0]
        assert {**again, "ms": 0} == {**told, "ms": 0}


def book(store: Store, window: str | None, counts: tuple[int, int, int, int], usd: float, minute: int) -> None:
    """A step's row: counts are in, out, rejected, pending."""
    details = f'{{"window": "{window}", "is_redo": false}}' if window else "{}"
    taken, out, rejected, pending = counts
    store.execute(
        "insert into ops.step values ('r', 'canonicalize', ?, ?, ?, 0, ?, ?, '[]', ?, 1000, 1, ?)",
        [taken, out, rejected, pending, usd, details, datetime(2026, 11, 4, 20, minute, tzinfo=UTC)],
    )


def test_an_attempt_that_was_resumed_did_what_the_first_had_left() -> None:
    with open_store(None) as store:
        book(store, "d1", (10, 8, 1, 1), 0.5, 1)
        book(store, "d2", (6, 6, 0, 0), 0.25, 2)
        book(store, "d1", (1, 0, 0, 1), 0.0, 3)  # killed and resumed: what waited still waits
        book(store, "d2", (0, 0, 0, 0), 0.0, 4)
        book(store, "d3", (4, 3, 1, 0), 1.0, 5)
        columns = ("in", "out", "rejected", "skipped", "pending", "usd", "ms")
        assert [tuple(row[c] for c in columns) for row in run_steps(store, "r")] == [(20, 17, 2, 0, 1, 1.75, 5000)]


def test_of_a_night_the_latest_attempt_counts() -> None:
    with open_store(None) as store:
        book(store, None, (10, 8, 1, 1), 0.5, 1)
        book(store, None, (1, 1, 0, 0), 0.1, 2)
        assert [(row["in"], row["out"]) for row in run_steps(store, "r")] == [(1, 1)]
