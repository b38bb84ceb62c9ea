"""What a run may be told, as the form of its deployment draws it and the server checks it; and the settings it leads to."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field
from pydantic.types import JsonValue

from tasks.errors import Misconfigured
from tasks.llm.router import load_routes
from tasks.settings import Settings

# The server checks the pattern and not the format; a Jalali year is none of this calendar.
_DAYS = r"(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2\d)"
Day = Annotated[date, Field(json_schema_extra={"pattern": rf"^20\d\d-(?:{_DAYS})$"})]
Usd = Annotated[float, Field(ge=0, le=10_000)]
Minutes = Annotated[float, Field(ge=0, le=1_500)]
# The form of a deployment offers the presets of the routes file at the time of `prefect deploy`.
NAMES: list[JsonValue] = [*load_routes(Settings().routes_file).profile]
Profile = Annotated[str, Field(json_schema_extra={"enum": NAMES})]


def settings_for(**told: Any) -> Settings:
    """Settings from the worker's environment, with what this run was told on top.

    Raises:
        Misconfigured: the routes file has no such profile.
    """
    settings = Settings(**{name: value for name, value in told.items() if value is not None})
    known = load_routes(settings.routes_file).profile
    if settings.profile not in known:
        raise Misconfigured(f"no profile {settings.profile!r}: choose one of {', '.join(known)}")
    return settings
