"""Tables in a real terminal (a pseudo-terminal of 80 columns): no line is longer, and ids stay whole as long as they can."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROW = {"run_id": "20261103T203000Z-897224fa", "title": "نان گران است " * 20, "people_count": 12, "note": "n" * 50}


def printed(call: str, *, columns: int = 80) -> list[str]:
    """What `call` of print_table prints in a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    code = f"from tasks.printing import print_table\nROW = {ROW!r}\n{call}"
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    with subprocess.Popen([sys.executable, "-c", code], stdout=theirs, cwd=ROOT, env=env) as child:
        os.close(theirs)
        told = b""
        while piece := _read(ours):
            told += piece
    os.close(ours)
    assert child.returncode == 0
    return told.decode().splitlines()


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 1 << 16)
    except OSError:  # the other end is closed
        return b""


def test_a_wide_table_is_cut_to_the_line_and_ids_last() -> None:
    lines = printed("print_table([ROW, ROW])")
    assert len(lines) == 3 and max(map(len, lines)) <= 80
    assert all(line.startswith(ROW["run_id"]) for line in lines[1:])
    assert lines[1].count("…") == 2


def test_a_wide_row_is_told_line_by_line_where_that_is_asked() -> None:
    lines = printed("print_table([ROW, ROW], unfold=True)")
    assert lines[0] == f"  run_id        {ROW['run_id']}"
    assert len(lines) == 9 and lines[4] == ""


def test_where_only_the_ids_are_left_to_cut_each_row_is_told_line_by_line() -> None:
    ids = "['run_id', 'plan_id']"
    lines = printed(f"print_table([ROW | {{'plan_id': ROW['run_id']}}], {ids}, unfold=False)", columns=40)
    assert lines == [f"  run_id   {ROW['run_id']}", f"  plan_id  {ROW['run_id']}"]


def test_a_narrow_table_stays_a_table() -> None:
    assert printed("print_table([ROW], ['run_id', 'people_count'], unfold=True)") == [
        "run_id                     people_count",
        f"{ROW['run_id']}            12",
    ]
