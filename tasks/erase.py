"""Erasure: a person's text leaves the store, and with the next publication the read copy and every later file.

Its words go, and all that says what they said: the records', what was sent back, the requests that told of it, every summary
and plan written from those, and the messages that quoted such a summary. Those of a living cluster are written anew by the next night.

What stays are rows without words. Of the message: its id, the person's key, hashes, language, dates, and the tombstone. Of its
records: id, topic, position, flags, place in text and clusters, hash and vector. Of the calls: keys and costs. docs/privacy.md has all.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.booking import HALF_WRITTEN, drop_unbooked
from tasks.errors import BadInput
from tasks.evidence import append_event
from tasks.noted_erasures import note_erasures, noted_erasures
from tasks.read_copy import PUBLISHED
from tasks.rewrite import mark_stale
from tasks.run import Run, StepReport
from tasks.scratch import drop_scratch
from tasks.seals import check_seals, renew_seals
from tasks.settings import ERRORS, SPOOL
from tasks.store import sql_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tasks.settings import Settings
    from tasks.store import Store


def erase_requested(store: Store, *, run: Run, settings: Settings) -> StepReport:
    """Erase what raw.erasure asks for and has not been erased, what was erased before an older backup was put back
    (tasks/noted_erasures.py), and what an earlier erasure has left (`_left_over`).

    Raises:
        Misconfigured: what is noted beside the store is not what erasing wrote.
    """
    waiting = store.step("erase_pending").to_dicts()
    waiting += _undone(store, but={row["submission_id"] for row in waiting})
    if waiting or _left_over(store).height:
        erase_rows(store, waiting, at=run.now, run_id=run.run_id)
    return StepReport(step="erase", in_count=len(waiting), out_count=len(waiting))


def erase_one(store: Store, submission_id: str, *, reason: str, at: datetime) -> list[str]:
    """Erase one submission on an operator's word; returns the published runs that still hold it.

    Raises:
        BadInput: there is no such submission.
        VerificationFailed: what the store holds of it was altered since it was written.
    """
    found = store.rows("select text_sha256 from raw.submission where submission_id = ?", [submission_id])
    if not found:
        raise BadInput(f"no submission {submission_id} in the store: see `cw status`")
    row = {"submission_id": submission_id, "text_sha256": found[0][0], "reason": reason, "requested_at": at}
    affected = affected_runs(store, submission_id)
    if not store.value("select count(*) from ops.erased where submission_id = ?", [submission_id]):
        erase_rows(store, [row], at=at, run_id=None)
    return affected


def affected_runs(store: Store, submission_id: str) -> list[str]:
    """Runs published since the submission came in and before it was erased: their files may still name it. (Run ids sort by time.)"""
    return [
        row[0]
        for row in store.rows(
            "select distinct r.run_id from ops.event as e join ops.run as r on e.entity_id = lower(r.run_id)"
            " join raw.submission as s on s.submission_id = ?"
            " where e.event_type = 'run_published' and r.run_id >= s.run_id and not exists ("
            "from ops.event as x where x.event_type = 'submission_erased' and x.entity_id = lower(s.submission_id) and x.seq < e.seq)"
            " order by 1",
            [submission_id],
        )
    ]


def unknown_runs(store: Store) -> list[str]:
    """Run folders under `published/` that this store has not booked: made after the backup that was put back. They may name anybody."""
    if store.path is None:
        return []
    booked = {
        run_id
        for (run_id,) in store.rows("select entity_id from ops.event where event_type = 'run_published'")
    }
    folders = (path.parent.name for path in (store.path.parent / PUBLISHED).glob("*/manifest.json"))
    return sorted(
        name for name in folders if name.lower() not in booked and not name.startswith(HALF_WRITTEN)
    )


def erase_rows(store: Store, rows: Sequence[dict[str, Any]], *, at: datetime, run_id: str | None) -> None:
    """One transaction: blank every column that holds the text or words from it, write the tombstones, renew the seals.

    What earlier erasures have left goes with it.

    Raises:
        VerificationFailed: a run that wrote of them is not what it was when it ended.
    """
    from tasks.llm.moves import ERASED

    ids = [r["submission_id"] for r in rows] + _left_over(store)["submission_id"].drop_nulls().to_list()
    keys = [key for (key,) in store.step("erase_derived", {"ids": ids}).iter_rows()]
    given = {"ids": ids, "keys": keys, "verdict": list(ERASED)}
    writers = [r for (r,) in store.rows(WRITERS, {"ids": ids, "keys": keys})]
    check_seals(store, writers)  # what was altered before would be sealed as it is
    mark_stale(store)
    if store.path is not None:
        note_erasures(store.path.parent, [(r["submission_id"], r["text_sha256"], at) for r in rows])
    _drop_loose_words(store)
    with store.transaction():
        for statement in ERASING:
            store.execute(statement, {name: v for name, v in given.items() if f"${name}" in statement})
        tombstones = [r | {"erased_at": at, "run_id": run_id} for r in rows]
        store.append("ops.erased", pl.DataFrame(tombstones, schema_overrides={"run_id": pl.String}))
        for r in rows:
            append_event(
                store,
                "submission_erased",
                entity=("submission", r["submission_id"]),
                payload={"text_sha256": r["text_sha256"]},
                at=at,
            )
        renew_seals(store, writers, at=at)
    store.checkpoint()  # the WAL still holds the text until then, and the file until it is written anew (tasks/rewrite.py)


def _undone(store: Store, *, but: set[str]) -> list[dict[str, Any]]:
    """What was erased before an older backup was put back, which holds it still; as `erase_pending` tells it.

    What the store has erased and the file beside it does not tell is noted first: it is from before there was one, or it was lost.
    """
    if store.path is None:
        return []
    noted = noted_erasures(store.path.parent)
    erased = store.rows(
        "select submission_id, text_sha256, erased_at from ops.erased order by erased_at, submission_id"
    )
    note_erasures(store.path.parent, [row for row in erased if row[0] not in noted])
    rows = store.frame(
        "select submission_id, text_sha256 from raw.submission anti join ops.erased using (submission_id)"
        " where list_contains($ids, submission_id) order by 1",
        {"ids": sorted(noted.keys() - but)},
    ).to_dicts()
    reason = "erased before an older backup was put back"
    return [
        row | {"reason": reason, "requested_at": noted[row["submission_id"]].erased_at}
        for row in rows
        if row["text_sha256"] == noted[row["submission_id"]].text_sha256
    ]


def _left_over(store: Store) -> pl.DataFrame:
    """What was erased by a version that knew fewer places where words lie, and still holds some; a row each."""
    return store.frame(sql_text("checks", "erased_holds_no_text"))


def _drop_loose_words(store: Store) -> None:
    """Remove what may quote a text beside the store: bodies and run folders that killed runs left, copies of
    killed dry runs, tracebacks of earlier faults."""
    if store.path is not None:
        for folder in (SPOOL, ERRORS):
            shutil.rmtree(store.path.parent / folder, ignore_errors=True)
        drop_scratch(store.path.parent)
        drop_unbooked(store, store.path.parent / PUBLISHED)


# Runs that wrote rows which erasing changes.
WRITERS = """
    select run_id from raw.submission where list_contains($ids, submission_id)
    union
    select run_id from raw.policy_candidate where list_contains($ids, submission_id)
    union
    select run_id from core.redaction where list_contains($ids, submission_id)
    union
    select run_id from core.canonical where list_contains($ids, submission_id)
    union
    select run_id from out.message where list_contains($ids, submission_id)
    union
    select run_id from out.message semi join (
      from core.summary where request_key in (select unnest($keys)) or list_contains(hold_reasons, 'erased')
    ) using (summary_id) where text <> ''
    union
    select run_id from core.summary where request_key in (select unnest($keys))
    union
    select run_id from out.action_plan where request_key in (select unnest($keys))
