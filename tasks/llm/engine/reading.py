"""Reading a message: its tokens, what the lexicon finds in them, and the clauses they fall into.

Not here: whether the message is civic (`engine/reject`), how its issues are parted (`engine/split`) and
worded (`engine/fill`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from tasks.llm import lexicon
from tasks.llm.engine import finglish as offline_finglish
from tasks.llm.engine import text as words
from tasks.llm.engine.names import unknown_places
from tasks.llm.engine.places import places_in
from tasks.llm.engine.verbs import mood_of
from tasks.llm.lexicon import Entry, Lexicon, Match

CONCEPTS = frozenset(("bad", "good", "thing", "people"))
_PRONOUNS = ("شان", "esh", "ش")
_NEAR = 7  # tokens between a thing and what is said of it («برق ما هر روز سه ساعت قطع می‌شود»)


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage with what was found in it; token indices are shared by all matches."""

    text: str
    tokens: list[words.Token]
    keys: list[str]
    matches: list[Match]  # concepts, aspects, demands
    places: list[Match]
    bodies: list[Match]
    finglish: bool
    at: Mapping[str, list[int]] = field(init=False)  # key → where it stands

    def __post_init__(self) -> None:
        at: dict[str, list[int]] = {}
        for index, key in enumerate(self.keys):
            at.setdefault(key, []).append(index)
        object.__setattr__(self, "at", at)

    def of(self, kind: str) -> list[Match]:
        """Matches of one kind, in reading order."""
        return [match for match in self.matches if match.entry.kind == kind]

    def concepts(self) -> list[Match]:
        """What the passage is about, in reading order."""
        return [match for match in self.matches if match.entry.kind in CONCEPTS]

    def cut(self, first: int, last: int) -> "Reading":
        """The same reading narrowed to tokens [first, last)."""

        def within(matches: Sequence[Match]) -> list[Match]:
            return [
                Match(m.first - first, m.last - first, m.entry)
                for m in matches
                if first <= m.first and m.last <= last
            ]

        tokens = self.tokens[first:last]
        base = tokens[0].start if tokens else 0
        text = self.text[base : tokens[-1].end] if tokens else ""
        tokens = [token._replace(start=token.start - base, end=token.end - base) for token in tokens]
        return Reading(
            text, tokens, self.keys[first:last], within(self.matches), within(self.places),
            within(self.bodies), self.finglish,
        )  # fmt: skip


def read(text: str, lex: Lexicon | None = None) -> Reading:
    """Tokens and lexicon matches of `text`, things joined with what is said of them."""
    lex = lex or lexicon.load()
    finglish = offline_finglish.is_finglish(text)
    tokens = _without_pronouns(words.tokenize(text, lex.vocabulary, is_finglish=finglish), lex)
    keys = [token.key for token in tokens]
    matches = _joined(lex.meanings_in(keys), tokens, lex)
    longer = [m for m in matches if m.last - m.first > 1]
    bodies = [
        m
        for m in lex.find(keys, lex.bodies)
        if m.last - m.first > 1 or not any(w.first <= m.first < w.last for w in longer)
    ]  # «گشت ارشاد» is no ministry
    titles = {index for m in bodies if m.last - m.first > 1 for index in range(m.first, m.last)}
    places = [m for m in places_in(text, tokens, lex) if m.first not in titles or m.last - m.first > 1]
    places = sorted([*places, *unknown_places(text, tokens, lex, places)], key=lambda match: match.first)
    matches = [m for m in matches if not any(_is_inside(m, place) for place in places)]
    return Reading(text, tokens, keys, matches, places, bodies, finglish)


def _without_pronouns(tokens: list[words.Token], lex: Lexicon) -> list[words.Token]:
    """«لغوش کنید» has the keys of «لغو کنید», where the word before a verb begins a demand without its pronoun."""
    bare = list(tokens)
    for index, (token, verb) in enumerate(pairwise(tokens)):
        if not token.key.endswith(_PRONOUNS):
            continue
        key = next(token.key.removesuffix(end) for end in _PRONOUNS if token.key.endswith(end))
        is_latin = verb.kind == "latin"
        if key in lex.sayings.children and mood_of(verb.raw.lower(), is_latin=is_latin) in (
            "asked",
            "forbidden",
        ):
            bare[index] = token._replace(key=key)
    return bare


def _is_inside(match: Match, place: Match) -> bool:
    """«بندر دیر» is no port, «رودخانه سرباز» no conscript: one word of the name of a town, or behind the first of another's."""
    size = place.last - place.first
    return (
        size > match.last - match.first
        and place.first <= match.first
        and match.last <= place.last
        and (place.entry.say_en in ("city", "village") or match.first > place.first)
    )


def has_cue(reading: Reading, lex: Lexicon, name: str) -> bool:
    """Whether any phrase of the cue list `name` occurs."""
    return bool(cue_spans(reading, lex, name, first_only=True))


def cue_spans(
    reading: Reading, lex: Lexicon, name: str, *, first_only: bool = False
) -> list[tuple[int, int]]:
    """Token spans of the phrases of a cue list, overlaps kept out, longest first at each place."""
    keys, starts = reading.keys, lex.cue_starts[name]
    spans: list[tuple[int, int]] = []
    free = 0  # first token behind the last span
    for at in sorted(index for key in starts.keys() & reading.at.keys() for index in reading.at[key]):
        if at < free:
            continue
        size = max((len(p) for p in starts[keys[at]] if tuple(keys[at : at + len(p)]) == p), default=0)
        if size:
            spans.append((at, at + size))
            free = at + size
            if first_only:
                break
    return spans


def _joined(matches: list[Match], tokens: list[words.Token], lex: Lexicon) -> list[Match]:
    """Replace 'electricity … cut' by 'power cuts' where the lexicon has the pair, within one sentence."""
    aspects = [index for index, match in enumerate(matches) if match.entry.kind == "aspect"]
    if not aspects:
        return matches
    sentence = list(accumulate(token.kind == "stop" for token in tokens))  # number of the sentence, per token
    firsts = [match.first for match in matches]
    kept: list[Match | None] = list(matches)
    for at in aspects:
        aspect = matches[at]
        near = range(bisect_left(firsts, aspect.first - _NEAR), bisect_right(firsts, aspect.first + _NEAR))
        pairs = [
            index
            for index in near
            if (matches[index].entry.en, aspect.entry.en) in lex.combos
            and sentence[matches[index].first] == sentence[aspect.first]
        ]
        if not pairs:
            continue
        best = min(pairs, key=lambda index: abs(firsts[index] - aspect.first))
        if kept[best] is matches[best]:
            thing = matches[best]
            joined: Entry = lex.combos[thing.entry.en, aspect.entry.en]
            kept[best], kept[at] = Match(thing.first, thing.last, joined), None
    return [match for match in kept if match is not None]


def sentences(reading: Reading) -> list[tuple[int, int]]:
    """Token spans of the sentences, their stops left out."""
    stops = [i for i, token in enumerate(reading.tokens) if token.kind == "stop"] + [len(reading.tokens)]
    starts = [0, *(stop + 1 for stop in stops[:-1])]
    return [(first, last) for first, last in zip(starts, stops, strict=True) if last > first]
