"""Rows for people: what was spent, how the router did, which models there are, what is wrong with the routes.

Pure readings of the ledger and the data files; the CLI, the run report and the flow's artifacts show them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Literal

from tasks.errors import Misconfigured
from tasks.llm import ledger
from tasks.llm.catalogue import Catalogue, fitting_models, load_catalogue
from tasks.llm.outside import connect_claude, connect_compat
from tasks.llm.prices import Prices
from tasks.llm.router import Routes, load_routes, plan_route, routes_of
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
    for task in _tasks_of(routes, name):
        route = plan_route(task, name, routes, catalogue)
        for position, hop in enumerate(route.hops):
            rows.append(
                {"task": task, "position": position, "model": hop.model, "mode": hop.mode, "provider": hop.provider,
                 "data_class": route.data_class}
            )  # fmt: skip
    return rows


def check_routes(settings: Settings, *, reach: bool = False) -> list[dict[str, Any]]:
    """What is wrong with the routing: one row per problem with file, line and remedy; none when all is well.

    The chosen profile needs its keys and addresses too; with `reach`, its servers are asked whether they are there.
    """
    try:
        routes, catalogue = load_routes(settings.routes_file), load_catalogue(settings.models_file)
    except Misconfigured as error:
        return [{"where": "files", "line": None, "problem": str(error)}]
    problems = []
    for profile in sorted(routes.profile):
        for task in _tasks_of(routes, profile):
            problems += _check_chain(settings, routes, catalogue, profile, task)
    if not problems and settings.profile in routes.profile:
        problems = _check_access(settings, routes, catalogue, reach=reach)
    return problems


def _tasks_of(routes: Routes, profile: str) -> list[str]:
    if profile not in routes.profile:
        raise Misconfigured(
            f"routes.toml has no profile {profile!r}: known are {', '.join(sorted(routes.profile))}; set CW_PROFILE"
        )
    return [task for task in routes.profile[profile] if task != "about"]


def _check_chain(
    settings: Settings, routes: Routes, catalogue: Catalogue, profile: str, task: str
) -> list[dict[str, Any]]:
    where = f"profile.{profile}.{task}"
    from tasks.llm import offline

    prices, found = Prices(catalogue), []
    try:
        route = plan_route(task, profile, routes, catalogue)
        for hop in route.hops:
            if hop.mode == "offline" and task not in offline.ENGINE:
                raise Misconfigured(
                    f"[profile.{profile}] {task}: the offline engine has no such function; take a model, or drop the line"
                )
            prices.usd(
                hop.model, Usage(input=1, output=1), at=datetime.now(UTC), is_batch=hop.mode == "batch"
            )
    except Misconfigured as error:
        found.append({"where": where, "line": _line(settings, profile, task), "problem": str(error)})
    return found


def _line(settings: Settings, profile: str, task: str) -> str | None:
    """File and line where a chain is written: the operator's file first, since it wins."""
    own = settings.routes_file
    texts = [(own.name, own.read_text(encoding="utf-8"))] if own else []
    texts.append(("data/routes.toml", (files("data") / "routes.toml").read_text(encoding="utf-8")))
    for name, text in texts:
        table = ""
        for number, line in enumerate(text.splitlines(), start=1):
            stripped = line.strip()
            if stripped.startswith("["):
                table = stripped
            elif table == f"[profile.{profile}]" and stripped.split("=")[0].strip() == task:
                return f"{name}:{number}"
    return None


def _check_access(
    settings: Settings, routes: Routes, catalogue: Catalogue, *, reach: bool
) -> list[dict[str, Any]]:
    problems: list[dict[str, Any]] = []
    seen: set[tuple[str, str]] = set()
    for task in _tasks_of(routes, settings.profile):
        for hop in plan_route(task, settings.profile, routes, catalogue).hops:
            provider = catalogue.provider_of(hop.model)
            place = (hop.provider, hop.model if provider.own_hardware else "")
            if provider.kind == "offline" or place in seen:
                continue
            seen.add(place)
            problem = _unreachable(settings, catalogue, hop.model, provider.kind, reach=reach)
            if problem:
                problems.append({"where": f"provider.{hop.provider}", "line": None, "problem": problem})
    return problems


def _unreachable(
    settings: Settings, catalogue: Catalogue, model: str, kind: str, *, reach: bool
) -> str | None:
    from tasks.llm.faults import ProviderFault

    try:
        client = (
            connect_claude(settings, catalogue)
            if kind == "anthropic"
            else connect_compat(settings, catalogue, model)
        )
    except Misconfigured as error:
        return str(error)
    try:
        if reach:
            client.ping()
    except ProviderFault as fault:
        return f"{model}: the server does not answer as it should ({fault.detail}): check its address and key"
    finally:
        client.close()
    return None


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
