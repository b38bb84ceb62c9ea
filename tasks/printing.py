"""Tables on a terminal, for every verb that prints one."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import click

WIDEST = 60  # characters of a cell
GAP = "  "


def print_table(rows: list[dict[str, Any]], columns: list[str] | None = None, *, empty: str = "none") -> None:
    """A plain table, numbers to the right; in a terminal the last column is cut to what is left of the line."""
    if not rows:
        click.echo(empty)
        return
    names = columns or list(rows[0])
    cells = [[_cell(row[name]) for name in names] for row in rows]
    widths = [max(len(name), *(len(line[i]) for line in cells)) for i, name in enumerate(names)]
    if sys.stdout.isatty():
        room = shutil.get_terminal_size().columns - sum(widths[:-1]) - len(GAP) * (len(names) - 1)
        widths[-1] = max(min(widths[-1], room), len(names[-1]), 8)
    is_number = [_all_numbers(row[name] for row in rows) for name in names]
    for line in [names, *cells]:
        placed = [
            text.rjust(widths[i]) if is_number[i] else _cut(text, widths[i]).ljust(widths[i])
            for i, text in enumerate(line)
        ]
        click.echo(GAP.join(placed).rstrip())


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
