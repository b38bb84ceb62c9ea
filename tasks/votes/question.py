"""Was the vote about the cluster's statement? A platform's ballot asks its own question, which may say the opposite.

People who disagree with «The price of petrol should be raised» do not disagree with «Fuel prices should not be raised».
So a vote or an endorsement counts for or against a statement only when its question says the same, by what code can
prove: each supports the other, and both ask for the same thing. Whatever else was asked is counted and shown under its
own words, and nobody's side is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from tasks.claims.check import asks_for_the_same, check_claim
from tasks.redact import normalise, redact

QUESTION_COLUMNS: Mapping[str, Any] = {
    "target_id": pl.String,
    "question_en": pl.String,
    "question_fa": pl.String,
    "is_same": pl.Boolean,
}


def read_question(row: Mapping[str, Any]) -> dict[str, Any]:
    """A target's question as it may be shown, and whether it is its cluster's statement; no question = it is."""
    return {
        "target_id": row["target_id"],
        "question_en": _shown(row["question_en"]),
        "question_fa": _shown(row["question_fa"]),
        "is_same": _is_same(row),
    }


def _shown(question: str | None) -> str | None:
    """Others wrote it, perhaps from citizens' words."""
    return redact(question.strip()).text if question and question.strip() else None


def _is_same(row: Mapping[str, Any]) -> bool:
    asked = [row[name] for name in ("question_en", "question_fa") if row[name] and row[name].strip()]
    if not asked:
        return True
    if row["proposition_en"] is None:
        return False
    if row["question_en"] and row["question_en"].strip():
        return says_the_same(row["question_en"], row["proposition_en"])
    return says_the_same(row["question_fa"], row["proposition_fa"])


def says_the_same(question: str, proposition: str) -> bool:
    """Whether agreeing with the one is agreeing with the other; false when in doubt."""
    if _bare(question) == _bare(proposition):
        return True
    both = ((question, proposition), (proposition, question))
    return asks_for_the_same(question, proposition) and all(check_claim(a, [b]).ok for a, b in both)


def _bare(text: str) -> str:
    return normalise(text).casefold().strip(" .!؟?")
