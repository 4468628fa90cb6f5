"""Keeps an application from locking itself out of the PBX, over restarts, too.

Five refused logins block an address for ten minutes (pbx-api, "Enabling the API, lock-out, IP
rules"). So refused credentials are never sent again unasked, and a lock-out is waited out.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
import hashlib
import hmac
import json
import time
from typing import Any

from ..errors import PbxAuthError, PbxLockedOutError

LOCKOUT = 600.0
REPEATS = 3
REMEMBERED = 16
REMEMBERED_FOR = 30 * 86400.0


def wall_clock() -> float:
    """Return the time in seconds since the epoch, UTC; looked up late, so that it can be frozen."""
    return time.time()


@dataclass(slots=True, kw_only=True)
class _Refusal:
    """A refusal of credentials.

    Attributes:
        at: when the PBX refused them last.
        repeats: when the user had them sent again.
    """

    at: float
    repeats: list[float] = field(default_factory=list)


class LoginGuard:
    """What is known about refused logins at one PBX."""

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
        self._salt = salt.encode()
        self._now = now
        self._on_change = on_change
        # By salted digest.
        self._refused: dict[str, _Refusal] = {
            str(key): refusal
            for key, kept in (refused.items() if isinstance(refused, Mapping) else ())
            if (refusal := _refusal(kept)) is not None
        }
        self._locked_until = next(iter(_times([state.get("locked_until")])), 0.0)
        self._allowed: set[str] = set()  # what a user wants sent once more by itself

    @staticmethod
    def digest(host: str, *credentials: str) -> str:
        """Return what stands for credentials at a host without giving them away."""
        text = json.dumps([host.strip().casefold(), *credentials])
        return hashlib.sha256(text.encode()).hexdigest()

    def check(self, credentials: str, *, by_user: bool = False) -> None:
        """Return if these credentials may be sent now, and count a repeat that the user wants.

        Args:
            credentials: their digest.
            by_user: whether a user asks for this very login, who may repeat refused credentials
                three times in ten minutes, all of them together.

        Raises:
            PbxAuthError: the PBX has refused them.
            PbxLockedOutError: the PBX takes no login, or the user has repeated them too often.
        """
        if (remaining := self._lockout()) > 0:
            raise PbxLockedOutError(remaining=remaining)
        refusal = self._refused.get(self._key(credentials))
        if refusal is None:
            return
        if credentials in self._allowed:
            self._allowed.discard(credentials)
            return
        if not by_user:
            raise PbxAuthError
        self._count_repeat(refusal)

    def allow(self, credentials: str) -> None:
        """Allow refused credentials once more: a user asks for it.

        Raises:
            PbxLockedOutError: as for `check`.
        """
        self.check(credentials, by_user=True)
        if self._key(credentials) in self._refused:
            self._allowed.add(credentials)

    def refused(self, credentials: str) -> None:
        """Remember that the PBX refused credentials."""
        key = self._key(credentials)
        refusal = self._refused.pop(key, None)
        repeats = refusal.repeats if refusal is not None else []
        self._refused[key] = _Refusal(at=self._now(), repeats=repeats)
        while len(self._refused) > REMEMBERED:
            del self._refused[next(iter(self._refused))]
        self._changed()

    def locked_out(self) -> None:
        """Remember that the PBX takes no login for ten minutes."""
        self._locked_until = self._now() + LOCKOUT
        self._changed()

    def succeeded(self, credentials: str) -> None:
        """Forget that these credentials were refused, and any lock-out: a login with them worked.

        Others stay refused: two PBXs may share a host, and one that works proves nothing for both.
        """
        if self._refused.pop(self._key(credentials), None) is not None or self._locked_until:
            self._locked_until = 0.0
            self._changed()

    def forget_old(self, kept: Collection[str]) -> None:
        """Forget refusals of more than 30 days ago, except those of `kept` credentials."""
        keys = {self._key(credentials) for credentials in kept}
        oldest = self._now() - REMEMBERED_FOR
        old = [key for key, each in self._refused.items() if each.at < oldest and key not in keys]
        for key in old:
            del self._refused[key]
        if old:
            self._changed()

    def as_dict(self) -> dict[str, Any]:
        """Return the state as JSON values; nothing where there is nothing to remember."""
        if not self._refused and not self._locked_until:
            return {}
        refused = {key: asdict(refusal) for key, refusal in self._refused.items()}
        return {"refused": refused, "locked_until": self._locked_until}

    def _key(self, credentials: str) -> str:
        return hmac.digest(self._salt, credentials.encode(), hashlib.sha256).hex()

    def _count_repeat(self, refusal: _Refusal) -> None:
        now = self._now()
        for each in self._refused.values():
            each.repeats = [at for at in each.repeats if 0 <= now - at < LOCKOUT]
        repeats = sorted(at for each in self._refused.values() for at in each.repeats)
        if len(repeats) >= REPEATS:
            raise PbxLockedOutError(remaining=repeats[-REPEATS] + LOCKOUT - now)
        refusal.repeats.append(now)
        self._changed()

    def _lockout(self) -> float:
        """Return the seconds that are left; no clock set back makes them more than ten minutes."""
        remaining = self._locked_until - self._now()
        if remaining > LOCKOUT:
            self.locked_out()
            return LOCKOUT
        return remaining

    def _changed(self) -> None:
        if self._on_change is not None:
            self._on_change(self.as_dict())


def _refusal(kept: object) -> _Refusal | None:
    """Return a refusal that was kept; None where its time cannot be read."""
    if not isinstance(kept, Mapping) or not (at := _times([kept.get("at")])):
        return None
    return _Refusal(at=at[0], repeats=_times(kept.get("repeats")))


def _times(values: object) -> list[float]:
    """Return the finite positive numbers of a list."""
    if not isinstance(values, list):
        return []
    return [float(value) for value in values if isinstance(value, int | float) and 0 < value < 1e11]
