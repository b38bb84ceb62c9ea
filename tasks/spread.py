"""How independent pieces of work are done: one after another in this process, or spread by whoever runs the night.

A piece of work is a pure function of one picklable value, so it gives the same answer wherever it is done. Nothing here
knows of other machines: flows/spread.py does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

Piece = TypeVar("Piece")
Done = TypeVar("Done")


class Spread(Protocol):
    """As the built-in `map` over one iterable: what was made of each piece, in the order of the pieces."""

    def __call__(self, work: Callable[[Piece], Done], pieces: Iterable[Piece]) -> Iterator[Done]: ...


def here(work: Callable[[Piece], Done], pieces: Iterable[Piece]) -> Iterator[Done]:
    """One after another in this process, each when it is asked for."""
    return map(work, pieces)
