"""A paid night with faults on every call ends with the published bytes of a paid night without."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.store import open_store
from tasks.verify import verify_folder
from tests.emulator.handle import Emulator
from tests.faults.llm_audit import TOLERANCE_USD, ledger_usd, reserved_count
from tests.faults.paid_night import RUN_ID, night, settings_for, start_quick

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1_800)]
INBOX = Path(__file__).parents[2] / "data" / "sample" / "night1"
ENDPOINTS = ("create", "list", "retrieve", "results", "delete")
# Every call is in danger, and so is every row: whatever a wire, a busy server or a batch can do.
TROUBLE: list[dict[str, Any]] = [
    *(
        {"do": do, "when": when, "probability": 0.08, "match": {"endpoint": f"batches.{name}"}}
        for name in ENDPOINTS
        for do, when in (("drop", "before"), ("drop", "after"), ("overloaded", "before"), ("server_error", "after"))
    ),
    {"do": "rate_limit", "retry_after": 0.1, "probability": 0.1, "match": {"endpoint": "batches.create"}},
    {"do": "drop", "when": "after", "probability": 0.05, "match": {"endpoint": "messages"}},
    {"do": "rate_limit", "retry_after": 0.1, "probability": 0.2, "match": {"endpoint": "messages"}},
    {"do": "drop", "when": "before", "probability": 0.05, "match": {"endpoint": "chat"}},
    {"do": "rate_limit", "retry_after": 0.1, "probability": 0.2, "match": {"endpoint": "chat"}},
    {"do": "cut", "share": 0.6, "framing": "close", "probability": 0.1},
    {"do": "cut", "share": 0.3, "framing": "chunked", "probability": 0.1},
    {"do": "duplicate", "n": 5, "probability": 0.3},
    {"do": "missing", "n": 2, "probability": 0.1},
    {"do": "errored", "error_type": "overloaded_error", "probability": 0.04, "match": {"endpoint": "row"}},
    {"do": "expired", "probability": 0.03, "match": {"endpoint": "row"}},
    {"do": "canceled", "probability": 0.03, "match": {"endpoint": "row"}},
]  # fmt: skip
# What tells of calls, times and money; all else must be the same to the byte.
OF_THE_TROUBLE = {"llm_call.parquet", "run.parquet"}


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    running = start_quick(tmp_path_factory.mktemp("quick"))
    yield running
    running.stop()


def published(home: Path) -> dict[str, str]:
    """sha256 of each published table; of plans without their cost, to which a lost try is added."""
    found = {}
    for file in sorted((home / "published" / RUN_ID).glob("*.parquet")):
        if file.name == "action_plan.parquet":
            content = pl.read_parquet(file).drop("cost_usd").write_json().encode()
        else:
            content = file.read_bytes()
        found[file.name] = hashlib.sha256(content).hexdigest()
    return {name: digest for name, digest in found.items() if name not in OF_THE_TROUBLE}


def requests_of(home: Path) -> set[str]:
    """All that was asked, by content."""
    with open_store(home, read_only=True) as store:
        return {row[0] for row in store.rows("select request_key from llm.request")}


def test_a_night_with_faults_on_every_call_publishes_the_bytes_of_a_calm_one(
    quick: Emulator, tmp_path: Path
) -> None:
    calm = tmp_path / "calm"
    night(settings_for(calm, INBOX, quick))
    assert abs(ledger_usd(calm) - quick.total_usd()) < TOLERANCE_USD

    quick.reset()
    troubled = tmp_path / "troubled"
    troubled.mkdir()
    shutil.copy(calm / "person.key", troubled / "person.key")
    quick.faults(*TROUBLE)
    night(settings_for(troubled, INBOX, quick), most=20)
    fired = {(rule["do"], rule["match"].get("endpoint", "")) for rule in quick.fired() if rule["fired"]}
    assert len(fired) >= 12, "the night was in trouble indeed"
    with open_store(troubled, read_only=True) as store:
        assert store.value("select count(*) from core.submission_state where state = 'pending'") == 0
        assert store.value("select count(*) from llm.reply where outcome in ('errored', 'expired', 'canceled')") > 0
    assert requests_of(troubled) == requests_of(calm), "trouble brought no other model in"
    assert published(troubled) == published(calm)
    verify_folder(troubled / "published" / RUN_ID)

    assert quick.total_usd() <= ledger_usd(troubled)
    batches = [row["usd"] for row in quick.bill() if row["custom_id"]]
    keys = [row["custom_id"].rsplit("-", 1)[1] for row in quick.bill() if row["custom_id"]]
    assert len(keys) == len(set(keys)) == len(batches), "each request of a batch was charged once"
    assert reserved_count(troubled) == 0
