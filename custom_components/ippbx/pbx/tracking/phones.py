"""Latest statuses of extensions, and how they rang, whatever the call."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from ..model.lines import ExtensionStatus, LegState

MAX_PHONES: Final = 1024
MAX_RINGS: Final = 1024
"""Remembered rings of all extensions."""
EXACT: Final = timedelta(seconds=2.5)
"""How exactly statuses of extensions give the beginning and end of a call."""
AT_ONCE: Final = timedelta(seconds=0.2)
"""Within what time extensions of a group cease to ring: 5 ms in Asterisk (docs/asterisk.md)."""
_LATE = timedelta(seconds=1)
"""How far the reports of an idle extension and of the end of a call may be apart."""
HOLDS: Final[dict[tuple[LegState | None, ExtensionStatus | None], LegState]] = {
    (LegState.TALKING, ExtensionStatus.ON_HOLD): LegState.ON_HOLD,
    (LegState.ON_HOLD, ExtensionStatus.BUSY): LegState.TALKING,
}
"""The state of a leg after a status of its extension, if reports do not state it."""


@dataclass(eq=False, slots=True)
class Ring:
    """One time that an extension rang (UTC).

    Attributes:
        waited: whether it may have rung before `since`: it was busy, or a snapshot shows it.
        until: None while it rings.
        picked_up: whether it was busy afterwards.
    """

    extension: str
    since: datetime
    waited: bool
    until: datetime | None = None
    picked_up: bool = False


class Phones:
    """Remembers the statuses of extensions."""

    def __init__(self) -> None:
        self._phones: OrderedDict[str, tuple[ExtensionStatus | None, Ring | None]] = OrderedDict()
        self._rings: deque[Ring] = deque(maxlen=MAX_RINGS)

    def note(
        self, number: str, status: ExtensionStatus | None, now: datetime, *, shown: bool = False
    ) -> None:
        """Apply a status of an extension, by a snapshot if `shown`."""
        before, ring = self._phones.pop(number, (None, None))
        if ring is not None and status is not before:
            ring.until, ring.picked_up, ring = now, status is ExtensionStatus.BUSY, None
        if status is ExtensionStatus.RINGING and ring is None:
            ring = Ring(number, now, shown or before is ExtensionStatus.BUSY)
            self._rings.append(ring)
        self._phones[number] = status, ring
        if len(self._phones) > MAX_PHONES:
            self._phones.popitem(last=False)

    def rings_since(self, extension: str, begin: datetime) -> bool:
        """Return whether an extension rings now, and began after `begin`."""
        _, ring = self._phones.get(extension, (None, None))
        return ring is not None and ring.since > begin

    def rings(self, begin: datetime, end: datetime) -> list[Ring]:
        """Return the rings, in order, that began after `begin` and ended about at `end`."""
        recent = takewhile(lambda ring: ring.since >= begin - EXACT, reversed(self._rings))
        found = [ring for ring in recent if ring.until and abs(ring.until - end) <= _LATE]
        return found[::-1]
