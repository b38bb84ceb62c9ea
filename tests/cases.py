"""The cases of a test in two parts: a few in the fast suite, the others in the slow one; CI runs both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def thinned(cases: Iterable[Any], *, every: int) -> list[Any]:
    """Every `every`-th case, from the first; the others are `slow`."""
    return [case if n % every == 0 else pytest.param(*_values(case), marks=pytest.mark.slow) for n, case in enumerate(cases)]


def _values(case: Any) -> tuple[Any, ...]:
    return case if isinstance(case, tuple) else (case,)
