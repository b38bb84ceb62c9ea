"""What a record may speak of, given the text it was made from: the text's own words, their spelling, their meanings. Pure.

The meanings are the civic lexicon's, Farsi and English side by side; names are heard by their consonants. This knows less than
a translator: what it cannot judge it lets pass, and what it judges is told in `distrust.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from tasks.claims.spelling import actor_line, known_english, words_of
from tasks.claims.translation import glossary_english, is_named, meanings, says_more_in_farsi
from tasks.claims.words import read_text
from tasks.facts import places
from tasks.llm import lexicon
from tasks.llm.engine.romanise import romanise, sounds
from tasks.llm.lexicon import Entry

_ADJECTIVE = ("ish", "ian", "ese", "an", "i")  # endings by which English makes adjectives of names
_PREFIX = re.compile(r"^(?:re|un|over|under|mis|non|pre|sub|inter|co|anti|mid|self)(?=[a-z]{4})")
MIN_PART = 3  # letters of a word within a word
_CAPITAL = re.compile(r"\b[A-Z][A-Za-zÀ-ɏ'’-]*[A-Za-zÀ-ɏ]")
_SPORTS_COURT = re.compile(r"\b(?:\w+ball|tennis|sports?) courts?\b")  # no judges sit there
_HEADLINE_WORDS = 3  # of four letters and more, before their capitals may be a title's
_ENDINGS = re.compile(
    r"(?:ing|ings|ed|ers?|ors?|ents?|ants?|tion|tions|sions?|ment|ments|ness|ities|ity|al|als|ous|ive|able|ible|ful|less|ism|ists?|"
    r"[^aiou]s|ics?|age|ages|ance|ence|ure|ures|ary|ory|ical|ly|ies|ship|hood|ward|wards|ght|ck|th|ea|ee|oo|ss|ll|ld|ngs?)$"
)
_KIND_OF_BODY = frozenset(
    ["organization", "organisation", "agency", "office", "department", "authority", "institute"]
)
_TITLED = re.compile(
    r"(?<!\w)(?:آقای|خانم|دکتر|مهندس|حاج|حاجی|سردار|سرهنگ|آیت ?الله|حجت ?الاسلام|سید|استاد|شیخ)\s+(\w{3,})"
)
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
        if any(sounds(place) == sounds(one) for one in named):
            return True
        bare = " ".join(word for word in place.split() if word.lower() not in words_of("name_part"))
        words = read_text(bare).words
        means = bool(words) and all(w.raw.islower() or is_named(w, self.source) for w in words)
        return not known.isdisjoint(named) or self.spells(bare) or means

    def spells(self, name: str) -> bool:
        """Whether every long word of a name can be read in the text, vowels and doublets aside."""
        if name.lower() in self.source.lower():
            return True
        words = [word for word in re.findall(r"[^\W\d_]+", name) if word[:1].isupper() and len(word) > 2]
        words = [word for word in words if word.lower() not in words_of("name_part")]
        return bool(words) and all(sounds(word) in self.heard for word in words)

    def has_name(self, name: str) -> bool:
        """Whether a name is the text's: spelt in it, a place or body of the lexicon found in it, or known to all."""
        low = name.lower()
        if low in words_of("name_part"):
            return True
        day = low if low in words_of("household_name") else low.removesuffix("s")
        if day in words_of("household_name"):
            return (
                not day.endswith("day")
                or any(day in self.source for day in _DAYS)
                or day in self.source.lower()
            )
        if any(
            self.spells(form)
            for form in (name, *(name.removesuffix(e) for e in _ADJECTIVE if name.endswith(e)))
        ):
            return True
        if all(is_named(word, self.source) for word in read_text(low).words):
            return True
        return any(low in spoken_of(entry) for entry in self.entries) or any(
            low in place.lower() for place in places(self.source)
        )

    def has_entity(self, entity: str) -> bool:
        """Whether an institution, a law or a public figure is the text's: no name in it is strange."""
        capitals = re.findall(r"\b[A-Z][A-Za-zÀ-ɏ'’-]+", entity)
        strange = [w for w in capitals if w.lower() not in known_words() and not self.has_name(w)]
        return all(w.lower() in _KIND_OF_BODY for w in strange) and len(strange) < max(1, len(capitals))

    def strange_powers(self, english: str) -> bool:
        """Whether an English text brings in a power of the state that the source does not name.

        Whom a matter concerns (drivers, tenants) a fair reader may infer; who decided or confirmed it, nobody may.
        """
        meant = " . ".join(sorted({f"{e.en} . {e.prop_en} . {e.say_en}" for e in self.entries}))
        held = read_text(f"{self.source} . {meant}")
        lines = {line for w in held.words if (line := actor_line(w.stem)) is not None}
        plain = _SPORTS_COURT.sub(" ", english)
        powers = [w for w in read_text(plain).words if actor_line(w.stem) in _powers()]
        return any(actor_line(w.stem) not in lines and not is_named(w, self.source) for w in powers)

    def strange_persons(self, farsi: str, *, english: str) -> bool:
        """Whether a Farsi text gives a title to a name («مهندس رضایی») that its English twin does not have."""
        heard = sounds(english)
        named = [found[1] for found in _TITLED.finditer(farsi.replace("\u200c", " "))]
        return any(
            sounds(romanise(name)) not in heard
            and not any(is_named(w, name) for w in read_text(english).words)
            for name in named
        )

    def strange_farsi(self, farsi: str, *, english: str) -> bool:
        """Whether a Farsi text brings a clause or an actor of its own, beside the source and what the English means."""
        meant = f"{english} . {self.source}"
        return says_more_in_farsi(farsi, english=meant, sources=[self.source] if self.is_farsi else [])


