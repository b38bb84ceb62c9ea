"""Telling a run to stop: which exit code, and that it is told again when it did not hear."""

import os
import signal
import time

import pytest

from flows import signals
from tasks.errors import Stopped


@pytest.mark.usefixtures("heeded_hangup")
@pytest.mark.parametrize("stop", signals.STOPS)
def test_a_run_that_loses_the_signal_is_told_again(stop: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "AGAIN_S", 0.2)
    before = signal.getsignal(stop)
    lost = False
    with pytest.raises(Stopped) as ended, signals.stopped_by_signals():
        try:
            os.kill(os.getpid(), stop)
            time.sleep(5)
        except KeyboardInterrupt:
            lost = True
        time.sleep(5)
    assert lost and ended.value.exit_code == 128 + stop
    assert signal.getsignal(stop) == before


def test_what_follows_from_a_signal_is_not_told() -> None:
    with pytest.raises(Stopped) as ended, signals.stopped_by_signals():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        except KeyboardInterrupt:
            raise RuntimeError("no server answers") from None
    assert ended.value.exit_code == 143


def test_an_error_without_a_signal_stays_itself() -> None:
    with pytest.raises(RuntimeError), signals.stopped_by_signals():
        raise RuntimeError


def test_what_was_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals.stopped_by_signals():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
