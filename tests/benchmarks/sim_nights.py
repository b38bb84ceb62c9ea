"""Nights without and with drift, on labelled vectors; used by bench_identity.py and by the tests of identity.

Drift is made from the vectors themselves: a topic is born from a label that was held back, one dies when all records of a
cluster are erased, one splits when newcomers gather on two sides of it, two merge when newcomers fill the space between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.identity import Event, State, advance


@dataclass(frozen=True)
class NightResult:
    """What one night did to the records of the night before."""

    same_share: float  # of the old records, those whose cluster (or being in none) stayed the same
    events: tuple[Event, ...]
    is_refit: bool


def night(state: State, ids: list[str], vectors: np.ndarray, *, refit: bool = False) -> tuple[State, NightResult]:
    """Advance once and compare with the night before."""
    after = advance(State.from_json(state.to_json()), ids, vectors, refit=refit)
    old = [r for r in ids if r in state.cluster_of]
    same = float(np.mean([after.cluster_of[r] == state.cluster_of[r] for r in old])) if old else 1.0
    return after, NightResult(same, after.events, bool(after.params["refit"]))


def calm_nights(vectors: np.ndarray, growth: list[float], *, start: int = 1_000, seed: int = 0) -> list[NightResult]:
    """Nights that each add a share of new records, no drift; the rows are drawn in random order."""
    order = np.random.default_rng(seed).permutation(len(vectors))
    ids = [f"r{i:06}" for i in range(len(vectors))]
    moved, count = vectors[order], start
    state = advance(None, ids[:count], moved[:count])
    results = []
    for share in growth:
        count = min(len(ids), count + round(count * share))
        state, result = night(state, ids[:count], moved[:count])
        results.append(result)
    return results


def around(centre: np.ndarray, count: int, *, spread: float, rng: np.random.Generator) -> np.ndarray:
    """Unit vectors scattered about a direction; spread is the length of the noise against the centre's 1."""
    noise = rng.normal(size=(count, len(centre)))
    noise *= spread / np.linalg.norm(noise, axis=1, keepdims=True)
    points = centre / np.linalg.norm(centre) + noise
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def blobs(centres: np.ndarray, counts: list[int], *, spread: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A mixture of scattered directions: vectors and the number of the direction each came from."""
    rng = np.random.default_rng(seed)
    parts = [around(c, n, spread=spread, rng=rng) for c, n in zip(centres, counts, strict=True)]
    return np.concatenate(parts), np.repeat(np.arange(len(counts)), counts)
