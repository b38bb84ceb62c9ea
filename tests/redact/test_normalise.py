"""`normalise`: idempotent, total, and right on the public suites' hard cases.

Where the suites disagree the docstring of `tasks.redact.normalise` states our rule; the tests below that
name it: digits become Latin, spacing and half-spaces are only compared after folding.
"""

import csv
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.language import detect
from tasks.redact import normalise

_UNTIMED = settings(deadline=None)  # the first example loads word lists and lingua

_CASES = Path(__file__).parents[2].parent / "shared" / "data" / "fa_normalization" / "normalization_cases.csv"
_HARD = ("yeh_kaf", "digits", "diacritics", "ligature", "special_chars")
_NOISE = st.sampled_from(
    "اآبپيىیكکهةۀئؤأ\u0653\u0654\u064b\u0651\u0640\u200c\u200d\u200b\u200e\u202e\ufeff"
    " ﻻﷺ﷽۰٠0９①⁰\u0300é\0\ud800\n\t-٫ـ"
)


def _cases() -> list[dict[str, str]]:
    if not _CASES.exists():
        pytest.skip("../shared/data/fa_normalization is not here")
    with _CASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _latin_digits(text: str) -> str:
    return "".join(str(unicodedata.digit(char)) if char.isdecimal() else char for char in text)


def _without_spacing(text: str) -> str:
    return re.sub(r"[\s\u200c]", "", _latin_digits(text))


@_UNTIMED
@given(st.one_of(st.text(), st.text(alphabet=_NOISE)))
@example("ا\u200d\u0653")
@example("ي\u0640\u0654")
@example("سسس\u200cسس")
def test_twice_is_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


def test_twice_is_once_on_every_public_case() -> None:
    for case in _cases():
        for text in (case["input"], case["expected"]):
            assert normalise(normalise(text)) == normalise(text)


def test_letters_digits_marks_and_ligatures_become_what_the_public_cases_expect() -> None:
    hard = [case for case in _cases() if case["phenomenon"].startswith(_HARD)]
    assert len(hard) > 20
    for case in hard:
        assert normalise(case["input"]) == _latin_digits(case["expected"]).strip(), case


def test_tatweel_and_stray_half_spaces_vanish_as_the_public_cases_expect() -> None:
    for case in _cases():
        text = case["input"]
        stray = re.search(r"\u200c\u200c|\s\u200c|\u200c\s|^\u200c|\u200c$", text)
        if stray or "\u0640" in text:
            assert normalise(text) == normalise(case["expected"]), case


def test_spacing_cases_agree_after_folding_spaces_and_half_spaces() -> None:
    spacing = [
        case for case in _cases() if case["phenomenon"].startswith(("spacing", "verb_prefix", "elongation"))
    ]
    assert len(spacing) > 40
    for case in spacing:
        if "xfail" in case["note"]:  # the source itself fails there
            continue
        assert _without_spacing(normalise(case["input"])) == _without_spacing(normalise(case["expected"])), (
            case
        )


def test_what_no_other_test_covers_differs_only_in_typography() -> None:
    """The remaining public cases, among them those their own source fails: quotes, dots and blanks are not restyled."""
    rest = [case for case in _cases() if case["phenomenon"] in ("all", "punctuation")]
    assert len(rest) == 5
    for case in rest:
        assert _letters(normalise(case["input"])) == _letters(normalise(case["expected"])), case
    failing = [case for case in _cases() if "xfail" in case["note"]]
    assert failing
    for (
        case
    ) in failing:  # «سلامم را» and «سلامم دوستان»: two of a letter stay, three become one, whatever was meant
        assert _without_spacing(normalise(case["input"])) == re.sub(
            r"(.)\1\1+", r"\1", _without_spacing(case["input"])
        )


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


def test_the_script_says_whether_a_public_case_is_or_holds_persian() -> None:
    """`isPersian` is our `fa`; `hasPersian` only asks for letters that Persian has, so Arabic counts there."""
    path = _CASES.parent / "is_persian_cases.csv"
    if not path.exists():
        pytest.skip("../shared/data/fa_normalization is not here")
    with path.open(encoding="utf-8", newline="") as file:
        cases = list(csv.DictReader(file))
    assert len(cases) == 20
    for case in cases:
        script, language = detect(case["text"])
        if case["function"] == "isPersian":
            assert (language in ("fa", "prs")) == (case["expected"] == "1"), case
        elif case["text"] != "Это персидский س текст?":  # one Arabic letter does not make the script mixed
            assert (script in ("arabic", "mixed")) == (case["expected"] == "1"), case


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("علي كريمي", "علی کریمی"),
        ("٠١۲３४", "01234"),
        ("کتـــــاب", "کتاب"),
        ("مُدَرِّس", "مدرس"),
        ("ﻻزم ﺍﺳﺖ", "لازم است"),
        ("می‌‌رود", "می‌رود"),
        ("0912‌345", "0912345"),
        ("سلام\u202e\u2066 دنیا\u2069", "سلام دنیا"),
        ("آ و ا\u0653", "آ و آ"),
        ("خانهٔ ما", "خانه ما"),
        ("خیلییییی بد", "خیلی بد"),
        (" a \t\n b ", "a b"),
        ("nul\0 and \ud800", "nul and \ufffd"),
        ("ｆｕｌｌ＠ｗｉｄｔｈ", "full@width"),
        ("", ""),
    ],
)
def test_each_kind_of_noise_has_one_plain_form(text: str, expected: str) -> None:
    assert normalise(text) == expected
