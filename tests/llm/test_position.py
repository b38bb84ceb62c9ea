"""Who is counted for and against: pairs of a cluster's proposition and a record's, as the offline engine words them.

`position_pairs.jsonl`: proposition, record, record_position, and `expected`, judged by hand; most were met on nights of
petitions and of the gold set's dev part; those of two clauses (from the 97th on) were written for them, and those of
limits (from the 172nd on: 26 of an audit, 40 before there was a rule, 70 for the rule) too, each judged before it was answered. Half are traps, where a
topic or some words are shared and the wish is another.
`python -m tests.llm.test_position` prints precision and recall.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tasks.claims.limits import limits_beyond
from tasks.claims.words import read_text
from tasks.llm.engine.action import position
from tasks.llm.offline import canonicalize

PAIRS = [json.loads(line) for line in (Path(__file__).parent / "position_pairs.jsonl").read_text("utf-8").splitlines()]
MIN_RECALL = 0.85  # of those who are on a side by hand; what is lost is said in other words


def answered(pair: dict[str, Any]) -> str:
    told = {"proposition_en": pair["proposition"], "record_proposition_en": pair["record"]}
    return position(told | {"record_position": pair["record_position"]}).position


def test_half_of_the_pairs_are_traps() -> None:
    expected = Counter(pair["expected"] for pair in PAIRS)
    assert len(PAIRS) >= 60
    assert expected["unclear"] * 2 >= len(PAIRS)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair['record']} | {pair['proposition']}")
def test_nobody_is_counted_on_a_side_that_is_not_his(pair: dict[str, Any]) -> None:
    assert answered(pair) in (pair["expected"], "unclear")


def test_most_who_are_on_a_side_are_counted_there() -> None:
    sided = [pair for pair in PAIRS if pair["expected"] != "unclear"]
    assert sum(answered(pair) == pair["expected"] for pair in sided) / len(sided) >= MIN_RECALL


@pytest.mark.parametrize(
    ("record", "stance"),
    [("Schools should be built in Yazd", "support"), ("Schools should be built", "mixed"), ("Teachers should be hired", "unclear")],
)
def test_of_another_matter_nobody_is_of_two_minds(record: str, stance: str) -> None:
    own = "support" if stance == "support" else "mixed"
    assert answered({"proposition": "Schools should be built.", "record": record, "record_position": own}) == stance


KEPT = [
    "گشت ارشاد باید برگردد",
    "ما می‌خواهیم گشت ارشاد برگردد",
    "گشت ارشاد باید به خیابان‌ها برگردد",
    "درخواست بازگشت گشت ارشاد",
    "bring back the morality police",
    "gasht ershad bayad bargardad",
    "گشت ارشاد بماند",
    "گشت ارشاد باید همچنان سر جایش باشد",
    "گشت ارشاد لازمه",
    "گشت ارشاد خوب است.",
]
ENDED = [
    "گشت ارشاد را جمع کنید",
    "گشت ارشاد نباید برگردد",
    "گشت ارشاد برنگردد",
    "نگذارید گشت ارشاد برگردد",
    "نمی‌خواهیم گشت ارشاد برگردد",
    "مخالفت با بازگشت گشت ارشاد",
    "چرا باید گشت ارشاد برگردد؟",
    "گشت ارشاد دوباره برگشته، جمعش کنید",
    "گشت ارشاد گوشی منو گرفت برگردونید",
    "پول ما برگردد، گشت ارشاد جمع شود",
    "گشت ارشاد لازم است جمع شود",
    "چرا گشت ارشاد باید بماند؟",
    "تا کی گشت ارشاد بماند",
    "اگر گشت ارشاد بماند از ایران می‌روم",
    "نمی‌گذاریم گشت ارشاد بماند",
    "گشت ارشاد لازم نداریم",
]


@pytest.mark.parametrize("text", KEPT)
def test_who_wants_a_contested_thing_back_wants_it_kept(text: str) -> None:
    assert [r.proposition_en for r in canonicalize(text)] == ["The morality patrol should be kept."]


@pytest.mark.parametrize("text", ENDED)
def test_who_fears_its_return_or_wants_something_else_back_does_not(text: str) -> None:
    assert "The morality patrol should be abolished." in [r.proposition_en for r in canonicalize(text)]
    assert "The morality patrol should be kept." not in [r.proposition_en for r in canonicalize(text)]


@pytest.mark.parametrize(
    ("wish", "limits"),
    [
        ("Illegal migrants and smugglers should be deported from Tehran at night.", ["Illegal", "Tehran", "night"]),
        ("Migrants should be deported in the village of Rizab, Gonbad-e Kavus and Yazd.", []),
        ("Migrants, who came in 2020, should be deported so that rents fall.", []),
        ("Migrants who came after 2020 should be deported.", ["after", "2020"]),
        ("Migrants should be deported so long as rents rise.", ["long", "rents", "rise"]),
        ("Smugglers and illegal traders and migrants should be deported immediately.", ["illegal"]),
        ("Migrants and illegal traders should be deported in order to save jobs.", []),
    ],
)
def test_a_wish_is_limited_by_what_makes_it_less(wish: str, limits: list[str]) -> None:
    assert [word.raw for word in limits_beyond(read_text(wish), read_text("Migrants should be deported."))] == limits


def test_who_is_against_the_whole_is_against_its_parts_and_not_the_other_way() -> None:
    whole, part, sometimes = "Schools should be closed.", "Empty schools should be closed.", "Schools should be closed at night."
    pairs = [(part, whole), (whole, part), (sometimes, whole)]
    told = [answered({"proposition": asked, "record": own, "record_position": "oppose"}) for asked, own in pairs]
    assert told == ["oppose", "unclear", "unclear"]


def test_a_patrol_named_for_guidance_is_no_ministry() -> None:
    named = [[r.entities for r in canonicalize(text)] for text in ("گشت ارشاد جمع شود", "اداره ارشاد جمع شود")]
    assert named == [[()], [("Ministry of Culture",)]]


def figures() -> list[str]:
    """Precision and recall of support and of opposition over the pairs."""
    lines = []
    for side in ("support", "oppose"):
        said = [pair for pair in PAIRS if answered(pair) == side]
        held = [pair for pair in PAIRS if pair["expected"] == side]
        right = sum(pair["expected"] == side for pair in said)
        lines.append(f"{side}: precision {right}/{len(said)}, recall {right}/{len(held)}")
    return lines


if __name__ == "__main__":
    print(*figures(), sep="\n")
