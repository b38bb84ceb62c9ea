"""`cw`: the verbs that need no server. `run` and `backfill`, which start flows, are added by flows/cli.py.

Nothing heavy is imported before a verb needs it, so that `cw status` answers in well under a second. Logs go to
stderr; with `--json` stdout holds one JSON object and nothing else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from tasks.errors import CwError, StoreBusy

if TYPE_CHECKING:
    from tasks.settings import Settings
    from tasks.store import Store

as_json = click.option(
    "--json", "json_out", is_flag=True, help="Print one JSON object to stdout and nothing else."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="collective-will", prog_name="cw")
def cli() -> None:
    """The nightly batch that turns messages into what a people wants."""


def run_cli(command: click.Group) -> None:
    """Run a group at the process's edge: errors become one line on stderr and a documented exit code."""
    try:
        command.main(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except CwError as error:
        click.echo(f"cw: {error}", err=True)
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001 - the process's edge
        # A foreign exception's text may quote a citizen; its type and place may not.
        frame = error.__traceback__
        while frame and frame.tb_next:
            frame = frame.tb_next
        place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
        click.echo(f"cw: unexpected {type(error).__name__} at {place}: run `cw doctor`", err=True)
        sys.exit(1)


def main() -> None:
    """Entry without flows: the reading verbs alone."""
    run_cli(cli)


def emit(payload: Any, *, json_out: bool, text: Callable[[], None]) -> None:
    """Print a payload as JSON, or call the printer of its readable form."""
    if json_out:
        click.echo(json.dumps(payload, ensure_ascii=False, default=str))
    else:
        text()


def print_table(rows: list[dict[str, Any]], columns: list[str] | None = None) -> None:
    """A plain table; long cells are cut to the terminal."""
    if not rows:
        click.echo("none")
        return
    names = columns or list(rows[0])
    cells = [[_cell(row[name]) for name in names] for row in rows]
    widths = [max(len(name), *(len(line[i]) for line in cells)) for i, name in enumerate(names)]
    click.echo("  ".join(name.ljust(widths[i]) for i, name in enumerate(names)).rstrip())
    for line in cells:
        click.echo("  ".join(cell.ljust(widths[i]) for i, cell in enumerate(line)).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "…"


def load_settings(**told: Any) -> Settings:
    """Settings from the environment and the command line.

    Raises:
        click.UsageError: a value is not what the setting takes.
    """
    from pydantic import ValidationError

    from tasks.settings import Settings

    try:
        return Settings(**{k: v for k, v in told.items() if v is not None})
    except ValidationError as error:
        first = error.errors()[0]
        raise click.UsageError(f"setting {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


@contextmanager
def reading(settings: Settings) -> Iterator[Store]:
    """The store to read: the live one, or the published copy (said on stderr) while a run holds it."""
    from tasks.publish import PUBLISHED, READ_COPY
    from tasks.store import open_copy, open_store

    try:
        store = open_store(settings.home, read_only=True, wait_s=0)
    except StoreBusy:
        copy = settings.home / PUBLISHED / READ_COPY
        if not copy.exists():
            raise
        click.echo("cw: a run holds the store; reading the published copy", err=True)
        store = open_copy(copy)
    with store:
        yield store


@contextmanager
def writing(settings: Settings) -> Iterator[Store]:
    """The store to write."""
    from tasks.store import open_store

    with open_store(
        settings.home,
        wait_s=settings.store_wait_s,
        threads=settings.threads,
        memory_limit=settings.memory_limit,
    ) as store:
        yield store


# --- what happened ---


@cli.command()
@as_json
def status(json_out: bool) -> None:
    """Last runs, open batches, states of all messages, spend this month, age of the last success."""
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
    emit({"by": by, "rows": rows}, json_out=json_out, text=lambda: print_table(rows))


@cli.command()
@click.argument("submission_id")
@click.option(
    "--proof", is_flag=True, help="Add Merkle proofs that its records are in the latest publication."
)
@as_json
def explain(submission_id: str, proof: bool, json_out: bool) -> None:
    """One message's whole way: redaction, request, records, clusters over time, what cites it."""
    from tasks.explain import explain_submission, print_explanation, prove_records

    settings = load_settings()
    with reading(settings) as store:
        payload = explain_submission(store, submission_id)
    if proof:
        payload["proof"] = prove_records(settings.home, submission_id)
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
@as_json
def verify(target: str | None, json_out: bool) -> None:
    """Hashes, Merkle root, evidence chain and counts of a run (id or path; default: the latest)."""
    from tasks.verify import verify_target

    settings = load_settings()
    payload = verify_target(settings.home, target, reading=lambda: reading(settings))
    emit(
        payload,
        json_out=json_out,
        text=lambda: click.echo("\n".join(f"ok  {line}" for line in payload["verified"])),
    )


@cli.command()
@click.argument("run_id", required=False)
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser.")
@as_json
def report(run_id: str | None, open_it: bool, json_out: bool) -> None:
    """Where the HTML report of a run lies."""
    from tasks.verify import run_folder

    path = (run_folder(load_settings().home, run_id) / "report.html").resolve()
    if open_it:
        click.launch(path.as_uri())
    emit({"path": str(path)}, json_out=json_out, text=lambda: click.echo(path))


# --- what to do ---


@cli.command()
@as_json
def collect(json_out: bool) -> None:
    """File finished batches and settle doubtful ones."""
    from dataclasses import asdict

    from tasks.collect import collect_replies

    settings = load_settings()
    with writing(settings) as store:
        done = collect_replies(store, settings=settings, now=datetime.now(UTC))
    text = f"{done.out_count} replies filed, {done.pending_count} still out, ${done.spent_usd:.4f}"
    emit(asdict(done), json_out=json_out, text=lambda: click.echo(text))


@cli.group()
def quarantine() -> None:
    """Dead letters: messages that no route could answer."""


@quarantine.command("list")
@as_json
def quarantine_list(json_out: bool) -> None:
    """Messages that wait for a decision."""
    from tasks.quarantine import list_quarantined

    with reading(load_settings()) as store:
        rows = list_quarantined(store)
    emit({"rows": rows}, json_out=json_out, text=lambda: print_table(rows))


def _decide(event: str, submission_ids: tuple[str, ...], *, json_out: bool) -> None:
    from tasks.quarantine import decide_quarantined

    with writing(load_settings()) as store:
        count = decide_quarantined(store, submission_ids, event=event, now=datetime.now(UTC))
    emit(
        {event: count},
        json_out=json_out,
        text=lambda: click.echo(f"{event}: {count} messages; the next `cw run` acts on it"),
    )


@quarantine.command("retry")
@click.argument("submission_ids", nargs=-1)
@as_json
def quarantine_retry(submission_ids: tuple[str, ...], json_out: bool) -> None:
    """Ask again about the named messages, or about all."""
    _decide("retry", submission_ids, json_out=json_out)


@quarantine.command("drop")
@click.argument("submission_ids", nargs=-1, required=True)
@as_json
def quarantine_drop(submission_ids: tuple[str, ...], json_out: bool) -> None:
    """Give the named messages up; they count as rejected."""
    _decide("drop", submission_ids, json_out=json_out)


@cli.command()
@click.argument("submission_id")
@click.option("--reason", default="on request", show_default=True)
@as_json
def erase(submission_id: str, reason: str, json_out: bool) -> None:
    """Remove a message's words from the store; its hash stays. Lists published runs that still name it."""
    from tasks.erase import erase_one

    with writing(load_settings()) as store:
        affected = erase_one(store, submission_id, reason=reason, at=datetime.now(UTC))
    text = f"erased {submission_id}; published before and still naming it: {', '.join(affected) or 'none'}; the next `cw run` republishes without it"
    emit(
        {"erased": submission_id, "affected_runs": affected}, json_out=json_out, text=lambda: click.echo(text)
    )


@cli.group()
def review() -> None:
    """The human gate for action plans."""


@review.command("list")
@as_json
def review_list(json_out: bool) -> None:
    """Plans that wait for a person."""
    from tasks.plan import list_plans

    with reading(load_settings()) as store:
        rows = list_plans(store)
    shown = ["plan_id", "title_en", "action_type", "target", "supporters_count", "rank"]
    emit({"rows": rows}, json_out=json_out, text=lambda: print_table(rows, shown))


def _review(
    plan_id: str,
    decision: Literal["approved", "rejected"],
    *,
    reviewer: str,
    note: str | None,
    json_out: bool,
) -> None:
    from tasks.plan import review_plan

    with writing(load_settings()) as store:
        review_plan(store, plan_id, decision=decision, reviewer=reviewer, note=note, now=datetime.now(UTC))
    emit(
        {"plan_id": plan_id, "decision": decision},
        json_out=json_out,
        text=lambda: click.echo(f"{decision} {plan_id}"),
    )


@review.command("approve")
@click.argument("plan_id")
@click.option("--reviewer", required=True, help="Who decides; kept in the evidence chain.")
@click.option("--note")
@as_json
def review_approve(plan_id: str, reviewer: str, note: str | None, json_out: bool) -> None:
    """Approve a plan for use."""
    _review(plan_id, "approved", reviewer=reviewer, note=note, json_out=json_out)


@review.command("reject")
@click.argument("plan_id")
@click.option("--reviewer", required=True, help="Who decides; kept in the evidence chain.")
@click.option("--note")
@as_json
def review_reject(plan_id: str, reviewer: str, note: str | None, json_out: bool) -> None:
    """Reject a plan."""
    _review(plan_id, "rejected", reviewer=reviewer, note=note, json_out=json_out)


# --- what there is ---


@cli.command()
@click.option(
    "--fits-vram", "vram_gb", type=float, help="Only models that fit this much video memory at 4 bit."
)
@click.option("--ram", "ram_gb", type=float, help="Main memory beside it, GB.")
@as_json
def models(vram_gb: float | None, ram_gb: float | None, json_out: bool) -> None:
    """The model catalogue."""
    from tasks.llm import list_models

    rows = list_models(load_settings(), vram_gb=vram_gb, ram_gb=ram_gb)
    shown = [
        "model",
        "provider",
        "price",
        "vram_q4",
        "ram",
        "context",
        "active_b",
        "total_b",
        "license",
        "role",
    ]
    emit({"rows": rows}, json_out=json_out, text=lambda: print_table(rows, shown))


@cli.group(invoke_without_command=True)
@click.pass_context
@as_json
def routes(ctx: click.Context, json_out: bool) -> None:
    """The routing table of the current profile."""
    if ctx.invoked_subcommand:
        return
    from tasks.llm import list_routes

    rows = list_routes(load_settings())
    emit({"rows": rows}, json_out=json_out, text=lambda: print_table(rows))


@routes.command("check")
@as_json
@click.option("--reach", is_flag=True, help="Also ask every provider whether it answers; sends no message.")
def routes_check(json_out: bool, reach: bool) -> None:
    """Whether every route is allowed, priced and, with --reach, reachable."""
    from tasks.llm import check_routes

    rows = check_routes(load_settings(), reach=reach)
    emit(
        {"problems": rows},
        json_out=json_out,
        text=lambda: print_table(rows) if rows else click.echo("every route is allowed and priced"),
    )
    if rows:
        raise click.exceptions.Exit(4)


@cli.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@as_json
def export(path: Path, json_out: bool) -> None:
    """A copy of the store for analysts: without raw text, prompts and person keys."""
    from tasks.publish import copy_masks

    with writing(load_settings()) as store:
        store.publish_copy(path, masks=copy_masks())
    emit({"path": str(path)}, json_out=json_out, text=lambda: click.echo(path))


@cli.command()
@as_json
def doctor(json_out: bool) -> None:
    """What is wrong with this installation, and the next command to type."""
    from tasks.doctor import examine, print_findings

    findings = examine(load_settings())
    emit({"findings": findings}, json_out=json_out, text=lambda: print_findings(findings))
    if any(f["state"] == "bad" for f in findings):
        raise click.exceptions.Exit(4)


@cli.command("eval")
@click.option("--part", type=click.Choice(["dev", "kept"]), default="kept", show_default=True)
@as_json
def eval_(part: str, json_out: bool) -> None:
    """Score the offline engine on the gold set, per field."""
    from tasks.evaluate import offline_engine, read_gold, score

    shares = score(read_gold(part), offline_engine).shares()
    rows = [{"field": field, "score": share} for field, share in shares.items()]
    emit({"part": part, "scores": shares}, json_out=json_out, text=lambda: print_table(rows))


if __name__ == "__main__":
    main()
