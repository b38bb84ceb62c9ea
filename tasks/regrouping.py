"""Signs of drift between fits: has a cluster become two, have two become one, is there a new one?

Looked at only where something has changed: where more newcomers gather than chance would send there, or where a cluster's
own measures differ from those of when it was last judged. What one cluster and two look like is read off the living
clusters themselves: the typical gap between the halves of one, and between neighbouring ones. Yesterday's answer stands
unless the gap says otherwise *and* has changed: a border that was always there is no news.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.geometry import gap, halves, nearest_centres, tight_groups
from tasks.neighbours import nearest_in

if TYPE_CHECKING:
    from tasks.carryover import Night

TWO_PART = 0.65  # of the way from the typical inner gap to the typical outer one: from there on one has become two
NEW_PART = 0.5  # … and records that no cluster takes in are nearer to a new one than to a part of an old one
RISE = 0.1  # by so much an inner gap must have grown before a cluster is parted
FALL = 0.75  # an outer gap must have shrunk to so much of itself before two clusters are joined
LESS = 0.9  # … and to so much of what the closest neighbours live with (their 5 % quantile)
OLD_PART = 0.15  # each part of a split has so much of the old members; a birth has less
SURPRISE = 3.0  # standard deviations of a Poisson count above which newcomers gather
LESS_TIGHT, NEARER = 0.03, 0.03  # changes of a cluster's own cosines that are looked into
BIRTH_TIGHTNESS = 0.35  # quantile of the living clusters' tightness …
BIRTH_MARGIN = 0.9  # … that a newborn must come near: it is small, its tightness ill known
BIRTH_GAP = 0.25  # quantile of the gaps between neighbours that a newborn must stand away
ITSELF = 0.7  # share of nearest records that a new topic has in itself
POOL_NEIGHBOURS = 15  # older loose records looked at around each newcomer that stayed loose
MOST_POOL = 4_000  # with more records than this in question, births are left to the fit


@dataclass(frozen=True)
class Yardstick:
    """What the living clusters show about one and two."""

    split_at: float
    merge_at: float
    birth_at: float
    tightness: float

    @classmethod
    def of(cls, night: Night) -> Yardstick:
        healths = [c.health for c in night.living if c is not None]
        inner = np.array([h.inner for h in healths if h.inner > 0] or [0.0])
        outer = np.array([h.outer for h in healths if h.outer > 0] or [1.0])
        one, two = float(np.median(inner)), float(np.median(outer))
        tight = [h.tightness for h in healths if h.size > 1] or [0.5]
        return cls(
            split_at=one + TWO_PART * (two - one) if two > one else two,
            merge_at=LESS * float(np.quantile(outer, 0.05)),
            birth_at=min(float(np.quantile(outer, BIRTH_GAP)), one + NEW_PART * max(two - one, 0.0)),
            tightness=BIRTH_MARGIN * float(np.quantile(tight, BIRTH_TIGHTNESS)),
        )


def regroup(night: Night) -> None:
    """Split, merge and found clusters where tonight's records give reason to."""
    if not night.living:
        return
    yard = Yardstick.of(night)
    reach = _reach(night)
    suspects = _suspects(night, reach)
    for label in suspects:
        _split(night, reach, label, yard)
    for label in suspects:
        _merge(night, reach, label, yard)
    _births(night, suspects, yard)


def _reach(night: Night) -> np.ndarray:
    """The cluster in whose reach a record is: its own, or for a loose newcomer the nearest, if a neighbour's distance off."""
    reach = night.labels.copy()
    loose = np.flatnonzero(night.is_recent & (reach < 0))
    shape = night.shape
    if len(loose) and shape.sizes.any():
        alive = np.flatnonzero(shape.sizes)
        to_centre = night.vectors[loose] @ shape.centroids[alive].T
        near = to_centre.argmax(axis=1)
        _, between = nearest_centres(shape.centroids[alive])
        close = to_centre[np.arange(len(loose)), near] >= np.median(between)
        reach[loose[close]] = alive[near[close]]
    return reach


def _suspects(night: Night, reach: np.ndarray) -> list[int]:
    """Settled clusters where newcomers gather beyond chance, or whose own measures have changed."""
    count = len(night.living)
    shape = night.shape
    recent = np.bincount(reach[night.is_recent & (reach >= 0)], minlength=count)
    old = np.bincount(reach[~night.is_recent & (reach >= 0)], minlength=count)
    expected = recent.sum() * old / max(old.sum(), 1)
    gathers = recent - expected >= SURPRISE * np.sqrt(np.maximum(expected, 1))
    _, nearness = nearest_centres(shape.centroids)
    found = []
    for label in np.flatnonzero(shape.sizes):
        health = night.health_of(label)
        if health is not None and (
            gathers[label]
            or abs(shape.tightness[label] - health.tightness) >= LESS_TIGHT
            or nearness[label] - health.nearness >= NEARER
        ):
            found.append(int(label))
    return found


def _split(night: Night, reach: np.ndarray, label: int, yard: Yardstick) -> None:
    """Part a cluster that has become two; the part with more of its old members keeps the name."""
    rows = np.flatnonzero(reach == label)
    health = night.health_of(label)
    is_old = night.was[rows] == label
    if health is None or is_old.sum() < 4:
        return
    side = halves(night.vectors[rows])
    old_share = float(side[is_old].mean())
    few = min(int(side.sum()), int((~side).sum()))
    if few < 3 or min(old_share, 1 - old_share) < OLD_PART:
        return
    apart = gap(night.vectors[rows[side]], night.vectors[rows[~side]])
    if apart >= yard.split_at and apart - health.inner >= RISE:
        leaves = rows[side] if old_share <= 0.5 else rows[~side]
        night.assign(rows, label)
        reach[leaves] = night.found(leaves)


