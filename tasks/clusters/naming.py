"""The end of a night of clusters: ids for the newborn, events, themes, medoids, probabilities.

An id is the hash of its founding record's id and an ordinal, so it depends on neither time nor chance; one that was ever
used is never given again. A theme keeps its name as long as most of its clusters do.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from tasks.cluster import LIST_ONLY, PROVISIONAL_RECORDS, STABLE, theme_of
from tasks.clusters.geometry import gap, inner_gap, medoids, members_of, nearest_centres
from tasks.clusters.lineage import tell
from tasks.clusters.living import Event, Health, LivingCluster

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasks.cluster import Clustering
    from tasks.clusters.carryover import Night

GROWN = 0.5  # growth since the last word about it that makes an event
JUDGED = 1.5  # a cluster that has grown so much is measured anew at the next fit
MEDOIDS = 5
NEWBORN_STABILITY = 0.5  # no fit has seen it yet: below STABLE, so provisional


@dataclass(frozen=True)
class Named:
    """The night's clusters under their names; labels point into `clusters`."""

    labels: np.ndarray
    clusters: tuple[LivingCluster, ...]
    events: tuple[Event, ...]


def name_clusters(night: Night, used: set[str], fitted: Mapping[int, float], *, refitted: bool) -> Named:
    """Name what the night found and tell what happened; `fitted` is the stability of labels that a fit has seen."""
    night.bury()
    kept = np.flatnonzero(night.shape.sizes)
    place = np.full(len(night.living) + 1, -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    shape = night.shape
    rows = members_of(night.labels, len(night.living))
    clusters = []
    for label in kept.tolist():
        close = medoids(night.ids, rows[label], shape.own, MEDOIDS)
        before = night.living[label]
        stability = fitted.get(label, before.stability if before else NEWBORN_STABILITY)
        if before is None:
            name = _new_id(close[0], used)
            used.add(name)
            before = LivingCluster(
                name, night.before.number, "", stability, True, close, len(rows[label]), NOT_JUDGED
            )
        provisional = len(night.ids) <= PROVISIONAL_RECORDS or stability < STABLE
        clusters.append(replace(before, medoids=close, stability=stability, provisional=provisional))
    labels = place[night.labels]
    events = _events(night, labels, clusters)
    clusters = [_grown(c, len(rows[i]), events) for c, i in zip(clusters, kept.tolist(), strict=True)]
    clusters = _judged(night, clusters, kept, rows, refitted=refitted, touched=_touched(events))
    if refitted or not all(c.theme for c in clusters):
        themes = theme_of(shape.centroids[kept], shape.mass[kept])
        clusters = _with_themes(clusters, themes, refitted=refitted)
    return Named(labels, tuple(clusters), tuple(events))


NOT_JUDGED = Health(0, 0.0, 0.0, 0.0, 0.0)


def _new_id(founder: str, used: set[str]) -> str:
    ordinal = 0
    while (name := "c" + hashlib.sha256(f"{founder}\0{ordinal}".encode()).hexdigest()[:15]) in used:
        ordinal += 1
    return name


def _events(night: Night, labels: np.ndarray, clusters: list[LivingCluster]) -> list[Event]:
    return tell(
        night.was, labels, night.is_recent, [c.id for c in night.before.clusters], [c.id for c in clusters]
    )


def _touched(events: list[Event]) -> set[str | None]:
    """Clusters that are not what they were: whatever was measured of them before is void."""
    return {name for e in events if e.kind in ("split", "merged", "moved") for name in (e.from_id, e.to_id)}


def _grown(cluster: LivingCluster, size: int, events: list[Event]) -> LivingCluster:
    """Say that a cluster has grown; one that swallowed another is as large as it is, and has not grown."""
    if any(e.kind == "merged" and e.to_id == cluster.id for e in events):
        return replace(cluster, told_size=size)
    if size < (1 + GROWN) * cluster.told_size:
        return cluster
    events.append(Event("grown", cluster.id, cluster.id, size / cluster.told_size - 1))
    return replace(cluster, told_size=size)


def _judged(
    night: Night,
    clusters: list[LivingCluster],
    kept: np.ndarray,
    rows: list[np.ndarray],
    *,
    refitted: bool,
    touched: set[str | None],
) -> list[LivingCluster]:
    """Measure clusters that are new, changed hands, or were looked at by a fit at half as large again."""
    near, nearness = nearest_centres(night.shape.centroids[kept])
    judged = []
    for i, cluster in enumerate(clusters):
        mine = rows[kept[i]]
        stale = cluster.health.size == 0 or cluster.id in touched
        if not (stale or (refitted and len(mine) >= JUDGED * cluster.health.size)):
            judged.append(cluster)
            continue
        other = rows[kept[near[i]]]
        outer = gap(night.vectors[mine], night.vectors[other]) if len(clusters) > 1 else 1.0
        measures = night.shape.tightness[kept[i]], nearness[i], inner_gap(night.vectors[mine]), outer
        judged.append(replace(cluster, health=Health(len(mine), *(round(float(m), 4) for m in measures))))
    return judged


def probabilities(night: Night, was: Mapping[str, float], fit: Clustering | None) -> np.ndarray:
    """From the fit where it agrees, kept from yesterday where nothing moved, else nearness to the centre."""
    kept = np.fromiter(map(was.get, night.ids, repeat(0.0)), dtype=np.float64, count=len(night.ids))
    kept[night.is_changed] = 0
    by_fit = fit.probabilities if fit is not None else np.zeros(len(kept))
    best = np.where(by_fit > 0, by_fit, np.where(kept > 0, kept, np.clip(night.shape.own, 0, 1)))
    return np.where(night.labels >= 0, np.round(best, 6), 0.0)


def outlier_reasons(
    night: Night, was: Mapping[str, str | None], fit: Clustering | None
) -> dict[str, str | None]:
    """Why each record outside all clusters is there; None inside."""
    other = "too_few" if len(night.ids) <= LIST_ONLY else "far_from_all"
    reasons: dict[str, str | None] = dict.fromkeys(night.ids)
    for row in np.flatnonzero(night.labels < 0).tolist():
        name = night.ids[row]
        by_fit = fit.outlier_reasons[row] if fit is not None else None
        by_last = None if night.is_changed[row] else was.get(name)
        reasons[name] = by_fit or by_last or other
    return reasons


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
