"""Who says nearly the same: groups of near-identical texts, found exactly and without looking at every pair.

Rows are shared out among pivots, each to the nearest. Two rows whose cosine is NEAR_IDENTICAL or more lie closer than
REACH, so a row has partners only in cells whose border is no farther from it than that: a few of hundreds. Within a
cell a pair is looked at in a few main directions first. A million rows cost minutes, not days.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from tasks.clusters.neighbours import cosine_blocks, one_blas_thread, sum_rows, unit_rows

NEAR_IDENTICAL = (
    0.985  # cosine; measured on MiniLM: case, punctuation and one typo stay above, a changed word falls below
)
REACH = float(np.sqrt(2 - 2 * NEAR_IDENTICAL))  # the same as a distance between unit rows
ROUNDING = 1e-4  # of a float32 product; what is let through by it is looked at exactly
LIKELY = NEAR_IDENTICAL - 1 - ROUNDING  # of a product of sketches: a pair to look at
SKETCH = 24  # main directions in which a pair is looked at first: of 8 to 32 the cheapest on MiniLM's vectors
SKETCHED_FROM = 1_024  # rows that tell the main directions
SKETCH_PAYS = (
    10_000_000  # pairs; for fewer, all columns are looked at: cheaper than finding the main directions
)
BLOCK_ENTRIES = 4_194_304  # cosines held at once
PAIRS_AT_ONCE = 65_536
MOST_PAIRS = 8_000_000  # kept before they are boiled down to one chain each


@dataclass(frozen=True)
class Points:
    """Records as clustering sees them: near-identical ones are one point, as heavy as all of them together."""

    vectors: np.ndarray  # (m, d) float32, unit length
    weights: np.ndarray  # (m,) float64
    point_of: np.ndarray  # (n,) int: which point a record belongs to


def collapse(vectors: np.ndarray, weights: np.ndarray) -> Points:
    """Make one point of every chain of near-identical records (cosine ≥ NEAR_IDENTICAL); their weights add up.

    The point's vector is the weighted mean of its records.
    """
    if not len(vectors):
        return Points(vectors, weights, np.zeros(0, dtype=np.int64))
    chains = _Chains(len(vectors))
    first = _first_equals(vectors)
    chains.add(np.arange(len(vectors)), first)
    for one, two in _alike(vectors, np.flatnonzero(first == np.arange(len(vectors)))):
        chains.add(one, two)
    point_of = chains.numbered()
    count = int(point_of.max()) + 1
    total = np.bincount(point_of, weights=weights, minlength=count)
    return Points(_means(vectors, weights, point_of, count), total, point_of)


@dataclass
class _Chains:
    """Rows linked pairwise into groups; links are boiled down to one per row before there are too many."""

    count: int
    links: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    held: int = 0

    def add(self, one: np.ndarray, two: np.ndarray) -> None:
        self.links.append((one, two))
        self.held += len(one)
        if self.held > max(MOST_PAIRS, 2 * self.count):
            group = self.numbered()
            first = np.unique(group, return_index=True)[1]
            self.links, self.held = [(np.arange(self.count), first[group])], self.count

    def numbered(self) -> np.ndarray:
        """Each row's group, (n,), numbered in order of first sight."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        one, two = (np.concatenate(side) for side in zip(*self.links, strict=True))
        graph = coo_matrix((np.ones(len(one), dtype=bool), (one, two)), shape=(self.count, self.count))
        return np.asarray(connected_components(graph, directed=False)[1].astype(np.int64))


def _first_equals(vectors: np.ndarray) -> np.ndarray:
    """The first row that equals each row to the last bit."""
    seen: dict[bytes, int] = {}
    return np.array(
        [
            seen.setdefault(hashlib.blake2b(row, digest_size=16).digest(), number)
            for number, row in enumerate(vectors)
        ],
        dtype=np.int64,
    )


