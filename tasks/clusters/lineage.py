"""What became of the clusters overnight, told from two memberships alone (`tasks.clusters.living.Event` defines the kinds).

However a night came to its answer, by newcomers, signs of drift or a new fit, it is told here and nowhere else, so that
the events always explain the memberships that are filed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasks.clusters.living import Event

if TYPE_CHECKING:
    from collections.abc import Sequence

PART = 0.15  # share of a cluster's old records from which what left it is a part of it
MOVED = 0.25
MOSTLY = 0.6


def tell(
    was: np.ndarray, now: np.ndarray, is_recent: np.ndarray, old_ids: Sequence[str], new_ids: Sequence[str]
) -> list[Event]:
    """Events between yesterday's labels and today's of the same records (−1 = in none), except growth.

    `old_ids` names yesterday's labels, `new_ids` today's; records of today that yesterday did not have are −1 in `was`.
    A recent record that leaves the cluster it first joined, to found a new one, was no part of it.
    """
    table = flow(was, now, len(old_ids), len(new_ids))
    settled = np.where(is_recent, -1, was)
    parts = flow(settled, now, len(old_ids), len(new_ids))
    left = np.bincount(settled[settled >= 0], minlength=len(old_ids))  # yesterday's that are not erased
    lives = set(new_ids)
    knew = set(old_ids)
    events = []
    for place, name in enumerate(new_ids):
        if name not in knew:
            events.append(_beginning(name, parts[:, place], left, old_ids))
    for place, name in enumerate(old_ids):
        if name not in lives:
            events.append(_end(name, table[place], new_ids))
        else:
            events += _moves(name, parts[place], int(left[place]), new_ids, knew)
    return events


def flow(was: np.ndarray, now: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """How many records went from each old label to each new one."""
    both = (was >= 0) & (now >= 0)
    return np.bincount(was[both] * columns + now[both], minlength=rows * columns).reshape(rows, columns)


def _beginning(name: str, came: np.ndarray, left: np.ndarray, old_ids: Sequence[str]) -> Event:
    share = came / np.maximum(left, 1)
    if len(came) and came.max() >= 2 and share[came.argmax()] >= PART:
        return Event("split", old_ids[int(came.argmax())], name, float(share[came.argmax()]))
    return Event("born", None, name, 1.0)


def _end(name: str, went: np.ndarray, new_ids: Sequence[str]) -> Event:
    if len(went) and went.max() >= max(1, MOSTLY * went.sum()):
        return Event("merged", name, new_ids[int(went.argmax())], float(went.max() / went.sum()))
    return Event("died", name, None, 1.0)


def _moves(name: str, went: np.ndarray, left: int, new_ids: Sequence[str], knew: set[str]) -> list[Event]:
    goals = [
        g
        for g in np.flatnonzero(went >= max(2, MOVED * left)).tolist()
        if new_ids[g] != name and new_ids[g] in knew
    ]
    return [Event("moved", name, new_ids[g], float(went[g] / left)) for g in goals]
