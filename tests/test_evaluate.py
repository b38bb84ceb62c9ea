"""Scoring against gold rows: perfect answers score one, wrong ones lose where they are wrong."""

import json
from typing import Any

from click.testing import CliRunner

from tasks.evaluate import main, read_gold, score
from tasks.schemas import Record, Records

ROW: dict[str, Any] = {
    "text": "در یزد ۳ روز آب نداریم",
    "is_valid": True,
    "reject_reason": None,
    "issues": [
        {
            "quote": "در یزد ۳ روز آب نداریم", "topic": "water", "topics_ok": ["city"], "places": ["Yazd"],
            "numbers": ["3"], "negation": True, "proposition_en": "Yazd should have water", "position": "support",
        }
    ],
}  # fmt: skip
GREETING: dict[str, Any] = {"text": "سلام", "is_valid": False, "reject_reason": "greeting", "issues": []}


def answer(**changed: object) -> Records:
    fields: dict[str, object] = {
        "quote": ROW["text"], "title_en": "No water in Yazd", "title_fa": "بی‌آبی یزد",
        "summary_en": "No water for 3 days in Yazd", "proposition_en": "Yazd should have water",
        "proposition_fa": "یزد باید آب داشته باشد", "position": "support", "topic": "water", "places": ("Yazd",),
    }  # fmt: skip
    return Records([Record.model_validate(fields | changed)])


def test_a_right_answer_scores_one_in_every_field() -> None:
    scores = score([ROW, GREETING], lambda text: answer() if text == ROW["text"] else Records(rejected="greeting"))
    assert set(scores.shares().values()) == {1.0}


def test_each_wrong_field_costs_that_field_only() -> None:
    shares = score([ROW], lambda _: answer(topic="energy", places=(), summary_en="No water")).shares()
    wrong = {name for name, share in shares.items() if share < 1}
    assert wrong == {"topic", "topic_best", "places_recall", "numbers_kept", "numbers_not_invented"} - {
        "numbers_not_invented"
    }


def test_the_opposite_position_on_the_opposite_proposition_is_the_same() -> None:
    turned = answer(position="oppose", proposition_en="Water should be cut, not given, in Yazd")
    assert score([ROW], lambda _: turned).position.share == 1.0
    assert score([ROW], lambda _: answer(position="oppose")).position.share == 0.0


def test_a_rejected_message_loses_all_its_issues() -> None:
    shares = score([ROW], lambda _: Records(rejected="not_civic")).shares()
    assert shares["validity_recall"] == shares["issue_found"] == shares["topic"] == shares["numbers_kept"] == 0.0


def test_a_record_on_other_words_is_not_the_issue() -> None:
    assert score([ROW], lambda _: answer(quote="چیز دیگر")).issue_found.share == 0.0


def test_the_dev_part_meets_the_aims_of_the_engine() -> None:
    from tasks.llm.offline import canonicalize

    shares = score(read_gold("dev"), canonicalize).shares()
    assert shares["validity_f1"] >= 0.9
    assert shares["topic"] >= 0.8
    assert min(shares["places_recall"], shares["numbers_kept"], shares["negation_kept"]) >= 0.95


def test_the_command_prints_one_json_object() -> None:
    result = CliRunner().invoke(main, ["--part", "dev", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["dev"]["rows"] >= 100