def _alike(vectors: np.ndarray, rows: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of `rows` with cosine ≥ NEAR_IDENTICAL: enough of them that every chain is held together."""
    pivots = _pivots(vectors, rows)
    own, visits = _cells(vectors, rows, pivots)
    pivot = pivots[own]
    linked = _are_alike(vectors, rows, pivot)
    yield rows[linked], pivot[linked]
    ahead, behind = sketch(vectors, vectors)
    members = np.split(
        np.argsort(own, kind="stable"), np.cumsum(np.bincount(own, minlength=len(pivots)))[:-1]
    )
    for cell, inside in enumerate(members):
        # a pair that both are linked to the pivot is held by it; one of two cells is looked at from the other
        guests = visits[cell][(own[visits[cell]] < cell) | ~linked[visits[cell]]]
        for some in _slices(guests, len(inside)):
            with one_blas_thread():
                block = ahead[rows[some]] @ behind[rows[inside]].T
            left, right = np.divmod(np.flatnonzero(block >= LIKELY), block.shape[1])
            one, two = rows[some[left]], rows[inside[right]]
            for part in range(0, len(one), PAIRS_AT_ONCE):
                here = slice(part, part + PAIRS_AT_ONCE)
                alike = _are_alike(vectors, one[here], two[here])
                yield one[here][alike], two[here][alike]


def _pivots(vectors: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """About √n rows, none within two REACH of another: a great many variants of one text share a cell or a few."""
    some = rows[:: max(1, round(np.sqrt(len(rows))))]
    table = vectors[some]
    with one_blas_thread():
        near = table @ table.T >= 1 - (2 * REACH) ** 2 / 2
    kept: list[int] = []
    for number in range(len(some)):
        if not near[number, kept].any():
            kept.append(number)
    return some[kept]


def _cells(vectors: np.ndarray, rows: np.ndarray, pivots: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """The nearest pivot of each row, and for each pivot the rows of its own and earlier cells within REACH of its cell.

    The border between two cells is the plane in which both pivots are equally near: a row is as far from it as the
    difference of its two products, over the distance of the pivots.
    """
    centres = vectors[pivots]
    with one_blas_thread():
        between = np.sqrt(np.maximum(2 - 2 * (centres @ centres.T), 0))
    own = np.empty(len(rows), dtype=np.int64)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for start in range(0, len(rows), PAIRS_AT_ONCE):
        for offset, block in cosine_blocks(vectors[rows[start : start + PAIRS_AT_ONCE]], centres):
            here = np.arange(len(block))
            mine = block.argmax(axis=1)
            own[start + offset + here] = mine
            lack = block[here, mine][:, None] - block
            near = lack <= REACH * between[mine] + ROUNDING
            near &= mine[:, None] <= np.arange(len(pivots))
            row, cell = np.nonzero(near)
            found.append(((start + offset + row).astype(np.int32), cell.astype(np.int32)))
    row, cell = (np.concatenate(side) for side in zip(*found, strict=True))
    by_cell = np.argsort(cell, kind="stable")
    return own, np.split(row[by_cell], np.cumsum(np.bincount(cell, minlength=len(pivots)))[:-1])


def _slices(guests: np.ndarray, width: int) -> Iterator[np.ndarray]:
    size = max(1, BLOCK_ENTRIES // max(width, 1))
    for start in range(0, len(guests), size):
        yield guests[start : start + size]


def _are_alike(vectors: np.ndarray, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    alike = np.empty(len(one), dtype=bool)
    for start in range(0, len(one), PAIRS_AT_ONCE):
        some = slice(start, start + PAIRS_AT_ONCE)
        alike[some] = np.einsum("ij,ij->i", vectors[one[some]], vectors[two[some]]) >= NEAR_IDENTICAL
    return alike


def _means(vectors: np.ndarray, weights: np.ndarray, point_of: np.ndarray, count: int) -> np.ndarray:
    """The weighted mean of each point's records at length one; some points at a time, to keep double sums small."""
    order = np.argsort(point_of, kind="stable")
    bounds = np.searchsorted(point_of[order], np.arange(count + 1))
    means = np.empty((count, vectors.shape[1]), dtype=np.float32)
    for start in range(0, count, PAIRS_AT_ONCE):
        end = min(count, start + PAIRS_AT_ONCE)
        rows = order[bounds[start] : bounds[end]]
        total = sum_rows(vectors[rows], point_of[rows] - start, end - start, weights=weights[rows])
        means[start:end] = unit_rows(total)
    return means


def sketch(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two tables, of left and right rows, whose product is −½ of the squared distance in `right`'s main directions.

    A projection never lengthens a distance: pairs that are too far apart in them need no full cosine.
    """
    if len(left) * len(right) < SKETCH_PAYS:
        return _with_halves(left, last=True), _with_halves(right, last=False)
    some = right[:: max(1, len(right) // SKETCHED_FROM)].astype(np.float64)
    with one_blas_thread():
        main = np.linalg.eigh(some.T @ some)[1][:, -SKETCH:].astype(np.float32)
        flat = right @ main
        other = flat if left is right else left @ main
    return _with_halves(other, last=True), _with_halves(flat, last=False)


def _with_halves(flat: np.ndarray, *, last: bool) -> np.ndarray:
    half = np.einsum("ij,ij->i", flat, flat)[:, None] / 2
    ones = np.ones((len(flat), 1), dtype=flat.dtype)
    return np.hstack([flat, -half, ones] if last else [flat, ones, -half])
