"""Calls that nobody saw are told afterwards, once, at their true times; or the log shows that nobody knows."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from homeassistant.core import CoreState, Event, HomeAssistant, State
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ippbx.backfill import PERIOD
from custom_components.ippbx.call_events import EVENT_CALL
from custom_components.ippbx.call_log import LogQuery
from custom_components.ippbx.call_log_entries import LogEntry, LogGap
from custom_components.ippbx.pbx.call_models import CallOutcome

from .call_changes import written
from .conftest import SERIAL, StartSimulator
from .house import House, move_in
from .live import entity_id
from .time_travel import TimeTraveller

YEASTAR = ("yeastar-v1", "yeastar-v2")
CALLERS = ("030555811", "030555812", "030555813")
SECOND = timedelta(seconds=1)
TURN = 40.0  # seconds in which the records are read at least once, and what they tell is decided


def now() -> datetime:
    """Return the time of the test (UTC)."""
    return datetime.now(UTC)


async def missed(house: House, caller: str, *, rings: float = 20) -> datetime:
    """Have a call come in that nobody answers; return when it began."""
    began = now()
    call = await house.simulator.calls.inbound("trunk-1", caller=caller, did="4930120", to="1001")
    await call.ring()
    await house.traveller.travel(rings)
    await call.hang_up()
    return began


async def stop(house: House) -> None:
    """Stop what Home Assistant does with the PBX."""
    await house.unload()


async def start(house: House) -> None:
    """Start it again and let it look back."""
    await house.traveller.wait_for(
        house.hass.config_entries.async_setup(house.entry.entry_id), seconds=10
    )
    await house.traveller.travel(TURN)


def calls(house: House) -> list[LogEntry]:
    """Return the calls of the log, oldest first."""
    items = [*house.coordinator.call_log.select(LogQuery())][::-1]
    return [item for item in items if isinstance(item, LogEntry)]


def gaps(house: House) -> list[LogGap]:
    """Return the gaps of the log, oldest first."""
    items = [*house.coordinator.call_log.select(LogQuery())][::-1]
    return [item for item in items if isinstance(item, LogGap)]


@dataclass
class Told:
    """What was told of calls since: bus events, which no restart repeats by itself, and states."""

    pbx: str  # its device
    events: list[Event]
    states: list[State]

    def count(self, event_type: str = "missed") -> Counter[str]:
        """Return how often the PBX's event entity told of a type, by call."""
        return Counter(
            event.data["call_id"]
            for event in self.events
            if (event.data["type"], event.data["device_id"]) == (event_type, self.pbx)
        )


def listen(house: House) -> Told:
    """Listen to what is told of calls from now on."""
    known = er.async_get(house.hass).async_get(entity_id(house.hass, "event", f"{SERIAL}_call"))
    assert known is not None
    assert known.device_id is not None
    events = async_capture_events(house.hass, EVENT_CALL)
    return Told(known.device_id, events, written(house.hass, known.entity_id))


def once(house: House) -> Counter[str]:
    """Return that every call of the log was told once."""
    return Counter({item.call_id: 1 for item in calls(house)})


@pytest.fixture(params=YEASTAR)
async def house(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
) -> House:
    """Return a house with a PBX that gives its records, which was looked at once."""
    simulator = await start_simulator(dialect=request.param)
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(TURN)
    return house


async def test_calls_missed_while_home_assistant_was_stopped(house: House) -> None:
    await stop(house)
    began = []
    for caller in CALLERS:
        await house.traveller.travel(180)
        began.append(await missed(house, caller))
    told = listen(house)
    await start(house)

    found = calls(house)
    assert [(item.caller, item.outcome) for item in found] == [
        (caller, CallOutcome.MISSED) for caller in CALLERS
    ]
    for item, truth in zip(found, began, strict=True):
        assert abs(item.started - truth) <= SECOND
        assert item.ended is not None
        assert abs(item.ended - truth - timedelta(seconds=20)) <= SECOND
        assert item.late
    assert told.count() == once(house)
    assert all(state.attributes["late"] for state in told.states if "call_id" in state.attributes)
    assert house.coordinator.calls.missed.count == 3
    assert not gaps(house)

    # Neither another start nor time brings them again.
    for _ in range(2):
        await stop(house)
        await start(house)
    await house.traveller.travel(2 * PERIOD.total_seconds())
    assert calls(house) == found
    assert told.count() == once(house)
    assert house.coordinator.calls.missed.count == 3


