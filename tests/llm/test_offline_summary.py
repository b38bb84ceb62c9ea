"""Extractive summaries: chosen sentences, each citing who said it."""

from dataclasses import dataclass, field

import pytest

from tasks.llm.offline_summary import summarise


@dataclass
class Member:
    record_id: str
    proposition_en: str
    title_en: str = "Power cuts"
    title_fa: str = "قطع برق"
    summary_en: str = ""
    proposition_fa: str = "قطع برق باید پایان یابد"
    position: str = "support"
    places: tuple[str, ...] = field(default=())


def test_each_sentence_is_a_members_own_and_cites_all_who_make_it() -> None:
    members = [
        Member("b", "Power cuts should be ended."),
        Member("a", "Power cuts should be ended."),
        Member("c", "Power cuts should follow a timetable."),
    ]
    summary = summarise(members)
    assert summary["proposition_en"] == "Power cuts should be ended."
    assert [(s["text_en"], s["record_ids"]) for s in summary["sentences"]] == [
        ("Power cuts should be ended.", ["a", "b"]),
        ("Power cuts should follow a timetable.", ["c"]),
    ]
    assert summarise(members[::-1]) == summary


def test_no_records_make_no_summary() -> None:
    with pytest.raises(ValueError, match="at least one record"):
        summarise([])
