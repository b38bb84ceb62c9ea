"""The gold set keeps its own promises: schema, verbatim quotes, offsets, coverage, a clean split."""

import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Literal, get_args

import pytest
from pydantic import BaseModel, ConfigDict

from tasks.schemas import Position, RejectReason

DATA = Path(__file__).parents[1] / "data"
SPLITS = ("dev", "kept")
Language = Literal["fa", "finglish", "prs", "en", "mixed"]
PiiKind = Literal[
    "mobile", "landline", "national_id", "sheba", "bank_card", "email", "handle", "url_id",
    "postal_code", "plate", "address", "name",
]  # fmt: skip
# Hard cases that both parts must hold, at least once each.
HARD = {
    "multi_issue", "sarcasm", "dialect", "colloquial", "arabic_letters", "missing_spaces", "very_long",
    "one_word", "emoji_only", "insult", "advert", "prayer", "poem", "question", "wish_not_policy",
    "injection", "injection_with_civic", "near_copy", "number_words", "number_units", "negation", "place",
    "institution", "pii", "indirect", "greeting", "personal", "noise", "river", "lake", "village",
}  # fmt: skip


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Issue(_Strict):
    quote: str
    topic: str
    topics_ok: list[str]
    places: list[str]
    places_ok: dict[str, list[str]]
    numbers: list[str]
    negation: bool
    proposition_en: str
    position: Position


class Pii(_Strict):
    start: int
    end: int
    kind: PiiKind


class Gold(_Strict):
    id: str
    text: str
    language: Language | None
    is_valid: bool
    reject_reason: RejectReason | None
    issues: list[Issue]
    pii: list[Pii]
    tags: list[str]


def _read(split: str) -> list[Gold]:
    lines = (DATA / "gold" / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Gold.model_validate_json(line) for line in lines]


@pytest.fixture(scope="module")
def gold() -> dict[str, list[Gold]]:
    return {split: _read(split) for split in SPLITS}


@pytest.fixture(scope="module")
def everything(gold: dict[str, list[Gold]]) -> list[Gold]:
    return [item for split in SPLITS for item in gold[split]]


@pytest.fixture(scope="module")
def topics() -> set[str]:
    taxonomy = tomllib.loads((DATA / "taxonomy.toml").read_text(encoding="utf-8"))
    return {topic["id"] for topic in taxonomy["topic"]}


def _letters(text: str) -> str:
    text = text.lower().translate(str.maketrans("يك", "یک"))
    return re.sub(r"[\W_]+", "", text)


def _shingles(text: str, size: int = 5) -> set[str]:
    letters = _letters(text)
    return {letters[i : i + size] for i in range(max(1, len(letters) - size + 1))}


def test_there_are_enough_submissions_in_both_parts(gold: dict[str, list[Gold]]) -> None:
    assert len(gold["dev"]) >= 100
    assert len(gold["kept"]) >= 150


def test_ids_and_texts_are_unique_over_both_parts(everything: list[Gold]) -> None:
    assert max(Counter(item.id for item in everything).values()) == 1
    assert max(Counter(item.text for item in everything).values()) == 1


def test_a_text_is_either_valid_with_issues_or_rejected_with_a_reason(everything: list[Gold]) -> None:
    wrong = [
        item.id
        for item in everything
        if item.is_valid != bool(item.issues) or item.is_valid == bool(item.reject_reason)
    ]
    assert wrong == []


def test_every_quote_is_verbatim_and_quotes_of_one_text_do_not_overlap(everything: list[Gold]) -> None:
    for item in everything:
        spans = sorted((item.text.index(issue.quote), len(issue.quote)) for issue in item.issues)
        ends = [start + length for start, length in spans]
        assert all(length > 0 for _, length in spans), item.id
        assert all(end <= start for end, (start, _) in zip(ends, spans[1:], strict=False)), item.id


def test_topics_are_of_the_taxonomy_and_alternatives_differ(everything: list[Gold], topics: set[str]) -> None:
    for item in everything:
        for issue in item.issues:
            assert {issue.topic, *issue.topics_ok} <= topics, item.id
            assert issue.topic not in issue.topics_ok, item.id


def test_numbers_written_in_digits_are_listed_and_all_numbers_are_latin(everything: list[Gold]) -> None:
    latin = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
    for item in everything:
        private = [item.text[p.start : p.end] for p in item.pii]
        for issue in item.issues:
            quote = issue.quote
            for words in private:
                quote = quote.replace(words, " ")
            written = re.findall(r"(?<![A-Za-z])\d+(?:[.٫]\d+)?", quote.translate(latin))
            assert {number.replace("٫", ".") for number in written} <= set(issue.numbers), item.id
            assert all(re.fullmatch(r"[0-9]+(\.[0-9]+)?", number) for number in issue.numbers), item.id


def test_spellings_are_given_for_places_of_the_issue_only(everything: list[Gold]) -> None:
    for item in everything:
        for issue in item.issues:
            assert set(issue.places_ok) <= set(issue.places), item.id
            assert all(re.match(r"[A-Z][A-Za-z' -]+$", place) for place in issue.places), item.id


