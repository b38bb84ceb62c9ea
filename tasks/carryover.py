"""Yesterday's clusters on today's records: carried on night by night, and matched with a new fit.

Members stay where they are. What may change between yesterday and today is only what an event says: a newcomer joins, a
group is born among the loose, a cluster splits or two merge, a cluster dies when its last record is erased. A new fit
proposes; a proposal that moves old members is taken only when the living clusters' own geometry bears it out
(`tasks/lineage.py`). Only when the data have at least doubled since the last fit is the new fit taken as it is, and the
old ids are carried over to it by overlap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tasks.cluster import PROVISIONAL_RECORDS, Clustering, cluster, theme_of
from tasks.lineage import (
    BIRTH_WEIGHT,
    PART_SHARE,
    Shape,
    born_groups,
    gap,
    groups_apart,
    halves,
    join,
    members_of,
    neighbour_gaps,
    shape_of,
)
from tasks.living import Event, LivingCluster

if TYPE_CHECKING:
    from tasks.identity import State

TEST_GROWTH, TEST_RECORDS = (
    0.15,
    4,
)  # a cluster that gained so much since its last test is tested for split and merger
RECENT_NIGHTS = 3  # newcomers of so many nights can found a cluster together
BIRTH_GAP = 0.25  # quantile of the gaps between neighbouring clusters that a new topic must reach
MERGE_QUANTILE = 0.35  # of the gaps inside living clusters: two that lie closer than that are one
SAME_JACCARD = (
    0.3  # overlap from which a freely fitted cluster is the old one; the best pairing decides among several
)
MOSTLY = 0.6
NEARLY_ALL = 0.8
MOVED = (
    0.05  # by so much newcomers must have changed a gap before two clusters merge or one splits between fits
)


@dataclass
class Night:
    """The records of one night, ascending by id, and the labels as they take shape."""

    ids: list[str]
    vectors: np.ndarray
    weights: np.ndarray
    previous: State | None
    seed: int

    def __post_init__(self) -> None:
        before = self.previous
        self.clusters: list[LivingCluster | None] = list(before.clusters) if before else []
        place = {c.id: i for i, c in enumerate(before.clusters)} if before else {}
        was: dict[str, str | None] = before.cluster_of if before else {}
        self.is_new = np.array([r not in was for r in self.ids], dtype=bool)
        self.labels = np.array([place.get(was.get(r) or "", -1) for r in self.ids], dtype=np.int64)
        self.events: list[Event] = []
        self.parents: dict[
            int, tuple[str, str | None]
        ] = {}  # label of a newborn → kind of event, id it came from
        self.stability: dict[int, float] = {}
        self._measured: tuple[int, np.ndarray, Shape] | None = (
            None  # clusters, labels and the shape they have
        )
        self.number = before.night + 1 if before else 0
        self.fresh: Clustering | None = None

    def arrivals(self, number: int) -> dict[str, int]:
        """The night each recent record came, with tonight's."""
        before = self.previous.arrived if self.previous else {}
        return {
            name: number if new else before[name]
            for name, new in zip(self.ids, self.is_new.tolist(), strict=True)
            if self.previous is not None
            and (new or before.get(name, -RECENT_NIGHTS) > number - RECENT_NIGHTS)
        }

    def carry_on(self) -> None:
        """Newcomers join or found clusters; clusters that gained are tested for splits and mergers."""
        self._join_newcomers()
        shape = self._shape()
        loose = np.flatnonzero((self.labels < 0) & ~self.is_new)
        fresh = np.flatnonzero((self.labels < 0) & self.is_new)
        for group in born_groups(self.vectors, self.weights, loose, fresh, shape):
            self._found(group, "born", None)
        if self.parents:
            self._join_loose_newcomers()
        self._test_gainers()
        self._births_among_recent()

    def fit(self) -> None:
        """A new fit over everything, matched with what lives."""
        self.fresh = cluster(self.vectors, seed=self.seed, weights=self.weights)
        if not any(self.clusters) or self._outgrown():
            self._take_fit(self.fresh)
            return
        self._join_newcomers()
        self._births_of_fit(self.fresh)
        self._splits_of_fit(self.fresh)
        self._mergers_of_fit(self.fresh)
        self._births_among_recent()
        self._take_in(self.fresh)

    def _outgrown(self) -> bool:
        if self.previous is None:
            return True
        return (
            self.previous.fitted_count <= PROVISIONAL_RECORDS
            or len(self.ids) >= 2 * self.previous.fitted_count
        )

    def _shape(self) -> Shape:
        if (
            self._measured is None
            or len(self.clusters) != self._measured[0]
            or (self.labels != self._measured[1]).any()
        ):
            shape = shape_of(self.vectors, self.labels, self.weights, len(self.clusters))
            self._measured = len(self.clusters), self.labels.copy(), shape
        return self._measured[2]

    def _join_newcomers(self) -> None:
        newcomers = np.flatnonzero(self.is_new)
        self.labels[newcomers] = join(self.vectors, self.labels, newcomers, self._shape())

    def _join_loose_newcomers(self) -> None:
        """Newcomers left over may still be near enough to a newborn."""
        loose = np.flatnonzero((self.labels < 0) & self.is_new)
        self.labels[loose] = join(self.vectors, self.labels, loose, self._shape())

    def _found(self, members: np.ndarray, kind: str, parent: str | None) -> int:
        label = len(self.clusters)
        self.clusters.append(None)
        self.labels[members] = label
        self.parents[label] = (kind, parent)
        return label

    def _take_in(self, fit: Clustering) -> None:
        """Loose records that the fit no longer calls outliers follow most of the cluster it puts them in."""
        for members in members_of(fit.labels, len(fit.stability)):
            held = self.labels[members]
            loose = members[held < 0]
            if len(loose) and 2 * (held >= 0).sum() >= len(members):
                home, count = np.unique(held[held >= 0], return_counts=True)
                if count.max() >= MOSTLY * count.sum():
                    self.labels[loose] = home[count.argmax()]

    def _gainers(self) -> list[int]:
        """Clusters that gained enough since their last test to have changed their nature."""
        size = np.bincount(self.labels[self.labels >= 0], minlength=len(self.clusters))
        return [
            i
            for i, c in enumerate(self.clusters)
            if c is not None and size[i] - c.tested_size >= max(TEST_RECORDS, TEST_GROWTH * c.tested_size)
        ]

    def _test_gainers(self) -> None:
        gainers = self._gainers()
        if gainers:
            shape = self._shape()
            split_at = float(np.median(neighbour_gaps(self.vectors, self.labels, shape)))
            inner = self._inner_gaps()
            merge_at = float(np.quantile(inner, MERGE_QUANTILE)) if len(inner) else -1.0
            for label in gainers:
                self._test(label, shape, split_at, merge_at)

    def _recent(self) -> np.ndarray:
        before = self.previous.arrived if self.previous else {}
        return np.array(
            [new or name in before for name, new in zip(self.ids, self.is_new.tolist(), strict=True)],
            dtype=bool,
        )

    def _births_among_recent(self) -> None:
        """Recent records that are nearer to each other than to the clusters they joined found one of their own."""
        settled = np.array(
            [c is not None and c.born <= self.number - RECENT_NIGHTS for c in self.clusters] + [True]
        )
        recent = np.flatnonzero(self._recent() & settled[self.labels])
        if not self.is_new.any() or len(recent) < BIRTH_WEIGHT:
            return
        shape = self._shape()
        apart = float(np.quantile(neighbour_gaps(self.vectors, self.labels, shape), BIRTH_GAP))
        for group in groups_apart(self.vectors, self.weights, self.labels, recent, shape, apart):
            if self.is_new[group].any():
                drawn, parent = self._drawn_along(group, recent)
                self._found(np.union1d(group, drawn), "split" if parent else "born", parent)

    def _drawn_along(self, group: np.ndarray, recent: np.ndarray) -> tuple[np.ndarray, str | None]:
        """Old members of a group's main cluster that are nearer to the group: many of them mean that the cluster split."""
        nothing = np.zeros(0, dtype=np.int64)
        inside = self.labels[group][self.labels[group] >= 0]
        host = int(np.bincount(inside).argmax()) if 2 * len(inside) >= len(group) else -1
        living = self.clusters[host] if host >= 0 else None
        stay = np.setdiff1d(np.flatnonzero(self.labels == host), np.union1d(group, recent))
        if living is None or len(stay) < 3:
            return nothing, None
        rows = self.vectors[stay].astype(np.float64)
        rest = rows.sum(axis=0) - rows
        own = (rest * rows).sum(axis=1) / np.linalg.norm(rest, axis=1)
        centre = self.vectors[group].sum(axis=0, dtype=np.float64)
        drawn = stay[rows @ centre / np.linalg.norm(centre) > own]
        return (
            (drawn, living.id) if PART_SHARE * len(stay) <= len(drawn) <= len(stay) - 2 else (nothing, None)
        )

    def _inner_gaps(self) -> np.ndarray:
        groups = [m for m in members_of(self.labels, len(self.clusters)) if len(m) >= 6]
        sides = [(m, halves(self.vectors[m])) for m in groups]
        return np.array(
            [gap(self.vectors[m[s]], self.vectors[m[~s]]) for m, s in sides if 2 <= s.sum() <= len(m) - 2]
        )

    def _test(self, label: int, shape: Shape, split_at: float, merge_at: float) -> None:
        mine = np.flatnonzero(self.labels == label)
        living = self.clusters[label]
        if living is None or len(mine) < 2:
            return
        self.clusters[label] = replace(living, tested_size=len(mine))
        side = halves(self.vectors[mine])
        small = mine[side] if side.sum() <= len(mine) / 2 else mine[~side]
        big = np.setdiff1d(mine, small)
        apart = gap(self.vectors[small], self.vectors[big])
        if (
            len(small) >= max(3, PART_SHARE * len(mine))
            and apart >= split_at
            and apart - self._gap_before(small, big) >= MOVED
        ):
            self._found_part(small, living.id)
            return
        if apart >= 0.9 * split_at:
            return
        for other in np.argsort(-(shape.centroids @ shape.centroids[label]), kind="stable")[1:3]:
            if self._merge_if_close(label, int(other), merge_at):
                return

    def _found_part(self, members: np.ndarray, parent: str) -> None:
        """Part of a cluster leaves: it split, unless nearly all who leave have only just come."""
        if self._recent()[members].mean() >= NEARLY_ALL:
            self._found(members, "born", None)
        else:
            self._found(members, "split", parent)

    def _gap_before(self, left: np.ndarray, right: np.ndarray) -> float:
        """The gap between two groups without their recent records; 0 when one had none before."""
        recent = self._recent()
        left, right = left[~recent[left]], right[~recent[right]]
        return gap(self.vectors[left], self.vectors[right]) if len(left) and len(right) else 0.0

    def _merge_if_close(self, left: int, right: int, merge_at: float) -> bool:
        a, b = np.flatnonzero(self.labels == left), np.flatnonzero(self.labels == right)
        one, two = self.clusters[left], self.clusters[right]
        if min(len(a), len(b)) < 2 or one is None or two is None or left == right:
            return False
        now = gap(self.vectors[a], self.vectors[b])
        if now > merge_at or self._gap_before(a, b) - now < MOVED:
            return False
        mass = float(self.weights[a].sum()), float(self.weights[b].sum())
        left_stays = (mass[0], -one.born) >= (mass[1], -two.born)
        keep, gone = (left, right) if left_stays else (right, left)
        survivor, absorbed = (one, two) if left_stays else (two, one)
        self.labels[self.labels == gone] = keep
        self.events.append(Event("merged", absorbed.id, survivor.id, min(mass) / sum(mass)))
        self.clusters[keep] = replace(survivor, told_size=len(a) + len(b), tested_size=len(a) + len(b))
        self.clusters[gone] = None
        return True

    def _births_of_fit(self, fit: Clustering) -> None:
        for members in members_of(fit.labels, len(fit.stability)):
            loose = members[self.labels[members] < 0]
            new_mass = float(self.weights[loose].sum())
            if new_mass >= max(BIRTH_WEIGHT, MOSTLY * float(self.weights[members].sum())):
                label = self._found(loose, "born", None)
                self.stability[label] = float(fit.stability[fit.labels[members[0]]])

    def _splits_of_fit(self, fit: Clustering) -> None:
        split_at = float(np.quantile(neighbour_gaps(self.vectors, self.labels, self._shape()), 0.5))
        for label in self._gainers():
            living = self.clusters[label]
            mine = np.flatnonzero((self.labels == label) & (fit.labels >= 0))
            if living is None or len(mine) < 6:
                continue
            parts, counts = np.unique(fit.labels[mine], return_counts=True)
            order = np.lexsort((parts, -counts))[:2]
            if len(order) < 2 or counts[order[1]] < max(3, PART_SHARE * len(mine)):
                continue
            big, small = (mine[fit.labels[mine] == parts[i]] for i in order)
            own = (self.labels[fit.labels == parts[order[1]]] == label).mean()
            if own >= MOSTLY and gap(self.vectors[small], self.vectors[big]) >= split_at:
                self._found_part(small, living.id)

    def _mergers_of_fit(self, fit: Clustering) -> None:
        gainers = set(self._gainers())
        inner = self._inner_gaps() if gainers else np.zeros(0)
        merge_at = float(np.quantile(inner, MERGE_QUANTILE)) if len(inner) else -1.0
        for members in members_of(fit.labels, len(fit.stability)):
            held = self.labels[members]
            labels, counts = np.unique(held[held >= 0], return_counts=True)
            order = np.lexsort((labels, -counts))[:2]
            if len(order) == 2 and counts[order[1]] >= PART_SHARE * len(members):
                pair = [int(labels[i]) for i in order]
                if gainers & set(pair) and all(
                    counts[i] >= MOSTLY * (self.labels == labels[i]).sum() for i in order
                ):
                    self._merge_if_close(pair[0], pair[1], merge_at)

    def _take_fit(self, fit: Clustering) -> None:
        """Take the fit's groups as they are and give them the old ids by overlap (Hungarian, Jaccard ≥ SAME_JACCARD)."""
        old, before = self.labels, list(self.clusters)
        shared = self._overlap(old, fit.labels, len(before), len(fit.stability))
        matched = _pair(
            shared,
            np.bincount(old[(old >= 0)], minlength=len(before)),
            np.bincount(fit.labels[fit.labels >= 0], minlength=len(fit.stability)),
        )
        self.clusters, self.labels = [None] * len(fit.stability), fit.labels.copy()
        self.stability = {f: float(s) for f, s in enumerate(fit.stability)}
        for c, f in matched.items():
            self.clusters[f] = before[c]
        for f in range(len(fit.stability)):
            if self.clusters[f] is None:
                parent = self._main_parent(shared[:, f], before)
                self.parents[f] = ("split", parent) if parent else ("born", None)
        for c, living in enumerate(before):
            if living is not None and c not in matched:
                self._tell_end(living, shared[c])

    def _tell_end(self, living: LivingCluster, shared: np.ndarray) -> None:
        """What became of a cluster whose id no group of the new fit carries on."""
        target = (
            self.clusters[int(shared.argmax())]
            if shared.size and shared.max() >= MOSTLY * max(shared.sum(), 1)
            else None
        )
        if target is not None and shared.sum() > 0:
            self.events.append(Event("merged", living.id, target.id, float(shared.max() / shared.sum())))
        else:
            self.events.append(Event("died", living.id, None, 1.0))

    @staticmethod
    def _overlap(old: np.ndarray, new: np.ndarray, rows: int, columns: int) -> np.ndarray:
        both = (old >= 0) & (new >= 0)
        table = np.zeros((rows, columns))
        np.add.at(table, (old[both], new[both]), 1.0)
        return table

    @staticmethod
    def _main_parent(shared: np.ndarray, before: list[LivingCluster | None]) -> str | None:
        if not shared.size or shared.max() < MOSTLY * max(shared.sum(), 1):
            return None
        parent = before[int(shared.argmax())]
        return parent.id if parent else None

    def theme_groups(self, kept: list[int]) -> np.ndarray:
        """Theme of each kept cluster by its position, from the centres of today."""
        shape = self._shape()
        mass = np.bincount(
            self.labels[self.labels >= 0],
            weights=self.weights[self.labels >= 0],
            minlength=len(self.clusters),
        )
        return theme_of(shape.centroids[kept], mass[kept])


def _pair(shared: np.ndarray, old_size: np.ndarray, new_size: np.ndarray) -> dict[int, int]:
    from scipy.optimize import linear_sum_assignment

    if not shared.size:
        return {}
    union = old_size[:, None] + new_size[None, :] - shared
    jaccard = shared / np.maximum(union, 1)
    rows, columns = linear_sum_assignment(-jaccard)
    return {int(c): int(f) for c, f in zip(rows, columns, strict=True) if jaccard[c, f] >= SAME_JACCARD}
