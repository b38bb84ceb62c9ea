"""The drop folder: which files lie there, and what is left alone or cannot be looked at.

`inbox/<table>/<name>.{jsonl,csv,parquet}[.gz|.zst]`. How one is taken in is in tasks/intake/inbox.py.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tasks.errors import Misconfigured

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = {
    "submissions": "submission",
    "votes": "vote",
    "endorsements": "endorsement",
    "policy_endorsements": "endorsement",
    "cycles": "cycle",
    "voting_cycles": "cycle",
    "options": "option",
    "policy_options": "option",
    "clusters": "cluster",
    "policy_candidates": "policy_candidate",
    "erasures": "erasure",
}  # folder (ours and the platform's name) → table of schema raw
ENDING = re.compile(r".+\.(jsonl|csv|parquet)(?:\.(gz|zst))?", re.IGNORECASE)
UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".swp", "~")
NOT_DATA = re.compile(r"readme.*|manifest\.json|sha256sums.*", re.IGNORECASE)


@dataclass(frozen=True)
class Drop:
    """One file of the inbox that claims to hold rows."""

    table: str  # of schema raw
    path: Path
    name: str  # folder/file, for reports; bytes that are not UTF-8 as \xNN
    form: str  # jsonl | csv | parquet
    packing: str  # "" | gz | zst


@dataclass
class Found:
    """What lies in the inbox; each entry is in one of these, by the name that reports give."""

    drops: list[Drop] = field(default_factory=list)
    loud: dict[str, str] = field(
        default_factory=dict
    )  # left alone, though somebody may have meant it as data: why
    quiet: dict[str, str] = field(default_factory=dict)  # left alone as it should be: why
    waiting: dict[str, str] = field(default_factory=dict)  # folders and files that cannot be looked at: why


def find_drops(inbox: Path) -> Found:
    """Every file to read, by folder and name, and every entry that is left alone, with the reason.

    Raises:
        Misconfigured: the inbox itself cannot be listed.
    """
    found = Found()
    if not inbox.is_dir():
        return found
    try:
        folders = sorted(inbox.iterdir())
    except OSError as error:
        raise Misconfigured(
            f"cannot list {inbox}: {error.strerror}; give this user the right to read it"
        ) from error
    for folder in folders:
        if folder.name.startswith(".") or NOT_DATA.fullmatch(folder.name):
            continue
        name = _shown(folder.name)
        try:
            if folder.name not in FOLDERS or folder.is_symlink() or not folder.is_dir():
                found.loud[name] = "unknown_folder"
                continue
            paths = sorted(folder.iterdir())
        except OSError as error:
            found.waiting[name] = f"unreadable: {unreadable_detail(error)}"
            continue
        for path in paths:
            _sort_in(path, f"{name}/{_shown(path.name)}", FOLDERS[folder.name], found)
    return found


def _sort_in(path: Path, name: str, table: str, found: Found) -> None:
    try:
        reason = _why_not(path)
    except OSError as error:
        found.waiting[name] = f"unreadable: {unreadable_detail(error)}"
        return
    ending = ENDING.fullmatch(path.name)
    if reason in ("hidden", "unfinished", "not_data"):
        found.quiet[name] = reason
    elif reason or not ending:
        found.loud[name] = reason or "unknown_ending"
    else:
        found.drops.append(Drop(table, path, name, ending[1].lower(), (ending[2] or "").lower()))


def _why_not(path: Path) -> str | None:
    if path.name.startswith("."):
        return "hidden"
    if path.name.lower().endswith(UNFINISHED):
        return "unfinished"
    if path.is_symlink():
        return "symlink"
    if not path.is_file():
        return "not_a_file"
    return "not_data" if NOT_DATA.fullmatch(path.name) else None


def _shown(name: str) -> str:
    """A file name as text that can be stored: a file system takes any bytes."""
    return os.fsencode(name).decode("utf-8", errors="backslashreplace")


def unreadable_detail(error: OSError) -> str:
    """What kept a file or folder from being read, and what to do."""
    if isinstance(error, FileNotFoundError):
        return "it is gone: moved or deleted while the inbox was read"
    return f"{error.strerror}: give this user the right to read it"
