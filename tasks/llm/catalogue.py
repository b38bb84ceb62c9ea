"""The model catalogue and the providers behind it, read from `data/models.toml` and the operator's overlay.

Prices are in `prices.py`, routes in `router.py`. Pure but for reading the two files.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tasks.errors import Misconfigured
from tasks.llm.datafiles import out_of_shape, read_toml


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Provider(_Entry):
    """Where calls go. `key` and `url` name fields of Settings."""

    kind: Literal["offline", "anthropic", "openai"]
    quirks: str = ""
    key: str | None = None
    url: str | None = None
    base_url: str | None = None
    concurrency: int = Field(8, ge=1)
    own_hardware: bool = False


class Quirks(_Entry):
    """How one OpenAI-compatible server differs."""

    schema_form: Literal["json_schema", "json_object_schema", "json_object", "none"] = Field(alias="schema")
    thinking_off: Mapping[str, Any] = {}
    sampling: bool = True
    repair_json: bool = False
    source: str = ""


class PriceEntry(_Entry):
    """An own price, from a date on; USD per million tokens."""

    since: date = Field(alias="from")
    input: float = Field(ge=0)
    cached: float | None = Field(None, ge=0)
    cache_write: float | None = Field(None, ge=0)
    output: float = Field(ge=0)
    source: str = ""


class Model(_Entry):
    """One line of the catalogue."""

    provider: str
    name: str
    price: str = Field(description='"free", "own", or "<genai-prices provider>:<model>"')
    modes: tuple[Literal["batch", "online", "local", "offline", "embed"], ...]
    api_id: str | None = None
    quirks: str | None = None
    base_url: str | None = None
    strategy: str = ""
    role: str = ""
    claim: str = ""
    fact: str = ""
    source: str = ""
    license: str = ""
    languages: str = ""
    released: date | None = None
    context: int = 0
    max_output: int = 0
    cache_min_tokens: int = 0  # of the shortest prefix that can be marked to be cached
    caches_itself: bool = False  # every prefix, unasked
    total_b: float | None = None
    active_b: float | None = None
    vram_q4: float | None = None
    ram: float | None = None
    chars_per_token_fa: float = 1.4
    offpeak_weekends: bool = False
    quirk_body: Mapping[str, Any] = {}
    price_entry: tuple[PriceEntry, ...] = ()


class Catalogue(_Entry):
    version: int
    provider: Mapping[str, Provider]
    quirks: Mapping[str, Quirks]
    model: Mapping[str, Model]

    def of(self, model: str) -> Model:
        """The entry of a model. Raises Misconfigured with the near names."""
        try:
            return self.model[model]
        except KeyError:
            raise Misconfigured(
                f"models.toml has no model {model!r}: known are {', '.join(sorted(self.model))}; add a [model.{model!r}] table"
            ) from None

    def provider_of(self, model: str) -> Provider:
        entry = self.of(model)
        try:
            return self.provider[entry.provider]
        except KeyError:
            raise Misconfigured(
                f"model {model!r} names provider {entry.provider!r}, which models.toml lacks: add [provider.{entry.provider}]"
            ) from None


def load_catalogue(overlay: Path | None = None) -> Catalogue:
    """The catalogue, validated.

    Raises:
        Misconfigured: names the table, the field and what is wrong with it.
    """
    try:
        return Catalogue.model_validate(read_toml("models.toml", overlay))
    except ValidationError as error:
        raise out_of_shape(error, "models.toml", overlay) from error


def fitting_models(
    catalogue: Catalogue, *, vram_gb: float | None = None, ram_gb: float | None = None
) -> list[dict[str, Any]]:
    """Catalogue rows; with a limit, only models of the local tier that fit it at 4 bit (1 GB kept for the context)."""
    rows = []
    for key, model in sorted(catalogue.model.items()):
        if vram_gb is not None and (model.vram_q4 is None or model.vram_q4 + 1 > vram_gb):
            continue
        if ram_gb is not None and (model.ram is None or model.ram > ram_gb):
            continue
        rows.append(
            {
                "model": key,
                **model.model_dump(include=_SHOWN),
                "modes": list(model.modes),
                "released": model.released,
            }
        )
    return rows


_SHOWN = {"name", "provider", "strategy", "role", "claim", "fact", "source", "license", "languages", "context",
          "total_b", "active_b", "vram_q4", "ram", "price"}  # fmt: skip
