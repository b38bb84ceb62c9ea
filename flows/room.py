"""Whether there is room where Prefect's own server writes; full, it prints thousands of lines and names no folder."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from tasks.errors import Misconfigured

ROOM = 8 * 2**20  # bytes: a new database of Prefect's server with its journal and scratch files


def need_room(folder: Path, setting: str, *, size: int = ROOM) -> None:
    """Write that many bytes into the folder and remove them.

    Raises:
        Misconfigured: they cannot be written; the message names the folder and the setting that moves it.
    """
    probe = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, probe = tempfile.mkstemp(dir=folder, prefix=".cw-room-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(bytes(size))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Misconfigured(
            f"Prefect's server needs {size >> 20} MB in {folder} ({setting}), and they cannot be written there:"
            f" {error.strerror}: make room, or set {setting} to a folder that has it"
        ) from None
    finally:
        if probe:
            with suppress(FileNotFoundError):
                Path(probe).unlink()
