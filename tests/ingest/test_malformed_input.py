"""Every malformed thing has a clear outcome: filed by row with its line, or the file refused whole; the rest goes on."""

from __future__ import annotations

import gzip
import io
import json
import logging
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
import zstandard

from tasks.booking import end_run
from tasks.checks import failing_checks
from tasks.errors import BadInput, Misconfigured
from tasks.ingest import raise_refused
from tasks.intake import inbox
from tasks.intake import lines as lines_module
from tests.cases import thinned

SUBMISSIONS = "submissions/day.jsonl"
HEADER = "id,user_id,raw_text,created_at\n"


def lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


@pytest.fixture(autouse=True)
def counts_add_up(desk: Any) -> Any:
    """After every test of this file: the books balance, and a second night writes nothing."""
    yield
    assert failing_checks(desk.store) == {}
    count = "select (select count(*) from ops.source), (select count(*) from ops.rejected), (select count(*) from raw.submission)"
    before = desk.store.rows(count)
    report = desk.ingest()
    assert desk.store.rows(count) == before
    assert report.out_count == 0


def test_a_good_file_beside_every_bad_one_is_taken(desk: Any, message: Any) -> None:
    desk.drop("submissions/a.jsonl.gz", gzip.compress(lines([message(1)]))[:-9])
    desk.drop("submissions/b.jsonl", [message(2)])
    report = desk.ingest()
    assert desk.ids() == ["s2"]
    assert (report.in_count, report.out_count) == (1, 1)
    with pytest.raises(BadInput, match=r"a\.jsonl\.gz: truncated") as told:
        raise_refused(desk.store, run=desk_run(desk), settings=desk.settings())
    assert told.value.exit_code == 3


def desk_run(desk: Any) -> Any:
    """The run that was just made."""
    desk.night_count -= 1
    return desk.run()


def test_a_file_that_a_failed_night_refused_is_told_by_the_next(desk: Any, message: Any) -> None:
    desk.drop("submissions/a.jsonl.gz", gzip.compress(lines([message(1)]))[:-9])
    desk.ingest()
    end_run(desk.store, desk_run(desk).run_id, status="failed", exit_code=1)
    for told in (True, False):
        desk.ingest()
        run = desk_run(desk)
        with pytest.raises(BadInput) if told else nullcontext():
            raise_refused(desk.store, run=run, settings=desk.settings())
        end_run(desk.store, run.run_id, status="failed" if told else "done", exit_code=3 if told else 0)


