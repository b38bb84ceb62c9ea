"""From a file's bytes to rows: which columns a table knows, and the records of CSV.

All values leave as text, as received; what they mean is in sql/steps/ingest_*.sql. Columns that a table does
not know are dropped. The lines of JSONL are in tasks/intake/lines.py, Parquet in tasks/intake/parquet.py.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from tasks.intake.inbox import FileRefused
from tasks.intake.person import BLANKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

BATCH_ROWS = 20_000
MAX_ROW_BYTES = (
    8 << 20
)  # a cluster's list of 100,000 candidates is 4 MB; half of DuckDB's maximum_object_size
MAX_COLUMNS = 10_000
MAX_FIELD_CHARS = 64 << 20  # what one CSV value may take of memory before the file is refused
PERSON_NAMES = ("person_id", "user_id", "voter_id", "voter", "user")
# how exports spell a value that is not there, as in sql/steps/ingest_rules.sql
NOTHING = frozenset(("null", "none", "nan", "undefined"))
TEXT_NAMES = ("raw_text", "text")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "submission": (
        "id", "submission_id", "raw_text", "text", "declared_language", "language",
        "upstream_status", "status", "locale", "created_at", "hash",
    ),
    "vote": (
        "id", "vote_id", "cycle_id", "target_id", "cluster_id", "choice", "option_id", "cast_at", "created_at",
        "approved_cluster_ids", "selections",
    ),
    "endorsement": ("id", "endorsement_id", "target_id", "cluster_id", "created_at"),
    "cycle": ("id", "cycle_id", "started_at", "ends_at", "status", "target_ids", "cluster_ids", "results", "total_voters"),
    "option": (
        "id", "option_id", "target_id", "cluster_id", "position", "label", "label_fa", "label_en",
        "description", "description_fa", "description_en",
    ),
    "cluster": (
        "id", "target_id", "cluster_id", "policy_topic", "policy_key", "status", "summary",
        "ballot_question", "ballot_question_fa", "candidate_ids", "created_at",
    ),
    "policy_candidate": (
        "id", "candidate_id", "submission_id", "title", "summary", "stance", "policy_topic", "policy_key", "created_at",
    ),
    "erasure": ("id", "submission_id", "requested_at", "created_at", "reason"),
}  # fmt: skip
NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "submission": (("id", "submission_id"), ("raw_text", "text"), ("created_at",)),
    "vote": (PERSON_NAMES, ("cycle_id",), ("cast_at", "created_at")),
    "endorsement": (PERSON_NAMES, ("target_id", "cluster_id"), ("created_at",)),
    "cycle": (("id", "cycle_id"), ("started_at",), ("ends_at",)),
    "option": (("id", "option_id"), ("target_id", "cluster_id")),
    "cluster": (("id", "target_id", "cluster_id"),),
    "policy_candidate": (("id", "candidate_id"), ("submission_id",)),
    "erasure": (("submission_id", "id"),),
}  # a file with a header must have one of each
KNOWN_NAMES = frozenset({name for names in COLUMNS.values() for name in names} | {*PERSON_NAMES, *TEXT_NAMES})


TOO_LARGE = f"the row is larger than {MAX_ROW_BYTES >> 20} MiB: shorten it at the source"
DETAILS = {
    "not_utf8": "write the file in UTF-8",
    "nul_byte": "remove U+0000 at the source",
    "row_too_large": TOO_LARGE,
    "bad_json": "one JSON object per line, nothing else",
    "not_an_object": "one JSON object per line, nothing else",
    "lone_surrogate": "half of a surrogate pair is not a character: mend the exporter",
    "text_not_string": "the text must be a string",
}


@dataclass(frozen=True)
class Problem:
    """A row that could not be read: where, a reason code, what to do, the hash of its bytes."""

    line_no: int
    reason: str
    detail: str
    row_sha256: str


Row = dict[str, str | None]
Rows = list[tuple[int, Row]]


@dataclass
class Batch:
    """Some rows with their line numbers, and the lines between them that could not be read."""

    rows: Rows = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def known_columns(table: str) -> tuple[str, ...]:
    """Every column name that rows of `table` may carry, persons included; texts always, for one reading in SQL."""
    return tuple(dict.fromkeys(COLUMNS[table] + PERSON_NAMES + TEXT_NAMES))


def person_of(row: Row) -> str | None:
    """The user id of a row: the first person column that is neither blank nor a word for nothing (sql/steps/ingest_rules.sql)."""
    said = (row.get(name) for name in PERSON_NAMES)
    return next((p for p in said if p and (bare := p.strip(BLANKS)) and bare.lower() not in NOTHING), None)


def text_fault(values: Iterable[str | None]) -> str | None:
    """Why these strings cannot be stored, or None."""
    for value in values:
        if value and "\0" in value:
            return "nul_byte"
        if value and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                return "lone_surrogate"
    return None


def as_text(value: Any) -> str | None:
    """One received value as the text that the store's casts read; lists and objects as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="surrogateescape")
    if isinstance(value, bool | int | float | list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=as_text)
    return str(value)


