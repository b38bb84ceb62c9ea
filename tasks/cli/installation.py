"""Verbs about the installation: models, routes, export, doctor, eval."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from tasks.cli.shell import as_json, cli, emit, load_settings, writing
from tasks.printing import print_table


@cli.command()
@click.option(
    "--fits-vram", "vram_gb", type=float, help="Only models that fit this much video memory at 4 bit."
)
@click.option("--ram", "ram_gb", type=float, help="Main memory beside it, GB.")
@as_json
def models(vram_gb: float | None, ram_gb: float | None, json_out: bool) -> None:
    """The model catalogue; prices now, in USD per million tokens, when asked at once (by batch mostly half)."""
    from tasks.llm import list_models, price_list

    settings = load_settings()
    prices = {p["model"]: p for p in price_list(settings, at=datetime.now(UTC)) if not p["batch"]}
    rows = [
        row
        | {
            f"{way}_usd": prices[row["model"]][way] if row["model"] in prices else 0.0
            for way in ("input", "output")
        }
        for row in list_models(settings, vram_gb=vram_gb, ram_gb=ram_gb)
    ]
    shown = [
        "model",
        "provider",
        "input_usd",
        "output_usd",
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
        text=lambda: _print_problems(rows),
    )
    if rows:
        raise click.exceptions.Exit(4)


def _print_problems(rows: list[dict[str, Any]]) -> None:
    """One line each, whole: the remedy stands at its end."""
    if not rows:
        click.echo("every route is allowed and priced")
    for row in rows:
        place = f"{row['where']} ({row['line']})" if row["line"] else row["where"]
        click.echo(f"{place}: {row['problem']}")


@cli.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@as_json
def export(path: Path, json_out: bool) -> None:
    """A copy of the store for analysts, without words or people.

    Raw text, prompts and answers are left out; a person is a key that means nothing outside this copy.
    """
    from tasks.read_copy import copy_masks, write_copy

    if path.exists():
        raise click.UsageError(f"{path} exists: name a file that is not there yet")
    if not path.absolute().parent.is_dir():
        raise click.UsageError(f"the folder of {path} does not exist: make it, or name another")
    with writing(load_settings()) as store:
        write_copy(store, path, masks=copy_masks())
    emit({"path": str(path)}, json_out=json_out, text=lambda: click.echo(path))


@cli.command()
@as_json
def doctor(json_out: bool) -> None:
    """What is wrong with this installation, and what to type."""
    from tasks.doctor import examine, print_findings

    findings = examine(load_settings())
    emit({"findings": findings}, json_out=json_out, text=lambda: print_findings(findings))
    if any(f["state"] == "bad" for f in findings):
        raise click.exceptions.Exit(max(f["exit_code"] for f in findings))


@cli.command("eval")
@click.option("--part", type=click.Choice(["dev", "kept"]), default="kept", show_default=True)
@click.option(
    "--pii", is_flag=True, help="the redactor instead: precision and recall per kind of personal data"
)
@as_json
def eval_(part: str, pii: bool, json_out: bool) -> None:
    """Score the offline engine on the gold set, per field; with --pii the redactor, per kind."""
    if pii:
        _eval_redactor(part, json_out=json_out)
        return
    from tasks.evaluate import offline_engine, read_gold, score

    shares = score(read_gold(part), offline_engine).shares()
    rows = [{"field": field, "score": share} for field, share in shares.items()]
    emit({"part": part, "scores": shares}, json_out=json_out, text=lambda: print_table(rows))


def _eval_redactor(part: str, *, json_out: bool) -> None:
    from tasks.pii.score import load_labelled, score_pii

    labelled = load_labelled(part)
    rows = [
        {
            "kind": found.kind,
            "found": found.tp,
            "missed": found.fn,
            "false": found.fp,
            "precision": round(found.precision, 3),
            "recall": round(found.recall, 3),
        }
        for found in score_pii(labelled)
    ]
    emit(
        {"part": part, "sentences": len(labelled), "kinds": rows},
        json_out=json_out,
        text=lambda: print_table(rows),
    )
