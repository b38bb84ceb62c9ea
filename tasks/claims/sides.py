"""On whose side is a wish: does whoever wants the one want the other too, or its opposite? Pure, by words alone.

Of one topic are many wishes, and people who want the opposite, or something else, are no supporters. So a wish speaks for
a proposition only where code can show it: every full word of the proposition is in the wish, what is to be done is the
same, it is asked of the same thing, it is limited in the same way (only, fewer, unless), and the claim check finds nothing turned
round. Of several demands each is looked at by itself (tasks/claims/demands.py). The wish may say more, as where: «Bread
prices should be lowered in Yazd» speaks for «Bread prices should be lowered», and not the other way; but not what makes it
less, «the prices of bread for schools» (tasks/claims/limits.py). Whether a ballot's question is the proposition, so that to
turn it down is to be against, is tasks/votes/question.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from tasks.claims.across import read_meanings
from tasks.claims.additions import held_by
from tasks.claims.check import check_claim
from tasks.claims.demands import Demand, deeds_of, demands_of, is_of_nobody, is_two_sided, set_apart
from tasks.claims.limits import AND, LINKS, lessens, limits_beyond, without_reasons
from tasks.claims.spelling import key_of, opposite_side
from tasks.claims.words import MODALS, Reading, Word, read_text

Side = Literal["support", "oppose", "unclear"]

_POSSESSIVE = re.compile(r"['’]s?$")
_PLURAL = re.compile(r"ies$|(?<=ss|ch|sh)es$|(?<!s)s$")


def side_of(wish: str, proposition: str, *, may_be_of_fewer: bool = False) -> Side:
    """Where somebody who wants `wish` stands on `proposition`; unclear unless shown."""
    if speaks_for(wish, proposition, may_be_of_fewer=may_be_of_fewer):
        return "support"
    return "oppose" if are_opposites(wish, proposition) else "unclear"


def speaks_for(wish: str, proposition: str, *, may_be_of_fewer: bool = False) -> bool:
    """Whether whoever wants the one wants the other too: each demand of the proposition is said, or more, by one of the wish.

    `may_be_of_fewer`: the wish may be of some of the things, as who is against the whole is against each part.
    """
    if _bare(wish) == _bare(proposition) != "":
        return True
    told = demands_of(wish)
    return all(
        any(_says(one, asked, may_be_of_fewer=may_be_of_fewer) for one in told)
        for asked in demands_of(proposition)
    )


def are_opposites(wish: str, proposition: str) -> bool:
    """Whether the wish is that the proposition's very thing be not done, or the opposite done; at a place that the proposition has too.

    Who is against one demand of several has not said so of the others.
    """
    asked = demands_of(proposition)
    return len(asked) == 1 and any(_is_against(one, asked[0]) for one in demands_of(wish))


def _says(wish: Demand, proposition: Demand, *, may_be_of_fewer: bool) -> bool:
    said, told = proposition.reading, wish.reading
    wanted = {word.stem for word in deeds_of(said)}
    return (
        bool(wanted)
        and wanted <= {word.stem for word in deeds_of(told)}
        and wanted & said.denied == wanted & told.denied
        and _has_all(said, told)
        and _is_of_one_thing(said, told)
        and _is_of_one_kind(wish, proposition)
        and not (lessens(told, said) if may_be_of_fewer else limits_beyond(told, said))
        and check_claim(proposition.text, [wish.text]).ok
    )


def _is_against(wish: Demand, proposition: Demand) -> bool:
    said, told = proposition.reading, wish.reading
    own, other = deeds_of(said), deeds_of(told)
    if not _are_turned(said, own, told, other) or not _is_of_one_thing(said, told):
        return False
    if not _is_of_one_kind(wish, proposition) or limits_beyond(told, said):
        return False
    wanted = _matter(_only(without_reasons(told), told), other)
    return not _lacking(_matter(said, own), told, names=False) and not _lacking(wanted, said)


def _is_of_one_kind(wish: Demand, proposition: Demand) -> bool:
    """Whether neither is limited otherwise than the other, or denies what the other speaks of, or asks for two opposites."""
    said, told = proposition.reading, wish.reading
    if wish.limits != proposition.limits or is_two_sided(said) or is_two_sided(told):
        return False
    if is_of_nobody(said) != is_of_nobody(told):
        return False
    apart, own = set_apart(told), set_apart(said)
    return not (apart - own) & said.stems() and not (own - apart) & told.stems()


def speaks_of(text: str, proposition: str) -> bool:
    """Whether a text has a word or a meaning of what the proposition is about, which is not what is to be done to it."""
    said, told = read_text(proposition), read_text(text)
    matter = _matter(said, deeds_of(said)) or _full(said)
    meant = read_meanings(" ".join(word.raw for word in matter)).entries
    return len(_lacking(matter, told)) < len(matter) or bool(meant & read_meanings(text).entries)


def _bare(text: str) -> str:
    return text.casefold().strip(" .!؟?")


def _full(reading: Reading) -> list[Word]:
    return [word for word in reading.words if word.weight >= 1 or word.is_name]


def _matter(reading: Reading, deeds: Iterable[Word]) -> list[Word]:
    done = {word.stem for word in deeds}
    return [word for word in _full(reading) if word.stem not in done]


def _has_all(said: Reading, told: Reading) -> bool:
    """Whether every word is there, a noun in number alone another; of two full words one may be another's, «fuel» petrol's."""
    words = [word for word in said.words if word.weight and word.raw.lower() not in MODALS]
    deeds = {word.stem for word in deeds_of(said)}
    others = [w for w in words if not any(_is_same(w, o, is_deed=w.stem in deeds) for o in told.words)]
    kept = {word.stem for word in _full(said)} - {word.stem for word in others} - deeds
    if any(word.weight < 1 or word.is_name for word in others) or len({w.stem for w in others}) > bool(kept):
        return False
    return not _lacking(others, told)


def _is_same(word: Word, other: Word, *, is_deed: bool) -> bool:
    """One stem; and a noun is no other of its root, parking no park, but for a synonym."""
    if word.stem != other.stem:
        return False
    return is_deed or key_of(word.raw) != key_of(other.raw) or _singular(word.raw) == _singular(other.raw)


def _singular(raw: str) -> str:
    plain = _POSSESSIVE.sub("", raw.lower())
    return _PLURAL.sub(lambda found: "y" if found[0] == "ies" else "", plain) if plain.isascii() else plain


def _lacking(words: Sequence[Word], told: Reading, *, names: bool = True) -> list[Word]:
    """Those of the words that the other text has neither as they are nor in words that bear them out; a name only as it is."""
    held, stems = held_by(_only(words, told), [told]), told.stems()
    return [w for w in words if (names or not w.is_name) and w.stem not in (stems if w.is_name else held)]


def _only(words: Sequence[Word], told: Reading) -> Reading:
    return Reading(tuple(words), (), frozenset(), (), is_farsi=told.is_farsi)


def _is_of_one_thing(said: Reading, told: Reading) -> bool:
    """Whether what is to be treated so is the same: to end fines over the hijab is not to end the hijab."""
    own, other = _things(said), _things(told)
    stems = {word.stem for word in other}
    return not own or any(word.stem in stems for word in own)


def _things(reading: Reading) -> list[Word]:
    """The nouns of what something should be done to: of «Petrol prices in Yazd» the prices."""
    words = without_reasons(reading)
    at = next((n for n, word in enumerate(words) if word.raw.lower() in MODALS), 0)
    before, after = words[:at], words[at:]
    deeds = {word.stem for word in deeds_of(reading)}
    found = _heads(before)
    if found:
        return found
    return _heads([w for w in after if w.stem not in deeds]) or _heads(after)


def _heads(words: Sequence[Word]) -> list[Word]:
    """The last full word before each «and» of the first phrase that has one."""
    phrase: list[list[Word]] = [[]]
    for word in words:
        if word.raw.lower() in LINKS:
            if any(phrase):
                break
        elif word.raw.lower() in AND:
            phrase.append([])
        elif word.weight >= 1 and not word.is_name:
            phrase[-1].append(word)
    return [part[-1] for part in phrase if part]


def _are_turned(said: Reading, own: Sequence[Word], told: Reading, other: Sequence[Word]) -> bool:
    """The same deed, in one of them denied; or «kept» for «abolished», neither denied."""
    full, others = ({w.stem for w in deeds if w.weight >= 1} for deeds in (own, other))
    if any((stem in said.denied) != (stem in told.denied) for stem in full & others):
        return True
    mine, theirs = {w.stem for w in own}, {w.stem for w in other}
    sides = {side for stem in mine - said.denied if (side := opposite_side(stem))}
    held = {side for stem in theirs - told.denied if (side := opposite_side(stem))}
    return any((pair, 1 - side) in held for pair, side in sides)
