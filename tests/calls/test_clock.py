"""Home Assistant's clock is set while people phone: what waits waits no longer, and no less.

The clock of the PBX is another one and goes on.
"""

from datetime import timedelta
import json

from homeassistant.core import Event, HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ippbx.calls.attributes import EVENT_CALL
from custom_components.ippbx.calls.clock import CallClock
from custom_components.ippbx.calls.history.entries import LogEntry
from custom_components.ippbx.calls.history.log import LogQuery
from pbx_simulator.calls.model import Call
from tests.chaos.stage import Clock, put_clock
from tests.conftest import SERIAL, StartSimulator
from tests.house import House, move_in
from tests.reports.raw_requests import post
from tests.time_travel import TimeTraveller

HOUR = 3600.0
TURN = 45.0  # seconds in which everything is read, and every end is decided
MOMENT = 15.0  # seconds in which an end is decided that was reported
CALLER = "030555823"


@pytest.fixture
def our_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return Home Assistant's clock."""
    clock = Clock()
    put_clock(monkeypatch, clock)
    return clock


@pytest.fixture(params=["openvox", "yeastar-v1", "yeastar-v2"])
async def house(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    our_clock: Clock,
) -> House:
    """Return a house with a PBX."""
    simulator = await start_simulator(dialect=request.param, clock=Clock())
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(TURN)
    return house


BACK_AND_FORTH = pytest.mark.parametrize("hours", [-1, 1, -30, 30])


async def answered(house: House, to: str = "1001") -> Call:
    """Return a call from outside that was answered."""
    call = await house.simulator.calls.inbound("trunk-1", caller=CALLER, to=to)
    await call.ring()
    await house.traveller.travel(5)
    await call.answer()
    await house.traveller.travel(5)
    return call


def types(events: list[Event]) -> list[str]:
    """Return what happened, once each."""
    return [*dict.fromkeys(event.data["type"] for event in events)]


@BACK_AND_FORTH
async def test_a_reported_end_is_published_at_once(
    house: House, our_clock: Clock, hours: int
) -> None:
    events = async_capture_events(house.hass, EVENT_CALL)
    call = await answered(house)
    our_clock.ahead += hours * HOUR
    await house.traveller.travel(20)
    await call.hang_up()
    await house.traveller.travel(MOMENT)
    assert types(events) == ["ringing", "answered", "ended"]
    (logged,) = house.runtime.history.log.select(LogQuery())
    assert isinstance(logged, LogEntry)
    assert (logged.talk_seconds, logged.outcome) == (25, "answered")


@BACK_AND_FORTH
async def test_the_clock_is_set_while_an_end_is_decided(
    house: House, our_clock: Clock, hours: int
) -> None:
    """Some reports of the end are lost, so that the engine waits."""
    events = async_capture_events(house.hass, EVENT_CALL)
    call = await answered(house)
    house.simulator.knobs.lose_next = 1
    await call.hang_up()
    await house.traveller.travel(1)
    our_clock.ahead += hours * HOUR
    await house.traveller.travel(MOMENT)
    assert types(events) == ["ringing", "answered", "ended"]


@BACK_AND_FORTH
async def test_an_end_that_only_a_read_shows(house: House, our_clock: Clock, hours: int) -> None:
    events = async_capture_events(house.hass, EVENT_CALL)
    call = await answered(house)
    our_clock.ahead += hours * HOUR
    house.simulator.knobs.lose_reports = 1
    await call.hang_up()
    await house.traveller.travel(2 * TURN)
    assert house.state("sensor", "active_calls") == "0"
    house.simulator.knobs.lose_reports = 0
    await house.traveller.travel(11 * 60)
    assert types(events) == ["ringing", "answered", "ended"]


@BACK_AND_FORTH
async def test_a_call_goes_on_while_the_clock_is_set(
    house: House, our_clock: Clock, hours: int
) -> None:
    events = async_capture_events(house.hass, EVENT_CALL)
    call = await answered(house)
    our_clock.ahead += hours * HOUR
    await house.traveller.travel(300)
    assert house.state("sensor", "active_calls") == "1"
    assert types(events) == ["ringing", "answered"]
    await call.hang_up()
    await house.traveller.travel(MOMENT)
    assert house.state("sensor", "active_calls") == "0"


@BACK_AND_FORTH
async def test_the_next_call_has_the_new_time(house: House, our_clock: Clock, hours: int) -> None:
    """And all that was remembered of phones and reports does not stand in its way."""
    first = await answered(house)
    await first.hang_up()
    await house.traveller.travel(TURN)
    our_clock.ahead += hours * HOUR
    events = async_capture_events(house.hass, EVENT_CALL)
    second = await answered(house)
    await second.hang_up()
    now = dt_util.utcnow()
    await house.traveller.travel(MOMENT)
    assert types(events) == ["ringing", "answered", "ended"]
    assert house.runtime.calls.outcomes == {"answered": 2}
    newest = house.runtime.calls.now()
    assert abs(newest - now) <= timedelta(seconds=2 * MOMENT)


@pytest.mark.parametrize("hours", [-30 * 24, -2, -1, 2])
async def test_the_clock_was_wrong_until_now(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    our_clock: Clock,
    hours: int,
) -> None:
    """As after a start without a network: the clock of the PBX is the right one."""
    our_clock.ahead = hours * HOUR
    house = await move_in(hass, await start_simulator(clock=Clock()), traveller)
    await traveller.travel(TURN)
    first = await answered(house)
    await first.hang_up()
    await house.traveller.travel(TURN)
    our_clock.ahead = 0
    call = await house.simulator.calls.inbound("trunk-1", caller=CALLER, to="1001")
    await call.ring()
    await house.traveller.travel(10)
    await call.hang_up()
    now = dt_util.utcnow()
    await house.traveller.travel(MOMENT)
    entries = house.runtime.history.log.select(LogQuery())
    (logged,) = (e for e in entries if isinstance(e, LogEntry) and e.outcome == "missed")
    assert logged.ended is not None
    assert abs((logged.ended - now).total_seconds()) <= 2
    assert abs((logged.ended - logged.started).total_seconds() - 10) <= 2


async def test_the_same_key_twice_after_the_clock_was_put_back(
    house: House, our_clock: Clock
) -> None:
    """What is remembered has times to come; a report without a position is a repeat for long."""
    first = await answered(house)
    await first.hang_up()
    await house.traveller.travel(TURN)
    our_clock.ahead -= HOUR
    events = async_capture_events(house.hass, EVENT_CALL)
    second = await answered(house)
    fields = {"action": "DTMF", "callid": second.call_id, "ext": {"extid": "1001"}, "info": "5"}
    for _ in range(2):
        body = json.dumps({**fields, "sn": SERIAL}).encode()
        await house.traveller.wait_for(post(house.hass.http.server_port, body))
        await house.traveller.travel(MOMENT)
    keys = [event for event in events if event.data["type"] == "dtmf"]
    assert len(keys) == 2 * 2  # of the PBX and of the extension


def test_small_differences_are_no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, loop_time = [dt_util.utcnow()], [5.0]
    monkeypatch.setattr(dt_util, "utcnow", lambda: shown[0])
    clock = CallClock(lambda: loop_time[0])
    began = clock.now()
    assert began == shown[0]
    loop_time[0] += 10
    shown[0] += timedelta(seconds=10.9)
    clock.align()
    assert clock.now() - began == timedelta(seconds=10)
    shown[0] -= timedelta(hours=1)
    assert clock.now() - began == timedelta(seconds=10)
    clock.align()
    assert clock.now() == shown[0]
