"""The topics, read from `data/taxonomy.toml`."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Topic:
    """One umbrella topic: id, what a reader sees in English and Farsi, what belongs in it."""

    id: str
    en: str
    fa: str
    about: str


@cache
def topics() -> tuple[Topic, ...]:
    """All topics in the order of reports."""
    text = (files("data") / "taxonomy.toml").read_text(encoding="utf-8")
    return tuple(Topic(**row) for row in tomllib.loads(text)["topic"])


@cache
def topic_ids() -> frozenset[str]:
    return frozenset(topic.id for topic in topics())
