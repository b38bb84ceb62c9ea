"""The store's file is written anew after an erasure: DuckDB's freed blocks keep their bytes, and with them the erased words.

What is due is told by a file beside the store, not in it, for it is the file that is stale: it is put there before words
are erased and taken away when a file without them has replaced the old one. A kill in between leaves it for the next run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tasks.read_copy import write_copy

if TYPE_CHECKING:
    from tasks.store import Store

MARK = ".rewrite"


def mark_stale(store: Store) -> None:
    """Note that the file will hold words that are erased."""
    if store.path is not None:
        _mark(store.path).touch()


def rewrite_if_stale(store: Store) -> bool:
    """Replace the store's file by one of the same rows and nothing else. The last thing done with an open store: what is
    written to it afterwards goes to the old file and is lost.
    """
    if store.path is None or not _mark(store.path).exists():
        return False
    store.checkpoint()
    write_copy(store, store.path, masks={})
    _mark(store.path).unlink()
    return True


def _mark(path: Path) -> Path:
    return path.with_name(path.name + MARK)
