"""What became of clusters is told from two memberships alone."""

import numpy as np

from tasks.clusters.lineage import tell
from tasks.clusters.living import Event

OLD = ["a", "b"]
EVERYBODY_OLD = np.zeros(20, dtype=bool)


def was() -> np.ndarray:
    return np.repeat([0, 1], 10)


def test_nothing_is_told_when_nobody_moved():
    assert tell(was(), was(), EVERYBODY_OLD, OLD, OLD) == []


def test_a_new_cluster_that_took_a_part_of_an_old_one_is_a_split():
    now = was()
    now[:4] = 2
    assert tell(was(), now, EVERYBODY_OLD, OLD, [*OLD, "c"]) == [Event("split", "a", "c", 0.4)]


def test_a_new_cluster_of_newcomers_and_a_straggler_is_born():
    before, now = np.append(was(), [-1] * 5), np.append(was(), [2] * 5)
    now[0] = 2
    assert tell(before, now, np.zeros(25, dtype=bool), OLD, [*OLD, "c"]) == [Event("born", None, "c", 1.0)]


def test_records_that_had_only_just_come_are_no_part_of_the_cluster_they_leave():
    now, recent = was(), EVERYBODY_OLD.copy()
    now[:4], recent[:4] = 2, True
    assert tell(was(), now, recent, OLD, [*OLD, "c"]) == [Event("born", None, "c", 1.0)]


def test_an_old_cluster_whose_records_are_in_another_has_merged_and_one_without_records_has_died():
    assert tell(was(), np.zeros(20, dtype=int), EVERYBODY_OLD, OLD, ["a"]) == [Event("merged", "b", "a", 1.0)]
    assert tell(was()[:10], np.zeros(10, dtype=int), EVERYBODY_OLD[:10], OLD, ["a"]) == [Event("died", "b", None, 1.0)]


def test_a_part_that_goes_over_to_another_living_cluster_has_moved():
    now = was()
    now[:3] = 1
    assert tell(was(), now, EVERYBODY_OLD, OLD, OLD) == [Event("moved", "a", "b", 0.3)]