def test_a_night_without_refused_files_ends_well(desk: Any, message: Any) -> None:
    desk.drop(SUBMISSIONS, [message(1)])
    desk.ingest()
    assert raise_refused(desk.store, run=desk_run(desk), settings=desk.settings()).step == "refuse"


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_truncated_packing_refuses_the_file_whole(desk: Any, message: Any, packing: str) -> None:
    plain = lines([message(n) for n in range(200)])
    packed = gzip.compress(plain) if packing == "gz" else zstandard.ZstdCompressor().compress(plain)
    desk.drop(f"submissions/day.jsonl.{packing}", packed[: len(packed) // 2])
    assert desk.ingest().details["refused_files"][f"submissions/day.jsonl.{packing}"].startswith("truncated")
    assert desk.ids() == []
    assert desk.rejected() == [(f"submissions/day.jsonl.{packing}", None, "truncated")]


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_packing_that_is_something_else_refuses_the_file_whole(desk: Any, packing: str) -> None:
    desk.drop(f"submissions/day.jsonl.{packing}", b"this is no archive at all, whatever its name says")
    desk.ingest()
    assert desk.rejected() == [(f"submissions/day.jsonl.{packing}", None, "damaged")]


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_sound_packing_is_unpacked_even_in_several_members(desk: Any, message: Any, packing: str) -> None:
    first, second = lines([message(1)]), lines([message(2)])
    pack = gzip.compress if packing == "gz" else zstandard.ZstdCompressor().compress
    desk.drop(f"submissions/day.jsonl.{packing}", pack(first) + pack(second))
    desk.ingest()
    assert desk.ids() == ["s1", "s2"]


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_a_zip_bomb_is_refused_before_it_fills_the_disk(desk: Any, packing: str) -> None:
    member = bytes(16 << 20)
    pack = gzip.compress if packing == "gz" else zstandard.ZstdCompressor().compress
    desk.drop(f"submissions/day.jsonl.{packing}", pack(member) * (2 * inbox.BOMB_FLOOR_BYTES // len(member)))
    desk.ingest()
    assert desk.rejected() == [(f"submissions/day.jsonl.{packing}", None, "zip_bomb")]


def test_a_csv_in_windows_1256_is_refused_with_the_command_to_mend_it(desk: Any) -> None:
    desk.drop(
        "submissions/old.csv",
        (HEADER + "s1,u1,سلام بر شما,2026-11-20\ns2,u2,آب نيست,2026-11-20\n").encode("cp1256"),
    )
    report = desk.ingest()
    assert desk.rejected() == [("submissions/old.csv", None, "not_utf8")]
    assert "iconv -f WINDOWS-1256" in report.details["refused_files"]["submissions/old.csv"]


def test_one_row_of_another_encoding_is_filed_and_its_neighbours_are_taken(desk: Any, message: Any) -> None:
    rows = (HEADER + "s1,u1,سلام,2026-11-20\n").encode() + "s2,u2,سلام,2026-11-20\n".encode("cp1256")
    desk.drop("submissions/a.csv", rows)
    desk.drop(
        "submissions/b.jsonl",
        lines([message(3)]) + b'{"id": "s4", "raw_text": "\xd3\xe1"}\n' + lines([message(5)]),
    )
    desk.ingest()
    assert desk.ids() == ["s1", "s3", "s5"]
    assert desk.rejected() == [("submissions/a.csv", 3, "not_utf8"), ("submissions/b.jsonl", 2, "not_utf8")]


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_a_byte_order_mark_is_no_part_of_the_first_row(desk: Any, message: Any, ending: str) -> None:
    plain = lines([message(1)]) if ending == "jsonl" else (HEADER + "s1,u1,سلام,2026-11-20\n").encode()
    desk.drop(f"submissions/day.{ending}", b"\xef\xbb\xbf" + plain)
    desk.ingest()
    assert desk.ids() == ["s1"]


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_utf_16_is_refused_whole(desk: Any, message: Any, ending: str) -> None:
    desk.drop(f"submissions/day.{ending}", lines([message(1)]).decode().encode("utf-16"))
    desk.ingest()
    assert desk.rejected() == [(f"submissions/day.{ending}", None, "not_utf8")]


def test_a_row_with_forty_megabytes_of_text_is_filed_and_the_line_numbers_hold(
    desk: Any, message: Any
) -> None:
    huge = lines([message(2, raw_text="آ" * 20_000_000)])
    desk.drop(
        SUBMISSIONS, lines([message(1)]) + huge + lines([message(3, created_at="nonsense"), message(4)])
    )
    desk.ingest()
    assert desk.ids() == ["s1", "s4"]
    assert desk.rejected() == [(SUBMISSIONS, 2, "row_too_large"), (SUBMISSIONS, 3, "bad_date")]


def test_a_last_row_of_forty_megabytes_without_an_end_of_line_is_filed(desk: Any, message: Any) -> None:
    desk.drop(SUBMISSIONS, lines([message(1)]) + lines([message(2, raw_text="a" * 40_000_000)]).rstrip(b"\n"))
    desk.ingest()
    assert desk.rejected() == [(SUBMISSIONS, 2, "row_too_large")]


def test_forty_megabytes_in_csv_and_parquet_are_filed(desk: Any) -> None:
    huge = "a" * 40_000_000
    desk.drop("submissions/a.csv", HEADER + f"s1,u1,{huge},2026-11-20\ns2,u2,سلام,2026-11-20\n")
    buffer = io.BytesIO()
    frame = pl.DataFrame({"id": ["s3", "s4"], "raw_text": [huge, "سلام"], "created_at": ["2026-11-20"] * 2})
    frame.write_parquet(buffer)
    desk.drop("submissions/b.parquet", buffer.getvalue())
    desk.ingest()
    assert desk.ids() == ["s2", "s4"]
    assert desk.rejected() == [
        ("submissions/a.csv", 2, "row_too_large"),
        ("submissions/b.parquet", 1, "text_too_long"),
    ]


def test_a_text_over_the_limit_of_characters_is_filed(desk: Any, message: Any) -> None:
    desk.drop(SUBMISSIONS, [message(1, raw_text="آ" * 500), message(2, raw_text="آ" * 501)])
    desk.ingest(max_text_chars=500)
    assert desk.rejected() == [(SUBMISSIONS, 2, "text_too_long")]


def test_nul_bytes_are_filed_raw_or_escaped(desk: Any, message: Any) -> None:
    raw = lines([message(1)]).replace("پیام".encode(), b"\0")
    desk.drop(SUBMISSIONS, raw + lines([message(2, raw_text="a\0b"), message(3)]))
    desk.drop("submissions/b.csv", HEADER + "s4,u4,a\0b,2026-11-20\n")
    desk.ingest()
    assert desk.ids() == ["s3"]
    assert desk.rejected() == [
        ("submissions/b.csv", 2, "nul_byte"),
        (SUBMISSIONS, 1, "nul_byte"),
        (SUBMISSIONS, 2, "nul_byte"),
    ]


def test_a_lone_surrogate_is_filed(desk: Any, message: Any) -> None:
    desk.drop(
        SUBMISSIONS,
        lines([message(1)]) + b'{"id": "s2", "raw_text": "\\ud83d", "created_at": "2026-11-20"}\n',
    )
    desk.ingest()
    assert desk.rejected() == [(SUBMISSIONS, 2, "lone_surrogate")]


@pytest.mark.parametrize("same_file", [True, False])
def test_the_first_text_of_an_id_is_kept_and_another_is_filed(
    desk: Any, message: Any, same_file: bool
) -> None:
    first, second, third = message(1), message(1, raw_text="چیز دیگر"), message(1)
    if same_file:
        desk.drop(SUBMISSIONS, [first, second, third])
        report = desk.ingest()
        assert (report.out_count, report.rejected_count, report.skipped_count) == (1, 1, 1)
        assert desk.rejected() == [(SUBMISSIONS, 2, "conflicting_text")]
    else:
        desk.drop("submissions/a.jsonl", [first])
        desk.drop("submissions/b.jsonl", [second, message(2)])
        desk.drop("submissions/c.jsonl", [third, message(3)])
        report = desk.ingest()
        assert (report.out_count, report.rejected_count, report.skipped_count) == (3, 1, 1)
        assert desk.rejected() == [("submissions/b.jsonl", 1, "conflicting_text")]
    assert (
        desk.store.value("select raw_text from raw.submission where submission_id = 's1'")
        == first["raw_text"]
    )


@pytest.mark.parametrize(
    ("date", "reason"),
    [
        ("1405/08/12", "jalali_date"),
        ("1405-08-12", "jalali_date"),
        ("۱۴۰۵/۰۸/۳۱", "jalali_date"),
        ("1405-08-31T10:00:00", "jalali_date"),  # no such day in the Gregorian August of any year 1405
        ("1405/02/31", "jalali_date"),
        ("2999-01-01T00:00:00Z", "future_date"),
        ("1970-01-01", "date_out_of_range"),
        ("epoch", "date_out_of_range"),
        ("infinity", "future_date"),
        ("20 November", "bad_date"),
        ("1763632800", "bad_date"),
        ("", "bad_date"),
        (None, "missing_date"),
    ],
)
def test_dates_that_cannot_be_trusted_are_filed(
    desk: Any, message: Any, date: str | None, reason: str
) -> None:
    desk.drop(SUBMISSIONS, [message(1), message(2, created_at=date)])
    desk.ingest()
    assert desk.rejected() == [(SUBMISSIONS, 2, reason)]


@pytest.mark.parametrize(
    "date",
    [
        "2026-11-20T10:00:00Z",
        "2026-11-20 13:30:00+03:30",
        "2026-11-20T13:30:00.000+0330",
        "2026-11-20 10:00:00",
    ],
)
def test_instants_are_stored_in_utc(desk: Any, message: Any, date: str) -> None:
    desk.drop(SUBMISSIONS, [message(1, created_at=date)])
    desk.ingest()
    assert desk.store.value("select created_at::varchar from raw.submission") == "2026-11-20 10:00:00+00"


def test_a_file_without_a_needed_column_is_refused_whole(desk: Any, message: Any) -> None:
    desk.drop("submissions/a.csv", "id,user_id,created_at\ns1,u1,2026-11-20\n")
    desk.drop("submissions/b.jsonl", [{"id": f"s{n}", "created_at": "2026-11-20"} for n in range(3)])
    buffer = io.BytesIO()
    pl.DataFrame({"id": ["s1"], "text": ["a"]}).write_parquet(buffer)
    desk.drop("submissions/c.parquet", buffer.getvalue())
    report = desk.ingest()
    assert {reason for _, _, reason in desk.rejected()} == {"missing_column"}
    assert sorted(report.details["refused_files"]) == [
        "submissions/a.csv",
        "submissions/b.jsonl",
        "submissions/c.parquet",
    ]
    assert "raw_text or text" in report.details["refused_files"]["submissions/a.csv"]


def test_a_column_that_comes_twice_refuses_the_file(desk: Any) -> None:
    desk.drop("submissions/a.csv", "id,raw_text,raw_text,created_at\ns1,a,b,2026-11-20\n")
    desk.ingest()
    assert desk.rejected() == [("submissions/a.csv", None, "repeated_column")]


def test_extra_columns_are_ignored_and_counted(desk: Any, message: Any) -> None:
    desk.drop("submissions/a.jsonl", [message(1, email="x@example.org", mood=3)])
    desk.drop("submissions/b.csv", "id,raw_text,created_at,email\ns2,سلام,2026-11-20,y@example.org\n")
    assert desk.ingest().details["extra_columns"] == {"submissions/a.jsonl": 2, "submissions/b.csv": 1}
    assert desk.ids() == ["s1", "s2"]
    assert b"example.org" not in everything_kept(desk)


def everything_kept(desk: Any) -> bytes:
    """All bytes under the home but the inbox itself."""
    desk.store.checkpoint()
    files = [p for p in desk.home.rglob("*") if p.is_file() and desk.inbox not in p.parents]
    return b"".join(p.read_bytes() for p in files)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", b""),
        ("b.csv", b""),
        ("c.csv", HEADER.encode()),
        ("d.jsonl", b"\n \n"),
        ("e.jsonl.gz", gzip.compress(b"", mtime=0)),
    ],
)
def test_an_empty_file_is_told_but_is_no_error(desk: Any, name: str, content: bytes) -> None:
    desk.drop(f"submissions/{name}", content)
    report = desk.ingest()
    assert report.details["empty_files"] == [f"submissions/{name}"]
    assert [d.kind for d in report.degradations] == ["empty_file"]
    assert desk.rejected() == [(f"submissions/{name}", None, "empty_file")]
    assert raise_refused(desk.store, run=desk_run(desk), settings=desk.settings()).step == "refuse"


def test_a_parquet_that_is_really_html_is_refused(desk: Any) -> None:
    desk.drop("submissions/day.parquet", "<!doctype html><title>Sign in</title>")
    report = desk.ingest()
    assert desk.rejected() == [("submissions/day.parquet", None, "not_parquet")]
    assert "HTML" in report.details["refused_files"]["submissions/day.parquet"]


def test_a_parquet_that_ends_early_is_refused(desk: Any) -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"id": ["s1"], "text": ["a"], "created_at": ["2026-11-20"]}).write_parquet(buffer)
    desk.drop("submissions/day.parquet", buffer.getvalue()[:-20])
    desk.ingest()
    assert desk.rejected() == [("submissions/day.parquet", None, "damaged")]


