"""The PBX's wall clock, in which call records state times and are asked for.

See pbx-api, "Identifiers and time".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import re
from typing import Final, Self

from ..model.lines import CallRecord

ZONES: Final = timedelta(hours=14)
"""How far the time of day is from UTC at most, anywhere."""
_QUARTER: Final = timedelta(minutes=15)  # every zone is so many of them from UTC
_CHUNK: Final = timedelta(days=1)  # the small web server of a PBX is to write no longer file
_WALL: Final = re.compile(
    r"\s*((?:19|20|21)\d\d)[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d\d):(\d\d)", re.ASCII
)

_EPOCH: Final = re.compile(r"(\d{9,10})\.\d{1,12}", re.ASCII)  # an id of Asterisk's


@dataclass(frozen=True, slots=True, kw_only=True)
class WallClock:
    """What the PBX's clock shows.

    Attributes:
        ahead: what it shows more than UTC: the zone, and what the clock is wrong.
        slack: how wrong `ahead` may be.
    """

    ahead: timedelta
    slack: timedelta = timedelta(0)

    @classmethod
    def at(cls, shown: str, now: datetime) -> Self | None:
        """Return the clock that shows a text now (UTC); None where the text is no time."""
        time = wall_time(shown)
        return None if time is None else cls(ahead=time - now.astimezone(UTC).replace(tzinfo=None))

    @property
    def error(self) -> timedelta:
        """Return how wrong the clock is, as far as no zone explains it.

        Zones are whole quarters of an hour.
        """
        if abs(self.ahead) > ZONES:
            return self.ahead
        return self.ahead - round(self.ahead / _QUARTER) * _QUARTER

    def learned(self, records: Iterable[CallRecord]) -> "WallClock":
        """Return it without slack where records show the zone.

        Their ids tell when they began (UTC).
        """
        if not self.slack:
            return self
        for record in records:
            epoch, time = _EPOCH.fullmatch(record.call_id), wall_time(record.started)
            if epoch and time is not None:
                began = datetime.fromtimestamp(int(epoch[1]), UTC).replace(tzinfo=None)
                return WallClock(ahead=time - began)
        return self

    def shows(self, moment: datetime) -> datetime:
        """Return what it shows at a moment (UTC)."""
        return moment.astimezone(UTC).replace(tzinfo=None) + self.ahead

    def began(self, record: CallRecord) -> datetime | None:
        """Return when (UTC) the call of a record began; None where that cannot be told."""
        time = wall_time(record.started)
        if time is None or self.slack:
            return None
        try:
            return (time - self.ahead).replace(tzinfo=UTC)
        except OverflowError:
            return None

    def ended(self, record: CallRecord) -> datetime | None:
        """Return when (UTC) the call of a record ended; None where that cannot be told."""
        began = self.began(record)
        if began is None or record.duration is None:
            return began
        try:
            return began + timedelta(seconds=record.duration)
        except OverflowError:
            return began

    def spans(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the spans of its time in which to ask for what began between two moments (UTC)."""
        since, until = self.shows(start) - self.slack, self.shows(end) + self.slack
        while since < until:
            yield since, min(since + _CHUNK, until)
            since += _CHUNK


def wall_time(text: str) -> datetime | None:
    """Return the time that a text begins with, without a zone, as PBXes print it.

    None where it is none.

    No clock shows a year before 1900 or after 2199, and calendars end soon after 9999.
    """
    found = _WALL.match(text)
    if found is None:
        return None
    try:
        return datetime(*map(int, found.groups()))  # type: ignore[arg-type]
    except ValueError:
        return None
