"""The redact step: every new submission gets its redacted text, its key and the text whose answer it shares."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.duplicates import content_key, near_duplicates
from tasks.redact import REDACTOR_VERSION, redact, redacted_key
from tasks.run import Run, StepReport
from tasks.store import json_list, sql_text

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
    filed = _share_answers(store, rows)
    wording = {"text_key": list(filed), "content_key": list(filed.values())}
    with store.transaction():
        store.append("core.wording", pl.DataFrame(wording).with_columns(run_id=pl.lit(run.run_id)))
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
    key = redacted_key(found.text)
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


def _share_answers(store: Store, rows: list[dict[str, Any]]) -> dict[str, str]:
    """Point each row at its representative; returns text_key → content_key of the texts that had none on file.

    Keys already in the store never change theirs. Only known texts of the same content are looked at, found by
    `core.wording`, so that a night costs what is new and not what is known.
    """
    fresh = {r["text_key"]: r["redacted_text"] for r in rows}
    if not fresh:
        return {}
    filed = _content_keys(dict(store.rows(sql_text("steps", "redact_unworded"))))
    met = dict(store.rows(sql_text("steps", "redact_worded"), {"keys": json_list(fresh)}))
    filed |= _content_keys({key: text for key, text in fresh.items() if key not in met | filed})
    contents = met | filed
    keys = {key: contents[key] for key in fresh}
    known = _known_like(store, keys, filed)
    met_again = Counter(keys.values())
    met_again.update(content_key(text) for key, (_, text) in known.items() if key not in fresh)
    alike = {
        key: text for key, text in fresh.items() if met_again[keys[key]] > 1
    }  # the others are like nothing
    texts = {key: text for key, (_, text) in known.items()} | alike
    before = {key: representative for key, (representative, _) in known.items()}
    shared = near_duplicates(list(texts), list(texts.values()), known=before)
    for row in rows:
        row["representative_key"] = shared.get(row["text_key"], row["text_key"])
    return filed


def _content_keys(texts: dict[str, str]) -> dict[str, str]:
    """text_key → hash of its content; equal hashes are what gate 1 of `tasks.duplicates` lets through."""
    return {key: content_key(text) for key, text in texts.items()}


def _known_like(store: Store, keys: dict[str, str], filed: dict[str, str]) -> dict[str, tuple[str, str]]:
    """text_key → (representative, text) of the known texts whose content a new text has, in key order."""
    contents = set(keys.values())
    unfiled = [key for key, content in filed.items() if content in contents]
    given = {"contents": json_list(contents), "keys": json_list(unfiled)}
    return {key: (rep, text) for key, rep, text in store.rows(sql_text("steps", "redact_known"), given)}
