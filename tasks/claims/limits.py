"""What makes a wish one of less than a proposition: of some of its things, at some times, in some measure. Pure, by words alone.

Who wants illegal migrants deported has not said so of migrants, nor who wants schools closed at night of schools. So each full
word, figure or length of time that only the wish has is a limit, but for: a place («in Yazd»), another thing beside it («and
bridges»), a reason or an aside («because …», «, which …,»), a figure of how bad it is («cuts of five hours»), what leaves
nothing out («immediately», «for all»), and a word that the proposition bears out or that bears out one of its own (petrol,
fuel). Not here: words that limit in any sentence, as «only» (tasks/claims/demands.py); a purpose told as «to save lives»,
which by its words could be whom it is given to, and so counts as a limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from tasks.claims.across import read_meanings
from tasks.claims.additions import borne_out_by
from tasks.claims.demands import ALL, deeds_of, modal_of
from tasks.claims.kinds import degree_of, member_of, unit_of
from tasks.claims.spelling import is_number_word, is_place, key_of, keys_of, scale_of, words_of
from tasks.claims.words import MODALS, Reading, Word

# Behind these stands what a thing is of, where it is, what it does: «the filtering of the internet» is a filtering.
LINKS = frozenset(
    (
        "of", "for", "in", "on", "at", "to", "by", "with", "from", "over", "about", "against", "that", "which", "who",
        "whose", "without", "under", "between", "among",
    )
)  # fmt: skip
AND = frozenset(("and", "or"))

_RELATIVE = frozenset(("which", "who", "where"))
_PLACING = frozenset(("in", "at", "near", "around"))  # before a name that no list has
_JOINING = frozenset(("e", "ye"))  # «Gonbad-e Kavus»
_AS_WHOM = frozenset(("from", "to", "with", "by", "against", "for"))  # «goods from Israel» are some goods
_SIZE = frozenset(("of", "a", "an", "the", "about"))  # before a figure of how much there is of a thing
_CONDITION = frozenset(("long", "far"))  # «so long as» is no reason


def limits_beyond(wish: Reading, proposition: Reading) -> list[Word]:
    """The words of the wish by which it wants less than the proposition, in their order; none = all that it asks, or more."""
    of_thing, of_deed = _parts(wish, proposition)
    done = {word.stem for word in deeds_of(wish)}
    lost = [w.raw for w in proposition.words if w.weight and w.stem not in wish.stems()]
    strange = (w for w in (*of_thing, *of_deed) if w.stem not in done | proposition.stems())
    return [w for w in strange if _may_limit(w, wish) and not any(_stand_for(w.raw, raw) for raw in lost)]


def lessens(wish: Reading, proposition: Reading) -> bool:
    """Whether something less is to be done, as at night or by five percent: not only to fewer things."""
    modal = modal_of(wish) or 0
    return any(word in wish.words[modal:] for word in limits_beyond(wish, proposition))


def without_reasons(reading: Reading) -> list[Word]:
    """The words but for those of reasons and asides, and those that leave nothing out."""
    return [word for phrase in _phrases(reading.words) for word in phrase if not _leaves_nothing_out(word)]


def _parts(wish: Reading, proposition: Reading) -> tuple[list[Word], list[Word]]:
    """What tells of the thing, what tells of what is done to it; without the things and deeds beside."""
    modal = modal_of(wish)
    before, after = (wish.words[:modal], wish.words[modal:]) if modal is not None else ((), wish.words)
    of_thing = _of_thing(_conjuncts(list(_phrases(before))), proposition.stems())
    told = takewhile(lambda phrase: not _is_led_by_and(phrase), _phrases(after))
    return of_thing, [word for phrase in told for word in phrase]


def _phrases(words: Sequence[Word]) -> Iterator[list[Word]]:
    """The words clause by clause, without reasons and asides: an aside ends at a comma, a reason with its sentence."""
    skipped = False
    for clause in Reading(tuple(words), (), frozenset(), (), is_farsi=False).clauses():
        lead = clause[0]
        is_break = key_of(lead.raw) in keys_of("break")
        after_comma = bool(words) and lead is not words[0] and _is_after_comma(lead, words, is_break=is_break)
        if after_comma or not is_break:
            skipped = False
        if _is_reason(clause) or (after_comma and lead.raw.lower() in _RELATIVE):
            skipped = True
        if not skipped and (told := list(_until_reason(clause))):
            yield told


def _is_after_comma(lead: Word, words: Sequence[Word], *, is_break: bool) -> bool:
    """A comma and «and» each begin a clause, so that both together leave a number out."""
    before = words[words.index(lead) - 1]
    return lead.clause - before.clause > is_break


def _is_reason(clause: Sequence[Word]) -> bool:
    raws = [word.raw.lower() for word in clause]
    if raws[0] not in words_of("reason"):
        return False
    following = raws[1] if len(raws) > 1 else ""
    return following not in _CONDITION and not _is_figure(following)


def _until_reason(clause: Sequence[Word]) -> Iterator[Word]:
    """«closed due to dust», «built in order to …»: up to there."""
    for at, word in enumerate(clause):
        following = clause[at + 1].raw.lower() if at + 1 < len(clause) else ""
        raw = word.raw.lower()
        if (raw == "in" and following == "order") or (
            raw in ("due", "owing", "thanks") and following == "to"
        ):
            return
        yield word


def _conjuncts(phrases: Sequence[list[Word]]) -> list[list[Word]]:
    """«Lakes, wetlands and rivers» are three; a comma before no «and» parts nothing."""
    last = max((n for n, phrase in enumerate(phrases) if _is_led_by_and(phrase)), default=0)
    rest = [word for phrase in phrases[last + 1 :] for word in phrase]
    return [*phrases[:last], [*phrases[last], *rest]] if phrases else []


def _of_thing(conjuncts: Sequence[list[Word]], stems: set[str]) -> list[Word]:
    """What may tell of the proposition's thing: not «old» in «bridges and old roads», if its thing is the bridges.

    What stands before may tell of all that follows («old roads and bridges»), what is linked behind of all before it.
    """
    links = [next((n for n, w in enumerate(p) if w.raw.lower() in LINKS), len(p)) for p in conjuncts]
    heads = [_head(part[:link]) for part, link in zip(conjuncts, links, strict=True)]
    own = [n for n, head in enumerate(heads) if head and head.stem in stems]
    found: list[Word] = []
    for n, (part, link, head) in enumerate(zip(conjuncts, links, heads, strict=True)):
        if not own or n in own:
            found += part
        elif n > own[-1]:
            found += part[link:]
        else:  # of one word that is no plural it is not sure whether it is a thing: «poor and illegal migrants»
            found += [w for w in part[:link] if w is not head or not w.raw.endswith("s")]
    return found


def _head(words: Sequence[Word]) -> Word | None:
    return next((word for word in reversed(words) if word.weight >= 1), None)


def _is_led_by_and(phrase: Sequence[Word]) -> bool:
    return phrase[0].raw.lower() in AND


def _may_limit(word: Word, wish: Reading) -> bool:
    raw = word.raw.lower()
    if raw in MODALS or _leaves_nothing_out(word):
        return False
    at = next(n for n, other in enumerate(wish.words) if other is word)
    if _is_figure(raw) or unit_of(raw) is not None:
        return not _tells_size(at, wish)
    if word.is_name or raw in words_of("name_part") or raw in _JOINING:
        return bool(word.weight) and not _is_of_place(at, wish)
    return word.weight >= 1 or (word.weight > 0 and member_of(raw) is not None)


def _leaves_nothing_out(word: Word) -> bool:
    return word.raw.lower() in words_of("unlimited") or degree_of(word.raw) == ALL


def _is_figure(raw: str) -> bool:
    return raw[:1].isdigit() or is_number_word(raw) or scale_of(raw) is not None


def _tells_size(at: int, wish: Reading) -> bool:
    """Whether a figure or unit before «should» tells how much of it there is: «of 40 percent», «five-hour cuts»."""
    words = wish.words
    if at >= (modal_of(wish) or 0):
        return False
    start = at
    while start and (_is_figure(words[start - 1].raw) or unit_of(words[start - 1].raw) is not None):
        start -= 1
    run = list(takewhile(lambda w: _is_figure(w.raw) or unit_of(w.raw) is not None, words[start:]))
    before = [w.raw.lower() for w in words[:start]]
    is_measured = any(unit_of(w.raw) is not None for w in run)
    return is_measured and (not before or before[-1] in _SIZE)


def _is_of_place(at: int, wish: Reading) -> bool:
    """A place of the lexicon, or a name behind «in»; and what belongs to the name, «the village of Rizab»."""
    words = wish.words
    start, end = at, at + 1
    while start and _is_part_of_name(words[start - 1]):
        start -= 1
    while end < len(words) and _is_part_of_name(words[end]):
        end += 1
    names = [
        word
        for word in words[start:end]
        if word.is_name and word.raw.lower() not in words_of("household_name")
    ]
    link = words[start - 1].raw.lower() if start else ""
    if any(is_place(word.raw) for word in words[start:end]):
        return link not in _AS_WHOM
    tells_more = end < len(words) and words[end].weight >= 1 and words[end].clause == words[end - 1].clause
    return bool(names) and link in _PLACING and not tells_more


def _is_part_of_name(word: Word) -> bool:
    raw = word.raw.lower()
    return word.is_name or raw in words_of("name_part") or raw in AND or raw in ("the", "of", *_JOINING)


def _stand_for(raw: str, other: str) -> bool:
    """Whether one bears the other out, or the lexicon knows both by one name."""
    if borne_out_by(raw, {key_of(other)}) or borne_out_by(other, {key_of(raw)}):
        return True
    meant = read_meanings(raw).entries
    return bool(meant) and meant <= read_meanings(other).entries
