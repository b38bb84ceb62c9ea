"""Whatever type a Parquet column has, its values arrive as text, unaltered, or are told; no type stops a night."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.checks import failing_checks
from tests.cases import thinned

NAME = "submissions/day.parquet"
WORDS = "سلام آب ما"  # 18 bytes
SIXTEEN = "آب ما قطع"  # exactly 16 bytes of UTF-8, as a UUID has
DAY = 1_795_168_800  # 2026-11-20 10:00 UTC
NO_YEAR = 300_000_000_000_000_000  # microseconds: the year 11476


@pytest.fixture(autouse=True)
def counts_add_up(desk: Any) -> Any:
    """After every test: the books balance."""
    yield
    assert failing_checks(desk.store) == {}


def drop(desk: Any, **columns: pa.Array) -> None:
    """One file of submissions, with these columns in place of good ones."""
    count = len(next(iter(columns.values())))
    good = {
        "id": pa.array([f"s{n}" for n in range(1, count + 1)]),
        "raw_text": pa.array([WORDS] * count),
        "created_at": pa.array(["2026-11-20T10:00:00Z"] * count),
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(good | columns), buffer)
    desk.drop(NAME, buffer.getvalue())
    desk.drop("submissions/z.jsonl", [{"id": "z", "raw_text": WORDS, "created_at": "2026-11-20"}])


def texts(desk: Any) -> dict[str, str]:
    return dict(desk.store.rows("select submission_id, raw_text from raw.submission where submission_id <> 'z'"))


@pytest.mark.parametrize(
    ("values", "reason"),
    thinned(
        [
            (pa.array([Decimal("12.50")]), "bad_date"),
            (pa.array([60], pa.time32("s")), "bad_date"),
            (pa.array([1001], pa.time64("ns")), "bad_date"),
            (pa.array([61], pa.duration("s")), "bad_date"),
            (pa.array([61], pa.duration("ns")), "bad_date"),
            (pa.array([[Decimal("1.5")]]), "bad_date"),
            (pa.array([{"a": Decimal("1.5")}]), "bad_date"),
            (pa.array([[("a", Decimal("1.5"))]], pa.map_(pa.string(), pa.decimal128(5, 2))), "bad_date"),
            (pa.array([1.5], pa.float16()), "bad_date"),
            (pa.array([True]), "bad_date"),
            (pa.array([NO_YEAR], pa.timestamp("us")), "future_date"),
            (pa.array([NO_YEAR], pa.timestamp("us", "Asia/Tehran")), "future_date"),
            (pa.array([2**63 - 1], pa.timestamp("us")), "bad_date"),
            (pa.array([2**62], pa.timestamp("ms", "UTC")), "bad_date"),
            (pa.array([-(2**62)], pa.timestamp("us", "UTC")), "bad_date"),
            (pa.array([3_000_000], pa.int32()).cast(pa.date32()), "future_date"),
            (pa.array([86_400_000 * 3_000_000], pa.int64()).cast(pa.date64()), "future_date"),
            (pa.array([None], pa.timestamp("us", "UTC")), "missing_date"),
            (pa.array([None], pa.null()), "missing_date"),
        ],
        every=4,
    ),
    ids=lambda said: str(getattr(said, "type", said)),
)
def test_a_date_of_an_odd_type_is_a_filed_row(desk: Any, values: pa.Array, reason: str) -> None:
    drop(desk, created_at=values)
    desk.ingest()
    assert desk.rejected() == [(NAME, 1, reason)]
    assert desk.ids() == ["z"]


@pytest.mark.parametrize("unit", thinned(["s", "ms", "us", "ns"], every=4))
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tehran", "+03:30", "Iran/Qom"])
def test_an_instant_is_read_whatever_its_unit_and_the_name_of_its_zone(desk: Any, unit: str, zone: str | None) -> None:
    ticks = DAY * {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    drop(desk, created_at=pa.array([ticks], pa.timestamp(unit, zone)))
    desk.ingest()
    assert desk.store.rows("select submission_id, created_at from raw.submission where submission_id = 's1'") == [
        ("s1", datetime.fromtimestamp(DAY, UTC))
    ]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (pa.array([Decimal("1405.50")]), "1405.50"),
        (pa.array([60], pa.time32("s")), "00:01:00.000"),  # Parquet knows no coarser ticks
        (pa.array([61], pa.duration("s")), "61 s"),
        (pa.array([[Decimal("1.5")]]), '["1.5"]'),
        (pa.array([20_000], pa.int32()).cast(pa.date32()), "2024-10-04"),
        (pa.array(["سلام"]).dictionary_encode(), "سلام"),
        (pa.array(["سلام".encode()]), "سلام"),
    ],
    ids=lambda said: str(getattr(said, "type", said)),
)
def test_what_is_no_string_becomes_its_plain_text(desk: Any, values: pa.Array, text: str) -> None:
    drop(desk, locale=values)
    assert desk.ingest().out_count == 2
    assert desk.store.value("select locale from raw.submission where submission_id = 's1'") == text


@pytest.mark.parametrize("kind", [pa.timestamp("us", "Iran/Qom"), pa.timestamp("us")])
def test_a_list_that_cannot_be_spelled_refuses_its_file_only(desk: Any, kind: pa.DataType) -> None:
    drop(desk, status=pa.array([[NO_YEAR]], pa.list_(kind)))
    report = desk.ingest()
    assert desk.rejected() == [(NAME, None, "unreadable_values")]
    assert "column status" in report.details["refused_files"][NAME]
    assert desk.ids() == ["z"]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary(), pa.binary_view()], ids=str)
def test_a_text_of_sixteen_bytes_stays_the_writers_words(desk: Any, kind: pa.DataType) -> None:
    assert len(SIXTEEN.encode()) == 16
    drop(desk, raw_text=pa.array([SIXTEEN.encode(), WORDS.encode()], pa.binary()).cast(kind))
    desk.ingest()
    assert texts(desk) == {"s1": SIXTEEN, "s2": WORDS}


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary()], ids=str)
def test_bytes_that_are_not_utf_8_are_a_filed_row(desk: Any, kind: pa.DataType) -> None:
    cp1256 = WORDS.encode("cp1256")
    drop(desk, raw_text=pa.array([cp1256, WORDS.encode()], pa.binary()).cast(kind, safe=False))
    desk.ingest()
    assert desk.rejected() == [(NAME, 1, "not_utf8")]
    assert texts(desk) == {"s2": WORDS}


@pytest.mark.parametrize("kind", [pa.binary(16), pa.uuid()], ids=str)
def test_sixteen_bytes_of_fixed_length_are_a_uuid(desk: Any, kind: pa.DataType) -> None:
    ids = [UUID(int=n) for n in (1, 2)]
    stored = pa.array([i.bytes for i in ids], pa.binary(16))
    drop(desk, id=stored if kind == pa.binary(16) else pa.ExtensionArray.from_storage(kind, stored))
    desk.ingest()
    assert set(texts(desk)) == {str(i) for i in ids}


@pytest.mark.parametrize("kind", [pa.binary(16), pa.uuid()], ids=str)
def test_lists_of_uuids_name_what_was_approved(desk: Any, kind: pa.DataType) -> None:
    first = UUID(int=1)
    inner = pa.array([first.bytes], pa.binary(16))
    if kind != pa.binary(16):
        inner = pa.ExtensionArray.from_storage(kind, inner)
    vote = {
        "id": ["v1"], "user_id": ["u1"], "cycle_id": ["c1"], "created_at": ["2026-11-20T10:00:00Z"],
        "approved_cluster_ids": pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), inner),
    }  # fmt: skip
    buffer = io.BytesIO()
    pq.write_table(pa.table(vote), buffer)
    desk.drop("votes/day.parquet", buffer.getvalue())
    desk.ingest()
    assert desk.store.rows("select target_id, choice from raw.vote") == [(str(first), "agree")]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([12, None]),
        pa.array([1.5, None]),
        pa.array([["a"], None]),
        pa.array([{"a": "b"}, None]),
        pa.array([True, None]),
        pa.array([b"0123456789abcdef", None], pa.binary(16)),
    ],
    ids=lambda said: str(said.type),
)
def test_a_text_that_is_no_string_is_filed_as_in_jsonl(desk: Any, values: pa.Array) -> None:
    drop(desk, raw_text=values)
    desk.ingest()
    assert desk.rejected() == [(NAME, 1, "text_not_string"), (NAME, 2, "missing_text")]
