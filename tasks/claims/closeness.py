"""From which cosine on a sentence is about what it cites: measured for one embedding model, on exchanged citations. Pure.

The claims are the propositions that people wrote for the gold set's messages (dev part), the records the offline engine's
of the same messages; the negatives are the same claims beside records of other messages. What is asked of a night's
claims, and with which vectors, is tasks/closeness.py. `python -m tests.action.claim_figures` prints all of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tasks.claims.check import check_claim
from tasks.evaluate import read_gold
from tasks.llm.offline import canonicalize

MIN_AUC = 0.9  # a model that tells less is not asked
LOST = 0.01  # share of the claims that the check of words passes that may be lost by the threshold
EXCHANGED = 3  # other messages' records beside each claim

Encode = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True)
class Threshold:
    """`least`: the cosine under which a claim is refused; `auc`: of own against exchanged citations."""

    least: float
    auc: float


@dataclass(frozen=True)
class GoldClaim:
    """One issue of a gold message: its proposition, and its message's records, as embedded and as evidence."""

    text: str
    topic: str
    embedded: tuple[str, ...]
    evidence: tuple[str, ...]


def gold_claims() -> list[GoldClaim]:
    """Every issue of the dev part whose message has a record."""
    found = []
    for row in read_gold("dev"):
        records = list(canonicalize(row["text"])) if row["is_valid"] else []
        embedded = tuple(f"{r.title_en}. {r.summary_en}" for r in records)
        evidence = tuple(f"{r.title_en}. {r.summary_en} {r.proposition_en}." for r in records)
        found += [
            GoldClaim(i["proposition_en"], i["topic"], embedded, evidence) for i in row["issues"] if records
        ]
    return found


def exchanged(claims: Sequence[GoldClaim], *, same_topic: bool = False) -> list[tuple[GoldClaim, GoldClaim]]:
    """Claims, each beside others whose records it does not rest on; drawn with a fixed seed."""
    draw = random.Random(0)  # noqa: S311
    pairs = []
    for claim in claims:
        others = [
            o for o in claims if o.evidence != claim.evidence and (o.topic == claim.topic or not same_topic)
        ]
        pairs += [(claim, other) for other in draw.sample(others, min(EXCHANGED, len(others)))]
    return pairs


def closeness(vector: np.ndarray, cited: np.ndarray) -> float:
    """Cosine of a claim (d,) and the nearest of the records it cites (n, d); all L2-normalised."""
    return float(np.max(cited @ vector))


def measure(encode: Encode) -> Threshold:
    """What one embedding model tells of own and exchanged citations."""
    claims = gold_claims()
    texts = list(dict.fromkeys(t for c in claims for t in (c.text, *c.embedded)))
    vector_of = dict(zip(texts, encode(texts), strict=True))

    def near(claim: GoldClaim, cited: GoldClaim) -> float:
        return closeness(vector_of[claim.text], np.stack([vector_of[t] for t in cited.embedded]))

    own = [near(c, c) for c in claims]
    others = [near(c, other) for c, other in exchanged(claims)]
    passed = [o for o, c in zip(own, claims, strict=True) if check_claim(c.text, c.evidence).ok]
    return Threshold(round(float(np.quantile(passed, LOST)), 2), round(area(own, others), 3))


def area(own: Sequence[float], others: Sequence[float]) -> float:
    """Area under the ROC curve: how often a score of `own` is above one of `others`; equal ones count half."""
    ordered = np.sort(np.asarray(others))
    below, up_to = (np.searchsorted(ordered, own, side=side) for side in ("left", "right"))
    return float((below + up_to).mean() / 2 / len(ordered))
