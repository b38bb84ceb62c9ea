"""The cluster step: one night of `tasks.identity.advance` over all live records, written as a cluster run.

A night without a new, changed or erased record does nothing and imports nothing heavy.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasks.embed import model_revision
from tasks.run import Degradation, Run, StepReport
from tasks.spread import Spread, here

if TYPE_CHECKING:
    from tasks.clusters.layout import Position
    from tasks.identity import State
    from tasks.settings import Settings
    from tasks.store import Store


def cluster_records(store: Store, *, run: Run, settings: Settings, spread: Spread = here) -> StepReport:
    """Advance the clusters by one night and file the cluster run, memberships, states, births and lineage."""
    model = settings.embedding_model
    revision = model_revision(model)
    count, fingerprint = store.rows(_fingerprint_query())[0]
    if _unchanged(store, fingerprint, model):
        return StepReport(step="cluster", in_count=count, skipped_count=count, details={"unchanged": True})
    records = store.step("cluster_input", {"model": model, "revision": revision})
    if records.height < count:
        raise ValueError(
            f"{count - records.height} records have no vector by {model}: the embed step must run first"
        )
    state = _advance(store, records, model, spread)
    places = _drawn(store, state, records)
    cluster_run_id = hashlib.sha256(f"{run.run_id}\0{fingerprint}".encode()).hexdigest()[:24]
    with store.transaction():
        _write(
            store,
            state,
            records=records,
            places=places,
            cluster_run_id=cluster_run_id,
            run=run,
            model=model,
            fingerprint=fingerprint,
        )
    return _report(state, count)


def _fingerprint_query() -> str:
    from tasks.store import sql_text

    return sql_text("steps", "cluster_fingerprint")


def _unchanged(store: Store, fingerprint: str, model: str) -> bool:
    last = store.rows("select params->>'fingerprint', model from core.latest_cluster_run")
    return bool(last) and last[0] == (fingerprint, model)


def _previous(store: Store, model: str) -> State | None:
    from tasks.identity import State

    rows = store.rows(
        "select state from core.cluster_run where model = ? order by created_at desc, cluster_run_id desc limit 1",
        [model],
    )
    return State.from_json(zlib.decompress(rows[0][0]).decode()) if rows else None


def _advance(store: Store, records: pl.DataFrame, model: str, spread: Spread) -> State:
    from tasks.identity import advance_spread

    return advance_spread(
        _previous(store, model),
        records["record_id"].to_list(),
        _matrix(records["vector"]),
        weights=records["weight"].to_numpy(),
        spread=spread,
    )


def _matrix(vectors: pl.Series) -> np.ndarray:
    """Lists of floats as (n, d) float32, taken from Arrow's buffer; (0, 384) for none."""
    if not len(vectors):
        return np.zeros((0, 384), dtype=np.float32)
    return vectors.cast(pl.Array(pl.Float32, len(vectors[0]))).to_numpy()


def _drawn(store: Store, state: State, records: pl.DataFrame) -> dict[str, Position]:
    """Where each record lies on the map, from where last night drew it."""
    from tasks.clusters.layout import layout

    before = store.rows(
        "select record_id, x, y from core.current_membership where x is not null and y is not null"
    )
    return layout(
        records["record_id"].to_list(),
        _matrix(records["vector"]),
        state.cluster_of,
        {rid: (x, y) for rid, x, y in before},
        refit=bool(state.params.get("refit")),
    )


