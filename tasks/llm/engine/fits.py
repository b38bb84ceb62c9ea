"""What can be asked and said of what: a bridge is repaired, an exam postponed, a council dissolved.

The sorts of matters and what fits them are data (`data/lexicon/fits.toml`).
"""

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources

from tasks.llm.lexicon import Entry

_MAKING = frozenset(("build", "found", "form"))


def fits(demand: str, matter: Entry) -> bool:
    """Whether one can ask this of the matter: businesses are not repaired, people are not paved."""
    if demand in _MAKING and matter.en.startswith("the "):
        return False  # what is there already is not set up
    asked = demand_sorts()
    sort = _sort(matter)
    return sort in asked.get(demand, frozenset()) if sort else demand in asked["anything"]


def can_be_said(aspect: str, matter: Entry) -> bool:
    """Whether one can complain of this about the matter: nobody lacks a state broadcaster."""
    sort = _sort(matter)
    return not sort or sort in _aspect_sorts().get(aspect, frozenset())


def _sort(matter: Entry) -> str:
    return "people" if matter.kind == "people" else sort_of(matter.en)


@functools.cache
def demand_sorts() -> Mapping[str, frozenset[str]]:
    """Demand → sorts of matters it can be asked of (`fits.toml`)."""
    return {demand: frozenset(sorts) for demand, sorts in _fits()["fits"].items()}


@functools.cache
def _aspect_sorts() -> Mapping[str, frozenset[str]]:
    """Aspect → sorts of matters of which it can be said (`fits.toml`)."""
    return {aspect: frozenset(sorts) for aspect, sorts in _fits()["said"].items()}


def sort_of(concept: str) -> str:
    """What sort of thing a concept is: a building, an event, a law …; empty when `fits.toml` does not say."""
    return _sorts().get(concept, "")


@functools.cache
def _sorts() -> Mapping[str, str]:
    return {concept: sort for sort, concepts in _fits()["sort"].items() for concept in concepts}


@functools.cache
def _fits() -> Mapping[str, Mapping[str, list[str]]]:
    text = (resources.files("data") / "lexicon" / "fits.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
