"""What each folder of the inbox becomes, that both ways in agree, and that a killed reading leaves nothing behind."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.checks import failing_checks
from tasks.errors import Misconfigured
from tasks.store import open_store
from tests.cases import thinned

DAY = "2026-11-20T10:00:00Z"


def vote(number: int, **other: Any) -> dict[str, Any]:
    return {"id": f"v{number}", "user_id": f"u{number}", "cycle_id": "c1", "created_at": DAY} | other


def test_votes_arrive_in_all_three_shapes(desk: Any) -> None:
    picks = [{"cluster_id": "k1", "option_id": "o1"}, {"cluster_id": "k2", "option_id": "o4"}]
    desk.drop(
        "votes/day.jsonl",
        [
            vote(1, approved_cluster_ids=["k1", "k2"], selections=None),
            vote(2, approved_cluster_ids=["k1", "k2"], selections=picks),
            {"voter": "u3", "cycle_id": "c1", "target_id": "k1", "choice": "Disagree", "cast_at": DAY},
            {"voter": "u3", "cycle_id": "c1", "target_id": "k1", "choice": "o2", "cast_at": DAY},
        ],
    )
    desk.drop(
        "votes/web.csv",
        'id,user_id,cycle_id,approved_cluster_ids,selections,created_at\nv9,u9,c1,"{k1,k2}",,2026-11-20\n',
    )
    report = desk.ingest()
    assert (report.in_count, report.out_count) == (5, 5)
    assert desk.store.rows(
        "select target_id, choice, shape, count(*) from raw.vote group by all order by all"
    ) == [
        ("k1", "agree", "approvals", 2),
        ("k1", "disagree", "long", 1),
        ("k1", "o1", "selections", 1),
        ("k1", "o2", "long", 1),
        ("k2", "agree", "approvals", 2),
        ("k2", "o4", "selections", 1),
    ]


@pytest.mark.parametrize(
    ("other", "reason"),
    thinned(
        [
            ({"approved_cluster_ids": ["k1"], "selections": []}, "empty_ballot"),
            ({"approved_cluster_ids": ["k1", "k1"]}, "double_choice"),
            ({"selections": [{"cluster_id": "k1"}]}, "missing_choice"),
            ({"selections": [{"option_id": "o1"}]}, "missing_target"),
            ({"selections": "not json"}, "bad_selections"),
            ({"selections": {"cluster_id": "k1", "option_id": "o1"}}, "bad_selections"),
            ({"target_id": "k1", "choice": "-1"}, "bad_choice"),
            ({"target_id": "k1", "choice": "1"}, "bad_choice"),
            ({"target_id": "k1", "choice": "YES"}, "bad_choice"),
            ({"target_id": "k1", "choice": "null"}, "bad_choice"),
            ({"target_id": "k1", "choice": " NULL "}, "bad_choice"),
            ({"target_id": "k1", "choice": "None"}, "bad_choice"),
            ({"target_id": "k1", "choice": "undefined"}, "bad_choice"),
            ({"selections": [{"cluster_id": "k1", "option_id": "none"}]}, "bad_choice"),
            ({"target_id": "null", "choice": "agree"}, "bad_target"),
            ({"target_id": "k1", "choice": "agree", "cycle_id": "None"}, "bad_cycle"),
            ({"target_id": "k1", "choice": "agree", "user_id": "null"}, "missing_person"),
            ({"target_id": "k1", "choice": "مخالف"}, "bad_choice"),
            ({"target_id": "k1"}, "missing_choice"),
            ({"choice": "agree"}, "missing_target"),
            ({}, "missing_choice"),
            ({"target_id": "k1", "choice": "agree", "user_id": None}, "missing_person"),
            ({"target_id": "k1", "choice": "agree", "cycle_id": None}, "missing_cycle"),
            ({"target_id": "k1", "choice": "agree", "created_at": "1405/08/01"}, "jalali_date"),
        ],
        every=5,
    ),
)
def test_a_vote_that_says_nothing_countable_is_filed(desk: Any, other: dict[str, Any], reason: str) -> None:
    desk.drop("votes/day.jsonl", [vote(1, approved_cluster_ids=["k1"]), vote(2, **other)])
    desk.ingest()
    assert desk.rejected() == [("votes/day.jsonl", 2, reason)]
    assert failing_checks(desk.store) == {}


def test_a_refused_row_is_filed_under_the_id_it_was_given_and_no_other(desk: Any) -> None:
    cycle = {"started_at": DAY, "ends_at": "2026-11-21", "status": "active"}
    endorsement = {"user_id": "u1", "cluster_id": "k1"}
    desk.drop("cycles/day.jsonl", [cycle | {"id": "c1"}, cycle | {"id": "c2", "ends_at": "2020-01-01"}])
    desk.drop("clusters/day.jsonl", [{"id": "k1"}, {"id": "k2", "candidate_ids": ["no id"]}, {"id": "k3", "candidate_ids": [None]}])
    rows = [endorsement | {"created_at": DAY}, endorsement | {"created_at": "1405/08/01"}, endorsement | {"id": "e7", "created_at": "1405/08/01"}]
    desk.drop("endorsements/day.jsonl", rows)
    desk.drop("votes/day.jsonl", [vote(1, approved_cluster_ids=["k1"]), vote(2, target_id="k1")])
    desk.ingest(max_bad_rows=1)
    assert desk.store.rows("select table_name, line_no, row_id from ops.rejected order by all") == [
        ("cluster", 2, "k2"),
        ("cluster", 3, "k3"),
        ("cycle", 2, "c2"),
        ("endorsement", 2, None),
        ("endorsement", 3, "e7"),
        ("vote", 2, "v2"),
    ]


def test_an_empty_ballot_takes_back_what_its_voter_cast(desk: Any) -> None:
    desk.drop(
        "votes/day.jsonl",
        [vote(1, selections=[]), vote(2, approved_cluster_ids=[]), vote(3, approved_cluster_ids=[], selections=[])],
    )
    assert desk.ingest().out_count == 3
    assert desk.store.rows("select distinct target_id, choice from raw.vote") == [("*", "withdrawn")]
    assert failing_checks(desk.store) == {}


def test_a_ballot_sent_again_is_a_duplicate_and_another_under_its_id_is_filed(desk: Any) -> None:
    ballot = vote(1, approved_cluster_ids=["k1", "k2"])
    desk.drop("votes/a.jsonl", [ballot])
    desk.drop("votes/b.jsonl", [ballot, vote(2, approved_cluster_ids=["k1"])])
    desk.drop(
        "votes/c.jsonl", [vote(1, approved_cluster_ids=["k1", "k3"]), vote(3, approved_cluster_ids=["k1"])]
    )
    report = desk.ingest()
    assert (report.out_count, report.rejected_count, report.skipped_count) == (3, 1, 1)
    assert desk.rejected() == [("votes/c.jsonl", 1, "conflicting_row")]
    assert desk.store.value("select count(*) from raw.vote where target_id = 'k3'") == 0


def test_a_person_who_votes_again_has_two_events(desk: Any) -> None:
    once = {"voter": "u1", "cycle_id": "c1", "target_id": "k1", "choice": "agree", "cast_at": "2026-11-20"}
    desk.drop("votes/a.jsonl", [once, once | {"choice": "disagree", "cast_at": "2026-11-21"}, once])
    report = desk.ingest()
    assert (report.out_count, report.skipped_count) == (2, 1)


@pytest.mark.parametrize(
    "results",
    [
        [{"cluster_id": "k", "approval_count": 1.0, "approval_rate": 0.5}],
        [
            {
                "cluster_id": "k",
                "approval_count": 1.0,
                "option_counts": {"o1": 1.0},
                "summary": "s",
                "policy_topic": "t",
            }
        ],
        [
            {
                "cluster_id": "k",
                "ballot_question_fa": "آب",
                "options": [{"id": "o1", "position": 1, "vote_count": 1.0}],
            }
        ],
        None,
    ],
)
def test_the_results_of_a_cycle_are_kept_as_received(desk: Any, results: Any) -> None:
    row = {
        "id": "c1",
        "started_at": "2026-11-01",
        "ends_at": "2026-12-24",
        "cluster_ids": ["k"],
        "results": results,
        "total_voters": 3,
    }
    desk.drop("voting_cycles/day.jsonl", [row])
    desk.ingest()
    kept, targets, ends = desk.store.rows("select results, target_ids, ends_at::varchar from raw.cycle")[0]
    assert (json.loads(kept) if kept else None, targets, ends) == (results, ["k"], "2026-12-24 00:00:00+00")


def test_a_cycle_read_again_is_a_further_row_only_when_it_changed(desk: Any) -> None:
    row = {
        "id": "c1",
        "started_at": "2026-11-01",
        "ends_at": "2026-11-04",
        "status": "active",
        "cluster_ids": ["k"],
    }
    now = datetime(2026, 11, 23, tzinfo=UTC)
    for number, status in enumerate(["active", "active", "tallied", "active"]):
        desk.drop(f"cycles/{number}.jsonl", [row | {"status": status, "note": number}])
        desk.ingest(now=now + timedelta(hours=number))
    readings = desk.store.rows("select status from raw.cycle order by ingested_at")
    assert readings == [("active",), ("tallied",), ("active",)]


def test_the_other_folders_take_plain_names_and_the_platforms_names(desk: Any) -> None:
    desk.drop("endorsements/a.jsonl", [{"user_id": "u", "cluster_id": "k1", "created_at": DAY}])
    desk.drop(
        "endorsements/b.jsonl",
        [
            {"person_id": "u", "target_id": "k1", "created_at": DAY},
            {"id": "e2", "user": "w", "target_id": "k1", "created_at": DAY},
        ],
    )
    desk.drop(
        "options/a.jsonl",
        [{"id": "o1", "cluster_id": "k1", "position": 1, "label": "بله", "description": "شرح"}],
    )
    desk.drop("policy_options/b.csv", "option_id,target_id,position,label_fa,label_en\no2,k1,2,خیر,No\n")
    desk.drop(
        "clusters/a.jsonl", [{"id": "k1", "policy_key": "water", "candidate_ids": ["p1"], "status": "open"}]
    )
    desk.drop(
        "policy_candidates/a.jsonl",
        [{"id": "p1", "submission_id": "s1", "title": "Water", "stance": "support"}],
    )
    desk.drop("erasures/a.csv", "submission_id,requested_at,reason\ns1,2026-11-20,asked\ns2,1405/08/01,\n")
    report = desk.ingest()
    assert (report.in_count, report.out_count, report.skipped_count, report.rejected_count) == (9, 8, 1, 0)
    assert desk.store.rows("select option_id, position, label_fa, label_en from raw.option order by 1") == [
        ("o1", 1, "بله", None),
        ("o2", 2, "خیر", "No"),
    ]
    assert desk.store.rows("select target_id, candidate_ids from raw.cluster") == [("k1", ["p1"])]
    # a wish to be forgotten does not fail on its date
    assert desk.store.rows("select submission_id, requested_at::varchar from raw.erasure order by 1") == [
        ("s1", "2026-11-20 00:00:00+00"),
        ("s2", "2026-11-23 20:00:00+00"),
    ]
    assert failing_checks(desk.store) == {}


def test_what_the_platform_made_of_an_erased_message_comes_without_its_words_and_once(desk: Any) -> None:
    desk.store.execute("insert into ops.erased values ('s1', 'h', null, now(), now(), null)")
    row = {"id": "p1", "submission_id": " s1", "title": "Water", "summary": "There is no water", "stance": "support"}
    desk.drop("policy_candidates/a.jsonl", [row, row | {"id": "p2", "submission_id": "s2"}])
    desk.drop("policy_candidates/b.jsonl", [row | {"summary": "There is no water in Ahar"}])
    desk.ingest()
    assert desk.store.rows("select candidate_id, title, summary, stance from raw.policy_candidate order by 1") == [
        ("p1", None, None, "support"),
        ("p2", "Water", "There is no water", "support"),
    ]
    assert "erased_holds_no_text" not in failing_checks(desk.store)


def test_jsonl_csv_and_parquet_of_the_same_rows_give_the_same_submissions(
    tmp_path: Path, desk_at: Any, message: Any
) -> None:
    rows = [message(n, raw_text=f'سطر {n}، «نقل» "q"\nدوم') for n in range(50)]
    frame = pl.DataFrame(rows)
    parquet = io.BytesIO()
    frame.with_columns(pl.col("created_at").str.to_datetime(time_zone="UTC", time_unit="ns")).write_parquet(
        parquet
    )
    drops = {"a.jsonl": rows, "a.csv": frame.write_csv(), "a.parquet": parquet.getvalue()}
    held = []
    for name, content in drops.items():
        desk = desk_at(tmp_path / name)
        with desk.store as store:
            desk.drop(f"submissions/{name}", content)
            assert desk.ingest().out_count == 50
            columns = "submission_id, raw_text, text_sha256, declared_language, upstream_status, created_at"
            held.append(store.rows(f"select {columns} from raw.submission order by 1"))
    assert held[0] == held[1] == held[2]


def test_line_numbers_of_the_fast_way_are_the_files_own(desk: Any, message: Any) -> None:
    rows = [message(n) for n in range(5000)]
    text = "\n".join(json.dumps(row) if n % 7 else json.dumps(row) + "\n" for n, row in enumerate(rows))
    desk.drop("submissions/a.jsonl", text)
    desk.ingest()
    numbers = dict(desk.store.rows("select submission_id, line_no from raw.submission"))
    where = {json.loads(line)["id"]: n for n, line in enumerate(text.split("\n"), start=1) if line}
    assert numbers == where


def test_a_home_that_cannot_be_written_is_named(desk: Any, message: Any) -> None:
    desk.drop("submissions/a.jsonl", [message(1)])
    (desk.home / "tmp").mkdir(exist_ok=True)
    (desk.home / "tmp" / "ingest").write_text("a file where our folder should be")
    with pytest.raises(Misconfigured, match="CW_HOME"):
        desk.ingest()


NIGHT = """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from tasks.ingest import ingest_inbox
    from tasks.run import Run
    from tasks.settings import Settings
    from tasks.store import open_store

    home, now = Path(sys.argv[1]), datetime(2026, 11, 23, 20, tzinfo=UTC)
    with open_store(home, wait_s=10) as store:
        print("open", flush=True)
        ingest_inbox(store, run=Run("r", "nightly", now.date(), "offline", now), settings=Settings(home=home))
