"""The sessions of clients: tokens, and the address for reports that each registered."""

from __future__ import annotations

from dataclasses import dataclass
import itertools
import secrets
from typing import Any, NamedTuple

from pbx_simulator.knobs import Knobs
from pbx_simulator.statistics import Statistics
from pbx_simulator.waiting import Clock

from .dialects import Dialect, ReportFormat
from .errors import ApiError

_EXPIRED_LIMIT = 256


class ReportTarget(NamedTuple):
    """The address for reports, as login and heartbeat spell it (pbx-api, section 11)."""

    ipaddr: str
    port: str
    url: str
    urltag: str


@dataclass(slots=True, kw_only=True)
class Session:
    """A session, from login to logout. Times are epoch seconds.

    Attributes:
        target: The address for reports that it registered last.
        order: The higher, the later it registered the address.
    """

    token: str
    refresh_token: str
    source: str
    format: ReportFormat
    expires: float
    target: ReportTarget | None = None
    order: int = 0


class Sessions:
    """All living sessions. Whether one has expired is decided when they are read."""

    def __init__(
        self, dialect: Dialect, knobs: Knobs, clock: Clock, statistics: Statistics
    ) -> None:
        """Start without any token."""
        self._dialect = dialect
        self._knobs = knobs
        self._clock = clock
        self._statistics = statistics
        self._living: dict[str, Session] = {}
        self._expired: dict[str, None] = {}
        self._order = itertools.count(1)
        self.last_target: ReportTarget | None = None
        self.last_format = dialect.fallback_format

    def open(self, source: str, version: str) -> Session:
        """Start a session for a login (pbx-api, section 5.1)."""
        if self._knobs.single_token:
            self.drop_all()
        session = Session(
            token=secrets.token_hex(16),
            refresh_token=secrets.token_hex(16),
            source=source,
            format=self._dialect.formats.get(version, self._dialect.fallback_format),
            expires=self._clock() + self._knobs.token_ttl,
        )
        self._living[session.token] = session
        self._statistics.session_opened(session.token, source)
        return session

    def check(self, token: str) -> Session:
        """Return the living session of a token, which this exchange renews.

        Raises:
            ApiError: 20005 without a token, 20004 for an unknown, 20006 for an expired one.
        """
        if not token:
            raise ApiError("20005")
        self._expire()
        session = self._living.get(token)
        if session is None:
            raise ApiError("20006" if token in self._expired else "20004")
        self.renew(session)
        self._statistics.exchange(session.token)
        return session

    def renew(self, session: Session) -> None:
        """Let a session live for its full time again (pbx-api, section 5.2)."""
        if self._knobs.sliding:
            session.expires = self._clock() + self._knobs.token_ttl

    def refresh(self, refresh_token: str) -> Session:
        """Exchange a refresh token for a new pair (pbx-api, section 5.4).

        Raises:
            ApiError: 20004 when no living session has it.
        """
        self._expire()
        for session in list(self._living.values()):
            if session.refresh_token == refresh_token:
                del self._living[session.token]
                old = session.token
                session.token, session.refresh_token = secrets.token_hex(16), secrets.token_hex(16)
                session.expires = self._clock() + self._knobs.token_ttl
                self._living[session.token] = session
                self._statistics.session_renamed(old, session.token)
                return session
        raise ApiError("20004")

    def register(self, session: Session, target: ReportTarget | None) -> None:
        """Register the address to which a session wants its reports."""
        session.target = target
        session.order = next(self._order)
        self.last_target = target
        self.last_format = session.format

    def close(self, session: Session) -> None:
        """End a session (logout)."""
        self._living.pop(session.token, None)
        self._statistics.session_ended(session.token)

    def drop_all(self) -> None:
        """Forget every token, so that each is answered 20004."""
        for token in self._living:
            self._statistics.session_ended(token)
        self._living.clear()
        self._expired.clear()

    def living(self) -> tuple[Session, ...]:
        """Return the sessions that live now."""
        self._expire()
        return tuple(self._living.values())

    def receivers(self) -> tuple[Session, ...]:
        """Return the sessions that a report goes to now (pbx-api, section 5.2, "second login")."""
        registered = sorted((s for s in self.living() if s.target), key=lambda s: s.order)
        return tuple(registered if self._knobs.reports_per_login else registered[-1:])

    def is_living(self, session: Session) -> bool:
        """Return True if a session lives now."""
        return session in self.living()

    def _expire(self) -> None:
        now = self._clock()
        for session in [s for s in self._living.values() if s.expires <= now]:
            del self._living[session.token]
            self._expired[session.token] = None
            self._statistics.session_ended(session.token, at=session.expires)
        while len(self._expired) > _EXPIRED_LIMIT:
            del self._expired[next(iter(self._expired))]

    def state(self) -> list[dict[str, Any]]:
        """Return the living sessions for the console, without the tokens themselves."""
        now = self._clock()
        return [
            {
                "token": session.token[:4] + "…",
                "source": session.source,
                "format": session.format.value,
                "seconds_left": round(session.expires - now),
                "target": list(session.target) if session.target else None,
            }
            for session in self.living()
        ]
