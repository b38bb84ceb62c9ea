"""The labelled set and the score on it; and how little is masked in public writing."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from tasks.pii.find import KINDS
from tasks.pii.score import load_labelled, score_pii
from tasks.redact import redact

_SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def _texts(relative: str, *columns: str) -> list[str]:
    path = _SHARED / relative
    if not path.exists():
        pytest.skip(f"../shared/data/{relative} is not here")
    with path.open(encoding="utf-8", newline="") as file:
        return [" ".join(row[column] for column in columns) for row in csv.DictReader(file)]


def test_the_labelled_set_is_large_well_formed_and_mostly_farsi() -> None:
    rows = load_labelled()
    assert len(rows) >= 300
    assert len({row["id"] for row in rows}) == len({row["text"] for row in rows}) == len(rows)
    assert 0.35 <= sum(not row["spans"] for row in rows) / len(rows) <= 0.5
    assert sum(row["language"] == "fa" for row in rows) > len(rows) / 2
    for row in rows:
        for span in row["spans"]:
            assert span["kind"] in KINDS
            assert (
                row["text"][span["start"] : span["end"]].strip()
                == row["text"][span["start"] : span["end"]]
                != ""
            )


def test_recall_on_the_kept_part_is_at_least_ninety_five_percent() -> None:
    scores = {row.kind: row for row in score_pii(load_labelled("kept"))}
    assert scores["all"].recall >= 0.95
    assert scores["all"].precision >= 0.95


def test_language_is_right_for_nine_of_ten_kept_sentences() -> None:
    rows = load_labelled("kept")
    assert sum(redact(row["text"]).language == row["language"] for row in rows) >= 0.9 * len(rows)


def test_the_score_counts_a_miss_a_hit_a_false_mask_and_a_confused_kind() -> None:
    rows = [
        {"text": "شماره من 09123456789", "spans": [{"start": 9, "end": 20, "kind": "landline"}]},
        {"text": "علی آمد", "spans": [{"start": 0, "end": 3, "kind": "name"}]},
        {"text": "call 09350001122", "spans": []},
    ]
    loose = {row.kind: row[1:4] for row in score_pii(rows)}
    assert loose == {"landline": (1, 0, 0), "name": (0, 0, 1), "mobile": (0, 1, 0), "all": (1, 1, 1)}
    strict = {row.kind: row[1:4] for row in score_pii(rows, strict=True)}
    assert strict["all"] == (0, 2, 2)


def test_petition_titles_are_left_whole() -> None:
    titles = _texts("karzar_sample/karzar_sample_200.csv", "title")
    assert sum(bool(redact(title).spans) for title in titles) <= 2


def test_news_loses_only_names_after_titles_and_no_number() -> None:
    news = _texts("farsnews_titles/farsnews.csv", "title", "abstract")
    kinds = Counter(span.kind for text in news for span in redact(text).spans)
    assert set(kinds) <= {"name"}
    assert kinds["name"] <= 0.02 * len(news)


def test_finglish_is_recognised() -> None:
    texts = _texts("finglish/finglish_fa_dev.csv", "finglish")
    assert sum(redact(text).language == "finglish" for text in texts) >= 0.97 * len(texts)


def test_farsi_typed_on_an_arabic_keyboard_stays_farsi() -> None:
    rows = [row for row in load_labelled() if row["language"] == "fa" and len(row["text"].split()) > 3]
    arabic = [row["text"].replace("ی", "ي").replace("ک", "ك") for row in rows]
    assert sum(redact(text).language == "ar" for text in arabic) <= 0.002 * len(arabic)
    marked = [re.sub(r"ه\b", "ة", text) for text in arabic]
    assert sum(redact(text).language == "ar" for text in marked) <= 0.01 * len(marked)


def test_english_is_not_taken_for_finglish() -> None:
    texts = _texts("ntrex_fa_en/ntrex_fa_en.csv", "en")
    assert sum(redact(text).language == "en" for text in texts) >= 0.99 * len(texts)


@pytest.mark.parametrize(
    ("text", "script", "language"),
    [
        ("آب شرب روستا قطع است", "arabic", "fa"),
        ("شاروالی کابل سرک‌ها را قیر کند", "arabic", "prs"),
        ("نطالب بتوفير الماء الصالح للشرب في المدينة", "arabic", "ar"),
        ("مدرسة ما معلم ندارد", "arabic", "fa"),
        ("اعتراض به إجاره خانه و بيمة كارگران", "arabic", "fa"),
        ("الكهرباء تنقطع كل يوم في الأهواز", "arabic", "ar"),
        ("نمبر تماسم را به مکتب دادم", "arabic", "prs"),
        ("ab nadarim va kasi javab nemide", "latin", "finglish"),
        ("we have no clean water", "latin", "en"),
        ("لطفا VPN را رفع فیلتر کنید", "mixed", "fa"),
        ("لطفا email بزنید چون internet قطع میشه", "mixed", "mixed"),
        ("这是中文", "other", "other"),
        ("ئەم ڕێگایە خراپە و پێویستی بە چاککردنە", "arabic", "other"),
        ("😀😀", "other", "other"),
        ("", "other", "other"),
    ],
)
def test_script_and_language_are_told(text: str, script: str, language: str) -> None:
    found = redact(text)
    assert (found.script, found.language) == (script, language)
