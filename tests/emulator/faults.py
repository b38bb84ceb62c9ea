"""Scripted faults: a JSON list of rules, each a match and something that goes wrong.

A rule: {"do": NAME, "match": {…}, "count": N, "skip": N, "probability": P, "when": "before"|"after", …}.
`match` keys: endpoint (messages, count_tokens, batches.create …, chat, row), model, custom_id, profile, task
(shell patterns) and contains (text anywhere in the messages). A probability is drawn from the seed, the rule,
the request's own bytes and how often these came: a request's fate does not depend on the order of threads.
README.md lists every NAME and its parameters.
"""

import hashlib
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

Level = Literal["request", "batch", "results", "answer"]

REQUEST = frozenset(
    {
        "status",
        "rate_limit",
        "overloaded",
        "server_error",
        "gateway_timeout",
        "spend_limit",
        "tier_cap",
        "low_balance",
        "unauthorized",
        "drop",
        "slow",
        "kill",
        "garbled",
        "without",
    }
)
BATCH = frozenset({"duration", "cancel_race"})
RESULTS = frozenset({"cut", "duplicate", "missing", "foreign", "garble"})
ANSWER = frozenset(
    {
        "errored",
        "expired",
        "canceled",
        "refusal",
        "max_tokens",
        "drop_field",
        "extra_field",
        "casing",
        "reply",
        "patch",
        "prose",
        "fenced",
        "think",
        "whitespace",
        "empty",
        "null_content",
        "not_json",
    }
)
LEVELS: dict[Level, frozenset[str]] = {
    "request": REQUEST,
    "batch": BATCH,
    "results": RESULTS,
    "answer": ANSWER,
}
MATCHES = frozenset({"endpoint", "model", "custom_id", "profile", "task", "contains"})


class BadRule(ValueError):
    """A fault rule that would never fire or means nothing."""


@dataclass(frozen=True)
class Event:
    """What a rule is matched against; `fingerprint` makes its luck its own."""

    endpoint: str
    model: str = ""
    custom_id: str = ""
    profile: str = ""
    task: str = ""
    text: str = ""
    fingerprint: str = ""


@dataclass
class Rule:
    """One rule and how often it has matched and fired."""

    do: str
    match: Mapping[str, str]
    count: int | None
    skip: int
    probability: float
    when: Literal["before", "after"]
    args: Mapping[str, Any]
    matched: int = 0
    fired: int = 0
    seen: Counter[str] = field(default_factory=Counter)


class Faults:
    """The script. Thread-safe; replaced as a whole."""

    def __init__(self, rules: Iterable[Mapping[str, Any]] = (), *, seed: int = 0):
        self._lock = threading.Lock()
        self.seed = seed
        self._rules = [_read(rule) for rule in rules]

    def replace(self, rules: Iterable[Mapping[str, Any]]) -> None:
        read = [_read(rule) for rule in rules]
        with self._lock:
            self._rules = read

    def fire(
        self, level: Level, event: Event, *, when: Literal["before", "after"] | None = None
    ) -> list[Rule]:
        """The rules that hit this event, in the order of the script; counts them as fired.

        Of the rules that answer an HTTP request or end its connection, only the first one fires.
        """
        hit: list[Rule] = []
        with self._lock:
            for number, rule in enumerate(self._rules):
                if rule.do not in LEVELS[level] or when not in (None, rule.when):
                    continue
                if self._hits(number, rule, event):
                    hit.append(rule)
                    if level == "request" and rule.do != "slow":
                        break
        return hit

    def report(self) -> list[dict[str, Any]]:
        with self._lock:
            return [
                {"do": r.do, "match": dict(r.match), "matched": r.matched, "fired": r.fired, **r.args}
                for r in self._rules
            ]

    def _hits(self, number: int, rule: Rule, event: Event) -> bool:
        if not _matches(rule.match, event):
            return False
        rule.matched += 1
        if rule.matched <= rule.skip or (rule.count is not None and rule.fired >= rule.count):
            return False
        if rule.probability < 1:
            rule.seen[event.fingerprint] += 1
            key = f"{self.seed}:{number}:{event.fingerprint}:{rule.seen[event.fingerprint]}"
            if luck(key) >= rule.probability:
                return False
        rule.fired += 1
        return True


def luck(key: str) -> float:
    """A number in [0, 1) that depends on the key alone."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big") / 2**64


def digest(key: str, length: int = 24) -> str:
    """A hexadecimal name that depends on the key alone."""
    return hashlib.blake2b(key.encode(), digest_size=32).hexdigest()[:length]


def _read(raw: Mapping[str, Any]) -> Rule:
    raw = dict(raw)
    do = raw.pop("do", None)
    if do not in REQUEST | BATCH | RESULTS | ANSWER:
        raise BadRule(f"unknown fault {do!r}")
    match = raw.pop("match", {})
    if unknown := set(match) - MATCHES:
        raise BadRule(f"{do}: cannot match on {sorted(unknown)}")
    return Rule(
        do=do,
        match=match,
        count=raw.pop("count", None),
        skip=raw.pop("skip", 0),
        probability=raw.pop("probability", 1.0),
        when=raw.pop("when", "before"),
        args=raw,
    )


def _matches(match: Mapping[str, str], event: Event) -> bool:
    return all(
        want in event.text if key == "contains" else fnmatchcase(getattr(event, key), want)
        for key, want in match.items()
    )
