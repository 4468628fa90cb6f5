"""What of a PBX cannot be read, since when, and from when on that makes it unavailable."""

from collections.abc import Callable, Mapping, Set as AbstractSet
from math import inf
from typing import Final

from homeassistant.core import callback

from ..const import LOGGER
from ..pbx.errors import PbxError
from ..pbx.model.values import value
from .store import UNREAD_AFTER, Key, StateStore

OFTEN_FOR: Final = 600.0
"""Seconds for which a part that fails is read often: most faults are over by then."""


@value
class _Failure:
    """The failed reads of one part.

    Attributes:
        since: when the first of them was requested, in seconds of the event loop's clock.
        error: that of the last one.
    """

    since: float
    error: PbxError


class ReadFailures:
    """The parts of one PBX that cannot be read, although the link is up."""

    def __init__(self, title: str, store: StateStore, clock: Callable[[], float]) -> None:
        """Start without failures.

        Args:
            title: name of the PBX, for the log.
            store: where what cannot be read becomes outdated.
            clock: returns the event loop's time, in seconds.
        """
        self._title = title
        self._store = store
        self._clock = clock
        self._failing: dict[Key, _Failure] = {}
        self._unread: frozenset[Key] = frozenset()

    @property
    def parts(self) -> AbstractSet[Key]:
        """Return the parts of which the last read failed."""
        return self._failing.keys()

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Return the endpoints that failed for so long that what they feed is unavailable."""
        failures = ((part, self._failing[part].error) for part in sorted(self._unread))
        return tuple(dict.fromkeys(error.endpoint or part[0] for part, error in failures))

    @property
    def are_new(self) -> bool:
        """Return True if any part has failed for less than `OFTEN_FOR`."""
        now = self._clock()
        return any(now - failure.since < OFTEN_FOR for failure in self._failing.values())

    @property
    def until_unread(self) -> float:
        """Return the seconds, one at least, until the next part has failed for `UNREAD_AFTER`."""
        since = min((self._failing[part].since for part in self.parts - self._unread), default=inf)
        return max(1.0, since + UNREAD_AFTER - self._clock())

    @callback
    def failed(self, part: Key, asked_at: float, error: PbxError) -> None:
        """Record a failed read."""
        known = self._failing.get(part)
        self._failing[part] = _Failure(
            since=asked_at if known is None else known.since, error=error
        )

    @callback
    def passed(self, part: Key) -> None:
        """Record a successful read, which was applied."""
        if self._failing.pop(part, None) is not None:
            self.update()

    @callback
    def update(self) -> None:
        """Update what is outdated; log once when that begins, and once when it is over."""
        now = self._clock()
        failures = {
            part: failure
            for part, failure in self._failing.items()
            if now - failure.since >= UNREAD_AFTER
        }
        before, self._unread = self._unread, frozenset(failures)
        if self._unread == before:
            return
        self._store.set_unread({part: failure.since for part, failure in failures.items()})
        if not before:
            LOGGER.warning(
                "%s: cannot be read, and unavailable until it can: %s",
                self._title,
                _described(failures),
            )
        elif not failures:
            LOGGER.info("%s: everything can be read again", self._title)


def _described(failures: Mapping[Key, _Failure]) -> str:
    shown = (
        (part[0], ": ".join(filter(None, (failure.error.endpoint, str(failure.error)))))
        for part, failure in failures.items()
    )
    return "; ".join(f"{part} ({error})" for part, error in shown)
