"""What `tasks.cluster.cluster` promises, on mixtures whose groups are known."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

from tasks.cluster import cluster, cluster_by_sample
from tasks.clusters.alike import NEAR_IDENTICAL, collapse
from tasks.clusters.neighbours import fuzzy_graph, nearest
from tasks.errors import BadInput


def mixture(groups: int, size: int, *, spread: float = 0.6, seed: int = 0, d: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors around random directions, and the group of each."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(groups, d))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    truth = np.repeat(np.arange(groups), size)
    points = centres[truth] + rng.normal(size=(groups * size, d)) * spread / np.sqrt(d)
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32), truth


def agreement(left: np.ndarray, right: np.ndarray) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(left, right))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_up_to_four_records_are_listed_and_not_grouped(count):
    found = cluster(np.eye(8)[:count])
    assert found.labels.tolist() == [-1] * count
    assert found.outlier_reasons == ("too_few",) * count
    assert len(found.stability) == len(found.themes) == 0


@pytest.mark.parametrize("count", [5, 12, 30])
def test_small_sets_are_grouped_and_every_group_is_provisional(count):
    vectors, _ = mixture(3, 10)
    found = cluster(vectors[np.random.default_rng(1).permutation(30)[:count]])
    assert len(found.stability) >= 1
    assert found.provisional.all()


@pytest.mark.parametrize(("groups", "size"), [(3, 8), (6, 40), (40, 25)])
def test_clear_groups_are_found_at_24_240_and_1000_records(groups, size):
    vectors, truth = mixture(groups, size)
    assert agreement(truth, cluster(vectors).labels) > 0.95


def test_the_same_input_gives_the_same_bytes_with_one_thread_and_with_two():
    from threadpoolctl import threadpool_limits

    vectors, _ = mixture(12, 30, spread=1.2)
    with threadpool_limits(1):
        one = cluster(vectors)
    with threadpool_limits(2):
        two = cluster(vectors)
    assert one.labels.tobytes() == two.labels.tobytes()
    assert one.probabilities.tobytes() == two.probabilities.tobytes()
    assert one.stability.tobytes() == two.stability.tobytes()


@pytest.mark.slow
def test_the_same_call_gives_the_same_bytes_whatever_the_process_has_done_before():
    vectors, _ = mixture(30, 30, spread=1.7)
    one, _, two = cluster(vectors), cluster(vectors, seed=1), cluster(vectors)
    assert one.labels.tobytes() == two.labels.tobytes()
    assert one.probabilities.tobytes() == two.probabilities.tobytes()


def test_pieces_that_were_sent_elsewhere_and_came_in_another_order_give_the_same_bytes():
    def sent(work, pieces):
        done = {number: pickle.loads(pickle.dumps((work, piece))) for number, piece in enumerate(pieces)}
        made = {number: work(piece) for number, (work, piece) in reversed(done.items())}
        return iter([made[number] for number in range(len(made))])

    vectors, _ = mixture(30, 30, spread=1.7)
    near = cluster_by_sample(vectors, sample_points=600)
    far = cluster_by_sample(vectors, sample_points=600, spread=sent)
    assert near.labels.tobytes() == far.labels.tobytes()
    assert near.probabilities.tobytes() == far.probabilities.tobytes()


def test_two_seeds_agree_on_overlapping_groups():
    vectors, _ = mixture(30, 30, spread=1.3)
    assert agreement(cluster(vectors, seed=0).labels, cluster(vectors, seed=1).labels) >= 0.9


@pytest.mark.parametrize("count", [6, 40, 200])
def test_near_identical_records_share_a_fate_in_tree_and_graph(count):
    vectors, _ = mixture(5, count // 5 + 1, spread=1.2)
    rng = np.random.default_rng(3)
    twins = vectors[:count] + rng.normal(size=(count, 64)).astype(np.float32) * 0.005
    found = cluster(np.concatenate([vectors[:count], twins]))
    assert found.labels[:count].tolist() == found.labels[count:].tolist()
    assert found.outlier_reasons[:count] == found.outlier_reasons[count:]


@pytest.mark.parametrize("count", [5, 50, 300])
def test_all_identical_records_are_one_cluster(count):
    assert set(cluster(np.ones((count, 16))).labels.tolist()) == {0}


def test_a_few_pairs_among_many_singles_are_grouped_and_the_singles_stay_alone():
    vectors, _ = mixture(4, 2, spread=0.5)
    strangers = np.random.default_rng(11).normal(size=(22, 64))
    found = cluster(np.concatenate([vectors, strangers]))
    pairs = found.labels[:8].reshape(4, 2)
    assert (pairs[:, 0] == pairs[:, 1]).all()
    assert len(set(pairs[:, 0].tolist()) - {-1}) == 4
    assert np.mean(found.labels[8:] < 0) >= 0.8


def test_what_is_not_in_the_sample_follows_its_neighbours_in_it():
    vectors, truth = mixture(20, 60)
    foreign = np.random.default_rng(5).normal(size=(30, 64))
    found = cluster_by_sample(np.concatenate([vectors, foreign]), sample_points=600)
    assert found.params["sample"] == 600
    assert agreement(truth, found.labels[:1200]) > 0.95
    assert np.mean(found.labels[1200:] >= 0) <= 0.1
    assert all((reason is None) == (label >= 0) for reason, label in zip(found.outlier_reasons, found.labels, strict=True))


def chains_of_all_pairs(vectors: np.ndarray) -> np.ndarray:
    """Near-identical records by looking at every pair; the groups are numbered in order of first sight."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    return connected_components(csr_matrix(vectors @ vectors.T >= NEAR_IDENTICAL), directed=False)[1]


