"""The ledger: requests, replies and verdicts in bulk frames, and the history of asks. Intents are in `intents.py`.

Each function is one transaction at most. No prompt is ever stored, only the redacted inputs it was filled with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
import polars as pl

from tasks.llm.moves import Node
from tasks.llm.types import Reply, Request, Route
from tasks.run import Run
from tasks.store import Store

Schema = dict[str, pl.DataType | type[pl.DataType]]
_UTC = pl.Datetime("us", "UTC")
_REQUEST: Schema = {
    "request_key": pl.String, "ask_key": pl.String, "subject_id": pl.String, "turn": pl.String,
    "params": pl.String, "inputs": pl.String, "repair_of": pl.String, "repair_reasons": pl.List(pl.String),
    "route_position": pl.Int32, "round": pl.Int32, "provider": pl.String, "model": pl.String, "mode": pl.String,
    "prompt_version": pl.String, "schema_version": pl.String,
    "estimated_input_tokens": pl.Int64, "estimated_output_tokens": pl.Int64,
    "estimated_usd": pl.Float64, "worst_usd": pl.Float64,
}  # fmt: skip
_REPLY: Schema = {
    "request_key": pl.String, "attempt": pl.Int32, "intent_id": pl.String, "outcome": pl.String, "detail": pl.String,
    "provider": pl.String, "model": pl.String, "backend": pl.String, "provider_request_id": pl.String,
    "batch_id": pl.String, "is_batch": pl.Boolean, "stop_reason": pl.String, "input_tokens": pl.Int64,
    "cached_tokens": pl.Int64, "cache_write_tokens": pl.Int64, "output_tokens": pl.Int64, "price_source": pl.String,
    "cost_usd": pl.Float64, "latency_ms": pl.Float64, "is_json_repaired": pl.Boolean, "raw": pl.String,
    "value": pl.String, "reasons": pl.List(pl.String),
}  # fmt: skip


def want(store: Store, ask_keys: Iterable[str]) -> None:
    """Put ask keys where the named queries look for them (a temporary table of this connection)."""
    store.execute("create or replace temp table wanted (ask_key varchar)")
    store.append("temp.wanted", pl.DataFrame({"ask_key": list(ask_keys)}, schema={"ask_key": pl.String}))


_UNANSWERED = "q.inputs is null and not exists (from llm.reply as p where p.request_key = q.request_key and p.outcome = 'ok')"
_RESTORED: Schema = {"ask_key": pl.String, "inputs": pl.String}


def read_histories(store: Store, ask_keys: Sequence[str]) -> dict[str, dict[str, Node]]:
    """ask key → request key → node, for the asks the ledger knows."""
    want(store, ask_keys)
    histories: dict[str, dict[str, Node]] = defaultdict(dict)
    for row in store.step("llm_history").iter_rows():
        (
            ask,
            key,
            position,
            outcome,
            attempt,
            value,
            text,
            reasons,
            detail,
            provider,
            model,
            cost,
            transient,
            is_open,
            verdict,
        ) = row
        histories[ask][key] = Node(
            key, outcome, attempt, is_open, value, text, tuple(reasons or ()), detail, provider or "", model or "", cost or 0.0,
            tuple(verdict or ()), transient or 0, position,
        )  # fmt: skip
    return histories


def read_rounds(store: Store) -> dict[str, int]:
    """How often each ask has been re-opened; asks never re-opened are absent."""
    return dict(store.rows("select ask_key, count(*) from llm.reopening group by ask_key"))


def known_requests(store: Store, keys: Sequence[str]) -> set[str]:
    """Which of these request keys have a row already."""
    store.execute("create or replace temp table wanted_request (request_key varchar)")
    store.append(
        "temp.wanted_request", pl.DataFrame({"request_key": list(keys)}, schema={"request_key": pl.String})
    )
    rows = store.rows("select request_key from llm.request semi join temp.wanted_request using (request_key)")
    return {row[0] for row in rows}


def append_requests(store: Store, requests: Sequence[Request], *, run: Run) -> int:
    """Store request rows that are not there yet; the whole route is stamped on each."""
    known = known_requests(store, [r.request_key for r in requests])
    fresh = [r for r in requests if r.request_key not in known]
    if not fresh:
        return 0
    route = fresh[0].route
    params = _Memo()
    frame = pl.DataFrame([_request_row(r, params) for r in fresh], schema=_REQUEST, orient="row")
    constants = {
        "task": route.task,
        "data_class": route.data_class,
        "route": route_json(route),
        "run_id": run.run_id,
    }
    return store.append("llm.request", _with(frame, constants, run))


def _request_row(r: Request, params: _Memo) -> tuple[Any, ...]:
    hop = r.route.hops[r.position]
    return (
        r.request_key, r.ask_key, r.subject_id, r.turn, params.dump(r.params), r.inputs_json, r.repair_of,
        list(r.repair_reasons), r.position, r.round, hop.provider, hop.model, hop.mode, r.prompt_version, r.schema_version,
        r.input_tokens, r.output_tokens, r.estimated_usd, r.worst_usd,
    )  # fmt: skip


def has_erased_unanswered(store: Store, task: str) -> bool:
    """Whether a request of the task was erased before it had an answer that could be used."""
    return bool(
        store.value(f"select exists (from llm.request as q where q.task = ? and {_UNANSWERED})", [task])
    )


def restore_inputs(store: Store, inputs: Mapping[str, str]) -> None:
    """Somebody living says the words of erased requests (ask key → inputs as JSON): what is still to come of those is kept again.

    Else the answer that is on its way, or that another try brings, would be paid for and dropped.
    """
    frame = pl.DataFrame({"ask_key": list(inputs), "inputs": list(inputs.values())}, schema=_RESTORED)
    store.execute("create or replace temp table restored (ask_key varchar, inputs varchar)")
    store.append("temp.restored", frame)
    store.execute(
        f"update llm.request as q set inputs = r.inputs from temp.restored as r where r.ask_key = q.ask_key and {_UNANSWERED}"  # noqa: S608
    )
    store.execute("drop table temp.restored")


def append_replies(store: Store, replies: Sequence[Reply], *, run: Run) -> int:
    """File answers; of one to a question that was erased while it was on its way, only what it cost."""
    frame = pl.DataFrame([_reply_row(r) for r in replies], schema=_REPLY, orient="row")
    erased = [key for (key,) in store.rows("select request_key from llm.request where inputs is null")]
    if erased:
        is_erased = pl.col("request_key").is_in(erased)
        words = (pl.when(~is_erased).then(pl.col(name)).alias(name) for name in ("raw", "value"))
        frame = frame.with_columns(
            *words, pl.when(is_erased).then([]).otherwise(pl.col("reasons")).alias("reasons")
        )
    return store.append("llm.reply", _with(frame, {"run_id": run.run_id}, run))


def _reply_row(r: Reply) -> tuple[Any, ...]:
    u = r.usage
    return (
        r.request_key, r.attempt, r.intent_id, r.outcome, r.detail, r.provider, r.model, r.backend, r.provider_request_id,
        r.batch_id, r.is_batch, r.stop_reason, u.input, u.cached, u.cache_write, u.output, r.price_source,
        r.cost_usd, r.latency_ms, r.is_json_repaired, r.raw, r.value_json, list(r.reasons),
    )  # fmt: skip


def append_verdicts(store: Store, turned_down: Mapping[tuple[str, int], Sequence[str]], *, run: Run) -> int:
    """File what callers' checks turned down: (request key, attempt) → reasons."""
    rows = [(key, attempt, list(reasons)) for (key, attempt), reasons in turned_down.items()]
    schema: Schema = {"request_key": pl.String, "attempt": pl.Int32, "reasons": pl.List(pl.String)}
    return store.append(
        "llm.verdict", _with(pl.DataFrame(rows, schema=schema, orient="row"), {"run_id": run.run_id}, run)
    )


