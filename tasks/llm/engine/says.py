"""What a clause does: asks, orders, complains, refuses one thing and wants another.

Whether it begins a matter of its own is decided in `engine/split`.
"""

import re

from tasks import facts
from tasks.llm.engine.clauses import Clause, is_lacking
from tasks.llm.engine.long_letter import ADDRESSED
from tasks.llm.engine.reading import Reading

_OPENING = 5  # tokens before a clause in which a thing is refused
_WANTED = re.compile(r"(?<!\w)(?P<not>ن)?می ?خوا")
_DO = frozenset(("کنید", "کنین", "نکنید", "نکنین", "کنند", "کنن"))
_TELLING = frozenset(("می", "نمی"))  # «خراب می‌کنند» tells, «خراب کنند» asks
_SHORT = 4  # letters: «بین», «نوید» are no orders


def tells(reading: Reading, first: int, last: int) -> bool:
    """Whether a clause says what is wrong, missing or wanted."""
    counted = any(token.kind == "number" for token in reading.tokens[first:last])
    return counted or says(reading, first, last)


def says(reading: Reading, first: int, last: int) -> bool:
    """The same, but a figure alone says nothing."""
    said = asks(reading, first, last) or _complains(reading, first, last)
    lacking = any(is_lacking(token) for token in reading.tokens[first:last])
    return said or lacking or facts.is_negated(reading.cut(first, last).text)


def asks(reading: Reading, first: int, last: int, *, demands_only: bool = False) -> bool:
    kinds = ("demand",) if demands_only else ("demand", "aspect")
    return any(m.entry.kind in kinds for m in reading.matches if first <= m.first < last)


def orders(reading: Reading, first: int, last: int) -> bool:
    """Whether a clause tells those in power to do something: «… کنید», «نبندید», «بدهند»."""
    return any(
        token.kind == "fa"
        and (
            (token.raw in _DO and not (at and reading.keys[at - 1] in _TELLING))
            or (token.raw[0] in "بن" and token.raw.endswith(ADDRESSED[:2]) and len(token.raw) > _SHORT)
        )
        for at, token in enumerate(reading.tokens[first:last], first)
    )


def is_contrast(clause: Clause, reading: Reading) -> bool:
    """«گشت ارشاد نمی‌خوایم، نون می‌خوایم»: one thing is refused, another wanted."""
    refused = _WANTED.search(_spelled(reading, max(0, clause.first - _OPENING), clause.first))
    wanted = _WANTED.search(_spelled(reading, clause.first, clause.last))
    return bool(refused and wanted and refused["not"] and not wanted["not"])


def _complains(reading: Reading, first: int, last: int) -> bool:
    return any(m.entry.kind == "bad" for m in reading.matches if first <= m.first < last)


def _spelled(reading: Reading, first: int, last: int) -> str:
    return " ".join(token.raw for token in reading.tokens[first:last])
