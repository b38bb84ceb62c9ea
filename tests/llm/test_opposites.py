"""Nobody is counted for the opposite of what he wants: pairs of messages through the whole offline engine.

`opposites.tsv`: set, text, other, and where the other's writer stands on what the first one wants, judged by hand. The sets
`audit` and `second audit` were written by who looked for the fault, `first` to `fifth` before the engine was run on them. A statement that the authorities
should attend to something takes no side and is left out. `python -m tests.llm.test_opposites` prints the figures.
"""

import csv
from collections import Counter
from pathlib import Path

import pytest

from tasks.llm.engine.action import position
from tasks.llm.engine.fill import asks_for_attention
from tasks.llm.offline import canonicalize

with (Path(__file__).parent / "opposites.tsv").open(encoding="utf-8", newline="") as file:
    PAIRS = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
OTHERS = [pair for pair in PAIRS if pair["expected"] != "support"]
SAME = [pair for pair in PAIRS if pair["expected"] == "support"]
MIN_SAME = 0.8  # of those who want the same
# Of those who want the opposite, by set; of the others it is only said that the matter needs attention.
MIN_OPPOSED = {"audit": 0.6, "first": 0.45, "second": 0.4, "second audit": 0.42, "third": 0.3, "fifth": 0.2}


def stances(pair: dict[str, str]) -> set[str]:
    """Where the other's records stand on the first's statements, those left out that are on nobody's side."""
    asked = [r.proposition_en for r in canonicalize(pair["text"]) if r.position == "support"]
    own = [(r.proposition_en, r.position) for r in canonicalize(pair["other"])]
    told = ({"proposition_en": a, "record_proposition_en": w, "record_position": p} for a in asked for w, p in own)
    return {position(each).position for each in told if not asks_for_attention(each["proposition_en"])}


def test_most_pairs_are_traps() -> None:
    assert len(OTHERS) >= 150
    assert len(SAME) >= 60


@pytest.mark.parametrize("pair", OTHERS, ids=lambda pair: pair["other"])
def test_who_wants_something_else_is_no_supporter(pair: dict[str, str]) -> None:
    assert "support" not in stances(pair)


def test_who_wants_the_same_is_a_supporter() -> None:
    assert sum("support" in stances(pair) for pair in SAME) / len(SAME) >= MIN_SAME


@pytest.mark.parametrize(("name", "floor"), MIN_OPPOSED.items())
def test_who_wants_the_opposite_is_often_counted_against(name: str, floor: float) -> None:
    opposed = [pair for pair in OTHERS if pair["expected"] == "oppose" and pair["set"] == name]
    assert sum("oppose" in stances(pair) for pair in opposed) / len(opposed) >= floor


def figures() -> list[str]:
    """By set and by where the other stands: how often each stance was answered."""
    lines = []
    for name, expected in sorted({(pair["set"], pair["expected"]) for pair in PAIRS}):
        told = [stances(p) for p in PAIRS if (p["set"], p["expected"]) == (name, expected)]
        count = Counter(stance for each in told for stance in each)
        lines.append(f"{name}, {expected}: {len(told)} pairs, {dict(count.most_common())}")
    return lines


if __name__ == "__main__":
    print(*figures(), sep="\n")
