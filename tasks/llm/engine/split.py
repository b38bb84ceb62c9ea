"""Parting a message that raises several matters into passages, one per matter.

Careful by design: most messages raise one matter and only illustrate it, so a new passage starts only
where the writer counts («دوم»، «همچنین»), or where a sentence brings its own strong matter of another
topic.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from tasks import facts
from tasks.llm.engine.aside import aside
from tasks.llm.engine.reading import CONCEPTS, Reading, cue_spans, has_cue, sentences
from tasks.llm.lexicon import Lexicon

_STRONG = 2.9  # weight from which a concept can stand for a matter of its own
_VERY_STRONG = 3.4
LONG_LETTER = 250  # tokens from which a message is a letter, with its story and several wishes
_OPENING = 5  # tokens of a clause in which «هم» says that it is another matter
_THING = 1.9  # weight of a concept of which something can be said
_BLAMED = frozenset(("governance", "justice"))  # «هیچ مسئولی هم پاسخگو نیست» is said of the matter before
_SAME_MATTER = 25  # tokens between two sentences on one matter
_MOST = 8  # matters taken from one letter
_ADDRESSED = ("ید", "ین", "ند", "ن")  # «بگذارید», «بسازن»
_WANTED = re.compile(r"(?<!\w)(?P<not>ن)?می ?خوا")
_DO = frozenset(("کنید", "کنین", "نکنید", "نکنین", "کنند", "کنن"))
_SHORT = 4  # letters: «بین», «نوید» are no orders
_CLOSE = 3  # tokens between a thing and «ندارد»
_NOT_THERE = frozenset(["ندارد", "نداره", "ندارند", "ندارن", "نداریم", "نیست", "کم"])
_MISSING = frozenset(("shortage", "outage", "non-payment"))


@dataclass(frozen=True, slots=True)
class _Clause:
    first: int
    last: int
    counted: bool  # starts with «دوم»، «همچنین»، "also"
    line: bool  # starts a line


def split(reading: Reading, lex: Lexicon) -> list[Reading]:
    """The passages of a message, in order; the whole message when it raises one matter."""
    if len(reading.tokens) > LONG_LETTER and len(asked := _asked_sentences(reading, lex)) > 1:
        return [_trimmed(reading, first, last) for first, last in asked]
    clauses = _clauses(reading, lex)
    besides = aside(reading, lex)
    starts = [0]
    topics = _topics(reading, clauses[0], besides) if clauses else {}
    for clause in clauses[1:]:
        own = _topics(reading, clause, besides)
        best = max(own, key=lambda t: own[t], default="")
        if own and _starts_matter(clause, best, own, topics, reading):
            starts.append(clause.first)
            topics = dict(own)
        else:
            for topic, weight in own.items():
                topics[topic] = max(weight, topics.get(topic, 0.0))
    if len(starts) == 1:
        return [reading]
    bounds = _with_matter(reading, [_behind_opening(reading, clauses, lex), *starts[1:], len(reading.tokens)])
    if len(bounds) == 2:
        return [reading]
    marks = frozenset(_list_marks(reading))
    return [_trimmed(reading, first, last, marks) for first, last in pairwise(bounds)]


def _behind_opening(reading: Reading, clauses: list[_Clause], lex: Lexicon) -> int:
    """Where the first matter begins when an opening only counts what follows: «سه تا خواسته دارم: ۱- …»."""
    matters = reading.concepts()
    first = next((c.first for c in clauses if matters and c.first <= matters[0].first < c.last), 0)
    counts = any(key in lex.cues["matters"] for key in reading.keys[:first])
    return first if counts else 0


def _asked_sentences(reading: Reading, lex: Lexicon) -> list[tuple[int, int]]:
    """Of a letter the sentences that ask or say what is missing, one run for each matter: the rest is story."""
    runs: list[tuple[int, int, str]] = []
    for first, last in sentences(reading):
        part = reading.cut(first, last)
        strong = [m for m in part.concepts() if m.entry.weight >= _STRONG and m.entry.topic]
        if not strong or not _is_asked(part, lex):
            continue
        topic = max(strong, key=lambda m: m.entry.weight).entry.topic
        if runs and runs[-1][2] == topic and first - runs[-1][1] <= _SAME_MATTER:
            runs[-1] = (runs[-1][0], last, topic)
        elif topic not in {run[2] for run in runs}:
            runs.append((first, last, topic))
    return [(first, last) for first, last, _ in runs[:_MOST]]


def _is_asked(part: Reading, lex: Lexicon) -> bool:
    """A demand in the plural of those in power, «باید», «خواهش», or a thing that is not there."""
    demanded = any(part.tokens[m.last - 1].raw.endswith(_ADDRESSED) for m in part.of("demand"))
    if demanded or any(has_cue(part, lex, cue) for cue in ("petition", "letter_ask")):
        return True
    if any(m.entry.kind == "bad" for m in part.concepts()):
        return facts.is_negated(part.text)
    return any(
        m.entry.en in _MISSING and part.tokens[m.first].raw in _NOT_THERE and _has_near(part, m.first)
        for m in part.of("aspect")
    )


def _has_near(part: Reading, at: int) -> bool:
    return any(0 < at - m.last + 1 <= _CLOSE and m.entry.weight >= _STRONG for m in part.concepts())


def _starts_matter(
    clause: _Clause, best: str, own: dict[str, float], before: dict[str, float], reading: Reading
) -> bool:
    if clause.counted:
        return own[best] >= 2.0 and bool(before)
    orders = _orders(reading, clause.first, clause.last) and _orders(reading, 0, clause.first)
    if set(own) & set(before) and not (orders and _is_elsewhere(clause, reading)):
        return False
    also = any(key == "هم" for key in reading.keys[clause.first : clause.first + _OPENING])
    most = max(before.values(), default=0.0)
    if own[best] < _STRONG or most < _THING:
        return False
    if (
        also
        and best not in _BLAMED
        and _is_thing(clause, reading)
        and _tells(reading, clause.first, clause.last)
        and _tells(reading, 0, clause.first)
    ):
        return True
    if most < _STRONG:
        return False
    asks = _asks(reading, clause.first, clause.last)
    if clause.line and own[best] >= _VERY_STRONG:
        return True
    if also and (asks or _complains(reading, clause.first, clause.last)) and own[best] >= _VERY_STRONG:
        return True
    if orders or _is_contrast(clause, reading):
        return True
    return asks and _asks(reading, 0, clause.first, demands_only=True) and own[best] >= _VERY_STRONG


def _is_elsewhere(clause: _Clause, reading: Reading) -> bool:
    """Whether a clause tells another matter of the same topic: of another thing in another place."""
    known = {m.entry.en for m in reading.concepts() if m.first < clause.first}
    mine = [m for m in reading.concepts() if clause.first <= m.first < clause.last]
    new = any(m.entry.weight >= _STRONG for m in mine if m.entry.en not in known and m.entry.kind != "people")
    here = {m.entry.en for m in reading.places if clause.first <= m.first < clause.last}
    there = {m.entry.en for m in reading.places if m.first < clause.first}
    return new and bool(here and there) and here.isdisjoint(there)


def _is_contrast(clause: _Clause, reading: Reading) -> bool:
    """«گشت ارشاد نمی‌خوایم، نون می‌خوایم»: one thing is refused, another wanted."""
    refused = _WANTED.search(_spelled(reading, max(0, clause.first - _OPENING), clause.first))
    wanted = _WANTED.search(_spelled(reading, clause.first, clause.last))
    return bool(refused and wanted and refused["not"] and not wanted["not"])


def _spelled(reading: Reading, first: int, last: int) -> str:
    return " ".join(token.raw for token in reading.tokens[first:last])


def _is_thing(clause: _Clause, reading: Reading) -> bool:
    """Whether a clause tells of more than of people: «مالچ نفتی هم نمی‌خوایم» is not about oil workers."""
    return any(m.entry.kind != "people" for m in reading.concepts() if clause.first <= m.first < clause.last)


def _tells(reading: Reading, first: int, last: int) -> bool:
    """Whether a clause says what is wrong, missing or wanted."""
    said = _asks(reading, first, last) or _complains(reading, first, last)
    return said or facts.is_negated(reading.cut(first, last).text)


def _asks(reading: Reading, first: int, last: int, *, demands_only: bool = False) -> bool:
    kinds = ("demand",) if demands_only else ("demand", "aspect")
    return any(m.entry.kind in kinds for m in reading.matches if first <= m.first < last)


def _orders(reading: Reading, first: int, last: int) -> bool:
    """Whether a clause tells those in power to do something: «… کنید», «نبندید», «بدهند»."""
    return any(
        token.kind == "fa"
        and (
            token.raw in _DO
            or (token.raw[0] in "بن" and token.raw.endswith(_ADDRESSED[:2]) and len(token.raw) > _SHORT)
        )
        for token in reading.tokens[first:last]
    )


def _complains(reading: Reading, first: int, last: int) -> bool:
    return any(m.entry.kind == "bad" for m in reading.matches if first <= m.first < last)


def _topics(reading: Reading, clause: _Clause, besides: frozenset[int]) -> dict[str, float]:
    found: dict[str, float] = {}
    for match in reading.matches:
        if match.first in besides:
            continue
        if clause.first <= match.first < clause.last and match.entry.kind in CONCEPTS and match.entry.topic:
            found[match.entry.topic] = max(found.get(match.entry.topic, 0.0), match.entry.weight)
    return found


def _clauses(reading: Reading, lex: Lexicon) -> list[_Clause]:
    """Cut at stops, commas and counting words."""
    cuts: dict[int, tuple[bool, bool]] = {0: (False, False)}
    tokens, keys = reading.tokens, reading.keys
    listed = _list_marks(reading)
    cuts.update((index, (True, True)) for index in listed)
    marks = set(listed) | {last - 1 for _, last in cue_spans(reading, lex, "counting")}
    for index, token in enumerate(tokens):
        if token.kind == "stop":
            cuts[index + 1] = (False, "\n" in token.raw)
        elif (token.kind == "comma" or token.key in lex.cues["and"]) and index - 1 not in marks:
            cuts.setdefault(index + 1, (False, False))
    bullets = [
        index for index, token in enumerate(tokens) if _is_bullet(reading.text, token.start, token.raw)
    ]
    if len(bullets) > 1:
        cuts.update((index + 1, (True, True)) for index in bullets)
    both = [index for index, key in enumerate(keys) if key == "هم" and _opens_clause(reading, index)]
    if len(both) > 1:  # «هم گاز ما قطع است هم جاده خاکی»
        cuts.update((index, (False, True)) for index in both)
    for index in range(len(tokens)):
        for phrase in lex.cue_starts["counting"].get(keys[index], ()):
            if tuple(keys[index : index + len(phrase)]) == phrase and (index == 0 or index in cuts):
                cuts[index] = (True, True)
    firsts = sorted(cut for cut in cuts if cut < len(tokens))
    return [
        _Clause(first, last, *cuts[first])
        for first, last in zip(firsts, [*firsts[1:], len(tokens)], strict=True)
        if first < last
    ]


def _list_marks(reading: Reading) -> list[int]:
    """Tokens of a numbered list, '1) … 2) …': figures in order from one, each before a bracket, dash or dot."""
    marks: list[int] = []
    for index, token in enumerate(reading.tokens):
        after = reading.text[token.end : token.end + 2].lstrip()[:1]
        if token.kind == "number" and token.key == str(len(marks) + 1) and after in tuple("-)–.-"):
            marks.append(index)
    return marks if len(marks) > 1 else []


def _is_bullet(text: str, start: int, raw: str) -> bool:
    return raw.strip() in tuple("-–—*•·") and not text[:start].rpartition("\n")[2].strip()


def _opens_clause(reading: Reading, index: int) -> bool:
    """«هم گاز … هم جاده»: the word stands before its noun («دکتر هم نداریم» does not) in one sentence."""
    tokens = reading.tokens
    if index == 0 or tokens[index - 1].kind in ("stop", "comma"):
        return True
    return not any(match.last == index for match in reading.concepts())


def _trimmed(reading: Reading, first: int, last: int, marks: frozenset[int] = frozenset()) -> Reading:
    """The passage without the stops around it; the figures of a list, in `marks`, count its matters and nothing else."""
    if first in marks:
        first += 1
        while first < last - 1 and reading.tokens[first].kind in ("stop", "comma"):
            first += 1
    while last > first + 1 and (
        reading.tokens[last - 1].kind in ("stop", "comma") or reading.keys[last - 1] in ("و", "and")
    ):
        last -= 1
    return reading.cut(first, last)


def _with_matter(reading: Reading, bounds: list[int]) -> list[int]:
    """Bounds of passages that each hold a matter; one without keeps its facts in the passage before it."""
    kept = [bounds[0]]
    for first, last in pairwise(bounds):
        if (
            first != bounds[0]
            and reading.cut(first, last).concepts()
            and reading.cut(kept[-1], first).concepts()
        ):
            kept.append(first)
    return [*kept, bounds[-1]]
