"""A night over every message that holds personal data, published as openly as can be set: nothing of it is in any file.

The gold set (data/gold: the sentences of personal data and the civic messages that carry some) is sent under made-up
user ids, and k-anonymity is turned down to one person, so that nothing is hidden by it. Then every published
file is read as a reader would, Parquet column by column, and searched for each marked span, each user id and the
citizens' own wordings.
"""

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from tasks.night import NIGHT
from tasks.redact import normalise
from tasks.session import open_session
from tasks.settings import Settings

pytestmark = pytest.mark.slow
GOLD = Path(__file__).parents[2] / "data" / "gold"
FIGURES = 5  # in a row, from which on a number may be somebody's
WINDOW = 7  # words in a row that only a citizen's own text has
BETWEEN = re.compile(r"(?<=\d)[\s\-./_()+،,:]+(?=\d)")


class Gold(NamedTuple):
    """A text and the personal data marked in it: (kind, words)."""

    text: str
    spans: tuple[tuple[str, str], ...]


def gold_with_personal_data() -> list[Gold]:
    rows = [
        json.loads(line)
        for name in ("pii", "dev", "kept")
        for line in (GOLD / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    found = [
        Gold(row["text"], tuple((s["kind"], row["text"][s["start"] : s["end"]]) for s in row.get("spans") or row.get("pii") or ()))
        for row in rows
    ]
    return [gold for gold in found if gold.spans]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of one night over the gold set, k-anonymity turned down to one person."""
    home = tmp_path_factory.mktemp("gold_night")
    inbox = home / "inbox" / "submissions"
    inbox.mkdir(parents=True)
    rows = [
        {
            "id": f"gold-{n:04}", "user_id": f"tg-user-{n:05}-aliabadi", "raw_text": gold.text, "locale": "fa",
            "created_at": f"2026-10-{1 + n % 28:02}T10:00:00Z",
        }
        for n, gold in enumerate(gold_with_personal_data())
    ]  # fmt: skip
    (inbox / "gold.jsonl").write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    settings = Settings(home=home, inbox=home / "inbox", profile="offline", min_people=1, supporters_threshold=1)
    now = datetime(2026, 11, 1, 20, 30, tzinfo=UTC)
    with open_session(settings, kind="nightly", run_on=date(2026, 11, 1), now=now) as session:
        for step in NIGHT:
            session.take(step)
    return home


def readable(path: Path) -> str:
    """All a reader finds in a file: text, or every value of every column."""
    if path.suffix == ".parquet":
        return "\n".join(_values(pl.read_parquet(path).to_dicts()))
    text = path.read_text(encoding="utf-8")
    return html.unescape(text) + "\n" + re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), text)


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _values(part)
    elif isinstance(value, list):
        for part in value:
            yield from _values(part)
    elif value is not None:
        yield str(value)


def plain(text: str) -> str:
    """One spelling: Latin digits, one yeh and kaf, no half-spaces, lower case, single spaces."""
    return " ".join(normalise(text).replace("\u200c", " ").lower().split())


@pytest.fixture(scope="module")
def published(night: Path) -> dict[str, str]:
    folder = next(path for path in (night / "published").iterdir() if path.is_dir())
    return {str(p.relative_to(folder)): plain(readable(p)) for p in sorted(folder.rglob("*")) if p.is_file()}


def test_words_were_published_or_these_tests_prove_nothing(published: dict[str, str], night: Path) -> None:
    folder = next(path for path in (night / "published").iterdir() if path.is_dir())
    canonical = pl.read_parquet(folder / "canonical.parquet")
    assert canonical.filter(~pl.col("is_suppressed")).height > 100
    assert pl.read_parquet(folder / "action_plan.parquet").height > 5
    assert {"report.html", "manifest.json", "message.parquet"} <= set(published)
    assert any(name.startswith("plans/") for name in published)


def test_no_personal_data_of_the_gold_set_is_in_any_published_file(published: dict[str, str]) -> None:
    files = [(name, text, BETWEEN.sub("", text)) for name, text in published.items()]
    spans = {(kind, plain(words)) for gold in gold_with_personal_data() for kind, words in gold.spans}
    leaks = [(name, kind, words) for kind, words in sorted(spans) for name, text, joined in files if is_in(words, text, joined)]
    assert leaks == []


def is_in(words: str, text: str, joined: str) -> bool:
    """Whether a span stands in a text as words of its own, or its figures do however they are parted."""
    figures = re.sub(r"\D", "", words)
    if len(figures) >= FIGURES and figures in joined:
        return bool(re.search(rf"(?<![0-9a-f]){figures}(?![0-9a-f])", joined))
    if words == figures or words not in text:
        return False  # fewer figures than that tell of nobody: 0.789 is no national id
    return bool(re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text))


def test_no_user_id_is_in_any_published_file(published: dict[str, str]) -> None:
    leaks = [name for name, text in published.items() if "aliabadi" in text or "tg-user" in text]
    assert leaks == []


def test_no_citizens_own_wording_is_in_any_published_file(published: dict[str, str]) -> None:
    everything = "\n".join(published.values())
    leaks = []
    for gold in gold_with_personal_data():
        words = plain(gold.text).split()
        runs = [" ".join(words[at : at + WINDOW]) for at in range(max(1, len(words) - WINDOW + 1))]
        leaks += [run for run in runs if len(run.split()) == WINDOW and run in everything]
    assert leaks == []