def test_the_same_file_twice_is_read_once_whatever_its_name(desk: Any, message: Any) -> None:
    desk.drop("submissions/a.jsonl", [message(1)])
    desk.drop("submissions/b.jsonl", [message(1)])
    report = desk.ingest()
    assert (report.in_count, report.details["known_files"]) == (1, 1)
    assert desk.store.value("select count(*) from ops.source") == 1


def test_a_file_that_changes_while_it_is_read_waits_for_the_next_night(
    desk: Any, message: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.drop(SUBMISSIONS, [message(n) for n in range(3000)])
    monkeypatch.setattr(inbox, "CHUNK_BYTES", 1 << 10)
    real_read = inbox._Hashed.read
    written = threading.Event()

    def read_while_another_writes(self: Any, size: int = 1 << 10) -> bytes:
        if not written.is_set() and self.byte_count > 4096:
            written.set()
            with path.open("ab") as writer:
                writer.write(lines([message("late")]))
        return real_read(self, size)

    monkeypatch.setattr(inbox._Hashed, "read", read_while_another_writes)
    report = desk.ingest()
    assert list(report.details["waiting_files"]) == [SUBMISSIONS]
    assert desk.ids() == []
    assert desk.store.value("select count(*) from ops.source") == 0
    assert desk.ingest().out_count == 3001


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        ('s2,u2,"a"b,2026-11-20\n', (None, "csv_quoting")),
        ('s2,u2,"never closed,2026-11-20\ns3,u3,c,2026-11-20\n', (None, "csv_quoting")),
        ("s2,u2,too,many,fields,2026-11-20\n", (3, "wrong_field_count")),
        ("s2,u2\n", (3, "wrong_field_count")),
    ],
)
def test_csv_that_breaks_its_own_rules(desk: Any, row: str, outcome: tuple[int | None, str]) -> None:
    desk.drop("submissions/a.csv", HEADER + 's1,u1,"سلام, ""دنیا""",2026-11-20\n' + row)
    desk.ingest()
    assert desk.rejected() == [("submissions/a.csv", *outcome)]
    assert desk.ids() == ([] if outcome[0] is None else ["s1"])