def with_variants(kind: str) -> np.ndarray:
    """4,000 records in random order: most stand alone, others vary one text, a few, or drift from it step by step."""
    rng = np.random.default_rng(6)
    vectors, _ = mixture(40, 100, spread=0.5)
    noise = rng.normal(size=vectors.shape) / 8
    if kind == "one text in many variants":
        vectors[:2_500] = vectors[0] + 0.06 * noise[:2_500]
    elif kind == "many texts in a few variants":
        vectors[1_000:] = np.tile(vectors[:1_000], (3, 1)) + 0.12 * noise[1_000:]
    elif kind == "a chain":
        far = vectors[-1]
        vectors[:200] = vectors[0] + np.linspace(0, 6, 200)[:, None] * far
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)[rng.permutation(4_000)]


@pytest.mark.parametrize("kind", ["none", "one text in many variants", "many texts in a few variants", "a chain"])
def test_every_chain_of_near_identical_records_is_one_point(kind):
    vectors = with_variants(kind)
    expected = chains_of_all_pairs(vectors)
    found = collapse(vectors, np.ones(len(vectors)))
    assert found.point_of.tolist() == expected.tolist()
    assert found.weights.tolist() == np.bincount(expected).tolist()


@pytest.mark.parametrize("d", [16, 384])
def test_one_giant_cluster_is_one_and_is_not_cut_into_what_chance_offers(d):
    vectors, _ = mixture(1, 400, d=d)
    found = cluster(vectors)
    assert len(found.stability) == 1
    assert np.mean(found.labels == 0) >= 0.8


def test_what_was_not_in_the_sample_of_one_giant_cluster_is_in_it_too():
    vectors, _ = mixture(1, 700, d=16)
    found = cluster_by_sample(vectors, sample_points=350)
    assert len(found.stability) == 1
    assert np.mean(found.labels == 0) >= 0.8


def test_a_large_set_in_which_all_differ_has_no_cluster():
    vectors = np.random.default_rng(3).normal(size=(700, 384))
    assert set(cluster(vectors[:350]).labels.tolist()) == {-1}
    assert set(cluster_by_sample(vectors, sample_points=350).labels.tolist()) == {-1}


@pytest.mark.parametrize("count", [20, 50, 300])
def test_a_set_of_directions_square_to_each_other_has_no_cluster(count):
    found = cluster(np.eye(count))
    assert set(found.labels.tolist()) == {-1}
    assert set(found.outlier_reasons) == {"alone"}


def test_foreign_texts_are_outliers_and_the_reason_says_so():
    vectors, _ = mixture(10, 40, spread=0.7)
    foreign = np.random.default_rng(5).normal(size=(40, 64))
    found = cluster(np.concatenate([vectors, foreign]))
    assert np.mean(found.labels[400:] >= 0) <= 0.1
    assert np.mean(found.labels[:400] < 0) <= 0.1
    assert set(found.outlier_reasons[400:]) <= {"far_from_all", "alone", None}


def test_weights_decide_whether_a_lonely_wording_is_a_cluster():
    vectors, _ = mixture(4, 25, spread=0.3)
    lonely = np.random.default_rng(7).normal(size=(1, 64))
    table = np.concatenate([vectors, lonely])
    alone = cluster(table, weights=np.ones(101)).labels[-1]
    many = cluster(table, weights=np.r_[np.ones(100), 50.0])
    assert alone == -1
    assert many.labels[-1] == 0, "fifty people behind it: the heaviest cluster"


@pytest.mark.parametrize(("row", "value", "word"), [(3, np.nan, "finite"), (4, np.inf, "finite"), (2, 0.0, "zero")])
def test_a_vector_without_direction_is_refused_by_its_row(row, value, word):
    vectors = np.eye(9)
    vectors[row] = value
    with pytest.raises(BadInput, match=rf"row {row} .*{word}"):
        cluster(vectors)


