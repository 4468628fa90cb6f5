"""What a PBX shows of what no document tells: the open lines of docs/protocol-notes.md.

A line says what is taken to be so. Reports and answers speak for it or against it as they pass by,
until it is decided; a lost report may do so wrongly, so the majority counts.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from itertools import chain
from typing import Any, Final

from ..backend import Arrivals, FeedState, Finding
from ..model.actions import Action
from ..model.events import (
    CallEvent,
    CallRecordReport,
    CallReport,
    ExtensionStatusReport,
    PbxEvent,
    TrunkStatusReport,
    UnknownReport,
)
from ..model.ids import PAIR, parse_id
from ..model.lines import CallLeg, CallRecord, ExtensionStatus, LegKind, LegState
from ..model.values import value
from .dialects import OPENVOX, TRANSPORT_TCP, YEASTAR_V1

MAJORITY: Final = 3
"""How many more observations must speak for a line than against it, or the reverse."""
RECALLED: Final = 32
"""Reports of calls, and of records, that are recalled to judge a later one."""
RECALLED_COMMANDS: Final = 4
JUDGED_FIRST: Final = 500
"""Reports that are all judged."""
JUDGED_EACH: Final = 17
"""Of later ones one in so many is judged: a busy PBX shows the same all day."""
LONG_URL: Final = 60
"""Length of a report URL that tests what a PBX keeps: ours have about 65 characters."""


@value
class Sent:
    """A command that the PBX accepted, with the id of its call if the answer has one."""

    action: Action
    call_id: str


class Past:
    """What was seen lately, newest first.

    Attributes:
        calls: reports of calls.
        records: reports of records.
        sent: commands.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self.calls: deque[CallReport] = deque(maxlen=RECALLED)
        self.records: deque[CallRecord] = deque(maxlen=RECALLED)
        self.sent: deque[Sent] = deque(maxlen=RECALLED_COMMANDS)

    def of_call(self, call_id: str, *events: CallEvent) -> Iterator[CallReport]:
        """Yield the reports of a call that say one of these things."""
        return (
            each for each in self.calls if each.event in events and _same(each.call_id, call_id)
        )


type Judge = Callable[[Any, Past], bool | None]
"""Returns whether a report speaks for a line or against it; None if it does neither."""


def _extensions(event: CallReport) -> frozenset[str]:
    return frozenset(leg.extension for leg in event.legs if leg.extension)


def _inbound(event: CallReport) -> CallLeg | None:
    return next((leg for leg in event.legs if leg.kind is LegKind.INBOUND), None)


def _same(one: str, other: str) -> bool:
    """Return whether two ids are of one call: OpenVox may give it n and n + 2, a second later."""
    if one == other:
        return bool(one)
    found, wanted = parse_id(one), parse_id(other)
    if found is None or wanted is None:
        return False
    return abs(found[0] - wanted[0]) <= 1 and abs(found[1] - wanted[1]) <= PAIR


_RINGS: Final = (CallEvent.RINGING, CallEvent.DIALING)
_ANSWERS: Final = (CallEvent.ANSWER, CallEvent.ANSWERED)


def _holds(event: PbxEvent, past: Past) -> bool | None:
    if isinstance(event, CallReport):
        held = any(leg.state is LegState.ON_HOLD for leg in event.legs)
    else:
        held = isinstance(event, ExtensionStatusReport) and event.status is ExtensionStatus.ON_HOLD
    return False if held else None


def _trunk_report(event: PbxEvent, past: Past) -> bool | None:
    if isinstance(event, TrunkStatusReport):
        return event.status is not None
    return False if "trunk" in event.name.lower() else None


def _rings(event: CallReport, past: Past) -> bool | None:
    if _inbound(event) is None or not _extensions(event):
        return None
    if event.event in _RINGS:
        return True
    return None if any(past.of_call(event.call_id, *_RINGS)) else False


def _inside_one_id(event: CallReport, past: Past) -> bool | None:
    extensions = _extensions(event)
    if len(extensions) != len(event.legs) or len(extensions) < 2:
        return None
    rings = (each for each in past.calls if each.event in _RINGS)
    ring = next((each for each in rings if _extensions(each) == extensions), None)
    return None if ring is None else ring.call_id == event.call_id


