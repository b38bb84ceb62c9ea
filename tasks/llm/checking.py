"""What is wrong with the two data files of the LLM layer, before a night finds out: one row per problem, with line and remedy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tasks.errors import Misconfigured
from tasks.llm.catalogue import Catalogue, Model, load_catalogue
from tasks.llm.datafiles import line_of
from tasks.llm.outside import connect_claude, connect_compat
from tasks.llm.prices import Prices
from tasks.llm.router import Routes, load_routes, plan_route, routes_of, tasks_of
from tasks.llm.types import TASK_CLASS, Usage
from tasks.settings import Settings

NIGHT = ("canonicalize", "summarise", "position", "plan", "message")  # what a night asks for


def check_routes(settings: Settings, *, reach: bool = False) -> list[dict[str, Any]]:
    """What is wrong with the routing: one row per problem with file, line and remedy; none when all is well.

    The chosen profile needs its keys and addresses too; with `reach`, its servers are asked whether they are there.
    """
    try:
        routes, catalogue = load_routes(settings.routes_file), load_catalogue(settings.models_file)
    except Misconfigured as error:
        return [{"where": "files", "line": None, "problem": str(error)}]
    problems = [
        _problem(path, problem, settings, "models.toml") for path, problem in _of_catalogue(catalogue)
    ]
    problems += [
        _problem(path, problem, settings, "routes.toml") for path, problem in _of_tables(routes, catalogue)
    ]
    if problems:
        return problems  # chains are read with what these tables say
    for profile in sorted(routes.profile):
        for task in tasks_of(routes, profile):
            if why := _of_chain(routes, catalogue, profile, task):
                problems.append(_problem(("profile", profile, task), why, settings, "routes.toml"))
    if not problems and settings.profile in routes.profile:
        problems = _of_access(
            routes_of(settings, catalogue, profile=settings.profile), settings, catalogue, reach=reach
        )
    return problems


def _problem(path: tuple[str, ...], problem: str, settings: Settings, name: str) -> dict[str, Any]:
    overlay = settings.routes_file if name == "routes.toml" else settings.models_file
    return {"where": ".".join(path), "line": line_of(path, name, overlay), "problem": problem}


def _of_catalogue(catalogue: Catalogue) -> Iterator[tuple[tuple[str, ...], str]]:
    """Names that lead nowhere, and prices that nobody knows, of every model and provider, routed or not."""
    for name, provider in catalogue.provider.items():
        for use in ("key", "url"):
            field = getattr(provider, use)
            if field is not None and field not in Settings.model_fields:
                yield (
                    ("provider", name, use),
                    f"{field!r} is no setting: name one such as 'local_{use}', 'host_{use}'",
                )
        if provider.kind == "openai" and provider.quirks not in catalogue.quirks:
            yield ("provider", name, "quirks"), _unknown("quirk profile", provider.quirks, catalogue.quirks)
    prices = Prices(catalogue)
    for name, model in catalogue.model.items():
        path = ("model", name)
        if model.provider not in catalogue.provider:
            yield (*path, "provider"), _unknown("provider", model.provider, catalogue.provider)
        elif model.quirks is not None and model.quirks not in catalogue.quirks:
            yield (*path, "quirks"), _unknown("quirk profile", model.quirks, catalogue.quirks)
        elif why := _of_price(prices, name, model):
            yield (*path, "price_entry" if model.price_entry and model.price != "own" else "price"), why


def _of_price(prices: Prices, name: str, model: Model) -> str | None:
    if model.price_entry and model.price != "own":
        return f'{name} has a price_entry that nobody reads: write price = "own", or take the entry away'
    try:
        for is_batch in {mode == "batch" for mode in model.modes}:
            prices.usd(name, Usage(input=1, output=1), at=datetime.now(UTC), is_batch=is_batch)
    except Misconfigured as error:
        return str(error)
    return None


def _of_tables(routes: Routes, catalogue: Catalogue) -> Iterator[tuple[tuple[str, ...], str]]:
    for data_class, allowed in routes.data_class.items():
        for name in allowed:
            if name not in catalogue.provider:
                yield ("data_class", data_class), _unknown("provider", name, catalogue.provider)
    for task in routes.task:
        if task not in TASK_CLASS:
            yield ("task", task), _unknown("task", task, TASK_CLASS)
    for profile, chains in routes.profile.items():
        if missing := [task for task in NIGHT if task not in chains]:
            yield (
                ("profile", profile),
                f'a night with this profile would stop: it has no chain for {", ".join(missing)}; add `{missing[0]} = ["model@mode"]`',
            )


def _unknown(kind: str, name: str, known: Any) -> str:
    return f"no {kind} {name!r}: known are {', '.join(sorted(known))}"


def _of_chain(routes: Routes, catalogue: Catalogue, profile: str, task: str) -> str | None:
    from tasks.llm import offline

    try:
        for hop in plan_route(task, profile, routes, catalogue).hops:
            if hop.mode == "offline" and task not in offline.ENGINE:
                return f"[profile.{profile}] {task}: the offline engine has no such function; take a model, or drop the line"
    except Misconfigured as error:
        return str(error)
    return None


def _of_access(
    routes: Routes, settings: Settings, catalogue: Catalogue, *, reach: bool
) -> list[dict[str, Any]]:
    problems: list[dict[str, Any]] = []
    seen: set[tuple[str, str]] = set()
    for task in tasks_of(routes, settings.profile):
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
