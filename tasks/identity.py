"""One night of clusters: who belongs where, under names that last.

Every night: erased records leave; living clusters keep their members; new records join the cluster that their nearest
neighbours belong to, when they are as near as its own members are (`joining`); where newcomers gather or a cluster has
changed, signs of a birth, a split or a merger are looked for (`regrouping`); when the week is over, the records have grown
or newcomers have changed a cluster's nature, or on demand, everything is fitted anew and the fit is matched with what
lives (`matching`). What happened is told from the two memberships (`lineage`). Ids come from the founding records, never
from time or chance, and are never used twice.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from operator import lt
from typing import TYPE_CHECKING, Any

import numpy as np

from tasks.cluster import PROVISIONAL_RECORDS, Clustering, cluster_by_sample
from tasks.clusters.carryover import Night, Yesterday
from tasks.clusters.drift_signs import has_drifted
from tasks.clusters.living import Event, Health, LivingCluster
from tasks.clusters.matching import hear_fit, take_fit
from tasks.clusters.naming import name_clusters, outlier_reasons, probabilities
from tasks.clusters.neighbours import checked_weights, one_blas_thread, unit_rows
from tasks.clusters.regrouping import regroup
from tasks.clusters.traces import pack, trace_of, unpack, who_changed
from tasks.errors import BadInput
from tasks.spread import Spread, here

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

REFIT_NIGHTS = 7
REFIT_GROWTH = 0.25  # new records since the last fit, of the records then
OUTGROWN = 2  # times the records of the last fit, from which the new fit is taken as it is


@dataclass(frozen=True)
class State:
    """All that the next night needs, and what this one found; plain values, written and read without loss."""

    cluster_of: dict[str, str | None]
    probability_of: dict[str, float]
    outlier_reason_of: dict[str, str | None]
    clusters: tuple[LivingCluster, ...]
    events: tuple[Event, ...]
    used_ids: tuple[str, ...]  # every id ever given
    arrived: dict[str, int]  # the night each record came that is recent or newer than the last fit
    night: int
    fitted_night: int
    fitted_count: int
    new_since_fit: int
    dimension: int
    params: dict[str, Any] = field(default_factory=dict)
    traces: str = ""  # of every record's vector, ascending by id (tasks/clusters/traces.py)

    def to_json(self) -> str:
        """The state as text, the same bytes for the same state."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> State:
        """What `to_json` wrote.

        Raises:
            BadInput: the text is no state.
        """
        try:
            raw = json.loads(text)
            raw["clusters"] = tuple(
                LivingCluster(**c | {"medoids": tuple(c["medoids"]), "health": Health(**c["health"])})
                for c in raw["clusters"]
            )
            raw["events"] = tuple(Event(**e) for e in raw["events"])
            raw["used_ids"] = tuple(raw["used_ids"])
            state = cls(**raw)
            if len(unpack(state.traces)) not in (0, len(state.cluster_of)):
                raise ValueError("its traces are not its records'")
            return state
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(
                f"the stored cluster state cannot be read ({error}): start anew with a full refit"
            ) from error


def advance(
    previous: State | None,
    record_ids: Sequence[str],
    vectors: np.ndarray,
    *,
    seed: int = 0,
    weights: np.ndarray | None = None,
    refit: bool = False,
) -> State:
    """One night over all live records, in any order: new ones have appeared, erased ones are gone.

    A record whose vector is another than last night's stays in its cluster if it is still like it; otherwise it is one that
    was erased and came anew under the same id.

    Raises:
        BadInput: ids given twice, a vector that is not finite or zero (named by record), or of another length than
            yesterday's (another model: embed everything again, start a new state).
    """
    return advance_spread(previous, record_ids, vectors, seed=seed, weights=weights, refit=refit)


def advance_spread(
    previous: State | None,
    record_ids: Sequence[str],
    vectors: np.ndarray,
    *,
    seed: int = 0,
    weights: np.ndarray | None = None,
    refit: bool = False,
    spread: Spread = here,
) -> State:
    """As `advance`, the same to the byte; the pieces of a fit are done as `spread` does them.

    Raises:
        BadInput: as `advance`.
    """
    # the same sums on any machine; and a second thread costs a night more than it saves
    with one_blas_thread():
        ids, table, heavy = _checked(previous, record_ids, vectors, weights)
        traces = trace_of(table)
        changed = _changed(previous, ids, traces)
        if previous is not None and not refit and not changed and set(ids) == previous.cluster_of.keys():
            return replace(
                previous, events=(), night=previous.night + 1, params=previous.params | {"refit": False}
            )
        before = _yesterday(previous)
        night = Night(ids, table, heavy, before, changed)
        fit = None
        fitted: dict[int, float] = {}
        night.join_newcomers()
        if previous is None or not previous.clusters or refit or _refit_due(previous, night):
            fit = cluster_by_sample(night.vectors, seed=seed, weights=night.weights, spread=spread)
            if previous is None or _is_outgrown(previous, len(ids)):
                fitted = take_fit(night, fit)
            else:
                regroup(night)
                fitted = hear_fit(night, fit)
        else:
            regroup(night)
        return replace(_close(night, previous, fit, fitted), traces=pack(traces))


