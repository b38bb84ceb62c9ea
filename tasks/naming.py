"""The end of a night of clusters: ids for the newborn, events, themes, medoids, probabilities.

An id is the hash of its founding record's id and an ordinal, so it depends on neither time nor chance; one that was ever
used is never given again. A theme keeps its name as long as most of its clusters do.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tasks.cluster import LIST_ONLY, PROVISIONAL_RECORDS, STABLE
from tasks.lineage import medoids, members_of, shape_of
from tasks.living import Event, LivingCluster

if TYPE_CHECKING:
    from tasks.carryover import Night

GROWN = 0.5  # growth since the last word about it that makes an event
MEDOIDS = 5
NEWBORN_STABILITY = 0.5  # no fit has seen it yet: below STABLE, so provisional


@dataclass(frozen=True)
class Found:
    """The night's outcome, clusters named; labels point into `clusters`."""

    labels: np.ndarray
    probabilities: np.ndarray
    reasons: list[str | None]
    clusters: list[LivingCluster]
    events: list[Event]
    params: dict[str, Any]


def name_clusters(night: Night, *, refitted: bool) -> Found:
    """Name what the night found and tell what happened."""
    _bury(night)
    kept = [i for i in range(len(night.clusters)) if (night.labels == i).any()]
    place = np.full(len(night.clusters) + 1, -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    old = [night.clusters[i] for i in kept]
    parents = {int(place[i]): p for i, p in night.parents.items() if place[i] >= 0}
    fitted = {int(place[i]): s for i, s in night.stability.items() if place[i] >= 0}
    themes = night.theme_groups(kept)
    labels = place[night.labels]
    shape = shape_of(night.vectors, labels, night.weights, len(kept))
    few = len(night.ids) <= PROVISIONAL_RECORDS
    clusters: list[LivingCluster] = []
    events = list(night.events)
    used = set(night.previous.used_ids) if night.previous else set()
    number = night.previous.night + 1 if night.previous else 0
    for label, members in enumerate(members_of(labels, len(kept))):
        close = medoids(night.vectors, night.ids, members, shape.centroids[label], MEDOIDS)
        before = old[label]
        stability = fitted.get(label, before.stability if before else NEWBORN_STABILITY)
        if before is None:
            named = _new_cluster(close, used, number, len(members), stability)
            kind, parent = parents.get(label, ("born", None))
            events.append(
                Event(
                    kind,
                    parent,
                    named.id,
                    1.0 if parent is None else _share(night, labels, label, parent, members),
                )
            )
        else:
            named = replace(before, medoids=close, stability=stability)
            if len(members) >= (1 + GROWN) * before.told_size:
                events.append(Event("grown", named.id, named.id, len(members) / before.told_size - 1))
                named = replace(named, told_size=len(members))
            if refitted:
                named = replace(named, tested_size=len(members))
        clusters.append(replace(named, provisional=few or stability < STABLE))
    return Found(
        labels=labels,
        probabilities=_probabilities(night, labels, shape.centroids),
        reasons=_reasons(night, labels),
        clusters=_with_themes(clusters, themes, refitted=refitted),
        events=events,
        params=dict(night.fresh.params)
        if night.fresh
        else dict(night.previous.params if night.previous else {}),
    )


def _bury(night: Night) -> None:
    """A cluster without two records or three people is no more; what is left of it is loose."""
    for label, living in enumerate(night.clusters):
        members = np.flatnonzero(night.labels == label)
        enough = len(members) >= 2 or night.weights[members].sum() >= 3
        if not enough:
            night.labels[members] = -1
            if living is not None:
                night.events.append(Event("died", living.id, None, 1.0))


def _new_cluster(
    close: tuple[str, ...], used: set[str], number: int, size: int, stability: float
) -> LivingCluster:
    ordinal = 0
    while (name := _id_of(close[0], ordinal)) in used:
        ordinal += 1
    used.add(name)
    return LivingCluster(name, number, "", stability, True, close, size, size)


def _id_of(founder: str, ordinal: int) -> str:
    return "c" + hashlib.sha256(f"{founder}\0{ordinal}".encode()).hexdigest()[:15]


def _share(night: Night, labels: np.ndarray, label: int, parent: str, members: np.ndarray) -> float:
    """The share of the parent's records of yesterday, with today's newcomers to both, that the child took."""
    was = night.previous.cluster_of if night.previous else {}
    from_parent = [row for row, name in enumerate(night.ids) if was.get(name) == parent]
    return float(np.mean(labels[from_parent] == label)) if from_parent else 0.0


def _probabilities(night: Night, labels: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """From the fit where it agrees, kept from yesterday where nothing moved, else nearness to the centre."""
    was = night.previous.probability_of if night.previous else {}
    near = np.zeros(len(labels))
    inside = labels >= 0
    near[inside] = np.clip(
        (night.vectors[inside] * centroids[labels[inside]]).sum(axis=1, dtype=np.float64), 0, 1
    )
    kept = np.array([was.get(name, -1.0) for name in night.ids])
    fit = night.fresh.probabilities if night.fresh is not None else kept
    best = np.where(fit > 0, fit, np.where(kept > 0, kept, near))
    return np.where(inside, np.round(best, 6), 0.0)


def _reasons(night: Night, labels: np.ndarray) -> list[str | None]:
    was = night.previous.outlier_reason_of if night.previous else {}
    other = "too_few" if len(night.ids) <= LIST_ONLY else "far_from_all"
    fit: tuple[str | None, ...] = night.fresh.outlier_reasons if night.fresh else (None,) * len(labels)
    return [
        None if c >= 0 else fit[row] or was.get(night.ids[row]) or other
        for row, c in enumerate(labels.tolist())
    ]


def _with_themes(clusters: list[LivingCluster], groups: np.ndarray, *, refitted: bool) -> list[LivingCluster]:
    """Between fits old clusters keep their themes; a group is called what most of its clusters were called."""
    taken: set[str] = {c.theme for c in clusters if c.theme} if not refitted else set()
    name_of: dict[int, str] = {}
    sizes = Counter(groups.tolist())
    for group in sorted(sizes, key=lambda g: (-sizes[g], g)):
        mine = [c for c, g in zip(clusters, groups.tolist(), strict=True) if g == group]
        known = Counter(c.theme for c in mine if c.theme).most_common()
        free = [name for name, _ in known if not refitted or name not in taken]
        name = free[0] if free else "t" + min(c.id for c in mine)[1:]
        taken.add(name)
        name_of[group] = name
    return [
        c if c.theme and not refitted else replace(c, theme=name_of[g])
        for c, g in zip(clusters, groups.tolist(), strict=True)
    ]
