"""The demands of a wish, one by one: «Wages should be raised and prices should be lowered» are two. Pure, by words alone.

Each is told with its own subject («Schools should be built and should be free» is two of schools), what limits it (only,
fewer, unless), and whether it asks for a thing and its opposite («raised for the rich and lowered for the poor»). Whose
side a demand is on is tasks/claims/sides.py. What limits it beside
another wish («before», «illegal», «at night») is tasks/claims/limits.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tasks.claims.kinds import degree_of
from tasks.claims.spelling import key_of, keys_of, opposite_side, words_of
from tasks.claims.words import MODALS, Reading, Word, read_text

ALL = 4  # the degree of «all» and «none»: no limit
_RELATIVE = ("that", "which", "who")  # «the market that should be closed» asks for nothing
_MODAL = re.compile(
    "".join(rf"(?<!\b{word} )" for word in _RELATIVE) + rf"\b(?:{'|'.join(MODALS)})\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Demand:
    """One demand: its text as read, and what makes it another one than its words alone."""

    text: str
    reading: Reading
    limits: frozenset[
        str
    ]  # keys of «only», «fewer», «unless», also of what stands between the demand before and this one


@lru_cache(maxsize=4096)
def demands_of(wish: str) -> tuple[Demand, ...]:
    """The demands of a wish in their order; a text without «should» is one."""
    pieces = _pieces(wish)
    starts = [n for n, piece in enumerate(pieces) if _MODAL.search(piece)][1:]
    found: list[Demand] = []
    subject = ""
    for first, last in zip([0, *starts], [*starts, len(pieces)], strict=True):
        text = "".join(pieces[first:last])
        before = _MODAL.split(text, maxsplit=1)[0]
        if first and not _says_something(before):
            text = f"{subject} {text[len(before) :]}"
        else:
            subject = before.strip()
        lead = next((n for n in range(first, 0, -1) if _MODAL.search(pieces[n - 1])), first)
        told = read_text(text)
        between = read_text("".join(pieces[lead:first]))
        cues = {key_of(w.raw) for w in between.words if w.is_cue}
        found.append(Demand(text, told, frozenset(_limits(told) | _limits(between) | cues)))
    return tuple(found)


def deeds_of(reading: Reading) -> list[Word]:
    """What should be done: the words behind the first «should» up to the first full one, «be lowered», «be made safe»."""
    found: list[Word] = []
    if (modal := modal_of(reading)) is None:
        return found
    sentence = reading.words[modal].sentence
    for later in reading.words[modal + 1 :]:
        if later.sentence != sentence:
            break
        found += [later] if later.weight else []
        if later.weight >= 1:
            break
    return found


def modal_of(reading: Reading) -> int | None:
    """Where the «should» stands that asks for something."""
    raws = [word.raw.lower() for word in reading.words]
    asking = (n for n, raw in enumerate(raws) if raw in MODALS and not (n and raws[n - 1] in _RELATIVE))
    return next(asking, None)


def is_of_nobody(reading: Reading) -> bool:
    """«Nobody should …», «no more dams should …»: the subject itself is denied."""
    return any(word.is_cue for word in reading.words[: modal_of(reading) or 0])


def is_two_sided(reading: Reading) -> bool:
    """Whether a thing and its opposite are asked for: raised for these and lowered for those."""
    own = {side for word in deeds_of(reading) if (side := opposite_side(word.stem))}
    sides = {side for word in reading.words if (side := opposite_side(word.stem))}
    return any((pair, 1 - side) in sides for pair, side in own)


def set_apart(reading: Reading) -> set[str]:
    """Stems that are denied beside the deed: the banks of «pay farmers and not banks», the licence of «without a licence»."""
    deeds = {word.stem for word in deeds_of(reading) if word.weight >= 1}
    beside = [n for n in reading.negations if not n.reach & deeds]
    return set().union(*(n.reach for n in beside))


def _pieces(wish: str) -> list[str]:
    """The text cut before each comma, full stop, «and» or «but», nothing lost."""
    words = "|".join(sorted(words_of("break")))
    return re.split(rf"(?=[,;:،؛.!?؟\n]|\b(?:{words})\b)", wish, flags=re.IGNORECASE)


def _says_something(text: str) -> bool:
    return any(word.weight or word.is_cue for word in read_text(text).words)


def _limits(reading: Reading) -> set[str]:
    """Keys of the words that make a demand one of some, of more or less, or under a condition."""
    lists = frozenset.union(*map(keys_of, ("only", "hardly_any", "more", "less", "condition", "limit")))
    deeds = {word.raw for word in deeds_of(reading)}  # to be lowered is no «lower»
    return {
        key
        for word in reading.words
        if word.raw not in deeds and ((key := key_of(word.raw)) in lists or 0 < degree_of(word.raw) < ALL)
    }
