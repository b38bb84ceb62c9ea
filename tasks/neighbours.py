"""Who is near whom: checked unit vectors, groups of near-identical texts, exact nearest neighbours, UMAP's fuzzy graph.

Everything here is deterministic to the byte whatever the number of threads: matrix products run on one BLAS thread per
block, and blocks do not depend on how many threads there are. Nothing here needs numba: `fuzzy_graph` is UMAP's
`fuzzy_simplicial_set` (McInnes, Healy, Melville 2018, §3.1) written with numpy, equal to the library's to six digits
(tests/cluster/), so that a small night pays no import and no compilation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tasks.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scipy.sparse import csr_matrix

NEAR_IDENTICAL = (
    0.985  # cosine; measured on MiniLM: case, punctuation and one typo stay above, a changed word falls below
)
BLOCK_ROWS = 1_024
SKETCH = 32  # main directions in which a pair is looked at first
SKETCH_PAYS = (
    1_000_000  # pairs; for fewer, all columns are looked at: cheaper than finding the main directions
)
PAIRS_AT_ONCE = 65_536


@dataclass(frozen=True)
class Points:
    """Records as clustering sees them: near-identical ones are one point, as heavy as all of them together."""

    vectors: np.ndarray  # (m, d) float32, unit length
    weights: np.ndarray  # (m,) float64
    point_of: np.ndarray  # (n,) int: which point a record belongs to


@dataclass(frozen=True)
class Neighbours:
    """The k nearest others of each point, nearest first."""

    indices: np.ndarray  # (m, k) int
    cosines: np.ndarray  # (m, k) float32


def one_blas_thread() -> Any:
    """A context in which numpy's matrix products run on one thread: sums over threads would depend on their number."""
    return _blas().limit(limits=1)


@cache
def _blas() -> Any:
    """numpy's BLAS, looked up once: the look-up costs milliseconds, a night makes hundreds of small products."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


def unit_rows(vectors: np.ndarray, *, names: Sequence[str] | None = None) -> np.ndarray:
    """Vectors as float32 rows of length one.

    Raises:
        BadInput: not a table of numbers, or a row that is not finite or has no direction; it names the row.
    """
    table = np.asarray(vectors, dtype=np.float32)
    if table.ndim == 1 and table.size == 0:
        table = table.reshape(0, 0)
    if table.ndim != 2:
        raise BadInput(f"vectors must be a table of n rows and d columns, not of shape {table.shape}")
    finite = np.asarray(np.isfinite(table).all(axis=1)).reshape(len(table))
    norms = np.linalg.norm(np.where(finite[:, None], table, 0).astype(np.float64), axis=1)
    bad = np.flatnonzero(~finite | (norms < 1e-12))
    if len(bad):
        row = int(bad[0])
        name = f"record {names[row]}" if names is not None else f"row {row}"
        what = "not finite" if not finite[row] else "all zero"
        raise BadInput(f"the vector of {name} is {what} ({len(bad)} such in all): embed it again")
    return np.ascontiguousarray(table / norms[:, None].astype(np.float32))


def checked_weights(weights: np.ndarray | None, count: int) -> np.ndarray:
    """One positive finite weight per record; 1 each when none are given.

    Raises:
        BadInput: another number of weights than records, or one that is not a positive number.
    """
    if weights is None:
        return np.ones(count)
    table = np.asarray(weights, dtype=np.float64)
    if table.shape != (count,):
        raise BadInput(f"there are {count} vectors but weights of shape {table.shape}")
    bad = np.flatnonzero(~(np.isfinite(table) & (table > 0)))
    if len(bad):
        raise BadInput(f"the weight of row {int(bad[0])} is not a positive number")
    return table


def collapse(vectors: np.ndarray, weights: np.ndarray) -> Points:
    """Make one point of every chain of near-identical records (cosine ≥ NEAR_IDENTICAL); their weights add up.

    The point's vector is the weighted mean of its records.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if not len(vectors):
        return Points(vectors, weights, np.zeros(0, dtype=np.int64))
    first, exact = _exact_groups(vectors)
    rows, columns = _close_pairs(vectors[first])
    graph = coo_matrix((np.ones(len(rows), dtype=bool), (rows, columns)), shape=(len(first), len(first)))
    point_of = connected_components(graph, directed=False)[1].astype(np.int64)[exact]
    count = int(point_of.max()) + 1
    total = np.bincount(point_of, weights=weights, minlength=count)
    mean = sum_rows(vectors.astype(np.float64) * weights[:, None], point_of, count)
    return Points(unit_rows(mean), total, point_of)


def nearest_in(vectors: np.ndarray, others: np.ndarray, k: int) -> Neighbours:
    """The k nearest of other points, exactly; k is cut to their number."""
    k = min(k, len(others))
    indices = np.zeros((len(vectors), k), dtype=np.int64)
    cosines = np.zeros((len(vectors), k), dtype=np.float32)
    for start, block in cosine_blocks(vectors, others):
        indices[start : start + len(block)], cosines[start : start + len(block)] = _top(block, k)
    return Neighbours(indices, cosines)


