"""Faults, alone and combined, while people phone.

Soon after their end everything is right again.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import asdict, dataclass, field
import random
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from pbx_simulator.families.uc.dialects import ReportFormat
from tests.conftest import StartSimulator
from tests.time_travel import TimeTraveller

from .faults import FAULTS, Fault
from .stage import UNTOUCHED, Stage, log_lines, set_the_stage

PATIENCE = 400.0  # seconds in which everything is read at least once
COMBINATIONS = [
    *range(4),
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 24)),
]


@dataclass(slots=True, kw_only=True)
class Row:
    """What a fault, or some at once, did. A row of the table.

    Attributes:
        right_after: seconds from the end until every state was right.
        reports_lost: reports that the PBX had to make and Home Assistant did not get.
        calls_wrong: what was wrong with calls after one resync, or whose end was not told once and
            rightly.
        warnings: lines at warning or above.
        infos: lines at info.
        failed_logins: logins that the PBX refused.
    """

    right_after: float = -1.0
    reports_lost: int = 0
    calls_wrong: list[str] = field(default_factory=list)
    warnings: int = 0
    infos: int = 0
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


async def live_through(stage: Stage, caplog: pytest.LogCaptureFixture, *faults: Fault) -> Row:
    """Cause faults at once; return what they did."""
    stage.simulator.api.reporter.deliveries.limit = 100_000
    row, lost = Row(), count_reports(stage)
    caplog.clear()
    for fault in faults:
        await fault.begin(stage)
    seconds = max(fault.seconds for fault in faults)
    await stage.traveller.travel(seconds / 2)
    await stage.simulator.set_extension_status(UNTOUCHED, "registered")
    await stage.simulator.set_trunk_status("trunk-2", "failure")
    await stage.traveller.travel(seconds / 2)
    stage.people.resting = True
    for fault in reversed(faults):
        await fault.end(stage)

    row.right_after = await stage.traveller.travel(PATIENCE, until=stage.is_right)
    assert stage.is_right()
    await stage.traveller.wait_for(stage.runtime.coordinator.async_refresh())
    row.calls_wrong = stage.wrong_active()

    stage.people.resting = False
    await stage.traveller.travel(60)
    stage.people.resting = True
    await stage.people.hang_up_all()
    row.reports_lost = lost()
    await stage.traveller.travel(PATIENCE)
    row.calls_wrong += wrong_ends(stage, forgotten=any(fault.forgets for fault in faults))
    lines = log_lines(caplog)
    row.infos, row.warnings = lines.pop("INFO", 0), lines.total()
    row.failed_logins = stage.simulator.failed_logins
    return row


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
    assert row.calls_wrong == []
    assert row.warnings <= sum(fault.warnings for fault in faults)
    assert row.infos <= max(1, row.warnings)
    assert row.failed_logins == 0


@pytest.mark.parametrize("name", FAULTS)
async def test_alone(
    stage: Stage,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, object], None],
    name: str,
) -> None:
    row = await live_through(stage, caplog, FAULTS[name])
    record_property("fault", name)
    record_property("row", asdict(row))
    check(row, FAULTS[name])


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
@pytest.mark.parametrize("name", FAULTS)
async def test_other_dialects(stage: Stage, caplog: pytest.LogCaptureFixture, name: str) -> None:
    row = await live_through(stage, caplog, FAULTS[name])
    if (
        stage.simulator.config.dialect == "openvox"
    ):  # it keeps no records: what nobody heard of stays unknown
        row.calls_wrong = [each for each in row.calls_wrong if "follow" in each]
    check(row, FAULTS[name])


@pytest.mark.slow
async def test_long_storm(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.storm_seconds = 10.0
    before = stage.runtime.receiver.accepted["ExtensionStatusReport"]
    row = await live_through(stage, caplog, FAULTS["report storm"])
    check(row, FAULTS["report storm"])
    assert stage.runtime.receiver.accepted["ExtensionStatusReport"] - before >= 20_000
