"""`cw diff`: what changed between two published runs, from their files alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import polars as pl

from tasks.verify import run_folder

if TYPE_CHECKING:
    from pathlib import Path


def diff_runs(home: Path, run_a: str, run_b: str) -> dict[str, Any]:
    """Records, clusters, summaries, spend and versions: what B has that A had not, and the other way round.

    Raises:
        Misconfigured: a run is not published.
    """
    a, b = run_folder(home, run_a), run_folder(home, run_b)
    before = json.loads((a / "manifest.json").read_text(encoding="utf-8"))
    after = json.loads((b / "manifest.json").read_text(encoding="utf-8"))
    return {
        "from": before["run_id"],
        "to": after["run_id"],
        "records": _keys_changed(a, b, "canonical", "record_id"),
        "clusters": _keys_changed(a, b, "cluster", "cluster_id") | {"moved_records": _moved(a, b)},
        "lineage": _new_lineage(a, b),
        "summaries": _keys_changed(a, b, "summary", "summary_id"),
        "plans": _keys_changed(a, b, "action_plan", "plan_id"),
        "spend_usd": {"from": sum(before["spend_usd"].values()), "to": sum(after["spend_usd"].values())},
        "versions": _changed(
            before["libraries"] | {"code": before["code_version"]},
            after["libraries"] | {"code": after["code_version"]},
        ),
        "prompts": _changed(before["prompts"], after["prompts"]),
        "settings": _changed(before["settings"], after["settings"]),
        "files_equal": sorted(n for n, d in before["files"].items() if after["files"].get(n) == d),
    }


def _keys(folder: Path, table: str, key: str) -> set[str]:
    return set(pl.read_parquet(folder / f"{table}.parquet", columns=[key])[key])


def _keys_changed(a: Path, b: Path, table: str, key: str) -> dict[str, Any]:
    old, new = _keys(a, table, key), _keys(b, table, key)
    return {"added": len(new - old), "removed": len(old - new), "kept": len(old & new)}


def _moved(a: Path, b: Path) -> int:
    """Records in both runs that are in another cluster now."""
    columns = ["record_id", "cluster_id"]
    old, new = (pl.read_parquet(f / "membership.parquet", columns=columns) for f in (a, b))
    both = old.join(new, on="record_id", suffix="_now")
    return both.filter(pl.col("cluster_id").ne_missing(pl.col("cluster_id_now"))).height


def _new_lineage(a: Path, b: Path) -> dict[str, int]:
    old, new = (pl.read_parquet(f / "lineage.parquet") for f in (a, b))
    fresh = new.join(old, on=new.columns, how="anti", nulls_equal=True)
    return dict(fresh.group_by("kind").len().sort("kind").iter_rows())


def _changed(old: dict[str, Any], new: dict[str, Any]) -> dict[str, list[Any]]:
    return {k: [old.get(k), new.get(k)] for k in sorted(old.keys() | new.keys()) if old.get(k) != new.get(k)}


def print_diff(payload: dict[str, Any]) -> None:
    """The readable form."""
    click.echo(f"{payload['from']} → {payload['to']}")
    for name in ("records", "clusters", "summaries", "plans"):
        counts = ", ".join(f"{v:,} {k.replace('_', ' ')}" for k, v in payload[name].items())
        click.echo(f"{name:10} {counts}")
    click.echo(
        f"{'lineage':10} " + (", ".join(f"{v} {k}" for k, v in payload["lineage"].items()) or "no event")
    )
    click.echo(f"{'spend':10} ${payload['spend_usd']['from']:.4f} → ${payload['spend_usd']['to']:.4f}")
    for name in ("versions", "prompts", "settings"):
        for key, (old, new) in payload[name].items():
            click.echo(f"{name:10} {key}: {old} → {new}")
    equal = [name for name in payload["files_equal"] if not name.startswith("plans/")]
    pages = len(payload["files_equal"]) - len(equal)
    click.echo(
        f"{'equal':10} " + (", ".join([*equal, *([f"{pages} pages of plans"] if pages else [])]) or "no file")
    )
