"""How a run ends when it is told to stop: in order, with 128 + the signal's number as the exit code."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tasks.errors import Stopped

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN_S = 5.0  # what a handler raises can be lost in C code that drops it; one TERM was, and the run went on to its end


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Within, each of `STOPS` ends the work as Ctrl-C does, so that Prefect is told, the store is closed, and its run left unfinished.

    Every `AGAIN_S` seconds it is told again until it has ended. What was ignored (`nohup`) stays ignored.

    Raises:
        Stopped: the work was stopped; whatever it raised itself on the way came of that.
    """
    before = {
        number: handler for number in STOPS if (handler := signal.getsignal(number)) is not signal.SIG_IGN
    }
    seen: list[int] = []
    ended = threading.Event()
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    # Python writes every signal's number there, also of those whose handler is another's: Prefect has its own for SIGTERM
    old = signal.set_wakeup_fd(tell, warn_on_full_buffer=False)

    def insist() -> None:
        while number := os.read(told, 1):
            if number[0] in before:
                seen.append(number[0])
                break
        while seen and not ended.wait(AGAIN_S):
            os.kill(os.getpid(), seen[0])

    watcher = threading.Thread(target=insist, daemon=True)

    def let_go() -> None:
        ended.set()
        signal.set_wakeup_fd(old)
        os.close(tell)
        watcher.join()  # it has read by now what came
        os.close(told)
        for number, handler in before.items():
            signal.signal(number, handler)

    watcher.start()
    for number in before:
        signal.signal(number, _stop)
    try:
        yield
    except BaseException:
        let_go()
        if seen:
            raise Stopped(f"stopped by {signal.Signals(seen[0]).name}", exit_code=128 + seen[0]) from None
        raise
    else:
        let_go()


def let_the_end_come() -> None:
    """Heed no further signal: an impatient Ctrl-C would meet Prefect's exit handlers half way."""
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)


def _stop(*_: object) -> None:
    raise KeyboardInterrupt
