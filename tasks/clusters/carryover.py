"""Yesterday's clusters on today's records, as they take shape in the course of a night.

Members stay where they are. A night may only let a newcomer join, found a cluster, part one or join two; what decides
that is `tasks/clusters/joining.py` (newcomers), `tasks/clusters/regrouping.py` (signs of drift, looked at only where newcomers gather or a
cluster's own measures have changed) and `tasks/clusters/matching.py` (a new fit over everything).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from tasks.clusters.geometry import Shape, shape_of
from tasks.clusters.joining import join, still_belongs, twins_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tasks.clusters.living import Health, LivingCluster

ABSENT = ""  # no cluster's id: where a record was that last night did not know
LONG_AGO = -1_000_000  # a night before all others
RECENT_NIGHTS = 3  # newcomers of so many nights can found a cluster together


@dataclass(frozen=True)
class Yesterday:
    """What a night needs to know of the one before."""

    clusters: tuple[LivingCluster, ...]
    cluster_of: Mapping[str, str | None]
    arrived: Mapping[str, int]  # the night each record came that is recent or new since the last fit
    number: int  # of tonight
    fitted: int  # the night of the last fit
    is_first: bool


class Night:
    """The records of one night, ascending by id, and their labels: positions in `living`, −1 = in none."""

    def __init__(
        self,
        ids: Sequence[str],
        vectors: np.ndarray,
        weights: np.ndarray,
        before: Yesterday,
        changed: Collection[str] = (),
    ) -> None:
        self.ids, self.vectors, self.weights, self.before = ids, vectors, weights, before
        place: dict[str | None, int] = {c.id: i for i, c in enumerate(before.clusters)}
        place[ABSENT] = -2
        self.living: list[LivingCluster | None] = list(before.clusters)  # None: founded tonight
        # mapped, not comprehended: a night of a million records does little else
        homes = map(before.cluster_of.get, ids, repeat(ABSENT))
        self.labels = np.fromiter(map(place.get, homes, repeat(-1)), np.int64, count=len(ids))
        self.is_new = self.labels == place[ABSENT]
        self.labels[self.is_new] = -1
        self.is_changed = np.fromiter(map(changed.__contains__, ids), dtype=bool, count=len(ids))
        self.regrouped: set[int] = set()  # labels that tonight's records have parted or founded
        self._shape: Shape | None = None
        self._stale: set[int] = set()  # labels assigned or taken away since it was measured
        self._twins: np.ndarray | None = None  # of all rows; looked for once a night
        self._loosen(np.flatnonzero(self.is_changed))
        self.was = self.labels.copy()
        came = np.fromiter(map(before.arrived.get, ids, repeat(LONG_AGO)), np.int64, count=len(ids))
        self.came = np.where(
            self.is_new, before.number, came
        )  # the night each came, LONG_AGO when it is long ago
        self.is_recent = self.came > before.number - RECENT_NIGHTS
        self.is_since_fit = self.is_new | (self.came > before.fitted)

    @property
    def shape(self) -> Shape:
        """The clusters as they are now; those that have changed are measured again."""
        if self._shape is None or self._stale or len(self._shape.mass) != len(self.living):
            self._shape = shape_of(
                self.vectors,
                self.labels,
                self.weights,
                len(self.living),
                before=self._shape,
                changed=self._stale,
            )
            self._stale = set()
        return self._shape

    def assign(self, rows: np.ndarray, label: np.ndarray | int) -> None:
        self._stale.update(np.unique(self.labels[rows]).tolist(), np.unique(label).tolist())
        self.labels[rows] = label

    def found(self, rows: np.ndarray) -> int:
        """A new cluster of these records."""
        self.living.append(None)
        self.assign(rows, len(self.living) - 1)
        return len(self.living) - 1

    def _loosen(self, changed: np.ndarray) -> None:
        """Rows whose text has changed stay where they still belong; the others are as if they came tonight."""
        inside = changed[self.labels[changed] >= 0]
        if len(inside):
            twins = twins_of(self.vectors, inside)
            shares = (twins < 0) | (self.labels[twins] == self.labels[inside])
            self.assign(inside[~(shares & still_belongs(self, inside))], -1)
        self.is_new[changed[self.labels[changed] < 0]] = True

    def part(self, label: int, rows: np.ndarray, leaves: np.ndarray) -> None:
        """Cluster `label` is `rows` without those that leave and found their own."""
        self.assign(rows, label)
        self.found(leaves)
        self.regrouped.add(label)

    def join_newcomers(self) -> None:
        """New records that are in no cluster join those they belong to."""
        loose = np.flatnonzero(self.is_new & (self.labels < 0))
        if not len(loose) or not self.shape.sizes.any():
            return
        if self._twins is None:
            self._twins = np.full(len(self.ids), -1, dtype=np.int64)
            self._twins[loose] = twins_of(self.vectors, loose)
        self.assign(loose, join(self.vectors, self.labels, loose, self._twins[loose], self.shape))

    def rows_of(self, label: int) -> np.ndarray:
        return np.flatnonzero(self.labels == label)

    def is_settled(self, label: int) -> bool:
        """Whether a cluster was there, as it is, before the records that now count as recent."""
        cluster = self.living[label]
        if cluster is None or label in self.regrouped:
            return False
        return cluster.born == 0 or cluster.born <= self.before.number - RECENT_NIGHTS

    def health_of(self, label: int) -> Health | None:
        cluster = self.living[label]
        return cluster.health if cluster else None

    def bury(self) -> None:
        """A cluster without two records or three people is no more; what is left of it is loose."""
        shape = self.shape
        gone = np.flatnonzero((shape.sizes < 2) & (shape.mass < 3))
        left = np.isin(self.labels, gone)
        if left.any():
            self.assign(left, -1)

    def arrivals(self, fitted: int) -> dict[str, int]:
        """The night each record came that is recent or newer than the last fit; none on the first night, all being new."""
        if self.before.is_first:
            return {}
        since = min(self.before.number - RECENT_NIGHTS, fitted)
        return {self.ids[row]: int(self.came[row]) for row in np.flatnonzero(self.came > since).tolist()}