def _merge(night: Night, reach: np.ndarray, label: int, yard: Yardstick) -> None:
    """Join a cluster with a near one when the gap between them has closed."""
    if night.living[label] is None or not (night.labels == label).any():
        return
    shape = night.shape
    cosines = shape.centroids @ shape.centroids[label]
    cosines[shape.sizes == 0] = -2.0
    for other in np.argsort(-cosines, kind="stable")[:3]:
        left, right = np.flatnonzero(reach == label), np.flatnonzero(reach == other)
        if (
            other != label
            and has_closed(night, label, int(other), left, right, yard)
            and not _is_third(night, left, right, yard)
        ):
            reach[np.concatenate([left, right])] = merge(night, label, int(other), left, right)
            return


def has_closed(
    night: Night, one: int, two: int, left: np.ndarray, right: np.ndarray, yard: Yardstick
) -> bool:
    """Whether the gap between two clusters has become smaller than neighbours live with, and than it was."""
    healths = night.health_of(one), night.health_of(two)
    if healths[0] is None or healths[1] is None or min(len(left), len(right)) < 2:
        return False
    before = min(healths[0].outer, healths[1].outer)  # the gap to the nearest then: none was less far than that
    return gap(night.vectors[left], night.vectors[right]) <= min(yard.merge_at, FALL * before)


def merge(night: Night, one: int, two: int, left: np.ndarray, right: np.ndarray) -> int:
    """Make one of two clusters; the one with more people behind its old members keeps its name, then the older."""

    def rank(label: int) -> tuple[float, int]:
        cluster = night.living[label]
        return float(night.weights[night.was == label].sum()), -(cluster.born if cluster else night.before.number)

    keep = one if rank(one) >= rank(two) else two
    night.assign(np.concatenate([left, right]), keep)
    return keep


def _is_third(night: Night, left: np.ndarray, right: np.ndarray, yard: Yardstick) -> bool:
    """Whether what lies between two clusters is a group of its own, apart from both."""
    fresh = [side[night.is_recent[side]] for side in (left, right)]
    old = [side[~night.is_recent[side]] for side in (left, right)]
    between = np.concatenate(fresh)
    if len(between) < 3 or not len(old[0]) or not len(old[1]):
        return False
    rows = night.vectors[between]
    return all(gap(rows, night.vectors[side]) >= yard.split_at for side in old)


def _births(night: Night, suspects: list[int], yard: Yardstick) -> None:
    """Recent records that are nearer to each other than to the clusters around them found one of their own."""
    pool = _pool(night, suspects)
    if not 2 <= len(pool) <= MOST_POOL or not night.is_new[pool].any():
        return
    least = night.shape.least_birth
    for group in tight_groups(night.vectors, night.weights, pool, yard.tightness):
        if night.weights[group].sum() < least or not night.is_new[group].any():
            continue
        home = _young_home(night, group, yard)
        if home >= 0:
            night.assign(group[night.labels[group] < 0], home)
        elif _stands_alone(night, group, yard):
            night.found(group)
    night.join_newcomers()


def _young_home(night: Night, group: np.ndarray, yard: Yardstick) -> int:
    """A cluster born these nights that the group is more of, −1 when there is none."""
    young = [i for i in np.flatnonzero(night.shape.sizes).tolist() if not night.is_settled(i)]
    if not young:
        return -1
    centre = night.vectors[group].sum(axis=0, dtype=np.float64)
    nearest = young[int((night.shape.centroids[young] @ centre).argmax())]
    rest = np.setdiff1d(night.rows_of(nearest), group)
    near = len(rest) and gap(night.vectors[group], night.vectors[rest]) < yard.split_at
    return nearest if near else -1


def _pool(night: Night, suspects: list[int]) -> np.ndarray:
    """Recent records that are loose or in a cluster where newcomers gather, and older loose ones near the loose."""
    settled = [label for label in suspects if night.is_settled(label)]
    recent = np.flatnonzero(night.is_recent & ((night.labels < 0) | np.isin(night.labels, settled)))
    loose = recent[night.labels[recent] < 0]
    older = np.flatnonzero((night.labels < 0) & ~night.is_recent)
    if not len(loose) or not len(older):
        return recent
    near = nearest_in(night.vectors[loose], night.vectors[older], POOL_NEIGHBOURS)
    return np.union1d(recent, older[near.indices.ravel()])


def _stands_alone(night: Night, group: np.ndarray, yard: Yardstick) -> bool:
    """Whether a group keeps to itself and stands apart from the older members of each cluster in or beside it."""
    shape = night.shape
    if len(group) < 3:
        return bool((night.labels[group] < 0).all())
    centre = night.vectors[group].sum(axis=0, dtype=np.float64)
    cosines = shape.centroids @ centre
    cosines[shape.sizes == 0] = -np.inf
    beside = np.argsort(-cosines, kind="stable")[:2]
    hosts = {*night.labels[group][night.labels[group] >= 0].tolist(), *beside[shape.sizes[beside] > 0].tolist()}
    inside = np.zeros(len(night.ids), dtype=bool)
    inside[group] = True
    sides = [night.vectors[(night.labels == h) & ~inside & ~(night.is_recent & night.is_settled(h))] for h in sorted(hosts)]
    rows = night.vectors[group]
    if any(len(side) and gap(rows, side) < yard.birth_at for side in sides):
        return False
    every = np.concatenate([rows, *sides])
    cosines = rows.astype(np.float64) @ every.T.astype(np.float64)
    np.fill_diagonal(cosines, -2)
    nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :2]
    return float((nearest < len(group)).mean()) >= ITSELF