def test_a_quoted_line_break_in_csv_keeps_later_line_numbers_right(desk: Any) -> None:
    desk.drop("submissions/a.csv", HEADER + 's1,u1,"سطر یک\nسطر دو",2026-11-20\ns2,u2,,2026-11-20\n')
    desk.ingest()
    assert desk.store.value("select raw_text from raw.submission") == "سطر یک\nسطر دو"
    assert desk.rejected() == [("submissions/a.csv", 4, "missing_text")]


@pytest.mark.parametrize(
    ("line", "reason"),
    thinned(
        [
            ('{"id": "s2", "raw_text": "cut', "bad_json"),
            ("[1, 2]", "not_an_object"),
            ('"a string"', "not_an_object"),
            ("null", "not_an_object"),
            ("17", "not_an_object"),
            ("[" * 100_000, "bad_json"),
            ('{"id": "s2"} {"id": "s3"}', "bad_json"),
            ("{}", "missing_id"),
            ('{"id": "s2", "raw_text": {"a": 1}, "created_at": "2026-11-20"}', "text_not_string"),
            ('{"id": "s2", "raw_text": ["a"], "created_at": "2026-11-20"}', "text_not_string"),
            ('{"id": "s2", "raw_text": 12, "created_at": "2026-11-20"}', "text_not_string"),
            ('{"id": "s2", "raw_text": true, "created_at": "2026-11-20"}', "text_not_string"),
            ('{"id": "s2", "raw_text": null, "created_at": "2026-11-20"}', "missing_text"),
            ('{"id": "s2", "raw_text": "  ", "created_at": "2026-11-20"}', "empty_text"),
            ('{"id": "who@example.org", "raw_text": "a", "created_at": "2026-11-20"}', "bad_id"),
            ('{"id": "s2", "raw_text": "a", "created_at": "2026-11-20", "hash": "0000"}', "hash_mismatch"),
        ],
        every=4,
    ),
)
def test_a_bad_line_of_jsonl_is_filed_with_its_number(
    desk: Any, message: Any, line: str, reason: str
) -> None:
    desk.drop(SUBMISSIONS, lines([message(1)]) + b"\n" + line.encode() + b"\n" + lines([message(9)]))
    desk.ingest()
    assert desk.rejected() == [(SUBMISSIONS, 3, reason)]
    assert desk.ids() == ["s1", "s9"]