def nearest(vectors: np.ndarray, k: int) -> Neighbours:
    """Exact nearest neighbours by cosine, block by block; k is cut to the number of other points."""
    count = len(vectors)
    k = max(0, min(k, count - 1))
    indices = np.zeros((count, k), dtype=np.int64)
    cosines = np.zeros((count, k), dtype=np.float32)
    if k:
        for start, block in cosine_blocks(vectors, vectors):
            rows = np.arange(len(block))
            block[rows, start + rows] = -2.0
            indices[start : start + len(block)], cosines[start : start + len(block)] = _top(block, k)
    return Neighbours(indices, cosines)


def cosine_blocks(left: np.ndarray, right: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Rows of left · rightᵀ, BLOCK_ROWS at a time, as (first row, block), each computed on one BLAS thread."""
    for start in range(0, len(left), BLOCK_ROWS):
        with one_blas_thread():
            block = left[start : start + BLOCK_ROWS] @ right.T
        yield start, block


def fuzzy_graph(near: Neighbours) -> csr_matrix:
    """UMAP's fuzzy simplicial set over a neighbour table: symmetric weights in (0, 1], local scale per point."""
    from scipy.sparse import csr_matrix

    count, k = near.indices.shape
    distance = np.maximum(1.0 - near.cosines.astype(np.float64), 0.0)
    nearest_distance = distance[:, :1]
    excess = np.maximum(distance - nearest_distance, 0.0)
    sigma = _local_scale(excess, np.log2(k + 1))
    floor = 1e-3 * np.where(nearest_distance[:, 0] > 0, distance.mean(axis=1), distance.mean())
    sigma = np.maximum(np.maximum(sigma, floor), 1e-12)
    membership = np.exp(-excess / sigma[:, None])
    rows = np.repeat(np.arange(count), k)
    directed = csr_matrix((membership.ravel(), (rows, near.indices.ravel())), shape=(count, count))
    graph = (directed + directed.T - directed.multiply(directed.T)).tocsr()
    graph.sort_indices()
    return graph


def sum_rows(table: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    """Sum of rows per group, (count, d) float64; always added in row order."""
    from scipy.sparse import csr_matrix

    picks = csr_matrix((np.ones(len(group)), (group, np.arange(len(group)))), shape=(count, len(group)))
    return np.asarray(picks @ table.astype(np.float64))


def _exact_groups(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First row of each group of equal rows, and each row's group; groups in order of first sight."""
    seen: dict[bytes, int] = {}
    group = np.array([seen.setdefault(row.tobytes(), len(seen)) for row in vectors], dtype=np.int64)
    return np.unique(group, return_index=True)[1], group


def _close_pairs(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every pair (left < right) with cosine ≥ NEAR_IDENTICAL; exact.

    A projection never lengthens a distance, so pairs too far apart in the main directions need no full cosine.
    """
    ahead, behind = sketch(vectors, vectors)
    rows: list[np.ndarray] = []
    columns: list[np.ndarray] = []
    for start in range(0, len(vectors), BLOCK_ROWS):
        with one_blas_thread():
            block = ahead[start : start + BLOCK_ROWS] @ behind[start:].T
        left, right = np.divmod(np.flatnonzero(block >= NEAR_IDENTICAL - 1 - 1e-4), block.shape[1])
        later = right > left
        left, right = left[later] + start, right[later] + start
        for part in range(0, len(left), PAIRS_AT_ONCE):
            one, two = left[part : part + PAIRS_AT_ONCE], right[part : part + PAIRS_AT_ONCE]
            same = np.einsum("ij,ij->i", vectors[one], vectors[two]) >= NEAR_IDENTICAL
            rows.append(one[same])
            columns.append(two[same])
    nothing = np.zeros(0, dtype=np.int64)
    return np.concatenate([nothing, *rows]), np.concatenate([nothing, *columns])


def sketch(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two tables, of left and right rows, whose product is −½ of the squared distance in `right`'s main directions."""
    if len(left) * len(right) < SKETCH_PAYS:
        return _with_halves(left, last=True), _with_halves(right, last=False)
    some = right[:: max(1, len(right) // 4_096)].astype(np.float64)
    with one_blas_thread():
        main = np.linalg.eigh(some.T @ some)[1][:, -SKETCH:].astype(np.float32)
        flat = right @ main
        other = flat if left is right else left @ main
    return _with_halves(other, last=True), _with_halves(flat, last=False)


def _with_halves(flat: np.ndarray, *, last: bool) -> np.ndarray:
    half, ones = np.square(flat).sum(axis=1, keepdims=True) / 2, np.ones((len(flat), 1), dtype=flat.dtype)
    return np.hstack([flat, -half, ones] if last else [flat, ones, -half])


def _top(block: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    rows = np.arange(len(block))[:, None]
    some = np.sort(np.argpartition(block, block.shape[1] - k, axis=1)[:, -k:], axis=1)
    order = np.argsort(-block[rows, some], axis=1, kind="stable")
    indices = some[rows, order]
    return indices, block[rows, indices]


def _local_scale(excess: np.ndarray, target: float) -> np.ndarray:
    """UMAP's sigma: the scale at which a point's memberships add up to log2(k + 1), by bisection."""
    low, high = np.zeros(len(excess)), np.full(len(excess), np.inf)
    scale = np.ones(len(excess))
    for _ in range(64):
        total = np.exp(-excess / scale[:, None]).sum(axis=1)
        high = np.where(total > target, scale, high)
        low = np.where(total > target, low, scale)
        scale = np.maximum(np.where(np.isinf(high), scale * 2, (low + high) / 2), 1e-12)
        scale = np.minimum(scale, 1e6)
    return scale
