"""Copies of the store for readers: whole and without what is private, or last night's brought up to date."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tasks.store import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.store import Store

PUBLISHED = "published"  # the folder under $CW_HOME that run folders and the read copy lie in
READ_COPY = "read.duckdb"

Masks = Mapping[str, Mapping[str, str]]  # table → column → the expression that replaces it


def is_read_copy(store: Store) -> bool:
    """Whether this is the published copy, which readers are given while a run holds the store."""
    return store.path is not None and store.path.name == READ_COPY


def copy_masks() -> dict[str, dict[str, str]]:
    """What a copy of the store does not hold: words as sent, what the platform made of one message, reasons given for an erasure,
    prompts and replies and what was found wrong with these, redaction maps, vectors (words can be guessed from them); and people's keys are replaced by others that mean nothing outside this
    one copy, so that distinct people can still be counted."""
    other = f"md5(person_key || '{secrets.token_hex(16)}')"
    person = {table: {"person_key": other} for table in ("raw.vote", "raw.endorsement", "out.message")}
    return person | {
        "raw.submission": {"raw_text": "null", "person_key": other},
        "raw.policy_candidate": {"title": "null", "summary": "null"},
        "raw.erasure": {"reason": "null"},
        "ops.erased": {"reason": "null"},
        "core.redaction": {"redacted_text": "null", "mapping": "null"},
        "core.wording": {"content_key": "text_key"},
        "core.canonical": {"quote": "null", "lost_facts": "list_transform(lost_facts, lambda _: 'left out')"},
        "core.embedding": {"vector": "[]::float[]"},
        "core.cluster_run": {"state": "''::blob"},
        "llm.request": {"inputs": "null", "repair_reasons": "null"},
        "llm.reply": {"raw": "null", "value": "null", "reasons": "[]::varchar[]"},
        "llm.verdict": {"reasons": "[]::varchar[]"},
        "ops.quarantine": {"reason": "'left out'"},
    }


def write_copy(store: Store, target: Path, *, masks: Masks) -> None:
    """Write a compact copy of the store to `target`, replaced atomically.

    A masked value is never written to the copy, not even to be overwritten: freed blocks of a DuckDB file keep their bytes.
    """
    fresh = target.with_name(target.name + ".tmp")
    drop_unfinished(target)
    here = store.value("select current_database()")
    try:
        with store.attached(fresh):
            store.execute(f'copy from database "{here}" to copy_db (schema)')
            for table in store.tables():
                masked = ", ".join(f"{how} as {column}" for column, how in masks.get(table, {}).items())
                replaced = f" replace ({masked})" if masked else ""
                store.execute(f"insert into copy_db.{table} select *{replaced} from {table}")  # noqa: S608 - own names
        os.replace(fresh, target)  # noqa: PTH105 - atomic on one file system
    finally:
        drop_unfinished(target)  # half a copy holds words too, and what room a full disk had left


def refresh_copy(store: Store, target: Path, *, tables: Sequence[str]) -> bool:
    """Bring `tables` of a copy up to date, if all others have as many rows here as there.

    Returns False, and leaves the copy alone, when it is missing, unreadable or older than the rest of the store.
    """
    if not target.exists():
        return False
    fresh = target.with_name(target.name + ".tmp")
    try:
        shutil.copyfile(target, fresh)
        with store.attached(fresh):
            if not all(_as_many(store, table) for table in store.tables() if table not in tables):
                return False
            for table in tables:
                store.execute(f"delete from copy_db.{table}")  # noqa: S608 - own names
                store.execute(f"insert into copy_db.{table} select * from {table}")  # noqa: S608 - own names
        os.replace(fresh, target)  # noqa: PTH105 - atomic on one file system
    except StoreError:
        return False
    finally:
        drop_unfinished(target)
    return True


def drop_unfinished(target: Path) -> None:
    """Delete a copy to `target` that was not finished, and DuckDB's log of it."""
    for name in (f"{target.name}.tmp", f"{target.name}.tmp.wal"):
        target.with_name(name).unlink(missing_ok=True)


def _as_many(store: Store, table: str) -> bool:
    counts = f"select (select count(*) from {table}) = (select count(*) from copy_db.{table})"  # noqa: S608 - own names
    return bool(store.value(counts))
