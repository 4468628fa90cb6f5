"""Random scenarios: some calls on one PBX, with all reports about them and the truth.

Deterministic, offline and without a running loop: `scenario(seed, "openvox")` is the same each
time. Nothing in here knows a client; what the documents leave open is decided by chance (`habits`)
and said in `readings`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
import random

from pbx_simulator.calls.legs import Leg, LegKind
from pbx_simulator.calls.record import CallRecord

from ..dialects import DIALECTS, Dialect, ReportFormat
from ..reports.writer import Writer
from .cast import Cast
from .habits import draw
from .ids import FinalIds
from .models import CallTruth, Change, Picture, ScenarioExtension, ScenarioTrunk, TimedReport
from .pictures import picture
from .plan import plan
from .stage import Stage
from .teller import Teller
from .truth import truth_of

_FORMATS = {
    "openvox": (ReportFormat.OPENVOX,),
    "yeastar-v1": (ReportFormat.CALL_ARRAY, ReportFormat.CALL_ARRAY, ReportFormat.FLAT),
    "yeastar-v2": (ReportFormat.MEMBERS,),
}
_FIRST_EXTENSIONS = (100, 201, 1000, 2001, 8000)
_TRUNK_NAMES = ("sip-provider", "to-branch", "Line 1", "gsm-1")
_OFFSETS = (-8, -3, 0, 1, 2, 3, 8)
_EPOCH = 1_780_000_000
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Some calls on a PBX: what it reports, what it answers and what is true.

    Attributes:
        readings: The doubtful points that were decided for this one: name -> choice (see `habits`).
        reports: In the order of time, at which the PBX posts them.
        records: The records, in the order in which they were closed; phantoms among them.
        changes: What `queries_at` reads.
        dead: When the PBX lost its power, and when it was back; None = it did not.
        started, ended: The time it covers: before the first report, after the last one.
        utc_offset: The PBX's local time, in whole hours east of UTC.
    """

    seed: int
    dialect: str
    fmt: ReportFormat
    serial: str
    utc_offset: int
    readings: dict[str, object]
    extensions: tuple[ScenarioExtension, ...]
    trunks: tuple[ScenarioTrunk, ...]
    calls: tuple[CallTruth, ...]
    reports: tuple[TimedReport, ...]
    records: tuple[CallRecord, ...]
    started: float
    ended: float
    dead: tuple[float, float] | None = None
    changes: tuple[Change, ...] = field(repr=False)

    def queries_at(self, at: float) -> Picture:
        """Return what queries show at a moment."""
        return picture(
            at,
            dialect=DIALECTS[self.dialect],
            extensions=self.extensions,
            trunks=self.trunks,
            changes=self.changes,
        )

    def acceptable(self, call: int, delivered: Collection[int]) -> frozenset[str]:
        """Return the outcomes that are right if only some reports arrive and no record is read.

        Args:
            call: Index of the call.
            delivered: Indices of the reports that arrived.
        """
        truth = self.calls[call]
        told = {
            self.reports[index].tells for index in delivered if self.reports[index].call == call
        }
        told.discard("")
        if truth.outcome in told:
            return frozenset({truth.outcome}) | truth.doubtful
        return frozenset({truth.outcome, *(told or {"unknown"})})

    def records_between(self, start: float, end: float) -> tuple[CallRecord, ...]:
        """Return the records that a download gives for a time in which calls began."""
        return tuple(record for record in self.records if start <= record.started <= end)


