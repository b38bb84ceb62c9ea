"""Near duplicates: trivial differences join, any difference in meaning keeps apart, decisions stay."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.duplicates import near_duplicates
from tasks.pii.wordlists import table

_UNTIMED = settings(deadline=None)  # the first example loads word lists and lingua

_BASE = "آب شرب روستای ما در شهرستان بافق سه روز است قطع شده و هیچ کس پاسخگو نیست"


def _joins(one: str, other: str) -> bool:
    return near_duplicates(["a", "b"], [one, other])["b"] == "a"


@pytest.mark.parametrize(
    "variant",
    [
        f"سلام {_BASE} ممنون",
        f"با سلام و خسته نباشید، لطفا! {_BASE}.",
        _BASE.replace("ی", "ي").replace("ک", "ك"),
        _BASE + " 🙏🙏",
        _BASE + " [MOBILE_1]",
        _BASE.replace("هیچ کس", "هیچ‌کس").replace("قطع شده", "قطع  شده"),
        _BASE.replace("پاسخگو", "پااسخگو"),
        _BASE.replace("شهرستان", "شهرصتان"),
    ],
)
def test_politeness_spelling_and_contact_do_not_make_a_new_message(variant: str) -> None:
    assert _joins(_BASE, variant)


@pytest.mark.parametrize(
    "variant",
    [
        _BASE.replace("سه", "چهار"),
        _BASE.replace("بافق", "تفت"),
        _BASE.replace("نیست", "هست"),
        _BASE.replace("آب", "برق"),
        _BASE + "؟",
        _BASE + " 👎",
        _BASE.replace("هیچ کس", "مدیر"),
        _BASE + " و مدرسه نداریم",
    ],
)
def test_a_number_a_place_a_negation_a_question_or_a_new_thing_keeps_texts_apart(variant: str) -> None:
    assert not _joins(_BASE, variant)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("we want the dam built in Bafq", "we do not want the dam built in Bafq"),
        ("انتخابات مجلس برگزار شود", "انتصابات مجلس برگزار شود"),
        ("حقوق ۱۲ میلیون تومان است", "حقوق ۱۳ میلیون تومان است"),
        ("قانون حجاب لغو شود", "قانون حجاب لغو نشود"),
        ("سلام", "سلام لطفا"),
    ],
)
def test_opposites_and_lookalikes_stay_apart(one: str, other: str) -> None:
    assert not _joins(one, other)


_WORDS = st.sampled_from(["سلام", "لطفا", "آب", "برق", "نداریم", "داریم", "۱۲", "۱۳", "ممنون", "شهر"])
_TEXTS = st.lists(st.lists(_WORDS, max_size=6).map(" ".join), max_size=12)


@_UNTIMED
@given(_TEXTS, _TEXTS)
def test_old_answers_never_change_when_new_texts_come(old: list[str], new: list[str]) -> None:
    old_keys = [f"o{i}" for i in range(len(old))]
    first = near_duplicates(old_keys, old)
    assert all(first[first[key]] == first[key] for key in old_keys)
    keys = [f"n{i}" for i in range(len(new))] + old_keys
    second = near_duplicates(keys, new + old, known=first)
    assert {key: second[key] for key in old_keys} == first
    assert all(second[second[key]] == second[key] for key in keys)
    assert near_duplicates(keys, new + old, known=second) == second


def test_the_first_in_order_represents() -> None:
    assert near_duplicates(["b", "a"], ["سلام آب نداریم", "آب نداریم"]) == {"b": "b", "a": "b"}


def test_a_high_threshold_counts_politeness_too() -> None:
    one, other = "آب نداریم", "سلام لطفا خواهشمندم ممنون آب نداریم"
    assert near_duplicates(["a", "b"], [one, other], threshold=0.99)["b"] == "b"
    assert near_duplicates(["a", "b"], [one, other], threshold=0.5)["b"] == "a"


@pytest.mark.parametrize(
    ("keys", "texts", "threshold"), [(["a"], [], 0.85), (["a", "a"], ["x", "y"], 0.85), (["a"], ["x"], 0.0)]
)
def test_impossible_arguments_are_refused(keys: list[str], texts: list[str], threshold: float) -> None:
    with pytest.raises(ValueError, match=r"keys|twice|threshold"):
        near_duplicates(keys, texts, threshold=threshold)


def test_twenty_thousand_texts_take_seconds() -> None:
    chance = random.Random(11)
    words = [f"{a}{b}{c}" for a in "بپتجچ" for b in "اوی" for c in "مندرس"]
    texts = [" ".join(chance.choices(words, k=12)) for _ in range(10_000)]
    texts += [f"سلام {text} لطفا" for text in texts]
    started = time.perf_counter()
    found = near_duplicates([str(i) for i in range(20_000)], texts)
    assert time.perf_counter() - started < 12
    assert all(found[str(i + 10_000)] == found[str(i)] for i in range(10_000))


def test_one_content_dressed_in_politeness_at_random_costs_linear_time_and_few_requests() -> None:
    polite = [w for w in table("trivial")["word"] if " " not in w]
    chance = random.Random(5)
    texts = list({"آب " + " ".join(chance.sample(polite, chance.randrange(12))): None for _ in range(8000)})
    keys = [str(i) for i in range(len(texts))]
    small, started = 1000, time.process_time()
    near_duplicates(keys[:small], texts[:small])
    few, started = time.process_time() - started, time.process_time()
    found = near_duplicates(keys, texts)
    assert time.process_time() - started < 4 * (len(texts) / small) * few
    assert len(set(found.values())) <= 40
    assert all(found[found[key]] == found[key] for key in keys)
