"""Discs on a plane: pushing overlapping ones apart, finding a free spot for another, pushing points out of them.

Plain geometry for `tasks/clusters/layout.py`; deterministic, no random numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

GOLDEN_ANGLE = 2.399963229728653  # radians; successive points of a sunflower spiral
PUSHES = 120
SPOTS_AT_ONCE = 128
SPOTS_MOST = 65_536
BLOCK_ROWS = 4_096


@dataclass(frozen=True)
class Discs:
    """Where clusters lie: centres (k, 2) and radii (k,)."""

    centres: np.ndarray
    radii: np.ndarray

    def with_one(self, centre: np.ndarray, radius: float) -> Discs:
        """These and one more."""
        return Discs(np.vstack([self.centres, centre]), np.append(self.radii, radius))


def push_apart(centres: np.ndarray, radii: np.ndarray, *, gap: float) -> np.ndarray:
    """Centres moved as little as it takes that discs lie `gap` apart; if still crowded after PUSHES, spread evenly."""
    from scipy.spatial import cKDTree

    at = centres.astype(np.float64).copy()
    if len(at) < 2:
        return at
    largest = 2 * float(radii.max()) + gap
    for _ in range(PUSHES):
        pairs = cKDTree(at).query_pairs(largest, output_type="ndarray")
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
        left, right = pairs[:, 0], pairs[:, 1]
        apart = at[right] - at[left]
        distance = np.maximum(np.sqrt((apart**2).sum(axis=1)), 1e-9)
        lack = radii[left] + radii[right] + gap - distance
        close = lack > 1e-6
        if not close.any():
            return at
        left, right, lack = left[close], right[close], lack[close]
        push = apart[close] / distance[close, None] * lack[:, None] * 0.5
        np.add.at(at, left, -push)
        np.add.at(at, right, push)
    return at


def free_spot(discs: Discs, wish: np.ndarray, radius: float) -> np.ndarray:
    """The spot nearest to `wish`, along a spiral, where a disc of this radius overlaps none; the wish if there is none."""
    if not len(discs.radii):
        return wish
    for start in range(0, SPOTS_MOST, SPOTS_AT_ONCE):
        turn = np.arange(start, start + SPOTS_AT_ONCE)
        reach = radius * 0.7 * np.sqrt(turn)
        spots = wish + np.stack(
            [reach * np.cos(turn * GOLDEN_ANGLE), reach * np.sin(turn * GOLDEN_ANGLE)], axis=1
        )
        distance = np.sqrt(((spots[:, None, :] - discs.centres[None, :, :]) ** 2).sum(axis=2))
        free = np.flatnonzero((distance >= discs.radii + radius).all(axis=1))
        if len(free):
            return np.asarray(spots[free[0]])
    return wish


def push_out(points: np.ndarray, discs: Discs, *, jitter: np.ndarray, rounds: int = 3) -> np.ndarray:
    """Points moved out of every disc, straight from its middle to just over the rim."""
    at = points.copy()
    if not len(discs.radii):
        return at
    for _ in range(rounds):
        for start in range(0, len(at), BLOCK_ROWS):
            some = slice(start, start + BLOCK_ROWS)
            away = at[some, None, :] - discs.centres[None, :, :]
            distance = np.sqrt((away**2).sum(axis=2))
            depth = discs.radii + 1.0 - distance
            worst = depth.argmax(axis=1)
            rows = np.arange(len(worst))
            inside = depth[rows, worst] > 0
            direction = away[rows, worst] / np.maximum(distance[rows, worst], 1e-9)[:, None]
            rim = discs.centres[worst] + direction * (discs.radii[worst] + 1.5)[:, None] + 0.5 * jitter[some]
            at[some] = np.where(inside[:, None], rim, at[some])
    return at