def test_personal_data_spans_lie_in_the_text_and_do_not_overlap(everything: list[Gold]) -> None:
    for item in everything:
        last = 0
        for span in item.pii:
            assert last <= span.start < span.end <= len(item.text), item.id
            words = item.text[span.start : span.end]
            assert words == words.strip(), item.id
            digits = sum(ch.isdigit() for ch in words)
            least = {"mobile": 10, "landline": 8, "national_id": 10, "sheba": 24, "bank_card": 16,
                     "postal_code": 10, "plate": 5}.get(span.kind, 0)  # fmt: skip
            assert digits >= least, (item.id, span.kind)
            last = span.end


@pytest.mark.parametrize("split", SPLITS)
def test_each_part_covers_every_topic_several_times(
    gold: dict[str, list[Gold]], topics: set[str], split: str
) -> None:
    seen = Counter(issue.topic for item in gold[split] for issue in item.issues)
    assert {topic: seen[topic] for topic in topics if seen[topic] < 3} == {}


@pytest.mark.parametrize("split", SPLITS)
def test_each_part_covers_every_hard_case_reason_language_and_kind(
    gold: dict[str, list[Gold]], split: str
) -> None:
    items = gold[split]
    assert HARD - {tag for item in items for tag in item.tags} == set()
    assert set(get_args(RejectReason)) - {item.reject_reason for item in items} == set()
    assert set(get_args(Language)) - {item.language for item in items} == set()
    assert set(get_args(PiiKind)) - {span.kind for item in items for span in item.pii} == set()
    positions = {issue.position for item in items for issue in item.issues}
    assert set(get_args(Position)) - positions == set()


def test_tags_that_follow_from_the_fields_are_true(everything: list[Gold]) -> None:
    for item in everything:
        facts = {
            "pii": bool(item.pii),
            "multi_issue": len(item.issues) > 1,
            "place": any(issue.places for issue in item.issues),
            "number": any(issue.numbers for issue in item.issues),
            "negation": any(issue.negation for issue in item.issues),
        }
        assert {tag: tag in item.tags for tag in facts} == facts, item.id
        assert set(item.tags) <= HARD | {"number"}, item.id


def test_very_long_texts_are_very_long_and_single_words_single(everything: list[Gold]) -> None:
    for item in everything:
        words = len(item.text.split())
        assert ("very_long" in item.tags) == (words >= 800), item.id
        assert "one_word" not in item.tags or words == 1, item.id


def test_the_mix_of_languages_and_invalid_texts_is_alike_in_both_parts(gold: dict[str, list[Gold]]) -> None:
    def share(split: str, language: str | None, valid: bool | None = None) -> float:
        items = gold[split]
        hits = [i for i in items if (valid is None and i.language == language) or i.is_valid is valid]
        return len(hits) / len(items)

    for language in get_args(Language):
        assert share("dev", language) == pytest.approx(share("kept", language), abs=0.04), language
    assert share("dev", None, valid=False) == pytest.approx(share("kept", None, valid=False), abs=0.04)
    assert share("kept", "fa") > 0.6


def test_no_text_of_the_kept_part_is_a_near_copy_of_one_in_dev(gold: dict[str, list[Gold]]) -> None:
    dev = [(item.id, _shingles(item.text)) for item in gold["dev"] if len(_letters(item.text)) > 12]
    close = []
    for item in gold["kept"]:
        mine = _shingles(item.text)
        close += [(other, item.id) for other, theirs in dev if len(mine & theirs) / len(mine | theirs) > 0.35]
    assert close == []


def test_near_copies_come_in_groups_inside_one_part(gold: dict[str, list[Gold]]) -> None:
    for split in SPLITS:
        copies = [item for item in gold[split] if "near_copy" in item.tags]
        for item in copies:
            twins = [other for other in copies if other is not item]
            mine = _shingles(item.text)
            assert any(len(mine & _shingles(t.text)) / len(mine | _shingles(t.text)) > 0.3 for t in twins)


def test_files_are_plain_json_lines_with_readable_farsi() -> None:
    for split in SPLITS:
        raw = (DATA / "gold" / f"{split}.jsonl").read_bytes()
        assert raw.endswith(b"\n")
        assert b"\\u06" not in raw
        for line in raw.decode("utf-8").splitlines():
            assert list(json.loads(line)) == list(Gold.model_fields)


def test_the_readme_counts_right_and_explains_every_tag(gold: dict[str, list[Gold]]) -> None:
    readme = (DATA / "gold" / "README.md").read_text(encoding="utf-8")
    for split, items in gold.items():
        by_language = Counter(item.language for item in items)
        cells = [
            len(items),
            *(by_language[language] for language in get_args(Language)),
            sum(not item.is_valid for item in items),
            sum(len(item.issues) for item in items),
        ]
        assert f"| {split} | " + " | ".join(map(str, cells)) + " |" in readme
    explained = set(re.findall(r"`([a-z_]+)`", readme.split("## Tags")[1].split("## Limits")[0]))
    assert explained == HARD | {"number"}
