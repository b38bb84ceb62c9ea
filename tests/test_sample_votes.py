"""The sample's votes, clusters and endorsements, counted in plain Python and by the real intake."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from tasks.ingest import ingest_inbox
from tasks.run import Run, StepReport
from tasks.settings import Settings
from tasks.store import Store, open_store
from tests.sample_files import NIGHTS, SAMPLE, Row, instant, read_expected, read_tally, read_truth, table_rows


def _votes(night: int) -> Iterator[tuple[str, str, str, str, datetime]]:
    """(person, cycle, target, choice, cast at) of every vote event, whichever shape."""
    for row in table_rows("votes", night):
        assert row is not None
        if "target_id" in row:
            yield row["user_id"], row["cycle_id"], row["target_id"], row["choice"], instant(row["cast_at"])
        elif row["selections"] is not None:
            for chosen in row["selections"]:
                at = instant(row["created_at"])
                yield row["user_id"], row["cycle_id"], chosen["cluster_id"], chosen["option_id"], at
        else:
            for target in row["approved_cluster_ids"]:
                yield row["user_id"], row["cycle_id"], target, "agree", instant(row["created_at"])


def _cycles() -> dict[str, Row]:
    return {row["id"]: row for night in NIGHTS for row in table_rows("cycles", night) if row}


def _count(events: list[tuple[str, str, str, str, datetime]]) -> Counter[tuple[str, str, str]]:
    """People per (cycle, target, choice): the last vote of each inside the cycle."""
    cycles, last = _cycles(), {}
    for person, cycle, target, choice, at in sorted(events, key=lambda e: e[4]):
        if instant(cycles[cycle]["started_at"]) <= at <= instant(cycles[cycle]["ends_at"]):
            last[person, cycle, target] = choice
    return Counter((cycle, target, choice) for (_, cycle, target), choice in last.items())


def test_a_plain_count_of_the_votes_gives_the_expected_tally() -> None:
    events = [event for night in NIGHTS for event in _votes(night)]
    counted = _count(events)
    planned = read_tally()
    assert counted == {(r["cycle_id"], r["target_id"], r["choice"]): r["people_count"] for r in planned}
    for row in planned:
        turnout = sum(n for (c, t, _), n in counted.items() if (c, t) == (row["cycle_id"], row["target_id"]))
        assert turnout == row["turnout_count"]


def test_votes_hold_what_trips_a_careless_count() -> None:
    events = [event for night in NIGHTS for event in _votes(night)]
    cycles = _cycles()
    assert len(cycles) == 2
    after = [e for e in events if e[4] > instant(cycles[e[1]]["ends_at"])]
    seen = Counter((person, cycle, target) for person, cycle, target, _, _ in events)
    assert len(after) >= 8
    assert sum(n > 1 for n in seen.values()) >= 15
    naive = Counter((cycle, target, choice) for _, cycle, target, choice, _ in events)
    assert naive != _count(events)
    shapes = {
        "long" if "target_id" in row else "approvals" if row["selections"] is None else "selections"
        for night in NIGHTS
        for row in table_rows("votes", night)
        if row
    }
    assert shapes == {"long", "approvals", "selections"}


def test_most_ballots_are_clear_one_is_contested_and_one_is_lost() -> None:
    by_concern: defaultdict[str, list[Row]] = defaultdict(list)
    for row in read_tally():
        by_concern[row["concern"]].append(row)
    margin = {}
    for concern, rows in by_concern.items():
        first, second = sorted((row["people_count"] for row in rows), reverse=True)[:2]
        margin[concern] = (first - second) / rows[0]["turnout_count"]
    assert margin.pop("rent-cap") < 0.05
    assert min(margin.values()) > 0.3
    lost = {row["choice"]: row["people_count"] for row in by_concern["petrol-price"]}
    assert lost["disagree"] > 3 * lost["agree"]


def test_the_platform_clusters_point_at_messages_of_their_concern() -> None:
    truth = read_truth()
    candidates = {row["id"]: row for night in NIGHTS for row in table_rows("policy_candidates", night) if row}
    sizes: dict[str, list[int]] = {}
    for night in NIGHTS:
        for cluster in table_rows("clusters", night):
            assert cluster is not None
            members = [candidates[c] for c in cluster["candidate_ids"]]
            assert len(members) == cluster["member_count"] >= 4
            sizes.setdefault(cluster["policy_key"], []).append(len(members))
            for member in members:
                assert truth[member["submission_id"]]["concerns"] == [cluster["policy_key"]]
    assert len(sizes) == 8
    assert all(grown == sorted(grown) for grown in sizes.values())


def test_endorsements_are_once_per_person_and_cluster() -> None:
    pairs = [
        (r["user_id"], r["cluster_id"]) for night in NIGHTS for r in table_rows("endorsements", night) if r
    ]
    assert len(pairs) == len(set(pairs)) >= 25


def _ingest(store: Store, home: Path, night: int, *, turn: int = 0) -> StepReport:
    now = datetime(2026, 11, night, 20, 25, turn, tzinfo=UTC)
    run = Run(f"night-{night}-{turn}", "nightly", date(2026, 11, night), "offline", now)
    return ingest_inbox(store, run=run, settings=Settings(home=home, inbox=SAMPLE / f"night{night}"))


def test_taking_in_three_nights_gives_the_expected_rows_people_and_tally(
    tmp_path: Path,
) -> None:
    expected = read_expected()
    planned = read_tally()
    with open_store(None) as store:
        reports = [_ingest(store, tmp_path, night) for night in NIGHTS]
        assert [report.rejected_count for report in reports] == [0, 2, 1]
        assert not any(report.degradations for report in reports)
        counts = "select count(*), count(distinct person_key) from raw.submission"
        assert store.rows(counts) == [(expected["submissions"], expected["people"])]
        counted = store.rows(
            "select cycle_id, target_id, choice, count(distinct person_key) from core.final_vote group by all"
        )
        assert sorted(counted) == sorted(
            (row["cycle_id"], row["target_id"], row["choice"], row["people_count"]) for row in planned
        )
        again = [_ingest(store, tmp_path, night, turn=1).out_count for night in NIGHTS]
        assert again == [0, 0, 0]