def _changed(previous: State | None, ids: list[str], traces: np.ndarray) -> frozenset[str]:
    """The records of both nights whose text has changed in between."""
    if previous is None or not previous.traces or not len(ids):
        return frozenset()
    return who_changed(sorted(previous.cluster_of), unpack(previous.traces), ids, traces)


def _yesterday(previous: State | None) -> Yesterday:
    if previous is None:
        return Yesterday((), {}, {}, 0, 0, is_first=True)
    return Yesterday(
        previous.clusters,
        previous.cluster_of,
        previous.arrived,
        previous.night + 1,
        previous.fitted_night,
        is_first=False,
    )


def _checked(
    previous: State | None,
    record_ids: Sequence[str],
    vectors: ArrayLike,
    weights: ArrayLike | None,
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The night's records ascending by id, their unit vectors and weights."""
    given = list(record_ids)
    strange = [kind.__name__ for kind in set(map(type, given)) if not issubclass(kind, str)]
    if strange:
        raise BadInput(f"record ids must be text, not {min(strange)}")
    ascending = all(map(lt, given, given[1:]))
    if not ascending and len(set(given)) != len(given):
        twice = next(r for r, count in Counter(given).items() if count > 1)
        raise BadInput(f"record {twice} is given twice: a night takes every live record once")
    rows = None if ascending else np.array(sorted(range(len(given)), key=given.__getitem__))
    table = unit_rows(vectors, names=given, order=rows)
    if previous is not None and len(table) and previous.dimension not in (0, table.shape[1]):
        raise BadInput(
            f"vectors have {table.shape[1]} columns, yesterday's had {previous.dimension}: two models cannot be mixed; "
            "embed everything with one model and start a new state"
        )
    heavy = checked_weights(weights, len(table))
    if rows is None:
        return given, table, heavy
    return [given[row] for row in rows.tolist()], table, heavy[rows]


def _refit_due(previous: State, night: Night) -> bool:
    """A week has passed with something new in it, a quarter has been added since the last fit, or newcomers gather."""
    new = previous.new_since_fit + int(night.is_new.sum())
    week = night.before.number - previous.fitted_night >= REFIT_NIGHTS
    return (week and new > 0) or new > REFIT_GROWTH * max(previous.fitted_count, 20) or has_drifted(night)


def _is_outgrown(previous: State, count: int) -> bool:
    """Whether the last fit saw so little that it binds nobody: a handful of records, or half of today's."""
    return (
        not previous.clusters
        or previous.fitted_count <= PROVISIONAL_RECORDS
        or count >= OUTGROWN * previous.fitted_count
    )


def _close(night: Night, previous: State | None, fit: Clustering | None, fitted: dict[int, float]) -> State:
    """Turn the night's labels into the state that is filed."""
    used = set(previous.used_ids) if previous else set()
    named = name_clusters(night, used, fitted, refitted=fit is not None)
    new = int(night.is_new.sum())
    ids = [c.id for c in named.clusters]
    chance = probabilities(night, previous.probability_of if previous else {}, fit)
    fitted_night = night.before.number if fit is not None or previous is None else previous.fitted_night
    params = dict(fit.params) if fit is not None else dict(previous.params) if previous else {}
    return State(
        cluster_of=dict(zip(night.ids, map([*ids, None].__getitem__, named.labels.tolist()), strict=True)),
        probability_of=dict(zip(night.ids, chance.tolist(), strict=True)),
        outlier_reason_of=outlier_reasons(night, previous.outlier_reason_of if previous else {}, fit),
        clusters=named.clusters,
        events=named.events,
        used_ids=tuple(sorted(used)),
        arrived=night.arrivals(fitted_night),
        night=night.before.number,
        fitted_night=fitted_night,
        fitted_count=len(night.ids) if fit is not None or previous is None else previous.fitted_count,
        new_since_fit=0 if fit is not None or previous is None else previous.new_since_fit + new,
        dimension=night.vectors.shape[1] if len(night.ids) else (previous.dimension if previous else 0),
        params=params | {"refit": fit is not None},
    )
