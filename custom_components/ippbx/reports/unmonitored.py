"""Unmonitored lines: the PBX reports nothing of an extension or a trunk, but other things."""

from collections import Counter
from collections.abc import Callable, Set as AbstractSet
from math import inf

from ..pbx.model.events import CallEvent, CallRecordReport, CallReport
from ..pbx.model.lines import CallRecord, LegKind, LegState
from ..state.store import StateStore

MISSES = 2  # unreported changes or calls in a row: a single report may be lost
_LATE = 5.0  # seconds that a record may come after the end of its call
_ANSWERS = (CallEvent.ANSWER, CallEvent.ANSWERED)


class UnmonitoredExtensions:
    """The extensions for which the PBX's Status Monitor is off.

    An extension is unmonitored after `MISSES` changes that were read without a report, each while
    other reports arrived before and after.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._reported: set[str] = set()
        self._reported_since_read: set[str] = set()
        self._missed: Counter[str] = Counter()
        self._unmonitored: set[str] = set()

    @property
    def numbers(self) -> list[str]:
        """Return the numbers of unmonitored extensions, sorted."""
        return sorted(self._unmonitored)

    def any_reported(self, numbers: AbstractSet[str]) -> bool:
        """Return True if one of these extensions was ever reported."""
        return not self._reported.isdisjoint(numbers)

    def forget_reported(self) -> None:
        """Record that nothing arrives, which explains the misses of what was reported before."""
        for number in self._reported & self._missed.keys():
            del self._missed[number]

    def status_reported(self, number: str) -> None:
        """Record the report of an extension's status."""
        self._reported.add(number)
        self._reported_since_read.add(number)
        self._missed.pop(number, None)
        self._unmonitored.discard(number)

    def compare(self, changed: AbstractSet[str], *, proven: bool) -> set[str]:
        """Record a read.

        Args:
            changed: extensions that changed without a report.

        Returns:
            Those that question the delivery of reports. An extension that was reported since the
            last read does not: its report and the list merely differ.
        """
        missing = set(changed) - self._reported_since_read if proven else set(changed)
        if proven:
            self.confirm()
            self._missed.update(missing)
            missing -= self._unmonitored
        self._reported_since_read.clear()
        return missing

    def confirm(self) -> None:
        """Record that reports arrive: extensions with enough misses are now unmonitored."""
        self._unmonitored.update(n for n, times in self._missed.items() if times >= MISSES)


class UnmonitoredTrunks:
    """The trunks for which the PBX's Status Monitor is off.

    No list shows it. A trunk is unmonitored after `MISSES` calls over it in a row whose record and
    whose extension's answer were reported, but no leg on the trunk: reports of calls name the legs
    of monitored trunks only (pbx-api, "Events, v2.0.0").
    """

    def __init__(
        self, store: StateStore, trunk_of: Callable[[str], str], clock: Callable[[], float]
    ) -> None:
        """Start with none.

        Args:
            store: knows the extensions and trunks.
            trunk_of: returns the trunk of a call by its id, which a read may have shown; OpenVox's
                records do not name it.
            clock: returns the time in seconds.
        """
        self._store = store
        self._trunk_of = trunk_of
        self._clock = clock
        self._named: dict[str, float] = {}  # trunks with calls: when a leg on them was reported
        self._named_otherwise = -inf  # when a leg was on a trunk that no list has by that name
        self._answered: dict[str, float] = {}  # extensions: when they were last reported to talk
        self._missed: Counter[str] = Counter()

    @property
    def names(self) -> list[str]:
        """Return the names of unmonitored trunks, sorted."""
        return sorted(name for name, calls in self._missed.items() if calls >= MISSES)

    def receive(self, event: CallReport | CallRecordReport) -> None:
        """Note which lines the reports of calls name, and compare them with the records."""
        if isinstance(event, CallReport):
            self._receive_call(event)
        else:
            self._receive_record(event.record)

    def _receive_call(self, report: CallReport) -> None:
        answers = report.event in _ANSWERS
        for leg in report.legs:
            if leg.kind is not LegKind.EXTENSION:
                self._name(leg.trunk)
            elif leg.extension not in self._store.extensions:
                continue
            elif answers or leg.state is LegState.TALKING:
                self._answered[leg.extension] = self._clock()

    def _name(self, trunk: str) -> None:
        if trunk in self._named:
            self._named[trunk] = self._clock()
            self._missed.pop(trunk, None)
        elif not self._is_known(trunk):
            self._named_otherwise = self._clock()

    def _receive_record(self, record: CallRecord) -> None:
        if record.outcome != "answered" or not record.talk_duration:
            return
        if record.source_trunk and record.destination_trunk:
            return  # both parties may have been outside
        trunk = record.source_trunk or record.destination_trunk or self._trunk_of(record.call_id)
        if not self._is_known(trunk):
            return
        began = self._clock() - (record.duration or 0) - _LATE
        talked = [self._answered.pop(each, -inf) for each in (record.caller, record.callee)]
        # The first call over a trunk only shows that there is one to listen for.
        named = max(self._named.setdefault(trunk, self._clock()), self._named_otherwise)
        if max(talked) >= began > named:
            self._missed[trunk] += 1

    def _is_known(self, trunk: str) -> bool:
        return any(each.name == trunk for each in self._store.trunks.values())
