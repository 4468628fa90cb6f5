"""What extensions reported of themselves lately, whatever the reason: they ring, talk, are idle."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from ..model.events import CallEvent, CallReport
from ..model.lines import ExtensionStatus
from .facts import DISORDER

MAX_PHONES: Final = 1024
MAX_RINGS: Final = 8
"""Rings that are remembered of each extension."""
EXACT: Final = timedelta(seconds=2.5)
"""How exactly the statuses of extensions tell when a call began or ended."""
_NEXT_RINGS = timedelta(seconds=5)
"""How soon a queue rings the next agent."""
_CALLS = (ExtensionStatus.BUSY, ExtensionStatus.RINGING)


class Ring:
    """One time that an extension rang (UTC); `until` is None while it rings."""

    def __init__(self, extension: str, since: datetime) -> None:
        """Begin to ring."""
        self.extension, self.since = extension, since
        self.until: datetime | None = None
        self.picked_up = False


class _Phone:
    """What an extension reported last, since when, and before that."""

    def __init__(self) -> None:
        self.status: ExtensionStatus | None = None
        self.before: ExtensionStatus | None = None
        self.since: datetime | None = None
        self.rings: deque[Ring] = deque(maxlen=MAX_RINGS)


class Phones:
    """Remembers the statuses of extensions."""

    def __init__(self) -> None:
        """Start with none."""
        self._phones: OrderedDict[str, _Phone] = OrderedDict()

    def note(self, extension: str, status: ExtensionStatus | None, now: datetime) -> bool:
        """Apply a status; return whether it is news, not the one before the last, sent again."""
        phone = self._phones.get(extension)
        if phone is None:
            phone = self._phones[extension] = _Phone()
            if len(self._phones) > MAX_PHONES:
                self._phones.popitem(last=False)
        else:
            self._phones.move_to_end(extension)
        if status is phone.status:
            return True
        since = phone.since
        if status is phone.before and since is not None and abs(now - since) <= DISORDER:
            return False
        phone.before, phone.status, phone.since = phone.status, status, now
        if phone.rings and phone.rings[-1].until is None:
            phone.rings[-1].until = now
            phone.rings[-1].picked_up = status is ExtensionStatus.BUSY
        if status is ExtensionStatus.RINGING:
            phone.rings.append(Ring(extension, now))
        return True

    def caller_among(self, report: CallReport) -> str:
        """Return the one of two extensions that must make the call, "" if that does not show.

        It is busy while the other one rings, as their statuses tell.
        """
        if report.event is not CallEvent.RINGING or len(report.legs) != 2:
            return ""
        one, other = (leg.extension for leg in report.legs)
        phones = self._phones.get(one), self._phones.get(other)
        reported = tuple(phone and phone.status for phone in phones)
        return one if reported == _CALLS else other if reported == _CALLS[::-1] else ""

    def rings_of(self, extension: str, begin: datetime, end: datetime) -> Iterator[Ring]:
        """Yield the rings of an extension that began in a time."""
        if (phone := self._phones.get(extension)) is not None:
            yield from (ring for ring in phone.rings if begin - EXACT <= ring.since <= end + EXACT)

    def rang_until(self, begin: datetime, end: datetime) -> list[Ring]:
        """Return the rings of a call that nobody answered, the first one first.

        The last ones end with the call; others end where the next extension begins to ring.
        """
        rest = [
            ring
            for extension in self._phones
            for ring in self.rings_of(extension, begin, end)
            if ring.until is not None and ring.until <= end + EXACT and not ring.picked_up
        ]
        found = [ring for ring in rest if end - (ring.until or end) <= EXACT]
        while before := [
            ring
            for ring in rest
            if ring not in found and any(_is_next(each, ring) for each in found)
        ]:
            found += before
        return sorted(found, key=lambda ring: ring.since)


def _is_next(ring: Ring, before: Ring) -> bool:
    """Return whether a ring begins where another one ends, as in a queue."""
    return timedelta(0) <= ring.since - (before.until or ring.since) <= _NEXT_RINGS
