"""The values a night of clusters is told in: a living cluster, how it was when last judged, and what became of one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Health:
    """A cluster's own measures when it was founded or last judged; change is told against these.

    All can be measured again from the records; they are kept because the records of then are not.
    """

    size: int  # records
    tightness: float  # mean cosine between two members
    nearness: float  # cosine from its centre to the nearest other centre
    inner: float  # gap between its two halves (`tasks.clusters.geometry.gap`)
    outer: float  # gap between it and the nearest other cluster


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
    health: Health


@dataclass(frozen=True)
class Event:
    """What became of a cluster between yesterday and today; a pure function of the two memberships.

    born    to a new id that no living cluster gave a part to; share 1.
    split   a new id took a part of cluster `from`; share of the old records of `from` that it took.
    merged  cluster `from` ended and most of its records are in `to`; share of its old records that are.
    moved   a quarter or more of `from`'s old records went over to `to`, and both live on; share of them.
    grown   the cluster has half as many records again as when it was last said to be born or grown; share gained.
    died    cluster `from` ended and its records are erased, or scattered; share 1.
    """

    kind: str
    from_id: str | None
    to_id: str | None
    share: float
