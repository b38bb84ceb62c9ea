"""constraints.txt pins what is installed, all of it: what a fresh clone installs tomorrow is what was tested today."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"


def needed(name: str, extras: frozenset[str], seen: dict[tuple[str, frozenset[str]], None]) -> None:
    """Collect the distributions that `name[extras]` leads to on this machine."""
    key = (canonicalize_name(name), extras)
    if key in seen:
        return
    seen[key] = None
    for line in importlib.metadata.requires(name) or ():
        wanted = Requirement(line)
        if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in (extras or {""})):
            needed(wanted.name, frozenset(wanted.extras), seen)


def test_every_distribution_that_dev_leads_to_is_pinned_to_what_is_installed() -> None:
    seen: dict[tuple[str, frozenset[str]], None] = {}
    needed("collective-will", frozenset({"dev"}), seen)
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    pinned = {
        canonicalize_name(found[1]): found[2] for line in lines if (found := re.match(r"([\w.-]+)==([^\s;]+)", line))
    }
    names = {name for name, _ in seen} - {"collective-will"}
    assert len(names) > 100, "the walk went nowhere"
    installed = {name: importlib.metadata.version(name).split("+")[0] for name in names}
    assert {name: pinned.get(name) for name in names} == installed
