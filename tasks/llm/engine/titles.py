"""What a cluster is called: the matter its members share, and a place only where most of them name it.

Pure; titles and propositions are those of members, with the places left out that the others do not name. How a
member is worded lies in `engine/fill`, what a summary says of a cluster in `engine/action`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

Member = Mapping[str, Any]
_MOST = 0.5  # of the people: what fewer name is a detail
_COUNTRIES = re.compile(r" \([^()]*\)")  # what a matter concerns, in brackets


class Heading(NamedTuple):
    """Title and proposition of a cluster, English and Farsi."""

    title_en: str
    title_fa: str
    proposition_en: str
    proposition_fa: str


def heading(group: Sequence[Member], members: Sequence[Member]) -> Heading:
    """The words of `group`, members of one wish, that hold for the whole cluster `members`."""
    shared = shared_places(members)
    people = _people((_matter(m), m["people"]) for m in group)
    told = max(group, key=lambda m: people[_matter(m)])  # the first of equals: most people stand behind it
    alike = [m for m in group if _matter(m) == _matter(told)]
    fitting = [m for m in alike if set(m["places"]) <= shared]
    if fitting:
        best = max(fitting, key=lambda m: len(m["places"]))
        return Heading(*(best[name] for name in Heading._fields))
    return _without_place(told)


def shared_places(members: Sequence[Member]) -> frozenset[str]:
    """Places that more than half of the people name."""
    named = _people((place, m["people"]) for m in members for place in set(m["places"]))
    enough = _MOST * sum(m["people"] for m in members)
    return frozenset(place for place, people in named.items() if people > enough)


def _people(counted: Iterable[tuple[str, int]]) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for name, people in counted:
        total[name] += people
    return total


def _matter(member: Member) -> str:
    """The title without its places."""
    title = _COUNTRIES.sub("", member["title_en"])
    return title.removesuffix(_tail(title, member["places"]))


def _tail(title: str, places: Sequence[str]) -> str:
    """' in Rizab, Fars and Kavar' at the end of a title; empty when it names no place."""
    starts = [at for place in places if (at := title.find(f" in {place}")) >= 0]
    return title[min(starts) :] if starts else ""


def _without_place(member: Member) -> Heading:
    """The member's words, its places left out: a wish of many towns is not one town's."""
    words = Heading(*(_COUNTRIES.sub("", member[name]) for name in Heading._fields))
    tail = _tail(words.title_en, member["places"])
    if not tail:
        return words
    start, _, place = words.title_fa.rpartition(" در ")
    tail_fa = f" در {place}" if start else ""
    return Heading(
        words.title_en.removesuffix(tail),
        words.title_fa.removesuffix(tail_fa) if tail_fa else words.title_fa,
        words.proposition_en.replace(tail, "", 1),
        _cut(words.proposition_fa, tail_fa) if tail_fa else words.proposition_fa,
    )


def _cut(proposition: str, tail: str) -> str:
    """The Farsi proposition without its place, which stands inside or before it."""
    at_the_head = f"{tail.lstrip()} "
    if proposition.startswith(at_the_head):
        return proposition.removeprefix(at_the_head)
    return proposition.replace(tail, "", 1)
