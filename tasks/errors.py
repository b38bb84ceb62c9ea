"""The errors of the pipeline, named by who must act; each carries the exit code of `cw`.

A message names the thing, the value and the next command to type. It never holds a citizen's text.
Bad rows are filed in `ops.rejected`, not raised.
"""


class CwError(Exception):
    """Base of all; `exit_code` is what `cw` ends with."""

    exit_code = 1


class Unexpected(CwError):
    """A fault nobody foresaw. The message names type and place only: a foreign exception's text may quote a citizen."""


class Stopped(CwError):
    """The work was told to stop, and stopped in order. `exit_code`: 128 + the signal's number."""

    def __init__(self, message: str, *, exit_code: int):
        super().__init__(message)
        self.exit_code = exit_code


class Degraded(CwError):
    """A step did too much of its work less well than meant; nothing was published."""


class BadInput(CwError):
    """The data must be mended: input refused, or over the bad-row threshold."""

    exit_code = 3


class Misconfigured(CwError):
    """The operator must mend settings, routes, extras or the installation."""

    exit_code = 4


class ProviderRefused(CwError):
    """A provider answered with a final no (key, balance, spend limit, permission)."""

    exit_code = 5


class ProviderBusy(CwError):
    """A provider is unavailable or overloaded; trying later helps."""

    exit_code = 5


class BudgetReached(CwError):
    """A spend cap is reached: work is kept, the next run resumes."""

    exit_code = 6


class StoreBusy(CwError):
    """Another process holds the store; wait or look at its PID."""

    exit_code = 7


class VerificationFailed(CwError):
    """Something is not what its hash, count or chain says."""

    exit_code = 8


def disk_remedy(text: str) -> str | None:
    """What to do about an error of the disk, told from its text; None when it is another kind of error."""
    plain = text.lower()
    if "no space left" in plain or "file too large" in plain or "disk quota" in plain:
        return "no space left. Free some, then run `cw run` again: it resumes where this run stopped"
    if "read-only file system" in plain:
        return "the file system is read-only. Set CW_HOME to a writable folder, then run `cw run` again"
    if "permission denied" in plain:
        return "this user may not. Give it the right (`ls -l`, `chown`), then run `cw run` again"
    return None