@lru_cache(maxsize=64)
def ground_of(source: str) -> Ground:
    """Read one redacted text."""
    letters = [char for char in source if char.isalpha()]
    is_farsi = sum(char >= "\u0600" for char in letters) > len(letters) / 2
    return Ground(source, meanings(source), sounds(f"{romanise(source)} {source}"), is_farsi)


@cache
def _powers() -> frozenset[int | None]:
    named = ["ministry", "parliament", "presidency", "police", "court", "army", "governor", "leader"]
    return frozenset(actor_line(word.stem) for word in read_text(" ".join(named)).words) - {None}


@cache
def known_words() -> frozenset[str]:
    """English words, lower case, of the lexicon and the claim lists: none of them is a name by its capital alone."""
    texts = " ".join(f"{e.en} {e.say_en} {e.prop_en}" for e in lexicon.load().entries if e.kind != "place")
    return frozenset(re.findall(r"[a-z]+", texts.lower())) | known_english()


@cache
def _common_words() -> frozenset[str]:
    """Words that at the beginning of a sentence are nobody's name."""
    listed = (files("data") / "english.txt").read_text(encoding="utf-8").splitlines()
    common = " ".join(line for line in listed if not line.startswith("#")).split()
    return frozenset(common) | glossary_english()


def names_in(texts: Sequence[str]) -> Iterator[str]:
    """Words that look like names: capitals inside a sentence, and words at its beginning that look like no English."""
    lowered = {word for text in texts for word in re.findall(r"\b[a-z]{2,}\b", text)}
    for text in texts:
        is_headline = _is_headline(text)
        for found in _CAPITAL.finditer(text):
            word = found.group().removesuffix("'s").removesuffix("’s")
            has_to = is_headline or _opens(text, found.start())
            for part in word.split("-"):
                low = part.lower()
                if low not in lowered and low not in known_words() and not (has_to and _is_common(low)):
                    yield word
                    break


def _is_headline(text: str) -> bool:
    """Whether most words have capitals, as in a newspaper's title."""
    words = re.findall(r"\b[A-Za-z]{4,}", text)
    return len(words) >= _HEADLINE_WORDS and sum(word[0].isupper() for word in words) > 0.7 * len(words)


def _opens(text: str, at: int) -> bool:
    """Whether a word stands at the beginning of a sentence, where it has its capital from."""
    return text[:at].rstrip()[-1:] in ("", ".", "!", "?", ":")


def _is_common(low: str) -> bool:
    """A word of every English dictionary, or one that ends as English words do."""
    return is_dictionary_word(low) or bool(_ENDINGS.search(low))


def is_dictionary_word(low: str) -> bool:
    """A common English word, singular or plural, or two such written as one («airbags», «redirect»)."""
    if _is_listed(low) or _is_listed(_PREFIX.sub("", low)):
        return True
    return any(
        _is_listed(low[:at]) and _is_listed(low[at:]) for at in range(MIN_PART, len(low) - MIN_PART + 1)
    )


def _is_listed(low: str) -> bool:
    forms = (
        low,
        low.removesuffix("s"),
        low.removesuffix("es"),
        f"{low.removesuffix('ies')}y",
        low.removesuffix("y"),
    )
    return any(form in _common_words() or form in known_words() for form in forms)


def spoken_of(entry: Entry) -> str:
    """All English of an entry, lower case."""
    return f"{entry.en} {entry.say_en} {entry.prop_en}".lower()
