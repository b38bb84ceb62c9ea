"""How far a long step is, told to whoever watches: a flow shows it, nobody listens in a test. Counts only, no words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[int, int], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def tell_progress(done: int, total: int) -> None:
    """Say that `done` of `total` units of the running step are done."""
    listener = _listener.get()
    if listener is not None:
        listener(done, total)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send what steps tell to `listener`, within this context."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