PRETTY = b'{\n"id": "p1",\n"raw_text": "x"\n}\n'


@pytest.mark.parametrize(
    ("content", "line_count"),
    thinned(
        [
            (PRETTY, 4),
            (b"[\n" + PRETTY.removesuffix(b"\n") + b"\n]\n", 6),
            (b'[{"id": "s1", "raw_text": "a"},\n{"id": "s2", "raw_text": "b"}]\n', 2),
            (b'[{"id": "s1", "raw_text": "a"}, {"id": "s2", "raw_text": "b"}]\n', 1),
            (PRETTY * 30, 120),
        ],
        every=2,
    ),
)
@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz"])
def test_json_that_is_not_one_object_per_line_is_refused_with_the_command_to_mend_it(
    desk: Any, message: Any, content: bytes, line_count: int, form: str
) -> None:
    name = f"submissions/a.{form}"
    desk.drop(name, gzip.compress(content) if form.endswith("gz") else content)
    desk.drop("submissions/b.jsonl", [message(9)])
    report = desk.ingest()
    assert desk.ids() == ["s9"]
    assert desk.rejected() == [(name, None, "not_json_lines")]
    assert f"of its {line_count} lines" in report.details["refused_files"][name]
    assert "jq -c" in report.details["refused_files"][name]
    assert (report.in_count, report.rejected_count) == (line_count + 1, line_count)


@pytest.mark.parametrize("between", [b"", b"\n\n"])
def test_an_object_over_several_lines_is_filed_line_by_line_and_its_neighbours_are_taken(
    desk: Any, message: Any, monkeypatch: pytest.MonkeyPatch, between: bytes
) -> None:
    monkeypatch.setattr(lines_module, "BATCH_ROWS", 2)  # and so they come in several batches
    good = [message(n, raw_text=str(n)) for n in range(1, 6)]  # texts that look like numbers
    desk.drop(SUBMISSIONS, lines(good[:2]) + between + PRETTY + lines(good[2:]))
    report = desk.ingest()
    first = 3 + len(between)
    assert desk.rejected() == [(SUBMISSIONS, first + n, "bad_json") for n in range(4)]
    assert desk.ids() == ["s1", "s2", "s3", "s4", "s5"]
    assert (report.in_count, report.out_count, report.rejected_count) == (9, 5, 4)
    assert desk.store.value("select line_no from raw.submission where submission_id = 's3'") == first + 4


