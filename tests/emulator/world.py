"""What all endpoints share: clock, faults, caches, batches, memory; and what one call brings with it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.emulator.batches import Batches, Config
from tests.emulator.caching import CacheBook
from tests.emulator.clock import Clock
from tests.emulator.faults import Faults
from tests.emulator.spool import BadBody
from tests.emulator.state import State

MAX_ONLINE_BYTES = 32 * 1024 * 1024


class Refusal(Exception):
    """An error the API answers with: HTTP status, error type, message."""

    def __init__(self, status: int, kind: str, message: str):
        super().__init__(message)
        self.status, self.kind = status, kind


class World:
    """One emulator's everything."""

    def __init__(
        self,
        *,
        state_file: Path,
        clock: Clock,
        faults: Faults,
        config: Config,
        quirk_rate: float = 0.0,
        cache_hit_rate: float = 0.7,
    ):
        self.base_url = ""
        self.clock, self.faults, self.config, self.quirk_rate = clock, faults, config, quirk_rate
        self.state = State(state_file)
        self.cache = CacheBook(clock, batch_hit_rate=cache_hit_rate)
        self.batches = Batches(self.state, clock, faults, self.cache, config)

    def reset(self) -> None:
        """Forget everything but the clock."""
        self.faults.replace([])
        self.cache.clear()
        self.batches.clear()
        self.state.clear()


@dataclass
class Call:
    """One HTTP request, its body still on the wire."""

    method: str
    endpoint: str
    id: str
    profile: str
    query: dict[str, str]
    headers: dict[str, str]
    request_id: str
    chunks: Iterator[bytes]
    faults: list[str] = field(default_factory=list)
    charged: list[int] = field(default_factory=list)  # numbers of the bill's rows this call caused
    detail: str = ""  # for the journal: the batch that was made, the model that was asked

    @property
    def workspace(self) -> str:
        return self.headers.get("anthropic-workspace-id", "default")

    @property
    def version(self) -> str:
        found = self.headers.get("anthropic-version")
        if not found:
            raise Refusal(400, "invalid_request_error", "anthropic-version: header is required")
        return found

    def check_key(self) -> None:
        """Any key will do, as `x-api-key` or as a bearer token; none will not. Local servers ask for none."""
        bearer = self.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if self.profile in ("anthropic", "deepseek", "hosted") and not (
            bearer or self.headers.get("x-api-key")
        ):
            raise Refusal(401, "authentication_error", "no API key in the request")

    def json(self) -> Any:
        """The whole body, parsed."""
        import json

        held = bytearray()
        for chunk in self.chunks:
            held += chunk
            if len(held) > MAX_ONLINE_BYTES:
                raise Refusal(413, "request_too_large", "Request exceeds the maximum size")
        try:
            return json.loads(held or b"{}")
        except json.JSONDecodeError:
            raise Refusal(400, "invalid_request_error", "the request body is not valid JSON") from None


__all__ = ["BadBody", "Batches", "Call", "Config", "Refusal", "World"]
