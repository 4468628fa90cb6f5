"""The stage of a scenario: the simulator's own calls in virtual time; what they do is noted."""

import copy
import random
from typing import Any, override

from pbx_simulator.calls.call_control import CallControl
from pbx_simulator.calls.legs import LegKind
from pbx_simulator.calls.model import Call, Moment
from pbx_simulator.calls.record import CallRecord
from pbx_simulator.config import SimulatorConfig
from pbx_simulator.directory import Directory
from pbx_simulator.families.uc.dialects import DIALECTS, ReportFormat
from pbx_simulator.families.uc.reports.calls import CallReports
from pbx_simulator.families.uc.reports.reporter import Render
from pbx_simulator.families.uc.reports.system import SystemReports
from pbx_simulator.families.uc.reports.wire import encode
from pbx_simulator.knobs import Knobs

from . import chances
from .models import CallTruth, Change, Command, Line, Scenario, TimedReport
from .virtual_time import VirtualTime

GROUPS, QUEUES, IVRS = ("6200", "6201"), ("6700", "6701"), ("6500",)
_FORMATS = {
    "openvox": (ReportFormat.OPENVOX,),
    "yeastar-v1": (ReportFormat.CALL_ARRAY, ReportFormat.CALL_ARRAY, ReportFormat.FLAT),
    "yeastar-v2": (ReportFormat.MEMBERS,),
}
_FIRST_EXTENSIONS = (100, 201, 1000, 2001, 8000)
_EPOCH = 1_780_000_000
_YEAR = 365 * 24 * 3600
_GAP = 0.004
"""Seconds between two reports of one moment."""
_BY_STATUS = {
    "ANSWERED": "answered",
    "VOICEMAIL": "voicemail",
    "BUSY": "busy",
    "FAILED": "failed",
}
_BY_FAILURE = {486: "busy", 603: "refused"}
_TALK = ("ANSWER", "ANSWERED", "CallStatus")


class _Calls(CallControl):
    """The calls of a PBX; `stage` notes each moment of them."""

    def __init__(self, stage: "Stage", **parts: Any) -> None:
        self._stage = stage
        super().__init__(**parts)

    @override
    def _notify(self, call: Call, moment: Moment) -> None:
        self._stage.begins(call, moment)
        super()._notify(call, moment)
        self._stage.happened(call)


