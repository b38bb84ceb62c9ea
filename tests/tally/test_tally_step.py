"""The tally step on real SQL: filed once, again only when something changed, and equal to the view's rule."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tasks.checks import OF_A_NIGHT, failing_checks, run_checks
from tasks.errors import VerificationFailed
from tasks.run import Run
from tasks.settings import Settings
from tasks.store import Store, open_store
from tasks.tally import tally, tally_votes

T0 = datetime(2026, 1, 10, 12, tzinfo=UTC)
RUN = Run("r1", "nightly", date(2026, 1, 20), "offline", T0 + timedelta(days=10))
LATER = Run("r2", "nightly", date(2026, 1, 21), "offline", T0 + timedelta(days=11))
SETTINGS = Settings(profile="offline")


@pytest.fixture
def store():
    with open_store(None) as opened:
        yield opened


def put_cycle(
    store: Store, name: str = "c1", *, hours: int = 48, targets: tuple[str, ...] = ("t",), line: int = 1
):
    store.execute(
        "insert into raw.cycle values (?, ?, ?, 'active', ?, null, null, 's', ?, 'r0', ?)",
        [name, T0, T0 + timedelta(hours=hours), list(targets), line, T0],
    )


def put_votes(store: Store, *rows: tuple[str, str, str, float], cycle: str = "c1"):
    """voter, target, choice, hours after T0."""
    for number, (voter, target, choice, hours) in enumerate(rows):
        at = T0 + timedelta(hours=hours)
        store.execute(
            "insert into raw.vote values (?, ?, ?, ?, ?, ?, 'long', 's', ?, 'r0', ?)",
            [f"{cycle}{number}", voter, cycle, target, choice, at, number, T0],
        )


def test_every_event_ends_in_one_place_of_the_report(store: Store) -> None:
    put_cycle(store)
    put_votes(
        store,
        ("a", "t", "agree", 1),
        ("a", "t", "disagree", 2),
        ("b", "t", "agree", 50),
        ("c", "t", "pass", 3),
    )
    put_votes(store, ("a", "t", "agree", 1), cycle="unknown")
    report = tally_votes(store, run=RUN, settings=SETTINGS)
    ends = (report.out_count, report.skipped_count, report.rejected_count, report.pending_count)
    assert (report.in_count, ends) == (5, (2, 1, 1, 1))
    assert (
        report.in_count
        == report.out_count + report.skipped_count + report.rejected_count + report.pending_count
    )


def test_a_second_run_writes_nothing_and_a_new_vote_rewrites_its_cycle_whole(store: Store) -> None:
    put_cycle(store, targets=("t", "u"))
    put_votes(store, ("a", "t", "agree", 1), ("a", "u", "agree", 1))
    assert tally_votes(store, run=RUN, settings=SETTINGS).details["written_count"] == 4
    assert tally_votes(store, run=LATER, settings=SETTINGS).details["written_count"] == 0
    put_votes(store, ("b", "u", "disagree", 2))
    assert tally_votes(store, run=LATER, settings=SETTINGS).details["written_count"] == 5
    assert store.rows(
        "select choice, people_count from core.current_tally where target_id = 'u' order by 1"
    ) == [
        ("agree", 1),
        ("disagree", 1),
    ]


def test_a_choice_that_everybody_left_is_gone_from_the_latest_count(store: Store) -> None:
    put_cycle(store)
    put_votes(store, ("a", "t", "agree", 1))
    tally_votes(store, run=RUN, settings=SETTINGS)
    put_votes(store, ("a", "t", "disagree", 2))
    tally_votes(store, run=LATER, settings=SETTINGS)
    assert store.rows("select choice, people_count from core.current_tally") == [("disagree", 1)]


def test_nobody_has_won_before_the_cycle_is_over_or_without_a_quorum(store: Store) -> None:
    put_cycle(store, hours=24 * 30)
    put_cycle(store, "c2")
    put_votes(store, *[(f"v{i}", "t", "agree", 1) for i in range(6)])
    put_votes(store, *[(f"v{i}", "t", "agree", 1) for i in range(4)], cycle="c2")
    tally_votes(store, run=RUN, settings=SETTINGS)
    assert store.rows("select cycle_id, is_winner from core.current_tally order by 1") == [
        ("c1", False),
        ("c2", False),
    ]
    assert store.rows("select cycle_id, is_final, has_quorum from core.current_outcome order by 1") == [
        ("c1", False, True),
        ("c2", True, False),
    ]


def test_a_losing_option_is_no_approval(store: Store) -> None:
    put_cycle(store)
    put_votes(
        store,
        *[(f"v{i}", "t", "keep", 1) for i in range(4)],
        *[(f"w{i}", "t", "change", 1) for i in range(2)],
    )
    tally_votes(store, run=RUN, settings=SETTINGS)
    assert store.rows("select choice, people_count, is_winner from core.current_tally order by 1") == [
        ("change", 2, False),
        ("keep", 4, True),
    ]
    winner, runner_up, margin, contested = store.rows(
        "select winner, runner_up, margin, is_contested from core.current_outcome"
    )[0]
    assert (winner, runner_up, contested) == ("keep", "change", True)
    assert margin == pytest.approx(2 / 6)


def test_a_tie_has_no_winner(store: Store) -> None:
    put_cycle(store)
    put_votes(store, *[(f"v{i}", "t", ("agree", "disagree")[i % 2], 1) for i in range(6)])
    tally_votes(store, run=RUN, settings=SETTINGS)
    assert store.rows("select winner, margin, is_contested from core.current_outcome") == [(None, 0.0, True)]


def test_only_passes_decide_nothing(store: Store) -> None:
    put_cycle(store)
    put_votes(store, *[(f"v{i}", "t", "pass", 1) for i in range(6)])
    tally_votes(store, run=RUN, settings=SETTINGS)
    assert store.rows("select winner, turnout_count, margin, is_contested from core.current_outcome") == [
        (None, 6, 0.0, False)
    ]


def test_the_view_of_final_votes_holds_the_same_rule_as_the_pure_count(store: Store) -> None:
    put_cycle(store, targets=("t", "u"))
    choices = ("agree", "disagree", "pass", "o1")
    rows = [(f"v{i % 7}", "tu"[i % 2], choices[(i * i) % 4], (i * 5) % 60) for i in range(80)]
    put_votes(store, *rows)
    events = store.step("tally_votes").select("voter_key", "cycle_id", "target_id", "choice", "cast_at")
    pure = tally(events, store.step("tally_cycles")).select("target_id", "choice", "people_count")
    view = store.frame(
        "select target_id, choice, count(*) as people_count from core.final_vote group by all order by 1, 2"
    )
    assert pure.rows() == view.rows()
    assert pure["people_count"].sum() > 0


def test_a_cycle_read_again_with_other_dates_is_counted_by_the_new_ones(store: Store) -> None:
    put_cycle(store, hours=1)
    put_votes(store, ("a", "t", "agree", 2))
    assert tally_votes(store, run=RUN, settings=SETTINGS).rejected_count == 1
    put_cycle(store, hours=48, line=2)
    assert tally_votes(store, run=LATER, settings=SETTINGS).out_count == 1


def test_two_camps_are_found_and_agreement_across_them_is_low(store: Store) -> None:
    targets = tuple(f"t{i}" for i in range(6))
    put_cycle(store, targets=targets)
    rows = []
    for voter in range(20):
        for place, target in enumerate(targets):
            together, camp = place == 0, voter % 2
            choice = "agree" if together or (place + camp) % 2 else "disagree"
            rows.append((f"v{voter}", target, choice, 1))
    put_votes(store, *rows)
    tally_votes(store, run=RUN, settings=SETTINGS)
    outcome = store.frame("select * from core.current_outcome order by target_id")
    assert outcome["group_count"].to_list() == [2] * 6
    assert outcome["least_group_agreement"][0] == pytest.approx(11 / 12)
    assert max(outcome["group_consensus"][1:]) < 0.1 < outcome["group_consensus"][0]
    people = store.rows("select distinct group_no, people_count from core.current_opinion_group order by 1")
    assert people == [(0, 10), (1, 10)]
    assert tally_votes(store, run=LATER, settings=SETTINGS).details["written_count"] == 0


def test_like_minded_people_are_one_group_and_no_division_is_invented(store: Store) -> None:
    targets = tuple(f"t{i}" for i in range(6))
    put_cycle(store, targets=targets)
    put_votes(store, *[(f"v{v}", t, "agree", 1) for v in range(20) for t in targets])
    tally_votes(store, run=RUN, settings=SETTINGS)
    assert store.value("select max(group_count) from core.current_outcome") == 0
    assert store.value("select count(*) from core.opinion_group") == 0


def put_ballot(store: Store, voter: str, choices: dict[str, str], hours: float, *, name: str, cycle: str = "c1"):
    """A whole ballot, as the platform sends it; no choices = an empty one."""
    for target, choice in (choices or {"*": "withdrawn"}).items():
        store.execute(
            "insert into raw.vote values (?, ?, ?, ?, ?, ?, 'selections', 's', 1, 'r0', ?)",
            [name, voter, cycle, target, choice, T0 + timedelta(hours=hours), T0],
        )


def final_votes(store: Store) -> list[tuple[str, str, str]]:
    return store.rows("select person_key, target_id, choice from core.final_vote order by all")


def test_the_last_ballot_is_the_voters_whole_word_and_an_empty_one_takes_everything_back(store: Store) -> None:
    put_cycle(store, targets=("t", "u"))
    put_ballot(store, "a", {"t": "o1", "u": "o2"}, 1, name="b1")
    put_ballot(store, "a", {"u": "o3"}, 2, name="b2")
    put_ballot(store, "b", {"t": "o1"}, 1, name="b3")
    put_ballot(store, "b", {}, 2, name="b4")
    put_ballot(store, "c", {}, 1, name="b5")
    put_ballot(store, "c", {"t": "o1"}, 2, name="b6")
    assert final_votes(store) == [("a", "u", "o3"), ("c", "t", "o1")]
    report = tally_votes(store, run=RUN, settings=SETTINGS)
    assert (report.in_count, report.out_count, report.skipped_count) == (7, 2, 5)
    assert store.rows("select target_id, choice, people_count from core.current_tally order by all") == [
        ("t", "o1", 1),
        ("u", "o3", 1),
    ]
    assert failing_checks(store) == {}


def test_a_ballot_outside_its_cycle_takes_nothing_back(store: Store) -> None:
    put_cycle(store)
    put_ballot(store, "a", {"t": "o1"}, 1, name="b1")
    put_ballot(store, "a", {}, 99, name="b2")
    assert final_votes(store) == [("a", "t", "o1")]


def test_single_votes_stand_target_by_target_until_a_whole_ballot_comes(store: Store) -> None:
    put_cycle(store, targets=("t", "u"))
    put_votes(store, ("a", "t", "agree", 1), ("a", "u", "agree", 3))
    put_ballot(store, "a", {"u": "o1"}, 2, name="b1")
    assert final_votes(store) == [("a", "u", "agree")]


@pytest.mark.parametrize(("ends_after_h", "told"), [(24 * 9, 1), (24, 0)])
def test_a_vote_for_an_option_that_its_target_has_not_is_told_as_long_as_it_is_news(
    store: Store, ends_after_h: int, told: int
) -> None:
    put_cycle(store, hours=ends_after_h, targets=("t", "u"))
    store.execute("insert into raw.option values ('o1', 't', 1, null, 'one', null, null, 's', 1, 'r0', ?)", [T0])
    put_votes(
        store,
        ("a", "t", "o1", 1),
        ("b", "t", "o-of-another", 1),
        ("c", "t", "pass", 1),
        ("d", "u", "options-not-known", 1),
    )
    lost = tally_votes(store, run=RUN, settings=SETTINGS).degradations
    assert [(d.kind, d.count, d.of) for d in lost] == [("vote_for_unknown_option", 1, 4)][:told]


VIEWS = ("core.current_tally", "core.current_outcome", "core.current_opinion_group")


def current_counts(store: Store) -> list[int]:
    return [store.value(f"select count(*) from {view}") for view in VIEWS]


def two_camps(store: Store) -> None:
    targets = tuple(f"t{i}" for i in range(6))
    put_cycle(store, targets=targets)
    choices = ("agree", "disagree")
    put_votes(store, *[(f"v{v}", t, choices[(v + i) % 2], 1) for v in range(20) for i, t in enumerate(targets)])


def test_a_cycle_in_which_no_vote_counts_any_more_has_no_count(store: Store) -> None:
    two_camps(store)
    put_cycle(store, "c2")
    put_votes(store, ("a", "t", "agree", 1), cycle="c2")
    tally_votes(store, run=RUN, settings=SETTINGS)
    assert min(current_counts(store)) > 1
    put_cycle(store, hours=0, line=2)
    report = tally_votes(store, run=LATER, settings=SETTINGS)
    assert (report.in_count, report.out_count, report.rejected_count) == (121, 1, 120)
    assert current_counts(store) == [1, 1, 0]
    assert store.value("select count(*) from core.tally where people_count = 40") == 0, "what was counted is not rewritten"
    assert store.value("select max(turnout_count) from core.outcome where run_id = 'r1'") == 20
    again = Run("r3", "nightly", LATER.run_on, "offline", LATER.now + timedelta(days=1))
    assert tally_votes(store, run=again, settings=SETTINGS).details["written_count"] == 0
    assert run_checks(store, run=again, settings=SETTINGS)


def test_a_cycle_that_was_emptied_is_counted_again_when_its_votes_are_back(store: Store) -> None:
    two_camps(store)
    tally_votes(store, run=RUN, settings=SETTINGS)
    before = current_counts(store)
    put_cycle(store, hours=0, line=2)
    tally_votes(store, run=LATER, settings=SETTINGS)
    assert current_counts(store) == [0, 0, 0]
    put_cycle(store, hours=48, line=3)
    tally_votes(store, run=Run("r3", "nightly", LATER.run_on, "offline", LATER.now + timedelta(days=1)), settings=SETTINGS)
    assert current_counts(store) == before


def test_when_every_voter_takes_the_ballot_back_nothing_has_won(store: Store) -> None:
    put_cycle(store)
    for n in range(6):
        put_ballot(store, f"v{n}", {"t": "o1"}, 1, name=f"b{n}")
    tally_votes(store, run=RUN, settings=SETTINGS)
    assert store.value("select winner from core.current_outcome") == "o1"
    for n in range(6):
        put_ballot(store, f"v{n}", {}, 2, name=f"w{n}")
    tally_votes(store, run=LATER, settings=SETTINGS)
    assert current_counts(store) == [0, 0, 0]


def test_a_count_that_is_not_of_the_votes_stops_the_night_and_votes_that_wait_for_theirs_do_not_fail_a_verification(store: Store) -> None:
    put_cycle(store)
    put_votes(store, ("a", "t", "agree", 1))
    assert failing_checks(store) == {}, "read in by a night that was killed"
    assert failing_checks(store, kinds=(OF_A_NIGHT,)) == {"tally_is_of_the_votes": 1}
    with pytest.raises(VerificationFailed, match="count of the votes"):
        run_checks(store, run=RUN, settings=SETTINGS)
    tally_votes(store, run=RUN, settings=SETTINGS)
    assert run_checks(store, run=RUN, settings=SETTINGS)
