"""The target that feeds the call engine.

A story of reports, readings, records and time, one line each.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
import json

from custom_components.ippbx.pbx.errors import ReportError
from custom_components.ippbx.pbx.model.lines import Call, CallLeg, ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import (
    CallChange,
    CallEventType,
    CallOutcome,
    CallSnapshot,
    CallState,
)
from custom_components.ippbx.pbx.net.lenient_json import read_object, text_of
from custom_components.ippbx.pbx.tracking.calls import MAX_TEXTS
from custom_components.ippbx.pbx.tracking.tracker import CallTracker
from custom_components.ippbx.pbx.uc.clock import PbxClock
from custom_components.ippbx.pbx.uc.reports.legs import call_legs
from custom_components.ippbx.pbx.uc.reports.parse import parse_report
from custom_components.ippbx.pbx.uc.reports.records import call_record

from .checks import check_texts

_BEGIN = datetime(2026, 6, 1, 12, tzinfo=UTC)
_MOST_LINES = 200
_STATUSES = tuple(ExtensionStatus)


class Story:
    """Plays a story to an engine, and checks what the engine tells.

    A line that begins with one of these marks is no report: "~" time passes; "*" the PBX is read,
    and shows the calls of the reports so far that stand there by their position; "#" a record is
    read; "-" the link is lost; "!" the PBX is told to refuse a call.
    """

    def __init__(self, *, keeps_records: bool, two_ids: bool) -> None:
        """Begin without calls."""
        self.now = _BEGIN
        self.tracker = CallTracker(
            now=lambda: self.now,
            keeps_records=keeps_records,
            paired=two_ids,
        )
        self._ended: Counter[tuple[str, datetime]] = Counter()
        self._legs: list[tuple[str, tuple[CallLeg, ...]]] = []
        self._numbers: dict[str, None] = {}

    def play(self, line: bytes) -> None:
        """Play one line."""
        mark, rest = line[:1], line[1:]
        if mark == b"~":
            self._pass_time(rest)
        elif mark == b"*":
            self._told(self.tracker.resync(self._snapshot(rest)))
        elif mark == b"#":
            self._read_record(rest)
        elif mark == b"-":
            self.tracker.link_lost()
        elif mark == b"!":
            self.tracker.decided(rest.decode("latin-1"), accepted=False)
        else:
            self._report(line)

    def end(self) -> None:
        """Let all that is decided later be decided, and look at what is left."""
        for _ in range(50):
            if (due := self.tracker.termination.due) is None:
                break
            self.now = max(self.now, due)
            self._settle()
        assert self.tracker.termination.due is None or self.tracker.index.keeps_records, (
            "never settles"
        )
        for call in self.tracker.active.values():
            check_texts(call)
            assert self.tracker.find(call.call_id) is not None, "a live call cannot be found"
        for number in self._numbers:
            for call in self.tracker.calls_of(number):
                assert call.call_id in self.tracker.active, "a call of an extension does not live"
            self.tracker.leg_states_of(number)
        assert len(self.tracker.active) <= MAX_TEXTS, "too many calls"

    def _report(self, line: bytes) -> None:
        try:
            report = parse_report(line)
            data = read_object(line)
        except ReportError:
            return
        legs = call_legs(data)
        self._legs.append((text_of(data.get("callid")), legs))
        self._numbers.update(dict.fromkeys(leg.extension for leg in legs[:8]))
        self._told(self.tracker.receive(report))

    def _pass_time(self, text: bytes) -> None:
        try:
            seconds = float(text[:8])
        except ValueError:
            seconds = 1.0
        if not -60 <= seconds <= 1e6:  # a clock may be set back, too
            seconds = 11.0
        self.now += timedelta(seconds=seconds)
        self._settle()

    def _settle(self) -> None:
        self._told(self.tracker.settle())
        due = self.tracker.termination.due
        assert due is None or due > self.now, "due at once again: a loop without an end"

    def _read_record(self, line: bytes) -> None:
        try:
            record = call_record(read_object(line), PbxClock())
        except ReportError:
            return
        self._told(self.tracker.records([record] if record.call_id else []))

    def _snapshot(self, which: bytes) -> CallSnapshot:
        shown = [self._legs[byte % len(self._legs)] for byte in which[:16] if self._legs]
        extensions: dict[str, ExtensionStatus | None] = {
            leg.extension: _STATUSES[which[0] % len(_STATUSES)]
            for _, legs in shown[:2]
            for leg in legs
            if leg.extension
        }
        return CallSnapshot(
            asked_at=self.now - timedelta(seconds=which[0] % 3 if which else 0),
            calls=tuple(Call(call_id=call_id, legs=legs) for call_id, legs in shown),
            queried=self.tracker.unsure_extensions,
            extensions=extensions,
        )

    def _told(self, changes: tuple[CallChange, ...]) -> None:
        for index, change in enumerate(changes):
            check_texts(change.call)
            hash(change)
            if change.type is CallEventType.ENDED:
                assert change.call.state is CallState.ENDED, "ended, but in another state"
                assert change.call.ended is not None, "ended, but not when"
                self._ended[change.call.call_id, change.call.started] += 1
            elif change.type is CallEventType.MISSED:
                before = changes[index - 1] if index else None
                assert before is not None, "missed before it ended"
                assert before.type is CallEventType.ENDED, "missed before it ended"
                assert change.call.outcome is CallOutcome.MISSED, "missed, but with another outcome"


def engine(data: bytes) -> None:
    """Play an input to the engine as a story."""
    kind = data[:1] or b"\0"
    story = Story(keeps_records=bool(kind[0] & 1), two_ids=bool(kind[0] & 2))
    for line in data[1:].split(b"\n")[:_MOST_LINES]:
        story.play(line)
    story.end()


def as_story(lines: list[bytes], kind: int) -> bytes:
    """Return an input that tells a story."""
    return bytes([kind]) + b"\n".join(line.replace(b"\n", b" ") for line in lines)


def as_record(values: dict[str, str]) -> bytes:
    """Return the line of a record that is read."""
    return b"#" + json.dumps(values).encode()
