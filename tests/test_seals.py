"""What a run wrote is sealed in the evidence chain when it ends: a value edited by hand in the store is found and named."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tasks.checks import failing_checks
from tasks.erase import erase_one
from tasks.errors import VerificationFailed
from tasks.review import list_plans, review_plan
from tasks.seals import booked_seals, check_seals
from tasks.store import FILE_NAME, Store, open_store
from tasks.verify import verify_target

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def verify(home: Path) -> list[str]:
    told = verify_target(home, None, reading=lambda: open_store(home, read_only=True))["verified"]
    return list(told)


@pytest.fixture
def own_store(three_nights: Path, tmp_path: Path) -> Path:
    """A home with a copy of the store alone."""
    shutil.copy(three_nights / FILE_NAME, tmp_path / FILE_NAME)
    return tmp_path


def sealed(home: Path) -> int:
    with open_store(home, read_only=True) as store:
        return check_seals(store)


def alter(home: Path, statement: str) -> None:
    with open_store(home) as store:
        store.execute(statement)


def test_every_table_of_facts_is_sealed_but_the_vectors(three_nights: Path) -> None:
    with open_store(three_nights, read_only=True) as store:
        facts = {t for t in store.tables() if t.split(".")[0] in ("raw", "core", "out")}
        counts = store.table_counts()
        sealed = {table for seal in booked_seals(store).values() for table in seal}
        assert check_seals(store) == 3
    assert {t for t in facts - sealed if counts[t]} == {"core.embedding"}
    assert "llm.reply" in sealed
    assert "the store holds what 3 ended runs wrote" in verify(three_nights)


@pytest.mark.parametrize(
    "statement",
    [
        "update raw.vote set choice = 'agree' where vote_id = (select min(vote_id) from raw.vote where choice <> 'agree')",
        "update raw.submission set raw_text = raw_text || '.' where raw_text is not null and submission_id = (select min(submission_id) from raw.submission)",
        "update core.tally set people_count = people_count + 1",
        "update core.summary set proposition_fa = 'چیز دیگر' where summary_id = (select min(summary_id) from core.summary)",
        "update core.claim set is_ok = true, text_en = 'Something else.' where ordinal = 0",
        "update core.membership set probability = 0.5 where record_id = (select min(record_id) from core.membership)",
        "update core.cluster_run set state = 'x'::blob",
        "update out.action_plan set safe_for_inside_iran = true",
        "update llm.reply set cost_usd = 1",
        "insert into raw.endorsement select * replace ('again' as endorsement_id) from raw.endorsement limit 1",
    ],
)
def test_a_value_edited_by_hand_is_found_and_its_table_named(own_store: Path, statement: str) -> None:
    alter(own_store, statement)
    with pytest.raises(VerificationFailed, match=statement.split()[1 if statement.startswith("update") else 2]):
        sealed(own_store)


def test_the_seals_do_not_reach_the_vectors_nor_a_run_that_has_not_ended(own_store: Path) -> None:
    """The boundary, as docs/privacy.md states it."""
    alter(own_store, "update core.embedding set backend = 'another'")
    alter(own_store, "insert into core.wording values ('t', 'c', 'a-run-that-is-still-going')")
    assert sealed(own_store) == 3


def one_erasable(store: Store) -> str:
    found = store.value("select min(submission_id) from core.canonical anti join ops.erased using (submission_id)")
    return str(found)


def test_erasing_renews_the_seals_it_breaks_and_only_those(own_store: Path) -> None:
    with open_store(own_store) as store:
        before = booked_seals(store)
        erase_one(store, one_erasable(store), reason="asked", at=NOW)
        after = booked_seals(store)
        changed = {run: [t for t in seal if seal[t] != after[run][t]] for run, seal in before.items()}
    assert sealed(own_store) == 3
    assert [tables for tables in changed.values() if tables] == [["core.canonical", "core.redaction", "out.message", "raw.submission"]]


def test_erasing_seals_nothing_that_was_altered_before(own_store: Path) -> None:
    alter(own_store, "update core.canonical set position = 'oppose'")
    with open_store(own_store) as store:
        submission = one_erasable(store)
        with pytest.raises(VerificationFailed, match=r"core\.canonical"):
            erase_one(store, submission, reason="asked", at=NOW)
        assert store.value("select raw_text from raw.submission where submission_id = ?", [submission])


def test_a_reviewers_decision_turned_round_by_hand_is_found(own_store: Path) -> None:
    with open_store(own_store) as store:
        review_plan(store, list_plans(store)[0]["plan_id"], "rejected", "Sara", NOW)
        assert failing_checks(store) == {}
        store.execute("update out.plan_review set decision = 'approved'")
        assert failing_checks(store) == {"review_and_erasure_are_booked": 2}
