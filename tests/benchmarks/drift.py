"""Worlds for nights of clusters: labelled vectors that arrive over nights, and ways in which topics drift.

A world keeps some labels back (topics to be born) and lets some pairs of like labels start with a few records each (one
cluster at first, two later). Drift comes in the ways that data can bring it: records that arrive, records that are
erased, and, rarer, records whose vectors change because their text was corrected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tasks.identity import State

START = 1_000
HELD_BACK = 4  # labels, of middling size
THIN_PAIRS, THIN = 2, 5  # pairs of neighbouring labels, records of each at the start


@dataclass(frozen=True)
class Change:
    """What one night brings beside the calm growth."""

    add: dict[str, np.ndarray] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    move: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Drift:
    """One thing that happens to topics, and the event in which it should be told."""

    kind: str
    changes: tuple[Change, ...]
    clusters: frozenset[str]  # ids that the event may name as where it came from
    touched: frozenset[str]  # old records that may change their cluster


@dataclass
class World:
    """Live records, and those still to come."""

    live: dict[str, np.ndarray]
    label_of: dict[str, str]
    coming: list[tuple[str, np.ndarray]]
    held: dict[str, dict[str, np.ndarray]]  # label → records that come only by drift
    thin: list[tuple[str, str]]

    def grow(self, share: float) -> None:
        count = max(1, round(share * len(self.live)))
        self.live.update(self.coming[:count])
        del self.coming[:count]

    def apply(self, change: Change) -> None:
        self.live.update(change.add)
        self.live.update({r: v for r, v in change.move.items() if r in self.live})
        for record in change.gone:
            self.live.pop(record, None)

    def arrays(self) -> tuple[list[str], np.ndarray]:
        return list(self.live), np.stack(list(self.live.values()))

    def copy(self) -> World:
        return World(dict(self.live), self.label_of, list(self.coming), self.held, self.thin)


def world(vectors: np.ndarray, labels: np.ndarray, *, seed: int, thin_pairs: int, start: int = START) -> World:
    """A world of labelled vectors; which records come first is drawn by chance."""
    rng = np.random.default_rng(seed)
    names, counts = np.unique(labels, return_counts=True)
    middling = names[(counts >= np.quantile(counts, 0.25)) & (counts >= 16)]
    held_labels = [str(x) for x in rng.choice(middling, HELD_BACK, replace=False)]
    thin = _like_pairs(vectors, labels, [n for n in middling if str(n) not in held_labels])[:thin_pairs]
    thin_labels = {x for pair in thin for x in pair}
    held: dict[str, dict[str, np.ndarray]] = {x: {} for x in [*held_labels, *thin_labels]}
    live: dict[str, np.ndarray] = {}
    label_of: dict[str, str] = {}
    coming = []
    for number, row in enumerate(rng.permutation(len(vectors))):
        record, label = f"r{number:06}", str(labels[row])
        label_of[record] = label
        seen = sum(label_of[r] == label for r in live) if label in thin_labels else THIN
        if label in held and seen >= THIN:
            held[label][record] = vectors[row]
        elif len(live) < start:
            live[record] = vectors[row]
        else:
            coming.append((record, vectors[row]))
    return World(live, label_of, coming, held, thin)


def _like_pairs(vectors: np.ndarray, labels: np.ndarray, names: list[str]) -> list[tuple[str, str]]:
    centres = np.stack([unit(vectors[labels == n].sum(axis=0)) for n in names])
    cosines = centres @ centres.T
    pairs: list[tuple[str, str]] = []
    taken: set[int] = set()
    for flat in np.argsort(-np.triu(cosines, 1), axis=None, kind="stable"):
        a, b = divmod(int(flat), len(names))
        if not taken & {a, b} and a < b:
            pairs.append((str(names[a]), str(names[b])))
            taken |= {a, b}
        if len(pairs) == THIN_PAIRS:
            break
    return pairs


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def members(state: State) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for record, cluster in state.cluster_of.items():
        if cluster is not None:
            found.setdefault(cluster, []).append(record)
    return found


def _some_cluster(w: World, state: State, rng: np.random.Generator) -> tuple[str, list[str]]:
    """A cluster of at least the typical size that is mostly of one label."""
    groups = members(state)
    typical = float(np.median([len(m) for m in groups.values()]))
    fit = [
        c
        for c, m in sorted(groups.items())
        if len(m) >= max(8, typical)
        and max(np.unique([w.label_of.get(r, "") for r in m], return_counts=True)[1]) >= 0.7 * len(m)
    ]
    chosen = fit[int(rng.integers(len(fit)))]
    return chosen, groups[chosen]


def _nearest_cluster(w: World, state: State, cluster: str) -> tuple[str, list[str], float]:
    groups = members(state)
    centre = {c: unit(np.sum([w.live[r] for r in m], axis=0)) for c, m in groups.items() if len(m) >= 6}
    near = {c: float(v @ centre[cluster]) for c, v in centre.items() if c != cluster}
    best = max(sorted(near), key=lambda c: near[c])
    return best, groups[best], near[best]


def _apart(w: World, state: State) -> float:
    """The typical distance from a cluster's centre to the next one's."""
    centres = np.stack([unit(np.sum([w.live[r] for r in m], axis=0)) for m in members(state).values() if len(m) >= 4])
    cosines = centres @ centres.T
    np.fill_diagonal(cosines, -2)
    return float(np.median(np.sqrt(2 - 2 * cosines.max(axis=1))))


def birth(w: World, state: State, rng: np.random.Generator, *, nights: int = 1, most: int = 40) -> Drift:
    """A label that was kept back arrives."""
    whole = [x for x in w.held if x not in {y for pair in w.thin for y in pair}]
    records = list(w.held[whole[int(rng.integers(len(whole)))]].items())[:most]
    return Drift("born", _over(records, nights), frozenset(), frozenset())


def death(w: World, state: State, rng: np.random.Generator, *, nights: int = 1) -> Drift:
    """All records of a cluster are erased."""
    cluster, records = _some_cluster(w, state, rng)
    parts = np.array_split(np.array(records), nights)
    return Drift("died", tuple(Change(gone=frozenset(p.tolist())) for p in parts), frozenset({cluster}), frozenset())


def split_by_newcomers(w: World, state: State, rng: np.random.Generator, *, far: float = 1.0, nights: int = 1) -> Drift:
    """Newcomers gather on two sides of a cluster, `far` times as far from each other as neighbouring clusters are."""
    cluster, old = _some_cluster(w, state, rng)
    rows = np.stack([w.live[r] for r in old])
    aside = _direction(rows, rng) * far * _apart(w, state) / 2
    count = len(old)
    pick = rng.integers(len(old), size=2 * count)
    noise = rows[pick] - rows.mean(axis=0)
    turned = noise[rng.permutation(len(noise))] * 0.7 + noise * 0.7
    new = unit(rows.mean(axis=0) + turned + np.where(np.arange(2 * count) % 2, 1, -1)[:, None] * aside)
    records = [(f"split{i:04}", v) for i, v in enumerate(new)]
    return Drift("split", _over(records, nights), frozenset({cluster}), frozenset(old))


def split_by_moving(w: World, state: State, rng: np.random.Generator, *, far: float = 1.0) -> Drift:
    """Half of a cluster's records move to one side, half to the other."""
    cluster, old = _some_cluster(w, state, rng)
    rows = np.stack([w.live[r] for r in old])
    aside = _direction(rows, rng) * far * _apart(w, state) / 2
    side = np.where(np.arange(len(old)) % 2, 1, -1)[:, None]
    return Drift(
        "split",
        (Change(move=dict(zip(old, unit(rows + side * aside), strict=True))),),
        frozenset({cluster}),
        frozenset(old),
    )


