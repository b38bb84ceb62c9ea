"""Task → route, as a pure function of two data files; and the one gate that keeps citizens' words where they may go."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tasks.errors import Misconfigured
from tasks.llm.catalogue import Catalogue
from tasks.llm.datafiles import out_of_shape, read_toml
from tasks.llm.types import TASK_CLASS, DataClass, Hop, Mode, Route

if TYPE_CHECKING:
    from tasks.settings import Settings

MODES = ("batch", "online", "local", "offline")


class TaskLimits(BaseModel):
    """Tokens of one answer, and whether the task waits for a provider's cheap hours."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    max_output: int = Field(default=1000, ge=16)
    typical_output: int = Field(default=150, ge=1)
    wait_offpeak: bool = False


class Routes(BaseModel):
    """The routing table as read: policy, limits and presets."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    version: int
    data_class: Mapping[DataClass, tuple[str, ...]]
    task: Mapping[str, TaskLimits]
    profile: Mapping[str, Mapping[str, str | tuple[str, ...]]]


def load_routes(overlay: Path | None = None) -> Routes:
    """The routing table, validated for shape; `check_routes` validates its sense.

    Raises:
        Misconfigured: names the table and what is wrong with it.
    """
    try:
        return Routes.model_validate(read_toml("routes.toml", overlay))
    except ValidationError as error:
        raise out_of_shape(error, "routes.toml", overlay) from error


def routes_of(settings: Settings, catalogue: Catalogue, *, profile: str) -> Routes:
    """The routing table as these settings make it: the operator's overlay, and the model asked for first.

    Raises:
        Misconfigured: see `load_routes` and `led_by`.
    """
    routes = load_routes(settings.routes_file)
    first = settings.canonicalize_model
    return led_by(routes, catalogue, profile=profile, task="canonicalize", entry=first) if first else routes


def led_by(routes: Routes, catalogue: Catalogue, *, profile: str, task: str, entry: str) -> Routes:
    """The same table, with one model at the head of one chain: what `cw backfill --redo … --model` asks for.

    The profile's chain stays behind it as the fallback, and every hop still passes `admit`.

    Args:
        entry: `model@mode`, or a model alone: by batch when it can, else by the first mode it has.

    Raises:
        Misconfigured: the catalogue has no such model, or the profile is the one that calls nobody.
    """
    if profile == "offline":
        raise Misconfigured(
            f"profile 'offline' calls nobody, so {entry!r} cannot be asked: name another with --profile or CW_PROFILE"
        )
    if "@" not in entry:
        modes = catalogue.of(entry).modes
        entry = f"{entry}@{'batch' if 'batch' in modes else modes[0]}"
    table = routes.profile.get(profile, {})
    chain = table.get(task, ())
    rest = tuple(hop for hop in chain if hop != entry) if not isinstance(chain, str) else ()
    return routes.model_copy(update={"profile": {**routes.profile, profile: {**table, task: (entry, *rest)}}})


def admit(data_class: DataClass, provider: str, policy: Mapping[DataClass, tuple[str, ...]]) -> bool:
    """Whether a provider may see a class of data. The only place where this is decided."""
    return provider in policy.get(data_class, ())


def plan_route(task: str, profile: str, routes: Routes, catalogue: Catalogue) -> Route:
    """The whole chain of a task in a profile; hops whose provider may not see the task's data are refused.

    Raises:
        Misconfigured: no such profile, no chain, an unknown model or mode, or a hop the data class forbids.
    """
    data_class = TASK_CLASS.get(task)
    if data_class is None:
        raise Misconfigured(f"no task {task!r}: known are {', '.join(sorted(TASK_CLASS))}")
    table = routes.profile.get(profile)
    if table is None:
        raise Misconfigured(
            f"routes.toml has no profile {profile!r}: known are {', '.join(sorted(routes.profile))}; set CW_PROFILE or --profile"
        )
    chain = table.get(task)
    if not chain or isinstance(chain, str):
        raise Misconfigured(
            f'profile {profile!r} has no chain for {task!r}: add `{task} = ["model@mode"]` under [profile.{profile}]'
        )
    hops = tuple(_hop(entry, task, routes, catalogue) for entry in chain)
    for hop in hops:
        if not admit(data_class, hop.provider, routes.data_class):
            raise Misconfigured(
                f"[profile.{profile}] {task} = … {hop.model}@{hop.mode}: provider {hop.provider!r} may not see {data_class}; "
                f"take another model, or add {hop.provider!r} to data_class.{data_class} if you may decide that"
            )
    return Route(task, profile, data_class, hops)


def tasks_of(routes: Routes, profile: str) -> list[str]:
    """The tasks that a profile has a chain for."""
    if profile not in routes.profile:
        raise Misconfigured(
            f"routes.toml has no profile {profile!r}: known are {', '.join(sorted(routes.profile))}; set CW_PROFILE"
        )
    return [task for task in routes.profile[profile] if task != "about"]


def _hop(entry: str, task: str, routes: Routes, catalogue: Catalogue) -> Hop:
    name, at, mode = entry.rpartition("@")
    if not at:
        raise Misconfigured(
            f"{task}: {entry!r} does not say how it is called: write {entry}@{catalogue.of(entry).modes[0]}"
        )
    model = catalogue.of(name)
    if mode not in MODES or mode not in model.modes:
        raise Misconfigured(
            f"{task}: {entry!r}: {name} is called by {' or '.join(model.modes)}; write {name}@{model.modes[0]}"
        )
    provider = catalogue.provider_of(name)
    if provider.kind == "offline":
        return Hop(model.provider, name, "offline", {})
    limits = routes.task.get(task, TaskLimits())
    params: dict[str, Any] = {"max_tokens": limits.max_output}
    return Hop(model.provider, name, _mode(mode), params)


def _mode(text: str) -> Mode:
    modes: dict[str, Mode] = {"batch": "batch", "online": "online", "local": "local", "offline": "offline"}
    return modes[text]
