"""The publish step: an immutable folder of Parquet files, the report and the manifest; `latest.json` is replaced last.

Same content gives the same bytes: rows sorted by key, columns in the order of `sql/publish`, zstd, one row group size.
The folder is built beside its place and renamed, so that a kill leaves either no run folder or a whole one; one that is not
booked yet is built again.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.booking import HALF_WRITTEN, drop_unbooked
from tasks.evidence import append_event, file_digest, leaf_hash, merkle_root, row_leaf
from tasks.read_copy import PUBLISHED, READ_COPY, copy_masks, refresh_copy, write_copy
from tasks.run import Run, StepReport
from tasks.store import sql_names, sql_text
from tasks.unchanged import BOOKS, content_mark, earlier_alike, take_over
from tasks.version import code_version, library_versions
from tasks.votes.brigading import brigading
from tasks.window import month_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.settings import Settings
    from tasks.store import Store

ABOUT_THE_RUN = ("run.parquet", "report.html")
FACTS = ("raw", "core", "out")  # schemas whose rows, once there, stay
PROVEN = (
    "canonical",
    "claim",
    "tally",
    "action_plan",
)  # tables whose single rows can be proven to be published


def publish_run(store: Store, *, run: Run, settings: Settings) -> StepReport:
    """Write the run's folder, the read copy and, last of all, the `latest` pointer."""
    root = settings.home / PUBLISHED
    final = root / run.run_id
    mark = content_mark(store, settings)
    earlier = earlier_alike(store, mark, settings.home)
    drop_unbooked(store, root, own=run.run_id)
    if not final.exists():
        fresh = root / f"{HALF_WRITTEN}{run.run_id}"
        fresh.mkdir(parents=True)
        try:
            write_folder(store, fresh, run=run, settings=settings, earlier=earlier)
            _to_disk(*fresh.rglob("*"), fresh)
            fresh.rename(final)
        finally:  # on a full disk its room is wanted
            shutil.rmtree(fresh, ignore_errors=True)
        _to_disk(root)
    _book(store, run, final / "manifest.json")
    if not (earlier and refresh_copy(store, root / READ_COPY, tables=BOOKS)):
        write_copy(store, root / READ_COPY, masks=copy_masks())
    point_latest(root, run.run_id)
    count = len(list(final.iterdir()))
    return StepReport(
        step="publish",
        in_count=count,
        out_count=count,
        details={
            "path": f"{PUBLISHED}/{run.run_id}",
            "mark": mark,
            "unchanged_since": earlier.name if earlier else None,
        },
    )


