"""What `tasks.identity.advance` promises from one night to the next."""

import numpy as np
import pytest

from tasks.errors import BadInput
from tasks.identity import State, advance


def groups(count: int, size: int, *, seed: int = 0, d: int = 64) -> tuple[list[str], np.ndarray]:
    """`size` records around each of `count` directions, named by group and number."""
    rng = np.random.default_rng(seed)
    centres = np.linalg.qr(np.random.default_rng(99).normal(size=(d, d)))[0][:count]
    points = np.repeat(centres, size, axis=0) + rng.normal(size=(count * size, d)) * 0.5 / np.sqrt(d)
    return [f"s{seed}g{g:02}r{r:03}" for g in range(count) for r in range(size)], points


def together(state: State, group: str) -> set[str | None]:
    return {c for r, c in state.cluster_of.items() if group in r}


def test_a_state_survives_writing_and_reading():
    state = advance(None, *groups(6, 20))
    assert State.from_json(state.to_json()) == state
    assert State.from_json(state.to_json()).to_json() == state.to_json()


def test_text_that_is_no_state_is_refused():
    with pytest.raises(BadInput, match="cannot be read"):
        State.from_json('{"clusters": 3}')


def test_a_night_without_new_records_changes_nothing():
    ids, vectors = groups(6, 20)
    first = advance(None, ids, vectors)
    second = advance(first, ids, vectors)
    assert second.events == ()
    assert (second.cluster_of, second.clusters) == (first.cluster_of, first.clusters)


def test_the_order_of_records_does_not_matter():
    ids, vectors = groups(6, 20)
    order = np.random.default_rng(1).permutation(len(ids))
    assert advance(None, [ids[i] for i in order], vectors[order]).to_json() == advance(None, ids, vectors).to_json()


def test_newcomers_join_the_clusters_they_belong_to_and_nobody_moves():
    ids, vectors = groups(6, 20)
    more, others = groups(6, 2, seed=1)
    first = advance(None, ids, vectors)
    second = advance(first, ids + more, np.concatenate([vectors, others]))
    assert {r: second.cluster_of[r] for r in ids} == first.cluster_of
    assert all(len(together(second, f"g{g:02}") - {None}) == 1 for g in range(6))
    assert sum(second.cluster_of[r] is not None for r in more) >= 9, "of twelve; the outermost may stay out"


def test_a_forced_refit_of_the_same_records_keeps_every_id():
    ids, vectors = groups(8, 25)
    first = advance(None, ids, vectors)
    second = advance(first, ids, vectors, refit=True)
    assert second.cluster_of == first.cluster_of
    assert second.events == ()
    assert second.params["refit"]


def test_a_new_topic_is_born_once():
    ids, vectors = groups(7, 20)
    old = [r for r in range(len(ids)) if "g06" not in ids[r]]
    first = advance(None, [ids[r] for r in old], vectors[old])
    second = advance(first, ids, vectors)
    third = advance(second, ids, vectors)
    assert [e.kind for e in second.events] == ["born"]
    assert len(together(second, "g06")) == 1
    assert third.events == ()


def test_a_new_topic_beside_a_living_one_is_born_once_over_two_nights():
    ids, vectors = groups(6, 20)
    centre = vectors[:20].mean(axis=0) / np.linalg.norm(vectors[:20].mean(axis=0))
    aside = np.linalg.qr(np.random.default_rng(99).normal(size=(64, 64)))[0][60]
    rng = np.random.default_rng(2)
    new = centre + 0.75 * aside + rng.normal(size=(12, 64)) * 0.5 / 8
    names = [f"new{r:02}" for r in range(12)]
    first = advance(None, ids, vectors)
    second = advance(first, ids + names[:6], np.concatenate([vectors, new[:6]]))
    third = advance(second, ids + names, np.concatenate([vectors, new]))
    assert [e.kind for e in (*second.events, *third.events) if e.kind != "grown"] == ["born"]
    assert sum(third.cluster_of[n] not in {*first.cluster_of.values(), None} for n in names) >= 10
    assert {r: third.cluster_of[r] for r in ids} == first.cluster_of


def test_a_rush_of_more_of_the_same_founds_nothing():
    ids, vectors = groups(6, 20)
    more, others = groups(1, 20, seed=3)
    first = advance(None, ids, vectors)
    second = advance(first, ids + more, np.concatenate([vectors, others]))
    assert [e.kind for e in second.events if e.kind != "grown"] == []


def test_a_topic_whose_records_are_erased_dies_once_and_its_id_is_never_used_again():
    ids, vectors = groups(6, 20)
    first = advance(None, ids, vectors)
    gone = next(iter(together(first, "g05")))
    left = [r for r in range(len(ids)) if "g05" not in ids[r]]
    second = advance(first, [ids[r] for r in left], vectors[left])
    assert [(e.kind, e.from_id) for e in second.events] == [("died", gone)]
    assert not any("g05" in r for r in second.cluster_of)
    third = advance(second, ids, vectors)
    assert [e.kind for e in third.events] == ["born"]
    assert gone not in {c.id for c in third.clusters}


def test_ids_depend_on_founding_records_only():
    ids, vectors = groups(5, 20)
    assert {c.id for c in advance(None, ids, vectors, seed=0).clusters} == {
        c.id for c in advance(None, ids, vectors, seed=7).clusters
    }


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 29, 30, 31])
def test_small_nights_follow_each_other(count):
    ids, vectors = groups(5, 8)
    state = advance(None, ids[:count], vectors[:count])
    state = advance(state, ids[: count + 3], vectors[: count + 3])
    assert set(state.cluster_of) == set(ids[: count + 3])
    assert all(c.provisional for c in state.clusters) or count + 3 > 30
    assert advance(state, [], np.zeros((0, 64))).clusters == ()


def test_clusters_name_their_medoids_and_a_theme():
    ids, vectors = groups(6, 20)
    for c in advance(None, ids, vectors).clusters:
        assert c.theme
        assert {c.id} == {advance(None, ids, vectors).cluster_of[m] for m in c.medoids}


def test_another_models_vectors_are_refused():
    ids, vectors = groups(6, 20)
    state = advance(None, ids, vectors)
    with pytest.raises(BadInput, match="two models"):
        advance(state, ids, vectors[:, :32])


def test_a_bad_vector_is_refused_by_its_records_id():
    ids, vectors = groups(2, 5)
    vectors[7] = np.nan
    with pytest.raises(BadInput, match=ids[7]):
        advance(None, ids, vectors)


def test_a_record_given_twice_is_refused():
    with pytest.raises(BadInput, match="given twice"):
        advance(None, ["a", "a"], np.eye(2))
