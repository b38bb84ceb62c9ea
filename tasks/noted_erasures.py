"""Erasures noted beside the store, without a word of what was erased: a backup that is put back knows nothing of the later ones.

The next night does them again (tasks/erase.py). One line of JSON each: submission_id, text_sha256, erased_at.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from tasks.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FILE_NAME = "erased.jsonl"  # under the home


class Noted(NamedTuple):
    """What was erased under one submission id, and when."""

    text_sha256: str
    erased_at: datetime


def note_erasures(home: Path, erased: Iterable[tuple[str, str, datetime]]) -> None:
    """Append (submission id, hash of its text, when), on the disk when this returns: before the words go, so that none is missed."""
    lines = [
        json.dumps({"submission_id": submission_id, "text_sha256": digest, "erased_at": at.isoformat()})
        for submission_id, digest, at in erased
    ]
    if not lines:
        return
    with (home / FILE_NAME).open("a+b") as noted:
        size = noted.seek(0, os.SEEK_END)
        noted.seek(max(0, size - 1))
        is_cut = noted.read() not in (b"", b"\n")  # by a kill
        noted.write(("\n" * is_cut + "\n".join(lines) + "\n").encode())
        noted.flush()
        os.fsync(noted.fileno())


def noted_erasures(home: Path) -> dict[str, Noted]:
    """The last erasure noted of each submission. A line that a kill cut off is of one that was not done.

    Raises:
        Misconfigured: another line is not what erasing wrote.
    """
    path = home / FILE_NAME
    found: dict[str, Noted] = {}
    for number, line in enumerate(path.read_bytes().splitlines() if path.exists() else (), 1):
        if not line.strip() or (line.startswith(b"{") and not line.endswith(b"}")):
            continue
        try:
            told = json.loads(line)
            found[told["submission_id"]] = Noted(
                str(told["text_sha256"]), datetime.fromisoformat(told["erased_at"])
            )
        except (ValueError, KeyError, TypeError):
            raise Misconfigured(
                f"{path}, line {number}, is not what erasing wrote: mend or remove that line, then run again"
            ) from None
    return found
