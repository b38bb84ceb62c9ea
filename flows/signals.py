"""How a run ends when it is told to stop: in order, with 128 + the signal's number as the exit code."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Within, each of `STOPS` ends the work as Ctrl-C does, so that Prefect is told, the store is closed, and its run left unfinished.

    The second signal ends the process at once. What was ignored (`nohup`) stays ignored.

    Raises:
        click.exceptions.Exit: the work was stopped; whatever it raised itself on the way came of that.
    """
    seen: list[int] = []
    before = {
        number: handler for number in STOPS if (handler := signal.getsignal(number)) is not signal.SIG_IGN
    }

    def stop(number: int, frame: FrameType | None) -> None:
        seen.append(number)
        for other in before:
            signal.signal(other, signal.SIG_DFL)
        raise KeyboardInterrupt

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    except BaseException:
        if seen:
            raise click.exceptions.Exit(128 + seen[0]) from None
        raise
    finally:
        if not seen:
            for number, handler in before.items():
                signal.signal(number, handler)
