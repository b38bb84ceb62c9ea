"""Erasing a message: what it said leaves every table, summaries and plans that rested on it too; what others said stays."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tasks.booking import begin_run, end_run
from tasks.checks import failing_checks
from tasks.erase import erase_one, erase_requested, unknown_runs
from tasks.errors import Misconfigured
from tasks.llm import Ask, complete
from tasks.message import write_messages
from tasks.noted_erasures import noted_erasures
from tasks.plan import plan_actions
from tasks.position import position_records
from tasks.publish import published_tables
from tasks.read_copy import copy_masks, write_copy
from tasks.review import review_plan
from tasks.run import Run
from tasks.seals import check_seals, renew_seals
from tasks.settings import Settings
from tasks.store import FILE_NAME, Store, open_copy, open_store
from tasks.summarise import summarise_clusters
from tasks.tally import tally_votes

NOW = datetime(2026, 12, 1, tzinfo=UTC)
OWN_WORDS = """
    select r.submission_id, r.record_id, r.summary_en, p.plan_id
    from core.record as r
    join (select plan_id, supporters_count, unnest(evidence) as submission_id from out.current_plan) as p using (submission_id)
    where r.summary_en not in (select summary_en from core.record as o where o.submission_id <> r.submission_id)
    order by p.supporters_count desc, r.summary_en, p.plan_id
    limit 1
"""
ONLY_ONE = """
    select d.submission_id, d.representative_key, d.redacted_text from core.redaction as d
    semi join core.record as r using (submission_id)
    where not exists (from core.redaction as o where o.representative_key = d.representative_key and o.submission_id <> d.submission_id)
    order by 1 limit 2
