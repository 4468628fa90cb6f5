"""The API user, and the lock-out after refused logins (pbx-api, section 4)."""

from __future__ import annotations

from dataclasses import dataclass

from .knobs import Knobs
from .waiting import Clock

LOCKOUT_SECONDS = 600


@dataclass(slots=True)
class Account:
    """The API user."""

    username: str
    password: str


@dataclass(slots=True)
class _Address:
    refused: int = 0
    locked_until: float = 0.0


class Lockout:
    """Counts refused logins in a row, per client address."""

    def __init__(self, knobs: Knobs, clock: Clock) -> None:
        """Start without any lock-out."""
        self._knobs = knobs
        self._clock = clock
        self._addresses: dict[str, _Address] = {}

    def locked(self, source: str) -> bool:
        """Return True if an address is locked out now."""
        return self.seconds_left(source) > 0

    def seconds_left(self, source: str) -> float:
        """Return the seconds until an address may log in again."""
        address = self._addresses.get(source)
        return max(0.0, address.locked_until - self._clock()) if address else 0.0

    def refused(self, source: str) -> None:
        """Count a refused login of this address."""
        address = self._addresses.setdefault(source, _Address())
        address.refused += 1
        if self._knobs.lockout_after and address.refused >= self._knobs.lockout_after:
            self.lock(source)

    def lock(self, source: str) -> None:
        """Lock an address out from now on."""
        until = self._clock() + LOCKOUT_SECONDS
        self._addresses[source] = _Address(locked_until=until)

    def succeeded(self, source: str) -> None:
        """Start again at zero for an address that has logged in."""
        self._addresses.pop(source, None)

    def clear(self) -> None:
        """Lift every lock-out, as an administrator can."""
        self._addresses.clear()

    def state(self) -> dict[str, float]:
        """Return the seconds left for each address that is locked out."""
        return {a: round(self.seconds_left(a)) for a in self._addresses if self.locked(a)}
