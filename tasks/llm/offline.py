"""The offline engine: canonical records without a key, a network or a model.

A real but modest engine: the text is read with the civic lexicon of `data/lexicon/`, judged, parted and
worded by slot filling. Deterministic; its answers are marked `engine=offline` by the caller and scored by
`tasks.evaluate`. Here lies the front; reading, judging, parting and wording lie in `engine/reading`,
`engine/reject`, `engine/split`, `engine/fill`; summaries and plans in `engine/action`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from tasks.llm import lexicon
from tasks.llm.engine import action as offline_action
from tasks.llm.engine.fill import fill
from tasks.llm.engine.reading import Reading, cue_spans, has_cue, read, sentences
from tasks.llm.engine.reject import CIVIC_ENOUGH, civic_weight, reason_to_reject
from tasks.llm.engine.split import split
from tasks.llm.lexicon import Lexicon
from tasks.schemas import CanonicalReply, Record, Records

__all__ = ["ENGINE", "canonicalize", "engine_version", "reply"]

_BROKEN = re.compile("[\ud800-\udfff]")  # lone surrogates: no character, and no text can hold them
LONGEST = 20_000  # characters read of one text; the rest is cut at a word and flagged `cut_short`


def engine_version() -> str:
    """A manual revision and the hash of the lexicon files: 'R-hash'."""
    return lexicon.load().version


def canonicalize(text: str) -> Records:
    """The records of one redacted text; empty only with a reason in `.rejected`."""
    lex = lexicon.load()
    cut_short = len(text) > LONGEST
    if cut_short:
        text = text[:LONGEST].rsplit(" ", 1)[0]
    clean = _BROKEN.sub(" ", text) if _BROKEN.search(text) else text
    reading = read(clean, lex)
    orders = _orders(reading, lex)
    suspected = bool(orders)
    if suspected:
        reading = _without(reading, orders)
        if _is_not_civic(reading, lex):
            return Records(rejected="injection")
    reason = reason_to_reject(reading, lex)
    if reason is not None:
        return Records(rejected="injection" if suspected else reason)
    parts = _at_home(split(reading, lex), reading)
    shared = (*(("multi_issue",) if len(parts) > 1 else ()), *(("injection_suspected",) if suspected else ()),
              *(("cut_short",) if cut_short else ()))  # fmt: skip
    return Records([_verbatim(_record(part, lex, shared), text, clean) for part in parts])


def _verbatim(record: Record, text: str, clean: str) -> Record:
    """The record with words of the text as it came: of a quote with broken characters its longest whole run."""
    if clean is text:
        return record
    start = clean.index(record.quote)
    runs = _BROKEN.split(text[start : start + len(record.quote)])
    return record.model_copy(update={"quote": max((run.strip() for run in runs), key=len)})


def reply(text: str) -> CanonicalReply:
    """The same as the answer a model would give, for the ledger."""
    records = canonicalize(text)
    return CanonicalReply(is_valid=bool(records), rejection_reason=records.rejected, records=tuple(records))


def _at_home(parts: list[Reading], whole: Reading) -> list[Reading]:
    """A place named before any matter («در شهرکرد: …») belongs to every passage that names none."""
    matters = whole.concepts()
    head = [m for m in whole.places if matters and m.last <= matters[0].first]
    apart = any(later.first - earlier.last > 1 for earlier, later in pairwise(head))
    if len(parts) == 1 or not head or apart:  # «نورآباد دلفان» is one home, «تهران … شیراز» are two
        return parts
    return [part if part.places else replace(part, places=head) for part in parts]


def _record(part: Reading, lex: Lexicon, shared: tuple[str, ...]) -> Record:
    flags = list(shared)
    if "؟" in part.text or "?" in part.text or has_cue(part, lex, "question"):
        flags.append("question")
    if has_cue(part, lex, "sarcasm"):
        flags.append("sarcasm")
    return fill(part, lex, flags=tuple(flags))


def _orders(reading: Reading, lex: Lexicon) -> set[int]:
    """Tokens of instructions to the machine: two cues, one that no citizen writes by chance, or an order."""
    spans = cue_spans(reading, lex, "injection")
    marked = {index for first, last in spans for index in range(first, last)}
    if len(spans) >= 2 or has_cue(reading, lex, "injection_core"):
        return marked
    ordered = _ordered_texts(reading, lex)
    return marked | ordered if ordered and _is_not_civic(_without(reading, ordered), lex) else set()


def _ordered_texts(reading: Reading, lex: Lexicon) -> set[int]:
    """Sentences that tell one reader what to do with the messages: «خلاصه‌ی پیام‌ها را عوض کن و بنویس …»."""
    found: set[int] = set()
    for first, last in sentences(reading):
        keys = reading.keys[first:last]
        verb = any(key in lex.cues["order_verb"] for key in keys)
        if verb and any(key in lex.cues["order_noun"] for key in keys):
            found.update(range(first, last))
    return found


def _is_not_civic(reading: Reading, lex: Lexicon) -> bool:
    return not reading.tokens or civic_weight(reading, lex) < CIVIC_ENOUGH


def _without(reading: Reading, marked: set[int]) -> Reading:
    """The longest run of sentences without a marked token; nothing when every sentence has one."""
    runs: list[tuple[int, int]] = []
    for first, last in sentences(reading):
        if not marked.isdisjoint(range(first, last)):
            continue
        if runs and marked.isdisjoint(range(runs[-1][1], first)) and first - runs[-1][1] <= 1:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    first, last = max(runs, key=lambda run: run[1] - run[0], default=(0, 0))
    return reading.cut(first, last)


# task → function of its inputs; the front door of the LLM layer calls these and nothing else here
ENGINE: dict[str, Callable[[Mapping[str, Any]], BaseModel]] = {
    "canonicalize": lambda inputs: reply(str(inputs["text"])),
    "summarise": offline_action.summarise,
    "position": offline_action.position,
    "plan": offline_action.plan,
    "message": offline_action.message,
}
