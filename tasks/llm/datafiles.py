"""`routes.toml` and `models.toml`: read with the operator's file laid over ours, and where in them a thing is written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tasks.errors import Misconfigured

_MEND = "mend it, then `cw routes check`"


def read_toml(name: str, overlay: Path | None) -> dict[str, Any]:
    """`data/<name>` with the operator's file laid over it, table by table.

    Raises:
        Misconfigured: the operator's file is missing or not TOML; the message names it and the line.
    """
    base = tomllib.loads(_shipped(name))
    if overlay is None:
        return base
    text = ""
    try:
        text = overlay.read_text(encoding="utf-8")
        extra = tomllib.loads(text)
    except OSError as error:
        raise Misconfigured(
            f"cannot read {overlay.name}: {error.strerror}; mend the path or unset it"
        ) from error
    except UnicodeDecodeError as error:
        raise Misconfigured(f"{overlay.name} is not UTF-8 text: {_MEND}") from error
    except tomllib.TOMLDecodeError as error:
        why = str(error).replace("at end of document", f"at the end, line {len(text.splitlines())}")
        raise Misconfigured(f"{overlay.name} is not TOML: {why}; {_MEND}") from error
    return _overlay(base, extra)


def _overlay(base: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in extra.items():
        old = merged.get(key)
        merged[key] = _overlay(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def out_of_shape(error: ValidationError, name: str, overlay: Path | None) -> Misconfigured:
    """The first thing that is wrong with a file, with its line."""
    first = error.errors(include_input=False)[0]
    found = line_of(first["loc"], name, overlay) or name
    where = ".".join(str(part) for part in first["loc"])
    return Misconfigured(f"{found}: {where}: {first['msg']}; {_MEND}")


def line_of(path: Sequence[str | int], name: str, overlay: Path | None) -> str | None:
    """`file:line` of the key that `path` leads to, or of the nearest one above it; the operator's file wins, as it does when read."""
    texts = [(overlay.name, overlay.read_text(encoding="utf-8"))] if overlay else []
    texts.append((f"data/{name}", _shipped(name)))
    wanted = tuple(map(str, path))
    best, place = 0, None
    for file, text in texts:
        for number, keys in _keys(text):
            shared = len(keys) if keys == wanted[: len(keys)] else 0
            if shared > best:
                best, place = shared, f"{file}:{number}"
    return place


def _keys(text: str) -> list[tuple[int, tuple[str, ...]]]:
    """Line number and whole path of each table and key that stands at the beginning of a line."""
    table: tuple[str, ...] = ()
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if bare.startswith("["):
            table = _path(bare.split("]")[0].strip("[") + " = 0")
            found.append((number, table))
        elif "=" in bare and not bare.startswith("#"):
            found.append((number, (*table, *_path(bare.split("=")[0] + "= 0"))))
    return found


def _path(assignment: str) -> tuple[str, ...]:
    """The parts of a dotted key, quotes taken off; none when the line is no key (the inside of a long value)."""
    try:
        node: Any = tomllib.loads(assignment)
    except tomllib.TOMLDecodeError:
        return ()
    parts = []
    while isinstance(node, dict) and node:
        parts.append(next(iter(node)))
        node = node[parts[-1]]
    return tuple(parts)


def _shipped(name: str) -> str:
    return (files("data") / name).read_text(encoding="utf-8")
