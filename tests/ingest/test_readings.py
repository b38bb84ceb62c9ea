"""Of a cycle or a ballot question that is read several times, the reading that came last counts, whatever its hash."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tasks.read_copy import write_copy
from tasks.store import open_copy, open_store

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
NEXT = NOW + timedelta(days=1)
READINGS = 400_000  # of three row groups and more
MANY = 8  # one in 256 that all of them fall right by chance


def cycle(name: str, hour: int) -> dict[str, Any]:
    return {
        "id": name, "started_at": "2026-11-01T00:00:00Z", "ends_at": f"2026-11-01T{hour}:00:00Z", "status": "active", "cluster_ids": ["t"],
    }  # fmt: skip


def question(name: str, asked: str) -> dict[str, Any]:
    return {"id": name, "ballot_question": asked, "candidate_ids": [], "created_at": "2026-11-01T00:00:00Z"}


def ends(desk: Any) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = desk.store.rows("select cycle_id, hour(ends_at) from core.cycle order by 1")
    return found


def drop_each(desk: Any, number: int, hour: int) -> None:
    for k in range(MANY):
        desk.drop(f"cycles/c{k}-{number}.jsonl", [cycle(f"c{k}", hour) | {"note": number}])


def test_of_two_readings_of_one_night_the_file_named_last_counts(desk: Any) -> None:
    drop_each(desk, 1, 12)
    drop_each(desk, 2, 18)
    for k in range(MANY):
        for number, asked in enumerate(("old", "new")):
            desk.drop(f"clusters/q{k}-{number}.jsonl", [question(f"q{k}", asked)])
    desk.ingest()
    assert ends(desk) == [(f"c{k}", 18) for k in range(MANY)]
    assert desk.store.rows("select distinct ballot_question from core.current_target") == [("new",)]


def test_a_correction_back_to_what_was_read_before_is_news(desk: Any) -> None:
    drop_each(desk, 1, 12)
    drop_each(desk, 2, 18)
    desk.ingest()
    drop_each(desk, 3, 12)
    desk.ingest(now=NEXT)
    assert ends(desk) == [(f"c{k}", 12) for k in range(MANY)]


def test_what_a_name_held_before_a_correction_takes_it_back(desk: Any) -> None:
    for hour in (12, 18, 12, 18, 12):
        desk.drop("cycles/rounds.jsonl", [cycle("c", hour)])
        desk.ingest()
        assert ends(desk) == [("c", hour)]
    assert desk.store.rows("select source_id from ops.source group by 1 having count(*) > 1") == []


def test_an_old_export_takes_no_correction_back_when_it_is_copied_moved_or_touched(desk: Any) -> None:
    old = desk.drop("cycles/day1.jsonl", [cycle("c", 12)])
    same = desk.drop("cycles/day2.jsonl", [cycle("c", 12)])
    desk.ingest()
    desk.drop("cycles/day3.jsonl", [cycle("c", 18)])
    desk.ingest()
    for act in (lambda: None, lambda: same.touch(), lambda: old.rename(old.with_name("zz-old.jsonl"))):
        act()
        desk.ingest()
        assert ends(desk) == [("c", 18)]


def test_a_reading_that_says_the_same_again_writes_nothing(desk: Any) -> None:
    drop_each(desk, 1, 12)
    drop_each(desk, 2, 18)
    desk.ingest()
    drop_each(desk, 3, 18)
    report = desk.ingest(now=NEXT)
    assert (report.in_count, report.out_count, report.skipped_count) == (MANY, 0, MANY)


def test_of_one_file_the_last_line_counts_even_when_it_says_what_an_earlier_one_said(desk: Any) -> None:
    desk.drop("cycles/a.jsonl", [cycle("c", 12), cycle("c", 18), cycle("c", 18), cycle("c", 12)])
    desk.drop("clusters/a.jsonl", [question("q", "old"), question("q", "new"), question("q", "old")])
    desk.ingest()
    assert ends(desk) == [("c", 12)]
    assert desk.store.value("select ballot_question from core.current_target") == "old"
    assert desk.store.value("select count(*) from raw.cycle") == 3, "one of the lines said the same as the one before it"


def test_a_file_that_ends_with_what_is_held_leaves_it_standing(desk: Any) -> None:
    desk.drop("cycles/a.jsonl", [cycle("c", 12)])
    desk.ingest()
    torn = cycle("c", 13) | {"ends_at": "never"}
    desk.drop("cycles/b.jsonl", [cycle("c", 18), torn, cycle("c", 12)])
    desk.ingest(now=NEXT)
    assert ends(desk) == [("c", 12)]
    assert desk.rejected() == [("cycles/b.jsonl", 2, "bad_date")]


def test_lines_that_are_read_a_second_time_keep_their_place(desk: Any) -> None:
    """What the fast reader could not read comes from another table than its neighbours (ingest_lined.sql)."""
    again = json.dumps(cycle("c", 15) | {"note": "\ud800"})
    rows = [json.dumps(cycle("c", hour)) for hour in (12, 18)]
    desk.drop("cycles/a.jsonl", "\n".join([rows[0], again, rows[1]]) + "\n")
    desk.ingest()
    assert ends(desk) == [("c", 18)]


def test_a_copy_of_the_store_has_the_same_latest_readings(tmp_path: Path) -> None:
    """Readings lie in the order they came; a copy, and the store's own file after an erasure, is written on two threads."""
    with open_store(tmp_path, threads=2) as store:
        store.execute(
            "insert into raw.cycle select 'c' || i % 7, $t0, $t0 + to_seconds(i), 'active', ['t'], null, null, sha256(i::varchar), 1, 'r', $t0"
            " from range($n) as r(i)",
            {"t0": NOW, "n": READINGS},
        )
        latest = "select cycle_id, ends_at from core.cycle order by 1"
        before = store.rows(latest)
        assert before == [(f"c{k}", NOW + timedelta(seconds=max(range(k, READINGS, 7)))) for k in range(7)]
        write_copy(store, tmp_path / "copy.duckdb", masks={})
        with open_copy(tmp_path / "copy.duckdb") as copy:
            assert copy.rows(latest) == before
