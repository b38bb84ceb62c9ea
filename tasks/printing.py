"""Tables on a terminal, for every verb that prints one."""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import click

WIDEST = 60  # characters of a cell
LEAST = 8  # characters to which a column is cut
GAP = "  "


def print_table(
    rows: list[dict[str, Any]],
    columns: list[str] | None = None,
    *,
    empty: str = "none",
    unfold: bool = False,
) -> None:
    """A plain table, numbers to the right. Where it is too wide for the terminal, its widest columns are cut; where ids would
    be, or with `unfold`, each row is told line by line.
    """
    if not rows:
        click.echo(empty)
        return
    names = columns or list(rows[0])
    cells = [[_cell(row[name]) for name in names] for row in rows]
    widths = [max(len(name), *(len(line[i]) for line in cells)) for i, name in enumerate(names)]
    is_number = [_all_numbers(row[name] for row in rows) for name in names]
    room = _room(names)
    texts = [i for i, numeric in enumerate(is_number) if not numeric]
    if not unfold:
        _narrow(widths, room, cuttable=[i for i in texts if not names[i].endswith("_id")])
    if sum(widths) > room:  # an id that is cut cannot be copied
        label = max(map(len, names))
        told = [
            "\n".join(f"  {n:{label}}  {text}" for n, text in zip(names, line, strict=True)) for line in cells
        ]
        click.echo("\n\n".join(told))
        return
    for line in [names, *cells]:
        placed = [
            text.rjust(widths[i]) if is_number[i] else _cut(text, widths[i]).ljust(widths[i])
            for i, text in enumerate(line)
        ]
        click.echo(GAP.join(placed).rstrip())


def _room(names: list[str]) -> float:
    """Characters for the cells of a line; no end of them where no terminal is."""
    if not sys.stdout.isatty():
        return math.inf
    return shutil.get_terminal_size().columns - len(GAP) * (len(names) - 1)


def _narrow(widths: list[int], room: float, *, cuttable: list[int]) -> None:
    """Take the width that is too much from the widest columns, a character at a time; none gets narrower than `LEAST`."""
    while sum(widths) > room and (wide := [i for i in cuttable if widths[i] > LEAST]):
        widths[max(wide, key=lambda i: (widths[i], i))] -= 1


def _all_numbers(values: Iterable[Any]) -> bool:
    kinds = {type(value) for value in values} - {type(None)}
    return bool(kinds) and kinds <= {int, float}


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return _cut(" ".join(str(value).split()), WIDEST)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
