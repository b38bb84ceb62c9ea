"""`cw doctor`: what is wrong with this installation, each finding with the next command to type."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

from tasks.errors import CwError, Misconfigured, StoreBusy, VerificationFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.settings import Settings

EXTRAS = {
    "prefect": ("prefect", "cw run, schedules, the UI"),
    "llm": ("anthropic", "model profiles"),
    "cluster": ("sentence_transformers", "embedding and clustering"),
    "postgres": ("adbc_driver_postgresql", "reading the platform's database"),
}

WRITTEN = (
    "store.duckdb",
    "erased.jsonl",
    "published",
    "person.key",
    "tmp",
    "llm",
    "errors",
)  # below CW_HOME, where they are

Finding = dict[str, Any]


def _finding(state: str, what: str, remedy: str = "", *, exit_code: int = Misconfigured.exit_code) -> Finding:
    return {
        "state": state,
        "what": what,
        "remedy": remedy,
        "exit_code": exit_code if state == "bad" else 0,
    }


def examine(settings: Settings) -> list[Finding]:
    """All findings, in the order one would mend them. State: ok, note, bad; a bad one has the exit code it stands for."""
    return [
        *_python(),
        *_extras(),
        *_home(settings),
        *_store(settings),
        *_keys(settings),
        *examine_platform(settings),
        *_routes(settings),
    ]


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    yield _finding(
        "ok" if good else "bad", f"Python {version}", "" if good else "install Python 3.11 or newer"
    )


def _extras() -> Iterator[Finding]:
    for extra, (module, needed_for) in EXTRAS.items():
        if importlib.util.find_spec(module):
            yield _finding("ok", f"extra {extra}")
        else:
            yield _finding(
                "note",
                f"extra {extra} is not installed: no {needed_for}",
                f"pip install -c constraints.txt -e '.[{extra}]'",
            )


def _home(settings: Settings) -> Iterator[Finding]:
    home = settings.home
    probe = next(folder for folder in (home.absolute(), *home.absolute().parents) if folder.exists())
    written = [probe, *(p for name in WRITTEN if (p := home / name).exists())]
    barred = [path for path in written if not os.access(path, os.R_OK | os.W_OK)]
    if barred:
        named = ", ".join(map(str, barred))
        yield _finding(
            "bad", f"cannot be read and written: {named}", "chown, or export CW_HOME=<a writable folder>"
        )
        return
    free_gb = shutil.disk_usage(probe).free / 1e9
    low = free_gb < 2
    yield _finding(
        "bad" if low else "ok", f"CW_HOME {home}: {free_gb:.0f} GB free", "free at least 2 GB" if low else ""
    )


def _store(settings: Settings) -> Iterator[Finding]:
    from tasks.checks import failing_checks, named
    from tasks.erase import unknown_runs
    from tasks.store import open_store

    if not (settings.home / "store.duckdb").exists():
        yield _finding("note", "no store yet", "cw run")
        return
    if (settings.home / "store.duckdb.rewrite").exists():
        told = "the store's file may still hold erased words: it could not be written anew"
        yield _finding("bad", told, "free room of the store's size, then `cw run`")
    try:
        with open_store(settings.home, read_only=True, wait_s=0) as store:
            store.read_through()
            failing = failing_checks(store)
            total = store.value("select count(*) from raw.submission")
            unknown = unknown_runs(store)
        if failing:
            raise VerificationFailed(f"the store fails its own checks: {named(failing)} (docs/runbook.md)")
        yield _finding("ok", f"store holds {total:,} messages; every table can be read, every check holds")
        if unknown:
            told = f"published by runs that this store does not know: {', '.join(unknown)}"
            yield _finding("note", told, "made after the backup that was put back? docs/runbook.md, restore")
    except StoreBusy as busy:
        yield _finding("note", "a run is at work", str(busy))
    except CwError as error:
        broken = isinstance(error, VerificationFailed)
        what = "store is damaged" if broken else "store cannot be read"
        yield _finding("bad", what, str(error), exit_code=error.exit_code)


def _keys(settings: Settings) -> Iterator[Finding]:
    key = settings.home / "person.key"
    if key.exists() and key.stat().st_mode & 0o077:
        yield _finding("bad", f"{key.name} can be read by others", f"chmod 600 {key}")
    elif key.exists():
        yield _finding("ok", "person key, readable by its owner only")


def examine_platform(settings: Settings) -> Iterator[Finding]:
    """Whether the platform's database can be read, where one is named."""
    from tasks.intake.platform import try_platform

    try:
        tables = try_platform(settings)
    except CwError as error:
        yield _finding("bad", "the platform's database cannot be read", str(error))
        return
    if tables:
        yield _finding("ok", f"the platform's database: {len(tables)} tables can be read")


def _routes(settings: Settings) -> Iterator[Finding]:
    from tasks.llm import check_routes

    try:
        problems = check_routes(settings)
    except CwError as error:
        yield _finding("bad", f"profile {settings.profile}", str(error))
        return
    if problems:
        yield _finding(
            "bad", f"profile {settings.profile}: {len(problems)} problems with its routes", "cw routes check"
        )
    else:
        yield _finding("ok", f"profile {settings.profile}: every route is allowed and priced")


def print_findings(findings: list[Finding]) -> None:
    """One line each; what is to be done stands beneath."""
    for f in findings:
        click.echo(f"{f['state']:4}  {f['what']}")
        if f["remedy"]:
            click.echo(f"      → {f['remedy']}")
