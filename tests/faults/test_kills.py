"""Kill a night anywhere, start it again: nothing lost, nothing twice, the published bytes of an undisturbed night.

Two nights are killed: the first of a home, and one that grows clusters, ends votes and erases a message. `CW_KILLS` says
at how many random moments a night is killed in flight (default 30; `make faults`: 200). The long campaign also kills both
sides of every commit, of every statement that commits itself and of every rename; by default a seeded part of them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from tasks.store import open_store
from tests.faults.fault_night import RUN_IDS
from tests.faults.kill_lanes import Case, Lanes

pytestmark = [pytest.mark.faults, pytest.mark.timeout(7_200)]

KILLS = int(os.environ.get("CW_KILLS", "30"))
SEED = int(os.environ.get("CW_SEED", "11"))
LANES = len(os.sched_getaffinity(0))


@pytest.fixture(scope="module")
def lanes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lanes]:
    opened = Lanes.open(tmp_path_factory.mktemp("kills"), LANES)
    yield opened
    opened.close()


def test_nights_that_nobody_kills_leave_the_same(lanes: Lanes) -> None:
    assert lanes.run([Case(night=1), Case(night=2)]) == [0, 0]


def test_every_step_of_the_second_night_has_work(lanes: Lanes) -> None:
    with open_store(lanes.folder / "undisturbed", read_only=True) as store:
        query = "select step from ops.step where run_id = ? group by 1 having max(out_count) = 0"
        idle = {row[0] for row in store.rows(query, [RUN_IDS[2]])}
    assert idle <= {"check", "refuse"}, f"the harness kills nights that do nothing in {idle}"


def test_a_night_killed_at_any_commit_is_finished_by_the_next(lanes: Lanes) -> None:
    cases = [Case(night=n, point=point) for n, of in lanes.nights.items() for point in range(len(of.points))]
    tried = cases if KILLS >= 100 else random.Random(SEED).sample(cases, KILLS)
    assert sum(lanes.run(tried)) == len(tried)
    print(f"killed at {len(tried)} of {len(cases)} sides of commits and renames")


def test_a_night_killed_at_random_moments_is_finished_by_the_next(lanes: Lanes) -> None:
    dice = random.Random(SEED)
    killed = tried = 0
    while killed < KILLS and tried < 3 * KILLS:  # some moments fall after the night's end
        cases = [
            Case(night=dice.choice([1, 2, 2]), moments=tuple(dice.random() for _ in range(dice.choice([1, 1, 2]))))
            for _ in range(max(2, KILLS - killed))
        ]  # sometimes the one that resumes is killed too
        killed += sum(lanes.run(cases))
        tried += len(cases)
    print(f"{killed} nights were killed in flight, {tried} homes compared")
    assert killed >= KILLS