def _no_bye(event: CallReport, past: Past) -> bool | None:
    if any(past.of_call(event.call_id, *_ANSWERS)):
        return None
    rang = chain.from_iterable(map(_extensions, past.of_call(event.call_id, *_RINGS)))
    return None if _extensions(event).isdisjoint(rang) else False


def _record_without_bye(event: CallRecordReport, past: Past) -> bool | None:
    call_id = event.record.call_id
    if event.record.outcome != "no_answer" or not any(past.of_call(call_id, *_RINGS)):
        return None
    return None if any(past.of_call(call_id, CallEvent.ENDED)) else True


def _one_record(event: CallRecordReport, past: Past) -> bool | None:
    record = event.record
    for other in past.records:
        same = other.started == record.started is not None and other.caller == record.caller
        if same and other.call_id != record.call_id:
            return False
    rang = chain.from_iterable(map(_extensions, past.of_call(record.call_id, *_RINGS)))
    return True if len(set(rang) - {record.caller}) > 1 else None


def _to_is_the_phone(event: CallReport, past: Past) -> bool | None:
    inbound = _inbound(event)
    ringing = {
        leg.extension
        for leg in event.legs
        if leg.extension and leg.state in (None, LegState.RINGING)  # v1 states none
    }
    return inbound.callee in ringing if inbound and inbound.callee and ringing else None


def _line_unreported(event: CallReport, past: Past) -> bool | None:
    if event.event in _ANSWERS:
        return False if _inbound(event) is not None and not _extensions(event) else None
    if not any(leg.path for leg in event.legs):
        return None
    return None if any(past.of_call(event.call_id, *_ANSWERS)) else True


def _forward_unreported(event: CallReport, past: Past) -> bool | None:
    rang = any(past.of_call(event.call_id, *_RINGS))
    return False if rang and not any(past.of_call(event.call_id, *_ANSWERS)) else None


def _rings_own(event: CallReport, past: Past) -> bool | None:
    if not any(_same(each.call_id, event.call_id) for each in past.sent):
        return None
    if any(past.of_call(event.call_id, *_ANSWERS)):
        return None
    return event.event in _RINGS or any(past.of_call(event.call_id, *_RINGS))


def _refused(event: CallRecordReport, past: Past) -> bool | None:
    if not past.sent or past.sent[0].action is not Action.REFUSE:
        return None
    past.sent.clear()  # one record for each
    return None if event.record.outcome == "answered" else event.record.outcome == "no_answer"


type _Kind = CallEvent | type[PbxEvent]


@value
class Line:
    """An open line of the notes, and what speaks for it or against it.

    Attributes:
        judges: how reports of a kind are judged; empty where other things tell, or nothing.
        dialects: the dialects that it is about; empty for all.
    """

    judges: Mapping[_Kind, Judge] = field(default_factory=dict)
    dialects: tuple[str, ...] = ()


LINES: Final[Mapping[str, Line]] = {
    "probe_answer": Line(),
    "device_name": Line(),
    "url_length": Line(),
    "sessions": Line(),
    "path_kept": Line(),
    "hold": Line(judges={ExtensionStatusReport: _holds, CallEvent.STATUS: _holds}),
    "repeats": Line(),
    "url_scheme": Line(),
    "trunk_report": Line(judges={TrunkStatusReport: _trunk_report, UnknownReport: _trunk_report}),
    "web_page": Line(),
    "stream_login": Line(),
    "event_port": Line(),
    "rings": Line(
        judges=dict.fromkeys((*_RINGS, CallEvent.ANSWER), _rings), dialects=(YEASTAR_V1.key,)
    ),
    "inside_second": Line(
        judges=dict.fromkeys((CallEvent.DIALING, CallEvent.ANSWER), _inside_one_id),
        dialects=(OPENVOX.key,),
    ),
    "byes": Line(
        judges={CallEvent.ENDED: _no_bye, CallRecordReport: _record_without_bye},
        dialects=(OPENVOX.key, YEASTAR_V1.key),
    ),
    "record_per_branch": Line(judges={CallRecordReport: _one_record}),
    "to_member": Line(
        judges=dict.fromkeys((CallEvent.RINGING, CallEvent.STATUS), _to_is_the_phone)
    ),
    "line_answers": Line(judges=dict.fromkeys((CallEvent.RINGING, *_ANSWERS), _line_unreported)),
    "forward": Line(judges={CallEvent.TRANSFER: _forward_unreported}),
    "rings_own": Line(judges=dict.fromkeys((*_RINGS, CallEvent.ANSWER), _rings_own)),
    "refused": Line(judges={CallRecordReport: _refused}),
    "order": Line(),
}
"""The open lines, by the keys that the notes give them."""


