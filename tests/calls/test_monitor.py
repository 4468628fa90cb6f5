"""Calls at a simulated PBX, and what Home Assistant shows of them, in all dialects.

Over real sockets.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import async_get_platforms
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ippbx.calls.attributes import EVENT_CALL
from custom_components.ippbx.calls.history.entries import LogEntry
from custom_components.ippbx.calls.history.log import LogQuery
from custom_components.ippbx.const import DOMAIN
from custom_components.ippbx.pbx.net.login_guard import wall_clock
from pbx_simulator.calls.services import ServiceKind
from tests.conftest import SERIAL, StartSimulator
from tests.house import House, move_in
from tests.live import entity_id
from tests.time_travel import TimeTraveller

DIALECTS = ("openvox", "yeastar-v1", "yeastar-v2")
GROUP, MEMBERS = "6500", ("1000", "1001", "1002", "1003", "1004")
CALLER = "030555823"
# Seconds in which everything is read that is read every half minute, and every end is decided.
TURN = 45.0
MOMENT = 1.0


class BusEvents:
    """The events of calls on the bus, by device name."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Listen from now on."""
        self._hass = hass
        self._events: list[Event] = async_capture_events(hass, EVENT_CALL)

    def of(self, house: House, extension: str | None = None) -> Counter[str]:
        """Return the numbers of events by type, of the PBX or of an extension."""
        item = f"_ext_{extension}" if extension else ""
        known = er.async_get(self._hass).async_get(
            entity_id(self._hass, "event", f"{SERIAL}{item}_call")
        )
        assert known is not None
        return Counter(
            e.data["type"] for e in self._events if e.data["device_id"] == known.device_id
        )


@pytest.fixture(params=DIALECTS)
async def house(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
) -> House:
    """Return a house with a PBX of five extensions and a ring group of all of them."""
    simulator = await start_simulator(dialect=request.param, extensions=5)
    simulator.calls.set_group(ServiceKind.RING_GROUP, GROUP, *MEMBERS)
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(TURN)
    return house


async def test_the_engine_knows_how_the_dialect_names_calls(house: House) -> None:
    is_openvox = house.simulator.config.dialect == "openvox"
    assert house.runtime.calls.tracker.index.paired is is_openvox
    assert house.runtime.calls.tracker.index.keeps_records is not is_openvox


async def test_a_call_from_the_first_ring_to_its_record(house: House) -> None:
    events = BusEvents(house.hass)
    call = await house.simulator.calls.inbound("trunk-1", caller=CALLER, did="4930120", to="1001")
    await call.ring()
    await house.traveller.travel(MOMENT)
    assert house.extension("1001") == "ringing"
    assert house.state("sensor", "active_calls") == "1"

    await call.answer()
    await house.traveller.travel(10)
    assert house.extension("1001") == "busy"

    await call.hang_up()
    await house.traveller.travel(TURN)
    assert house.extension("1001") == "idle"
    assert house.state("sensor", "active_calls") == "0"
    assert house.state("sensor", "missed_calls") == "0"
    assert events.of(house) == events.of(house, "1001") == {"ringing": 1, "answered": 1, "ended": 1}
    last = house.hass.states.get(entity_id(house.hass, "sensor", f"{SERIAL}_last_call"))
    assert last is not None
    shown = {key: last.attributes[key] for key in ("caller", "outcome", "answered_by")}
    assert shown == {"caller": CALLER, "outcome": "answered", "answered_by": "1001"}


async def test_the_last_of_two_calls_in_one_second_is_the_last_call(house: House) -> None:
    """A record tells the end of an unanswered one to the second: before the first, it seems."""
    first = await house.simulator.calls.place("1000", "1001")
    await first.ring()
    await first.answer()
    await house.traveller.travel(0.2)
    await first.hang_up()
    await house.traveller.travel(0.2)
    second = await house.simulator.calls.place("1000", "1001")
    await second.ring()
    await second.hang_up()
    await house.traveller.travel(TURN)
    assert house.state("sensor", "last_call").endswith(", missed")


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_call_in_the_future_is_not_the_last_one(house: House) -> None:
    """Home Assistant's clock was ahead when that came."""
    ahead = datetime.now(UTC) + timedelta(hours=5)
    entities: dict[str, Any] = {}
    for platform in async_get_platforms(house.hass, DOMAIN):
        entities |= platform.entities
    last_call, last_caller = (
        entities[entity_id(house.hass, "sensor", f"{SERIAL}_{key}")]
        for key in ("last_call", "ext_1001_last_caller")
    )
    last_call._attr_extra_state_attributes = {"ended": ahead.isoformat()}
    last_caller._began = ahead
    call = await house.simulator.calls.inbound("trunk-1", caller=CALLER, to="1001")
    await call.ring()
    await house.traveller.travel(5)
    await call.hang_up()
    await house.traveller.travel(TURN)
    assert CALLER in house.state("sensor", "last_call")
    assert house.state("sensor", "ext_1001_last_caller") == CALLER