# --- CSV ---
def read_csv(path: Path, table: str) -> Iterator[Batch]:
    """Rows of a CSV file with a header line, UTF-8, strict quoting; line numbers are where a row begins.

    Raises:
        FileRefused: no such header, broken quoting, or another encoding.
    """
    try:
        with _csv_lines(path) as lines:
            yield from _csv_batches(lines, table)
    except csv.Error as error:
        raise FileRefused(
            "csv_quoting", f"{error}: quote as in RFC 4180; nothing after a broken quote can be trusted"
        ) from error


@contextmanager
def _csv_lines(path: Path) -> Iterator[Any]:
    before = csv.field_size_limit(MAX_FIELD_CHARS)
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
            yield lines
    finally:
        csv.field_size_limit(before)


def _read_header(lines: Any) -> tuple[list[str], str]:
    """The names of the columns, and what stands between them; no names in a file without a line."""
    head = lines.readline(MAX_ROW_BYTES)
    if head.startswith(("\udcff\udcfe", "\udcfe\udcff")):
        raise FileRefused("not_utf8", "the file is UTF-16: run `iconv -f UTF-16 -t UTF-8`")
    if len(head) == MAX_ROW_BYTES:
        raise FileRefused("row_too_large", "the line with the names of the columns is too long to be one")
    delimiter = max(",;\t", key=head.count)
    names = next(csv.reader([head], delimiter=delimiter, strict=True)) or [""] if head else []
    return [name.strip().lower() for name in names], delimiter


def _csv_batches(lines: Any, table: str) -> Iterator[Batch]:
    header, delimiter = _read_header(lines)
    if not header:
        return
    check_header(header, table)
    batch, line_no, foreign, has_letters = Batch(), 1, 0, False
    reader = csv.reader(_bounded(lines), delimiter=delimiter, strict=True)
    try:
        for values in reader:
            start, line_no = line_no + 1, reader.line_num + 1
            if values and _file_csv_row(batch, start, header, values) == "not_utf8":
                foreign += 1
            elif values:
                has_letters = has_letters or not "".join(values).isascii()
            if len(batch.rows) + len(batch.problems) >= BATCH_ROWS:
                yield batch
                batch = Batch()
    except csv.Error as error:
        raise FileRefused(
            "csv_quoting",
            f"line {line_no + 1}: {error}; quote as in RFC 4180 (nothing after a broken quote can be trusted)",
        ) from error
    if foreign and not has_letters:  # not one row with letters beyond ASCII is UTF-8
        raise FileRefused(
            "not_utf8", "another encoding: try `iconv -f WINDOWS-1256 -t UTF-8`, look, drop that"
        )
    yield batch


def _bounded(lines: Any) -> Iterator[str]:
    """Lines, none longer than a field may be: without an end of line the whole file would be one.

    Raises:
        FileRefused: a line is longer.
    """
    while line := lines.readline(MAX_FIELD_CHARS):
        if len(line) == MAX_FIELD_CHARS:
            raise FileRefused("row_too_large", f"a line of over {MAX_FIELD_CHARS:,} characters: {TOO_LARGE}")
        yield line


def _file_csv_row(batch: Batch, line_no: int, header: list[str], values: list[str]) -> str | None:
    """Put one record among the rows or the problems; returns the problem."""
    joined = "\x1f".join(values)
    reason: str | None = None
    detail = ""
    if len(values) != len(header):
        reason, detail = "wrong_field_count", f"{len(values)} fields under a header of {len(header)}"
    elif len(joined) > MAX_ROW_BYTES:
        reason = "row_too_large"
    else:
        reason = text_fault(values)
        reason = "not_utf8" if reason == "lone_surrogate" else reason
    if reason is None:
        cells = zip(header, values, strict=True)
        batch.rows.append((line_no, {name: value or None for name, value in cells if name in KNOWN_NAMES}))
        return None
    digest = hashlib.sha256(joined.encode("utf-8", errors="surrogateescape")).hexdigest()
    batch.problems.append(Problem(line_no, reason, detail or DETAILS[reason], digest))
    return reason


def check_header(header: list[str], table: str) -> None:
    """Refuse a header that cannot serve the table.

    Raises:
        FileRefused: a needed column is missing, one is there twice, or there are too many.
    """
    if len(header) > MAX_COLUMNS:
        raise FileRefused("too_many_columns", f"{len(header)} columns, at most {MAX_COLUMNS} are read")
    times = Counter(header)
    repeated = sorted(name for name in known_columns(table) if times[name] > 1)
    if repeated:
        raise FileRefused("repeated_column", f"{', '.join(repeated)}: name each column once")
    missing = [" or ".join(names) for names in NEEDED[table] if not set(names) & set(header)]
    if missing:
        raise FileRefused("missing_column", f"no column {', no '.join(missing)}; every {table} needs it")


def count_extra_columns(path: Path, drop_form: str, table: str) -> int:
    """How many columns of a readable file the table does not know; of JSONL, by its first 100 lines."""
    if drop_form == "parquet":
        import pyarrow.parquet as pq

        names = {name.lower() for name in pq.read_schema(path).names}
    elif drop_form == "csv":
        with _csv_lines(path) as lines:
            names = set(_read_header(lines)[0])
    else:
        with path.open("rb") as lines_of_json:
            read = [_object_or_none(line) for line in islice(lines_of_json, 100)]
        names = {name for row in read if row for name in row}
    return len(names - set(known_columns(table)))


def _object_or_none(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