class Stage:
    """The PBX of one scenario while it is played.

    Attributes:
        truths: the truth about each call so far, in the order in which they began.
    """

    def __init__(
        self,
        config: SimulatorConfig,
        fmt: ReportFormat,
        readings: dict[str, Any],
        *,
        dice: random.Random,
        started: float,
        last_number: int = 0,
    ) -> None:
        self.dice = dice
        self.dialect = DIALECTS[config.dialect]
        self.fmt = fmt
        self.readings = readings
        self.knobs = Knobs.of(self.dialect)
        for name, value in readings.items():
            setattr(self.knobs, name, value)
        self.config = config
        self.started = started
        self.time = VirtualTime(started, self.flush)
        self.directory = Directory(config)
        self.calls = _Calls(
            self,
            config=self.config,
            directory=self.directory,
            knobs=self.knobs,
            clock=self.time,
            sleep=self.time.elapse,
            set_status=self._set_status,
            on_change=lambda: None,
            tasks=self.time,
            last_number=last_number,
        )
        self.calls.observers.append(
            CallReports(
                serial=self.dialect.serial,
                knobs=self.knobs,
                monitored=self.calls.is_monitored,
                reporter=self,
            )
        )
        self.calls.observers.append(self)
        self._system = SystemReports(self.dialect.serial, self.dialect, self.knobs, self)
        self.truths: list[CallTruth] = []
        self._index: dict[int, int] = {}
        self._kept: list[Call] = []
        self._current: int | None = None
        self._tells = ""
        self._shown = dict.fromkeys(self.directory.extensions, "idle")
        self._changed: dict[str, int | None] = {}
        self.reports: list[TimedReport] = []
        self._commands: list[Command] = []
        self._records: list[tuple[float, CallRecord]] = []
        self._changes = [Change(at=0.0, index=-1, call=None, statuses=tuple(self._shown.items()))]

    def chance(self, share: float) -> bool:
        """Return True for this share of all draws."""
        return self.dice.random() < share

    async def wait(self, low: float, high: float) -> None:
        """Let some time pass, in seconds."""
        await self.time.elapse(self.dice.uniform(low, high))

    def truth(self, call: Call) -> CallTruth:
        """Return the truth about a call."""
        return self.truths[self._index[id(call)]]

    def command(self, name: str, call: Call, **arguments: Any) -> None:
        """Note a command of Home Assistant that the PBX accepts now."""
        index = self._index[id(call)]
        self._commands.append(Command(at=self.time.now, name=name, call=index, arguments=arguments))

    # What happens to calls

    def begins(self, call: Call, moment: Moment) -> None:
        """Note what happens to a call, before it is reported."""
        index = self._index.get(id(call))
        if index is None:
            index = self._index[id(call)] = len(self.truths)
            self.truths.append(
                CallTruth(
                    call_id=call.call_id,
                    kind="",
                    direction=call.type.lower(),
                    caller=call.origin,
                    callee=call.dialled,
                    trunk=call.trunk,
                    by_api=False,
                    started=call.started,
                )
            )
            self._kept.append(call)  # its `id` must stay its own
        self._current, truth = index, self.truths[index]
        truth.by_api = call.by_api
        called = [leg for leg in call.called if leg.kind is not LegKind.SERVICE]
        now, self._tells = self.time.now, ""
        if moment is Moment.RINGING and called:
            truth.rang_at = now if truth.rang_at is None else truth.rang_at
            phones = [leg.number for leg in called if leg.kind is LegKind.EXTENSION]
            truth.rang.update(dict.fromkeys(phones))
            if truth.answered_at is None:
                truth.rung_at = now
                truth.reached.update(dict.fromkeys(leg.number for leg in called))
        elif moment is Moment.ANSWERED and called:
            self._tells = "answered"
            if truth.answered_at is None:
                truth.answered_at, truth.answered_by = now, call.callee.number
        elif moment is Moment.ANSWERED:
            truth.line_at = truth.line_at or now
        elif moment is Moment.HELD:
            truth.holds += 1
        elif moment is Moment.RESUMED:
            self._tells = "answered"
        elif moment is Moment.TRANSFERRED:
            truth.transfers += 1
        elif moment is Moment.KEY:
            truth.keys += 1
        elif moment is Moment.LEFT and call.united:
            truth.united_at = now
        elif moment in (Moment.RELEASED, Moment.FAILED):
            truth.ended_at, truth.outcome = now, _outcome(call, truth)
            self._tells = _BY_FAILURE.get(call.failure, "failed") if call.failure else ""
            if call.failure and truth.answered_at is None:
                truth.reached.setdefault(call.callee.number)
        if call.caller.path and call.caller.path not in truth.path:
            truth.path.append(call.caller.path)

    def happened(self, call: Call) -> None:
        """Note how a call stands after what has happened."""
        index = self._index[id(call)]
        ids = self.truths[index].ids
        ids.add(call.call_id)
        for leg in (*call.legs, *call.stopped):
            ids.update((leg.leg_id, leg.near, leg.far, leg.channel_id))
        ids.discard("")
        shown = None
        if call.live:
            shown = copy.copy(call)
            shown.caller, shown.callee = copy.copy(call.caller), copy.copy(call.callee)
            shown.others = list(map(copy.copy, call.others))
        self._changes.append(Change(at=self.time.now, index=index, call=shown, statuses=()))

    def call_changed(self, call: Call, moment: Moment) -> None:
        """Observe a call: `begins` and `happened` do."""

    def call_recorded(self, record: CallRecord) -> None:
        """Note a record, as it was just reported."""
        self._records.append((self.time.now, record))

    def prompt_ended(self, call: Call, prompts: str) -> None:
        """Observe the end of a prompt."""

    def message_sent(self, message_id: str, *, success: bool) -> None:
        """Observe a text message."""

    # Reports

    def send(self, render: Render) -> None:
        """Note reports, in the format of this PBX."""
        for fields in render(self.fmt):
            body = dict(fields)
            name = str(body.get("action") or body["event"])
            tells = self._tells
            if name == "NewCdr":
                unanswered = "cancelled" if body["type"] == "Outbound" else "missed"
                tells = _BY_STATUS.get(body["status"], unanswered)
            elif name not in (("CallFailed",) if tells != "answered" else _TALK):
                tells = ""
            at = self.time.now
            if self.reports:
                at = max(at, self.reports[-1].at + _GAP)
            self.reports.append(
                TimedReport(at=at, body=encode(fields), name=name, call=self._current, tells=tells)
            )

    def send_to_last(self, render: Render) -> None:
        """Note reports."""
        self.send(render)

    def _set_status(self, number: str, status: str, report: bool) -> None:
        """Set a phone's status; it is reported when all has happened that happens now."""
        self.directory.extensions[number].status = status
        if report:
            self._changed.setdefault(number, self._current)

    def flush(self) -> None:
        """Report the statuses that have changed, as an Asterisk does behind everything else."""
        if not self._changed:
            return
        changed, self._changed = self._changed, {}
        found = []
        for number, index in changed.items():
            extension = self.directory.extensions[number]
            if self._shown[number] != extension.status:
                self._shown[number] = extension.status
                self._current, self._tells = index, ""
                self._system.extension_status(extension)
                found.append((number, extension.status))
        self._changes.append(Change(at=self.time.now, index=-1, call=None, statuses=tuple(found)))

    def _registers(self, number: str) -> None:
        self._current, self._tells = None, ""
        word = self.dialect.report_word("registered")
        key = "event" if self.fmt is ReportFormat.MEMBERS else "action"
        fields = [(key, "ExtensionStatus"), ("extension", number), ("status", word)]
        if self.fmt is not ReportFormat.FLAT:
            fields.append(("sn", self.dialect.serial))
        self.send(lambda _: [fields])

    async def register_again(self, number: str) -> None:
        """Let an idle phone register again: a report about no call."""
        await self.wait(0, 40)
        extension = self.directory.extensions[number]
        if extension.status == "idle" and extension.monitored:
            self._registers(number)

    def finished(self, seed: int) -> Scenario:
        """Return what was noted."""
        for index, report in enumerate(self.reports):
            if report.call is None or not report.tells:
                continue
            if report.tells == self.truths[report.call].outcome:
                self.reports[index] = _deciding(report)
        return Scenario(
            seed=seed,
            dialect=self.dialect.key,
            fmt=self.fmt,
            serial=self.dialect.serial,
            utc_offset=self.config.utc_offset,
            readings=self.readings,
            extensions=tuple(
                Line(name=each.number, monitored=each.monitored)
                for each in self.directory.extensions.values()
            ),
            trunks=tuple(
                Line(name=each.name, monitored=each.monitored)
                for each in self.directory.trunks.values()
            ),
            calls=tuple(self.truths),
            reports=tuple(self.reports),
            commands=tuple(self._commands),
            records=tuple(self._records),
            started=self.started - 1,
            ended=max(self.time.now, self.reports[-1].at) + 1,
            changes=tuple(self._changes),
        )


