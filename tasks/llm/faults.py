"""What a provider's error means, in the pipeline's words. The SDK modules translate their exceptions into these."""

from __future__ import annotations

from typing import Literal

# definite = this request will never be accepted; busy = try later; shut = a person must act (key, balance, limit);
# too_big = split it; doubtful = nobody knows whether it was accepted.
Kind = Literal["definite", "busy", "shut", "too_big", "doubtful"]

LIMIT_WORDS = (
    "usage limits",
    "credit balance",
    "spend limit",
    "spend_limit",
    "billing",
    "insufficient balance",
    "quota",
)


class ProviderFault(Exception):
    """One failed call. `detail` is a type or code, never a prompt or an answer."""

    def __init__(self, kind: Kind, detail: str, retry_after_s: float | None = None):
        super().__init__(kind, detail)
        self.kind: Kind = kind
        self.detail = detail
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"

    @property
    def is_not_found(self) -> bool:
        """The API's own word that it has no such thing. Any other no, a proxy's 404 too, tells nothing of the thing."""
        return self.detail == "404 not_found_error"


def is_limit(message: str) -> bool:
    """Whether an error's wording means that money or a limit has run out, whatever its status."""
    lowered = message.lower()
    return any(words in lowered for words in LIMIT_WORDS)


def kind_of(status: int, message: str) -> Kind:
    """The meaning of an HTTP status (vendors' tables). Whatever a server's own trouble is called, it may have accepted first."""
    if status in (408, 409) or status >= 500:
        return "doubtful"
    if status in (401, 402, 403) or is_limit(message):
        return "shut"
    if status == 413:
        return "too_big"
    return "busy" if status == 429 else "definite"
