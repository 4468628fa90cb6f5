"""A stage for the call engine: reports are put to it in a line each, and its words come back."""

from datetime import UTC, datetime, timedelta

from custom_components.ippbx.calls.extension_status import status_in
from custom_components.ippbx.pbx.model.events import (
    BootUpReport,
    CallEvent,
    CallRecordReport,
    CallReport,
    ExtensionStatusReport,
    FailureReason,
    KeyReport,
    PbxEvent,
)
from custom_components.ippbx.pbx.model.lines import (
    Call,
    CallLeg,
    CallRecord,
    ExtensionStatus,
    LegKind,
    LegState,
)
from custom_components.ippbx.pbx.model.tracked import (
    CallChange,
    CallEventType,
    CallOutcome,
    CallSnapshot,
    TrackedCall,
)
from custom_components.ippbx.pbx.tracking.tracker import CallTracker

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EPOCH = int(START.timestamp())
OUTSIDE = "0301234567"
STATES = {
    "alert": LegState.DIALING,
    "ring": LegState.RINGING,
    "talk": LegState.TALKING,
    "hold": LegState.ON_HOLD,
    "wait": LegState.WAITING,
    "bye": LegState.ENDED,
}


def call_id(number: int, later: int = 0) -> str:
    """Return an id as the PBX makes it."""
    return f"{EPOCH + later}.{number}"


ONE = call_id(40)
"""The id of the call that most tests have."""


def leg(text: str, leg_id: str = "") -> CallLeg:
    """Return the leg that a text describes.

    For example "101", "101 ring", "in 0301234567>101 alert", "out 101>0301234567" or
    "101 ring via 6700".
    """
    text, _, path = text.partition(" via ")
    words = text.split()
    state = STATES[words.pop()] if words[-1] in STATES else None
    if words[0] not in ("in", "out"):
        return CallLeg(kind=LegKind.EXTENSION, extension=words[0], state=state, path=path)
    kind = LegKind.INBOUND if words[0] == "in" else LegKind.OUTBOUND
    caller, _, callee = words[1].partition(">")
    return CallLeg(
        kind=kind,
        caller=caller,
        callee=callee,
        trunk="line-1",
        leg_id=leg_id,
        state=state,
        path=path,
    )


class Stage:
    """A call engine, its clock, and what it told.

    Attributes:
        changes: everything that it told.
    """

    def __init__(self, *, keeps_records: bool = False, started: bool = True) -> None:
        """Begin; a first reading has shown no call unless it is not `started`."""
        self.now = START
        self.changes: list[CallChange] = []
        self.tracker = CallTracker(
            now=lambda: self.now,
            keeps_records=keeps_records,
            paired=not keeps_records,
        )
        if started:
            self.resync()
            self.now += timedelta(seconds=1)

    # Saying

    def take(self, *reports: PbxEvent) -> None:
        """Hand in reports."""
        for report in reports:
            self.changes += self.tracker.receive(report)

    def say(
        self, event: CallEvent, call: str, *legs: str, leg_id: str = "", reason: str = ""
    ) -> None:
        """Report something of a call."""
        self.take(report(event, call, *legs, leg_id=leg_id, reason=reason))

    def ring(self, call: str, *legs: str, leg_id: str = "") -> None:
        """Report that the callee rings: callee first."""
        self.say(CallEvent.RINGING, call, *legs, leg_id=leg_id)

    def alert(self, call: str, *legs: str, leg_id: str = "") -> None:
        """Report that the caller hears it ring."""
        self.say(CallEvent.DIALING, call, *legs, leg_id=leg_id)

    def answer(self, call: str, *legs: str, leg_id: str = "") -> None:
        """Report that the callee answered: callee first."""
        self.say(CallEvent.ANSWER, call, *legs, leg_id=leg_id)

    def bye(self, call: str, *legs: str, leg_id: str = "") -> None:
        """Report that somebody hung up: that one first."""
        self.say(CallEvent.ENDED, call, *legs, leg_id=leg_id)

    def status(self, call: str, *legs: str) -> None:
        """Report the members of a call."""
        self.say(CallEvent.STATUS, call, *legs)

    def phone(self, extension: str, status: ExtensionStatus) -> None:
        """Report what an extension does."""
        self.take(phone_report(extension, status))

    def key(self, call: str, who: str, key: str, index: int | None) -> None:
        """Report a key."""
        self.take(
            KeyReport(name="DTMF", call_id=call, legs=(leg(who),), key=key, keys="", index=index)
        )

    def cdr(self, call: str, outcome: str, caller: str, callee: str, **other: object) -> None:
        """Report a record."""
        self.take(
            CallRecordReport(name="NewCdr", record=record(call, outcome, caller, callee, **other))
        )

    def boot(self) -> None:
        """Report that the PBX has started."""
        self.take(BootUpReport(name="BootUp"))

    def wait(self, seconds: float) -> None:
        """Let time pass, and have decided what falls due."""
        until = self.now + timedelta(seconds=seconds)
        while (due := self.tracker.termination.due) is not None and due <= until:
            self.now = max(self.now, due)
            self.changes += self.tracker.settle()
        self.now = until

    def resync(
        self,
        *calls: Call,
        asked: float = 0,
        queried: tuple[str, ...] = (),
        **extensions: ExtensionStatus,
    ) -> None:
        """Hand in a reading begun `asked` seconds ago; statuses as `x101=ExtensionStatus.IDLE`."""
        snapshot = CallSnapshot(
            asked_at=self.now - timedelta(seconds=asked),
            calls=calls,
            queried=frozenset(queried),
            extensions={name[1:]: status for name, status in extensions.items()},
        )
        self.changes += self.tracker.resync(snapshot)

    def read(self, *records: CallRecord) -> None:
        """Hand in records that were asked for."""
        self.changes += self.tracker.records(records)

    # Hearing

    @property
    def told(self) -> list[str]:
        """Return what was told since the last time: the type, and for whom."""
        said = [
            " ".join((change.type, *change.extensions)) + ("" if change.first else " too")
            for change in self.changes
        ]
        self.changes = []
        return said

    def status_of(self, extension: str) -> ExtensionStatus | None:
        """Return what an extension does as its calls show it; None without a call."""
        return status_in([state for _, state in self.tracker.leg_states_of(extension)])

    def end_of_all(self) -> TrackedCall:
        """Wait for the end and return the call; none is left, and nothing was published twice."""
        self.wait(30)
        told = [change.type for change in self.changes if change.first]
        assert len(told) == len(set(told)), told
        (call,) = (change.call for change in self.changes if change.type is CallEventType.ENDED)
        self.changes = []
        assert not self.tracker.active
        return call

    def end_of_one(self) -> TrackedCall:
        """Wait for the end of one of the calls, and return it."""
        self.wait(10)
        (call,) = (change.call for change in self.changes if change.type is CallEventType.ENDED)
        self.changes = []
        return call

    def end(self) -> TrackedCall:
        """Wait for the end of the only call that ends now, and return the call.

        The end must be published once, and a miss right after it.
        """
        self.wait(30)
        ends = [change for change in self.changes if change.type is CallEventType.ENDED]
        assert len(ends) == 1, ends
        missed = [change for change in self.changes if change.type is CallEventType.MISSED]
        assert len(missed) == (ends[0].call.outcome is CallOutcome.MISSED)
        if missed:
            assert self.changes.index(missed[0]) == self.changes.index(ends[0]) + 1
        self.changes = []
        assert not self.tracker.active
        return ends[0].call