def _write(
    store: Store,
    state: State,
    *,
    records: pl.DataFrame,
    places: dict[str, Position],
    cluster_run_id: str,
    run: Run,
    model: str,
    fingerprint: str,
) -> None:
    stamp = {"run_id": run.run_id, "created_at": run.now}
    is_refit = bool(state.params.get("refit"))
    store.append(
        "core.cluster_run",
        pl.DataFrame(
            [
                {
                    "cluster_run_id": cluster_run_id,
                    "model": model,
                    "record_count": records.height,
                    "is_refit": is_refit,
                    "params": json.dumps(
                        {**state.params, "fingerprint": fingerprint}, sort_keys=True, default=str
                    ),
                    "state": zlib.compress(state.to_json().encode()),
                }
                | stamp
            ]
        ),
    )
    store.append("core.membership", _memberships(state, records, places, cluster_run_id))
    _write_clusters(store, state, cluster_run_id=cluster_run_id, run=run)
    events = [
        {
            "cluster_run_id": cluster_run_id,
            "kind": e.kind,
            "from_cluster_id": e.from_id,
            "to_cluster_id": e.to_id,
            "share": float(e.share),
            "run_on": run.run_on,
            "created_at": run.now,
        }
        for e in state.events
    ]
    if events:
        store.append("core.lineage", pl.DataFrame(events, infer_schema_length=None))


def _memberships(
    state: State, records: pl.DataFrame, places: dict[str, Position], cluster_run_id: str
) -> pl.DataFrame:
    ids = records["record_id"].to_list()
    count = len(ids)
    return pl.DataFrame(
        {
            "cluster_run_id": pl.Series([cluster_run_id], dtype=pl.String).new_from_index(0, count),
            "record_id": records["record_id"],
            "cluster_id": pl.Series([state.cluster_of[rid] for rid in ids], dtype=pl.String),
            "probability": pl.Series([state.probability_of.get(rid, 0.0) for rid in ids], dtype=pl.Float64),
            "outlier_reason": pl.Series([state.outlier_reason_of.get(rid) for rid in ids], dtype=pl.String),
            "x": pl.Series([places[rid][0] for rid in ids], dtype=pl.Float64),
            "y": pl.Series([places[rid][1] for rid in ids], dtype=pl.Float64),
        }
    )


def _write_clusters(store: Store, state: State, *, cluster_run_id: str, run: Run) -> None:
    sizes = {
        row["cluster_id"]: row
        for row in store.step("cluster_people", {"cluster_run_id": cluster_run_id}).iter_rows(named=True)
    }
    known = {row[0] for row in store.rows("select cluster_id from core.cluster")}
    titles = dict(store.rows("select record_id, title_en from core.record"))
    states: list[dict[str, Any]] = []
    births: list[dict[str, Any]] = []
    for c in state.clusters:
        size = sizes[c.id]
        states.append(
            {
                "cluster_run_id": cluster_run_id,
                "cluster_id": c.id,
                "theme_id": c.theme,
                "stability": c.stability,
                "is_provisional": bool(c.provisional),
                "medoid_record_ids": list(c.medoids),
            }
            | {
                k: size[k]
                for k in ("record_count", "message_count", "wording_count", "people_count", "topic")
            }
        )
        if c.id not in known:
            births.append(
                {
                    "cluster_id": c.id,
                    "policy_key": policy_key(titles[c.medoids[0]], c.id),
                    "born_cluster_run_id": cluster_run_id,
                    "born_on": run.run_on,
                    "created_at": run.now,
                }
            )
    if states:
        store.append(
            "core.cluster_state",
            pl.DataFrame(states, schema_overrides={"theme_id": pl.String}, infer_schema_length=None),
        )
    if births:
        store.append("core.cluster", pl.DataFrame(births))


def policy_key(title: str, cluster_id: str) -> str:
    """A permalink: at most six words of the founding record's title and the tail of the id. Given once, kept for ever."""
    words = re.findall(r"[a-z0-9]+", title.lower())[:6]
    return "-".join([*words, cluster_id[-6:]])


def _report(state: State, count: int) -> StepReport:
    outliers = sum(c is None for c in state.cluster_of.values())
    provisional = sum(c.provisional for c in state.clusters)
    kinds: dict[str, int] = {}
    for event in state.events:
        kinds[event.kind] = kinds.get(event.kind, 0) + 1
    notes = (
        [Degradation("mostly_outliers", outliers, count, "see the map")]
        if count >= 30 and outliers * 2 > count
        else []
    )
    return StepReport(
        step="cluster",
        in_count=count,
        out_count=count,
        degradations=tuple(notes),
        details={
            "clusters": len(state.clusters),
            "outliers": outliers,
            "provisional": provisional,
            "events": kinds,
        },
    )
