"""What extensions reported of themselves lately, whatever the reason: they ring, talk, are idle."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ..model.events import CallEvent, CallReport
from ..model.lines import ExtensionStatus
from .calls import LiveCall
from .facts import DISORDER

MAX_PHONES: Final = 1024
MAX_RINGS: Final = 8
"""Rings that are remembered of each extension."""
EXACT: Final = timedelta(seconds=2.5)
"""How exactly the statuses of extensions tell when a call began or ended."""
_NEXT_RINGS = timedelta(seconds=5)
"""How soon a queue rings the next agent."""
_CALLS = (ExtensionStatus.BUSY, ExtensionStatus.RINGING)
_BOTH_SIDES = (CallEvent.RINGING, CallEvent.ANSWER)


@dataclass(slots=True, eq=False)
class Ring:
    """One time that an extension rang (UTC); `until` is None while it rings."""

    extension: str
    since: datetime
    until: datetime | None = None
    picked_up: bool = False


@dataclass(slots=True, eq=False)
class _Phone:
    status: ExtensionStatus | None = None
    before: ExtensionStatus | None = None
    since: datetime | None = None
    rings: deque[Ring] = field(default_factory=lambda: deque(maxlen=MAX_RINGS))


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
        if (
            status is phone.before
            and phone.since is not None
            and abs(now - phone.since) <= DISORDER
        ):
            return False
        phone.before, phone.status, phone.since = phone.status, status, now
        last = phone.rings[-1] if phone.rings else None
        if last is not None and last.until is None:
            last.until, last.picked_up = now, status is ExtensionStatus.BUSY
        if status is ExtensionStatus.RINGING:
            phone.rings.append(Ring(extension, now))
        return True

    def status(self, extension: str) -> ExtensionStatus | None:
        """Return what an extension reported last."""
        phone = self._phones.get(extension)
        return None if phone is None else phone.status

    def caller_among(self, report: CallReport) -> str:
        """Return the one of two extensions that must make the call, "" if that does not show.

        It is busy while the other one rings, as their statuses tell.
        """
        if report.event is not CallEvent.RINGING or len(report.legs) != 2:
            return ""
        one, other = (leg.extension for leg in report.legs)
        reported = (self.status(one), self.status(other))
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


class PartyOrder:
    """Learns whether a PBX names the callee first: samples do, a page says otherwise."""

    def __init__(self) -> None:
        """Start with what the samples show."""
        self._votes = 1

    @property
    def callee_first(self) -> bool:
        """Return whether the callee is named first."""
        return self._votes > 0

    def learn(self, call: LiveCall) -> None:
        """Learn from a call whose caller is certain, once: compare it with who was named first."""
        caller = call.facts.caller
        if caller is None or not caller.certain or "order" in call.published.things:
            return
        if call.facts.on_trunk or call.facts.transfers:
            return
        for each in call.evidence:
            event = each.event
            if (
                isinstance(event, CallReport)
                and event.event in _BOTH_SIDES
                and len(event.legs) == 2
            ):
                call.published.things.add("order")
                vote = -1 if caller.extension == event.legs[0].extension else 1
                self._votes = max(-3, min(3, self._votes + vote))
                return
