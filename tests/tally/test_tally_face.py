"""The pure count: exact on real conversations, and each rule of tasks/tally.py alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.errors import BadInput
from tasks.rules import load_rules
from tasks.settings import Settings
from tasks.tally import tally
from tasks.votes.final import last_votes
from tasks.votes.opinion_groups import find_groups, group_consensus

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CHOICES = {1: "agree", -1: "disagree", 0: "pass"}
T0 = datetime(2026, 1, 10, 12, tzinfo=UTC)


def votes(*rows: tuple[str, str, str, int], cycle: str = "c1") -> pl.DataFrame:
    """voter, target, choice, minutes after T0."""
    return pl.DataFrame(
        [(v, cycle, t, c, T0 + timedelta(minutes=m)) for v, t, c, m in rows],
        schema=["voter_key", "cycle_id", "target_id", "choice", "cast_at"],
        orient="row",
    )


def cycle(start: int, end: int, name: str = "c1") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "cycle_id": [name],
            "started_at": [T0 + timedelta(minutes=start)],
            "ends_at": [T0 + timedelta(minutes=end)],
        }
    )


def counts(frame: pl.DataFrame) -> dict[tuple[str, str], int]:
    return {(t, c): n for t, c, n in frame.select("target_id", "choice", "people_count").iter_rows()}


def polis(name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    folder = DATA / name
    if not folder.exists():
        pytest.skip(f"{folder} is not here: public data lies beside the project, not in it")
    events = pl.read_csv(folder / "votes_long.csv").select(
        voter_key=pl.col("voter_id").cast(pl.String),
        cycle_id=pl.lit(name),
        target_id=pl.col("comment_id").cast(pl.String),
        choice=pl.col("vote").replace_strict(CHOICES),
        cast_at=pl.from_epoch("timestamp_ms", "ms").dt.replace_time_zone("UTC"),
    )
    return events, pl.read_csv(folder / "expected_tally.csv")


@pytest.mark.parametrize("name", ["polis_seattle15", "polis_nz_housing"])
def test_every_row_of_a_real_conversation_is_exact(name: str) -> None:
    events, expected = polis(name)
    got = tally(events)
    wide = got.pivot("choice", index=["target_id", "turnout_count"], values="people_count").fill_null(0)
    wide = wide.select(
        pl.col("target_id").cast(pl.Int64), "agree", "disagree", "pass", pl.col("turnout_count")
    ).sort("target_id")
    assert (
        wide.rows()
        == expected.select("comment_id", "agree", "disagree", "pass", "voters").sort("comment_id").rows()
    )


@pytest.mark.parametrize(("name", "surplus"), [("polis_seattle15", 123), ("polis_nz_housing", 81)])
def test_the_naive_count_is_too_high_by_the_re_votes(name: str, surplus: int) -> None:
    events, _ = polis(name)
    assert events.height - tally(events)["people_count"].sum() == surplus


def test_the_last_vote_of_a_person_counts() -> None:
    assert counts(
        tally(votes(("a", "t", "agree", 0), ("a", "t", "disagree", 1), ("b", "t", "agree", 2)))
    ) == {
        ("t", "disagree"): 1,
        ("t", "agree"): 1,
    }


def test_equal_times_never_add_support_in_any_row_order() -> None:
    events = votes(
        ("a", "t", "agree", 0), ("a", "t", "disagree", 0), ("b", "t", "pass", 0), ("b", "t", "agree", 0)
    )
    assert (
        counts(tally(events)) == counts(tally(events.reverse())) == {("t", "disagree"): 1, ("t", "pass"): 1}
    )


def test_a_vote_outside_the_cycle_neither_counts_nor_replaces_one_inside() -> None:
    events = votes(("a", "t", "agree", 5), ("a", "t", "disagree", 11), ("b", "t", "agree", -1))
    assert counts(tally(events, cycle(0, 10))) == {("t", "agree"): 1}


def test_the_first_and_the_last_instant_belong_to_the_cycle() -> None:
    events = votes(("a", "t", "agree", 0), ("b", "t", "agree", 10))
    assert counts(tally(events, cycle(0, 10))) == {("t", "agree"): 2}


def test_votes_of_a_cycle_that_is_not_listed_are_not_counted() -> None:
    assert tally(votes(("a", "t", "agree", 5), cycle="c9"), cycle(0, 10)).height == 0


def test_naive_times_are_read_as_utc() -> None:
    naive = votes(("a", "t", "agree", 5)).with_columns(pl.col("cast_at").dt.replace_time_zone(None))
    assert counts(tally(naive, cycle(0, 10))) == {("t", "agree"): 1}


def test_the_same_person_counts_in_each_cycle_and_on_each_target() -> None:
    both = pl.concat(
        [votes(("a", "t", "agree", 0), ("a", "u", "agree", 0)), votes(("a", "t", "agree", 0), cycle="c2")]
    )
    assert tally(both)["people_count"].to_list() == [1, 1, 1]


def test_a_pass_is_turnout_and_lowers_the_share_of_support() -> None:
    row = (
        tally(votes(("a", "t", "agree", 0), ("b", "t", "pass", 0))).filter(choice="agree").row(0, named=True)
    )
    assert (row["people_count"], row["turnout_count"], row["share"]) == (1, 2, 0.5)


def test_wilson_agrees_with_the_textbook() -> None:
    # 15 of 50: 0.1910 … 0.4375 (Newcombe, Statistics in Medicine 17, 1998, 857–872, recomputed by hand)
    events = votes(*[(f"v{i}", "t", "agree" if i < 15 else "disagree", 0) for i in range(50)])
    row = tally(events).filter(choice="agree").row(0, named=True)
    assert row["low"] == pytest.approx(0.1910, abs=5e-4)
    assert row["high"] == pytest.approx(0.4375, abs=5e-4)


def test_no_votes_give_an_empty_table_of_the_same_columns() -> None:
    untyped = pl.DataFrame(schema=["voter_key", "cycle_id", "target_id", "choice", "cast_at"])
    bounds = pl.DataFrame(schema=["cycle_id", "started_at", "ends_at"])
    for empty in (
        tally(votes(("a", "t", "agree", 0)).clear()),
        tally(untyped),
        tally(untyped, bounds),
        tally(votes(("a", "t", "agree", 0)), bounds),
    ):
        assert empty.height == 0
        assert empty.schema == {
            "cycle_id": pl.String, "target_id": pl.String, "choice": pl.String, "people_count": pl.Int64,
            "share": pl.Float64, "low": pl.Float64, "high": pl.Float64, "turnout_count": pl.Int64,
        }  # fmt: skip


def test_an_empty_start_or_end_is_open() -> None:
    events = votes(("a", "t", "agree", -99), ("b", "t", "agree", 99))
    assert counts(tally(events, cycle(0, 1).with_columns(ends_at=pl.lit(None)))) == {("t", "agree"): 1}
    assert counts(tally(events, cycle(0, 1).with_columns(started_at=pl.lit(None)))) == {("t", "agree"): 1}


def test_times_as_text_and_categories_count_as_the_same_votes() -> None:
    events = votes(("a", "t", "agree", 5), ("a", "t", "disagree", 6), ("b", "t", "o1", 5))
    texts = events.with_columns(
        pl.col("cast_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ"), pl.col("choice", "cycle_id").cast(pl.Categorical)
    )
    assert tally(texts, cycle(0, 10)).equals(tally(events, cycle(0, 10)))
    # 10:00 in Tehran is before 07:00 in Greenwich: instants are compared, not letters
    two = events.head(2).with_columns(cast_at=pl.Series(["2026-01-01T10:00:00+03:30", "2026-01-01T07:00:00Z"]))
    assert counts(tally(two)) == {("t", "disagree"): 1}


def test_a_missing_column_and_an_empty_key_are_named() -> None:
    with pytest.raises(BadInput, match="choice"):
        tally(votes(("a", "t", "agree", 0)).drop("choice"))
    with pytest.raises(BadInput, match="cast_at"):
        tally(votes(("a", "t", "agree", 0)).with_columns(cast_at=pl.lit("yesterday")))
    with pytest.raises(BadInput, match="voter_key"):
        tally(votes(("a", "t", "agree", 0)).with_columns(voter_key=pl.lit(None, pl.String)))
    with pytest.raises(BadInput, match="choice"):
        tally(votes(("a", "t", "", 0)))
    with pytest.raises(BadInput, match="cast_at"):  # «not a number» would sort behind every time, and so win
        tally(votes(("a", "t", "agree", 0)).with_columns(cast_at=pl.lit(float("nan"))))


def test_votes_and_cycles_of_two_kinds_are_brought_together_or_named() -> None:
    events = votes(("a", "t", "agree", 1)).with_columns(cycle_id=pl.lit("7"))
    numbered = cycle(0, 2).with_columns(cycle_id=pl.lit(7))
    assert counts(tally(events, numbered)) == {("t", "agree"): 1}
    with pytest.raises(BadInput, match="cycle_id"):
        tally(events.with_columns(cycle_id=pl.lit(7)), cycle(0, 2))
    with pytest.raises(BadInput, match="no times of one kind"):
        tally(events.with_columns(cast_at=pl.lit(3)), numbered)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from("tu"),
        st.sampled_from(["agree", "disagree", "pass", "o1"]),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=30,
)


@settings(deadline=None)
@given(EVENTS, st.randoms(use_true_random=False))
def test_each_person_counts_once_per_target_whatever_the_order(
    rows: list[tuple[str, str, str, int]], rng
) -> None:
    shuffled = rows[:]
    rng.shuffle(shuffled)
    first, second = tally(votes(*rows)), tally(votes(*shuffled))
    assert first.equals(second)
    people = {t: len({v for v, u, _, _ in rows if u == t}) for t in "tu"}
    for row in first.iter_rows(named=True):
        assert row["turnout_count"] == people[row["target_id"]]
        assert 0 <= row["low"] <= row["share"] <= row["high"] <= 1
    assert first["people_count"].sum() == sum(people.values())


def by_hand(
    events: list[tuple[str, str, str, str, int]], bounds: dict[str, tuple[int, int]] | None
) -> dict[tuple[str, str, str], int]:
    """The rule again, one event after the other: later time, then later letter, and only inside a known cycle."""
    standing: dict[tuple[str, str, str], tuple[int, str]] = {}
    for voter, cycle_id, target, choice, at in events:
        if bounds is not None and not (cycle_id in bounds and bounds[cycle_id][0] <= at <= bounds[cycle_id][1]):
            continue
        key = (voter, cycle_id, target)
        standing[key] = max(standing.get(key, (at, choice)), (at, choice))
    held: dict[tuple[str, str, str], int] = {}
    for (_, cycle_id, target), (_, choice) in standing.items():
        held[cycle_id, target, choice] = held.get((cycle_id, target, choice), 0) + 1
    return held


LONG = st.lists(
    st.tuples(
        st.sampled_from("abcd"), st.sampled_from(["c1", "c2", "c3"]), st.sampled_from("tu"),
        st.sampled_from(["agree", "disagree", "pass", "o1", "گزینه"]), st.integers(-2, 6),
    ),
    max_size=40,
)  # fmt: skip
BOUNDS = st.none() | st.dictionaries(st.sampled_from(["c1", "c2"]), st.tuples(st.integers(-1, 2), st.integers(1, 5)))


@settings(deadline=None)
@given(LONG, BOUNDS)
def test_the_count_is_the_one_by_hand(events, bounds) -> None:
    frame = pl.DataFrame(
        events,
        schema=dict.fromkeys(("voter_key", "cycle_id", "target_id", "choice"), pl.String) | {"cast_at": pl.Int64},
        orient="row",
    )
    limits = None
    if bounds is not None:
        rows = [(name, since, until) for name, (since, until) in bounds.items()]
        limits = pl.DataFrame(
            rows, schema={"cycle_id": pl.String, "started_at": pl.Int64, "ends_at": pl.Int64}, orient="row"
        )
    got = tally(frame, limits)
    found = {(c, t, x): n for c, t, x, n in got.select("cycle_id", "target_id", "choice", "people_count").rows()}
    assert found == by_hand(events, bounds)


def test_a_million_votes_are_counted_in_seconds() -> None:
    import time

    number = pl.int_range(1_000_000, eager=True)
    events = pl.DataFrame({
        "voter_key": "v" + (number * 7919 % 100_003).cast(pl.String),
        "cycle_id": "c" + (number % 5).cast(pl.String),
        "target_id": "t" + (number % 53).cast(pl.String),
        "choice": pl.Series(["agree", "disagree", "pass", "o1"]).gather(number % 4),
        "cast_at": number * 104_729 % 1_000_003,
    })  # fmt: skip
    started = time.process_time()
    got = tally(events)
    assert time.process_time() - started < 8  # 1.2 s of CPU in November 2026
    assert got["people_count"].sum() == events.select("voter_key", "cycle_id", "target_id").n_unique()


@pytest.mark.parametrize("name", ["polis_seattle15", "polis_nz_housing"])
def test_consensus_over_our_groups_ranks_as_over_the_groups_that_polis_found(name: str) -> None:
    final = last_votes(polis(name)[0])
    found = find_groups(final, load_rules(Settings(profile="offline")).groups)
    assert found is not None
    groups = pl.read_csv(DATA / name / "participants_groups.csv").drop_nulls()
    theirs = final.join(
        groups.select(voter_key=pl.col("voter_id").cast(pl.String), group_no=pl.col("polis_group")), on="voter_key"
    )
    said = [(pl.col("choice") == c).sum().cast(pl.Int64).alias(f"{c}_count") for c in ("agree", "disagree", "pass")]
    seen = theirs.group_by("group_no", "target_id").agg(*said)
    every = theirs.select("group_no").unique().join(theirs.select("target_id").unique(), how="cross")
    counts = every.join(seen, on=["group_no", "target_id"], how="left").fill_null(0)  # as ours: a group that saw nothing
    both = group_consensus(found.counts).join(group_consensus(counts), on="target_id", suffix="_polis")
    assert both.select(pl.corr("group_consensus", "group_consensus_polis", method="spearman")).item() > 0.9
