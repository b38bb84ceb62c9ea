"""Whether a record says what its quote says: who speaks, who is accused, praised or called upon. Pure.

A record may take places, names and figures from all of its text (`grounding.py`); who is said to have said something must stand in the
words that it quotes. Each rule judges only where the lexicon or the word lists know enough. Not here: whether the quote bears out
the record's words at all (`steering.py`), and which way a wish goes (`turning.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import takewhile

from tasks.claims.spelling import actor_line, words_of
from tasks.claims.translation import is_named, meanings
from tasks.claims.words import MODALS, Word, read_text
from tasks.llm.engine.finglish import is_finglish
from tasks.llm.grounding import is_dictionary_word, spoken_of

_SAYS = re.compile(
    r"\b(?:says?|said|announce[sd]?|confirm(?:s|ed)?|report(?:s|ed)|stated|states|admit(?:s|ted)|claim(?:s|ed)|promise[sd]?"
    r"|warn(?:s|ed)|den(?:ies|ied)|insist(?:s|ed)|declare[sd]?|acknowledge[sd]?)\b"
)
_SAID_IN_SOURCE = re.compile(
    r"گفت|گفته|می\u200c?گ[وی]|میگ[نهمی]|اعلام|تأیید|تایید|قول|وعده|اعتراف|مدعی|ادعا|خبر داد|هشدار|تکذیب|می\u200c?فرما|جواب"
    r"|\b(?:mig(?:an|e|in|and)|goft\w*|elam|ghol|vade|said|says?|announced?|confirmed|reported|promised?|claim(?:s|ed)|admitted|answer\w*)\b"
)
_PASSIVE = frozenset({"been", "was", "were", "is", "are", "being"})  # what was said, not who said it
_EVERYBODY = frozenset({"all", "every", "everyone", "everybody", "most"})
_ALL = re.compile(r"\b(?:همه|هر|تمام|اکثر|بیشتر|هیچ\w*|hame|har|all|every\w*|most)\b")
HANGING = frozenset(
    ["of", "by", "in", "at", "for", "from", "on", "with", "to", "who", "which", "that", "working", "near"]
)
_AUXILIARY = frozenset(["has", "have", "had", "also", "is", "are", "was", "were"])


def speaks_for_a_body(english: str, quote: str) -> bool:
    """Whether a body of the state, or somebody with a name, is said to have said what the quote tells of nobody as said."""
    if _SAID_IN_SOURCE.search(quote.lower()):
        return False
    words = read_text(english).words
    for at, verb in enumerate(words):
        if _SAYS.fullmatch(verb.raw.lower()) and not (at and words[at - 1].raw.lower() in _PASSIVE):
            subject = {w.raw.lower() for w in words[:at] if w.clause == verb.clause}
            if _is_speaker(head_of(words, at)) or (subject & _EVERYBODY and not _ALL.search(quote.lower())):
                return True
    return False


def _is_speaker(head: Word | None) -> bool:
    if head is None:
        return False
    has_name = head.raw[0].isupper() and not is_dictionary_word(head.raw.lower())
    return has_name or actor_line(head.stem) in _bodies()


def accuses(english: str, quote: str) -> bool:
    """Whether a crime, violence or guilt is told of which the quote has no word. Not judged where the quote is Finglish."""
    if is_finglish(quote):
        return False
    meant = read_text(" . ".join(sorted(map(spoken_of, meanings(quote))))).stems()  # «killing of stray dogs»
    return any(
        w.raw.lower() in words_of("grave") and not is_named(w, quote) and w.stem not in meant
        for w in read_text(english).words
    )


def judges(english: str, quote: str) -> bool:
    """Whether somebody is praised or despised of whom the quote says nothing of the kind."""
    return any(
        w.raw.lower() in words_of("judging") and not is_named(w, quote) for w in read_text(english).words
    )


def calls_on_people(wish: str, quote: str) -> bool:
    """Whether a wish tells the public what to do («people should go to …») though the quote names no such deed.

    What people are to get, to be or to be spared («people should be able to …») is no call.
    """
    words = read_text(wish).words
    for at, modal in enumerate(words[:-1]):
        if modal.raw.lower() not in MODALS or modal.clause != words[0].clause:
            continue
        subject, verb = words[:at], words[at + 1]
        is_public = bool(subject) and all(
            w.raw.lower() in words_of("public") or not w.weight for w in subject
        )
        if is_public and not verb.is_cue and verb.raw.lower() not in words_of("receiving"):
            told = [w for w in words[at + 1 :] if w.clause == verb.clause and w.weight >= 1]
            return not any(is_named(w, quote) for w in told[:2])
    return False


def head_of(words: Sequence[Word], verb: int) -> Word | None:
    """The noun that a verb is said of: the last word before it in its clause, without what hangs on it («of …», «by …»)."""
    clause = [w for w in words[:verb] if w.clause == words[verb].clause]
    named = list(takewhile(lambda w: w.raw.lower() not in HANGING, clause))
    return next((w for w in reversed(named) if w.raw.lower() not in _AUXILIARY), None)


@cache
def _bodies() -> frozenset[int | None]:
    """The actors who may speak in the name of the state."""
    named = "ministry parliament president municipality council police court army governor leader bank"
    return frozenset(actor_line(word.stem) for word in read_text(named).words) - {None}
