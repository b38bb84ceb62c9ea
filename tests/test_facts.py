"""Numbers, places and negations found in a text, and what a record lost of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.facts import is_negated, lost_facts, places
from tasks.figures import figures, numbers
from tasks.schemas import Record


def record(summary: str, **given_fields: object) -> Record:
    fields: dict[str, object] = {
        "quote": "q", "title_en": "Title", "title_fa": "عنوان", "summary_en": summary,
        "proposition_en": "Something should be done", "proposition_fa": "باید کاری کرد", "position": "support",
        "topic": "other",
    }  # fmt: skip
    return Record.model_validate(fields | given_fields)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("۱۴ ساعت برق نداریم", {"14"}),
        ("١٤ ساعة", {"14"}),
        ("۳ میلیون و ۲۰۰ هزار تومان", {"3", "200"}),
        ("سیصد هزار تومان", {"300"}),
        ("سی و پنج روز", {"35"}),
        ("صد و بیست و سه نفر", {"123"}),
        ("بیست‌ویک ماه", {"21"}),
        ("سه‌ساله که منتظریم", {"3"}),
        ("هفت تپه", set()),
        ("هر دو طرف", set()),
        ("یک پزشک هم نداریم", set()),
        ("ده ما گاز ندارد", set()),
        ("ده سال است", {"10"}),
        ("۱۲٬۵۰۰ تومان", {"12500"}),
        ("12,500 tomans and 2.5 percent", {"12500", "2.5"}),
        ("از ۱۴۰۰ تا ۱۴۰۴", {"1400", "1404"}),
        ("[PHONE_1] و [CARD_2]", set()),
        ("twenty five families", {"25"}),
        ("3 rooze ab nadarim, do sal", {"3", "2"}),
        ("هر چهل دقیقه یک بار", {"40"}),
        ("دوسه ماه، هفتهشت روز", {"2", "3", "7", "8"}),
        ("دو و نیم میلیون تومان", {"2"}),
        ("بیست و دوم بهمن، کلاس ششم", {"22", "6"}),
        ("یک‌پنجم مردم، رأی می‌دهم", set()),
        ("سی‌وسه‌پل و چهل‌ستون", set()),
        ("۱۲.۵۰۰.۰۰۰ تومان و ۱۲،۵۰۰،۰۰۰ ریال", {"12500000"}),
        ("هزاروچهارصد نفر", {"1400"}),
        ("چند هزار نفر", set()),
        ("بین ده و پونزده میلیون", {"10", "15"}),
        ("bisto panj sal, dota bimarestan, divist nafar", {"25", "2", "200"}),
        ("half a million people", {"500000"}),
        ("دو پارک و سه پاسگاه", {"2", "3"}),  # «پارک» begins like «پا» of «چهارپا»
        ("چهارپا و سیمرغ و چهارراه", set()),
        ("سی‌ونه درصد", {"39"}),
        ("ده خانوار این ده", {"10"}),
        ("طبقه‌ی ششم، پایه‌ی دهم، کلاس نهم", {"6", "10", "9"}),
        ("دهک نه شده‌ایم", {"9"}),
        ("این منطقه نه آب دارد نه برق، این کلاس نه", set()),
        ("نود فیصد، yazdah saal", {"90", "11"}),
        ("دوونیم ساعت", {"2"}),
        ("صدها هزار نفر", set()),
        ("مردم سی‌سخت و هفت‌چنار", set()),  # figures of names
        ("روستای چهل‌دختر، میدان هفت تیر، خیابان پانزده خرداد", set()),
        ("روستای ما چهل دختر دبستانی دارد", {"40"}),
        ("پارک سه‌هکتاری، محله‌ی پنج‌هزار نفری، خیابان چهار‌بانده", {"3", "5", "4"}),
    ],
)
def test_figures_are_found_as_written_in_latin_digits(text: str, found: set[str]) -> None:
    assert numbers(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("مردم اصفهان و خوزستان", {"Isfahan", "Khuzestan"}),
        ("دریاچه‌ی ارومیه خشک شد", {"Lake Urmia"}),
        ("سیستان‌وبلوچستان", {"Sistan and Baluchestan"}),
        ("خیابان اهواز", set()),
        ("در ایران", set()),
        ("too tehran va esfahan", {"Tehran", "Isfahan"}),
        ("from Tabriz to Rasht", {"Tabriz", "Rasht"}),
        ("بهار آمد", set()),
        ("شهر بهار", {"Bahar"}),
    ],
)
def test_places_get_their_usual_english_name(text: str, found: set[str]) -> None:
    assert places(text) == found


@pytest.mark.parametrize(
    "text",
    ["آب نداریم", "نمی‌خواهیم", "درست نشده", "هیچ‌کس پاسخ نداد", "بدون مجوز", "نباید", "nadarim", "There is no water", "don't"],
)  # fmt: skip
def test_a_negation_is_seen(text: str) -> None:
    assert is_negated(text)


@pytest.mark.parametrize(
    "text", ["نان گران است", "نماینده مجلس", "نفت و گاز", "نمک", "Build a school", "نظام آموزشی"]
)
def test_a_word_that_only_begins_like_a_negation_is_none(text: str) -> None:
    assert not is_negated(text)


def test_what_a_record_lost_or_invented_is_named() -> None:
    source = "در اصفهان ۱۴ ساعت آب نداریم"
    assert lost_facts(source, record("Water is good for 20 days")) == (
        "number 14 lost", "number 20 invented", "place Isfahan lost", "negation lost",
    )  # fmt: skip
    assert lost_facts(source, record("No water in Isfahan for 14 hours")) == ()


def test_a_number_may_be_kept_as_its_product_or_its_sum() -> None:
    source = "۳ میلیون و ۲۰۰ هزار تومان"
    assert lost_facts(source, record("It costs 3,200,000 tomans")) == ()
    assert lost_facts(source, record("It costs 3 million 200 thousand tomans")) == ()
    assert lost_facts(source, record("It costs 3 tomans")) == ("number 200 lost",)


def test_an_opposing_position_keeps_a_negation() -> None:
    assert lost_facts("سد نمی‌خواهیم", record("A dam", position="oppose")) == ()


@given(st.integers(2, 10**9), st.sampled_from("۰٠0"))
def test_a_number_reads_the_same_in_any_digits(number: int, zero: str) -> None:
    written = "".join(chr(ord(zero) + int(digit)) for digit in str(number))
    assert numbers(f"حدود {written} ریال") == {str(number)}


def test_a_half_counts_in_the_value_of_a_figure() -> None:
    values = {
        text: [f.value for f in figures(text)]
        for text in ("دو و نیم میلیون", "سه میلیون و نیم", "2 and a half million")
    }
    assert values == {
        "دو و نیم میلیون": ["2500000"],
        "سه میلیون و نیم": ["3500000"],
        "2 and a half million": ["2500000"],
    }


def test_figures_written_as_one_word_are_read_with_their_scale() -> None:
    wanted = {"دوهزار نفر": ["2000"], "صدوپنجاه هزار": ["150000"], "نودوپنج": ["95"]}
    assert {text: [figure.total for figure in figures(text)] for text in wanted} == wanted


def test_the_people_of_a_place_name_the_place() -> None:
    assert places("شیرازیا و قزوینیا") == {"Shiraz", "Qazvin"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("حقوقم نه میلیون، اجاره هشت میلیون", ["9000000", "8000000"]),  # a comma does not hide the scale
        ("سی‌صد نفر", ["300"]),
        ("هفتادهشتاد نفر", ["70", "80"]),
        ("شهریه ۳/۵ برابر شد", ["3.5"]),
        ("خسارت صفر", ["0"]),
        ("از صفر شروع کرد", []),
        ("از هر سه خانه یکی خالی است", ["3"]),
        ("نه نفر در یک پراید", ["9"]),
        ("هژده لک افغانی", ["1800000"]),
    ],
)
def test_a_figure_has_the_value_that_a_reader_gives_it(text: str, found: list[str]) -> None:
    assert [figure.value for figure in figures(text)] == found
