"""Whether a record says what its quote says: its matter, who speaks, and that nothing is ended which the quote does not want ended. Pure.

A record may take places, names and figures from all of its text (`grounding.py`); what it wants, and who is said to have said
something, must stand in the words that it quotes. Each rule judges only where the lexicon or the word lists know enough.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import takewhile

from tasks.claims.spelling import actor_line, is_ender
from tasks.claims.translation import meanings
from tasks.claims.words import MODALS, Word, read_text
from tasks.llm.grounding import is_dictionary_word, spoken_of
from tasks.llm.lexicon import Entry

_CONTENT = frozenset(
    {"bad", "good", "thing", "people", "body"}
)  # kinds of the lexicon that say what a text is about
_SAYS = re.compile(
    r"\b(?:says?|said|announce[sd]?|confirm(?:s|ed)?|report(?:s|ed)|stated|states|admit(?:s|ted)|claim(?:s|ed)|promise[sd]?"
    r"|warn(?:s|ed)|den(?:ies|ied)|insist(?:s|ed)|declare[sd]?|acknowledge[sd]?|according to)\b"
)
_SAID_IN_SOURCE = re.compile(
    r"گفت|گفته|می‌?گ[وی]|میگ[نهمی]|اعلام|تأیید|تایید|قول|وعده|اعتراف|مدعی|ادعا|خبر داد|هشدار|تکذیب|می‌?فرما|جواب"
    r"|\b(?:mig(?:an|e|in|and)|goft\w*|elam|ghol|vade|said|says?|announced?|confirmed|reported|promised?|claim(?:s|ed)|admitted|answer\w*)\b"
)
_ENDING = frozenset({"cancel", "ban", "close", "stop", "lift", "dismiss"})  # demands of the lexicon
_HANGING = frozenset(
    ["of", "by", "in", "at", "for", "from", "on", "with", "to", "who", "which", "that", "working", "near"]
)
_AUXILIARY = frozenset(["has", "have", "had", "also", "is", "are", "was", "were"])
_AFTER_MODAL = 4  # words in which the verb of a wish stands


def strays(sentences: Sequence[str], quote: str) -> bool:
    """Whether one of a record's sentences speaks of other matters than the quote.

    Judged where the lexicon finds matters in both: they must share a matter, a topic, a place or a full word, or the sentence a
    full word with another one that does.
    """
    held = _matters(quote)
    if not held:
        return False
    resting = [s for s in sentences if _rests(s, quote, held)]
    known = frozenset[str]().union(*(_full(s) for s in resting))
    return any(_matters(s) and s not in resting and not _full(s) & known for s in sentences)


def _rests(sentence: str, quote: str, held: frozenset[Entry]) -> bool:
    said = meanings(sentence)
    if {e.en for e in said} & {e.en for e in meanings(quote)}:
        return True
    if {e.topic for e in _matters(sentence)} & {e.topic for e in held}:
        return True
    return bool(_full(sentence) & _full(" . ".join([quote, *sorted(map(spoken_of, held))])))


def _matters(text: str) -> frozenset[Entry]:
    return frozenset(e for e in meanings(text) if e.kind in _CONTENT and e.topic)


def _full(text: str) -> frozenset[str]:
    return frozenset(word.stem for word in read_text(text).words if word.weight >= 1)


def speaks_for_a_body(english: str, quote: str) -> bool:
    """Whether a body of the state, or somebody with a name, is said to have said what the quote tells of nobody as said."""
    if _SAID_IN_SOURCE.search(quote.lower()):
        return False
    words = read_text(english).words
    return any(_SAYS.fullmatch(w.raw.lower()) and _is_speaker(_head(words, at)) for at, w in enumerate(words))


def _is_speaker(head: Word | None) -> bool:
    if head is None:
        return False
    has_name = head.raw[0].isupper() and not is_dictionary_word(head.raw.lower())
    return has_name or actor_line(head.stem) in _bodies()


def ends_what_serves(english: str, quote: str) -> bool:
    """Whether a wish ends people or those who serve them (closed, banned, dissolved) though the quote wants nothing ended."""
    if any(is_ender(w.stem) for w in read_text(quote).words) or _ENDING & {e.en for e in meanings(quote)}:
        return False
    words = read_text(english).words
    heads = (_ended(words, at) for at, w in enumerate(words) if w.raw.lower() in MODALS)
    return any(head is not None and _serves(head) for head in heads)


def _ended(words: Sequence[Word], modal: int) -> Word | None:
    """What a wish says should be ended: «X should be closed», «they should close X»."""
    for at in range(modal + 1, min(modal + 1 + _AFTER_MODAL, len(words))):
        if words[at].is_cue:
            return None
        if is_ender(words[at].stem):
            is_passive = any(w.raw.lower() in ("be", "get") for w in words[modal:at])
            return _head(words, modal) if is_passive else _object(words, at)
    return None


def _serves(head: Word) -> bool:
    return actor_line(head.stem) is not None or any(e.kind in ("good", "body") for e in meanings(head.raw))


def _head(words: Sequence[Word], verb: int) -> Word | None:
    """The noun that a verb is said of: the last word before it in its clause, without what hangs on it («of …», «by …»)."""
    clause = [w for w in words[:verb] if w.clause == words[verb].clause]
    named = list(takewhile(lambda w: w.raw.lower() not in _HANGING, clause))
    return next((w for w in reversed(named) if w.raw.lower() not in _AUXILIARY), None)


def _object(words: Sequence[Word], verb: int) -> Word | None:
    """The noun that a verb is done to; none where another verb follows («stop burning …»)."""
    clause = [w for w in words[verb + 1 :] if w.clause == words[verb].clause]
    named = list(takewhile(lambda w: w.raw.lower() not in _HANGING, clause))
    return named[-1] if named and not named[0].raw.endswith("ing") else None


@cache
def _bodies() -> frozenset[int | None]:
    """The actors who may speak in the name of the state."""
    named = "ministry parliament president municipality council police court army governor leader bank"
    return frozenset(actor_line(word.stem) for word in read_text(named).words) - {None}
