"""What people tell, in one sentence or a few, places and figures above all, survives in the record of the offline engine.

`told_facts.tsv` was written for this project in seven sets, each before its author saw the engine read it; first scores
stand in `data/gold/README.md`. Since then the sets were worked on: a floor here keeps what was won.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tasks import facts
from tasks.evaluate import Tally, offline_engine
from tasks.figures import figures

# Shares of the places that must be found: the sixth set was kept apart, and only the causes of its errors were mended.
SETS = {"one": 0.96, "two": 0.96, "three": 0.96, "four": 0.96, "five": 0.95, "six": 0.92, "seven": 0.96}


class Told(NamedTuple):
    text: str
    places: list[set[str]]  # spellings that count, one set a place
    figures: list[str]
    words: list[str]


def plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalpha())


def read_told(wanted: str) -> list[Told]:
    lines = (Path(__file__).parent / "told_facts.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [
        Told(
            text,
            [{plain(name) for name in place.split("=")} for place in places.split(";") if place.strip(" ?")],
            [number for number in numbers.split(",") if number],
            [word for word in words.split(",") if word],
        )
        for name, text, places, numbers, words in rows
        if name == wanted
    ]


@pytest.mark.parametrize("name", SETS)
def test_places_figures_and_parts_of_a_whole_are_kept(name: str) -> None:
    places, numbers, words = Tally(), Tally(), Tally()
    for told in read_told(name):
        records = offline_engine(told.text)
        named = {plain(place) for record in records for place in record.places}
        said = " . ".join(facts.spoken(record) for record in records)
        have = {form for figure in figures(said) for form in (figure.atom, figure.value, figure.total)}
        same = {figure.atom: {figure.atom, figure.value, figure.total} for figure in figures(told.text)}
        for place in told.places:
            places.add(bool(place & named))
        for number in told.figures:
            numbers.add(bool(same.get(number, {number}) & have))
        for word in told.words:
            words.add(word in said)
    assert places.share >= SETS[name], f"places {places}"
    assert numbers.share >= 0.95, f"figures {numbers}"
    assert words.share == 1.0, f"words {words}"


def test_a_sentence_without_a_place_names_none() -> None:
    texts = [
        "بهار که می‌شود قیمت‌ها بالا می‌رود، جلوی گرانی را بگیرید",
        "نور چراغ‌های پارک را زیاد کنید",
        "خوی بعضی کارمندها بد است، اخلاق ندارند",
        "مهر ماه کتاب درسی نرسید",
        "خیابان شیراز پر از چاله است",
        "پیام نور شهریه‌اش را کم کند",
        "دنا پلاس ثبت‌نام کردیم تحویل نمی‌دهند",
        "آستانه‌ی تحمل مردم تمام شده از گرانی",
        "چین و چروک صورتم از غصه‌ی قسط است",
        "ما اهل تسنن یک مسجد می‌خواهیم",
    ]
    assert [record.places for text in texts for record in offline_engine(text) if record.places] == []
