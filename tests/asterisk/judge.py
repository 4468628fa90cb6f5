"""Replays traces through the translation and the call engine, and compares with the facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import re
import sys

from custom_components.ippbx.pbx.model.events import CallRecordReport
from custom_components.ippbx.pbx.model.lines import Call, CallLeg, ExtensionStatus, LegKind
from custom_components.ippbx.pbx.model.tracked import CallChange, CallEventType, CallSnapshot
from custom_components.ippbx.pbx.tracking.tracker import CallTracker
from custom_components.ippbx.pbx.uc.clock import PbxClock
from custom_components.ippbx.pbx.uc.decode import decode_calls, merge_calls
from custom_components.ippbx.pbx.uc.dialects import DIALECTS
from custom_components.ippbx.pbx.uc.reports.parse import parse_report
from custom_components.ippbx.pbx.uc.status_words import extension_status

from . import answers
from .play import Trace, saved
from .readings import READINGS, Reading
from .stories import AWAY, STORIES, Facts, Story
from .translation import MOMENT, LiveCall, Report, Translation, body

KNOWN = Path(__file__).parent / "known_wrong.json"
"""What the engine gets wrong now: run -> story -> differences."""
RUNS: Mapping[str, tuple[Reading, float]] = {
    **{name: (reading, 30.0) for name, reading in READINGS.items()},
    # Calls that are up are read in their midst, too.
    **{
        f"{name}, read every second": (READINGS[name], 1.1)
        for name in ("openvox", "yeastar-v1", "yeastar-v2")
    },
}
"""How each trace is replayed: the reading, and the seconds between two reads of the calls."""

_IN_TIME = 60.0  # seconds after the last event until every end is published
_AFTER = 120.0  # seconds after the last event until everything has to be decided
_UNREPORTED = {"openvox": ("held", "resumed"), "yeastar-v1": ("held", "resumed")}
"""Dialect -> what its reports do not tell."""
_CLOCK = PbxClock()
_CLOCK.zone = timedelta(0)  # records of traces show UTC; the zone is known from the set-up on
_TELLING = (
    "ChannelStateDesc",
    "DialStatus",
    "Cause",
    "Disposition",
    "Device",
    "State",
    "Digit",
)


@dataclass(slots=True)
class Replay:
    """A trace, as the integration sees it.

    Attributes:
        period: seconds between two readings of the calls that are up.
        changes: everything that the engine published.
        reports: everything that was reported, with the time of it.
        still_up: how many calls are thought to be up at the very end.
        last_end: when the last end was published.
    """

    reading: Reading
    period: float = 30.0
    changes: list[CallChange] = field(default_factory=list)
    reports: list[tuple[float, Report]] = field(default_factory=list)
    still_up: int = 0
    last_end: float = 0.0
    _time: float = 0.0
    _read_at: float = 0.0
    _tracker: CallTracker = field(init=False)
    _translation: Translation = field(init=False)
    _words: dict[str, str] = field(default_factory=dict)

    def play(self, trace: Trace, dialled: tuple[str, str] | None = None) -> None:
        """Play a trace to its end, and what follows, with readings from before it on.

        Args:
            trace: the trace.
            dialled: who was to be rung first by command, and who then, if its call was made so.
        """
        keeps_records = self.reading.dialect != "openvox"
        self._time = trace[0][0] - 1
        self._translation = Translation(self.reading)
        self._tracker = CallTracker(
            now=lambda: datetime.fromtimestamp(self._time, UTC),
            keeps_records=keeps_records,
            paired=not keeps_records,
        )
        self._read()
        if dialled is not None:
            first = next(event["Linkedid"] for _, event in trace if "Linkedid" in event)
            self._wait(trace[0][0])
            self._note(self._tracker.dialled(first, *dialled))
        for at, event in trace:
            self._wait(at)
            self._hand_in(self._translation.hear(at, event))
        self._wait(self._time + MOMENT)
        self._hand_in(self._translation.due(self._time))
        self._wait(self._time + _AFTER)
        self.still_up = len(self._tracker.active)

    def _note(self, changes: Iterable[CallChange]) -> None:
        for change in changes:
            self.changes.append(change)
            if change.type is CallEventType.ENDED:
                self.last_end = self._time

    def _wait(self, until: float) -> None:
        """Let time pass, with the readings that fall into it."""
        while (reading := self._read_at + self.period) <= until:
            self._pass(reading)
            self._read()
        self._pass(until)

    def _hand_in(self, reports: Iterable[Report]) -> None:
        for report in reports:
            self.reports.append((self._time, report))
            if "extension" in report:
                self._words[str(report["extension"])] = str(report["status"])
            self._note(self._tracker.receive(parse_report(body(report), _CLOCK)))

    def _pass(self, at: float) -> None:
        """Let time pass, have decided what falls due, and give records that are asked for."""
        while (due := self._tracker.termination.due) is not None and due.timestamp() <= at:
            self._time = max(self._time, due.timestamp())
            self._note(self._tracker.settle())
            self._give_records()
        self._time = max(self._time, at)

    def _give_records(self) -> None:
        if self._tracker.termination.wants_records is None:
            return
        events = [parse_report(body(report), _CLOCK) for _, report in self.reports]
        records = [event.record for event in events if isinstance(event, CallRecordReport)]
        self._note(self._tracker.records(records))

    def _read(self) -> None:
        self._read_at = self._time
        live = self._translation.live_calls()
        queried = self._tracker.unsure_extensions
        snapshot = CallSnapshot(
            asked_at=datetime.fromtimestamp(self._time, UTC),
            calls=(*self._line_calls(live), *self._calls_inside(live, queried)),
            queried=queried,
            extensions={f"100{digit}": self._status_of(f"100{digit}") for digit in range(10)},
        )
        self._note(self._tracker.resync(snapshot))
        self._give_records()

    def _status_of(self, number: str) -> ExtensionStatus | None:
        return extension_status(self._words.get(number, "Idle"))

    def _line_calls(self, live: Iterable[LiveCall]) -> tuple[Call, ...]:
        dialect = DIALECTS[self.reading.dialect]
        found: list[Call] = []
        for kind, endpoint in (
            (LegKind.INBOUND, dialect.inbound_calls),
            (LegKind.OUTBOUND, dialect.outbound_calls),
        ):
            v2 = self.reading.dialect == "yeastar-v2"
            items = (answers.calls if v2 else answers.line_calls)(live, kind.value)
            answer = {"status": "Success", endpoint.answers[0]: items}
            found += decode_calls(json.loads(json.dumps(answer)), endpoint, kind)
        return merge_calls(found)

    def _calls_inside(self, live: Iterable[LiveCall], queried: Iterable[str]) -> list[Call]:
        """Return the calls of extensions that were asked one by one."""
        found: list[Call] = []
        for number in sorted(queried):
            if self.reading.dialect == "yeastar-v2":
                items = answers.calls_of(live, number)
                endpoint = DIALECTS["yeastar-v2"].inbound_calls
                answer = {"status": "Success", endpoint.answers[0]: items}
                found += decode_calls(answer, endpoint, LegKind.INBOUND)
            elif other := answers.partner(live, number):
                itself = CallLeg(kind=LegKind.EXTENSION, extension=number)
                event = parse_report(body({"action": "RING", "callid": "1.1"} | other))
                found.append(Call(call_id="", legs=(itself, *event.legs)))  # type: ignore[attr-defined]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was published of a call that ended.

    Attributes:
        events: what was published for the call as a whole, in that order.
    """

    direction: str
    caller: str
    callee: str
    answered_by: str
    outcome: str
    events: tuple[str, ...]
    missed_by: frozenset[str]
    ring: int | None
    talk: int | None


