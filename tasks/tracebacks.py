"""Tracebacks of faults that nobody foresaw: kept where only this machine's owner reads them, since a message may quote a citizen."""

from __future__ import annotations

import traceback
from pathlib import Path


def keep_traceback(error: Exception, *, run_id: str, folder: Path) -> str:
    """Add the traceback to the run's file in `folder` (mode 0600); returns what may be shown: type, place, and that file."""
    path = folder / f"{run_id}.txt"
    kept = f"the traceback is in {path}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
        with path.open("a", encoding="utf-8", errors="backslashreplace") as out:
            out.writelines(traceback.format_exception(error))
    except OSError as fault:
        kept = f"its traceback could not be written to {path}: {fault.strerror}"
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {kept}"
