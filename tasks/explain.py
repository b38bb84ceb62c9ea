"""`cw explain`: one message's whole way, and the proof that its records are in a publication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import polars as pl

from tasks.errors import BadInput, VerificationFailed
from tasks.evidence import merkle_proof, proof_holds
from tasks.publish import row_leaves, top_leaves
from tasks.verify import check_manifest_is_booked, read_manifest, run_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.store import Store

_PARTS = {
    "state": "select state, detail, created_at from core.submission_state where submission_id = $id",
    "redaction": "select redactor_version, script, language, span_kinds, redacted_text, representative_key, created_at"
    " from core.redaction where submission_id = $id order by created_at",
    "records": "select record_id, part, title_en, topic, position, lost_facts, engine, model, request_key, created_at"
    " from core.canonical where submission_id = $id order by created_at, part",
    "rejections": "select reason, engine, request_key, created_at from core.rejection where submission_id = $id order by created_at",
    "quarantine": "select step, event, reason, created_at from ops.quarantine where submission_id = $id order by rowid",
}


# what else an id may be of, and where to look
_OTHER = """
    select 'an action plan', 'See `cw review list`; plans/ of the publication has its page' from out.action_plan where plan_id = $id
    union all
    select 'a cluster', 'Its members are in membership.parquet of the publication' from core.cluster where cluster_id = $id
    union all
    select 'a record', 'Its submission_id is in canonical.parquet of the publication' from core.canonical where record_id = $id
    union all
    select 'a vote', 'Counts are in tally.parquet of the publication; single votes are in none' from raw.vote where vote_id = $id
    union all
    select 'a run', 'See `cw status`, `cw report`' from ops.run where run_id = $id
"""


def explain_submission(store: Store, submission_id: str) -> dict[str, Any]:
    """Everything the store knows of one message, but its raw text.

    Raises:
        BadInput: there is no such message, or it was refused at the door.
    """
    found = {name: store.frame(query, {"id": submission_id}).to_dicts() for name, query in _PARTS.items()}
    if not found["state"]:
        raise BadInput(_why_unknown(store, submission_id))
    way = store.step("explain_clusters", {"id": submission_id}).to_dicts()
    cited = store.step("explain_citations", {"id": submission_id}).to_dicts()
    plans = store.frame(
        "select plan_id, title_en, action_type from out.action_plan where list_contains(evidence, $id) order by plan_id",
        {"id": submission_id},
    ).to_dicts()
    requests = store.step("explain_requests", {"id": submission_id}).to_dicts()
    return {
        "submission_id": submission_id,
        **found,
        "requests": requests,
        "clusters": way,
        "cited_by": cited,
        "plans": plans,
    }


def _why_unknown(store: Store, submission_id: str) -> str:
    refused = store.rows(
        "select name, line_no, reason, detail from ops.rejected"
        " where row_id = ? and table_name = 'submission' order by rejected_at desc, rowid desc limit 1",
        [submission_id],
    )
    if not refused:
        other = store.rows(_OTHER, {"id": submission_id})
        if other:
            return (
                f"{submission_id} is {other[0][0]}: `cw explain` takes the id of a submission. {other[0][1]}"
            )
        return f"no submission {submission_id} in the store: see `cw status`"
    name, line_no, reason, detail = refused[0]
    return f"submission {submission_id} was refused at the door: {name}, line {line_no}: {reason} ({detail})"


def prove_records(store: Store, home: Path, submission_id: str) -> dict[str, Any]:
    """Merkle proofs that the message's records are rows of the latest publication.

    Each proof leads from the row to its table's root, from there to the run's root in the manifest, and that root is the one
    booked in the evidence chain.

    Raises:
        BadInput: the message has no published record.
        VerificationFailed: a proof does not hold: the file, the manifest or the chain was altered.
    """
    folder = run_folder(home, None)
    check_manifest_is_booked(store, folder)
    manifest = read_manifest(folder)
    frame = pl.read_parquet(folder / "canonical.parquet")
    at = [i for i, s in enumerate(frame["submission_id"]) if s == submission_id]
    if not at:
        raise BadInput(
            f"submission {submission_id} has no record in {folder.name}: see `cw explain {submission_id}`"
        )
    leaves = row_leaves("canonical", frame)
    tops = top_leaves(manifest["files"], manifest["row_roots"])
    top_at = len(manifest["files"]) + sorted(manifest["row_roots"]).index("canonical")
    to_run = merkle_proof(tops, top_at)
    proofs = []
    for i in at:
        steps = merkle_proof(leaves, i)
        to_table = proof_holds(leaves[i], steps, manifest["row_roots"]["canonical"])
        if not (to_table and proof_holds(tops[top_at], to_run, manifest["merkle_root"])):
            raise VerificationFailed(
                f"record {frame['record_id'][i]}: its row in {folder.name}/canonical.parquet is not the one that was published;"
                f" `cw verify {folder.name}` names what was altered"
            )
        proofs.append(
            {
                "record_id": frame["record_id"][i],
                "leaf": leaves[i].hex(),
                "to_table_root": steps,
                "to_run_root": to_run,
                "holds": True,
            }
        )
    roots = {"table_root": manifest["row_roots"]["canonical"], "merkle_root": manifest["merkle_root"]}
    return {"run_id": manifest["run_id"], **roots, "proofs": proofs}


def print_explanation(payload: dict[str, Any]) -> None:
    """The readable form, a section for each part of the way."""
    from tasks.printing import print_table

    click.echo(f"submission {payload['submission_id']}")
    for name in (
        "state",
        "redaction",
        "requests",
        "records",
        "rejections",
        "quarantine",
        "clusters",
        "cited_by",
        "plans",
    ):
        if payload[name]:
            click.echo(f"\n{name.replace('_', ' ')}")
            print_table(payload[name], unfold=True)
    for proof in payload.get("proof", {}).get("proofs", []):
        click.echo(f"\nproof of record {proof['record_id']} in {payload['proof']['run_id']}: holds")
        click.echo(f"  the row    {proof['leaf']}")
        for side, sibling in proof["to_table_root"]:
            click.echo(f"    {side:5} {sibling}")
        click.echo(f"  canonical  {payload['proof']['table_root']}")
        for side, sibling in proof["to_run_root"]:
            click.echo(f"    {side:5} {sibling}")
        click.echo(f"  the run    {payload['proof']['merkle_root']}, as booked in the evidence chain")
