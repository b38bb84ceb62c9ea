"""Who is near whom: checked unit vectors, exact nearest neighbours, UMAP's fuzzy graph.

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

    from numpy.typing import ArrayLike
    from scipy.sparse import csr_matrix

BLOCK_ROWS = 1_024
CHECKED_ROWS = 65_536  # rows checked at once
LEAST_WEIGHT, MOST_WEIGHT = 1e-6, 1e12  # what float32 sums bear
UNIT = 1e-6  # as near as float32 rows come to length one
LEAST_LENGTH = 1e-12  # of a vector that has a direction
SUMMED_ENTRIES = 2**26  # doubles held while rows are summed


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


def unit_rows(
    vectors: ArrayLike, *, names: Sequence[str] | None = None, order: np.ndarray | None = None
) -> np.ndarray:
    """Vectors as float32 rows of length one, in this order of rows.

    Raises:
        BadInput: not a table of numbers, or a row that is not finite or has no direction; it names the row.
    """
    table = _as_table(vectors)
    if names is not None and len(names) != len(table):
        raise BadInput(f"there are {len(names)} records but {len(table)} vectors")
    norms = np.empty(len(table))
    for start in range(0, len(table), CHECKED_ROWS):
        some = table[start : start + CHECKED_ROWS]
        norms[start : start + len(some)] = np.sqrt(np.einsum("ij,ij->i", some, some, dtype=np.float64))
    if order is None and len(norms) and np.abs(norms - 1).max() <= UNIT:
        return np.ascontiguousarray(table)
    bad = np.flatnonzero(~((norms >= LEAST_LENGTH) & (norms < np.inf)))
    if len(bad):
        row = int(bad[0])
        name = f"record {names[row]}" if names is not None else f"row {row}"
        what = "all zero" if norms[row] < LEAST_LENGTH else "not finite"
        raise BadInput(f"the vector of {name} is {what} ({len(bad)} such in all): embed it again")
    unit = np.empty(table.shape, dtype=np.float32)
    for start in range(0, len(table), CHECKED_ROWS):
        rows = slice(start, start + CHECKED_ROWS) if order is None else order[start : start + CHECKED_ROWS]
        np.divide(table[rows], norms[rows, None].astype(np.float32), out=unit[start : start + CHECKED_ROWS])
    return unit


def _as_table(vectors: ArrayLike) -> np.ndarray:
    """Any table of real numbers as float32 (n, d); no rows at all are (0, 0)."""
    try:
        with np.errstate(over="ignore"):  # what float32 cannot hold is refused as not finite
            given = np.asarray(vectors)
            table = given.astype(np.float32, copy=False) if given.dtype.kind in "fiub" else None
    except ValueError:
        table = None
    if table is None:
        raise BadInput("vectors must be numbers, in rows of one length")
    if table.ndim == 1 and table.size == 0:
        table = table.reshape(0, 0)
    if table.ndim != 2:
        raise BadInput(f"vectors must be a table of n rows and d columns, not of shape {table.shape}")
    return table


def checked_weights(weights: ArrayLike | None, count: int) -> np.ndarray:
    """One positive weight per record, a number of people; 1 each when none are given.

    Raises:
        BadInput: another number of weights than records, or one that is no number of people.
    """
    if weights is None:
        return np.ones(count)
    try:
        table = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError):
        raise BadInput("weights must be numbers, one per vector") from None
    if table.shape != (count,):
        raise BadInput(f"there are {count} vectors but weights of shape {table.shape}")
    bad = np.flatnonzero(~((table >= LEAST_WEIGHT) & (table <= MOST_WEIGHT)))
    if len(bad):
        raise BadInput(f"the weight of row {int(bad[0])} is not a positive number of people")
    return table


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


def pair_cosines(vectors: np.ndarray) -> np.ndarray:
    """The cosine of every pair of a few rows, in scipy's condensed order, float64."""
    with one_blas_thread():
        cosines = vectors @ vectors.T
    return np.concatenate([row[place + 1 :] for place, row in enumerate(cosines)], dtype=np.float64)


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


def sum_rows(
    table: np.ndarray, group: np.ndarray, count: int, *, weights: np.ndarray | None = None
) -> np.ndarray:
    """Sum of (weighted) rows per group, (count, d) float64; −1 = in none; always added in row order, some columns at a time."""
    from scipy.sparse import csr_matrix

    inside = np.flatnonzero(group >= 0)
    picks = csr_matrix((np.ones(len(inside)), (group[inside], inside)), shape=(count, len(group)))
    sums = np.empty((count, table.shape[1]))
    width = max(1, SUMMED_ENTRIES // max(len(table), 1))
    for start in range(0, table.shape[1], width):
        some = table[:, start : start + width].astype(np.float64)
        if weights is not None:
            some *= weights[:, None]
        sums[:, start : start + width] = picks @ some
    return sums


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