def write_folder(
    store: Store, folder: Path, *, run: Run, settings: Settings, earlier: Path | None = None
) -> dict[str, Any]:
    """Write Parquet, printable plans, report and manifest into `folder`; returns the manifest.

    `earlier` is the folder of a run made of the same facts: all but what tells of the run itself is taken over from it.
    """
    from tasks.report.render import render_report

    taken = take_over(earlier, folder, leave=ABOUT_THE_RUN) if earlier else None
    if taken:
        own = published_tables(store, run=run, settings=settings, names=["run"])
        tables, row_roots = dict(sorted((taken.tables | own).items())), taken.row_roots
        _write_tables(own, folder)
    else:
        tables = published_tables(store, run=run, settings=settings)
        row_roots = _write_all(store, tables, folder)
    manifest = build_manifest(store, tables, folder, run=run, settings=settings, row_roots=row_roots)
    report = render_report(tables, manifest)
    (folder / "report.html").write_text(report, encoding="utf-8")
    manifest["files"]["report.html"] = file_digest(folder / "report.html")
    manifest["merkle_root"] = merkle_of(manifest["files"], manifest["row_roots"])
    (folder / "manifest.json").write_text(
        json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return manifest


def _write_all(store: Store, tables: dict[str, pl.DataFrame], folder: Path) -> dict[str, str]:
    """Write every table and plan page; returns the Merkle roots over the rows of the proven tables."""
    from tasks.plans.page import write_plan_pages

    shutil.rmtree(folder)  # what could not be taken over
    folder.mkdir()
    _write_tables(tables, folder)
    write_plan_pages(store, folder / "plans", plan_ids=set(tables["action_plan"]["plan_id"]))
    return {name: merkle_root(row_leaves(name, tables[name])) for name in PROVEN}


def _write_tables(tables: dict[str, pl.DataFrame], folder: Path) -> None:
    for name, frame in tables.items():
        frame.write_parquet(
            folder / f"{name}.parquet", compression="zstd", statistics=True, row_group_size=100_000
        )


def published_tables(
    store: Store, *, run: Run, settings: Settings, names: Sequence[str] | None = None
) -> dict[str, pl.DataFrame]:
    """Published tables as frames, all or those named. What is private never enters these frames."""
    given = {"min_people": settings.min_people, "run_id": run.run_id}
    tables: dict[str, pl.DataFrame] = {}
    for name in names or sql_names("publish"):
        text = sql_text("publish", name)
        tables[name] = store.frame(text, {k: v for k, v in given.items() if f"${k}" in text})
    if names:
        return tables
    posting = brigading(store, settings).sort("cluster_id")
    tables["mass_posting"] = posting.filter(pl.col("people_count") >= settings.min_people)
    return dict(sorted(tables.items()))


def build_manifest(
    store: Store,
    tables: dict[str, pl.DataFrame],
    folder: Path,
    *,
    run: Run,
    settings: Settings,
    row_roots: dict[str, str],
) -> dict[str, Any]:
    """Everything an auditor needs to know of the run; the report's own hash and the Merkle root are added last."""
    parent = store.value(
        "select max(run_id) from ops.run_end where published_path is not null and run_id < ?", [run.run_id]
    )
    steps = store.rows(
        "select step, degradations from ops.step where run_id = ? qualify row_number() over (partition by step order by ended_at desc, rowid desc) = 1 order by ended_at",
        [run.run_id],
    )
    return {
        "run_id": run.run_id,
        "kind": run.kind,
        "run_on": run.run_on.isoformat(),
        "parents": [parent] if parent else [],
        "code_version": code_version(),
        "libraries": library_versions(),
        "settings": settings.public(),
        "prompts": dict(store.rows("select distinct task, prompt_version from llm.request order by 1, 2")),
        "models": [
            row[0]
            for row in store.rows("select distinct model from llm.call where model is not null order by 1")
        ],
        "seeds": {"cluster": 0},
        "inputs": {
            row[0]: row[1] for row in store.rows("select source_id, table_name from ops.source order by 1")
        },
        "states": dict(store.step("state_counts").iter_rows()),
        "row_counts": {name: frame.height for name, frame in tables.items()},
        "files": {name: file_digest(folder / name) for name in files_below(folder)},
        "row_roots": row_roots,
        "spend_usd": dict(
            store.rows(
                "select task, sum(cost_usd) from llm.spend where run_id = ? group by 1 order by 1",
                [run.run_id],
            )
        ),
        "spent_month_usd": store.step("llm_spent", {"run_id": run.run_id, "month": month_of(run.now)})[
            "month_usd"
        ][0],
        "degradations": [d | {"step": step} for step, text in steps for d in json.loads(text)],
    }


def files_below(folder: Path) -> list[str]:
    """Names of all files of a run folder, relative to it, sorted."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def merkle_of(files: dict[str, str], row_roots: dict[str, str]) -> str:
    """Merkle root over "name hash" leaves: every file's digest, then every proven table's root over its rows."""
    return merkle_root(top_leaves(files, row_roots))


def top_leaves(files: dict[str, str], row_roots: dict[str, str]) -> list[bytes]:
    """Leaves of the run's Merkle tree, in order."""
    named = [*sorted(files.items()), *sorted((f"rows of {table}", root) for table, root in row_roots.items())]
    return [leaf_hash(f"{name} {digest}".encode()) for name, digest in named]


def row_leaves(table: str, frame: pl.DataFrame) -> list[bytes]:
    """One leaf per published row, in the file's order."""
    return [row_leaf(table, row) for row in frame.iter_rows(named=True)]


def _to_disk(*paths: Path) -> None:
    """Have files and folders outlast a power cut: what is booked next is on the disk at once."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def point_latest(root: Path, run_id: str) -> None:
    """Replace `latest.json` atomically."""
    fresh = root / "latest.json.tmp"
    fresh.write_text(json.dumps({"run_id": run_id, "path": f"{PUBLISHED}/{run_id}"}) + "\n", encoding="utf-8")
    _to_disk(fresh)
    fresh.replace(root / "latest.json")
    _to_disk(root)


def _book(store: Store, run: Run, manifest: Path) -> None:
    """Put the Merkle root and the manifest's hash into the evidence chain, once: a run that was killed after this is resumed."""
    done = store.value(
        "select count(*) from ops.event where event_type = 'run_published' and entity_id = lower(?)",
        [run.run_id],
    )
    if not done:
        with store.transaction():
            append_event(
                store,
                "run_published",
                entity=("run", run.run_id),
                payload={
                    "manifest_sha256": file_digest(manifest),
                    "merkle_root": json.loads(manifest.read_text(encoding="utf-8"))["merkle_root"],
                    "row_counts": fact_counts(store),
                },
                at=run.now,
            )


def fact_counts(store: Store) -> dict[str, int]:
    """Rows of every table of facts. Facts are only appended: what is booked here can only grow (tasks/verify.py)."""
    return {table: count for table, count in store.table_counts().items() if table.partition(".")[0] in FACTS}
