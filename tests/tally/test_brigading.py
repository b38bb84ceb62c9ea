"""The brigading report: patterns are counted and named, nothing is dropped."""

from datetime import UTC, datetime, timedelta

import polars as pl

from tasks.rules import load_rules
from tasks.settings import Settings
from tasks.store import open_store
from tasks.votes.brigading import _flagged

T0 = datetime(2026, 1, 10, 12, tzinfo=UTC)
RULES = load_rules(Settings()).brigading


def row(**given) -> dict:
    usual = {
        "cluster_id": "c", "policy_key": "k", "message_count": 20, "wording_count": 20, "people_count": 20,
        "same_text_accounts": 1, "busiest_account_messages": 1, "burst_count": 1, "burst_at": T0,
    }  # fmt: skip
    return usual | given


def flags(**given) -> list[str]:
    return _flagged(pl.DataFrame([row(**given)]), RULES)["flags"].to_list()[0]


def test_each_pattern_is_named_from_its_threshold_on() -> None:
    assert flags() == []
    assert flags(same_text_accounts=4) == []
    assert flags(same_text_accounts=5) == ["same_text"]
    assert flags(burst_count=8) == ["burst"]
    assert flags(busiest_account_messages=4, people_count=17) == ["one_account"]
    assert flags(busiest_account_messages=3, people_count=18) == []


def test_few_messages_show_no_pattern() -> None:
    assert flags(message_count=4, busiest_account_messages=4, people_count=1) == []


def test_the_counts_are_told_in_both_languages() -> None:
    table = _flagged(pl.DataFrame([row(message_count=412, wording_count=37, people_count=9)]), RULES)
    assert table["counts_en"].to_list() == ["412 messages, 37 wordings, 9 people"]
    assert table["counts_fa"].to_list() == ["۴۱۲ پیام، ۳۷ متن، ۹ نفر"]


def test_the_query_counts_accounts_wordings_and_the_densest_minutes() -> None:
    with open_store(None) as store:
        store.execute("insert into core.cluster_run values ('cr', 'r', 'm', 12, true, '{}', ''::blob, now())")
        store.execute("insert into core.cluster values ('c', 'k', 'cr', today(), now())")
        store.execute(
            "insert into core.cluster_state values ('cr', 'c', null, 1, false, 12, 12, 4, 9, 'water', ['x'])"
        )
        for number in range(12):
            person = "busy" if number < 4 else f"p{number}"
            text = f"t{number}" if number < 3 else "same"
            at = T0 + (timedelta(minutes=number) if number >= 6 else timedelta(days=number + 1))
            put_record(store, number, person, text, at)
        got = store.step("brigading", {"burst_minutes": 10}).row(0, named=True)
    assert (got["same_text_accounts"], got["busiest_account_messages"], got["burst_count"]) == (9, 4, 6)


def put_record(store, number: int, person: str, text: str, at: datetime) -> None:
    key = {"id": f"s{number}", "person": person, "text": text, "at": at, "rec": f"rec{number}"}
    store.execute(
        "insert into raw.submission by name select $id as submission_id, $person as person_key, 'x' as raw_text,"
        " 'h' as text_sha256, $at as created_at, 's' as source_id, 'r' as run_id, $at as ingested_at",
        {k: key[k] for k in ("id", "person", "at")},
    )
    store.execute(
        "insert into core.redaction values ($id, 'v', 'x', $text, $text, 'fa', 'fa', [], '{}', 'r', $at)",
        {k: key[k] for k in ("id", "text", "at")},
    )
    store.execute(
        "insert into core.canonical by name select $rec as record_id, $id as submission_id, 0 as part, $id as request_key,"
        " 't' as title_en, 't' as title_fa, 's' as summary_en, 'p' as proposition_en, 'p' as proposition_fa,"
        " 'support' as position, 'water' as topic, []::varchar[] as places, []::varchar[] as entities,"
        " []::varchar[] as quantities, []::varchar[] as flags, []::varchar[] as lost_facts, 'o' as engine, 'o' as model,"
        " 'e' as embed_text, 'h' as text_hash, 'r' as run_id, $at as created_at",
        {k: key[k] for k in ("rec", "id", "at")},
    )
    store.execute("insert into core.membership values ('cr', ?, 'c', 1, null, 0, 0)", [key["rec"]])
