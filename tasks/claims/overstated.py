"""Does a claim say more than its sources: of more people, without their condition, as done what is only wished? Pure.

A part of tasks/claims/check.py; the words are lists of data/claims.toml. Each rule needs the source to say the lesser
thing of the same matter: where it says nothing of how many or on what condition, nothing is refused here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from tasks.claims.kinds import degree_of, unit_of
from tasks.claims.spelling import is_finite_verb, is_past_verb, key_of, keys_of
from tasks.claims.words import MOSTLY, Reading, Word, share

MANY, MOST = 2, 3  # degrees: from MANY on less may be said elsewhere, from MOST on it must be said there
HALF = 0.5  # of a claim's full words, in a sentence that wishes what the claim tells as done
HEAD_WITHIN = 4  # words from «some» to what there is some of
AT_TIMES = ""  # the head of «always» and «sometimes»
PEOPLE = "people"  # the head of «everybody» and of «all residents»
_AUXILIARIES = frozenset(["is", "are", "was", "were", "been", "has", "have", "had", "being", "got", "gets"])


def overstatements(said: Reading, sources: Sequence[Reading]) -> list[str]:
    """Why the claim says more than its sources do."""
    found = []
    if _says_of_more(said, sources):
        found.append("says it of more than its sources do")
    if _drops_a_condition(said, sources):
        found.append("leaves out the condition its sources make")
    if _tells_as_done(said, sources):
        found.append("tells as done what its sources only wish or plan")
    return found


def _says_of_more(said: Reading, sources: Sequence[Reading]) -> bool:
    """«All» or «most» of what no source says so of; «many» of what they say less of. A wish of all is no fact of all."""
    held: dict[str, int] = {}
    for sentence in _sentences(sources):
        if _wishes(said.words) or not _wishes(sentence):
            for head, degree in _degrees(sentence):
                held[head] = max(degree, held.get(head, 0))
    stems = set().union(*(s.stems() for s in sources))
    if any(degree >= MANY and 0 < held.get(head, 0) < degree for head, degree in _degrees(said.words)):
        return True
    affirming = [
        w for w in said.words if not w.is_cue
    ]  # «nobody», «never»: negations are compared on their own
    for head, degree in _degrees(affirming):
        most = max(held.values(), default=0) if head == AT_TIMES else held.get(head, 0)
        is_rate = head in stems and unit_of(head) is not None  # «every day» for «a day»
        if degree >= MOST > most and not is_rate and head not in keys_of("writers"):
            return True
    return False


def _wishes(words: Sequence[Word]) -> bool:
    return any(key_of(w.raw) in keys_of("wish") for w in words)


def _degrees(words: Sequence[Word]) -> Iterator[tuple[str, int]]:
    """What there is how much of: «some teachers» is («teacher», 1), «always» (AT_TIMES, 4)."""
    for at, word in enumerate(words):
        degree = degree_of(word.raw)
        if not degree or (at and key_of(words[at - 1].raw) in keys_of("no_degree_after")):
            continue
        if key_of(word.raw) in keys_of("at_times"):
            yield AT_TIMES, degree
        elif key_of(word.raw) in keys_of("everybody"):
            yield PEOPLE, degree
        elif head := _head(words, at):
            yield head, degree


def _head(words: Sequence[Word], at: int) -> str | None:
    """What «some» or «all» counts: «all three» the three; nothing for «some 140 workers», who are about so many."""
    following = [w for w in words[at + 1 : at + 1 + HEAD_WITHIN] if w.clause == words[at].clause]
    head = next((w for w in following if w.weight and not w.is_name), None)
    if head is None or (head.stem.replace(".", "").isdigit() and words[at].raw.lower() != "all"):
        return None
    return PEOPLE if key_of(head.raw) in keys_of("everybody") else head.stem


def _drops_a_condition(said: Reading, sources: Sequence[Reading]) -> bool:
    """Every sentence that says what the claim says makes a condition, and the claim has none."""
    if _conditions(said.words):
        return False
    claimed = _full(said.words)
    same = [s for s in _sentences(sources) if share(claimed, _full(s)) >= MOSTLY]
    return bool(claimed and same) and all(_is_under_condition(claimed, sentence) for sentence in same)


def _is_under_condition(claimed: AbstractSet[str], sentence: Sequence[Word]) -> bool:
    spans = _conditions(sentence)
    inside = {at for span in spans for at in span}
    outside = [w for at, w in enumerate(sentence) if at not in inside]
    return bool(spans) and share(claimed, _full(outside)) >= MOSTLY


def _conditions(words: Sequence[Word]) -> list[range]:
    """Where «if …» stands: to the next comma; in Farsi to the verb. «If possible» is courtesy, «even if» none."""
    found = []
    for at, word in enumerate(words):
        if key_of(word.raw) not in keys_of("condition"):
            continue
        before = key_of(words[at - 1].raw) if at else ""
        after = key_of(words[at + 1].raw) if at + 1 < len(words) else ""
        if before in keys_of("no_condition_after") or after in keys_of("courtesy"):
            continue
        end = at + 1
        while end < len(words) and words[end].clause == word.clause:
            end += 1
            if is_finite_verb(words[end - 1].raw):
                break
        found.append(range(at, end))
    return found


def _tells_as_done(said: Reading, sources: Sequence[Reading]) -> bool:
    if _wishes(said.words):
        return False
    return _is_done_in_farsi(said, sources) if said.is_farsi else _is_done_in_english(said, sources)


def _is_done_in_english(said: Reading, sources: Sequence[Reading]) -> bool:
    """«was built», «repaired», where the sources have «should be built» and «will repair» only."""
    claimed = _full(said.words)
    wished, told = set(), set()
    for sentence in _sentences(sources):
        first = next((at for at, w in enumerate(sentence) if key_of(w.raw) in keys_of("wish")), len(sentence))
        told |= _full(sentence[:first])
        later = [w for w in sentence[first:] if w.weight >= 1]
        same = share(claimed, _full(sentence)) >= HALF
        wished |= {w.stem for w in later[:1] if same}
        told |= {w.stem for w in later[1:] if _is_told(sentence, w)} | (
            set() if same else {w.stem for w in later[:1]}
        )
    done = {
        w.stem
        for at, w in enumerate(said.words)
        if w.weight >= 1
        and (
            w.raw.endswith("ed")
            or any(p.raw.lower() in _AUXILIARIES for p in said.words[max(0, at - 2) : at])
        )
    }
    return bool(done & wished - told)


def _is_told(sentence: Sequence[Word], word: Word) -> bool:
    """«which was built», behind a wish."""
    before = sentence[: sentence.index(word)][-2:]
    return any(w.raw.lower() in _AUXILIARIES for w in before)


def _is_done_in_farsi(said: Reading, sources: Sequence[Reading]) -> bool:
    """The claim ends in the past, and every sentence that says the same wishes, plans or promises."""
    if not said.words or not is_past_verb(said.words[-1].raw):
        return False
    claimed = _full(said.words[:-1])
    same = [s for s in _sentences(sources) if share(claimed, _full(s)) >= MOSTLY]
    return bool(claimed and same) and all(
        any(key_of(w.raw) in keys_of("wish") for w in sentence) and not is_past_verb(sentence[-1].raw)
        for sentence in same
    )


def _sentences(sources: Sequence[Reading]) -> Iterator[tuple[Word, ...]]:
    return (sentence for source in sources for sentence in source.sentences())


def _full(words: Sequence[Word]) -> set[str]:
    """The stems that say much, but for words of how many and how often."""
    return {w.stem for w in words if w.weight >= 1 and not degree_of(w.raw)}