@pytest.mark.parametrize(("ending", "mark"), [("csv", ","), ("parquet", "")])
def test_ten_thousand_columns_are_too_many_and_told_at_once(desk: Any, ending: str, mark: str) -> None:
    names = ["id", "raw_text", "created_at", *(f"c{n}" for n in range(40_000))]
    if mark:
        content = (mark.join(names) + "\n" + mark.join("x" for _ in names) + "\n").encode()
    else:
        buffer = io.BytesIO()
        pl.DataFrame([names], schema=names, orient="row").write_parquet(buffer)
        content = buffer.getvalue()
    desk.drop(f"submissions/a.{ending}", content)
    begun = time.process_time()
    report = desk.ingest()
    assert time.process_time() - begun < 5
    assert desk.rejected() == [(f"submissions/a.{ending}", None, "too_many_columns")]
    assert "40003 columns" in report.details["refused_files"][f"submissions/a.{ending}"]


def test_a_csv_line_that_does_not_end_is_not_read_into_memory(desk: Any) -> None:
    desk.drop("submissions/a.csv", HEADER + "s1,u1,سلام,2026-11-20\n" + "x,y," * (20 << 20))
    report = desk.ingest()
    assert desk.ids() == []
    assert "a line of over 67,108,864 characters" in report.details["refused_files"]["submissions/a.csv"]


def test_a_header_of_many_columns_is_read_and_one_without_end_is_refused(desk: Any) -> None:
    wide = "id,raw_text,created_at," + ",".join(f"c{n}" for n in range(2000)) + "," + "n" * 200_000
    desk.drop("submissions/a.csv", f"{wide}\ns1,سلام,2026-11-20" + ",x" * 2001 + "\n")
    desk.drop("submissions/b.csv", "x" * (9 << 20))
    desk.drop("submissions/c.csv", "\ns2,سلام,2026-11-20\n")
    report = desk.ingest()
    assert desk.ids() == ["s1"]
    assert report.details["extra_columns"] == {"submissions/a.csv": 2001}
    assert desk.rejected() == [
        ("submissions/b.csv", None, "row_too_large"),
        ("submissions/c.csv", None, "missing_column"),
    ]


@pytest.mark.parametrize("is_exact", [False, True])
def test_of_a_name_that_comes_twice_the_first_value_counts_to_both_readers(
    desk: Any, message: Any, is_exact: bool
) -> None:
    twice = (
        b'{"id": "s2", "id": "s3", "raw_text": "first", "raw_text": "last", "created_at": "2026-11-20",'
        b' "locale": {"a": 1, "a": 2}}\n'
    )
    desk.drop(SUBMISSIONS, lines([message(1)]) + twice + (PRETTY if is_exact else b""))
    desk.ingest()
    assert desk.store.rows("select submission_id, raw_text from raw.submission order by 1")[1:] == [("s2", "first")]
    assert len(desk.rejected()) == (4 if is_exact else 0)


