"""Tables on a terminal, for every verb that prints one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click


def print_table(rows: list[dict[str, Any]], columns: list[str] | None = None) -> None:
    """A plain table; long cells are cut to the terminal."""
    if not rows:
        click.echo("none")
        return
    names = columns or list(rows[0])
    cells = [[_cell(row[name]) for name in names] for row in rows]
    widths = [max(len(name), *(len(line[i]) for line in cells)) for i, name in enumerate(names)]
    click.echo("  ".join(name.ljust(widths[i]) for i, name in enumerate(names)).rstrip())
    for line in cells:
        click.echo("  ".join(cell.ljust(widths[i]) for i, cell in enumerate(line)).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "…"
