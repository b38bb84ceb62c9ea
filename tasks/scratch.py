"""A private copy of the home for a dry run: the whole store with its texts, so it lies under `$CW_HOME/tmp` and nowhere else.

What a killed dry run leaves goes when the next run begins or something is erased; the folder is locked while one is under way.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = "tmp"  # under the home, as DuckDB's own
PREFIX = "dry-run-"


@contextmanager
def scratch_folder(home: Path) -> Iterator[Path]:
    """A folder of this process's own under the home, gone afterwards, with what had to be made to hold it.

    Raises:
        Misconfigured: the home cannot be written.
    """
    place = home / FOLDER
    made = [folder for folder in (place, home, *home.parents) if not folder.exists()]
    try:
        with _writable(home):
            place.mkdir(parents=True, exist_ok=True)
        with _locked(place, fcntl.LOCK_SH):
            with _writable(home):
                scratch = tempfile.TemporaryDirectory(prefix=PREFIX, dir=place)
            with scratch as name:
                yield Path(name)
    finally:
        for folder in made:
            if folder.exists() and not any(folder.iterdir()):
                folder.rmdir()


def drop_scratch(home: Path) -> None:
    """Delete the copies that killed dry runs left, unless one is under way: it deletes its own."""
    place = home / FOLDER
    if not place.is_dir():
        return
    try:
        with _locked(place, fcntl.LOCK_EX | fcntl.LOCK_NB):
            for folder in place.glob(f"{PREFIX}*"):
                shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return


@contextmanager
def _writable(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Misconfigured(
            f"cannot write CW_HOME {home}: {error.strerror}; set CW_HOME to a writable folder"
        ) from error


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Hold a lock on a folder; it goes with the process."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)
