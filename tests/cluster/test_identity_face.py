"""What `tasks.identity.advance` promises from one night to the next."""

from dataclasses import replace

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


def direction(number: int, d: int = 64) -> np.ndarray:
    """One of d square directions; those below ten are the centres of `groups`."""
    return np.linalg.qr(np.random.default_rng(99).normal(size=(d, d)))[0][number]


def scattered(centre: np.ndarray, count: int, *, seed: int, d: int = 64) -> np.ndarray:
    return centre + np.random.default_rng(seed).normal(size=(count, d)) * 0.5 / np.sqrt(d)


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
    new = scattered(centre + 0.75 * direction(60), 12, seed=2)
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


def test_a_cluster_that_newcomers_pull_to_two_sides_splits_once_and_one_part_keeps_the_id():
    ids, vectors = groups(6, 20)
    first = advance(None, ids, vectors)
    aside = 0.7 * direction(60)
    new = np.concatenate([scattered(vectors[:20].mean(axis=0) + s * aside, 20, seed=5 + s) for s in (-1, 1)])
    names = [f"new{r:02}" for r in range(40)]
    second = advance(first, ids + names, np.concatenate([vectors, new]))
    third = advance(second, [*ids, *names, "late"], np.concatenate([vectors, new, vectors[:1] + 0.1 * aside]), refit=True)
    host = next(iter(together(first, "g00")))
    assert [(e.kind, e.from_id) for e in second.events if e.kind != "grown"] == [("split", host)]
    assert host in {c.id for c in second.clusters}
    assert together(second, "g00") == {host, second.events[0].to_id}, "the old members are parted too"
    assert [e.kind for e in third.events if e.kind != "grown"] == []
    assert all(second.cluster_of[r] == first.cluster_of[r] for r in ids if "g00" not in r)


def test_two_clusters_between_which_newcomers_fill_the_space_merge_once():
    ids, vectors = groups(6, 20)
    left = vectors[:20].mean(axis=0)
    right = left + 1.2 * direction(60)
    vectors[20:40] = scattered(right, 20, seed=3)
    part = np.random.default_rng(4).uniform(0.25, 0.75, size=(60, 1))
    new = scattered(part * left + (1 - part) * right, 60, seed=4)
    first = advance(None, ids, vectors)
    second = advance(first, [*ids, *(f"new{r:02}" for r in range(60))], np.concatenate([vectors, new]))
    assert [e.kind for e in second.events if e.kind != "grown"] == ["merged"]
    assert together(second, "g00") == together(second, "g01") <= together(first, "g00") | together(first, "g01")
    assert all(second.cluster_of[r] == first.cluster_of[r] for r in ids[40:])


def test_thirty_nights_of_more_of_the_same_move_nobody_and_tell_nothing():
    ids, vectors = groups(8, 60)
    order = np.random.default_rng(8).permutation(len(ids))
    ids, vectors = [ids[i] for i in order], vectors[order]
    state = advance(None, ids[:240], vectors[:240])
    for night in range(30):
        count = 240 + 4 * (night + 1)
        after = advance(State.from_json(state.to_json()), ids[:count], vectors[:count])
        same = [after.cluster_of[r] == c for r, c in state.cluster_of.items()]
        assert np.mean(same) >= 0.99
        assert [e.kind for e in after.events if e.kind != "grown"] == []
        state = after
    assert len(state.clusters) == 8


def test_an_erased_record_leaves_no_trace_in_the_state():
    ids, vectors = groups(6, 20)
    more, others = groups(6, 2, seed=1)
    state = advance(advance(None, ids, vectors), ids + more, np.concatenate([vectors, others]))
    gone = {state.clusters[0].medoids[0], more[0]}
    left = [r for r, name in enumerate(ids + more) if name not in gone]
    after = advance(state, [(ids + more)[r] for r in left], np.concatenate([vectors, others])[left])
    assert not any(name in after.to_json() for name in gone)


def test_one_who_says_the_same_as_another_shares_that_ones_place_in_a_cluster_or_in_none():
    ids, vectors = groups(6, 20)
    stranger = 8 * direction(50)[None, :]
    first = advance(None, [*ids, "stranger"], np.concatenate([vectors, stranger]))
    assert first.cluster_of["stranger"] is None
    again = np.concatenate([vectors, stranger, stranger * 1.5, vectors[:1] + 1e-4])
    second = advance(first, [*ids, "stranger", "echo", "twin"], again)
    assert second.cluster_of["echo"] is None
    assert second.cluster_of["twin"] == first.cluster_of[ids[0]]


def test_a_cluster_whose_records_were_rewritten_to_two_sides_splits_once():
    ids, vectors = groups(6, 20)
    first = advance(None, ids, vectors)
    moved = vectors.copy()
    moved[:20] += 0.7 * np.where(np.arange(20) % 2, 1, -1)[:, None] * direction(60)
    second = advance(State.from_json(first.to_json()), ids, moved)
    host = next(iter(together(first, "g00")))
    assert [(e.kind, e.from_id) for e in second.events] == [("split", host)]
    assert together(second, "g00") == {host, second.events[0].to_id}
    sides = [{second.cluster_of[r] for r in ids[side:20:2]} for side in (0, 1)]
    assert [len(side) for side in sides] == [1, 1] and sides[0] != sides[1]
    assert advance(second, ids, moved, refit=True).events == ()


def test_two_clusters_whose_records_were_rewritten_to_say_the_same_thing_merge_once():
    ids, vectors = groups(6, 20)
    vectors[20:40] = scattered(vectors[:20].mean(axis=0) + 1.2 * direction(60), 20, seed=3)
    first = advance(None, ids, vectors)
    moved = vectors.copy()
    moved[:40] = scattered(vectors[:40].mean(axis=0), 40, seed=5)
    second = advance(first, ids, moved)
    assert [e.kind for e in second.events] == ["merged"]
    assert together(second, "g00") == together(second, "g01")
    assert advance(second, ids, moved, refit=True).events == ()


