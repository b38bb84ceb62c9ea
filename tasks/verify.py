"""Verification: that published files are what their manifest says, that the evidence chain holds, that counts add up.

Names the first thing that is wrong. Reads only; `cw verify` needs no key and no server.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.errors import Misconfigured, VerificationFailed
from tasks.evidence import file_digest, verify_chain
from tasks.publish import fact_counts, files_below, merkle_of
from tasks.read_copy import PUBLISHED, is_read_copy
from tasks.run import Run, StepReport
from tasks.seals import check_seals

if TYPE_CHECKING:
    from tasks.settings import Settings
    from tasks.store import Store


def verify_published(store: Store, *, run: Run, settings: Settings) -> StepReport:
    """The night's last step: verify what it has just published, and the chain.

    Raises:
        VerificationFailed: something is not what it should be.
    """
    folder = settings.home / PUBLISHED / run.run_id
    check_manifest_is_booked(store, folder)
    verify_folder(folder)
    fault = chain_fault(store)
    if fault:
        raise VerificationFailed(fault)
    return StepReport(step="verify", in_count=1, out_count=1)


def run_folder(home: Path, target: str | None) -> Path:
    """The folder of a run: by id, by path, or the latest.

    Raises:
        Misconfigured: nothing is published, or there is no such run.
        VerificationFailed: `latest.json` is gone or points to nothing.
    """
    root = home / PUBLISHED
    if target is None:
        pointer = root / "latest.json"
        if pointer.exists():
            return home / _pointed_to(pointer)
        if any(root.glob("*/manifest.json")):
            raise VerificationFailed(
                f"{pointer} is gone: name a run of `cw status`; the next `cw run` writes it"
            )
        raise Misconfigured(f"nothing is published under {root}: run `cw run` first, or set CW_HOME")
    for folder in (root / target, Path(target)):
        if folder.is_dir():
            return folder
    raise Misconfigured(f"no published run {target}: see `cw status` for run ids")


def _pointed_to(pointer: Path) -> str:
    """The folder that `latest.json` names, once as a run and once as a path.

    Raises:
        VerificationFailed: it is no such file, its two names differ, or there is no such folder.
    """
    try:
        told = json.loads(pointer.read_text(encoding="utf-8"))
        run_id, path = str(told["run_id"]), str(told["path"])
    except (ValueError, KeyError, TypeError) as error:
        raise VerificationFailed(f"{pointer.name} is not what publishing wrote: {error!r}") from error
    if path != f"{PUBLISHED}/{run_id}":
        raise VerificationFailed(f"{pointer.name}: run {run_id} and path {path} do not belong together")
    if not (pointer.parent / run_id).is_dir():
        raise VerificationFailed(
            f"{pointer.name} points to {path}, which is gone: put it back, or run `cw run`"
        )
    return path


def verify_target(
    home: Path, target: str | None, *, reading: Callable[[], AbstractContextManager[Store]]
) -> dict[str, Any]:
    """What `cw verify` does: the run's folder, then, where there is a store, its chain and the booked Merkle root.

    Raises:
        VerificationFailed: names the first thing that is wrong.
    """
    from tasks.checks import failing_checks, named
    from tasks.store import FILE_NAME

    folder = run_folder(home, target)
    has_store = (home / FILE_NAME).exists()
    interrupted = None
    if has_store:  # the manifest first: a manifest that was altered would accuse other files
        with reading() as store:
            check_manifest_is_booked(store, folder)
            if target is None:
                interrupted = check_is_the_latest(store, folder)
    manifest = verify_folder(folder)
    if folder.parent == home / PUBLISHED and manifest["run_id"] != folder.name:
        raise VerificationFailed(f"{folder.name} holds the files of run {manifest['run_id']}")
    verified = [
        f"{folder.name}: {len(manifest['files'])} files, {sum(manifest['row_counts'].values()):,} rows, Merkle root {manifest['merkle_root'][:16]}…"
    ]
    if interrupted:
        verified.append(
            f"{interrupted} was interrupted while it published: the next run finishes or replaces it"
        )
    if not has_store:
        verified.append("no store here: the evidence chain was not checked")
        return {"run_id": manifest["run_id"], "verified": verified}
    with reading() as store:
        fault = chain_fault(store)
        if fault:
            raise VerificationFailed(fault)
        check_nothing_was_dropped(store)
        sealed = None if is_read_copy(store) else check_seals(store)  # the copy masks texts and keys
        failing = failing_checks(store)
        if failing:
            raise VerificationFailed(f"the store fails its own checks: {named(failing)}")
        events = store.value("select count(*) from ops.event")
        states = dict(store.step("state_counts").iter_rows())
    verified += [
        f"evidence chain: {events} events",
        "the published copy was read: what ended runs wrote was not compared; do that when the store is free"
        if sealed is None
        else f"the store holds what {sealed} ended runs wrote",
        f"counts add up: {sum(states.values()):,} messages, each in one state {states}",
    ]
    return {"run_id": manifest["run_id"], "verified": verified}


def verify_folder(folder: Path) -> dict[str, Any]:
    """Check every file of a run folder against its manifest, by hash, row count and Merkle root. Returns the manifest.

    Raises:
        Misconfigured: there is no such folder or manifest.
        VerificationFailed: names the first file that is wrong.
    """
    manifest = read_manifest(folder)
    for name, digest in sorted(manifest["files"].items()):
        path = folder / name
        if not path.exists():
            raise VerificationFailed(f"{folder.name}/{name} is missing")
        if file_digest(path) != digest:
            raise VerificationFailed(
                f"{folder.name}/{name} is not the file the manifest names: its bytes were altered"
            )
    extra = set(files_below(folder)) - set(manifest["files"]) - {"manifest.json"}
    if extra:
        raise VerificationFailed(f"{folder.name}/{min(extra)} is in the folder and not in the manifest")
    for name, rows in sorted(manifest["row_counts"].items()):
        found = pl.scan_parquet(folder / f"{name}.parquet").select(pl.len()).collect().item()
        if found != rows:
            raise VerificationFailed(
                f"{folder.name}/{name}.parquet has {found} rows, its manifest says {rows}"
            )
    if merkle_of(manifest["files"], manifest["row_roots"]) != manifest["merkle_root"]:
        raise VerificationFailed(
            f"{folder.name}/manifest.json: the Merkle root does not follow from the hashes"
        )
    return manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run folder.

    Raises:
        Misconfigured: there is no such folder or manifest.
        VerificationFailed: it is not JSON, or not a manifest.
    """
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Misconfigured(
            f"no manifest in {folder}: name a run with `cw verify RUN_ID`, or see `cw status`"
        ) from None
    except ValueError as error:
        raise VerificationFailed(f"{folder.name}/manifest.json is not readable JSON: {error}") from error
    wanted = {"run_id", "files", "row_counts", "row_roots", "merkle_root"}
    if not isinstance(found, dict) or not wanted <= set(found):
        raise VerificationFailed(f"{folder.name}/manifest.json: a part of it is missing or renamed")
    return found


