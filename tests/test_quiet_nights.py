"""Nights without anything new: what they publish is what a full computation would give, linked instead of made."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from tasks.erase import erase_one
from tasks.evidence import file_digest
from tasks.night import NIGHT
from tasks.publish import files_below, write_folder
from tasks.read_copy import READ_COPY
from tasks.session import Session, open_session
from tasks.settings import Settings
from tasks.store import open_copy, open_store
from tasks.verify import verify_folder
from tests.cases import thinned


def quiet(home: Path, day: int) -> Session:
    """A whole night on an empty inbox."""
    settings = Settings(home=home, profile="offline")
    now = datetime(2026, 11, day, 20, 30, tzinfo=UTC)
    with open_session(settings, kind="nightly", run_on=date(2026, 11, day), now=now) as session:
        for step in NIGHT:
            session.take(step)
    return session


def folder_of(home: Path, session: Session) -> Path:
    return home / str(session.published_path)


def told(session: Session, step: str, name: str) -> object:
    return next(report for report in session.reports if report.step == step).details[name]


@pytest.fixture(scope="module")
def two_quiet(three_nights: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Session, Session]:
    """A home to look at, and two quiet nights after the three of the sample; the first tells whom time makes due."""
    home = shutil.copytree(three_nights, tmp_path_factory.mktemp("quiet") / "home")
    return home, quiet(home, 20), quiet(home, 21)


@pytest.fixture
def own_quiet(two_quiet: tuple[Path, Session, Session], tmp_path: Path) -> tuple[Path, Session, Session]:
    """A copy for a test that changes it."""
    return shutil.copytree(two_quiet[0], tmp_path / "home"), two_quiet[1], two_quiet[2]


def test_a_night_without_news_takes_its_files_from_the_night_before(
    two_quiet: tuple[Path, Session, Session], tmp_path: Path
) -> None:
    home, before, night = two_quiet
    assert told(night, "publish", "unchanged_since") == before.run.run_id
    here, there = folder_of(home, night), folder_of(home, before)
    own = {"manifest.json", "report.html", "run.parquet"}
    for name in files_below(here):
        assert (here / name).samefile(there / name) == (name not in own), name
    assert verify_folder(here)["parents"] == [before.run.run_id]


def test_what_was_taken_over_is_what_would_have_been_made(
    two_quiet: tuple[Path, Session, Session], tmp_path: Path
) -> None:
    home, _, night = two_quiet
    made = tmp_path / "made"
    made.mkdir()
    with open_store(home) as store:
        write_folder(store, made, run=night.run, settings=night.settings)
    here = folder_of(home, night)
    assert files_below(made) == files_below(here)
    for name in files_below(made):
        assert (made / name).read_bytes() == (here / name).read_bytes(), name


def test_an_altered_file_is_not_taken_over(own_quiet: tuple[Path, Session, Session]) -> None:
    home, _, night = own_quiet
    altered = folder_of(home, night) / "claim.parquet"
    good = altered.read_bytes()
    altered.write_bytes(good + b"!")
    again = quiet(home, 22)
    assert (folder_of(home, again) / "claim.parquet").read_bytes() == good
    verify_folder(folder_of(home, again))


@pytest.mark.parametrize("manifest", thinned(["fits the altered file", "cut off", "gone"], every=3))
def test_a_folder_whose_manifest_is_not_the_booked_one_gives_nothing(
    own_quiet: tuple[Path, Session, Session], manifest: str
) -> None:
    home, _, night = own_quiet
    folder = folder_of(home, night)
    tally, path = folder / "tally.parquet", folder / "manifest.json"
    good = tally.read_bytes()
    tally.unlink()  # it is one file with those of other nights
    pl.read_parquet(io.BytesIO(good)).with_columns(pl.col("people_count") + 1000).write_parquet(tally)
    text = path.read_text().replace(hashlib.sha256(good).hexdigest(), file_digest(tally))
    path.unlink()
    if manifest != "gone":
        path.write_text(text if manifest == "fits the altered file" else text[:200])
    again = quiet(home, 22)
    assert (folder_of(home, again) / "tally.parquet").read_bytes() == good
    assert told(again, "publish", "unchanged_since") is None


@pytest.mark.slow
def test_other_settings_publish_anew(own_quiet: tuple[Path, Session, Session]) -> None:
    home, _, _ = own_quiet
    settings = Settings(home=home, profile="offline", min_people=50)
    with open_session(settings, kind="nightly", run_on=date(2026, 11, 22)) as session:
        for step in NIGHT:
            session.take(step)
    assert told(session, "publish", "unchanged_since") is None
    assert pl.read_parquet(folder_of(home, session) / "claim.parquet").is_empty()


def test_readers_of_the_copy_see_the_quiet_night(two_quiet: tuple[Path, Session, Session]) -> None:
    home, before, night = two_quiet
    with open_copy(home / "published" / READ_COPY) as copy, open_store(home) as store:
        runs = [row[0] for row in copy.rows("select run_id from ops.run order by run_id desc limit 2")]
        assert runs == [night.run.run_id, before.run.run_id]
        facts = {t: n for t, n in store.table_counts().items() if not t.startswith("ops.")}
        assert {t: n for t, n in copy.table_counts().items() if not t.startswith("ops.")} == facts
        assert copy.value("select count(*) from core.embedding where len(vector) > 0") == 0


@pytest.mark.slow
def test_a_lost_copy_is_written_whole(own_quiet: tuple[Path, Session, Session]) -> None:
    home, _, _ = own_quiet
    for damage in (b"", b"<html>" * 999, None):
        path = home / "published" / READ_COPY
        path.unlink()
        if damage is not None:
            path.write_bytes(damage)
        night = quiet(home, 23)
        with open_copy(path) as copy:
            assert copy.value("select max(run_id) from ops.run") == night.run.run_id
            assert copy.value("select count(*) from core.canonical") > 500


@pytest.mark.slow
def test_an_erasure_is_news(own_quiet: tuple[Path, Session, Session]) -> None:
    home, _, night = own_quiet
    shown = pl.read_parquet(folder_of(home, night) / "canonical.parquet")["submission_id"][0]
    with open_store(home) as store:
        erase_one(store, shown, reason="asked", at=datetime(2026, 11, 22, tzinfo=UTC))
    again = quiet(home, 22)
    assert told(again, "publish", "unchanged_since") is None
    assert shown not in pl.read_parquet(folder_of(home, again) / "canonical.parquet")["submission_id"]
    manifest = json.loads((folder_of(home, again) / "manifest.json").read_text())
    assert manifest["states"]["erased"] == 2
