"""Expected errors stand in Prefect's logs without a traceback; others keep theirs."""

import logging

import pytest

import flows.hooks  # noqa: F401 - what every flow imports
from tasks.errors import StoreBusy


@pytest.mark.parametrize("name", ["prefect.flow_runs", "prefect.task_runs"])
@pytest.mark.parametrize(("error", "is_traced"), [(StoreBusy("held by process 1"), False), (ValueError("a bug"), True)])
def test_only_an_error_that_nobody_expected_is_traced(name: str, error: Exception, is_traced: bool) -> None:
    kept: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = kept.append  # type: ignore[method-assign]
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    try:
        try:
            raise error
        except Exception:
            logger.exception("Encountered exception during execution: %r", error)
    finally:
        logger.removeHandler(handler)
    shown = logging.Formatter().format(kept[0])
    assert str(error) in shown
    assert ("Traceback" in shown) == is_traced
