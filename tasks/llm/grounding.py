"""What a record may speak of, given the text it was made from: the text's own words, their spelling, their meanings. Pure.

The meanings are the civic lexicon's, Farsi and English side by side; names are heard by their consonants. This knows less than
a translator: what it cannot judge it lets pass, and what it judges is told in `distrust.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from tasks.claims.spelling import actor_line, known_english
from tasks.claims.translation import meanings, says_more_in_farsi
from tasks.claims.words import read_text
from tasks.facts import places
from tasks.llm import lexicon
from tasks.llm.lexicon import Entry
from tasks.llm.offline_romanise import romanise

_MATTERS = frozenset({"bad", "good", "thing", "people", "demand", "aspect", "body"})  # kinds of the lexicon
_VOWELS = re.compile(r"[aeiouyvwh'’\-\s]+")
# Named everywhere in a record, and no news to anybody.
_COMMON = frozenset(
    [
        "iran",
        "iranian",
        "iranians",
        "iran's",
        "farsi",
        "persian",
        "dari",
        "internet",
        "tehran",
        "english",
        "saturday",
        "sunday",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "article",
        "law",
        "act",
    ]
)
# Parts of names that English adds, and endings by which it makes adjectives of them.
_GENERIC = frozenset(
    [
        "lake",
        "lagoon",
        "dam",
        "river",
        "mount",
        "mountain",
        "forest",
        "gulf",
        "bay",
        "port",
        "island",
        "county",
        "province",
        "district",
        "city",
        "village",
    ]
)
_ADJECTIVE = ("ish", "ian", "ese", "an", "i")
_DAYS = {"شنبه", "جمعه"}


@dataclass(frozen=True)
class Ground:
    """One source, read."""

    source: str
    entries: frozenset[Entry]
    heard: str  # its consonants, romanised
    is_farsi: bool

    def has_place(self, place: str) -> bool:
        """Whether the text names a place, by any spelling."""
        named, known = places(self.source), places(place)
        if any(_sounds(place) == _sounds(one) for one in named):
            return True
        bare = " ".join(word for word in place.split() if word.lower() not in _GENERIC)
        return not known.isdisjoint(named) if known else self.spells(bare)

    def spells(self, name: str) -> bool:
        """Whether every long word of a name can be read in the text, vowels and doublets aside."""
        if name.lower() in self.source.lower():
            return True
        words = [word for word in re.findall(r"[^\W\d_]+", name) if word[:1].isupper() and len(word) > 2]
        words = [word for word in words if word.lower() not in _GENERIC]
        return bool(words) and all(_sounds(word) in self.heard for word in words)

    def has_name(self, name: str) -> bool:
        """Whether a name is the text's: spelt in it, a place or body of the lexicon found in it, or known to all."""
        low = name.lower()
        if low in _COMMON:
            return (
                low.removesuffix("day") == low
                or any(day in self.source for day in _DAYS)
                or low in self.source.lower()
            )
        if any(
            self.spells(form)
            for form in (name, *(name.removesuffix(e) for e in _ADJECTIVE if name.endswith(e)))
        ):
            return True
        return any(low in _english(entry) for entry in self.entries) or any(
            low in place.lower() for place in places(self.source)
        )

    def has_entity(self, entity: str) -> bool:
        """Whether an institution, a law or a public figure is the text's: one of its words is, and no name in it is strange."""
        capitals = re.findall(r"\b[A-Z][A-Za-zÀ-ɏ'’-]+", entity)
        return all(word.lower() in known_words() or self.has_name(word) for word in capitals)

    def strange_powers(self, english: str) -> bool:
        """Whether an English text brings in a power of the state that the source does not name.

        Whom a matter concerns (drivers, tenants) a fair reader may infer; who decided or confirmed it, nobody may.
        """
        meant = " . ".join(sorted({f"{e.en} . {e.prop_en} . {e.say_en}" for e in self.entries}))
        held = read_text(f"{self.source} . {meant}")
        lines = {line for w in held.words if (line := actor_line(w.stem)) is not None}
        said = {line for w in read_text(english).words if (line := actor_line(w.stem)) in _powers()}
        return not said <= lines

    def strange_farsi(self, farsi: str, *, english: str) -> bool:
        """Whether a Farsi text brings a clause or an actor of its own, beside the source and what the English means."""
        meant = f"{english} . {self.source}"
        return says_more_in_farsi(farsi, english=meant, sources=[self.source] if self.is_farsi else [])


def rests_elsewhere(sentence: str, quote: str) -> bool:
    """Whether an English sentence speaks of other matters than the quote it rests on.

    Only where the lexicon finds matters in both: then they must share a matter, a topic, or a full word of English.
    """
    said, held = (frozenset(e for e in meanings(text) if e.kind in _MATTERS) for text in (sentence, quote))
    if not said or not held or {e.en for e in said} & {e.en for e in held}:
        return False
    if {e.topic for e in said} & {e.topic for e in held if e.topic}:
        return False
    words = {word.stem for word in read_text(sentence).words if word.weight >= 1}
    known = read_text(" . ".join([quote, *sorted(_english(entry) for entry in held)]))
    return not words & known.stems()


@lru_cache(maxsize=64)
def ground_of(source: str) -> Ground:
    """Read one redacted text."""
    letters = [char for char in source if char.isalpha()]
    is_farsi = sum(char >= "\u0600" for char in letters) > len(letters) / 2
    return Ground(source, meanings(source), _sounds(f"{romanise(source)} {source}"), is_farsi)


@cache
def _powers() -> frozenset[int | None]:
    named = ["ministry", "parliament", "presidency", "police", "court", "army", "governor", "leader"]
    return frozenset(actor_line(word.stem) for word in read_text(" ".join(named)).words) - {None}


@cache
def known_words() -> frozenset[str]:
    """English words, lower case, that the lexicon and the claim lists use: none of them is a name by its capital alone."""
    texts = " ".join(f"{e.en} {e.say_en} {e.prop_en}" for e in lexicon.load().entries if e.kind != "place")
    return frozenset(re.findall(r"[a-z]+", texts.lower())) | known_english()


def _english(entry: Entry) -> str:
    return f"{entry.en} {entry.say_en} {entry.prop_en}".lower()


def _sounds(text: str) -> str:
    """Consonants only, those that one Farsi letter may become taken for one."""
    plain = text.lower()
    for letters, sound in (("kh", "x"), ("gh", "q"), ("ch", "c"), ("sh", "s"), ("zh", "z"), ("ph", "f")):
        plain = plain.replace(letters, sound)
    bare = _VOWELS.sub("", plain.replace("g", "q").replace("k", "q").replace("c", "s").replace("x", "q"))
    return re.sub(r"(.)\1+", r"\1", bare)
