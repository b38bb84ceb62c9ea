"""What the map promises: yesterday's points stay, the same input gives the same map, clusters can be told apart."""

import numpy as np
import pytest

from tasks.clusters.discs import Discs, free_spot, push_apart, push_out
from tasks.clusters.layout import is_worn_out, layout


def night(groups: int, count: int, *, strangers: int = 0, d: int = 48):
    """Record ids, vectors around random directions, and each record's cluster; strangers belong to none."""
    rng = np.random.default_rng(groups * 1000 + count)
    centres = rng.normal(size=(groups, d))
    own = np.arange(count) % groups
    vectors = np.concatenate([centres[own] + 0.4 * rng.normal(size=(count, d)), rng.normal(size=(strangers, d))])
    ids = [f"r{i:04d}" for i in range(count + strangers)]
    clusters = [f"c{c}" for c in own] + [None] * strangers
    return ids, vectors.astype(np.float32), dict(zip(ids, clusters, strict=True))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7])
def test_a_handful_of_records_has_a_map(count):
    ids, vectors, cluster_of = night(2, count)
    assert layout(ids, vectors, cluster_of, {}).keys() == set(ids)


@pytest.mark.parametrize("cluster", ["c1", None])
def test_identical_records_do_not_lie_upon_one_another(cluster):
    ids = [f"r{i}" for i in range(40)]
    places = layout(ids, np.ones((40, 8)), dict.fromkeys(ids, cluster), {})
    assert np.isfinite(list(places.values())).all()
    assert len(set(places.values())) == 40


def test_yesterdays_points_stay_where_they_were_to_the_last_digit():
    ids, vectors, cluster_of = night(9, 180, strangers=20)
    old = [rid for i, rid in enumerate(ids) if i % 3 and cluster_of[rid] != "c8"]
    rows = [int(rid[1:]) for rid in old]
    before = layout(old, vectors[rows], cluster_of, {})
    for refit in (False, True):
        after = layout(ids, vectors, cluster_of, before, refit=refit)
        assert after.keys() == set(ids)
        assert {rid: after[rid] for rid in old} == before


def test_records_that_are_gone_leave_the_map():
    ids, vectors, cluster_of = night(3, 30)
    before = layout(ids, vectors, cluster_of, {})
    after = layout(ids[5:], vectors[5:], cluster_of, before)
    assert after == {rid: before[rid] for rid in ids[5:]}


def test_the_same_records_in_any_order_and_on_any_number_of_threads_give_the_same_map():
    from threadpoolctl import threadpool_limits

    ids, vectors, cluster_of = night(12, 240, strangers=15)
    turn = np.random.default_rng(0).permutation(len(ids))
    with threadpool_limits(1):
        one = layout(ids, vectors, cluster_of, {})
    with threadpool_limits(2):
        two = layout([ids[i] for i in turn], vectors[turn], cluster_of, {})
    assert one == two


def test_a_record_of_the_map_is_nearest_to_its_own_clusters_middle():
    ids, vectors, cluster_of = night(15, 450)
    places = layout(ids, vectors, cluster_of, {})
    middles = {c: np.mean([places[r] for r in ids if cluster_of[r] == c], axis=0) for c in set(cluster_of.values())}
    home = [min(middles, key=lambda c: float(np.hypot(*(middles[c] - places[r])))) == cluster_of[r] for r in ids]
    assert np.mean(home) > 0.97


def test_a_new_record_lies_with_its_cluster_and_a_new_cluster_on_free_ground():
    ids, vectors, cluster_of = night(8, 160)
    old = [r for r in ids if cluster_of[r] != "c7" and int(r[1:]) < 120]
    before = layout(old, vectors[[int(r[1:]) for r in old]], cluster_of, {})
    after = layout(ids, vectors, cluster_of, before)
    assert not is_worn_out(ids, cluster_of, after)
    middle = np.mean([after[r] for r in ids if cluster_of[r] == "c7"], axis=0)
    assert min(np.hypot(*(middle - before[r])) for r in old) > np.sqrt(20) * 0.9


def test_outliers_lie_outside_every_cluster():
    ids, vectors, cluster_of = night(6, 240, strangers=30)
    places = layout(ids, vectors, cluster_of, {})
    for c in set(cluster_of.values()) - {None}:
        members = np.array([places[r] for r in ids if cluster_of[r] == c])
        middle = members.mean(axis=0)
        reach = np.quantile(np.hypot(*(members - middle).T), 0.8)
        assert all(np.hypot(*(np.array(places[r]) - middle)) > reach for r in ids if cluster_of[r] is None)


def test_a_refit_draws_a_worn_out_map_anew_near_where_it_was():
    ids, vectors, cluster_of = night(6, 240)
    fresh = layout(ids, vectors, cluster_of, {})
    turned = {rid: (-y + 40.0, x - 7.0) for rid, (x, y) in fresh.items()}
    few = {rid: turned[rid] for rid in ids[:50]}
    assert is_worn_out(ids, cluster_of, few)
    again = layout(ids, vectors, cluster_of, few, refit=True)
    assert max(np.hypot(*np.subtract(again[rid], turned[rid])) for rid in ids) < 1e-2, "turned back by Procrustes"


def test_a_map_on_which_clusters_are_mixed_is_worn_out():
    ids, _, cluster_of = night(6, 240)
    anywhere = {rid: (float(i * 37 % 101), float(i * 53 % 89)) for i, rid in enumerate(ids)}
    assert is_worn_out(ids, cluster_of, anywhere)


def test_discs_are_pushed_apart_and_points_out_of_them():
    radii = np.array([3.0, 2.0, 1.0])
    centres = push_apart(np.array([[0.0, 0.0], [0.1, 0.0], [0.0, 0.2]]), radii, gap=1.0)
    gaps = [np.hypot(*(centres[i] - centres[j])) - radii[i] - radii[j] for i, j in ((0, 1), (0, 2), (1, 2))]
    assert min(gaps) >= 1.0 - 1e-3
    discs = Discs(centres, radii)
    spot = free_spot(discs, centres[0], 1.0)
    assert (np.hypot(*(spot - centres).T) >= radii + 1.0).all()
    out = push_out(centres + 0.3, discs, jitter=np.zeros((3, 2)))
    assert (np.hypot(*(out[:, None, :] - centres[None]).transpose(2, 0, 1)) >= radii).all()