def scenario(
    seed: int,
    dialect: str,
    fmt: ReportFormat | None = None,
    *,
    crash: bool = False,
    monitored: bool = False,
) -> Scenario:
    """Make a scenario.

    Args:
        seed: Decides everything; the same seed makes the same scenario.
        dialect: "openvox", "yeastar-v1" or "yeastar-v2".
        fmt: The format of the reports; None = one that the dialect is asked for at login.
        crash: Let the PBX lose its power at some moment: live calls are lost unreported,
            BootUp follows.
        monitored: Let reports be sent about all extensions and trunks.

    Raises:
        KeyError: The dialect is unknown.
    """
    dice = random.Random(f"{dialect} {seed}")
    spoken = DIALECTS[dialect]
    fmt = fmt or dice.choice(_FORMATS[dialect])
    stage = _stage(dice, spoken, fmt, monitored=monitored)
    start = _EPOCH + dice.randrange(_YEAR) + dice.randrange(1000) / 1000
    cast = Cast(stage=stage, groups=("6200", "6201"), queues=("6700",), ivrs=("6500", "6501"))
    dead = None
    if crash:
        stage.power_until = round(start + dice.uniform(2, 60), 3)
        dead = (stage.power_until, round(stage.power_until + dice.uniform(20, 90), 3))
    plan(cast, start)
    _disturb(stage, start)
    if dead:
        _boot(stage, dead[1])
    reports, changes, records = stage.play([script.outcome for script in cast.scripts])
    final = FinalIds(stage)
    return Scenario(
        seed=seed,
        dialect=dialect,
        fmt=fmt,
        serial=spoken.serial,
        utc_offset=stage.utc_offset,
        readings=asdict(stage.habits),
        extensions=stage.extensions,
        trunks=stage.trunks,
        calls=tuple(final.of_truth(truth_of(script)) for script in cast.scripts),
        reports=tuple(map(final.of_report, reports)),
        records=tuple(map(final.of_record, records)),
        started=start - 1,
        ended=max([reports[-1].at, *(step.at for step in stage.steps)]) + 1,
        dead=dead,
        changes=tuple(map(final.of_change, changes)),
    )


def _stage(dice: random.Random, dialect: Dialect, fmt: ReportFormat, *, monitored: bool) -> Stage:
    first = dice.choice(_FIRST_EXTENSIONS)
    extensions = tuple(
        ScenarioExtension(
            number=str(first + index),
            name=f"User {first + index}",
            monitored=dice.random() > 0.05 or monitored,
        )
        for index in range(dice.randint(6, 10))
    )
    trunks = tuple(
        ScenarioTrunk(name=name, id=str(index + 1), monitored=dice.random() > 0.07 or monitored)
        for index, name in enumerate(_TRUNK_NAMES[: dice.randint(1, 3)])
    )
    habits = draw(dice, dialect, fmt)
    silent = {each.number for each in extensions if not each.monitored}
    silent_trunks = {each.name for each in trunks if not each.monitored}

    def is_monitored(leg: Leg) -> bool:
        if leg.kind is LegKind.EXTENSION:
            return leg.number not in silent
        return leg.trunk not in silent_trunks

    writer = Writer(fmt=fmt, serial=dialect.serial, monitored=is_monitored)
    return Stage(
        dice=dice,
        dialect=dialect,
        fmt=fmt,
        habits=habits,
        teller=Teller(writer=writer, habits=habits),
        extensions=extensions,
        trunks=trunks,
        unavailable=extensions[-1].number if dice.random() < 0.15 else "",
        utc_offset=dice.choice(_OFFSETS),
        number=dice.randint(10, 5000),
    )


def _disturb(stage: Stage, start: float) -> None:
    """Add phones that register again: these reports are about no call."""
    for number in _reported(stage):
        if stage.chance(0.03) and (at := start + stage.dice.uniform(0, 40)) < stage.power_until:
            _register(stage, round(at, 3), number)


def _boot(stage: Stage, at: float) -> None:
    """Start the PBX again; after that most phones register."""
    stage.extras.append((at, "BootUp", stage.teller.boot_up()))
    for number in _reported(stage):
        if stage.chance(0.7):
            _register(stage, round(at + stage.dice.uniform(0.1, 8), 3), number)


def _register(stage: Stage, at: float, number: str) -> None:
    report = stage.teller.extension_status(number, "Registered")
    stage.extras.append((at, "ExtensionStatus", report))


def _reported(stage: Stage) -> list[str]:
    """Return the extensions with a phone of which the status is reported."""
    found = [each.number for each in stage.extensions if each.monitored]
    return [number for number in found if number != stage.unavailable]