async def test_two_calls_on_one_extension_of_which_one_ends(house: House) -> None:
    """The other one shows (what core issue 95191 describes stays impossible)."""
    events = BusEvents(house.hass)
    house.simulator.knobs.call_waiting = True
    first = await house.simulator.calls.inbound("trunk-1", caller=CALLER, to="1001")
    await first.ring()
    await first.answer()
    await house.traveller.travel(5)
    second = await house.simulator.calls.inbound("trunk-2", caller="040555824", to="1001")
    await second.ring()
    await house.traveller.travel(5)
    assert house.state("sensor", "active_calls") == "2"

    await second.hang_up("caller")
    await house.traveller.travel(TURN)
    assert house.extension("1001") == "busy"
    assert house.state("sensor", "active_calls") == "1"
    assert events.of(house)["ended"] == events.of(house)["missed"] == 1

    await first.hang_up()
    await house.traveller.travel(TURN)
    assert house.extension("1001") == "idle"
    assert events.of(house)["ended"] == 2
    assert events.of(house)["missed"] == 1


async def test_a_group_of_five_in_which_one_answers(house: House) -> None:
    events = BusEvents(house.hass)
    call = await house.simulator.calls.inbound("trunk-1", caller=CALLER, to=GROUP)
    await call.ring()
    await house.traveller.travel(6)
    await call.answer(by="1003")
    await house.traveller.travel(10)
    await call.hang_up()
    await house.traveller.travel(TURN)
    assert events.of(house) == {"ringing": 1, "answered": 1, "ended": 1}
    assert {number: events.of(house, number)["answered"] for number in MEMBERS} == {
        number: int(number == "1003") for number in MEMBERS
    }
    assert not any(events.of(house, number)["missed"] for number in MEMBERS)
    assert house.state("sensor", "missed_calls") == "0"


async def test_a_group_of_five_in_which_nobody_answers(house: House) -> None:
    events = BusEvents(house.hass)
    call = await house.simulator.calls.inbound("trunk-1", caller=CALLER, to=GROUP)
    await call.ring()
    await house.traveller.travel(20)
    await call.hang_up("caller")
    await house.traveller.travel(TURN)
    assert events.of(house) == {"ringing": 1, "ended": 1, "missed": 1}
    assert {number: events.of(house, number)["missed"] for number in MEMBERS} == dict.fromkeys(
        MEMBERS, 1
    )
    assert house.state("sensor", "missed_calls") == "1"


async def test_calls_without_a_reported_end_end_with_the_next_read(house: House) -> None:
    events = BusEvents(house.hass)
    inbound = await house.simulator.calls.inbound("trunk-1", caller=CALLER, to="1001")
    await inbound.ring()
    await inbound.answer()
    between = await house.simulator.calls.place("1002", "1003")
    await between.ring()
    await between.answer()
    await house.traveller.travel(5)
    assert house.state("sensor", "active_calls") == "2"

    house.simulator.knobs.lose_reports = 1
    await inbound.hang_up()
    await between.hang_up()
    await house.traveller.travel(TURN)
    assert house.state("sensor", "active_calls") == "0"
    await house.traveller.travel(11 * 60)  # and records, where there are some, were asked for
    assert events.of(house)["ended"] == 2
    assert {house.extension(number) for number in ("1001", "1002", "1003")} == {"idle"}
    assert house.runtime.calls.outcomes == {"answered": 2}


async def test_a_call_that_is_up_at_the_start_is_published_at_its_end_alone(house: House) -> None:
    call = await house.simulator.calls.inbound("trunk-1", caller=CALLER, to="1001")
    await call.ring()
    await call.answer()
    await house.traveller.travel(5)
    await house.unload()
    events = BusEvents(house.hass)
    await house.traveller.wait_for(
        house.hass.config_entries.async_setup(house.entry.entry_id), seconds=10
    )
    await house.traveller.travel(TURN)
    assert house.state("sensor", "active_calls") == "1"
    assert not events.of(house)
    await call.hang_up()
    await house.traveller.travel(TURN)
    assert events.of(house) == {"ended": 1}