def _deciding(report: TimedReport) -> TimedReport:
    return TimedReport(
        at=report.at,
        body=report.body,
        name=report.name,
        call=report.call,
        tells=report.tells,
        deciding=True,
    )


def _outcome(call: Call, truth: CallTruth) -> str:
    if truth.answered_at is not None:
        return "answered"
    if call.voicemail:
        return "voicemail"
    if call.failure:
        if call.spoke:  # a call that the API made fails unreported
            truth.also = frozenset({"missed", "cancelled", "failed"})
        return _BY_FAILURE.get(call.failure, "failed")
    if call.refused:
        truth.also = frozenset({"missed"})
        return "refused"
    if truth.line_at is not None and not truth.rang and not call.queued:
        return "answered"  # by an IVR
    return "cancelled" if truth.direction == "outbound" else "missed"


def scenario(
    seed: int, dialect: str, fmt: ReportFormat | None = None, *, monitored: bool = False
) -> Scenario:
    """Play a scenario.

    Args:
        seed: decides everything; the same seed makes the same scenario.
        dialect: "openvox", "yeastar-v1" or "yeastar-v2".
        fmt: the format of the reports; None for one that the dialect is asked for at login.
        monitored: whether reports are sent about all extensions and trunks.

    Raises:
        KeyError: the dialect is unknown.
    """
    from .plan import plan

    dice = random.Random(f"{dialect} {seed}")
    fmt = fmt or dice.choice(_FORMATS[dialect])
    config = SimulatorConfig(
        dialect=dialect,
        extensions=dice.randint(6, 10),
        first_extension=dice.choice(_FIRST_EXTENSIONS),
        trunks=dice.randint(1, 3),
        utc_offset=dice.choice((-8, -3, 0, 1, 2, 3, 8)),
    )
    stage = Stage(
        config,
        fmt,
        chances.readings(dice, dialect),
        dice=dice,
        started=_EPOCH + dice.randrange(_YEAR) + dice.randrange(1000) / 1000,
        last_number=dice.randint(10, 5000),
    )
    for extension in stage.directory.extensions.values():
        extension.monitored = monitored or not stage.chance(chances.SILENT_EXTENSIONS)
    for trunk in stage.directory.trunks.values():
        trunk.monitored = monitored or not stage.chance(chances.SILENT_TRUNKS)
    stage.time.create_task(plan(stage))
    stage.time.run()
    return stage.finished(seed)