def seen(replay: Replay) -> list[Seen]:
    """Return the calls that ended in a replay."""
    found = []
    for change in replay.changes:
        if change.type is CallEventType.ENDED:
            call = change.call
            of_call = [
                each.type.value
                for each in replay.changes
                if each.first and each.call.call_id == call.call_id
            ]
            found.append(
                Seen(
                    direction=call.direction.value if call.direction else "",
                    caller=call.caller,
                    callee=call.callee,
                    answered_by=call.answered_by,
                    outcome=call.outcome.value if call.outcome else "",
                    events=tuple(of_call),
                    missed_by=frozenset(call.missed_by),
                    ring=call.ring_seconds,
                    talk=call.talk_seconds,
                )
            )
    return found


def differences(story: Story, calls: list[Seen], dialect: str) -> list[str]:
    """Return in which calls differ from the facts of a story; a line for each.

    Calls that begin together are told apart by what fits best.
    """
    left, found = list(calls), []
    if len(left) != len(story.calls):
        found.append(f"{len(left)} calls instead of {len(story.calls)}")
    for number, facts in enumerate(story.calls, start=1):
        if left:
            each = [_wrong_of(call, facts, dialect) for call in left]
            best = min(range(len(left)), key=lambda index: len(each[index]))
            del left[best]
            found += [f"call {number}: {line}" for line in each[best]]
    return found


