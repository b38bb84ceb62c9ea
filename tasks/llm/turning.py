"""Which way a record's wish goes, against the words that it quotes: what it ends, what it feeds, whom it is against. Pure.

A complaint leaves its remedy to the reader, so that a wish is compared by what it does to whom, and not word by word. Judged only
where the lexicon or the word lists know the thing that is wished away, or wished for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from tasks.claims.spelling import actor_line, is_ender, opposite_side, words_of
from tasks.claims.translation import is_named, meanings
from tasks.claims.words import MODALS, Word, is_negative_word, read_text
from tasks.llm.quoting import HANGING, head_of
from tasks.schemas import Record

_AFTER_MODAL = 4  # words in which the verb of a wish stands
_ENDING = frozenset({"cancel", "ban", "close", "stop", "lift", "dismiss"})  # demands of the lexicon
# A wish that something be not done, or done no more; that something is not so (ندارد, نیست) is none.
_REFUSES = re.compile(
    r"ن(?:می)?\u200c?(?:خوا|ذار|گذار|باید|شود|شه\b|کن)|(?<!\w)ن\w{1,6}(?:ید|ین|نن)(?!\w)"
    r"|مخالف|اعتراض|علیه|\bنه\b|بس است|بسه|جرم نی|تمام کن|بردار|حذف|لغو|متوقف|پس گرفت"
    r"|\b(?:na\w+(?:id|in|an|am|im|e)|nemikha\w+|nabayad|nabashe|mokhalef\w*|hazf|not|no|never|stop|against|oppose\w*|don.?t|won.?t|shouldn.?t|end)\b",
    re.IGNORECASE,
)


_KEEPS = re.compile(
    r"\b(?:should|must)\b(?: \w+)? (?:kept|keep|continue|continued|remain|stay|maintained|preserved|retained)\b"
)
_ASKS_TO_END = re.compile(
    r"بردار|برداشته|(?:لغو|حذف|جمع|تعطیل|ممنوع|متوقف|منحل|تموم|تمام)(?:ش|شون|شان)? ?(?:کن|ش[هو]|بش)|\b(?:abolish|scrap|ban|end|cancel|stop|hazf kon|bardar\w*)\b"
)
_ASKS_TO_KEEP = re.compile(
    r"بمان|بمون|نگه|حفظ|ادامه|باقی|\b(?:keep|kept|stay|remain|preserve|bemun\w*|beman\w*)\b"
)


def turned_wishes(record: Record) -> Iterator[str]:
    """Reasons against the direction of a record's wish."""
    quote, wish = record.quote, record.proposition_en
    if record.position == "oppose":
        if not _REFUSES.search(quote) and not _harms(wish) and not _suffers(wish, quote):
            yield "an opposition that the quote does not have"
    elif ends_what_serves(wish, quote):
        yield "a wish to end what the quote does not deny"
    elif _deprives(wish, quote):
        yield "a wish against people whom the quote does not name"
    elif _feeds_what_harms(wish, quote):
        yield "a wish for what the quote complains of"
    elif _keeps_what_should_go(wish, quote):
        yield "a wish to keep what the quote wants ended"
    if _ends(record.proposition_fa, wish):
        yield "the Farsi wish ends what the English does not"


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
            return head_of(words, modal) if is_passive else _object(words, at)
    return None


def _serves(head: Word) -> bool:
    return actor_line(head.stem) is not None or any(e.kind in ("good", "body") for e in meanings(head.raw))


def _feeds_what_harms(english: str, quote: str) -> bool:
    """«Filtering should be increased»: more of what the lexicon holds for a harm, and the quote refuses nothing of the kind."""
    words = read_text(english).words
    for at, modal in enumerate(words):
        verbs = [
            w
            for w in words[at + 1 : at + 1 + _AFTER_MODAL]
            if w.raw.lower() in words_of("feeding") or w.is_cue
        ]
        head = head_of(words, at) if modal.raw.lower() in MODALS else None
        if head is None or not verbs or any(w.is_cue for w in verbs):
            continue
        if _is_harm(head) and not any(is_named(w, quote) for w in verbs):
            return True
    return False


def _keeps_what_should_go(english: str, quote: str) -> bool:
    """«Should be kept», «should stay closed»: of a thing that the quote asks to be taken away, or is closed to its sorrow."""
    found = _KEEPS.search(english)
    if found is None or _ASKS_TO_KEEP.search(quote):
        return False
    after = read_text(english[found.end() :]).words[:1]
    return bool(_ASKS_TO_END.search(quote)) or any(is_ender(w.stem) for w in after)


def _is_harm(head: Word) -> bool:
    """A word by which the lexicon names a harm («internet filtering»), and not only the thing that is harmed."""
    names = [read_text(e.en).words for e in meanings(head.raw) if e.kind == "bad"]
    return any(
        head.stem in {w.stem for w in name} and not any(is_ender(w.stem) for w in name) for name in names
    )


def _deprives(english: str, quote: str) -> bool:
    """«X should not …», of people whom the quote does not name."""
    words = read_text(english).words
    for at, modal in enumerate(words[:-1]):
        if modal.raw.lower() in MODALS and words[at + 1].is_cue:
            head = head_of(words, at)
            if head is not None and actor_line(head.stem) is not None and not is_named(head, quote):
                return True
    return False


def _harms(english: str) -> bool:
    """Whether a wish takes something away or raises it, so that a bare complaint may be against it."""
    return any(is_ender(w.stem) or w.is_cue or opposite_side(w.stem) for w in read_text(english).words)


def _suffers(english: str, quote: str) -> bool:
    """Whether a wish is for a harm of the lexicon («Telegram should be filtered») of the kind that the quote complains of."""
    wished, said = ({e.topic for e in meanings(text) if e.kind == "bad"} for text in (english, quote))
    return not wished.isdisjoint(said)


def _ends(farsi: str, english: str) -> bool:
    """Whether the Farsi bans or ends something and the English nothing."""
    if not any(is_ender(w.stem) for w in read_text(farsi).words):
        return False
    return not any(is_negative_word(w) for w in read_text(english).words) and not (
        _ENDING & {e.en for e in meanings(english)}
    )


def _object(words: Sequence[Word], verb: int) -> Word | None:
    """The noun that a verb is done to; none where another verb follows («stop burning …»)."""
    clause = [w for w in words[verb + 1 :] if w.clause == words[verb].clause]
    named = list(takewhile(lambda w: w.raw.lower() not in HANGING, clause))
    return named[-1] if named and not named[0].raw.endswith("ing") else None
