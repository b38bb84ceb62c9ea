"""Verbs that tell what happened: status, costs, explain, diff, verify, report. They change nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import click

from tasks.cli.shell import as_json, cli, emit, load_settings, reading
from tasks.errors import Misconfigured
from tasks.printing import print_table


@cli.command()
@as_json
def status(json_out: bool) -> None:
    """Last runs, open batches, all messages by state, spend."""
    from tasks.status import gather_status, print_status

    settings = load_settings()
    with reading(settings) as store:
        payload = gather_status(store, settings=settings, now=datetime.now(UTC))
    emit(payload, json_out=json_out, text=lambda: print_status(payload))


@cli.command()
@click.option("--by", type=click.Choice(["task", "model", "day"]), default="task")
@as_json
def costs(by: Literal["task", "model", "day"], json_out: bool) -> None:
    """What was spent, from the ledger."""
    from tasks.llm import spend_by

    with reading(load_settings()) as store:
        rows = spend_by(store, by=by)
    emit({"by": by, "rows": rows}, json_out=json_out, text=lambda: _print_costs(rows, by))


SUMMED = (
    "call_count",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "cost_usd",
    "estimated_usd",
    "reserved_usd",
)


def _print_costs(rows: list[dict[str, Any]], by: str) -> None:
    """With a last line for all of it; `estimate` is how far the estimates were off, as a share of what was charged."""
    total = {by: "all"} | {name: sum(row[name] for row in rows) for name in SUMMED}
    shown = [{k: v for k, v in row.items() if k != "error"} for row in rows]
    shown += [total] if len(rows) > 1 else []
    for row in shown:
        off = (row["estimated_usd"] - row["cost_usd"]) / row["cost_usd"] if row["cost_usd"] else None
        row["estimate"] = "-" if off is None else f"{off:+.0%}"
    print_table(shown, empty="nothing was spent")


@cli.command()
@click.argument("submission_id")
@click.option(
    "--proof", is_flag=True, help="Add Merkle proofs that its records are in the latest publication."
)
@as_json
def explain(submission_id: str, proof: bool, json_out: bool) -> None:
    """One message's whole way, from redaction to what cites it."""
    from tasks.explain import explain_submission, print_explanation, prove_records

    settings = load_settings()
    with reading(settings) as store:
        payload = explain_submission(store, submission_id)
        if proof:
            payload["proof"] = prove_records(store, settings.home, submission_id)
    emit(payload, json_out=json_out, text=lambda: print_explanation(payload))


@cli.command()
@click.argument("run_a")
@click.argument("run_b")
@as_json
def diff(run_a: str, run_b: str, json_out: bool) -> None:
    """What changed between two published runs."""
    from tasks.diff import diff_runs, print_diff

    payload = diff_runs(load_settings().home, run_a, run_b)
    emit(payload, json_out=json_out, text=lambda: print_diff(payload))


@cli.command()
@click.argument("target", required=False)
@click.option(
    "--platform-chain",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Verify an export of the platform's evidence_log instead (JSON lines, CSV, Parquet).",
)
@as_json
def verify(target: str | None, platform_chain: Path | None, json_out: bool) -> None:
    """Check hashes, Merkle root, evidence chain and counts.

    TARGET is a run id or the path of a published folder; default: the latest.
    """
    from tasks.verify import verify_target

    if platform_chain:
        if target:
            raise click.UsageError("name a run, or --platform-chain FILE, not both")
        _verify_platform(platform_chain, json_out=json_out)
        return
    settings = load_settings()
    payload = verify_target(settings.home, target, reading=lambda: reading(settings))
    emit(
        payload,
        json_out=json_out,
        text=lambda: click.echo("\n".join(f"ok  {line}" for line in payload["verified"])),
    )


def _verify_platform(path: Path, *, json_out: bool) -> None:
    from tasks.platform_chain import verify_platform_chain

    found = verify_platform_chain(path)
    line = f"ok  platform chain {found['file']}: {found['events']:,} events, last hash {found['last_hash'][:16]}…"
    emit(found, json_out=json_out, text=lambda: click.echo(line))


@cli.command()
@click.argument("run_id", required=False)
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser.")
@as_json
def report(run_id: str | None, open_it: bool, json_out: bool) -> None:
    """Where the HTML report of a run lies."""
    from tasks.verify import run_folder

    path = (run_folder(load_settings().home, run_id) / "report.html").resolve()
    if not path.is_file():
        raise Misconfigured(f"no report at {path}: name a run that `cw status` says is published")
    if open_it:
        click.launch(path.as_uri())
    emit({"path": str(path)}, json_out=json_out, text=lambda: click.echo(path))
