"""What every verb of `cw` shares: the group, the settings, the store to read or to write, the way results are printed.

Nothing heavy is imported before a verb needs it, so that `cw status` answers in well under a second. Logs go to
stderr; with `--json` stdout holds one JSON object and nothing else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from tasks.errors import CwError, Misconfigured, StoreBusy, disk_remedy

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


def run_cli(command: click.Group, args: Sequence[str] | None = None) -> NoReturn:
    """Run a group at the process's edge: errors become one line on stderr and a documented exit code.

    With `--json` the error is also the one JSON object on stdout.
    """
    words = sys.argv[1:] if args is None else list(args)
    try:
        code = command.main(words, standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        _fail(error.format_message(), code=error.exit_code, words=words)
    except click.Abort:
        sys.exit(130)
    except CwError as error:
        click.echo(f"cw: {error}", err=True)
        _fail(str(error), code=error.exit_code, words=words)
    except OSError as error:
        remedy = disk_remedy(error.strerror or "")
        line = f"{error.filename or 'standard output'}: {remedy}" if remedy else _without_words(error)
        click.echo(f"cw: {line}", err=True)
        _fail(line, code=Misconfigured.exit_code if remedy else 1, words=words)
    except Exception as error:  # noqa: BLE001 - the process's edge
        line = _without_words(error)
        click.echo(f"cw: {line}", err=True)
        _fail(line, code=1, words=words)


def _fail(line: str, *, code: int, words: Sequence[str]) -> NoReturn:
    if "--json" in words:
        with suppress(OSError):  # it may be standard output itself that is full
            click.echo(json.dumps({"error": line, "exit_code": code}, ensure_ascii=False))
    sys.exit(code)


def _without_words(error: Exception) -> str:
    """A foreign exception's text may quote a citizen; its type and place may not."""
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
    return f"unexpected {type(error).__name__} at {place}: run `cw doctor`"


def emit(payload: Any, *, json_out: bool, text: Callable[[], None]) -> None:
    """Print a payload as JSON, or call the printer of its readable form."""
    if json_out:
        click.echo(json.dumps(payload, ensure_ascii=False, default=str))
    else:
        text()


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
    """The store to read: the live one, or the published copy (said on stderr) while a run holds it.

    Raises:
        Misconfigured: the store, or what of the copy is wanted, is of an older version.
    """
    from tasks.migrate import check_is_current
    from tasks.read_copy import PUBLISHED, READ_COPY
    from tasks.store import UNKNOWN_NAME, open_copy, open_store

    try:
        store = open_store(settings.home, read_only=True, wait_s=0)
    except StoreBusy:
        copy = settings.home / PUBLISHED / READ_COPY
        if not copy.exists():
            raise
        click.echo("cw: a run holds the store; reading the published copy", err=True)
        store = open_copy(copy)
    with store:
        try:
            yield store
        except UNKNOWN_NAME:
            check_is_current(store)  # is that why?
            raise


@contextmanager
def writing(settings: Settings) -> Iterator[Store]:
    """The store to write; a verb that is about what is there makes no new one.

    Raises:
        Misconfigured: there is no store yet.
    """
    from tasks.store import FILE_NAME, open_store

    path = settings.home / FILE_NAME
    if not path.exists():
        raise Misconfigured(f"no store at {path}: run `cw run` first, or set CW_HOME")
    with open_store(
        settings.home,
        wait_s=settings.store_wait_s,
        threads=settings.threads,
        memory_limit=settings.memory_limit,
    ) as store:
        yield store
