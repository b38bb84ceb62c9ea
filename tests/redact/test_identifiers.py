"""Iranian identifiers: every public valid case is masked, alone and inside a sentence; sums are not.

Where the sources disagree (postal code with a dash, repeated digits, Persian digits with a dash), the rule
is to mask: a wrongly masked number costs little, a leaked one cannot be taken back. Cases the sources call
invalid are masked too when they have 10, 16 or 24 digits.
"""

import csv
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from persiantools import digits as persian

from tasks.pii.checksums import is_national_id
from tasks.redact import redact

_UNTIMED = settings(deadline=None)  # the first example loads word lists and lingua

_CASES = Path(__file__).parents[2].parent / "shared" / "data" / "ir_pii" / "pii_cases.csv"
_FRAMES = (
    "{}",
    "شماره {} را ثبت کنید",
    "کد من {} است",
    "سلام {} لطفا رسیدگی کنید، آب نداریم",
    "call {} please",
)


def _cases() -> list[dict[str, str]]:
    if not _CASES.exists():
        pytest.skip("../shared/data/ir_pii is not here")
    with _CASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _is_masked(text: str, value: str) -> bool:
    start = text.index(value) + value.startswith("+")
    end = text.index(value) + len(value)
    covered = sum(max(0, min(span.end, end) - max(span.start, start)) for span in redact(text).spans)
    return covered == end - start


def test_every_valid_or_disputed_public_case_is_masked_alone_and_in_a_sentence() -> None:
    cases = [case for case in _cases() if case["source_says_valid"] == "1" or case["sources_disagree"] == "1"]
    assert len(cases) > 80
    leaks = [
        (case["kind"], frame)
        for case in cases
        for frame in _FRAMES
        if not _is_masked(frame.format(case["text"]), case["text"])
    ]
    assert leaks == []


def test_every_invalid_public_case_is_masked_behind_a_word_for_a_number_or_has_too_few_digits() -> None:
    cases = [case for case in _cases() if case["source_says_valid"] == "0"]
    left = [
        case["text"]
        for case in cases
        if not _is_masked(f"شماره {case['text']} را ببینید", case["text"].strip())
    ]
    assert len(cases) > 100
    assert all(sum(char.isdecimal() for char in text) < 7 or not _is_a_number(text) for text in left), left


def _is_a_number(text: str) -> bool:
    """Digits with marks between, no letters in or behind them (`603799759943912a` is no card, its digits are masked)."""
    return not any(char.isalpha() for char in text) and text[-1].isdecimal()


def test_runs_of_ten_sixteen_and_twenty_four_digits_are_masked_alone_though_the_checksum_fails() -> None:
    masked = 0
    for case in _cases():
        digits = persian.fa_to_en(persian.ar_to_fa(case["text"].strip()))
        if case["source_says_valid"] == "1" or not digits.isdecimal() or len(digits) not in (10, 16, 24):
            continue
        masked += 1
        round_number = digits.endswith(
            "00000"
        )  # «7750000000» by itself is a sum; behind a word for a number it is not
        assert _is_masked(f"این {case['text']} را ببینید", case["text"].strip()) is not round_number, case
    assert masked > 15


def _with_check_digit(nine: str) -> str:
    return next(nine + str(last) for last in range(10) if is_national_id(nine + str(last)))


@_UNTIMED
@given(st.from_regex(r"[0-9]{9}", fullmatch=True).filter(lambda nine: not nine.endswith("0000")))
def test_any_national_id_with_a_right_check_digit_is_masked(nine: str) -> None:
    value = _with_check_digit(nine)
    for text in (f"کد ملی من {value} است", f"من {persian.en_to_fa(value)} هستم", f"code melli {value}"):
        assert redact(text).spans, text


@_UNTIMED
@given(st.from_regex(r"09[0-9]{9}", fullmatch=True))
def test_a_mobile_number_read_aloud_is_masked(number: str) -> None:
    groups = [number[0], number[1:4], number[4:7], number[7:9], number[9:]]
    spoken = " ".join("صفر " * (len(group) - len(group.lstrip("0"))) + _words(group) for group in groups)
    text = f"شماره من {spoken} است"
    assert redact(text).spans, text


