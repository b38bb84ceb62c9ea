"""Verification: that published files are what their manifest says, that the evidence chain holds, that counts add up.

Names the first thing that is wrong. Reads only; `cw verify` needs no key and no server.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.errors import Misconfigured, VerificationFailed
from tasks.evidence import verify_chain
from tasks.publish import PUBLISHED, file_digest, merkle_of
from tasks.run import Run, StepReport

if TYPE_CHECKING:
    from tasks.settings import Settings
    from tasks.store import Store


def verify_published(store: Store, *, run: Run, settings: Settings) -> StepReport:
    """The night's last step: verify what it has just published, and the chain.

    Raises:
        VerificationFailed: something is not what it should be.
    """
    verify_folder(settings.home / PUBLISHED / run.run_id)
    fault = chain_fault(store)
    if fault:
        raise VerificationFailed(fault)
    check_manifest_is_booked(store, settings.home / PUBLISHED / run.run_id)
    return StepReport(step="verify", in_count=1, out_count=1)


def verify_folder(folder: Path) -> dict[str, Any]:
    """Check every file of a run folder against its manifest, by hash, row count and Merkle root. Returns the manifest.

    Raises:
        Misconfigured: there is no such folder or manifest.
        VerificationFailed: names the first file that is wrong.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Misconfigured(f"no manifest in {folder}: name a run with `cw verify RUN_ID`, or see `cw status`") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise VerificationFailed(f"{folder.name}/manifest.json is not readable JSON: {error}") from error
    for name, digest in sorted(manifest["files"].items()):
        path = folder / name
        if not path.exists():
            raise VerificationFailed(f"{folder.name}/{name} is missing")
        if file_digest(path) != digest:
            raise VerificationFailed(f"{folder.name}/{name} is not the file the manifest names: its bytes were altered")
    extra = {p.name for p in folder.iterdir()} - set(manifest["files"]) - {"manifest.json"}
    if extra:
        raise VerificationFailed(f"{folder.name}/{min(extra)} is in the folder and not in the manifest")
    for name, rows in sorted(manifest["row_counts"].items()):
        found = pl.scan_parquet(folder / f"{name}.parquet").select(pl.len()).collect().item()
        if found != rows:
            raise VerificationFailed(f"{folder.name}/{name}.parquet has {found} rows, its manifest says {rows}")
    if merkle_of(manifest["files"]) != manifest["merkle_root"]:
        raise VerificationFailed(f"{folder.name}/manifest.json: the Merkle root does not follow from the files' hashes")
    return manifest


def chain_fault(store: Store) -> str | None:
    """A sentence about the first event of the chain that is wrong, or None."""
    fault = verify_chain(store.frame("select * from ops.event order by seq").iter_rows(named=True))
    return f"evidence chain, event {fault.seq}: {fault.reason}" if fault else None


def check_manifest_is_booked(store: Store, folder: Path) -> None:
    """The manifest's Merkle root must be the one in the chain: a folder rewritten whole is found out here.

    Raises:
        VerificationFailed: the roots differ or the run was never booked.
    """
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    booked = store.value(
        "select payload->>'merkle_root' from ops.event where event_type = 'run_published' and entity_id = ?", [manifest["run_id"]]
    )
    if booked is None:
        raise VerificationFailed(f"run {manifest['run_id']} is not in this store's evidence chain")
    if booked != manifest["merkle_root"]:
        raise VerificationFailed(f"{folder.name}/manifest.json: its Merkle root is not the one booked when it was published")
