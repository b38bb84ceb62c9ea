"""Rows for people: what was spent, how the router did, which models there are. What is wrong with the routes: `checking.py`.

Pure readings of the ledger and the data files; the CLI, the run report and the flow's artifacts show them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from tasks.errors import Misconfigured
from tasks.llm import ledger
from tasks.llm.catalogue import fitting_models, load_catalogue
from tasks.llm.prices import Prices
from tasks.llm.router import plan_route, routes_of, tasks_of
from tasks.llm.types import Usage
from tasks.run import Run
from tasks.settings import Settings
from tasks.store import Store


def spend_by(store: Store, by: Literal["task", "model", "day"] = "task") -> list[dict[str, Any]]:
    """Calls, tokens and dollars; `error` is how far the estimate was off, as a share of what was charged."""
    if by not in ("task", "model", "day"):
        raise Misconfigured(f"costs by {by!r}: choose task, model or day")
    rows = [{by: row.pop("name"), **row} for row in store.step("llm_spend", {"by": by}).to_dicts()]
    for row in rows:
        row["error"] = (row["estimated_usd"] - row["cost_usd"]) / row["cost_usd"] if row["cost_usd"] else None
    return rows


def router_metrics(store: Store, run_id: str) -> list[dict[str, Any]]:
    """Per task and model of one run: share, fallbacks, repairs, refusals, latency percentiles, tokens, dollars."""
    return store.step("llm_metrics", {"run_id": run_id}).to_dicts()


def list_models(
    settings: Settings, *, vram_gb: float | None = None, ram_gb: float | None = None
) -> list[dict[str, Any]]:
    """The catalogue; with a limit, what fits this hardware at 4 bit."""
    return fitting_models(load_catalogue(settings.models_file), vram_gb=vram_gb, ram_gb=ram_gb)


def list_routes(settings: Settings, profile: str | None = None) -> list[dict[str, Any]]:
    """The chains of a profile, hop by hop."""
    name = profile or settings.profile
    catalogue = load_catalogue(settings.models_file)
    routes = routes_of(settings, catalogue, profile=name)
    rows = []
    for task in tasks_of(routes, name):
        route = plan_route(task, name, routes, catalogue)
        for position, hop in enumerate(route.hops):
            rows.append(
                {"task": task, "position": position, "model": hop.model, "mode": hop.mode, "provider": hop.provider,
                 "data_class": route.data_class}
            )  # fmt: skip
    return rows


def reopen(store: Store, task: str, subject_ids: Sequence[str], *, run: Run) -> int:
    """Give dead asks another round (`cw quarantine retry`): their next `complete` sends them afresh.

    `subject_ids` are the ids the caller asked about; returns how many asks were re-opened.
    """
    rows = store.rows(
        "select distinct ask_key from llm.request where task = $task and list_contains($ids, subject_id)",
        {"task": task, "ids": list(subject_ids)},
    )
    return ledger.append_reopenings(store, [row[0] for row in rows], run=run)


def price_list(settings: Settings, *, at: datetime) -> list[dict[str, Any]]:
    """USD per million tokens of every model a profile may use, at one instant."""
    catalogue = load_catalogue(settings.models_file)
    prices, rows = Prices(catalogue), []
    for name, model in catalogue.model.items():
        if model.price == "free":
            continue
        for is_batch in (False, True) if "batch" in model.modes else (False,):
            cost = [
                1e6 * prices.usd(name, usage, at=at, is_batch=is_batch) / 1000
                for usage in (Usage(input=1000), Usage(cached=1000), Usage(output=1000))
            ]
            rows.append(
                {"model": name, "batch": is_batch, "input": cost[0], "cached": cost[1], "output": cost[2]}
            )
    return rows
