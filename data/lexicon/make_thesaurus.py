"""Write thesaurus.txt from the files of WordNet 3.0 (Debian: wordnet-base, /usr/share/wordnet).

    python data/lexicon/make_thesaurus.py /usr/share/wordnet

One line per sense: the words that share it and those derived from them, then «>» and the words for what it is a kind of.
Kept are words of this project's own lists and words counted often enough in WordNet's tagged texts, each in its commonest
senses: a rare sense bears out nothing («bat» is no «squash racket» in a citizen's message).
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
LISTS = ("english.txt", "claims.toml", "glossary.csv", "lexicon/*.csv", "lexicon/concepts/*.csv")
KINDS = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
SENSES = 3  # of a word and part of speech, most frequent first
LEAST_COUNT = 3  # in the tagged texts
SHORTEST = 3  # letters
DERIVED = ("+", "\\")  # pointers of WordNet: derivationally related, pertains to
BROADER = "@"  # not of instances: what is a city is told by the gazetteer
_WORD = re.compile(r"[a-z]+")
ENDINGS = {
    "n": [("ches", "ch"), ("shes", "sh"), ("ses", "s"), ("xes", "x"), ("ies", "y"), ("s", "")],
    "v": [("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", ""), ("s", "")],
    "a": [("er", ""), ("est", ""), ("er", "e"), ("est", "e")],
    "r": [],
}  # fmt: skip
HEADER = "# From WordNet 3.0 by make_thesaurus.py. One sense a line: words that share it > words for what it is a kind of."


class WordNet:
    """Senses of words; a sense is its part of speech and offset."""

    def __init__(self, folder: Path) -> None:
        self.members: dict[str, list[str]] = {}
        self.pointers: dict[str, list[tuple[str, str, int, int]]] = {}
        self.senses: dict[tuple[str, str], list[str]] = {}
        self.irregular: dict[tuple[str, str], list[str]] = {}
        for kind, name in KINDS.items():
            for fields in _rows(folder / f"data.{name}"):
                self._read_sense(kind, fields)
            for fields in _rows(folder / f"index.{name}"):
                self.senses[fields[0], kind] = [kind + offset for offset in fields[6 + int(fields[3]) :]]
            for fields in _rows(folder / f"{name}.exc"):
                self.irregular[fields[0], kind] = fields[1:]

    def _read_sense(self, kind: str, fields: list[str]) -> None:
        count = int(fields[3], 16)
        sense = kind + fields[0]
        self.members[sense] = [fields[4 + 2 * n].partition("(")[0].lower() for n in range(count)]
        rest = fields[5 + 2 * count :]
        quads = zip(*[iter(rest[: 4 * int(fields[4 + 2 * count])])] * 4, strict=True)
        self.pointers[sense] = [
            (symbol, part.replace("s", "a") + offset, int(ends[:2], 16), int(ends[2:], 16))
            for symbol, offset, part, ends in quads
        ]

    def senses_of(self, word: str) -> Iterator[str]:
        """The commonest senses of a word in any inflection."""
        for kind in KINDS:
            plain = [word, *self.irregular.get((word, kind), ())]
            for ending, instead in ENDINGS[kind]:
                if word.endswith(ending):
                    stem = word.removesuffix(ending)
                    plain.append(stem + instead)
                    if ending in ("ed", "ing") and stem[-2:-1] == stem[-1:]:
                        plain.append(stem[:-1])
            for form in dict.fromkeys(plain):
                yield from self.senses.get((form, kind), ())[:SENSES]


def _rows(path: Path) -> Iterator[list[str]]:
    for line in path.read_text(encoding="latin-1").splitlines():
        if not line.startswith("  "):  # the licence
            yield line.partition("|")[0].split()


def vocabulary(folder: Path) -> set[str]:
    """Words of our lists, and common words of English."""
    counts: Counter[str] = Counter()
    for key, _, count in _rows(folder / "cntlist.rev"):
        counts[key.partition("%")[0]] += int(count)
    found = {word for word, count in counts.items() if count >= LEAST_COUNT and _WORD.fullmatch(word)}
    for pattern in LISTS:
        for path in HERE.parent.glob(pattern):
            found |= set(_WORD.findall(path.read_text(encoding="utf-8").lower()))
    return {word for word in found if len(word) >= SHORTEST}


def lines(folder: Path) -> list[str]:
    net = WordNet(folder)
    words = vocabulary(folder)
    own: dict[str, set[str]] = defaultdict(set)
    for word in words:
        for sense in net.senses_of(word):
            own[sense].add(word)
    found = set()
    for sense, members in own.items():
        alike, broader = set(members), set()
        for symbol, target, _, place in net.pointers[sense]:
            if symbol in DERIVED:
                alike |= {net.members[target][place - 1]} & words if place else own.get(target, set())
            elif symbol == BROADER and sense[0] == "n":
                broader |= own.get(target, set())
        broader -= alike
        if len(alike) > 1 or broader:
            found.add(" ".join(sorted(alike)) + (f" > {' '.join(sorted(broader))}" if broader else ""))
    return sorted(found)


if __name__ == "__main__":
    source = Path(sys.argv[1])
    licence = [line.strip() for line in (source / "data.noun").read_text(encoding="latin-1").splitlines()[:29]]
    head = [HEADER, *(f"# {re.sub(r'^[0-9]+ ?', '', line)}".rstrip() for line in licence)]
    (HERE / "thesaurus.txt").write_text("\n".join([*head, *lines(source), ""]), encoding="utf-8")