"""


@pytest.mark.faults
def test_a_killed_reading_leaves_whole_files_and_the_next_one_ends_with_the_same_rows(
    tmp_path: Path, message: Any
) -> None:
    inbox = tmp_path / "inbox" / "submissions"
    inbox.mkdir(parents=True)
    for part in range(4):
        rows = [message(f"{part}-{n}") for n in range(20_000)]
        (inbox / f"{part}.jsonl").write_text(
            "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
        )
    for wait_s in (0.0, 0.1, 0.2, 0.35, 0.5, 0.8):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(NIGHT), str(tmp_path)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait_s)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with open_store(tmp_path) as store:
            assert store.value("select count(*) from raw.submission") % 20_000 == 0
            assert failing_checks(store) == {}
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(NIGHT), str(tmp_path)],
        check=True,
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
    )
    with open_store(tmp_path) as store:
        assert store.value("select count(distinct submission_id) from raw.submission") == 80_000
        assert store.value("select count(*) from raw.submission") == 80_000
        assert failing_checks(store) == {}
    assert not (tmp_path / "tmp" / "ingest").exists()


def test_a_night_booked_under_a_past_date_reads_the_messages_of_today(desk: Any, message: Any) -> None:
    today = datetime.now(UTC)
    desk.drop("submissions/a.jsonl", [message(1, created_at=today.isoformat()), message(2, created_at="2999-01-01T00:00:00Z")])
    desk.ingest(now=today - timedelta(days=30))
    assert len(desk.ids()) == 1
    assert desk.rejected() == [("submissions/a.jsonl", 2, "future_date")]
