"""Messages that were set aside: what is told of one to whom."""

import json
from datetime import UTC, datetime
from pathlib import Path

from tasks.publish import published_tables, write_folder
from tasks.quarantine import list_quarantined
from tasks.read_copy import copy_masks, write_copy
from tasks.run import Run
from tasks.settings import Settings
from tasks.store import open_copy, open_store


def test_why_one_message_was_set_aside_is_told_to_the_operator_alone(tmp_path: Path) -> None:
    now = datetime(2026, 11, 1, 20, tzinfo=UTC)
    run, settings = Run("r1", "nightly", now.date(), "offline", now), Settings(home=tmp_path, profile="offline")
    told = {
        "a": ("canonicalize", "record 1: place Deh Nowhere lost; record 1: number 14807 lost", "k1"),
        "b": ("canonicalize", "refused", "k2"),
        "c": ("redact", "text of 14807 characters, limit 4000", None),
    }
    with open_store(None) as store:
        store.execute("insert into ops.run values ('r1', 'nightly', ?, 'offline', '0', '{}', ?)", [run.run_on, now])
        for name, (step, reason, key) in told.items():
            store.execute("insert into raw.submission values (?, 'p', 't', 'h', null, null, 'fa', ?, 's', 1, 'r1', ?)", [name, now, now])
            store.execute("insert into ops.quarantine values (?, ?, 'filed', ?, ?, 'r1', ?)", [name, step, reason, key, now])
        store.execute("insert into llm.verdict values ('k1', 1, ['record 1: place Deh Nowhere lost'], 'r1', ?)", [now])
        tables = published_tables(store, run=run, settings=settings)
        assert tables["rejected"].select("row_id", "reason", "state").rows() == [
            ("a", "canonicalize: turned_down", "quarantined"),
            ("b", "canonicalize: no_answer", "quarantined"),
            ("c", "redact: too_long", "quarantined"),
        ]
        assert [row["reason"] for row in list_quarantined(store)] == [reason for _, reason, _ in told.values()]
        write_copy(store, tmp_path / "read.duckdb", masks=copy_masks())
        (tmp_path / "run").mkdir()
        write_folder(store, tmp_path / "run", run=run, settings=settings)
        with open_copy(tmp_path / "read.duckdb") as copy:
            held = [to_json for table in copy.tables() for (to_json,) in copy.rows(f"select to_json(t)::varchar from {table} as t")]
    shown = [json.dumps([frame.to_dicts() for frame in tables.values()], default=str), *held]
    shown += [path.read_text(encoding="utf-8") for path in (tmp_path / "run" / "report.html", tmp_path / "run" / "manifest.json")]
    for words in ("Deh Nowhere", "14807"):
        assert not [text for text in shown if words in text]
