"""Parquet, and the record batches of the platform's database: typed values become the text that JSONL would have brought.

The column's type says what its bytes are: 16 of fixed length are a UUID, others are UTF-8. Dates, times and decimals are
spelled by Arrow: Python knows fewer years and coarser ticks, and would look every time zone up by its name.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tasks.intake.inbox import FileRefused
from tasks.intake.rows import (
    BATCH_ROWS,
    DETAILS,
    TEXT_NAMES,
    Batch,
    Problem,
    Row,
    as_text,
    check_header,
    known_columns,
    text_fault,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UUID_BYTES = 16


def read_parquet(path: Path, table: str) -> Iterator[Batch]:
    """Rows of a Parquet file; the line number is the row's place, from 1.

    Raises:
        FileRefused: not Parquet, damaged, without a needed column, or with values that cannot be spelled.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with path.open("rb") as raw:
        head = raw.read(64)
    if not head.startswith(b"PAR1"):
        looks = "; it looks like HTML, perhaps a login page" if head.lstrip().startswith(b"<") else ""
        raise FileRefused("not_parquet", f"the file does not begin as Parquet does{looks}: export it again")
    try:
        with pq.ParquetFile(path) as source:
            header = [name.lower() for name in source.schema_arrow.names]
            check_header(header, table)
            wanted = [name for name in source.schema_arrow.names if name.lower() in known_columns(table)]
            line_no = 1
            for piece in source.iter_batches(batch_size=BATCH_ROWS, columns=wanted):
                yield rows_of(piece, line_no)
                line_no += piece.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise FileRefused("damaged", "the Parquet file cannot be read to its end: export it again") from error


def rows_of(piece: Any, first_line: int) -> Batch:
    """The rows of one Arrow record batch, numbered from `first_line`.

    Raises:
        FileRefused: a list or a struct holds what cannot be spelled.
    """
    batch = Batch()
    names = [name.lower() for name in piece.schema.names]
    arrays = [_unwrapped(column) for column in piece.columns]
    no_words = [n for n, name in enumerate(names) if name in TEXT_NAMES and not _holds_words(arrays[n].type)]
    columns = [_spelled(column, name) for name, column in zip(names, arrays, strict=True)]
    for line_no, values in enumerate(zip(*columns, strict=True), start=first_line):
        reason = "text_not_string" if any(values[n] is not None for n in no_words) else text_fault(values)
        if reason is None:
            row: Row = dict(zip(names, values, strict=True))
            batch.rows.append((line_no, row))
            continue
        reason = "not_utf8" if reason == "lone_surrogate" else reason
        digest = hashlib.sha256(repr(values).encode("utf-8", errors="surrogatepass")).hexdigest()
        batch.problems.append(Problem(line_no, reason, DETAILS[reason], digest))
    return batch


def _unwrapped(column: Any) -> Any:
    """The values themselves: without a dictionary, and as they are stored when the type is an extension (a UUID's bytes)."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        return _unwrapped(column.dictionary_decode())
    return _unwrapped(column.storage) if isinstance(column.type, pa.BaseExtensionType) else column


def _holds_words(kind: Any) -> bool:
    import pyarrow.types as is_type

    kinds = ("string", "large_string", "string_view", "binary", "large_binary", "binary_view")
    return any(getattr(is_type, f"is_{name}")(kind) for name in kinds)


def _spelled(column: Any, name: str) -> list[str | None]:
    """One column's values as text; bytes that are not UTF-8 become lone surrogates."""
    import pyarrow as pa
    import pyarrow.types as is_type

    kind = column.type
    if is_type.is_timestamp(kind):  # an instant is stored in UTC, whatever zone is named
        naive = column.cast(pa.int64()).cast(pa.timestamp(kind.unit)).cast(pa.string()).to_pylist()
        return naive if kind.tz is None else [said and f"{said}Z" for said in naive]
    if is_type.is_duration(kind):
        counted = column.cast(pa.int64()).to_pylist()
        return [None if count is None else f"{count} {kind.unit}" for count in counted]
    if is_type.is_date(kind) or is_type.is_time(kind) or is_type.is_decimal(kind):
        said: list[str | None] = column.cast(pa.string()).to_pylist()
        return said
    if _holds_words(kind):
        try:
            return [as_text(value) for value in column.to_pylist()]
        except UnicodeDecodeError:
            return [as_text(value) for value in column.cast(pa.binary()).to_pylist()]
    try:
        return [as_text(_with_uuids(value, kind)) for value in column.to_pylist()]
    except (ArithmeticError, LookupError, ValueError) as error:  # a year 12000 or an unknown zone in a list
        raise FileRefused(
            "unreadable_values", f"column {name} is of type {kind}: export it as text"
        ) from error


def _with_uuids(value: Any, kind: Any) -> Any:
    """A value of Arrow's type `kind`, with UUIDs in place of 16 bytes of fixed length, in lists and structs too."""
    import pyarrow.types as is_type

    if value is None:
        return None
    if is_type.is_fixed_size_binary(kind) and kind.byte_width == UUID_BYTES:
        return UUID(bytes=value)
    if is_type.is_list(kind) or is_type.is_large_list(kind) or is_type.is_fixed_size_list(kind):
        return [_with_uuids(inner, kind.value_type) for inner in value]
    if is_type.is_struct(kind):
        return {field.name: _with_uuids(value[field.name], field.type) for field in kind}
    return value
