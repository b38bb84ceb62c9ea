"""Which row counts does not depend on how rows lie: of two of one instant a key decides, or what was written last."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tasks.store import Store, open_store, sql_text

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)


def submission(store: Store, name: str, locale: str) -> None:
    store.execute("insert into raw.submission values (?, 'p', 't', 'h', null, null, ?, ?, 's', 1, 'r', ?)", [name, locale, NOW, NOW])


def addressed(store: Store, rows: list[tuple[str, str]]) -> Any:
    """By which submission the person is addressed who wrote two at one time."""
    for row in rows:
        submission(store, *row)
    store.execute(
        "insert into out.message values ('m', 'result', 'p', null, 'c', 'y', 'fa', 't', 't', 1, 'e', false, 'r', ?, null)", [NOW]
    )
    return store.rows("select submission_id from (" + sql_text("publish", "message") + ")")


def language(store: Store, rows: list[tuple[str, str]]) -> Any:
    """In which language somebody is asked to vote who wrote in two at one time."""
    for row in rows:
        submission(store, *row)
    store.execute("insert into core.cluster_run values ('cr', 'r', 'm', 1, true, '{}', ''::blob, ?)", [NOW])
    store.execute("insert into core.cluster values ('c', 'k', 'cr', ?, ?)", [NOW.date(), NOW])
    store.execute("insert into core.cluster_state values ('cr', 'c', null, 1, false, 1, 1, 1, 5, 'health', [])")
    store.execute("insert into core.summary values ('t', 'c', 'cr', 1, 'T', 'f', 's', 's', 'P', 'f', '[]', 'ok', [], 'e', 'm', 'K', 'r', ?)", [NOW])
    store.execute("insert into raw.endorsement values ('e', 'p', 'c', ?, 's', 1, 'r', ?)", [NOW, NOW])
    ends = NOW + timedelta(days=2)
    store.execute("insert into raw.cycle values ('y', ?, ?, 'active', ['c'], null, null, 's', 1, 'r', ?)", [NOW, ends, NOW])
    told = store.step("message_votes", {"now": NOW, "reminder_hours": 24, "min_people": 1})
    return told.select("kind", "locale").rows()


@pytest.mark.parametrize(("ask", "found"), [(addressed, [("b",)]), (language, [("vote_prompt", "en")])])
@pytest.mark.parametrize("is_turned", [False, True])
def test_of_two_messages_of_one_instant_the_one_of_the_last_id_counts(
    ask: Callable[[Store, list[tuple[str, str]]], Any], found: Any, is_turned: bool
) -> None:
    rows = [("a", "fa"), ("b", "en")]
    with open_store(None) as store:
        assert ask(store, rows[::-1] if is_turned else rows) == found


@pytest.mark.parametrize("decisions", [("approved", "rejected"), ("rejected", "approved")])
def test_of_two_decisions_of_one_instant_the_one_filed_last_counts(decisions: tuple[str, str]) -> None:
    with open_store(None) as store:
        store.execute("insert into out.action_plan by name select 'p' as plan_id, 'r' as run_id, ?::date as run_on, 'c' as cluster_id, "
            + ", ".join(f"'' as {n}" for n in ("policy_key", "title_en", "title_fa", "template_id", "action_type", "target", "subject_en",
              "subject_fa", "body_en", "body_fa", "rationale_en", "engine", "model", "request_key"))
            + ", 1 as template_version, [] as evidence, [] as claims, 1 as supporters_count, [] as votes, false as safe_for_inside_iran,"
            " false as requires_real_identity, [] as required_personalisations, [] as safety_flags, 1 as rank, 0 as cost_usd,"
            " ?::timestamptz as created_at", [NOW.date(), NOW])  # fmt: skip
        for decision in decisions:
            store.execute("insert into out.plan_review values ('p', ?, 'Sara', null, ?)", [decision, NOW])
        assert store.rows("select review_status from out.current_review") == [(decisions[1],)]


@pytest.mark.parametrize("reasons", [("moved abroad", "by mistake"), ("by mistake", "moved abroad")])
def test_of_two_requests_for_erasure_of_one_instant_the_first_one_filed_gives_the_reason(reasons: tuple[str, str]) -> None:
    with open_store(None) as store:
        submission(store, "a", "fa")
        for number, reason in enumerate(reasons):
            store.execute("insert into raw.erasure values ('a', ?, ?, 's', ?, 'r', ?)", [NOW, reason, number, NOW])
        assert store.step("erase_pending")["reason"].to_list() == [reasons[0]]


@pytest.mark.parametrize("is_turned", [False, True])
def test_of_two_bursts_of_one_size_the_last_is_named(is_turned: bool) -> None:
    times = [NOW, NOW + timedelta(days=3)]
    with open_store(None) as store:
        store.execute("insert into core.cluster_run values ('cr', 'r', 'm', 1, true, '{}', ''::blob, ?)", [NOW])
        store.execute("insert into core.cluster values ('c', 'k', 'cr', ?, ?)", [NOW.date(), NOW])
        store.execute("insert into core.cluster_state values ('cr', 'c', null, 1, false, 2, 2, 2, 2, 'health', [])")
        for number, at in enumerate(reversed(times) if is_turned else times):
            name = f"s{number}"
            store.execute("insert into raw.submission values (?, ?, 't', 'h', null, null, 'fa', ?, 's', 1, 'r', ?)", [name, name, at, at])
            store.execute("insert into core.redaction values (?, 'v', 'x', ?, ?, 'fa', 'fa', [], '{}', 'r', ?)", [name, name, name, NOW])
            store.execute(
                "insert into core.canonical by name select ? as record_id, ? as submission_id, 0 as part, ? as request_key, "
                + ", ".join(f"'' as {n}" for n in ("title_en", "title_fa", "summary_en", "proposition_en", "proposition_fa", "position",
                  "topic", "engine", "model", "embed_text", "text_hash", "run_id"))
                + ", [] as places, [] as entities, [] as quantities, [] as flags, [] as lost_facts, ?::timestamptz as created_at",
                [name, name, name, NOW],
            )  # fmt: skip
            store.execute("insert into core.membership values ('cr', ?, 'c', 1.0, null, 0, 0)", [name])
        assert store.step("brigading", {"burst_minutes": 10})["burst_at"].to_list() == [times[1]]