"""

# The requests of texts that no living submission shares go first, while redactions still tell which they are.
ERASING = (
    """
    update llm.request set inputs = null where subject_id in (
      select representative_key from core.redaction where list_contains($ids, submission_id)
      except
      select representative_key from core.redaction where not list_contains($ids, submission_id) and redacted_text is not null
    ) or request_key in (select unnest($keys))
    """,
    """
    update llm.reply set value = null, raw = null, reasons = [] where request_key in (
      select request_key from llm.request where inputs is null
    )
    """,
    # the verdict that the next night would file (tasks/llm/sitting.py), so that it files none
    "update llm.verdict set reasons = $verdict where request_key in (select request_key from llm.request where inputs is null)",
    "update llm.request set repair_reasons = null where inputs is null",
    "update raw.policy_candidate set title = null, summary = null where list_contains($ids, submission_id)",
    "update raw.submission set raw_text = null where list_contains($ids, submission_id)",
    "update core.redaction set redacted_text = null, mapping = null where list_contains($ids, submission_id)",
    """
    update core.canonical set quote = null, title_en = '', title_fa = '', summary_en = '', proposition_en = '',
      proposition_fa = '', places = [], entities = [], quantities = [], lost_facts = [], embed_text = ''
    where list_contains($ids, submission_id)
    """,
    "update ops.quarantine set reason = '' where list_contains($ids, submission_id)",
    "update out.message set text = '' where list_contains($ids, submission_id)",
    """
    update core.claim set text_en = '', text_fa = '', reasons = [] where summary_id in (
      select summary_id from core.summary where request_key in (select unnest($keys))
    )
    """,
    """
    update core.summary set title_en = '', title_fa = '', summary_en = '', summary_fa = '', proposition_en = '', proposition_fa = '',
      options = '[]', status = 'held_back', hold_reasons = ['erased']
    where request_key in (select unnest($keys))
    """,
    """
    update out.message set text = '' where text <> '' and summary_id in (
      select summary_id from core.summary where list_contains(hold_reasons, 'erased')
    )
    """,
    """
    update out.action_plan set title_en = '', title_fa = '', subject_en = '', subject_fa = '', body_en = '', body_fa = '',
      rationale_en = '', evidence = [], claims = [], claims_fa = [], rationale_fa = ''
    where request_key in (select unnest($keys))
    """,
)
