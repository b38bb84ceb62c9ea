"""The redact step: every new submission gets its redacted text, its key and the text whose answer it shares."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.duplicates import near_duplicates
from tasks.redact import REDACTOR_VERSION, redact, text_key
from tasks.run import Run, StepReport

if TYPE_CHECKING:
    from tasks.settings import Settings
    from tasks.store import Store


def redact_new(store: Store, *, run: Run, settings: Settings) -> StepReport:
    """Redact what is new; texts over `settings.max_text_chars` are filed, since no model would take them."""
    waiting = store.step("redact_pending", {"version": REDACTOR_VERSION})
    rows: list[dict[str, Any]] = []
    too_long: list[dict[str, Any]] = []
    for submission_id, text in waiting.iter_rows():
        if len(text) > settings.max_text_chars:
            too_long.append(_too_long(submission_id, len(text), run, settings))
            continue
        rows.append(_row(submission_id, text, run))
    _share_answers(store, rows)
    with store.transaction():
        if rows:
            store.append(
                "core.redaction", pl.DataFrame(rows, schema_overrides={"span_kinds": pl.List(pl.String)})
            )
        if too_long:
            store.append(
                "ops.quarantine", pl.DataFrame(too_long, schema_overrides={"request_key": pl.String})
            )
    shared = sum(r["text_key"] != r["representative_key"] for r in rows)
    masked = sum(bool(r["span_kinds"]) for r in rows)
    return StepReport(
        step="redact",
        in_count=waiting.height,
        out_count=len(rows),
        rejected_count=len(too_long),
        details={"with_personal_data": masked, "near_duplicates": shared},
    )


def _row(submission_id: str, text: str, run: Run) -> dict[str, Any]:
    found = redact(text)
    key = text_key(found.text)
    return {
        "submission_id": submission_id,
        "redactor_version": REDACTOR_VERSION,
        "redacted_text": found.text,
        "text_key": key,
        "representative_key": key,
        "script": found.script,
        "language": found.language,
        "span_kinds": [span.kind for span in found.spans],
        "mapping": json.dumps(dict(found.mapping), ensure_ascii=False),
        "run_id": run.run_id,
        "created_at": run.now,
    }


def _too_long(submission_id: str, length: int, run: Run, settings: Settings) -> dict[str, Any]:
    return {
        "submission_id": submission_id,
        "step": "redact",
        "event": "filed",
        "reason": f"text of {length} characters, limit {settings.max_text_chars}",
        "request_key": None,
        "run_id": run.run_id,
        "created_at": run.now,
    }


def _share_answers(store: Store, rows: list[dict[str, Any]]) -> None:
    """Point each row at its representative. Keys already in the store never change theirs."""
    fresh = {r["text_key"]: r["redacted_text"] for r in rows}
    if not fresh:
        return
    known = store.rows(
        "select distinct on (text_key) text_key, representative_key, redacted_text from core.redaction"
        " where redacted_text is not null order by text_key, created_at"
    )
    texts = {key: text for key, _, text in known} | fresh
    shared = near_duplicates(list(texts), list(texts.values()), known={key: rep for key, rep, _ in known})
    for row in rows:
        row["representative_key"] = shared.get(row["text_key"], row["text_key"])
