"""A valid identifier, planted in Farsi under random formatting, leaves no digit behind; redaction is total and stable."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.pii.checksums import is_card, is_national_id, is_sheba
from tasks.pii.score import load_labelled
from tasks.redact import redact

_UNTIMED = settings(deadline=None, max_examples=60)

_CARRIER = [
    "آب",
    "روستا",
    "قطع",
    "است",
    "و",
    "کسی",
    "پاسخ",
    "نمی\u200cدهد",
    "لطفا",
    "رسیدگی",
    "کنید",
    "جاده",
    "خراب",
    "شده",
    "خسته",
    "شدیم",
    "هوا",
    "آلوده",
    "هست",
    "مردم",
    "ناراضی",
]
_SCRIPTS = ("0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
_MARKS = (
    "\u200c",
    "\u200d",
    "\u200f",
    "\u200e",
    "\u202b",
    "\u202c",
    "\u2066",
    "\u064e",
    "\u0640",
    "\ufe0f",
    "\u00ad",
    "\u200b",
)
_SEPARATORS = (
    " ",
    "-",
    ".",
    "/",
    "_",
    "(",
    ")",
    "*",
    ":",
    "،",
    ",",
    "\n",
    "\u00a0",
    "–",
    "…",
    "·",
    "|",
    "~",
    "'",
    "»",
)
_BANKS = ("603799", "610433", "627353", "585983", "502229", "589463", "621986", "504172")


def _random_digits(chance: random.Random, size: int) -> str:
    return "".join(chance.choices("0123456789", k=size))


def _mobile(chance: random.Random) -> str:
    return chance.choice(["09", "+989", "00989", "989"]) + _random_digits(chance, 9)


def _landline(chance: random.Random) -> str:
    return chance.choice(["021", "031", "051", "071", "086"]) + "3" + _random_digits(chance, 7)


def _national_id(chance: random.Random) -> str:
    while True:
        digits = _random_digits(chance, 10)
        if is_national_id(digits) and not digits.endswith("000"):
            return digits


def _card(chance: random.Random) -> str:
    while not is_card(digits := chance.choice(_BANKS) + _random_digits(chance, 10)):
        pass
    return digits


def _sheba(chance: random.Random) -> str:
    while not is_sheba(digits := _random_digits(chance, 2) + "017000000" + _random_digits(chance, 13)):
        pass
    return "IR" + digits


def _disguised(chance: random.Random, value: str, *, splits: int) -> str:
    """The same digits in random scripts, with invisible marks anywhere and separators at `splits` places."""
    at = set(chance.sample(range(len(value) - 1), k=min(splits, len(value) - 1)))
    parts = []
    for place, char in enumerate(value):
        parts.append(chance.choice(_SCRIPTS)[int(char)] if char.isdigit() else char)
        if chance.random() < 0.2:
            parts.append(chance.choice(_MARKS))
        if place in at and char != "I":
            parts += chance.choices(_SEPARATORS, k=chance.randint(1, 2))
    return "".join(parts)


def _leaked(before: str, value: str, after: str) -> str:
    text = f"{before} {value} {after}"
    start = len(before) + 1
    masked = {place for span in redact(text).spans for place in range(span.start, span.end)}
    return "".join(
        char
        for place, char in enumerate(text[start : start + len(value)], start)
        if char.isdigit() and place not in masked
    )


@pytest.mark.parametrize(
    ("plant", "announced", "most_splits"),
    [
        (_mobile, "", 10), (_mobile, "شماره من", 10), (_landline, "", 1), (_national_id, "", 0),
        (_national_id, "کد ملی", 9), (_card, "", 15), (_card, "شماره کارت", 15), (_sheba, "", 20), (_sheba, "شبا", 20),
    ],
)  # fmt: skip
@_UNTIMED
@given(seed=st.integers(0, 2**32))
def test_no_digit_of_a_planted_identifier_survives(
    plant: Callable[[random.Random], str], announced: str, most_splits: int, seed: int
) -> None:
    chance = random.Random(seed)
    before = " ".join([*chance.choices(_CARRIER, k=chance.randint(1, 12)), *announced.split()])
    after = " ".join(chance.choices(_CARRIER, k=chance.randint(1, 12)))
    value = _disguised(chance, plant(chance), splits=chance.randint(0, most_splits))
    assert _leaked(before, value, after) == "", repr(f"{before} {value} {after}")


def test_a_card_that_ends_in_zeros_is_no_number_of_people() -> None:
    assert is_card("6104331684691000")
    assert _leaked("واریز کنید و", "6104331684691000", "مردم") == ""
    assert _leaked("این طرح به", "250000000", "مردم آسیب زد") == "250000000"


_LABELLED = [row["text"] for row in load_labelled()]


@_UNTIMED
@given(
    st.one_of(
        st.sampled_from(_LABELLED),
        st.tuples(st.sampled_from(_LABELLED), st.sampled_from(_LABELLED)).map(" و ".join),
    )
)
def test_redacting_a_redacted_text_changes_nothing(text: str) -> None:
    once = redact(text).text
    assert redact(once).text == once


@_UNTIMED
@given(st.text(max_size=120), st.sampled_from(_LABELLED), st.text(max_size=40))
def test_spans_of_any_text_are_ordered_disjoint_and_inside(before: str, labelled: str, after: str) -> None:
    text = before + labelled + after
    end = 0
    for span in redact(text).spans:
        assert end <= span.start < span.end <= len(text)
        end = span.end
