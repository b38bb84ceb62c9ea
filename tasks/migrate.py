"""The store's schema: `sql/migrations` applied in order, once each, and the views of `sql/views`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tasks.errors import Misconfigured, VerificationFailed
from tasks.store import sql_names, sql_text

if TYPE_CHECKING:
    from tasks.store import Store


def migrate(store: Store) -> int:
    """Apply pending `sql/migrations`, re-create views when their text changed; returns how many were applied.

    Raises:
        VerificationFailed: an applied migration's text has changed since.
    """
    store.execute("create schema if not exists meta")
    store.execute(
        "create table if not exists meta.migration (name varchar not null, sha256 varchar not null, applied_at timestamptz not null)"
    )
    applied = dict(store.rows("select name, sha256 from meta.migration"))
    fresh = 0
    for name in sql_names("migrations"):
        text = sql_text("migrations", name)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if name in applied:
            if applied[name] != digest:
                raise VerificationFailed(
                    f"migration {name} was changed after it was applied: restore its text, add a new one"
                )
            continue
        with store.transaction():
            store.execute(text)
            store.execute("insert into meta.migration values (?, ?, now())", [name, digest])
        fresh += 1
    fresh += _refresh_views(store, applied)
    if fresh:
        store.checkpoint()  # DDL left in the WAL can make a file unopenable after a crash (duckdb#22044)
    return fresh


def check_is_current(store: Store) -> None:
    """Raise when a store that is only read lacks a migration or a view of this version.

    Raises:
        Misconfigured: it was last written by an older version.
    """
    applied = {name for (name,) in store.rows("select name from meta.migration")}
    if not applied.issuperset((*sql_names("migrations"), _name_of(_views()))):
        raise Misconfigured(
            f"{store.path} was last written by an older version: a night brings it up to date (`cw run`, or wait for the one at work)"
        )


def _views() -> dict[str, str]:
    return {name: sql_text("views", name) for name in sql_names("views")}


def _name_of(views: dict[str, str]) -> str:
    return "views:" + hashlib.sha256("\0".join(views.values()).encode()).hexdigest()


def _refresh_views(store: Store, applied: dict[str, str]) -> int:
    texts = _views()
    name = _name_of(texts)
    if name in applied:
        return 0
    with store.transaction():
        for text in texts.values():
            store.execute(text)
        store.execute("insert into meta.migration values (?, ?, now())", [name, name.removeprefix("views:")])
    return 1