async def test_what_an_action_changes_shows_soon(house: House) -> None:
    """No PBX is known to report the end of a hold, and OpenVox reports no hold at all."""
    call = await house.simulator.calls.inbound("trunk-1", caller=CALLER, to="1001")
    await call.ring()
    await call.answer()
    await house.traveller.travel(TURN)
    for action, status in (("hold", "on_hold"), ("resume", "busy")):
        data = {"extension": "1001"}
        await house.traveller.wait_for(
            house.hass.services.async_call("ippbx", action, data, blocking=True)
        )
        await house.traveller.travel(2)
        assert house.extension("1001") == status


@pytest.mark.parametrize("off", [-3600, -20, 0, 7])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_clock_that_is_off_changes_no_duration(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    dialect: str,
    off: int,
) -> None:
    """By an hour it shows another zone, until a record does."""
    simulator = await start_simulator(
        dialect=dialect, extensions=5, clock=lambda: wall_clock() + off
    )
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(TURN)
    for _ in range(2):
        call = await simulator.calls.place("1000", "1001")
        await call.ring()
        await traveller.travel(4)
        await call.answer()
        await traveller.travel(10)
        await call.hang_up()
        await traveller.travel(TURN)
    last = hass.states.get(entity_id(hass, "sensor", f"{SERIAL}_last_call"))
    assert last is not None
    shown = {key: last.attributes[key] for key in ("answered_by", "ring_seconds", "talk_seconds")}
    assert shown == {"answered_by": "1001", "ring_seconds": 4, "talk_seconds": 10}
    for each in house.runtime.history.log.select(LogQuery()):
        assert isinstance(each, LogEntry)
        assert each.ended is not None
        assert abs((each.ended - each.started).total_seconds() - 14) <= 2
    assert abs(house.runtime.calls.tracker.index.ahead.total_seconds() - off) <= 1


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_what_a_record_showed_of_the_zone_is_kept(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller, dialect: str
) -> None:
    """The PBX has the zone of the factory, and by hand the local time."""
    simulator = await start_simulator(
        dialect=dialect, utc_offset=8, clock=lambda: wall_clock() - 7 * 3600
    )
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(TURN)
    for _ in range(2):
        began = datetime.now(UTC)
        call = await simulator.calls.inbound("trunk-1", caller=CALLER, did="4930120", to="1001")
        await call.ring()
        await traveller.travel(TURN)
        (told,) = house.runtime.calls.active.values()
        await call.hang_up()
        await traveller.travel(TURN)
        await house.unload()
        await traveller.wait_for(hass.config_entries.async_setup(house.entry.entry_id))
    assert abs(told.started - began) <= timedelta(seconds=1)


@pytest.mark.parametrize("kept", [1e300, "7", None])
async def test_a_spoilt_clock_is_left_out(
    house: House, hass_storage: dict[str, Any], kept: object
) -> None:
    await house.unload()
    hass_storage[f"ippbx.ended_calls.{house.entry.entry_id}"]["data"]["clock_ahead"] = kept
    await house.traveller.wait_for(house.hass.config_entries.async_setup(house.entry.entry_id))
    assert abs(house.runtime.backend.session.clock_ahead) <= timedelta(seconds=1)


async def test_what_calls_showed_of_the_pbx_is_kept(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    """It makes records of branches."""
    simulator = await start_simulator(knobs={"record_per_branch": True})
    house = await move_in(hass, simulator, traveller)
    assert not house.runtime.calls.tracker.index.branches
    call = await simulator.calls.place("1000", "1001")
    await call.ring()
    await traveller.travel(4)
    await call.answer()
    await traveller.travel(10)
    await call.hang_up()
    await traveller.travel(TURN)
    await house.unload()
    await traveller.wait_for(hass.config_entries.async_setup(house.entry.entry_id))
    assert house.runtime.calls.tracker.index.branches


@pytest.mark.parametrize("kept", [1, "true", [True], None])
async def test_what_is_no_truth_value_shows_nothing_of_the_pbx(
    house: House, hass_storage: dict[str, Any], kept: object
) -> None:
    await house.unload()
    stored = hass_storage[f"ippbx.ended_calls.{house.entry.entry_id}"]["data"]
    stored["branches"] = kept
    await house.traveller.wait_for(house.hass.config_entries.async_setup(house.entry.entry_id))
    assert house.runtime.calls.tracker.index.branches is False


async def test_a_hold_on_a_line_that_only_the_list_of_extensions_shows(house: House) -> None:
    events = BusEvents(house.hass)
    call = await house.simulator.calls.inbound("trunk-1", caller=CALLER, did="4930120", to="1001")
    await call.ring()
    await call.answer()
    await house.traveller.travel(TURN)
    await call.hold("1001")
    await house.traveller.travel(TURN)
    assert events.of(house) == {"ringing": 1, "answered": 1, "held": 1}
    await call.resume()
    await house.traveller.travel(TURN)
    assert events.of(house)["resumed"] == 1