def _wrong_of(call: Seen, facts: Facts, dialect: str) -> list[str]:
    events = [event for event in call.events if event != "dtmf" or "dtmf" in facts.events]
    unreported = _UNREPORTED.get(dialect, ())
    choices = [choice.split() for choice in facts.events.split("|")]
    shown: dict[str, tuple[str, Iterable[str]]] = {
        "direction": (call.direction, [facts.direction]),
        "caller": (call.caller, [facts.caller]),
        "callee": (call.callee, facts.callee),
        "answered_by": (call.answered_by, facts.answered_by.split("|")),
        "outcome": (call.outcome, facts.outcome.split("|")),
        "events": (
            " ".join(events),
            [" ".join(word for word in each if word not in unreported) for each in choices],
        ),
    }
    if facts.missed_by is not None:
        missed = " ".join(sorted(call.missed_by))
        shown["missed_by"] = missed, [" ".join(sorted(facts.missed_by))]
    found = [
        f"{name} {said or 'unknown'}, not {'|'.join(right) or 'anybody'}"
        for name, (said, right) in shown.items()
        if said not in right
    ]
    seconds = (("ring", call.ring, facts.ring), ("talk", call.talk, facts.talk))
    return found + [
        f"{name} {said} s, not {right}"
        for name, said, right in seconds
        if right is not None and (said is None or abs(said - right) > 1)
    ]


def shape(trace: Trace) -> frozenset[str]:
    """Return what happens in a trace, without times, numbers of channels, and order."""
    return frozenset(
        " ".join(
            re.sub(r"-[0-9a-f]{8}", "", event[field])
            for field in ("Event", "Channel", "DestChannel", *_TELLING)
            if field in event
        )
        for _, event in trace
    )


def dialled_in(story: Story) -> tuple[str, str] | None:
    """Return who is rung first by command in a story, and who then; None where nobody is.

    Nobody is named then for a prompt; that an outside number is to hear one is not noted.
    """
    for step in story.steps:
        match step:
            case "originate", who, whom:
                return who, whom
            case "prompt", who if who != AWAY:
                return who, ""
    return None


def judged(run: str, story: Story) -> list[str]:
    """Return in which the engine differs from the facts of a story that was recorded."""
    reading, period = RUNS[run]
    replay, trace = Replay(reading, period), saved(story.name)
    replay.play(trace, dialled_in(story))
    found = differences(story, seen(replay), replay.reading.dialect)
    if replay.still_up:
        found.append(f"{replay.still_up} calls never end")
    if (late := replay.last_end - trace[-1][0]) > _IN_TIME:
        found.append(f"an end is published after {late:.0f} s")
    return found


def known_wrong() -> dict[str, dict[str, list[str]]]:
    """Return the committed table of what is wrong now."""
    table: dict[str, dict[str, list[str]]] = json.loads(KNOWN.read_text())
    return table


def write_known() -> None:
    """Write the table anew, from what the engine does now."""
    table = {
        run: {story.name: found for story in STORIES if (found := judged(run, story))}
        for run in RUNS
    }
    KNOWN.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write_known()
    for each in RUNS:
        wrong = {story.name: found for story in STORIES if (found := judged(each, story))}
        print(f"{each}: {len(STORIES) - len(wrong)} of {len(STORIES)} stories right")  # noqa: T201
        for name, lines in wrong.items():
            print(f"  {name}", *lines, sep="\n    ")  # noqa: T201
