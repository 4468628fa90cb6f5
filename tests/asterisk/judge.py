"""Replays traces through the translation and the call engine, and compares with the facts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
import json
from pathlib import Path
import sys

from custom_components.ippbx.pbx.backend import IdRules
from custom_components.ippbx.pbx.model.events import CallRecordReport
from custom_components.ippbx.pbx.model.lines import Call, CallLeg, ExtensionStatus, LegKind
from custom_components.ippbx.pbx.model.tracked import (
    CallChange,
    CallEventType,
    CallSnapshot,
    TrackedCall,
)
from custom_components.ippbx.pbx.tracking.tracker import CallTracker
from custom_components.ippbx.pbx.uc.decode import decode_calls, merge_calls
from custom_components.ippbx.pbx.uc.dialects import DIALECTS
from custom_components.ippbx.pbx.uc.reports.parse import parse_report
from custom_components.ippbx.pbx.uc.status_words import extension_status

from . import answers
from .play import Trace, saved
from .readings import READINGS, Reading
from .stories import STORIES, Facts, Story
from .translation import LiveCall, Report, Translation, body

KNOWN = Path(__file__).parent / "known_wrong.json"
"""What the engine gets wrong now: reading -> story -> differences."""

_PERIOD = 30.0  # seconds between two readings
_AFTER = 120.0  # seconds after the last event until everything has to be decided
_UNREPORTED = {"openvox": ("held", "resumed"), "yeastar-v1": ("held", "resumed")}
"""Dialect -> what its reports do not tell."""


@dataclass(slots=True)
class Replay:
    """A trace, as the integration sees it.

    Attributes:
        changes: everything that the engine published.
        reports: everything that was reported, with the time of it.
    """

    reading: Reading
    changes: list[CallChange] = field(default_factory=list)
    reports: list[tuple[float, Report]] = field(default_factory=list)
    still_up: int = 0
    _time: float = 0.0
    _tracker: CallTracker = field(init=False)
    _translation: Translation = field(init=False)
    _words: dict[str, str] = field(default_factory=dict)

    def play(self, trace: Trace, dialled: tuple[str, str] | None = None) -> None:
        """Play a trace to its end, with a reading before, after, and every 30 s.

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
            rules=IdRules(paired=not keeps_records),
        )
        self._read()
        next_reading = self._time + _PERIOD
        if dialled is not None:
            first = next(event["Linkedid"] for _, event in trace if "Linkedid" in event)
            self._pass(trace[0][0])
            self.changes += self._tracker.dialled(first, *dialled)
        for at, event in trace:
            self._pass(at)
            for report in self._translation.hear(event):
                self.reports.append((at, report))
                if "extension" in report:
                    self._words[str(report["extension"])] = str(report["status"])
                self.changes += self._tracker.take(parse_report(body(report)))
        end = self._time + _AFTER
        while next_reading < end:
            self._pass(next_reading)
            self._read()
            next_reading += _PERIOD
        self._pass(end)
        self.still_up = len(self._tracker.active)

    def _pass(self, at: float) -> None:
        """Let time pass, have decided what falls due, and give records that are asked for."""
        while (due := self._tracker.settle_due) is not None and due.timestamp() <= at:
            self._time = max(self._time, due.timestamp())
            self.changes += self._tracker.settle()
            self._give_records()
        self._time = max(self._time, at)

    def _give_records(self) -> None:
        if self._tracker.wants_records is None:
            return
        events = [parse_report(body(report)) for _, report in self.reports]
        records = [event.record for event in events if isinstance(event, CallRecordReport)]
        self.changes += self._tracker.records(records)

    def _read(self) -> None:
        live = self._translation.live_calls()
        queried = self._tracker.unsure_extensions
        self.changes += self._tracker.resync(
            CallSnapshot(
                asked_at=datetime.fromtimestamp(self._time, UTC),
                calls=(*self._line_calls(live), *self._calls_inside(live, queried)),
                queried=queried,
                extensions={f"100{digit}": self._status_of(f"100{digit}") for digit in range(10)},
            )
        )
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


def differences(story: Story, replay: Replay) -> list[str]:
    """Return in which the engine differs from the facts of a story; a line for each.

    Calls that begin together are told apart by what fits best.
    """
    ends = [change for change in replay.changes if change.type is CallEventType.ENDED]
    found = [f"{replay.still_up} calls never end"] if replay.still_up else []
    if len(ends) != len(story.calls):
        found.append(f"{len(ends)} calls instead of {len(story.calls)}")
    for number, facts in enumerate(story.calls, start=1):
        if not ends:
            break
        each = [_wrong_of(end.call, facts, replay) for end in ends]
        best = min(range(len(ends)), key=lambda index: len(each[index]))
        del ends[best]
        found += [f"call {number}: {line}" for line in each[best]]
    return found


def _wrong_of(call: TrackedCall, facts: Facts, replay: Replay) -> list[str]:
    events = [
        change.type.value
        for change in replay.changes
        if change.whole and change.call.call_id == call.call_id
    ]
    if "dtmf" not in facts.events:
        events = [event for event in events if event != "dtmf"]
    unreported = _UNREPORTED.get(replay.reading.dialect, ())
    choices = [choice.split() for choice in facts.events.split("|")]
    shown: dict[str, tuple[str, Iterable[str]]] = {
        "direction": (call.direction.value if call.direction else "", [facts.direction]),
        "caller": (call.caller, [facts.caller]),
        "callee": (call.callee, facts.callee),
        "answered_by": (call.answered_by, facts.answered_by.split("|")),
        "outcome": (call.outcome.value if call.outcome else "", facts.outcome.split("|")),
        "events": (
            " ".join(events),
            [" ".join(word for word in each if word not in unreported) for each in choices],
        ),
        "missed_by": (" ".join(sorted(call.missed_by)), [" ".join(sorted(facts.missed_by))]),
    }
    found = [
        f"{name} {said or 'unknown'}, not {'|'.join(right) or 'anybody'}"
        for name, (said, right) in shown.items()
        if said not in right
    ]
    seconds = (("ring", call.ring_seconds, facts.ring), ("talk", call.talk_seconds, facts.talk))
    return found + [
        f"{name} {said} s, not {right}"
        for name, said, right in seconds
        if right is not None and (said is None or abs(said - right) > 1)
    ]


def judged(reading: str, story: Story) -> list[str]:
    """Return in which the engine differs from the facts of a story that was recorded."""
    replay = Replay(READINGS[reading])
    dialled = next((step[1:3] for step in story.steps if step[0] == "originate"), None)
    replay.play(saved(story.name), dialled and (dialled[0], dialled[1]))
    return differences(story, replay)


def known_wrong() -> dict[str, dict[str, list[str]]]:
    """Return the committed table of what is wrong now."""
    table: dict[str, dict[str, list[str]]] = json.loads(KNOWN.read_text())
    return table


def write_known() -> None:
    """Write the table anew, from what the engine does now."""
    table = {
        reading: {story.name: found for story in STORIES if (found := judged(reading, story))}
        for reading in READINGS
    }
    KNOWN.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write_known()
    for each in READINGS:
        wrong = {story.name: found for story in STORIES if (found := judged(each, story))}
        print(f"{each}: {len(STORIES) - len(wrong)} of {len(STORIES)} stories right")  # noqa: T201
        for name, lines in wrong.items():
            print(f"  {name}", *lines, sep="\n    ")  # noqa: T201