def test_no_depth_of_nesting_stops_the_exact_reader() -> None:
    for depth in range(sys.getrecursionlimit() - 300, sys.getrecursionlimit() + 20):  # somewhere what can be read is too deep to be written
        for line in (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
            read = lines_module._read_object(b'{"id":' + line + b"}")
            assert isinstance(read, dict) or read == "bad_json"


def test_a_fault_of_the_reader_is_filed_against_its_file_and_the_night_goes_on(
    desk: Any, message: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "سخن پنهان شهروند"

    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError(secret)

    buffer = io.BytesIO()
    pl.DataFrame([message(1)]).write_parquet(buffer)
    desk.drop("submissions/a.parquet", buffer.getvalue())
    desk.drop("submissions/b.parquet", buffer.getvalue() + b"PAR1")
    desk.drop("submissions/c.jsonl", [message(2)])
    with monkeypatch.context() as patched, caplog.at_level(logging.DEBUG):
        patched.setattr(pq, "ParquetFile", fail)
        report = desk.ingest()
    assert desk.ids() == ["s2"]
    assert desk.rejected() == [(f"submissions/{name}.parquet", None, "unforeseen") for name in "ab"]
    assert [(d.kind, d.count) for d in report.degradations] == [("refused_file", 2)]
    with pytest.raises(BadInput, match=r"a\.parquet: unforeseen \(ZeroDivisionError at test_malformed_input\.py:\d+") as told:
        raise_refused(desk.store, run=desk_run(desk), settings=desk.settings())
    kept = desk.settings().errors_dir / "run-1.txt"
    assert kept.read_text(encoding="utf-8").count(f"ZeroDivisionError: {secret}") == 2
    assert kept.stat().st_mode & 0o777 == 0o600
    assert secret not in str(told.value) + caplog.text + str(desk.store.rows("from ops.rejected"))
    assert desk.ingest().out_count == 1  # once the reader is mended; b.parquet is damaged


@pytest.mark.parametrize("fault", [MemoryError, OSError(5, "Input/output error"), Misconfigured("no space left")])
def test_what_memory_or_a_disk_did_is_not_held_against_a_file(
    desk: Any, message: Any, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise fault

    buffer = io.BytesIO()
    pl.DataFrame([message(1)]).write_parquet(buffer)
    desk.drop("submissions/a.parquet", buffer.getvalue())
    with monkeypatch.context() as patched, pytest.raises((MemoryError, OSError, Misconfigured)):
        patched.setattr("tasks.ingest.arrive_batch", fail)
        desk.ingest()
    assert desk.rejected() == []
    assert desk.ingest().out_count == 1


@pytest.mark.parametrize("text", ["[آب] قطع است", "{}", "12", "true", "NaN", "-5"])
def test_a_text_that_looks_like_json_is_still_a_text(desk: Any, message: Any, text: str) -> None:
    desk.drop(SUBMISSIONS, [message(1, raw_text=text)])
    desk.ingest()
    assert desk.store.rows("select raw_text, line_no from raw.submission") == [(text, 1)]


def test_what_is_no_data_is_left_alone_and_named(desk: Any, message: Any) -> None:
    outside = desk.home / "outside.jsonl"
    outside.write_bytes(lines([message(1)]))
    folder = desk.inbox / "submissions"
    folder.mkdir(parents=True)
    (folder / "link.jsonl").symlink_to(outside)
    (folder / "folder.jsonl").mkdir()
    os.mkfifo(folder / "pipe.jsonl")
    desk.drop("submissions/.hidden.jsonl", [message(2)])
    desk.drop("submissions/day.jsonl.tmp", [message(3)])
    desk.drop("submissions/day.xlsx", b"PK")
    desk.drop("submission/day.jsonl", [message(4)])
    desk.drop("README.md", "what lies here")
    report = desk.ingest()
    assert report.details["ignored_entries"] == {
        "submission": "unknown_folder",
        "submissions/.hidden.jsonl": "hidden",
        "submissions/day.jsonl.tmp": "unfinished",
        "submissions/day.xlsx": "unknown_ending",
        "submissions/folder.jsonl": "not_a_file",
        "submissions/link.jsonl": "symlink",
        "submissions/pipe.jsonl": "not_a_file",
    }
    assert [(d.kind, d.count) for d in report.degradations] == [("ignored_entry", 5)]
    assert desk.ids() == []


@pytest.mark.usefixtures("plain_user")
def test_a_file_that_may_not_be_read_waits_and_is_read_when_it_may(desk: Any, message: Any) -> None:
    path = desk.drop(SUBMISSIONS, [message(1)])
    path.chmod(0)
    report = desk.ingest()
    assert report.details["waiting_files"][SUBMISSIONS].startswith("unreadable")
    assert [d.kind for d in report.degradations] == ["waiting_file"]
    path.chmod(0o600)
    assert desk.ingest().out_count == 1


@pytest.mark.usefixtures("plain_user")
@pytest.mark.parametrize(
    ("mode", "waiting"), [(0, "votes"), (0o400, "votes/day.jsonl"), (0o300, "votes")], ids=["none", "list", "enter"]
)
def test_a_folder_that_may_not_be_looked_at_waits_and_the_others_are_read(
    desk: Any, message: Any, mode: int, waiting: str
) -> None:
    desk.drop(SUBMISSIONS, [message(1)])
    vote = {"id": "v1", "user_id": "u", "cycle_id": "c", "created_at": "2026-11-20", "approved_cluster_ids": ["k"]}
    folder = desk.drop("votes/day.jsonl", [vote]).parent
    folder.chmod(mode)
    try:
        report = desk.ingest()
        assert list(report.details["waiting_files"]) == [waiting]
        assert [(d.kind, d.count, d.of) for d in report.degradations] == [("waiting_file", 1, 2)]
        assert desk.ids() == ["s1"]
    finally:
        folder.chmod(0o700)
    assert desk.ingest().out_count == 1


@pytest.mark.usefixtures("plain_user")
def test_an_inbox_that_may_not_be_looked_at_is_the_operators_to_mend(desk: Any, message: Any) -> None:
    desk.drop(SUBMISSIONS, [message(1)])
    desk.inbox.chmod(0)
    try:
        with pytest.raises(Misconfigured, match=r"cannot list .*inbox: Permission denied"):
            desk.ingest()
    finally:
        desk.inbox.chmod(0o700)
    assert desk.ingest().out_count == 1


def test_a_disk_that_fails_while_a_file_is_read_lets_the_file_wait(tmp_path: Path) -> None:
    class Failing(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    (tmp_path / "day").write_bytes(b"{}")
    told = pytest.raises(inbox.FileWaiting, match="unreadable: Input/output error")
    with Failing(tmp_path / "day") as raw, ThreadPoolExecutor(1) as hasher, told:
        inbox._Hashed(raw, hasher).read()


def test_a_file_name_that_is_not_utf_8_is_told_and_its_rows_are_taken(desk: Any, message: Any) -> None:
    name = os.fsdecode(b"\xc8\xd1")
    desk.drop("submissions/a.jsonl", [message(1)])
    desk.drop(f"submissions/{name}.jsonl", lines([message(2), {}]))
    desk.drop(f"submissions/{name}.csv", HEADER + "s3,u3,x,2026-11-20\n")
    desk.drop(f"submissions/{name}.xlsx", b"PK")
    desk.drop(os.fsdecode(b"\xff"), b"")
    report = desk.ingest()
    assert desk.ids() == ["s1", "s2", "s3"]
    assert desk.rejected() == [("submissions/\\xc8\\xd1.jsonl", 2, "missing_id")]
    assert report.details["ignored_entries"] == {
        "\\xff": "unknown_folder",
        "submissions/\\xc8\\xd1.xlsx": "unknown_ending",
    }
    json.dumps(report.details, ensure_ascii=False).encode()  # it is stored so
    assert desk.ingest().details["known_files"] == 3


def test_a_file_over_the_threshold_is_refused_whole_and_taken_once_the_threshold_allows(
    desk: Any, message: Any
) -> None:
    desk.drop(
        SUBMISSIONS, [message(n) for n in range(18)] + [message(18, raw_text=""), message(19, raw_text="")]
    )
    report = desk.ingest()
    assert desk.rejected() == [(SUBMISSIONS, None, "too_many_bad_rows")]
    assert "2 of 20 rows" in report.details["refused_files"][SUBMISSIONS]
    assert (report.in_count, report.out_count, report.rejected_count) == (20, 0, 20)
    again = desk.ingest()
    assert (again.in_count, again.details["refused_before"]) == (0, {SUBMISSIONS: "too_many_bad_rows"})
    assert desk.ingest(max_bad_rows=0.2).out_count == 18


def test_under_twenty_rows_no_share_refuses_a_file(desk: Any, message: Any) -> None:
    desk.drop(SUBMISSIONS, [message(1)] + [message(n, raw_text="") for n in range(2, 19)])
    assert desk.ingest().rejected_count == 17


def test_no_text_and_no_user_id_reaches_a_log_or_a_rejection(
    desk: Any, message: Any, caplog: pytest.LogCaptureFixture
) -> None:
    secret, person = "سخن پنهان شهروند", "09121234567"
    desk.drop(
        "submissions/a.jsonl",
        lines([message(1, raw_text=secret, user_id=person, created_at="1405/08/12")])
        + f'{{"raw_text": "{secret}", "user_id": "{person}"'.encode(),
    )
    desk.drop("submissions/b.csv", HEADER + f's2,{person},"{secret}"x,2026-11-20\n')
    desk.drop("submissions/c.jsonl", [message(secret, user_id=person)])
    with caplog.at_level(logging.DEBUG):
        desk.ingest()
    filed = (
        str(desk.store.rows("select * from ops.rejected"))
        + str(desk.store.rows("select * from ops.event"))
        + caplog.text
    )
    assert len(desk.rejected()) == 4
    assert secret not in filed
    assert person not in filed


def test_what_is_gone_is_not_told_as_a_want_of_rights() -> None:
    from tasks.intake.drops import unreadable_detail

    assert unreadable_detail(FileNotFoundError(2, "No such file or directory")).startswith("it is gone")
    assert "right to read" in unreadable_detail(PermissionError(13, "Permission denied"))