def chain_fault(store: Store) -> str | None:
    """A sentence about the first event of the chain that is wrong, or None."""
    fault = verify_chain(store.frame("select * from ops.event order by seq").iter_rows(named=True))
    return f"evidence chain, event {fault.seq}: {fault.reason}" if fault else None


def check_manifest_is_booked(store: Store, folder: Path) -> None:
    """The manifest's Merkle root must be the one in the chain: a folder rewritten whole is found out here.

    Raises:
        VerificationFailed: the roots differ or the run was never booked.
    """
    manifest = read_manifest(folder)
    booked = store.rows(
        "select payload->>'merkle_root', payload->>'manifest_sha256' from ops.event"
        " where event_type = 'run_published' and entity_id = lower(?)",
        [manifest["run_id"]],
    )
    if not booked:
        raise VerificationFailed(f"run {manifest['run_id']} is not in this store's evidence chain")
    if booked[0][1] != file_digest(folder / "manifest.json") and booked[0][0] == manifest["merkle_root"]:
        raise VerificationFailed(
            f"{folder.name}/manifest.json is not the file that was booked: it was altered"
        )
    if booked[0][0] != manifest["merkle_root"]:
        raise VerificationFailed(
            f"{folder.name}/manifest.json: its Merkle root is not the one booked when it was published"
        )


def check_is_the_latest(store: Store, folder: Path) -> str | None:
    """What `latest.json` points to must be what was published last. Returns a later run that was killed before it was pointed to.

    Raises:
        VerificationFailed: a later run was published.
    """
    booked = store.rows(
        "select entity_id, exists(from ops.step where step = 'publish' and lower(run_id) = entity_id) from ops.event"
        " where event_type = 'run_published' order by seq desc limit 1"
    )
    last, was_pointed_to = booked[0]
    if last == folder.name.lower():
        return None
    if was_pointed_to:
        raise VerificationFailed(f"latest.json points to {folder.name}, but {last} was published after it")
    return str(last)


def check_nothing_was_dropped(store: Store) -> None:
    """No table of facts may have fewer rows than were booked when a run was published last.

    Raises:
        VerificationFailed: names the first table that has.
    """
    booked = store.value(
        "select arg_max(payload->>'row_counts', seq) from ops.event where event_type = 'run_published'"
    )
    held = fact_counts(store)
    for table, count in sorted(json.loads(booked or "{}").items()):
        if held.get(table, 0) < count:
            raise VerificationFailed(
                f"table {table} has {held.get(table, 0)} rows, and had {count} when a run was published last"
            )
