"""Who does, and who is done to: whether a claim exchanges them. Pure; a part of tasks/claims/check.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tasks.claims.spelling import actor_line, key_of, keys_of
from tasks.claims.words import MODALS, PASSIVE, Reading, Word

_PREPOSITIONS = frozenset(
    [
        "of",
        "for",
        "in",
        "from",
        "on",
        "at",
        "with",
        "to",
        "into",
        "over",
        "under",
        "between",
        "without",
        "than",
        "through",
    ]
)

_BEFORE_VERBS = frozenset(
    ["not", "did", "does", "do", "didn't", "don't", "doesn't", "will", "would", "cannot", "can"]
)


def exchanged_roles(said: Reading, sources: Sequence[Reading]) -> list[str]:
    """«A should pay B» is not «B should pay A», nor «A complained about B» «B complained about A»."""
    exchanged = _exchanged_receivers if said.is_farsi else _exchanged_doers
    if exchanged(said, sources):
        return ["who does and who is done to are exchanged"]
    found = [] if said.is_farsi or not _asked_of_another(said, sources) else ["asks somebody else to do it"]
    return [*found, *(["somebody else says it"] if _said_by_another(said, sources) else [])]


def _said_by_another(said: Reading, sources: Sequence[Reading]) -> bool:
    """«The police say» for «neighbours say»."""
    held = [words for s in sources for words in _before_say(s)]
    speakers = {w.stem for words in held for w in words} | keys_of("everybody") | keys_of("writers")
    return bool(held) and any(words[-1].stem not in speakers for words in _before_say(said))


def _before_say(reading: Reading) -> Iterator[list[Word]]:
    """What stands before each «say», names left out; the last of it is taken for who says it."""
    for clause in reading.clauses():
        for at, word in enumerate(clause):
            before = [w for w in clause[:at] if w.weight and not w.is_name]
            if before and key_of(word.raw) in keys_of("say"):
                yield before


def _asked_of_another(said: Reading, sources: Sequence[Reading]) -> bool:
    """«Residents should repair», where the sources say only that somebody else should. Some authority may stand for any."""
    asked = [pair for s in sources for pair in _asked(s)]
    for doer, verb in _asked(said):
        doers = {theirs.stem for theirs, same in asked if same == verb}
        if doers and doer.stem not in doers | keys_of("authority") and _acts(doer):
            return True
    return False


def _acts(doer: Word) -> bool:
    """Whether it is somebody who may be asked: a name, people or an actor, no «textbooks»."""
    return doer.is_name or _is_actor(doer) or doer.stem in keys_of("everybody")


def _asked(reading: Reading) -> Iterator[tuple[Word, str]]:
    """(who, what): the word before an active «should» and the first full word after it."""
    for clause in reading.clauses():
        for at, word in enumerate(clause):
            after = clause[at + 1 : at + 3]
            if word.raw.lower() not in MODALS or any(w.raw.lower() in PASSIVE for w in after):
                continue
            doer = next((w for w in reversed(clause[:at]) if w.weight and not _is_governed(clause, w)), None)
            verb = next((w for w in clause[at + 1 :] if w.weight), None)
            if doer and verb and verb.weight >= 1:
                yield doer, verb.stem


def _exchanged_doers(said: Reading, sources: Sequence[Reading]) -> bool:
    """The words around a verb, in exchanged order, and nowhere in this one."""
    for before, verb, after in _triples(said):
        orders = {order for s in sources for order in [_order(s, before, verb, after)] if order}
        doers = set().union(*(_doers(s, verb) for s in sources))
        if orders == {"exchanged"} or (after in doers and before not in doers):
            return True
    return False


def _triples(reading: Reading) -> Iterator[tuple[str, str, str]]:
    """Doer, verb and done-to: two actors around a word, or any two around what was done («insulted»)."""
    for clause in _clauses(reading):
        full = [w for w in clause if w.weight and not w.raw[0].isdigit()]
        if any(w.raw.lower() == "by" for w in clause):
            continue
        for place, verb in enumerate(full[1:-1], start=1):
            before = full[place - 1]
            if _is_governed(clause, verb):
                continue
            for after in full[place + 1 :]:
                if after.stem != before.stem and (
                    (_is_actor(before) and _is_actor(after)) or _is_done_to(clause, verb, after)
                ):
                    yield before.stem, verb.stem, after.stem


def _is_actor(*words: Word) -> bool:
    return any(actor_line(word.stem) is not None for word in words)


def _is_done_to(clause: Sequence[Word], verb: Word, after: Word) -> bool:
    """«insulted nurses», but not «was insulted» nor «damaged in the flood»."""
    place = list(clause).index(verb)
    is_passive = place > 0 and clause[place - 1].raw.lower() in PASSIVE
    return _is_verb(clause, place) and not is_passive and not _is_governed(clause, after)


def _is_verb(clause: Sequence[Word], place: int) -> bool:
    """«insulted», «did not warn»."""
    return clause[place].raw.endswith("ed") or (place > 0 and clause[place - 1].raw.lower() in _BEFORE_VERBS)


def _is_governed(clause: Sequence[Word], word: Word) -> bool:
    """Whether it is what a preposition governs, and so no verb: «workers» in «the wages of the workers»."""
    before = [w for w in clause[: list(clause).index(word)] if w.weight or w.raw.lower() in _PREPOSITIONS]
    return bool(before) and before[-1].raw.lower() in _PREPOSITIONS


def _order(source: Reading, before: str, verb: str, after: str) -> str:
    for clause in _clauses(source):
        stems = [w.stem for w in clause]
        if "by" in stems or not {before, verb, after} <= set(stems):
            continue
        first, middle, last = (stems.index(s) for s in (before, verb, after))
        if first < middle < last:
            return "same"
        if last < middle < first and not _is_governed(clause, clause[middle]):
            return "exchanged"
    return ""


def _doers(source: Reading, verb: str) -> set[str]:
    """Who stands before the verb in its clause, where the verb is active."""
    found: set[str] = set()
    for clause in _clauses(source):
        for place, word in enumerate(clause):
            is_passive = place > 0 and clause[place - 1].raw.lower() in PASSIVE
            if word.stem == verb and _is_verb(clause, place) and not is_passive:
                found |= {w.stem for w in clause[:place] if w.weight and not _is_governed(clause, w)}
    return found


def _exchanged_receivers(said: Reading, sources: Sequence[Reading]) -> bool:
    """«دولت به کشاورز … بدهد»: who gets it in the sources does it in the claim, and the other way round."""
    for preposition, receiver, others in _receivers(said):
        held = [found for s in sources for found in _receivers(s) if found[0] == preposition]
        if any(receiver == theirs for _, theirs, _ in held):
            continue
        if any(theirs in others and receiver in doers for _, theirs, doers in held):
            return True
    return False


def _receivers(reading: Reading) -> Iterator[tuple[str, str, frozenset[str]]]:
    """(preposition, who is behind it, who else stands in the sentence behind none); one of them is an actor."""
    for number in {w.sentence for w in reading.words}:
        words = [w for w in reading.words if w.sentence == number]
        behind = [key_of(before.raw) if before else "" for before in (None, *words)]
        placed = [(w, p) for w, p in zip(words, behind, strict=False) if w.weight]
        free = [w for w, p in placed if p not in keys_of("towards")]
        for word, preposition in placed:
            if preposition in keys_of("towards"):
                others = frozenset(w.stem for w in free if _is_actor(w, word) and w.stem != word.stem)
                yield preposition, word.stem, others


def _clauses(reading: Reading) -> list[tuple[Word, ...]]:
    """Clauses without their modals."""
    return [tuple(w for w in clause if w.raw.lower() not in MODALS) for clause in reading.clauses()]
