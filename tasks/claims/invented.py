"""Does a claim say more surely, more strongly or with another cause what its sources say? Pure.

A part of tasks/claims/check.py; the words are lists of data/claims.toml. «May come» is no «will come», «some say that he
left» no «he left», «closed for a month» no «closed for good»; and nobody dies, nothing is the worst of the country,
nothing is to be removed and nothing has a cause of which no source speaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from tasks.claims.additions import held_by, is_framing
from tasks.claims.kinds import is_superlative
from tasks.claims.spelling import is_ender, key_of, keys_of, numbers_of, words_of
from tasks.claims.words import Reading, Word, is_negative_word, share

SAME = 0.6  # of a clause's full words: the other clause tells of the same
HALF = 0.5  # of a cause's full words, before it counts as an invention
SPEAKERS = 2  # words between «some» and «say»


def inventions(said: Reading, sources: Sequence[Reading]) -> list[str]:
    """What the claim adds in strength or cause."""
    found = []
    if _drops_a_doubt(said, sources):
        found.append("tells as certain what its sources only doubt or heard")
    found += [f"{raw!r} says it more strongly than any source" for raw in _stronger(said, sources)]
    if any(is_ender(w.stem) for w in said.words) and not _speak_of_an_end(sources):
        found.append("ends what no source ends")
    if _invents_a_cause(said, sources):
        found.append("a cause that no source names")
    return found


def _drops_a_doubt(said: Reading, sources: Sequence[Reading]) -> bool:
    """Some clause of the claim is told by its sources only in doubt."""
    told = [clause for s in sources for clause in s.clauses()]
    for clause in said.clauses():
        claimed = {w.stem for w in clause if w.weight >= 1}
        same = [c for c in told if share(claimed, _stems(c)) >= SAME]
        if claimed and same and not _is_doubtful(clause) and all(map(_is_doubtful, same)):
            return True
    return False


def _is_doubtful(clause: Sequence[Word]) -> bool:
    """«perhaps», «may»; «some say»: who says it is not who writes."""
    keys = [key_of(w.raw) for w in clause]
    if any(key in keys_of("doubt") for key in keys):
        return True
    few = [at for at, key in enumerate(keys) if key in keys_of("some_who")]
    return any(key in keys_of("say") for at in few for key in keys[at + 1 : at + 1 + SPEAKERS])


def _stronger(said: Reading, sources: Sequence[Reading]) -> Iterator[str]:
    """Superlatives, words of utmost strength, deaths and crimes that no source has."""
    held = set().union(*({w.stem for w in s.words} for s in sources))
    meant = held | held_by(said, sources)  # «stolen» of a theft
    keys = {key_of(w.raw) for s in sources for w in s.words}
    for word in said.words:
        key = key_of(word.raw)
        if word.raw.lower() in ("good", "ever"):
            is_told = not _is_for_ever(said, word) or any(
                _is_for_ever(s, w) for s in sources for w in s.words
            )
        elif key in keys_of("only") and not _is_before_a_figure(said, word):
            is_told = bool(keys & (keys_of("only") | keys_of("hardly_any")))
        elif is_superlative(word.raw) or _is_utmost(word):
            is_told = word.stem in held
        elif _is_grave(word):
            is_told = word.stem in meant
        else:
            continue
        if not is_told:
            yield word.raw


def _is_before_a_figure(reading: Reading, word: Word) -> bool:
    """«Only one bus» says of one bus that it is few."""
    place = reading.words.index(word)
    return any(w.raw.lower() == "one" or numbers_of([w.raw])[0] for w in reading.words[place + 1 : place + 2])


def _is_for_ever(reading: Reading, word: Word) -> bool:
    """«closed for good», «for ever», at the end of its clause."""
    clause = [w for w in reading.words if w.clause == word.clause]
    return (
        clause[-1] is word
        and word.raw.lower() in ("good", "ever")
        and len(clause) > 1
        and clause[-2].raw.lower() == "for"
    )


def _is_utmost(word: Word) -> bool:
    """By its spelling in English: what is to be completed is not completely so."""
    return (
        word.raw.lower() in words_of("utmost")
        if word.raw.isascii()
        else key_of(word.raw) in keys_of("utmost")
    )


def _is_grave(word: Word) -> bool:
    return key_of(word.raw) in keys_of("deaths") or word.raw.lower() in words_of("grave")


def _speak_of_an_end(sources: Sequence[Reading]) -> bool:
    return any(is_negative_word(w) or _is_grave(w) for s in sources for w in s.words)


def _invents_a_cause(said: Reading, sources: Sequence[Reading]) -> bool:
    """What follows «because», or what stands before it, is in no source."""
    held = held_by(said, sources) | {w.stem for w in said.words if is_framing(w)}
    for at, word in enumerate(said.words):
        if key_of(word.raw) in keys_of("cause"):
            rest = [w for w in said.words[at + 1 :] if w.sentence == word.sentence]
            first = next((w for w in rest if w.weight >= 1), None)
            cause = {w.stem for w in rest if first and w.clause == first.clause and w.weight >= 1}
            effect = {w.stem for w in said.words[:at] if w.sentence == word.sentence and w.weight >= 1}
            if any(part and share(part, held) <= HALF for part in (cause, effect)):
                return True
    return False


def _stems(words: Sequence[Word]) -> AbstractSet[str]:
    return {w.stem for w in words if w.weight}
