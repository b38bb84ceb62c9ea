"""The bilingual civic lexicon: what a word of a message means, and how to say it in English and Farsi.

Here: loading `data/lexicon/`, the phrase trie over token keys, the version of the data. Not here: how a
text is cut into tokens (`engine/text`), which names are meant as places (`engine/places`), and what the engine makes of the
matches (`engine/fill`).
"""

import csv
import functools
import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from tasks.llm.engine import text as words
from tasks.llm.engine.vocabulary import Vocabulary

ENGINE_REVISION = 12
"""Raised by hand when code (not data) changes what the engine answers."""
_SAID = {
    "کنید": ("کنین", "کنند", "کنن"),
    "شود": ("بشه", "شه"),
    "بدهید": ("بدید", "بدین"),
    "دهید": ("بدید", "بدین"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One meaning. `kind`: bad, good, thing, people, aspect, demand, place, body, meta."""

    kind: str
    en: str
    fa: str
    topic: str = ""
    weight: float = 0.0
    say_en: str = ""  # aspects and demands: title pattern with {o}; places: their kind
    say_fa: str = ""
    prop_en: str = ""  # proposition pattern with {o}
    prop_fa: str = ""
    cue: int = 0  # places: 1 only after a word such as «در» or «شهر», 2 only after one such as «شهر»


@dataclass(slots=True)
class _Node:
    children: dict[str, "_Node"] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Match:
    """Entry found at tokens [first, last)."""

    first: int
    last: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything of `data/lexicon/`, ready to be matched against token keys."""

    entries: tuple[Entry, ...]
    concepts: _Node
    sayings: _Node  # aspects and demands; apart, for they may overlap with concepts
    places: _Node
    bodies: _Node
    combos: Mapping[tuple[str, str], Entry]
    cues: Mapping[str, frozenset[str]]
    cue_starts: Mapping[str, Mapping[str, tuple[tuple[str, ...], ...]]]  # list → first key → phrases
    vocabulary: Vocabulary
    topics: Mapping[str, tuple[str, str]]
    version: str

    def find(self, keys: Sequence[str], root: _Node, *, loose: bool = True) -> list[Match]:
        """All longest, non-overlapping matches, left to right; `loose`: a weak word may stand inside."""
        found: list[Match] = []
        at, count, children = 0, len(keys), root.children
        while at < count:
            if keys[at] not in children:
                at += 1
                continue
            last, entries = self._longest(keys, at, root, loose=loose)
            if entries:
                found.extend(Match(at, last, entry) for entry in entries)
                at = last
            else:
                at += 1
        return found

    def meanings_in(self, keys: Sequence[str]) -> list[Match]:
        """Concepts, and what is said of them; a saying inside the words of a concept is part of it."""
        about = self.find(keys, self.concepts)
        inside = {
            index
            for match in about
            for index in range(match.first, match.last)
            if match.last - match.first > 1
        }
        said = [m for m in self.find(keys, self.sayings) if not inside.issuperset(range(m.first, m.last))]
        return sorted([*about, *said], key=lambda match: (match.first, match.last))

    def _longest(self, keys: Sequence[str], at: int, root: _Node, *, loose: bool) -> tuple[int, list[Entry]]:
        best: tuple[int, list[Entry]] = (at, [])
        node, here, skipped, weak = root, at, 0, self.cues["weak"]
        while here < len(keys):
            child = node.children.get(keys[here])
            if child is None:
                if loose and here > at and skipped < 3 and (keys[here] in weak or keys[here][:1].isdigit()):
                    skipped += 1
                    here += 1
                    continue
                break
            node = child
            here += 1
            if node.entries:
                best = (here, node.entries)
        return best


@functools.lru_cache(maxsize=1)
def load() -> Lexicon:
    """The shipped lexicon, read once per process."""
    home = resources.files("data") / "lexicon"
    cues_raw = tomllib.loads((home / "cues.toml").read_text(encoding="utf-8"))
    rows = list(_rows(home))
    plain = [form for entry, forms, _ in rows if entry.kind != "place" for form in forms]
    plain += [form for group in cues_raw.values() for form in group]
    names = [form for entry, forms, _ in rows if entry.kind == "place" for form in forms]
    vocabulary = Vocabulary.build(_words(plain), _words(names), word_table("romanised"))
    concepts, sayings, places, bodies = _Node(), _Node(), _Node(), _Node()
    roots = {"place": places, "body": bodies, "aspect": sayings, "demand": sayings}
    for entry, forms, _ in rows:
        root = roots.get(entry.kind, concepts)
        for form in forms:
            _add(root, vocabulary.form_keys(form), entry)
    by_name = {entry.en: entry for entry, _, _ in rows}
    combos = {}
    for entry, _, pairs in rows:
        for pair in pairs:
            thing, _, aspect = pair.partition("+")
            if thing not in by_name or aspect not in by_name:
                raise ValueError(f"data/lexicon: combo {pair!r} of {entry.en!r} names no entry")
            combos[thing, aspect] = entry
    return Lexicon(
        entries=tuple(entry for entry, _, _ in rows),
        concepts=concepts,
        sayings=sayings,
        places=places,
        bodies=bodies,
        combos=combos,
        cues={
            name: frozenset(keys[0] for form in group if len(keys := vocabulary.form_keys(form)) == 1)
            for name, group in cues_raw.items()
        },
        cue_starts={name: _by_first(group, vocabulary) for name, group in cues_raw.items()},
        vocabulary=vocabulary,
        topics=_topics(),
        version=_version(home),
    )


@functools.cache
def word_table(name: str) -> Mapping[str, Any]:
    """One table of `words.toml`: numbers ('farsi', 'scale' …) or words ('unit', 'label', 'name_word')."""
    text = (resources.files("data") / "lexicon" / "words.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)[name])


@functools.cache
def villages() -> Mapping[str, str]:
    """Towns and villages of GeoNames beyond `places.csv`: letters of the Farsi name → its usual English spelling.

    They are no entries: many are plain words too, so a name is only looked up where its neighbours make it a place.
    """
    home = resources.files("data") / "lexicon"
    return {letters_of(row["fa"]): row["en"] for row in _table(home / "villages.csv")}


@functools.cache
def village_beginnings() -> frozenset[str]:
    """The first words of those names, and names written as one word: most words of a text begin none."""
    home = resources.files("data") / "lexicon"
    names = [row["fa"] for row in _table(home / "villages.csv")]
    return frozenset(words.fold(name.split()[0]) for name in names) | villages().keys()


def place_names() -> Iterator[tuple[str, str]]:
    """Every name of a place that the lexicon holds, (Farsi, English), those of `places.csv` first."""
    home = resources.files("data") / "lexicon"
    for file in ("places.csv", "villages.csv"):
        yield from ((row["fa"], row["en"]) for row in _table(home / file))


def letters_of(name: str) -> str:
    """A Farsi name without the spaces and joiners that each writer sets differently."""
    return words.fold(name).replace(" ", "").replace("\u200c", "")


def _words(forms: list[str]) -> list[str]:
    return [word for form in forms for word in words.split_words(form)]


def _by_first(group: Sequence[str], vocabulary: Vocabulary) -> dict[str, tuple[tuple[str, ...], ...]]:
    phrases = sorted({keys for form in group if (keys := vocabulary.form_keys(form))})
    return {first: tuple(p for p in phrases if p[0] == first) for first in {p[0] for p in phrases}}


def _add(root: _Node, keys: tuple[str, ...], entry: Entry) -> None:
    if not keys:
        return
    for path in {keys, ("".join(keys),)}:  # «آلودگیهوا», written without a space, is the same phrase
        node = root
        for key in path:
            node = node.children.setdefault(key, _Node())
        # A form has one meaning of each sort; later rows are the more specific ones.
        node.entries = [other for other in node.entries if _sort(other) != _sort(entry)] + [entry]


def _sort(entry: Entry) -> str:
    return "concept" if entry.kind in ("bad", "good", "thing", "people") else entry.kind


def _rows(home: Traversable) -> Iterator[tuple[Entry, list[str], list[str]]]:
    for file in sorted((home / "concepts").iterdir(), key=lambda item: item.name):
        if file.name.endswith(".csv"):
            yield from _concepts(file, topic=file.name.removesuffix(".csv"))
    for name in ("demands", "aspects"):
        for row in _table(home / f"{name}.csv"):
            entry = Entry(
                name[:-1], row["en"], row["fa"], row["topic"], float(row["weight"] or 0),
                say_en=row["say_en"], say_fa=row["say_fa"], prop_en=row["prop_en"], prop_fa=row["prop_fa"],
            )  # fmt: skip
            yield entry, _spoken(_forms(row)), []
    for row in _table(home / "bodies.csv"):
        entry = Entry("body", row["en"], row["fa"], row["topic"], float(row["weight"] or 0))
        yield entry, [row["fa"], row["en"], *_forms(row)], []
    for row in _table(home / "places.csv"):
        entry = Entry("place", row["en"], row["fa"], say_en=row["kind"], cue=int(row["cue"]))
        yield entry, [row["fa"], row["en"], *_forms(row)], []


def _concepts(file: Traversable, *, topic: str) -> Iterator[tuple[Entry, list[str], list[str]]]:
    kinds = {"b": "bad", "g": "good", "t": "thing", "p": "people"}
    for row in _table(file):
        own = topic if topic != "general" else ""
        entry = Entry(
            kinds[row["kind"]], row["en"], row["fa"], own, float(row["weight"] or 2),
            prop_en=row.get("prop_en") or "", prop_fa=row.get("prop_fa") or "",
        )  # fmt: skip
        yield entry, [row["fa"], row["en"], *_forms(row)], _list(row["combo"])


def _forms(row: Mapping[str, str]) -> list[str]:
    return [*_list(row["forms"]), *_list(row["en_forms"])]


def _spoken(forms: list[str]) -> list[str]:
    """The forms, and behind each of a verb how it is said: «حذف کنید», «حذف کنین», «حذف کنن»."""
    told = [
        form.removesuffix(end) + spoken
        for form in forms
        for end, said in _SAID.items()
        if form.endswith(" " + end)
        for spoken in said
    ]
    return list(dict.fromkeys([*forms, *told]))


def _list(cell: str | None) -> list[str]:
    return [part.strip() for part in (cell or "").split(";") if part.strip()]


def _table(file: Traversable) -> Iterator[dict[str, str]]:
    lines = file.read_text(encoding="utf-8").splitlines()
    for number, row in enumerate(csv.DictReader(lines, strict=True), start=2):
        if None in row:
            raise ValueError(f"{file.name}:{number}: more cells than columns")
        yield {key: value or "" for key, value in row.items()}


def _topics() -> dict[str, tuple[str, str]]:
    text = (resources.files("data") / "taxonomy.toml").read_text(encoding="utf-8")
    return {topic["id"]: (topic["en"], topic["fa"]) for topic in tomllib.loads(text)["topic"]}


def _version(home: Traversable) -> str:
    digest = hashlib.sha256()
    for folder in (home, home / "concepts"):
        for file in sorted(folder.iterdir(), key=lambda item: item.name):
            if file.name.endswith((".csv", ".toml")):
                digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return f"{ENGINE_REVISION}-{digest.hexdigest()[:12]}"