def append_reopenings(store: Store, ask_keys: Sequence[str], *, run: Run) -> int:
    """Start a new round for these asks: whatever was tried before no longer counts against them."""
    frame = pl.DataFrame({"ask_key": list(ask_keys)}, schema={"ask_key": pl.String})
    return store.append("llm.reopening", _with(frame, {"run_id": run.run_id}, run))


def route_json(route: Route) -> str:
    """The chain as it is stamped on a request row."""
    hops = [
        {"provider": h.provider, "model": h.model, "mode": h.mode, "params": dict(h.params)}
        for h in route.hops
    ]
    return orjson.dumps({"profile": route.profile, "hops": hops}, option=orjson.OPT_SORT_KEYS).decode()


def _with(frame: pl.DataFrame, constants: Mapping[str, str], run: Run) -> pl.DataFrame:
    columns = [pl.lit(value).alias(name) for name, value in constants.items()]
    return frame.with_columns(*columns, pl.lit(run.now).cast(_UTC).alias("created_at"))


class _Memo:
    """JSON of parameter mappings, which are few and shared by many requests."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[Mapping[str, Any], str]] = {}

    def dump(self, params: Mapping[str, Any]) -> str:
        found = self._seen.get(id(params))
        if found is None:
            found = (params, orjson.dumps(params, option=orjson.OPT_SORT_KEYS).decode())
            self._seen[id(params)] = found
        return found[1]