def split_of_thin_pair(w: World, state: State, rng: np.random.Generator, *, nights: int = 1) -> Drift | None:
    """Two like labels, one cluster as long as each had few records, get all their records; None when no pair is one."""
    for a, b in w.thin:
        of = {x: [r for r in w.live if w.label_of.get(r) == x] for x in (a, b)}
        homes = [state.cluster_of[r] for x in (a, b) for r in of[x]]
        known = [h for h in homes if h is not None]
        if not known:
            continue
        cluster = max(sorted(set(known)), key=known.count)
        if min(sum(state.cluster_of[r] == cluster for r in of[x]) for x in (a, b)) >= 0.7 * THIN:
            records = [*w.held[a].items(), *w.held[b].items()]
            mixed = [records[i] for i in rng.permutation(len(records))]
            return Drift("split", _over(mixed, nights), frozenset({cluster}), frozenset(members(state)[cluster]))
    return None


def merger_by_newcomers(w: World, state: State, rng: np.random.Generator, *, times: float = 1.0) -> Drift:
    """Newcomers fill the space between two neighbouring clusters, `times` as many as both have."""
    cluster, one = _some_cluster(w, state, rng)
    other, two, _ = _nearest_cluster(w, state, cluster)
    left, right = (np.stack([w.live[r] for r in m]) for m in (one, two))
    count = round(times * (len(one) + len(two)))
    a, b = left[rng.integers(len(left), size=count)], right[rng.integers(len(right), size=count)]
    part = rng.uniform(0.25, 0.75, size=(count, 1))
    middle = part * left.mean(axis=0) + (1 - part) * right.mean(axis=0)
    noise = ((a - left.mean(axis=0)) + (b - right.mean(axis=0))) * 0.7
    records = [(f"merge{i:04}", v) for i, v in enumerate(unit(middle + noise))]
    return Drift("merged", _over(records, 1), frozenset({cluster, other}), frozenset([*one, *two]))


