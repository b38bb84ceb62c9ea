"""Plain JSONL that has lain still is read where it lies: to the same rows, never written to, never another file's bytes."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tasks.intake.inbox import SETTLED_S
from tasks.intake.lines import LineLook, LineScreen, NeedsCopy

ROWS = "select submission_id, raw_text, text_sha256, person_key, created_at, line_no from raw.submission order by all"


def lie_still() -> None:
    time.sleep(SETTLED_S + 0.1)


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """JSONL of all sorts: good, known before, twice, without text, no JSON, of another type, Farsi, without end."""
    good = [
        json.dumps({"id": f"s{n}", "user_id": f"u{n % 7}", "raw_text": f"پیام {n}", "created_at": "2026-11-20"}, ensure_ascii=False)
        for n in range(60)
    ]
    odd = ['{"id": "s1", "raw_text": "another", "created_at": "2026-11-20"}', good[2], '{"id": "x1"}', "{broken", "[1]"]
    return [*good[:30], *odd, *good[30:]]


def test_a_file_that_lies_still_gives_the_rows_of_one_that_is_copied(desk: Any, desk_at: Any, lines: list[str], tmp_path: Path) -> None:
    content = "\n".join(lines)
    other = desk_at(tmp_path / "other")
    (other.home / "person.key").write_bytes(b"k" * 32)
    (other.home / "person.key").chmod(0o600)
    (desk.home / "person.key").write_bytes(b"k" * 32)
    (desk.home / "person.key").chmod(0o600)
    path = desk.drop("submissions/[day]*?.jsonl", content)  # a name that DuckDB would take for a pattern
    lie_still()
    other.drop("submissions/day.jsonl", content)
    told, told_other = desk.ingest(max_bad_rows=0.5), other.ingest(max_bad_rows=0.5)
    assert (told.in_count, told.out_count, told.rejected_count, told.skipped_count) == (65, 60, 4, 1)
    assert (told_other.in_count, told_other.out_count) == (65, 60)
    assert desk.store.rows(ROWS) == other.store.rows(ROWS)
    assert [row[1:] for row in desk.rejected()] == [row[1:] for row in other.rejected()]
    assert path.read_text(encoding="utf-8") == content
    other.store.close()


@pytest.mark.parametrize("content", ["\n{}\n", "{}\n \t\n{}\n", "\ufeff{}\n", "{}\n\n", " ", "{}\n" + "x" * (9 << 20)])
def test_lines_that_must_become_others_need_a_copy(content: str) -> None:
    for size in (1, 5, 1 << 24) if len(content) < 100 else (1 << 20, 1 << 24):
        look, raw = LineLook(), content.encode()
        with pytest.raises(NeedsCopy):
            for start in range(0, len(raw), size):
                look.take(raw[start : start + size])
            look.close()


@pytest.mark.parametrize("content", ["", "{}", "{}\n", "{}\r\n[]\n{", '{"a": "\u0628"}\n' * 40, "{}\n" + "x" * (7 << 20) + "\n{}"])
def test_the_look_and_the_screen_count_the_same_lines(content: str, tmp_path: Path) -> None:
    raw = content.encode()
    for size in (1, 5, 1 << 24) if len(content) < 1000 else (1 << 20, 1 << 24):
        look, screen = LineLook(), LineScreen(tmp_path / "copy")
        for sink in (look, screen):
            for start in range(0, len(raw), size):
                sink.take(raw[start : start + size])
            sink.close()
        assert look.line_count == screen.line_count
        assert (tmp_path / "copy").read_bytes().removesuffix(b"\n") == raw.removesuffix(b"\n")


def test_a_copy_is_never_written_through_the_link_to_the_file_before(desk: Any, message: Any) -> None:
    still = desk.drop("submissions/a.jsonl", [message(1)])
    lie_still()
    before = still.read_bytes()
    desk.drop("submissions/b.jsonl", [message(2), message(3)])  # too fresh to be read in place
    report = desk.ingest()
    assert report.out_count == 3
    assert still.read_bytes() == before


def test_a_file_that_is_written_to_while_it_is_read_where_it_lies_waits(desk: Any, message: Any) -> None:
    path = desk.drop("submissions/a.jsonl", [message(n) for n in range(60_000)])
    lie_still()
    stop = threading.Event()

    def touch() -> None:
        stop.wait(0.02)  # reading it takes longer
        while not stop.is_set():
            os.utime(path)
            stop.wait(0.01)

    writer = threading.Thread(target=touch)
    writer.start()
    report = desk.ingest()
    stop.set()
    writer.join()
    assert "changed_while_read" in report.details["waiting_files"]["submissions/a.jsonl"]
    assert desk.ids() == []
    assert desk.ingest().out_count == 60_000
