"""Counters of what clients do, for tests that last a simulated day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Watched:
    source: str
    last: float


class Statistics:
    """Counters of one simulated PBX. Times are seconds by the PBX's clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start at zero."""
        self._clock = clock
        self._watched: dict[str, _Watched] = {}
        self._longest = 0.0
        self._paused = False
        self._in_flight = 0
        self.max_in_flight = 0
        self.login_attempts = 0
        self.logins = 0
        self.failed_logins = 0
        self.heartbeats = 0

    def request_begins(self) -> None:
        """Count a request that has arrived."""
        self._in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self._in_flight)

    def request_ends(self) -> None:
        """Count a request that was answered, or given up by its sender."""
        self._in_flight -= 1

    def session_opened(self, token: str, source: str) -> None:
        """Watch a new session; an older one of the same address is abandoned by it."""
        for other in [t for t, w in self._watched.items() if w.source == source]:
            self.session_ended(other)
        self._watched[token] = _Watched(source, self._clock())

    def session_renamed(self, old: str, new: str) -> None:
        """Go on watching a session under another token."""
        if watched := self._watched.pop(old, None):
            self._watched[new] = watched
            self.exchange(new)

    def exchange(self, token: str) -> None:
        """Note that a client has used its token."""
        if watched := self._watched.get(token):
            now = self._clock()
            self._silence(now - watched.last)
            watched.last = now

    def session_ended(self, token: str, at: float | None = None) -> None:
        """Stop watching a session that ended at `at` (epoch seconds), or now."""
        if watched := self._watched.pop(token, None):
            self._silence((self._clock() if at is None else at) - watched.last)

    def pause(self) -> None:
        """Stop counting silence: the PBX cannot be reached."""
        self._longest = self.longest_silence
        self._paused = True

    def resume(self) -> None:
        """Count silence from now on: the PBX can be reached again."""
        self._paused = False
        for watched in self._watched.values():
            watched.last = self._clock()

    def _silence(self, seconds: float) -> None:
        if not self._paused:
            self._longest = max(self._longest, seconds)

    @property
    def longest_silence(self) -> float:
        """The longest time, in seconds, without a request of a living session's client.

        Counted for the latest session of each address, the running silence included, and only
        while the PBX could be reached.
        """
        if self._paused:
            return self._longest
        now = self._clock()
        return max([self._longest, *(now - watched.last for watched in self._watched.values())])