"""


@pytest.fixture
def store(three_nights: Path, tmp_path: Path):
    shutil.copy(three_nights / FILE_NAME, tmp_path / FILE_NAME)
    with open_store(tmp_path) as opened:
        yield opened


def tables_with(store: Store, words: str) -> list[str]:
    """Tables in which a row holds these words, in any column."""
    told = json.dumps(words)[1:-1]
    return [
        table
        for table in store.tables()
        if store.value(f"select count(*) from {table} as t where contains(to_json(t)::varchar, ?)", [told])
    ]


def asked_to_vote(store: Store, settings: Settings) -> tuple[str, str]:
    """A vote on one of our own clusters, to which its people are asked in the words of its summary; one of the messages that
    these rest on, and the summary."""
    submission, summary, cluster = store.rows(
        """
        select r.submission_id, t.summary_id, t.cluster_id
        from core.current_summary as t
        join (select summary_id, unnest(record_ids) as record_id from core.claim) as c using (summary_id)
        join core.record as r using (record_id)
        where r.summary_en not in (select summary_en from core.record as o where o.submission_id <> r.submission_id)
        order by all limit 1
        """
    )[0]
    row = ["own", NOW - timedelta(days=1), NOW + timedelta(days=5), [cluster], NOW]
    store.execute("insert into raw.cycle values ($1, $2, $3, 'open', $4, null, null, 's', 1, '-', $5)", row)
    run, _ = begin_run(store, kind="backfill", run_on=NOW.date(), settings=settings, now=NOW)
    write_messages(store, run=run, settings=settings)
    end_run(store, run.run_id, status="done", exit_code=0)
    return submission, summary


def night(store: Store, settings: Settings) -> Run:
    run = Run("20261201T000000Z-00000000", "nightly", NOW.date(), "offline", NOW)
    for step in (summarise_clusters, position_records, tally_votes, plan_actions):
        step(store, run=run, settings=settings)
    return run


def test_words_that_only_one_person_said_leave_every_table(store: Store, tmp_path: Path) -> None:
    submission, record, words, plan = store.rows(OWN_WORDS)[0]
    assert {"core.canonical", "llm.request"} <= set(tables_with(store, words))
    title = store.value("select text from out.message where submission_id = ?", [submission])
    review_plan(store, plan, "approved", "Sara", NOW)
    erase_one(store, submission, reason="asked", at=NOW)
    assert tables_with(store, words) == []
    assert title and store.value("select text from out.message where submission_id = ?", [submission]) == ""
    assert check_seals(store) == 3

    resting = "select distinct summary_id from core.claim where list_contains(record_ids, ?)"
    for (summary,) in store.rows(resting, [record]):
        told = store.rows("select title_en, proposition_fa, status from core.summary where summary_id = ?", [summary])
        assert told == [("", "", "held_back")]
    settings = Settings(home=tmp_path, profile="offline")
    run = night(store, settings)
    tables = published_tables(store, run=run, settings=settings)
    assert plan not in tables["action_plan"]["plan_id"].to_list(), "approved or not, it rested on the message"
    assert submission not in tables["action_plan"]["evidence"].explode().to_list()
    for name in ("claim", "summary", "canonical", "action_plan", "message"):
        assert words not in json.dumps(tables[name].to_dicts(), default=str)


def test_the_cluster_gets_its_summary_and_plans_anew_from_the_other_messages(store: Store, tmp_path: Path) -> None:
    submission, _, _, plan = store.rows(OWN_WORDS)[0]
    cluster = store.value("select cluster_id from out.action_plan where plan_id = ?", [plan])
    before = store.value("select count(*) from out.current_plan where cluster_id = ?", [cluster])
    erase_one(store, submission, reason="asked", at=NOW)
    assert store.value("select count(*) from out.current_plan where cluster_id = ?", [cluster]) == 0
    settings = Settings(home=tmp_path, profile="offline")
    night(store, settings)
    status, title = store.rows("select status, title_en from core.current_summary where cluster_id = ?", [cluster])[0]
    assert status == "ok" and title
    fresh = store.rows("select plan_id, body_en, evidence from out.current_plan where cluster_id = ?", [cluster])
    assert len(fresh) == before > 0
    assert all(plan_id != plan and body and submission not in evidence for plan_id, body, evidence in fresh)
    count = store.value("select count(*) from out.action_plan")
    night(store, settings)
    assert store.value("select count(*) from out.action_plan") == count, "twice is once"


def test_bodies_and_tracebacks_beside_the_store_go_with_the_words(store: Store, tmp_path: Path) -> None:
    for name in ("errors/run.txt", "llm/body.jsonl"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("what a message said")
    erase_one(store, store.rows(OWN_WORDS)[0][0], reason="asked", at=NOW)
    assert [p.name for p in tmp_path.rglob("*") if p.suffix in (".txt", ".jsonl")] == ["erased.jsonl"]


def test_why_somebody_wished_to_be_forgotten_is_in_no_file_for_others(store: Store, tmp_path: Path) -> None:
    erase_one(store, store.rows(OWN_WORDS)[0][0], reason="her own wish", at=NOW)
    settings = Settings(home=tmp_path, profile="offline")
    tables = published_tables(store, run=night(store, settings), settings=settings)
    assert not [name for name, frame in tables.items() if "her own wish" in json.dumps(frame.to_dicts(), default=str)]
    write_copy(store, tmp_path / "copy.duckdb", masks=copy_masks())
    with open_copy(tmp_path / "copy.duckdb") as copy:
        assert tables_with(copy, "her own wish") == []
    assert tables_with(store, "her own wish") == ["ops.erased"]


def test_what_the_platform_made_of_the_message_goes_too_and_is_in_no_copy(store: Store, tmp_path: Path) -> None:
    submission, summary = store.rows("select submission_id, summary from raw.policy_candidate where summary <> '' order by 1")[0]
    write_copy(store, tmp_path / "copy.duckdb", masks=copy_masks())
    with open_copy(tmp_path / "copy.duckdb") as copy:
        assert copy.value("select count(*) from raw.policy_candidate where coalesce(title, summary) is not null") == 0
    erase_one(store, submission, reason="asked", at=NOW)
    left = "select count(*) from raw.policy_candidate where submission_id = ? and coalesce(title, summary) is not null"
    assert summary and store.value(left, [submission]) == 0
    assert check_seals(store) == 3


def test_what_others_say_in_the_same_words_stays(store: Store) -> None:
    shared = """
        select r.submission_id, r.summary_en from core.record as r
        where exists (from core.record as o where o.summary_en = r.summary_en and o.submission_id <> r.submission_id)
          and not exists (from core.record as p where p.submission_id = r.submission_id and p.record_id <> r.record_id)
        order by 1 limit 1
    """
    submission, words = store.rows(shared)[0]
    asked = store.value("select count(*) from llm.request where task <> 'canonicalize' and inputs is not null")
    held = store.rows("select summary_id, title_en from core.summary order by 1")
    erase_one(store, submission, reason="asked", at=NOW)
    assert "core.canonical" in tables_with(store, words)
    assert store.value("select count(*) from llm.request where task <> 'canonicalize' and inputs is not null") == asked
    assert store.rows("select summary_id, title_en from core.summary order by 1") == held


def test_an_erased_message_is_cited_by_nothing_though_others_say_the_same(store: Store, tmp_path: Path) -> None:
    shared = """
        select r.submission_id, r.record_id, p.cluster_id from core.record as r
        join (select cluster_id, unnest(evidence) as submission_id from out.current_plan) as p using (submission_id)
        where r.summary_en in (select summary_en from core.record as o where o.submission_id <> r.submission_id)
        order by all limit 1
    """
    submission, record, cluster = store.rows(shared)[0]
    planned = "select count(*), bool_or(list_contains(evidence, ?)) from out.current_plan where cluster_id = ?"
    before = store.rows(planned, [submission, cluster])[0]
    other = store.value("select min(record_id) from core.record where record_id <> ?", [record])
    offered = [{"position": p, "label_en": p, "label_fa": "ف", "record_ids": ids} for p, ids in (("support", [other, record]), ("oppose", [record]))]
    summary = store.value("select summary_id from core.current_summary where cluster_id = ?", [cluster])
    store.execute("update core.summary set options = ? where summary_id = ?", [json.dumps(offered), summary])
    store.execute("update core.cluster_state set medoid_record_ids = ? where cluster_id = ?", [[record, other], cluster])
    with store.transaction():
        renew_seals(store, [r for (r,) in store.rows("select run_id from ops.run")], at=NOW)
    erase_one(store, submission, reason="asked", at=NOW)
    settings = Settings(home=tmp_path, profile="offline")
    tables = published_tables(store, run=night(store, settings), settings=settings)
    told = tables["summary"].filter(summary_id=summary)["options"].to_list()
    assert [json.loads(options) for options in told] == [[offered[0] | {"record_ids": [other]}]]
    assert store.rows(planned, [submission, cluster]) == [(before[0], False)] and before[1]
    for name in ("claim", "action_plan", "cluster", "summary"):
        told = json.dumps(tables[name].to_dicts(), default=str)
        assert tables[name].height and submission not in told and record not in told
    assert all(tables["claim"]["record_ids"].list.len() > 0)
    written = store.value("select count(*) from out.action_plan")
    night(store, settings)
    assert store.value("select count(*) from out.action_plan") == written, "anew once, not each night"


def test_a_living_person_who_says_what_was_erased_is_heard(store: Store, tmp_path: Path) -> None:
    submission, key, text = store.rows(ONLY_ONE)[0]
    inputs = store.value("select inputs from llm.request where subject_id = ?", [key])
    asks = [Ask("another", json.loads(inputs))]
    settings, run = Settings(home=tmp_path, profile="offline"), Run("r", "nightly", NOW.date(), "offline", NOW)
    before = complete(store, "canonicalize", asks, run=run, settings=settings)[0]
    erase_one(store, submission, reason="asked", at=NOW)
    assert not {"llm.request", "llm.reply"} & set(tables_with(store, text))
    for _ in range(2):
        after = complete(store, "canonicalize", asks, run=run, settings=settings)[0]
        assert (after.status, after.value) == ("done", before.value), "it was a dead letter: nobody asked anew"


def test_a_proposition_that_only_an_erased_summary_made_leaves_the_requests_about_others(store: Store) -> None:
    submission, record, _, _ = store.rows(OWN_WORDS)[0]
    given = {"ids": [submission]}
    summary, old = store.rows(
        "select summary_id, proposition_en from core.summary join core.claim using (summary_id)"
        " where list_contains(record_ids, ?) order by 1 limit 1",
        [record],
    )[0]
    about = "select request_key from llm.request where task = 'position' and (inputs ->> 'proposition_en') = ? order by 1"
    asked = {key for (key,) in store.rows(about, [old])}
    before = set(store.step("erase_derived", given)["request_key"])
    assert asked - before, "others say it too"
    store.execute("update core.summary set proposition_en = 'Own words' where summary_id = ?", [summary])
    store.execute(
        "update llm.request set inputs = json_merge_patch(inputs, '{\"proposition_en\": \"Own words\"}')"
        " where task = 'position' and (inputs ->> 'proposition_en') = ?",
        [old],
    )
    assert set(store.step("erase_derived", given)["request_key"]) == before | asked


def test_a_title_that_only_an_erased_summary_gave_leaves_a_plan_that_rests_on_others(store: Store) -> None:
    submission, record, _, plan = store.rows(OWN_WORDS)[0]
    key = store.value("select request_key from out.action_plan where plan_id = ?", [plan])
    for change in (
        "update out.action_plan set claims = [], evidence = [] where request_key = $key",
        "update llm.request set inputs = json_merge_patch(inputs, '{\"records\": []}') where request_key = $key",
    ):
        store.execute(change, {"key": key})
    assert key not in store.step("erase_derived", {"ids": [submission]})["request_key"], "others say its title too"
    store.execute(
        "update core.summary set title_en = 'Own words' where summary_id in ("
        "select summary_id from core.claim where list_contains(record_ids, $record))",
        {"record": record},
    )
    store.execute(
        "update llm.request set inputs = json_merge_patch(inputs, '{\"wish\": {\"title_en\": \"Own words\"}}') where request_key = $key",
        {"key": key},
    )
    assert key in store.step("erase_derived", {"ids": [submission]})["request_key"]


def test_a_call_is_counted_once_however_often_its_answer_is_judged(store: Store, tmp_path: Path) -> None:
    (first, key, _), (second, *_) = store.rows(ONLY_ONE)
    text = "قطعی برق در اهواز هر روز شش ساعت است و باید پیش از خاموشی به مردم خبر بدهند."
    settings, run = Settings(home=tmp_path, profile="offline"), Run("r", "nightly", NOW.date(), "offline", NOW)
    asks = [Ask(key, {"text": text, "language": "fa"})]
    calls = "select request_key, attempt, count(*) from llm.call where run_id = 'r' group by all order by all"
    complete(store, "canonicalize", asks, run=run, settings=settings)
    for erased in (first, second):
        erase_one(store, erased, reason="asked", at=NOW)
        complete(store, "canonicalize", asks, run=run, settings=settings)
    assert store.rows("select reasons, count(*) from llm.verdict group by 1") == [(["the stored answer was erased"], 1)]
    assert [n for *_, n in store.rows(calls)] == [1, 1], "the answer that is gone, and the one that was given anew"
    store.execute("insert into llm.verdict select * from llm.verdict")  # a store that was written before
    store.execute("insert into llm.verdict select * replace ([] as reasons) from llm.verdict")
    assert [n for *_, n in store.rows(calls)] == [1, 1]
    told = store.step("llm_metrics", {"run_id": "r"}).row(0, named=True)
    assert (told["call_count"], told["turned_down_count"]) == (2, 1)
    before = store.value("select count(*) from llm.verdict")
    complete(store, "canonicalize", asks, run=run, settings=settings)
    assert store.value("select count(*) from llm.verdict") == before


def test_what_was_erased_after_a_backup_is_erased_again_when_it_is_put_back(store: Store, tmp_path: Path) -> None:
    (submission, *_), (other, *_) = store.rows(ONLY_ONE)
    store.checkpoint()
    backup = shutil.copy(store.path, tmp_path / "backup.duckdb")
    erase_one(store, submission, reason="asked", at=NOW)
    noted = tmp_path / "erased.jsonl"
    with noted.open("a", encoding="utf-8") as cut_off_by_a_kill:
        cut_off_by_a_kill.write('{"submission_id": "' + other)
    store.close()
    home = tmp_path / "restored"
    (home / "published" / "20991231T000000Z-later").mkdir(parents=True)
    (home / "published" / "20991231T000000Z-later" / "manifest.json").touch()
    shutil.copy(backup, home / FILE_NAME)
    shutil.copy(noted, home / noted.name)
    with open_store(home) as restored:
        run = Run("r", "nightly", NOW.date(), "offline", NOW)
        assert unknown_runs(restored) == ["20991231T000000Z-later"]
        for count in (1, 0):
            assert erase_requested(restored, run=run, settings=Settings(home=home)).out_count == count
        assert restored.rows("select submission_id, raw_text from raw.submission semi join ops.erased using (submission_id)"
                             " where submission_id in (?, ?)", [submission, other]) == [(submission, None)]  # fmt: skip
        erase_one(restored, other, reason="asked", at=NOW)
    assert [json.loads(line)["submission_id"] for line in (home / noted.name).read_text().splitlines() if line.endswith("}")][-1] == other
    (home / noted.name).unlink()
    with open_store(home) as restored:
        assert erase_requested(restored, run=run, settings=Settings(home=home)).out_count == 0
        known = {s for (s,) in restored.rows("select submission_id from ops.erased")}
    assert noted_erasures(home).keys() == known > {submission, other}, "also what was erased before anything was noted"
    (home / noted.name).write_text("not ours\n")
    with open_store(home) as restored, pytest.raises(Misconfigured, match="line 1"):
        erase_requested(restored, run=run, settings=Settings(home=home))


def test_whoever_says_the_words_of_several_erased_people_is_heard(store: Store, tmp_path: Path) -> None:
    settings, run = Settings(home=tmp_path, profile="offline"), Run("r", "nightly", NOW.date(), "offline", NOW)
    submissions = [s for s, *_ in store.rows(ONLY_ONE)][:4]
    asks = [Ask("words", {"text": "کوچه گلستان چراغ ندارد و تاریک است", "language": "fa"})]
    for submission in submissions:
        (answer,) = complete(store, "canonicalize", asks, run=run, settings=settings)
        assert answer.status == "done", answer.reasons
        store.execute("update llm.reply set value = null where request_key = ?", [answer.request_key])
        erase_one(store, submission, reason="asked", at=NOW)
    turns = store.rows("select turn, count(*) from llm.request where run_id = 'r' group by 1")
    assert turns == [("first", len(submissions))]


def test_what_others_were_told_in_words_of_an_erased_summary_goes_and_is_not_sent_again(
    store: Store, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, profile="offline")
    submission, summary = asked_to_vote(store, settings)
    wish = store.value("select rtrim(proposition_fa, '.') from core.summary where summary_id = ?", [summary])
    quoting = "select message_id from out.message where kind = 'vote_prompt' and cycle_id = 'own' and contains(text, ?)"
    told = {m for (m,) in store.rows(quoting, [wish])}
    assert len(told) > 1
    others = (
        "select * from out.message where summary_id is null and submission_id is distinct from ? order by all"
    )
    kept = store.rows(others, [submission])
    erase_one(store, submission, reason="asked", at=NOW)
    assert store.rows(quoting, [wish]) == []
    assert {
        m
        for (m,) in store.rows(
            "select message_id from out.message where summary_id = ? and text = ''", [summary]
        )
    } == told
    assert kept == store.rows(others, [submission]), (
        "a ballot's own question, and what others wrote, are theirs"
    )
    assert check_seals(store) == 4 and not failing_checks(store)
    run = night(store, settings)
    write_messages(store, run=run, settings=settings)
    assert store.rows("select message_id from out.message group by 1 having count(*) > 1") == []
    table = published_tables(store, run=run, settings=settings, names=["message"])["message"]
    assert table.height and not told & set(table["message_id"]) and "" not in set(table["text"])


def test_facts_that_a_record_lost_and_why_it_was_set_aside_go_with_the_text(store: Store) -> None:
    submission, run_id = store.rows(
        "select submission_id, run_id from core.canonical join core.record using (submission_id, run_id) order by 1 limit 1"
    )[0]
    lost = "update core.canonical set lost_facts = [?] where submission_id = ?"
    why = "update ops.quarantine set reason = ? where submission_id = ?"
    store.execute(
        "insert into ops.quarantine values (?, 'canonicalize', 'filed', '', null, '-', ?)", [submission, NOW]
    )
    store.execute(lost, ["place Deh Nowhere lost", submission])
    store.execute(why, ["record 1: place Deh Nowhere lost", submission])
    with store.transaction():
        renew_seals(store, [run_id], at=NOW)
    erase_one(store, submission, reason="asked", at=NOW)
    assert tables_with(store, "Deh Nowhere") == [] and check_seals(store) == 3
    for statement in (lost, why):
        assert not failing_checks(store)
        store.execute(statement, ["number 14 lost", submission])
        assert failing_checks(store) == {"erased_holds_no_text": 1}
        store.execute(lost.replace("[?]", "[]"), [submission])
        store.execute(why, ["", submission])


def test_what_an_earlier_erasure_has_left_goes_with_the_next_night(store: Store, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, profile="offline")
    submission, summary = asked_to_vote(store, settings)
    erase_one(store, submission, reason="asked", at=NOW)
    titles = store.rows("select title_en from core.summary order by all")
    store.execute(
        "insert into ops.quarantine values (?, 'canonicalize', 'filed', 'place Ahar lost', null, '-', ?)",
        [submission, NOW],
    )
    store.execute(
        "insert into out.message select * replace ('x' as message_id, 'in its words' as text, '-' as run_id)"
        " from out.message where summary_id = ? limit 1",
        [summary],
    )
    assert failing_checks(store) == {"erased_holds_no_text": 2}
    run = Run("20261202T000000Z-00000000", "nightly", NOW.date(), "offline", NOW)
    for _ in range(2):
        assert erase_requested(store, run=run, settings=settings).out_count == 0
        assert not failing_checks(store) and check_seals(store) == 4
    assert tables_with(store, "in its words") == tables_with(store, "place Ahar lost") == []
    assert store.value("select count(*) from ops.erased where submission_id = ?", [submission]) == 1
    assert store.rows("select title_en from core.summary order by all") == titles, "what others say stays"