def test_the_form_of_the_table_does_not_matter():
    vectors, _ = mixture(6, 60)
    forms = {
        "float64": vectors.astype(np.float64),
        "float16": vectors.astype(np.float16),
        "fortran": np.asfortranarray(vectors),
        "read_only": vectors.copy(),
        "strided": np.repeat(vectors, 2, axis=1)[:, ::2],
    }
    forms["read_only"].setflags(write=False)
    labels = cluster(vectors).labels
    assert {form: agreement(labels, cluster(table).labels) > 0.95 for form, table in forms.items()} == dict.fromkeys(forms, True)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("count", [5, 40, 400])
def test_vectors_of_one_two_or_three_numbers_are_clustered_without_a_warning(count, d):
    vectors = np.random.default_rng(2).normal(size=(count, d))
    assert len(cluster(vectors).labels) == count


def test_a_few_big_groups_stay_whole_and_the_many_small_ones_beside_them_are_no_outliers():
    rng = np.random.default_rng(4)
    big, of_big = mixture(2, 250, spread=0.9, seed=1)
    small, of_small = mixture(40, 6, spread=0.5, seed=2)
    order = rng.permutation(len(big) + len(small))
    truth = np.concatenate([of_big, 2 + of_small])[order]
    labels = cluster(np.concatenate([big, small])[order]).labels
    assert agreement(truth, labels) > 0.8
    assert np.mean(labels[truth >= 2] < 0) <= 0.2


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(BadInput, match="3 vectors"):
        cluster(np.eye(3), weights=np.ones(2))
    with pytest.raises(BadInput, match="row 1"):
        cluster(np.eye(3), weights=np.array([1.0, -1.0, 1.0]))


@pytest.mark.parametrize("weight", [0.0, np.nan, np.inf, 1e-300, 1e300])
def test_a_weight_that_is_no_number_of_people_is_refused_by_its_row(weight):
    with pytest.raises(BadInput, match="row 2"):
        cluster(np.eye(6), weights=[1, 1, weight, 1, 1, 1])


@pytest.mark.parametrize("vectors", [[["a", "b"]], [[1.0], [1.0, 2.0]], np.ones((2, 2), dtype=complex), 3.0, np.ones((2, 2, 2))])
def test_what_is_no_table_of_numbers_is_refused(vectors):
    with pytest.raises(BadInput):
        cluster(vectors)


@pytest.mark.parametrize("scale", [1e-9, 1e30])
def test_the_length_of_vectors_does_not_matter(scale):
    vectors, _ = mixture(6, 20)
    assert agreement(cluster(vectors).labels, cluster(vectors * scale).labels) > 0.99


def test_a_number_that_float32_cannot_hold_is_refused_without_a_warning():
    vectors = np.eye(6)
    vectors[4] = 1e300
    with pytest.raises(BadInput, match=r"row 4 .*finite"):
        cluster(vectors)


def test_the_order_of_records_changes_nothing_but_the_order():
    vectors, _ = mixture(8, 12, spread=0.8)
    turn = np.random.default_rng(9).permutation(len(vectors))
    assert agreement(cluster(vectors).labels[turn], cluster(vectors[turn]).labels) == 1.0


def test_every_cluster_has_a_theme_and_themes_are_fewer():
    vectors, _ = mixture(20, 20)
    found = cluster(vectors)
    assert len(found.themes) == len(found.stability)
    assert 2 <= len(set(found.themes.tolist())) <= len(found.stability) // 2


# Slow: umap compiles itself for most of a minute where numba's cache is cold.
# umap says on import that TensorFlow, which only its parametric variant needs, is absent
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Tensorflow not installed:ImportWarning")
def test_our_fuzzy_graph_has_umaps_edges_and_weights():
    import umap.umap_

    vectors, _ = mixture(8, 30)
    near = nearest(vectors, 15)
    ours = fuzzy_graph(near).toarray()
    count = len(vectors)
    indices = np.concatenate([np.arange(count)[:, None], near.indices], axis=1)
    distances = np.concatenate([np.zeros((count, 1)), 1 - near.cosines], axis=1).astype(np.float32)
    theirs = umap.umap_.fuzzy_simplicial_set(
        vectors, 16, np.random.RandomState(0), "cosine", knn_indices=indices, knn_dists=distances
    )[0].toarray()
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.999
    assert ((ours > 0) == (theirs > 0)).mean() > 0.999


def test_clustering_never_imports_umap():
    code = (
        "import sys, numpy as np; from tasks.cluster import cluster; "
        "cluster(np.random.default_rng(0).normal(size=(20, 8))); "
        "cluster(np.random.default_rng(0).normal(size=(300, 8))); "
        "sys.exit(bool({'umap', 'numba', 'hdbscan'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