async def test_calls_that_were_seen_are_not_told_again(house: House) -> None:
    told = listen(house)
    for caller in CALLERS:
        await missed(house, caller)
    await house.traveller.travel(5)
    assert told.count() == once(house)
    assert len(calls(house)) == 3
    assert not any(item.late for item in calls(house))
    await house.traveller.travel(2 * PERIOD.total_seconds())
    for _ in range(2):
        await stop(house)
        await start(house)
    assert len(calls(house)) == 3
    assert told.count() == once(house)
    assert house.coordinator.history.backfill.found == 0


async def test_calls_missed_while_the_link_was_down(house: House) -> None:
    told = listen(house)
    await house.simulator.go_away()
    await house.traveller.travel(120)
    began = [await missed(house, caller) for caller in CALLERS]
    await house.simulator.come_back()
    await house.traveller.travel(30 + TURN)
    assert [item.caller for item in calls(house)] == list(CALLERS)
    assert all(
        abs(item.started - truth) <= SECOND for item, truth in zip(calls(house), began, strict=True)
    )
    assert told.count() == once(house)


async def test_a_call_that_goes_on_over_a_restart(house: House) -> None:
    """It began when it was seen, ended when nobody looked, and is told once."""
    call = await house.simulator.calls.inbound("trunk-1", caller=CALLERS[0], to="1001")
    await call.ring()
    await call.answer()
    await house.traveller.travel(3 * 3600)
    told = listen(house)
    await stop(house)
    await house.traveller.travel(60)
    await call.hang_up()
    await house.traveller.travel(60)
    await start(house)
    (item,) = calls(house)
    assert (item.caller, item.outcome) == (CALLERS[0], CallOutcome.ANSWERED)
    assert item.talk_seconds == pytest.approx(3 * 3600 + 60, abs=2)
    assert told.count("ended") == once(house)


async def test_a_call_of_which_every_report_was_lost(house: House) -> None:
    house.simulator.knobs.lose_reports = 1
    told = listen(house)
    began = await missed(house, CALLERS[0])
    house.simulator.knobs.lose_reports = 0
    await house.traveller.travel(PERIOD.total_seconds() + TURN)
    (item,) = calls(house)
    assert (item.caller, item.outcome) == (CALLERS[0], CallOutcome.MISSED)
    assert abs(item.started - began) <= SECOND
    assert told.count() == once(house)


async def test_nothing_from_before_the_first_set_up(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    simulator = await start_simulator(dialect="yeastar-v2")
    call = await simulator.calls.inbound("trunk-1", caller=CALLERS[0], to="1001")
    await call.ring()
    await traveller.travel(30)
    await call.hang_up()
    await traveller.travel(60)
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(PERIOD.total_seconds() + TURN)
    assert house.asked("cdr/get_random") >= 2
    assert calls(house) == []
    assert not gaps(house)


@pytest.mark.parametrize("utc_offset", [-8, 0, 13])
async def test_times_are_true_in_any_zone(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    utc_offset: int,
) -> None:
    simulator = await start_simulator(dialect="yeastar-v1", utc_offset=utc_offset)
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(TURN)
    await stop(house)
    began = await missed(house, CALLERS[0])
    await traveller.travel(600)
    await start(house)
    (item,) = calls(house)
    assert abs(item.started - began) <= SECOND


async def test_nothing_is_told_before_home_assistant_has_started(house: House) -> None:
    """Automations would not hear it."""
    await stop(house)
    await missed(house, CALLERS[0])
    await house.traveller.travel(60)
    house.hass.set_state(CoreState.starting)
    await start(house)
    assert calls(house) == []
    house.hass.set_state(CoreState.running)
    await house.traveller.travel(TURN)
    assert len(calls(house)) == 1


async def test_one_request_at_a_time(house: House) -> None:
    await stop(house)
    await missed(house, CALLERS[0])
    await start(house)
    assert house.simulator.max_in_flight == 1