def merger_by_moving(w: World, state: State, rng: np.random.Generator) -> Drift:
    """The records of two neighbouring clusters move to their common middle."""
    cluster, one = _some_cluster(w, state, rng)
    other, two, _ = _nearest_cluster(w, state, cluster)
    left, right = (np.stack([w.live[r] for r in m]) for m in (one, two))
    middle = (left.mean(axis=0) + right.mean(axis=0)) / 2
    moved = [*unit(left - left.mean(axis=0) + middle), *unit(right - right.mean(axis=0) + middle)]
    change = Change(move=dict(zip([*one, *two], moved, strict=True)))
    return Drift("merged", (change,), frozenset({cluster, other}), frozenset([*one, *two]))


def _direction(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A direction square to the centre, within the space of the records."""
    centre = unit(rows.mean(axis=0))
    other = rng.normal(size=len(rows)) @ (rows - rows.mean(axis=0))
    return unit(other - (other @ centre) * centre)


def _over(records: list[tuple[str, np.ndarray]], nights: int) -> tuple[Change, ...]:
    cuts = np.array_split(np.arange(len(records)), nights)
    return tuple(Change(add=dict(records[i] for i in part)) for part in cuts)


DRIFTS: dict[str, Callable[[World, State, np.random.Generator], Drift | None]] = {
    "birth, one night": birth,
    "birth, two nights": lambda w, s, r: birth(w, s, r, nights=2),
    "birth of eight": lambda w, s, r: birth(w, s, r, most=8),
    "death, one night": death,
    "death, two nights": lambda w, s, r: death(w, s, r, nights=2),
    "split, newcomers 1.0": split_by_newcomers,
    "split, newcomers 1.5": lambda w, s, r: split_by_newcomers(w, s, r, far=1.5),
    "split, two nights 1.2": lambda w, s, r: split_by_newcomers(w, s, r, far=1.2, nights=2),
    "split, moving 1.0": split_by_moving,
    "split, moving 1.5": lambda w, s, r: split_by_moving(w, s, r, far=1.5),
    "split, thin pair": split_of_thin_pair,
    "merger, newcomers x1": merger_by_newcomers,
    "merger, newcomers x2": lambda w, s, r: merger_by_newcomers(w, s, r, times=2.0),
    "merger, moving": merger_by_moving,
}
