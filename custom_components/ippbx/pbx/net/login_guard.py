"""Keeps an application from locking itself out of the PBX, and from flooding it with logins.

Five refused logins block an address for ten minutes (pbx-api, "Enabling the API, lock-out, IP
rules"). So refused credentials are never sent again unasked, users have four refusals in that time,
and a lock-out is waited out. All of that is kept over restarts.

Each granted login is a session at the PBX, so logins that come to nothing become rare.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
import hashlib
import hmac
import json
import time
from typing import Any

from ..errors import PbxAuthError, PbxLockedOutError, PbxLoginLimitError

LOCKOUT = 600.0
REFUSALS = 4  # in the time of a lock-out, whoever causes them
REMEMBERED = 16
REMEMBERED_FOR = 30 * 86400.0
FIRST_LOGINS = 3  # within the first ...
FIRST_MINUTE = 60.0
LOGIN_PAUSE = 300.0  # seconds between two logins after it


def wall_clock() -> float:
    """Return the time in seconds since the epoch, UTC; looked up late, so that it can be frozen."""
    return time.time()


def steady_clock() -> float:
    """Return seconds that no setting of a clock moves; looked up late, too."""
    return time.monotonic()


class LoginGuard:
    """What is known about logins at one PBX.

    Attributes:
        form: held by the form that logs in, so that no two exceed the limit together.
    """

    def __init__(
        self,
        state: Mapping[str, Any] | None = None,
        *,
        salt: str = "",
        now: Callable[[], float] = wall_clock,
        on_change: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        """Restore the state that `as_dict` gave; what cannot be read of it is left out.

        Args:
            state: what `as_dict` gave earlier.
            salt: the installation's own, so that what is kept cannot be looked up in a table.
            now: time in seconds since the epoch, UTC.
            on_change: called with the new state, for keeping.
        """
        state = state if isinstance(state, Mapping) else {}
        refused = state.get("refused")
        self.form = asyncio.Lock()
        self._salt = salt.encode()
        self._now = now
        self._on_change = on_change
        # When each of these credentials was refused last, by salted digest.
        self._refused: dict[str, float] = {
            str(key): times[0]
            for key, kept in (refused.items() if isinstance(refused, Mapping) else ())
            if (times := _times([kept]))
        }
        self._refusals = _times(state.get("refusals"))[-REFUSALS:]  # since the last granted login
        self._locked_until = next(iter(_times([state.get("locked_until")])), 0.0)
        locked = state.get("locked")  # the credentials, by digest, that the PBX answered so
        self._locked = {str(key) for key in locked} if isinstance(locked, list) else set()
        self._allowed: set[str] = set()  # what a user wants sent once more by itself
        self._ended = 0  # sessions in a row, none of which lasted
        self._logins: list[float] = []  # the first ones and the last one, since a session lasted

    @staticmethod
    def digest(host: str, *credentials: str) -> str:
        """Return what stands for credentials at a host without giving them away."""
        text = json.dumps([host.strip().casefold(), *credentials])
        return hashlib.sha256(text.encode()).hexdigest()

    def check(self, credentials: str, *, by_user: bool = False) -> None:
        """Return if these credentials may be sent now.

        Args:
            credentials: their digest.
            by_user: whether a user asks for this very login. It is sent in a lock-out, too, which
                may have been lifted on the PBX. So are others that met no lock-out yet.

        Raises:
            PbxAuthError: the PBX has refused them.
            PbxLockedOutError: the PBX takes no login.
            PbxLoginLimitError: the PBX has refused too many logins.
        """
        if by_user:
            self._check_refusals()
            return
        key = self._key(credentials)
        if key in self._locked and (remaining := self._lockout()) > 0:
            raise PbxLockedOutError(remaining=remaining)
        if key not in self._refused:
            return
        if credentials not in self._allowed:
            raise PbxAuthError
        self._check_refusals()
        self._allowed.discard(credentials)

    def allow(self, credentials: str) -> None:
        """Allow refused credentials once more: a user asks for it."""
        if self._key(credentials) in self._refused:
            self._allowed.add(credentials)

    def refused(self, credentials: str) -> None:
        """Remember that the PBX refused credentials, so it has not locked us out before."""
        key, now = self._key(credentials), self._now()
        self._refused.pop(key, None)
        self._refused[key] = now
        while len(self._refused) > REMEMBERED:
            del self._refused[next(iter(self._refused))]
        self._refusals = [*self._refusals, now][-REFUSALS:]
        self._unlocked()
        self._changed()

    def locked_out(self, credentials: str) -> float:
        """Remember that the PBX takes no login for ten minutes; return what is left of them.

        It counts from zero when that is over, or lifted on the PBX.
        """
        if self._lockout() <= 0:
            self._unlocked()
            self._locked_until = self._now() + LOCKOUT
        self._locked.add(self._key(credentials))
        self._refusals = []
        self._changed()
        return self._lockout()

    def succeeded(self, credentials: str) -> None:
        """Forget that these credentials were refused, all counts and any lock-out: a login worked.

        Others stay refused: that one user may log in proves nothing for another one.
        """
        known = self._refused.pop(self._key(credentials), None) is not None
        if known or self._refusals or self._locked_until:
            self._refusals = []
            self._unlocked()
            self._changed()

    def forget_old(self, kept: Collection[str]) -> None:
        """Forget refusals of more than 30 days ago, except those of `kept` credentials."""
        keys = {self._key(credentials) for credentials in kept}
        oldest = self._now() - REMEMBERED_FOR
        old = [key for key, at in self._refused.items() if at < oldest and key not in keys]
        for key in old:
            del self._refused[key]
        if old:
            self._changed()

    def as_dict(self) -> dict[str, Any]:
        """Return the state as JSON values; nothing where there is nothing to remember."""
        if not self._refused and not self._locked_until:
            return {}
        return {
            "refused": dict(self._refused),
            "refusals": list(self._refusals),
            "locked_until": self._locked_until,
            "locked": sorted(self._locked),
        }

    # The rate of logins that nobody asks for

    def check_rate(self) -> None:
        """Return if another login may be sent: three in a minute, then one in five minutes.

        Raises:
            PbxLoginLimitError: it may not.
        """
        if not self._logins:
            return
        now = self._now()
        self._logins = [min(at, now) for at in self._logins]  # the clock may have been put back
        first_minute, last = self._logins[0] + FIRST_MINUTE, self._logins[-1]
        if len(self._logins) < FIRST_LOGINS and last < first_minute:
            return
        if (remaining := max(first_minute, last) + LOGIN_PAUSE - now) > 0:
            raise PbxLoginLimitError(remaining)

    def count(self) -> None:
        """Count a login that the PBX granted or refused."""
        self._logins = [*self._logins[: FIRST_LOGINS - 1], self._now()]

    def lasted(self) -> None:
        """Count from zero: a session proved good, or a user asks for a login."""
        self._logins.clear()
        self._ended = 0

    def ended(self) -> None:
        """Count a session that the PBX ended: it refused the token."""
        self._ended += 1

    @property
    def sessions_end(self) -> bool:
        """Return whether as many sessions in a row were ended as a minute may begin with."""
        return self._ended >= FIRST_LOGINS

    def _key(self, credentials: str) -> str:
        return hmac.digest(self._salt, credentials.encode(), hashlib.sha256).hex()

    def _check_refusals(self) -> None:
        now = self._now()
        self._refusals = [min(at, now) for at in self._refusals if now - at < LOCKOUT]
        if len(self._refusals) >= REFUSALS:
            raise PbxLoginLimitError(self._refusals[0] + LOCKOUT - now)

    def _unlocked(self) -> None:
        self._locked_until = 0.0
        self._locked.clear()

    def _lockout(self) -> float:
        """Return the seconds that are left; no clock set back makes them more than ten minutes."""
        now = self._now()
        if self._locked_until - now > LOCKOUT:
            self._locked_until = now + LOCKOUT
            self._changed()
        return self._locked_until - now

    def _changed(self) -> None:
        if self._on_change is not None:
            self._on_change(self.as_dict())


def _times(values: object) -> list[float]:
    """Return the finite positive numbers of a list."""
    if not isinstance(values, list):
        return []
    return [float(value) for value in values if isinstance(value, int | float) and 0 < value < 1e11]
