"""What is remembered beside the calls.

Repeated reports, the order of parties, and phones that rang.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from ..model.events import CallEvent, CallReport, PbxEvent
from ..model.lines import ExtensionStatus
from .legs import DISORDER
from .live import LiveCall

REPEATED: Final = timedelta(seconds=10)
"""How long an equal report counts as the same one, sent again."""
MAX_REPORTS: Final = 4096
MAX_RINGS: Final = 128
MAX_PHONES: Final = 1024
_CALLS = (ExtensionStatus.BUSY, ExtensionStatus.RINGING)
"""What two phones do of which the first calls the second."""
_BOTH_SIDES = (CallEvent.RINGING, CallEvent.ANSWER)


class Repeats:
    """Knows reports that were taken a moment ago."""

    def __init__(self) -> None:
        """Begin with none."""
        self._seen: OrderedDict[int, datetime] = OrderedDict()  # hashes: reports may be long

    def known(self, report: PbxEvent, now: datetime) -> bool:
        """Return True if a report was taken a moment ago, and remember it."""
        while self._seen:
            oldest, at = next(iter(self._seen.items()))
            if abs(now - at) <= REPEATED and len(self._seen) < MAX_REPORTS:
                break
            del self._seen[oldest]
        mark = hash((type(report), report))
        if mark in self._seen:
            return True
        self._seen[mark] = now
        return False


class PartyOrder:
    """Learns whether a PBX names the callee first.

    Samples do, a text says otherwise (pbx-api, section 13).
    """

    def __init__(self) -> None:
        """Believe the samples."""
        self._votes = 1

    @property
    def callee_first(self) -> bool:
        """Return True if the callee is named first."""
        return self._votes > 0

    def learn(self, report: CallReport, call: LiveCall) -> None:
        """Compare a report with who is known to call: who is said to hear it ring."""
        if report.event in _BOTH_SIDES and len(report.legs) == 2 and not call.transfers:
            call.named_first = call.named_first or report.legs[0].extension
        if not call.named_first or call.order_learnt or call.on_trunk:
            return
        caller = call.caller_party
        if caller is None:
            return
        call.order_learnt = True
        vote = -1 if caller.extension == call.named_first else 1
        self._votes = max(-3, min(3, self._votes + vote))


type _Word = tuple[ExtensionStatus | None, datetime]
"""What a phone was said to do, and when."""


class Phones:
    """Remembers what phones did lately, whatever for."""

    def __init__(self) -> None:
        """Begin with none."""
        self._rings: deque[tuple[datetime, str]] = deque(maxlen=MAX_RINGS)
        self._words: OrderedDict[str, tuple[_Word, _Word]] = OrderedDict()
        self._picked_up: OrderedDict[str, datetime] = OrderedDict()

    def note(self, extension: str, status: ExtensionStatus | None, now: datetime) -> bool:
        """Apply the status of an extension.

        Return whether it is news, not that before the last one, sent again.
        """
        word, nothing = (status, now), (None, now)
        before, last = self._words.pop(extension, (nothing, nothing))
        if status is not last[0] and status is before[0] and abs(now - before[1]) <= DISORDER:
            self._words[extension] = (before, last)
            return False
        self._words[extension] = (last, word) if status is not last[0] else (before, last)
        if len(self._words) > MAX_PHONES:
            self._words.popitem(last=False)
        if status is ExtensionStatus.BUSY and last[0] is not status:
            self._picked_up[extension] = now
            if len(self._picked_up) > MAX_PHONES:
                self._picked_up.popitem(last=False)
        if status is ExtensionStatus.RINGING:
            self._rings.append((now, extension))
        return True

    def last(self, extension: str) -> ExtensionStatus | None:
        """Return what an extension was said to do last."""
        words = self._words.get(extension)
        return None if words is None else words[1][0]

    def idle_after(self, extension: str, at: datetime) -> bool:
        """Return True if an extension was last said to be idle, and that after a time."""
        words = self._words.get(extension)
        return words is not None and words[1][0] is ExtensionStatus.IDLE and words[1][1] > at

    def caller_among(self, report: CallReport) -> str:
        """Return the one of two extensions that must hear it ring.

        Busy, as its status tells, while the other one rings.
        """
        if report.event is not CallEvent.RINGING or len(report.legs) != 2:
            return ""
        one, other = (leg.extension for leg in report.legs)
        said = (self.last(one), self.last(other))
        return one if said == _CALLS else other if said == _CALLS[::-1] else ""

    def picked_up(self, extension: str) -> datetime | None:
        """Return when a phone was picked up the last time."""
        return self._picked_up.get(extension)

    def between(self, begin: datetime, end: datetime) -> Iterator[tuple[datetime, str]]:
        """Yield when which extensions began to ring in a time."""
        return ((at, number) for at, number in self._rings if begin <= at <= end)
