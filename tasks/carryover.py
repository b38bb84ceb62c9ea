"""Yesterday's clusters on today's records, as they take shape in the course of a night.

Members stay where they are. A night may only let a newcomer join, found a cluster, part one or join two; what decides
that is `tasks/joining.py` (newcomers), `tasks/regrouping.py` (signs of drift, looked at only where newcomers gather or a
cluster's own measures have changed) and `tasks/matching.py` (a new fit over everything).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.geometry import Shape, shape_of
from tasks.joining import join

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasks.living import Health, LivingCluster

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
        self, ids: Sequence[str], vectors: np.ndarray, weights: np.ndarray, before: Yesterday
    ) -> None:
        self.ids, self.vectors, self.weights, self.before = ids, vectors, weights, before
        place = {c.id: i for i, c in enumerate(before.clusters)}
        was = before.cluster_of
        self.living: list[LivingCluster | None] = list(before.clusters)  # None: founded tonight
        self.is_new = np.array([r not in was for r in ids], dtype=bool)
        self.labels = np.array([place.get(was.get(r) or "", -1) for r in ids], dtype=np.int64)
        self.was = self.labels.copy()
        came = np.array([before.arrived.get(r, LONG_AGO) for r in ids], dtype=np.int64)
        self.is_recent = self.is_new | (came > before.number - RECENT_NIGHTS)
        self.is_since_fit = self.is_new | (came > before.fitted)
        self.regrouped: set[int] = set()  # labels that tonight's records have parted or founded
        self._shape: Shape | None = None

    @property
    def shape(self) -> Shape:
        """The clusters as they are now; measured again after a change."""
        if self._shape is None:
            self._shape = shape_of(self.vectors, self.labels, self.weights, len(self.living))
        return self._shape

    def assign(self, rows: np.ndarray, label: np.ndarray | int) -> None:
        self.labels[rows] = label
        self._shape = None

    def found(self, rows: np.ndarray) -> int:
        """A new cluster of these records."""
        self.living.append(None)
        self.assign(rows, len(self.living) - 1)
        return len(self.living) - 1

    def join_newcomers(self) -> None:
        """New records that are in no cluster join those they belong to."""
        loose = np.flatnonzero(self.is_new & (self.labels < 0))
        if len(loose) and self.shape.sizes.any():
            self.assign(loose, join(self.vectors, self.labels, loose, self.shape))

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
        came = self.before.arrived
        return {
            name: self.before.number if new else came[name]
            for name, new in zip(self.ids, self.is_new.tolist(), strict=True)
            if new or came.get(name, since) > since
        }