class Findings:
    """What was found of each open line."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._balance = dict.fromkeys(LINES, 0)
        self._past = Past()
        self._reports = 0
        self._open: dict[_Kind, dict[str, Judge]] = {}
        for key, line in LINES.items():
            for kind, judge in line.judges.items():
                self._open.setdefault(kind, {})[key] = judge

    def observe(self, event: PbxEvent, dialect: str) -> None:
        """Judge an accepted report of a PBX that speaks a dialect, or only recall it."""
        self._reports += 1
        if self._reports <= JUDGED_FIRST or not self._reports % JUDGED_EACH:
            self._judge(event, dialect)
        if isinstance(event, CallReport):
            self._past.calls.appendleft(event)
        elif isinstance(event, CallRecordReport):
            self._past.records.appendleft(event.record)

    def _judge(self, event: PbxEvent, dialect: str) -> None:
        kind = event.event if isinstance(event, CallReport) else type(event)
        for key, judge in tuple(self._open.get(kind, {}).items()):
            if not (dialects := LINES[key].dialects) or dialect in dialects:
                self.count(key, judge(event, self._past))

    def sent(self, action: Action, call_id: str) -> None:
        """Recall a command that the PBX accepted."""
        self._past.sent.appendleft(Sent(action=action, call_id=call_id))

    def count(self, key: str, speaks_for: bool | None) -> None:
        """Count an observation for or against a line, or neither, until it is decided."""
        if speaks_for is None or abs(self._balance[key]) >= MAJORITY:
            return
        self._balance[key] += 1 if speaks_for else -1
        if abs(self._balance[key]) >= MAJORITY:
            for judges in self._open.values():
                judges.pop(key, None)

    def found(
        self, arrivals: Arrivals, dialect: str, url: str, transport: str
    ) -> dict[str, Finding]:
        """Return what is found so far.

        Args:
            arrivals: how reports arrived.
            dialect: the dialect that is spoken.
            url: the report URL that the PBX knows; empty for none.
            transport: how the PBX says that it delivers reports.
        """
        arrived = _of_arrivals(arrivals, dialect, url, transport)
        return {key: arrived.get(key) or _finding(n) for key, n in self._balance.items()}


def _finding(balance: int) -> Finding:
    if not balance:
        return Finding.NOT_SEEN
    return Finding.SEEN_SO if balance > 0 else Finding.CONTRADICTED


def _of_arrivals(arrivals: Arrivals, dialect: str, url: str, transport: str) -> dict[str, Finding]:
    """Return the findings that the ways of the reports show."""
    found: dict[str, Finding] = {}
    if arrivals.at_path and len(url) >= LONG_URL:
        found["url_length"] = Finding.SEEN_SO
    if arrivals.at_path and "://" in url:
        found["url_scheme"] = Finding.SEEN_SO
    if url and dialect == OPENVOX.key and (arrivals.at_path or arrivals.at_root):
        found["path_kept"] = Finding.CONTRADICTED if arrivals.at_root else Finding.SEEN_SO
    if arrivals.feed is FeedState.UP:
        found["stream_login"] = Finding.SEEN_SO
    if transport not in ("", TRANSPORT_TCP) and arrivals.feed in (FeedState.UP, FeedState.DOWN):
        is_open = arrivals.feed is FeedState.UP
        found["event_port"] = Finding.SEEN_SO if is_open else Finding.CONTRADICTED
    return found
