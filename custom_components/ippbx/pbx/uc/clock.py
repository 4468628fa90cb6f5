"""The clock of a PBX, which prints local times without a zone (pbx-api, "Identifiers and time")."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
import re
from typing import Final

from ..model.ids import began

ZONES: Final = timedelta(hours=14)
"""How far the time of day is from UTC at most, anywhere."""
_QUARTER: Final = timedelta(minutes=15)  # every zone is so many of them from UTC
_SLACK: Final = timedelta(seconds=5)  # between the id and the record of the same leg
_FARTHEST: Final = timedelta(hours=15)  # a zone that a record shows, with the slack of its clock
_SUMMER: Final = timedelta(hours=1)  # by which summer time moves a zone
_DAY: Final = timedelta(days=1)
_CHUNK: Final = _DAY  # the small web server of a PBX is to write no longer file
_WALL: Final = re.compile(
    r"\s*((?:19|20|21)\d\d)[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d\d):(\d\d)", re.ASCII
)


class PbxClock:
    """What is known of the clock of a PBX: its zone, and what it shows.

    Attributes:
        zone: what its local time is ahead of UTC; None while that is not known.
        ahead: what it showed more than UTC when it was last read, the zone included; None where
            it could not be read.
    """

    def __init__(self) -> None:
        """Begin without knowing anything."""
        self.zone: timedelta | None = None
        self.ahead: timedelta | None = None
        self._expected = timedelta(0)

    def expect(self, ahead: timedelta) -> None:
        """Take it for so far ahead of UTC as a record has shown in an earlier run."""
        self._expected = ahead
        self._guess_zone()

    @property
    def error(self) -> timedelta | None:
        """Return how wrong it is as far as no zone explains it; None where it could not be read."""
        if self.ahead is None or abs(self.ahead) > ZONES:
            return self.ahead
        return self.ahead - _quarters(self.ahead)

    @property
    def ahead_of_utc(self) -> timedelta:
        """Return how far it is ahead when its zone is taken off; as expected where not known."""
        if self.ahead is None or self.zone is None:
            return self._expected
        return self.ahead - self.zone

    def read(self, shown: str, now: datetime) -> None:
        """Note what it shows now (UTC); the likeliest zone counts until a record shows it.

        No zone explains a wrong date. A clock that was right and moves by an hour changes to or
        from summer time.
        """
        time, before = wall_time(shown), self.ahead
        self.ahead = None if time is None else time - _naive(now)
        if self.ahead is None:
            return
        if self.zone is None:
            self._guess_zone()
        elif before is not None and not _quarters(before - self.zone):
            moved = _quarters(self.ahead - before)
            if abs(moved) == _SUMMER and abs(self.ahead - before - moved) <= _SLACK:
                self.zone += moved

    def _guess_zone(self) -> None:
        if self.ahead is not None:
            zone = self.ahead - self._expected
            days = 0 if abs(zone) <= ZONES else round(zone / _DAY)
            self.zone = _quarters(zone - days * _DAY)

    def learn(self, call_id: str, shown: str, *, read: bool = False) -> timedelta | None:
        """Return the zone that a record shows, by an id that holds when the call began (UTC).

        It counts from now on. One that differs by an hour may be that of before a change to or
        from summer time, if the record was read and not reported: it is of that record alone.
        """
        begun, time = began(call_id), wall_time(shown)
        if begun is None or time is None:
            return None
        ahead = time - _naive(begun)
        zone = _quarters(ahead)
        if abs(zone) > _FARTHEST or abs(ahead - zone) > _SLACK:
            return None
        if not read or self.zone is None or abs(zone - self.zone) != _SUMMER:
            self.zone = zone
        return zone

    def utc(self, call_id: str, shown: str, *, read: bool = False) -> datetime | None:
        """Return the moment that a record shows, UTC by this clock; None where unreadable.

        Args:
            read: whether the record was read, not reported: as for `learn`.
        """
        zone = self.learn(call_id, shown, read=read)
        time, zone = wall_time(shown), self.zone if zone is None else zone
        if time is None or zone is None:
            return began(call_id)
        return (time - zone).replace(tzinfo=UTC)

    def spans(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the spans of its time in which to ask for what began between two moments (UTC).

        They are wide enough for any zone where nothing is known.
        """
        known = self.zone if self.ahead is None else self.ahead
        ahead, slack = (timedelta(0), ZONES) if known is None else (known, timedelta(0))
        start, end = _naive(since) + ahead - slack, _naive(until) + ahead + slack
        while start < end:
            yield start, min(start + _CHUNK, end)
            start += _CHUNK


def wall_time(text: str) -> datetime | None:
    """Return the time that a text begins with, without a zone, as PBXes print it; None for none.

    No clock shows a year before 1900 or after 2199, and calendars end soon after 9999.
    """
    found = _WALL.match(text)
    if found is None:
        return None
    try:
        return datetime(*map(int, found.groups()))  # type: ignore[arg-type]
    except ValueError:
        return None


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _quarters(ahead: timedelta) -> timedelta:
    """Return the nearest whole number of quarters of an hour."""
    return round(ahead / _QUARTER) * _QUARTER
