"""Faults, alone and combined, while people phone.

Soon after their end everything is right again.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from math import inf
import random
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from pbx_simulator.families.uc.dialects import ReportFormat
from tests.conftest import StartSimulator
from tests.time_travel import TimeTraveller

from .faults import FAULTS, LONE_FAULTS, Fault
from .stage import UNTOUCHED, UNTOUCHED_TRUNK, Stage, log_lines, set_the_stage

EVERY_FAULT = FAULTS | LONE_FAULTS
PATIENCE = 400.0  # seconds in which everything is read at least once
OUTDATED_AFTER = 100.0  # seconds after which nothing may show what it was before
FIRST_MINUTE, FEW_LOGINS, LOGIN_PAUSE = 60.0, 3, 300.0
COMBINATIONS = [
    *range(4),
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 24)),
]


@dataclass(slots=True, kw_only=True)
class Row:
    """What a fault, or some at once, did. A row of the table.

    Attributes:
        right_after: seconds from the end until every state was right.
        devices_gone: devices that were removed meanwhile.
        outdated: what was shown at the end as it had been long before.
        reports_lost: reports that the PBX had to make and Home Assistant did not get.
        calls_wrong: what was wrong with calls after one resync, or whose end was not told once and
            rightly.
        warnings: lines at warning or above.
        infos: lines at info.
        logins: seconds from the begin to each login that the PBX granted.
        failed_logins: logins that the PBX refused.
    """

    right_after: float = inf
    devices_gone: int = 0
    outdated: list[str] = field(default_factory=list)
    reports_lost: int = 0
    calls_wrong: list[str] = field(default_factory=list)
    warnings: int = 0
    infos: int = 0
    logins: list[float] = field(default_factory=list)
    failed_logins: int = 0


@pytest.fixture
def dialect() -> str:
    """Return what the PBX speaks.

    This one keeps records that can be read, so that every call can be known.
    """
    return "yeastar-v1"


@pytest.fixture
async def stage(
    hass: HomeAssistant,
    dialect: str,
    hass_storage: dict[str, Any],
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[Stage]:
    stage = await set_the_stage(hass, start_simulator, traveller, monkeypatch, dialect=dialect)
    yield stage
    await stage.close()


def count_reports(stage: Stage) -> Callable[[], int]:
    """Return what counts the reports that do not arrive from now on."""
    reporter = stage.simulator.api.reporter
    send, unsent = reporter.send, 0
    since = len(reporter.deliveries)

    def counted(render: Any) -> None:
        nonlocal unsent
        if reporter.muted or not stage.simulator.token_alive:
            unsent += len(render(ReportFormat.MEMBERS))
        send(render)

    stage.patch.setattr(reporter, "send", counted)

    def lost() -> int:
        sent = list(reporter.deliveries)[since:]
        return unsent + sum(each.note not in ("answered", "") for each in sent)

    return lost


def note_logins(stage: Stage) -> list[float]:
    """Return a list to which each login that the PBX grants adds the seconds from now to then."""
    begun, granted = stage.traveller.now(), list[float]()
    sessions = stage.simulator.sessions
    open_session = sessions.open

    def opened(*args: Any) -> Any:
        granted.append(round(stage.traveller.now() - begun, 1))
        return open_session(*args)

    stage.patch.setattr(sessions, "open", opened)
    return granted


def too_many(logins: list[float], extra: int) -> bool:
    """Return True if there are more than three in a minute, or than one in five minutes later."""
    late = [each for each in logins if each - logins[0] >= FIRST_MINUTE]
    return len(logins) - len(late) > FEW_LOGINS + extra or any(
        second - first < LOGIN_PAUSE for first, second in pairwise(late)
    )


async def live_through(stage: Stage, caplog: pytest.LogCaptureFixture, *faults: Fault) -> Row:
    """Cause faults at once; return what they did."""
    row = Row(logins=note_logins(stage))
    caplog.clear()
    await cause(stage, row, *faults)
    lines = log_lines(caplog)
    row.infos, row.warnings = lines.pop("INFO", 0), lines.total()
    row.failed_logins = stage.simulator.failed_logins
    return row


async def cause(stage: Stage, row: Row, *faults: Fault) -> None:
    """Cause faults at once, and note what they do; it ends early if all is never right again."""
    stage.simulator.api.reporter.deliveries.limit = 100_000
    lost = count_reports(stage)
    for fault in faults:
        await fault.begin(stage)
    seconds = max(fault.seconds for fault in faults)
    await stage.traveller.travel(seconds / 2)
    await stage.simulator.set_extension_status(UNTOUCHED, "registered")
    await stage.simulator.set_trunk_status(UNTOUCHED_TRUNK, "failure")
    await stage.traveller.travel(seconds / 2)
    row.devices_gone = len(stage.devices - stage.known_devices())
    if not row.devices_gone and seconds / 2 > OUTDATED_AFTER:
        row.outdated = stage.outdated()
    stage.people.resting = True
    for fault in reversed(faults):
        await fault.end(stage)

    took = await stage.traveller.travel(PATIENCE, until=stage.is_right)
    if not stage.is_right():
        return
    row.right_after = took
    await stage.traveller.wait_for(stage.runtime.coordinator.async_refresh())
    row.calls_wrong = stage.wrong_active()

    stage.people.resting = False
    await stage.traveller.travel(60)
    stage.people.resting = True
    await stage.people.hang_up_all()
    row.reports_lost = lost()
    await stage.traveller.travel(PATIENCE)
    row.calls_wrong += wrong_ends(stage, forgotten=any(fault.forgets for fault in faults))


def wrong_ends(stage: Stage, *, forgotten: bool) -> list[str]:
    """Return what is wrong with what was told of calls that are over.

    Each once, and missed ones as such.

    Args:
        forgotten: whether a PBX that lost its power took calls with it, of which nobody knows how
            they ended.
    """
    told = [(call.caller, str(call.outcome)) for call in stage.log_of_calls()]
    over = [(call.origin, outcome(call)) for call in stage.people.over]
    wrong = [f"{call.call_id} goes on" for call in stage.runtime.calls.tracker.active.values()]
    wrong += [f"not told: {each}" for each in (Counter(over) - Counter(told)).elements()]
    if not forgotten:
        wrong += [f"told: {each}" for each in (Counter(told) - Counter(over)).elements()]
        missed, count = len(stage.people.missed), stage.runtime.calls.missed.count
        wrong += [f"{count} missed, not {missed}"] if count != missed else []
    return wrong


def outcome(call: Any) -> str:
    """Return how a call ended in truth."""
    if call.answered is not None:
        return "answered"
    return "cancelled" if call.type == "Outbound" else "missed"


def check(row: Row, *faults: Fault) -> None:
    """Assert that faults did no more than they may."""
    assert row.right_after <= max(fault.right_within for fault in faults)
    assert (row.devices_gone, row.outdated, row.calls_wrong) == (0, [], [])
    # An entry that is loaded again while the link is down says so again.
    loaded_again = len(faults) > 1 and any(fault.concerns == "entry" for fault in faults)
    assert row.warnings <= sum(fault.warnings for fault in faults) + loaded_again
    assert row.infos <= max(1, row.warnings)
    assert not too_many(row.logins, sum(fault.extra_logins for fault in faults))
    assert row.failed_logins == 0


@pytest.mark.parametrize(
    ("logins", "storm"),
    [
        ([], False),
        ([20.0, 25.0, 79.0], False),
        ([20.0, 25.0, 79.0, 80.0, 380.0], False),
        ([20.0, 25.0, 30.0, 35.0], True),
        ([20.0, 80.0, 379.0], True),
    ],
)
def test_logins_are_too_many(logins: list[float], storm: bool) -> None:
    assert too_many(logins, extra=0) is storm


@pytest.mark.parametrize("name", EVERY_FAULT)
async def test_alone(
    stage: Stage,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, object], None],
    name: str,
) -> None:
    row = await live_through(stage, caplog, EVERY_FAULT[name])
    record_property("fault", name)
    record_property("row", asdict(row))
    check(row, EVERY_FAULT[name])


def combination(seed: int) -> list[str]:
    """Return two or three faults that concern different things."""
    chance = random.Random(seed)
    names: list[str] = []
    for name in chance.sample(list(FAULTS), len(FAULTS)):
        if FAULTS[name].concerns not in {FAULTS[each].concerns for each in names}:
            names.append(name)
    return names[: chance.choice((2, 3))]


@pytest.mark.parametrize("seed", COMBINATIONS)
async def test_combined(
    stage: Stage,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, object], None],
    seed: int,
) -> None:
    names = combination(seed)
    faults = [FAULTS[name] for name in names]
    row = await live_through(stage, caplog, *faults)
    record_property("fault", " + ".join(names))
    record_property("row", asdict(row))
    check(row, *faults)


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v2"])
@pytest.mark.parametrize("name", EVERY_FAULT)
async def test_other_dialects(stage: Stage, caplog: pytest.LogCaptureFixture, name: str) -> None:
    row = await live_through(stage, caplog, EVERY_FAULT[name])
    if (
        stage.simulator.config.dialect == "openvox"
    ):  # it keeps no records: what nobody heard of stays unknown
        row.calls_wrong = [each for each in row.calls_wrong if "follow" in each]
    check(row, EVERY_FAULT[name])


@pytest.mark.slow
async def test_long_storm(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.storm_seconds = 10.0
    before = stage.runtime.receiver.accepted["ExtensionStatusReport"]
    row = await live_through(stage, caplog, FAULTS["report storm"])
    check(row, FAULTS["report storm"])
    assert stage.runtime.receiver.accepted["ExtensionStatusReport"] - before >= 20_000
