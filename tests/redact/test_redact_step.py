"""The redact step on a real store: once each, equal texts share an answer, also with those of earlier nights."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from tasks.quarantine import decide_quarantined
from tasks.redaction import redact_new
from tasks.run import Run
from tasks.settings import Settings
from tasks.store import Store, open_store

NOW = datetime(2026, 11, 1, 20, tzinfo=UTC)
RUN = Run("r1", "nightly", date(2026, 11, 1), "offline", NOW)
WATER = "آب روستای ما یک هفته است قطع است"
POLITE = "سلام آب روستای ما یک هفته است قطع است"
OTHER = "آب روستای ما دو هفته است قطع است"


@pytest.fixture
def store():
    with open_store(None) as opened:
        yield opened


def send(store: Store, *texts: str, prefix: str = "s") -> None:
    rows = [
        {
            "submission_id": f"{prefix}{n}",
            "raw_text": text,
            "text_sha256": "x",
            "created_at": NOW,
            "source_id": "f",
            "run_id": "r1",
            "ingested_at": NOW,
        }
        for n, text in enumerate(texts)
    ]
    store.append("raw.submission", pl.DataFrame(rows))


def representatives(store: Store) -> dict[str, str]:
    return dict(store.rows("select submission_id, representative_key from core.redaction"))


def test_the_second_run_redacts_nothing(store: Store, tmp_path) -> None:
    send(store, WATER, OTHER)
    settings = Settings(home=tmp_path)
    assert redact_new(store, run=RUN, settings=settings).out_count == 2
    assert redact_new(store, run=RUN, settings=settings).in_count == 0


def test_a_copy_with_courtesies_shares_the_answer_of_an_earlier_night_and_another_number_does_not(
    store: Store, tmp_path
) -> None:
    settings = Settings(home=tmp_path)
    send(store, WATER)
    redact_new(store, run=RUN, settings=settings)
    send(store, POLITE, OTHER, prefix="t")
    redact_new(store, run=RUN, settings=settings)
    found = representatives(store)
    assert found["t0"] == found["s0"]
    assert found["t1"] != found["s0"]


def test_a_store_without_wordings_is_filled_in(store: Store, tmp_path) -> None:
    settings = Settings(home=tmp_path)
    send(store, WATER)
    redact_new(store, run=RUN, settings=settings)
    store.execute("delete from core.wording")
    send(store, POLITE, prefix="t")
    redact_new(store, run=RUN, settings=settings)
    found = representatives(store)
    assert found["t0"] == found["s0"]


def test_a_text_no_model_would_take_is_filed_with_its_length(store: Store, tmp_path) -> None:
    send(store, "آب " * 8_000)
    report = redact_new(store, run=RUN, settings=Settings(home=tmp_path))
    assert report.rejected_count == 1
    assert "24000 characters" in store.value("select reason from ops.quarantine")
    assert store.value("select state from core.submission_state") == "quarantined"


def test_personal_data_stays_in_the_map_and_out_of_the_text(store: Store, tmp_path) -> None:
    send(store, "با من تماس بگیرید ۰۹۱۲۳۴۵۶۷۸۹ آب قطع است")
    redact_new(store, run=RUN, settings=Settings(home=tmp_path))
    text, mapping = store.rows("select redacted_text, mapping from core.redaction")[0]
    assert "۰۹۱۲" not in text and "۰۹۱۲۳۴۵۶۷۸۹" in mapping


@pytest.mark.parametrize("decision", [None, "drop"])
def test_a_text_that_is_too_long_is_filed_once_and_stays_dropped(store: Store, tmp_path, decision: str | None) -> None:
    send(store, WATER * 4)
    low, high = Settings(home=tmp_path, max_text_chars=100), Settings(home=tmp_path)
    state = "select state from core.submission_state"
    assert redact_new(store, run=RUN, settings=low).rejected_count == 1
    if decision:
        decide_quarantined(store, ["s0"], event=decision, now=NOW + timedelta(hours=1))
    told = store.value(state)
    assert told == {None: "quarantined", "drop": "rejected"}[decision]
    for settings in (low, high):
        assert redact_new(store, run=later(1), settings=settings).in_count == 0
        assert store.value(state) == told
    assert store.value("select count(*) from ops.quarantine where event = 'filed'") == 1


def test_a_text_that_was_too_long_is_taken_when_the_limit_is_raised_and_it_is_tried_again(store: Store, tmp_path) -> None:
    send(store, WATER * 4)
    low, high = Settings(home=tmp_path, max_text_chars=100), Settings(home=tmp_path)
    redact_new(store, run=RUN, settings=low)
    for n in (1, 2):
        decide_quarantined(store, ["s0"], event="retry", now=NOW + timedelta(days=n - 1, hours=1))
        report = redact_new(store, run=later(n), settings=low if n == 1 else high)
        assert (report.rejected_count, report.out_count) == ((1, 0) if n == 1 else (0, 1))
    assert store.value("select state from core.submission_state") == "pending"


def test_a_night_of_an_earlier_date_files_what_fails_again_after_a_retry(store: Store, tmp_path) -> None:
    send(store, WATER * 4)
    low = Settings(home=tmp_path, max_text_chars=100)
    redact_new(store, run=RUN, settings=low)
    decide_quarantined(store, ["s0"], event="retry", now=NOW + timedelta(days=9))
    assert redact_new(store, run=later(1), settings=low).rejected_count == 1
    assert store.value("select state from core.submission_state") == "quarantined"


def later(days: int) -> Run:
    now = NOW + timedelta(days=days)
    return Run(f"later{days}", "nightly", now.date(), "offline", now)
