"""Tokens and keys: spellings that mean the same word meet, and offsets are the original's."""

import pytest

from tasks.llm import lexicon
from tasks.llm.engine.finglish import is_finglish
from tasks.llm.engine.romanise import romanise
from tasks.llm.engine.text import fold, stem_en, tokenize
from tasks.llm.offline import canonicalize


def keys(text: str) -> list[str]:
    vocabulary = lexicon.load().vocabulary
    return [token.key for token in tokenize(text, vocabulary, is_finglish=is_finglish(text)) if token.key]


@pytest.mark.parametrize(
    "spelling",
    ["جاده", "جاده‌ها", "جاده های", "جاده‌های", "جاده‌هامون", "جاده‌ی", "جـــاده", "جادّه", "jade", "jaadeha"],
)
def test_inflected_marked_and_romanised_spellings_share_a_key(spelling: str) -> None:
    assert keys(f"{spelling} kharab ast" if spelling.isascii() else spelling)[0] == "جاده"


def test_colloquial_and_written_forms_share_a_key() -> None:
    assert fold("خونه") == fold("خانه")
    assert fold("ارزون") == fold("ارزان")
    assert fold("دوم") == "دوم"


def test_words_run_together_come_apart() -> None:
    assert keys("متروکرج") == ["مترو", "کرج"]


def test_english_inflections_share_a_stem() -> None:
    assert len({stem_en(word) for word in ("price", "prices", "priced", "pricing")}) == 1


def test_a_token_spans_its_own_characters() -> None:
    text = "  آلودگی‌هوای تهران ۳ روزه!"
    vocabulary = lexicon.load().vocabulary
    for token in tokenize(text, vocabulary, is_finglish=False):
        assert text[token.start : token.end] == token.raw


@pytest.mark.parametrize(
    ("text", "answer"),
    [("ma too tehran ab nadarim", True), ("We have no water in Tehran", False), ("آب نداریم", False)],
)
def test_romanised_farsi_is_told_from_english(text: str, *, answer: bool) -> None:
    assert is_finglish(text) is answer


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        ("ریزاب", "Rizab"),
        ("صالح‌آباد", "Salehabad"),
        ("زرشوران", "Zarshuran"),
        ("کهنه‌چناران", "Kohneh Chenaran"),  # as in the town's name
        ("باغ‌رضوان", "Bagh Rezvan"),
        ("تنگ‌دختر", "Tang Dokhtar"),
    ],
)
def test_an_unknown_place_is_written_in_latin_letters(name: str, latin: str) -> None:
    assert romanise(name) == latin


def test_the_lexicon_covers_all_provinces_topics_and_several_hundred_meanings() -> None:
    lex = lexicon.load()
    concepts = [entry for entry in lex.entries if entry.kind in ("bad", "good", "thing", "people")]
    assert len({entry.en for entry in concepts}) >= 600
    assert set(lex.topics) == {entry.topic for entry in concepts}
    assert (
        len({entry.en for entry in lex.entries if entry.kind == "place" and entry.say_en == "province"}) >= 31
    )


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("هوای اراک آلوده است؛ بیمارستان هم تخت خالی ندارد", ["environment", "health"]),
        ("فیلترینگ رو بردارید و سربازی رو داوطلبانه کنید", ["internet", "military_service"]),
        ("جاده‌ی روستامون رو آسفالت کنید و برای درمانگاهش دکتر بفرستید", ["transport", "health"]),
        ("گشت ارشاد نمی‌خوایم، نون می‌خوایم!", ["women", "economy"]),
        ("آب شرب ما بو می‌دهد، هیچ مسئولی هم پاسخگو نیست", ["water"]),  # said of the same matter
        ("در بستک زایشگاه نیست. در گراش آب شرب شور است", ["health", "water"]),
        ("روزی ۵ ساعت برق قطع است و سرویس مدرسه هم ۹۰۰ هزار تومان شده", ["energy", "education"]),
        ("از ساعت ۲ یخچال خاموش است و دارو خراب می‌شود", ["energy"]),  # what comes of it
        ("کارخانه تعطیل شد و ۳۰۰ کارگر بیکار شدند", ["work"]),
        ("آب ما گل‌آلود است. از سوی دیگر جاده پر از چاله شده", ["water", "transport"]),
        ("آب نداریم. تانکر هم هفته‌ای ۲ بار می‌آید", ["water"]),  # said of the same matter
        ("برای مدرسه معلم بفرستید. کتابخانه را هم باز کنید", ["education", "culture_sport"]),
        ("ریزگردهای زابل مردم رو کور کرده. مالچ نفتی هم نمی‌خوایم", ["environment"]),
    ],
)
def test_a_second_matter_with_also_or_a_second_order_has_its_own_record(
    text: str, topics: list[str]
) -> None:
    assert [record.topic for record in canonicalize(text)] == topics


@pytest.mark.parametrize(
    "text",
    ["تو قرچک چهل روزه آشغالا رو جمع نمیکنن", "داروی فشار خون گیر نمیاد", "مردم اندیکا منتظر گاز هستند"],
)
def test_dirt_medicine_and_waiting_are_public_matters(text: str) -> None:
    assert canonicalize(text).rejected is None