def _words(group: str) -> str:
    return persian.to_word(int(group)) if int(group) else ""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("شبا IR۱۲ ۰۵۷۰ ۰۲۸۷ ۸۰۰۱ ۰۹۵۷ ۷۷۵۱ ۰۴", "sheba"),
        ("کارت 6037-9911-2233-4455", "bank_card"),
        ("کد پستی 19876-54311", "postal_code"),
        ("کد ملی 0012345678", "national_id"),
        ("شماره پرونده 0209982134567", "other_id"),
        ("گذرنامه A12345678", "passport"),
        ("شناسه ملی شرکت 14001234567", "company_id"),
        ("شماره حساب 0205123456008", "bank_account"),
        ("تلفن ۰۲۱-۸۸۷۷۶۶۵۵", "landline"),
        ("پلاک ۴۴ ج ۱۲۳ - ۱۱", "plate"),
        ("پلاک ۱۲، واحد ۳", "address"),
        ("صفر نهصد و دوازده سیصد و چهل و پنج شصت و هفت هشتاد و نه", "mobile"),
        ("zero nine one two three four five six seven eight nine", "mobile"),
        ("شماره من ۰۹۱۲سه۴۵شش۷۸۹", "mobile"),
        ("نهصد و دوازده، دو تا صفر، سه تا هفت، چهل و یک", "mobile"),
        ("این ماشین ۵۶-۱۲الف۳۴۵ است", "plate"),
        ("پلاکش ۵۶ - ۱۲ ب ۳۴۵", "plate"),
        ("پلاک ۱۲ایران۳۴۵ب۶۷", "plate"),
        ("a l i @ g m a i l . c o m بنویسید", "email"),
    ],
)
def test_an_identifier_is_given_its_kind(text: str, kind: str) -> None:
    assert [span.kind for span in redact(text).spans] == [kind]


@pytest.mark.parametrize(
    "unit", ["تومان", "ریال", "میلیارد تومان", "نفر", "درصد", "مترمکعب", "toman", "people"]
)
@_UNTIMED
@example(number=981_000_000_000, separated=False, latin=False)
@given(number=st.integers(min_value=1, max_value=10**13), separated=st.booleans(), latin=st.booleans())
def test_money_and_counts_are_never_masked(unit: str, number: int, separated: bool, latin: bool) -> None:
    written = f"{number:,}" if separated else str(number)
    written = written if latin else persian.en_to_fa(written)
    text = f"بودجه {written} {unit} در سال گذشته کم شد"
    assert redact(text).spans == (), text


@pytest.mark.parametrize("text", ["مبلغ ۰۹۱۲۳۴۵ ریال پرداخت شد", "12 Iran 345", "سه تا مدرسه و دو تا درمانگاه و هفت تا پل"])
def test_a_sum_or_a_count_in_an_odd_shape_is_not_masked(text: str) -> None:
    assert redact(text).spans == ()


@_UNTIMED
@given(
    st.lists(st.integers(min_value=1300, max_value=1410), min_size=1, max_size=6),
    st.sampled_from([" ", "-", " تا ", "، "]),
)
def test_years_and_ranges_of_years_are_never_masked(years: list[int], between: str) -> None:
    for text in (between.join(map(str, years)), persian.en_to_fa(between.join(map(str, years)))):
        assert redact(f"از {text} سیل آمد").spans == ()


@_UNTIMED
@given(st.integers(1300, 1410), st.integers(1, 12), st.integers(1, 29), st.sampled_from("/-."))
def test_dates_are_never_masked(year: int, month: int, day: int, mark: str) -> None:
    for date in (f"{year}{mark}{month:02}{mark}{day:02}", f"{day}{mark}{month}{mark}{year}"):
        assert redact(f"در تاریخ {date} ساعت ۱۸:۳۰ برق رفت").spans == ()
