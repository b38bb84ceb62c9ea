"""How well sentences are told from what they do not rest on: `python -m tests.action.claim_figures` prints every figure.

By words (check_claim), by meaning (the vectors of the offline profile's model) and by both, against exchanged citations, of any
topic and of the same; the threshold of the embedding model; and what the claims written to deceive come to.
"""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tasks.claims.check import check_claim
from tasks.claims.closeness import GoldClaim, area, closeness, exchanged, gold_claims, measure
from tasks.claims.sources import evidence_en
from tasks.embed import MINILM, encode
from tasks.evaluate import read_gold

HERE = Path(__file__).parent
HONEST = HERE.parent / "llm" / "honest_records.jsonl"
FILES = ("claim_pairs.jsonl", "held_out_claims.jsonl", "paraphrases.jsonl", "held_out_paraphrases.jsonl")
WORDS_SHARE = 0.5  # of the mean of both scores


class Areas(NamedTuple):
    """AUC of own against exchanged citations."""

    words: float
    meaning: float
    both: float


def areas(claims: Sequence[GoldClaim], *, same_topic: bool, model: str = MINILM) -> Areas:
    texts = list(dict.fromkeys(t for c in claims for t in (c.text, *c.embedded)))
    vector_of = dict(zip(texts, encode(texts, model=model), strict=True))

    def scores(claim: GoldClaim, cited: GoldClaim) -> tuple[float, float, float]:
        words = check_claim(claim.text, cited.evidence).score
        meaning = closeness(vector_of[claim.text], np.stack([vector_of[t] for t in cited.embedded]))
        return words, meaning, WORDS_SHARE * words + (1 - WORDS_SHARE) * meaning

    own = [scores(claim, claim) for claim in claims]
    others = [scores(claim, other) for claim, other in exchanged(claims, same_topic=same_topic)]
    return Areas(*(area([o[n] for o in own], [o[n] for o in others]) for n in range(3)))


def passed(name: str) -> dict[str, tuple[int, int]]:
    """Of a file of claims: how many of the supported and of the others pass, of how many."""
    rows = [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]
    good = [check_claim(claim, row["cited"]).ok for row in rows for claim in row["good"]]
    bad = [check_claim(claim, row["cited"]).ok for row in rows for claim in row["bad"].values()]
    return {"supported": (sum(good), len(good)), "not": (sum(bad), len(bad))}


def propositions_on_honest_records() -> tuple[int, int]:
    """What people wrote of a gold message beside a record of it that somebody else wrote as a careful model does; messages of one matter."""
    matters = {row["id"]: row["issues"] for row in read_gold("dev") if len(row["issues"]) == 1}
    found = []
    for line in HONEST.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["id"] in matters:
            claim = matters[row["id"]][0]["proposition_en"]
            found.append(check_claim(claim, [evidence_en(row["record"])]).ok)
    return sum(found), len(found)


def pace(claims: Sequence[GoldClaim]) -> float:
    """Claims a second of CPU, each against its own evidence."""
    started = time.process_time()
    for claim in claims:
        check_claim(claim.text, claim.evidence)
    return len(claims) / (time.process_time() - started)


if __name__ == "__main__":
    claims = gold_claims()
    print(f"gold dev, {len(claims)} claims       words  meaning  both")
    print(f"checked by words: {pace(claims):,.0f} a second of CPU")
    for same_topic, label in ((False, "against any record"), (True, "against the same topic")):
        print(f"{label:30}", *(f"{value:.3f}   " for value in areas(claims, same_topic=same_topic)))
    print(f"{MINILM}:", measure(lambda texts: encode(texts, model=MINILM)))
    for name in FILES:
        for kind, (ok, of) in passed(name).items():
            print(f"{name}: {kind:9} {ok:3} of {of} pass")
    print(
        "people's propositions on records in a careful model's words: {} of {} pass".format(
            *propositions_on_honest_records()
        )
    )
