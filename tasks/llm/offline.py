"""The offline engine: canonical records without a key, a network or a model.

A real but modest engine: the text is read with the civic lexicon of `data/lexicon/`, judged, parted and
worded by slot filling. Deterministic; its answers are marked `engine=offline` by the caller and scored by
`tasks.evaluate`. Here lies the front; reading, judging, parting and wording lie in `offline_reading`,
`offline_reject`, `offline_split`, `offline_fill`; summaries and plans in `offline_action`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from tasks.llm import lexicon, offline_action
from tasks.llm.lexicon import Lexicon
from tasks.llm.offline_fill import fill
from tasks.llm.offline_reading import Reading, cue_spans, has_cue, read
from tasks.llm.offline_reject import CIVIC_ENOUGH, civic_weight, reason_to_reject
from tasks.llm.offline_split import split
from tasks.schemas import CanonicalReply, Record, Records

__all__ = ["ENGINE", "canonicalize", "engine_version", "reply"]

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
    reading = read(text, lex)
    suspected = has_cue(reading, lex, "injection") and _is_injection(reading, lex)
    if suspected:
        reading = _without_injection(reading, lex)
        if not reading.tokens or civic_weight(reading, lex) < CIVIC_ENOUGH:
            return Records(rejected="injection")
    reason = reason_to_reject(reading, lex)
    if reason is not None:
        return Records(rejected="injection" if suspected else reason)
    parts = _at_home(split(reading, lex), reading)
    shared = (*(("multi_issue",) if len(parts) > 1 else ()), *(("injection_suspected",) if suspected else ()),
              *(("cut_short",) if cut_short else ()))  # fmt: skip
    return Records([_record(part, lex, shared) for part in parts])


def reply(text: str) -> CanonicalReply:
    """The same as the answer a model would give, for the ledger."""
    records = canonicalize(text)
    return CanonicalReply(is_valid=bool(records), rejection_reason=records.rejected, records=tuple(records))


def _at_home(parts: list[Reading], whole: Reading) -> list[Reading]:
    """A place named before any matter («در شهرکرد: …») belongs to every passage that names none."""
    matters = whole.concepts()
    head = [m for m in whole.places if matters and m.last <= matters[0].first]
    if len(parts) == 1 or len({m.entry.en for m in whole.places}) != 1 or not head:
        return parts
    return [part if part.places else replace(part, places=head) for part in parts]


def _record(part: Reading, lex: Lexicon, shared: tuple[str, ...]) -> Record:
    flags = list(shared)
    if "؟" in part.text or "?" in part.text or has_cue(part, lex, "question"):
        flags.append("question")
    if has_cue(part, lex, "sarcasm"):
        flags.append("sarcasm")
    return fill(part, lex, flags=tuple(flags))


def _is_injection(reading: Reading, lex: Lexicon) -> bool:
    """Two cues, or one that no citizen writes by chance."""
    return len(cue_spans(reading, lex, "injection")) >= 2 or has_cue(reading, lex, "injection_core")


def _without_injection(reading: Reading, lex: Lexicon) -> Reading:
    """The longest run of sentences without a cue; nothing when every sentence has one."""
    marked = {index for first, last in cue_spans(reading, lex, "injection") for index in range(first, last)}
    runs: list[tuple[int, int]] = []
    start = 0
    stops = [i for i, token in enumerate(reading.tokens) if token.kind == "stop"] + [len(reading.tokens)]
    for stop in stops:
        if marked.isdisjoint(range(start, stop)) and stop > start:
            if runs and runs[-1][1] + 1 >= start:
                runs[-1] = (runs[-1][0], stop)
            else:
                runs.append((start, stop))
        start = stop + 1
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
