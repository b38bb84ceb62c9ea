"""All that the LLM layer needs from outside: the time, sleep, nonces and clients. Tests pass their own."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import SecretStr

from tasks.errors import Misconfigured
from tasks.llm.catalogue import Catalogue
from tasks.settings import Settings

if TYPE_CHECKING:
    from tasks.llm.claude import ClaudeClient
    from tasks.llm.openai_compat import CompatClient


@dataclass(frozen=True)
class Outside:
    """Defaults are the real world."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    nonce: Callable[[], str] = lambda: secrets.token_hex(4)


REAL = Outside()


def connect_claude(settings: Settings, catalogue: Catalogue) -> ClaudeClient:
    """A client of the Anthropic workspace the settings name. Raises Misconfigured without a key or the SDK."""
    provider = catalogue.provider["anthropic"]
    key = _key(settings, provider.key, "anthropic", is_needed=True)
    try:
        from tasks.llm.claude import ClaudeClient
    except ModuleNotFoundError as error:
        raise Misconfigured(f"{error.name} is not installed: pip install 'collective-will[llm]'") from error
    return ClaudeClient(api_key=key, base_url=_url(settings, provider.url) or provider.base_url)


def connect_compat(settings: Settings, catalogue: Catalogue, model: str) -> CompatClient:
    """A client of the OpenAI-compatible server a model lives on."""
    entry, provider = catalogue.of(model), catalogue.provider_of(model)
    url = entry.base_url or _url(settings, provider.url) or provider.base_url
    if url is None:
        raise Misconfigured(
            f"model {model!r} has no address: set CW_{(provider.url or 'base_url').upper()} or base_url in models.toml"
        )
    key = _key(settings, provider.key, entry.provider, is_needed=not provider.own_hardware)
    quirks = catalogue.quirks[entry.quirks or provider.quirks]
    try:
        from tasks.llm.openai_compat import CompatClient
    except ModuleNotFoundError as error:
        raise Misconfigured(f"{error.name} is not installed: pip install 'collective-will[llm]'") from error
    return CompatClient(api_key=key, base_url=url, quirks=quirks)


def _key(settings: Settings, field: str | None, provider: str, *, is_needed: bool) -> str:
    secret = getattr(settings, field) if field else None
    if isinstance(secret, SecretStr) and secret.get_secret_value():
        return secret.get_secret_value()
    if is_needed:
        name = (field or "").upper()
        variable = name if provider in ("anthropic", "deepseek") else f"CW_{name}"
        raise Misconfigured(
            f"no key for {provider}: set {variable}, or choose another profile (CW_PROFILE=offline)"
        )
    return "none"


def _url(settings: Settings, field: str | None) -> str | None:
    value = getattr(settings, field) if field else None
    return value if isinstance(value, str) and value else None
