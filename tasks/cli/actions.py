"""Verbs that act on the store: collect, quarantine, erase, review."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import click

from tasks.cli.shell import as_json, cli, emit, load_settings, reading, writing
from tasks.printing import print_table


@cli.command()
@click.option(
    "--give-up", is_flag=True, help="Ask anew, at once, what lay in batches that the provider no longer has."
)
@as_json
def collect(give_up: bool, json_out: bool) -> None:
    """File finished batches and settle doubtful ones."""
    from dataclasses import asdict

    from tasks.collect import collect_replies
    from tasks.report.labels import degradation_lines

    settings = load_settings()
    with writing(settings) as store:
        done = collect_replies(store, settings=settings, now=datetime.now(UTC), give_up=give_up)
    for line in degradation_lines(done):
        click.echo(f"cw: {line}", err=True)
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
    emit(
        {"rows": rows}, json_out=json_out, text=lambda: print_table(rows, empty="no message is in quarantine")
    )


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
    """Remove a message's words from the store and its file; its hash stays.

    Lists the published runs that still name it.
    """
    from tasks.erase import erase_one, unknown_runs
    from tasks.rewrite import rewrite_if_stale

    with writing(load_settings()) as store:
        affected = erase_one(store, submission_id, reason=reason, at=datetime.now(UTC))
        unknown = unknown_runs(store)
        rewrite_if_stale(store)
    text = f"erased {submission_id}; published before and still naming it: {', '.join(affected) or 'none'}; the next `cw run` republishes without it"
    if unknown:
        text += f"\npublished by runs that this store does not know, and may name it: {', '.join(unknown)}"
    emit(
        {"erased": submission_id, "affected_runs": affected, "unknown_runs": unknown},
        json_out=json_out,
        text=lambda: click.echo(text),
    )


@cli.group()
def review() -> None:
    """The human gate for action plans."""


@review.command("list")
@as_json
def review_list(json_out: bool) -> None:
    """Plans that wait for a person."""
    from tasks.review import list_plans

    with reading(load_settings()) as store:
        rows = list_plans(store)
    shown = ["plan_id", "title_en", "action_type", "target", "supporters_count", "rank"]
    emit({"rows": rows}, json_out=json_out, text=lambda: print_table(rows, shown, empty="no plan waits"))


def _review(
    plan_id: str,
    decision: Literal["approved", "rejected"],
    *,
    reviewer: str,
    note: str | None,
    json_out: bool,
) -> None:
    from tasks.review import review_plan

    with writing(load_settings()) as store:
        review_plan(store, plan_id, decision=decision, reviewer=reviewer, note=note, now=datetime.now(UTC))
        flags = store.value("select safety_flags from out.action_plan where plan_id = ?", [plan_id])
    text = f"{decision} {plan_id}; the next `cw run` publishes it so"
    if decision == "approved" and "template_not_reviewed" in flags:
        text += ". Its template was not reviewed when it was written, and its page goes on saying so"
    emit(
        {"plan_id": plan_id, "decision": decision, "safety_flags": flags},
        json_out=json_out,
        text=lambda: click.echo(text),
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
