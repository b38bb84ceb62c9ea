"""New clusters between fits: recent records that are nearer to each other than to the clusters around them.

They may be loose, or have joined a cluster where newcomers gather. More of what was born these nights joins it; two new
groups on two sides of one cluster part it between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasks.clusters.geometry import OLD_PART, gap, tight_groups
from tasks.clusters.neighbours import nearest_in

if TYPE_CHECKING:
    from tasks.clusters.carryover import Night
    from tasks.clusters.drift_signs import Yardstick

ITSELF = 0.7  # share of nearest records that a new topic has in itself
POOL_NEIGHBOURS = 15  # older loose records looked at around each newcomer that stayed loose
MOST_POOL = 4_000  # with more records than this in question, births are left to the fit


def found_newborn(night: Night, looked_at: list[int], yard: Yardstick) -> None:
    """Recent records that are nearer to each other than to the clusters around them found one of their own."""
    pool = _pool(night, looked_at, yard)
    if not 2 <= len(pool) <= MOST_POOL or not night.is_new[pool].any():
        return
    before = night.labels.copy()
    found = []
    for group in _groups(night, pool, yard):
        home = _young_home(night, group, yard)
        if home >= 0:
            night.assign(group[night.labels[group] < 0], home)
        elif _stands_alone(night, group, yard):
            found.append(group)
    while found:
        group = found.pop(0)
        other = _opposite(night, group, found, yard)
        if other is None:
            night.found(group)
        else:
            found = [g for g in found if g is not other]
    if (night.labels != before).any():  # there is something new to join
        night.join_newcomers()


def _groups(night: Night, pool: np.ndarray, yard: Yardstick) -> list[np.ndarray]:
    """Groups of the pool with enough people and a newcomer of tonight.

    Two that are nearer to each other than to what lives are one, unless they stand as far apart as neighbours do: far from all
    that lives are also three matters that have nothing to do with each other.
    """
    least = night.shape.least_birth
    groups = [
        g
        for g in tight_groups(night.vectors, night.weights, pool, yard.tightness)
        if night.weights[g].sum() >= least
    ]
    merged: list[np.ndarray] = []
    for group in sorted(groups, key=lambda g: (-len(g), int(g[0]))):
        gaps = [gap(night.vectors[group], night.vectors[other]) for other in merged]
        if gaps and min(gaps) < max(yard.split_at, min(yard.two, _gap_to_old(night, group))):
            nearest = int(np.argmin(gaps))
            merged[nearest] = np.union1d(merged[nearest], group)
        else:
            merged.append(group)
    return [g for g in merged if night.is_new[g].any()]


def _gap_to_old(night: Night, group: np.ndarray) -> float:
    """The gap between a group and the settled members of the cluster nearest to it."""
    old = np.flatnonzero((night.labels == _host(night, group)) & ~night.is_recent)
    return gap(night.vectors[group], night.vectors[old]) if len(old) else 0.0


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


def _pool(night: Night, looked_at: list[int], yard: Yardstick) -> np.ndarray:
    """Recent records that are loose or in a cluster where newcomers gather, and older loose ones as near to the loose as a group's own."""
    settled = [label for label in looked_at if night.is_settled(label)]
    recent = np.flatnonzero(night.is_recent & ((night.labels < 0) | np.isin(night.labels, settled)))
    loose = recent[night.labels[recent] < 0]
    older = np.flatnonzero((night.labels < 0) & ~night.is_recent)
    if not len(loose) or not len(older):
        return recent
    near = nearest_in(night.vectors[loose], night.vectors[older], POOL_NEIGHBOURS)
    return np.union1d(recent, older[near.indices[near.cosines >= yard.tightness]])


def _stands_alone(night: Night, group: np.ndarray, yard: Yardstick) -> bool:
    """Whether a group keeps to itself and stands apart from the older members of each cluster in or beside it."""
    shape = night.shape
    if len(group) < 3:
        return bool((night.labels[group] < 0).all())
    centre = night.vectors[group].sum(axis=0, dtype=np.float64)
    cosines = shape.centroids @ centre
    cosines[shape.sizes == 0] = -np.inf
    beside = np.argsort(-cosines, kind="stable")[:2]
    hosts = {
        *night.labels[group][night.labels[group] >= 0].tolist(),
        *beside[shape.sizes[beside] > 0].tolist(),
    }
    inside = np.zeros(len(night.ids), dtype=bool)
    inside[group] = True
    sides = [
        night.vectors[(night.labels == h) & ~inside & ~(night.is_recent & night.is_settled(h))]
        for h in sorted(hosts)
    ]
    rows = night.vectors[group]
    if any(len(side) and gap(rows, side) < yard.birth_at for side in sides):
        return False
    every = np.concatenate([rows, *sides])
    cosines = rows.astype(np.float64) @ every.T.astype(np.float64)
    np.fill_diagonal(cosines, -2)
    nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :2]
    return float((nearest < len(group)).mean()) >= ITSELF


def _opposite(
    night: Night, group: np.ndarray, others: list[np.ndarray], yard: Yardstick
) -> np.ndarray | None:
    """Another new group on the other side of the cluster beside which this one lies, after parting it between them."""
    host = _host(night, group)
    if host < 0 or not night.is_settled(host):
        return None
    old = np.setdiff1d(night.rows_of(host), np.concatenate([group, *others]))
    for other in others:
        if len(old) < 4 or _host(night, other) != host or not _close_to(night, (group, other), old, yard):
            continue
        centres = [night.vectors[g].sum(axis=0, dtype=np.float64) for g in (group, other)]
        between = centres[0] / np.linalg.norm(centres[0]) - centres[1] / np.linalg.norm(centres[1])
        nearer = night.vectors[old] @ between > 0
        if OLD_PART <= nearer.mean() <= 1 - OLD_PART:
            first, second = np.union1d(group, old[nearer]), np.union1d(other, old[~nearer])
            night.part(host, np.union1d(first, second), first if nearer.mean() <= 0.5 else second)
            return other
    return None


def _close_to(night: Night, groups: tuple[np.ndarray, np.ndarray], old: np.ndarray, yard: Yardstick) -> bool:
    """Whether both groups are nearer to the old records than a neighbouring cluster would be."""
    return all(gap(night.vectors[g], night.vectors[old]) < yard.two for g in groups)


def _host(night: Night, group: np.ndarray) -> int:
    """The cluster nearest to a group."""
    shape = night.shape
    cosines = shape.centroids @ night.vectors[group].sum(axis=0, dtype=np.float64)
    cosines[shape.sizes == 0] = -np.inf
    return int(cosines.argmax()) if shape.sizes.any() else -1
