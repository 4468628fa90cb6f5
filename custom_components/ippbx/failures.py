"""What failed unexpectedly: counted, and in the log without what the exception says."""

from collections.abc import Iterator
import time
from traceback import format_tb

from .const import LOGGER

PAUSE = 3600.0  # seconds between two log lines


class FailureLog:
    """The log of one place where nothing may raise.

    The text of an exception may hold a number, a name or a secret; where it was raised holds none.

    Attributes:
        count: number of exceptions.
    """

    def __init__(self, what: str) -> None:
        """Start without an exception; `what` is the beginning of the log line."""
        self.count = 0
        self._what = what
        self._logged_at = -PAUSE

    def record(self, error: BaseException) -> None:
        """Count an exception, and log it at most once an hour."""
        self.count += 1
        now = time.monotonic()
        if now - self._logged_at >= PAUSE:
            self._logged_at = now
            LOGGER.error(
                "%s; diagnostics count it, this comes at most once an hour\n%s",
                self._what,
                "\n".join(_chain(error)),
            )


def _chain(error: BaseException | None) -> Iterator[str]:
    """Yield the tracebacks of an exception and of its causes, the newest first."""
    seen = set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield "".join([*format_tb(error.__traceback__), type(error).__name__])
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