def test_a_cluster_all_of_whose_records_were_rewritten_a_little_is_the_same_cluster():
    ids, vectors = groups(6, 20)
    first = advance(None, ids, vectors)
    second = advance(first, ids, vectors + scattered(np.zeros(64), len(ids), seed=9) * 0.5)
    assert (second.cluster_of, second.events) == (first.cluster_of, ())


def test_a_cluster_whose_records_were_rewritten_to_say_all_kinds_of_things_is_gone():
    ids, vectors = groups(6, 20)
    first = advance(None, ids, vectors)
    moved = vectors.copy()
    moved[:20] = [direction(30 + r) for r in range(20)]
    second = advance(first, ids, moved)
    assert [(e.kind, e.from_id) for e in second.events] == [("died", next(iter(together(first, "g00"))))]
    assert together(second, "g00") == {None}


def test_a_record_that_was_rewritten_as_another_shares_its_fate():
    ids, vectors = groups(6, 20)
    vectors[20:40] = scattered(vectors[:20].mean(axis=0) + 0.6 * direction(60), 20, seed=3)
    first = advance(None, ids, vectors)
    moved = vectors.copy()
    moved[0] = vectors[25]
    assert advance(first, ids, moved).cluster_of[ids[0]] == first.cluster_of[ids[25]]


def test_a_record_that_was_rewritten_as_something_else_was_erased_and_came_anew():
    ids, vectors = groups(6, 20)
    first = advance(None, ids, vectors)
    changed = vectors.copy()
    changed[0] = vectors[20]  # what a record of g00 says is now what one of g01 says
    second = advance(State.from_json(first.to_json()), ids, changed)
    assert second.cluster_of[ids[0]] == first.cluster_of[ids[20]]
    assert {r: second.cluster_of[r] for r in ids[1:]} == {r: first.cluster_of[r] for r in ids[1:]}
    assert not any(ids[0] in c.medoids for c in second.clusters if c.id == first.cluster_of[ids[0]])
    assert ids[0] in second.arrived


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_another_machines_rounding_is_no_change_of_a_text(kind):
    ids, vectors = groups(6, 20)
    first = advance(None, ids, vectors)
    rounded = (3 * vectors + np.random.default_rng(1).normal(size=vectors.shape) * 1e-4).astype(kind)
    assert advance(first, ids, rounded).cluster_of == first.cluster_of
    more, others = groups(1, 1, seed=4)
    after = advance(first, [*ids, *more], np.concatenate([rounded, others.astype(kind)]))
    assert {r: after.cluster_of[r] for r in ids} == first.cluster_of


def test_a_state_whose_traces_are_not_its_records_is_refused():
    state = advance(None, *groups(3, 10))
    with pytest.raises(BadInput, match="cannot be read"):
        State.from_json(replace(state, traces=state.traces[:16]).to_json())
    with pytest.raises(BadInput, match="cannot be read"):
        State.from_json(replace(state, traces="?").to_json())


def test_one_thread_and_two_give_the_same_state():
    from threadpoolctl import threadpool_limits

    ids, vectors = groups(20, 20)
    states = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            first = advance(None, ids[:390], vectors[:390])
            states.append(advance(first, ids, vectors).to_json())
    assert states[0] == states[1]


@pytest.mark.parametrize("how", ["list", "float16", "fortran", "read_only", "strided"])
def test_the_form_of_the_night_does_not_matter(how):
    ids, vectors = groups(6, 20)
    table = vectors.astype(np.float16).astype(np.float32)
    given = {
        "list": table.tolist(),
        "float16": table.astype(np.float16),
        "fortran": np.asfortranarray(table),
        "read_only": table.copy(),
        "strided": np.repeat(table, 2, axis=0)[::2],
    }[how]
    if how == "read_only":
        given.setflags(write=False)
    assert advance(None, tuple(ids), given, weights=[1.0] * len(ids)) == advance(None, ids, table)


@pytest.mark.parametrize("d", [1, 2, 1024])
def test_nights_of_vectors_of_any_length_follow_each_other(d):
    vectors = np.random.default_rng(3).normal(size=(60, d))
    ids = [f"r{i:02}" for i in range(60)]
    state = advance(None, ids[:40], vectors[:40])
    state = advance(state, ids, vectors, refit=True)
    assert state.cluster_of.keys() == set(ids)
    assert State.from_json(state.to_json()) == state


def test_a_night_whose_numbers_do_not_fit_is_refused():
    ids, vectors = groups(2, 5)
    with pytest.raises(BadInput, match="9 records but 10 vectors"):
        advance(None, ids[:9], vectors)
    with pytest.raises(BadInput, match="10 vectors but weights"):
        advance(None, ids, vectors, weights=np.ones(9))
    with pytest.raises(BadInput, match="row 3"):
        advance(None, ids, vectors, weights=[1, 1, 1, 0, 1, 1, 1, 1, 1, 1])
    with pytest.raises(BadInput, match="must be text"):
        advance(None, list(range(10)), vectors)
    with pytest.raises(BadInput, match="must be text"):
        advance(None, [None, *ids[1:]], vectors)


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
    vectors[7] = 0
    with pytest.raises(BadInput, match=ids[7]):
        advance(None, ids, vectors)


def test_a_record_given_twice_is_refused():
    with pytest.raises(BadInput, match="given twice"):
        advance(None, ["a", "a"], np.eye(2))
