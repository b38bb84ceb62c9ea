"""Expected errors in Prefect's logs: the line, and no traceback. Whoever reads it is told what to do, not where in the code."""

import logging

from tasks.errors import CwError


class _WithoutTraceback(logging.Filter):
    """Takes the traceback off a record about a `CwError`; state, message and exit code stay what they are."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], CwError):
            record.exc_info = None
        return True


def tell_errors_plainly() -> None:
    """Once per process, before a flow runs."""
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logger = logging.getLogger(name)
        if not any(isinstance(known, _WithoutTraceback) for known in logger.filters):
            logger.addFilter(_WithoutTraceback())