def ends(stage: Stage) -> list[tuple[str, CallOutcome | None]]:
    """Return the calls whose end was published, and how they ended."""
    over = [change.call for change in stage.changes if change.type is CallEventType.ENDED]
    return [(call.call_id, call.outcome) for call in over]


def active(stage: Stage) -> dict[str, tuple[str, ...]]:
    """Return the calls that are up, and who takes part."""
    return {name: call.extensions for name, call in stage.tracker.active.items()}


def report(
    event: CallEvent, call: str, *legs: str, leg_id: str = "", reason: str = ""
) -> CallReport:
    """Return a report of a call."""
    return CallReport(
        name=event,
        call_id=call,
        event=event,
        legs=tuple(leg(each, leg_id) for each in legs),
        reason=FailureReason(reason) if reason else None,
    )


def phone_report(extension: str, status: ExtensionStatus) -> ExtensionStatusReport:
    """Return a report of an extension."""
    return ExtensionStatusReport(name="ExtensionStatus", extension=extension, status=status)


def record(call: str, outcome: str, caller: str, callee: str, **other: object) -> CallRecord:
    """Return a record; it begins when the id says."""
    began = datetime.fromtimestamp(int(call.partition(".")[0]), UTC)
    talk = 5 if outcome == "answered" else 0
    values: dict[str, object] = {
        "started": began,
        "duration": 10,
        "talk_duration": talk,
        "direction": "internal",
    }
    return CallRecord(
        call_id=call, outcome=outcome, caller=caller, callee=callee, **(values | other)
    )  # type: ignore[arg-type]


def shown(call: str, *legs: str, leg_id: str = "") -> Call:
    """Return a call as a reading shows it."""
    return Call(call_id=call, legs=tuple(leg(each, leg_id) for each in legs))


def with_phones(*, keeps_records: bool = False) -> Stage:
    """Return a stage whose extensions, 101 to 104, are known, and idle."""
    stage = Stage(keeps_records=keeps_records)
    idle = ExtensionStatus.IDLE
    stage.resync(x101=idle, x102=idle, x103=idle, x104=idle)
    return stage


def answered_call() -> list[PbxEvent]:
    """Return all reports of an internal call that was answered."""
    return [
        phone_report("102", ExtensionStatus.RINGING),
        report(CallEvent.RINGING, ONE, "102", "101"),
        report(CallEvent.DIALING, ONE, "101"),
        report(CallEvent.ANSWER, ONE, "102", "101"),
        report(CallEvent.ANSWERED, ONE, "101", "102"),
        report(CallEvent.ENDED, ONE, "101", "102"),
        report(CallEvent.ENDED, ONE, "102", "101"),
        CallRecordReport(name="NewCdr", record=record(ONE, "answered", "101", "102")),
    ]


def answered_inside(stage: Stage) -> None:
    """Let 101 call 102, who answers."""
    stage.ring(ONE, "102", "101")
    stage.alert(ONE, "101")
    stage.wait(2)
    stage.answer(ONE, "102", "101")
    stage.answer(ONE, "101", "102")
    stage.wait(5)
