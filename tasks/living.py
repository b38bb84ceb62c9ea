"""The values a night of clusters is told in: a living cluster, and what became of one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LivingCluster:
    """A cluster on one night."""

    id: str
    born: int  # the night (0 = first) it was founded
    theme: str
    stability: float
    provisional: bool
    medoids: tuple[str, ...]  # the record ids nearest to its centre, nearest first
    told_size: int  # its records when it was last said to be born or grown
    tested_size: int  # its records when it was last tested for a split or a merger


@dataclass(frozen=True)
class Event:
    """What became of a cluster: born, grown, split, merged, died or moved; `share` of the members concerned."""

    kind: str
    from_id: str | None
    to_id: str | None
    share: float
