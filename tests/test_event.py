"""No event of an event entity is lost, however fast they come."""

from itertools import pairwise

from homeassistant.const import MAJOR_VERSION, MINOR_VERSION, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ippbx.const import CONF_DOOR_PHONES, DOMAIN
from custom_components.ippbx.pbx.model.tracked import CallEventType
from pbx_simulator import Simulator
from tests.calls.changes import change, written

from .conftest import SERIAL, StartSimulator
from .house import House, move_in
from .live import entity_id
from .time_travel import TimeTraveller

TYPES = [CallEventType.RINGING, CallEventType.ANSWERED, CallEventType.HELD, CallEventType.ENDED]


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    return await move_in(hass, simulator, traveller)


@pytest.mark.parametrize("key", ["call", "ext_1001_call"])
async def test_events_of_one_moment_are_emitted_one_by_one(house: House, key: str) -> None:
    event = entity_id(house.hass, "event", f"{SERIAL}_{key}")
    states = written(house.hass, event)

    house.runtime.calls.listeners.publish([change(each) for each in TYPES])

    assert [state.attributes["event_type"] for state in states] == TYPES
    moments = [dt_util.parse_datetime(state.state) for state in states]
    assert all(a < b for a, b in pairwise(moments)), (
        "states have milliseconds, and each is another one"
    )
    assert (moments[-1] - moments[0]).total_seconds() < 0.003 * len(TYPES)


async def test_an_event_long_after_another_has_its_own_time(house: House) -> None:
    event = entity_id(house.hass, "event", f"{SERIAL}_call")
    house.runtime.calls.listeners.publish([change(CallEventType.RINGING)])

    await house.traveller.travel(5)
    house.runtime.calls.listeners.publish([change(CallEventType.ANSWERED)])

    told_at = dt_util.parse_datetime(house.hass.states.get(event).state)
    assert abs((dt_util.utcnow() - told_at).total_seconds()) < 0.002


async def test_event_entities_stay_available_without_a_link(house: House) -> None:
    entities = [entity_id(house.hass, "event", f"{SERIAL}_{key}") for key in ("call", "system")]
    states = [written(house.hass, each) for each in entities]

    await house.simulator.go_away()
    await house.traveller.travel(300)
    assert not house.runtime.link.up
    await house.simulator.come_back()
    await house.traveller.travel(60)
    assert house.runtime.link.up

    assert states == [[], []]
    assert {house.hass.states.get(each).state for each in entities} == {STATE_UNKNOWN}


DOORBELL = "ext_1001_doorbell"


async def with_door_phone(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> House:
    options = {CONF_DOOR_PHONES: ["1001", "8000"]}
    return await move_in(hass, simulator, traveller, options=options)


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_a_door_phone_rings_once_for_each_call_that_it_makes(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller, dialect: str
) -> None:
    simulator = await start_simulator(dialect=dialect)
    simulator.calls.set_group("6200", ("1002", "1003"))
    house = await with_door_phone(hass, simulator, traveller)
    entity = entity_id(hass, "event", f"{SERIAL}_{DOORBELL}")
    rings = written(hass, entity)
    for count, callee in enumerate(("1002", "6200"), start=1):
        call = await simulator.calls.place("1001", callee)
        await call.ring()
        await house.traveller.travel(2)
        assert len(rings) == count
        await call.answer()
        await house.traveller.travel(5)
        await call.hang_up()
        await house.traveller.travel(30)
        assert len(rings) == count
    assert {each.attributes["event_type"] for each in rings} == {"ring"}
    assert rings[0].attributes["device_class"] == "doorbell"
    assert len({each.attributes["call_id"] for each in rings}) == 2

    called = await simulator.calls.place("1002", "1001")
    outside = await simulator.calls.inbound("trunk-1", caller="1001", to="1003")
    for call in (called, outside):
        await call.ring()
        await house.traveller.travel(5)
        await call.hang_up()
        assert len(rings) == 2


async def test_a_doorbell_goes_when_it_is_no_door_phone_any_more(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await with_door_phone(hass, simulator, traveller)
    registry = er.async_get(hass)
    assert registry.async_get_entity_id("event", DOMAIN, f"{SERIAL}_{DOORBELL}")
    hass.config_entries.async_update_entry(house.entry, options={CONF_DOOR_PHONES: ["1002"]})
    assert await hass.config_entries.async_reload(house.entry.entry_id)
    await hass.async_block_till_done()
    assert not registry.async_get_entity_id("event", DOMAIN, f"{SERIAL}_{DOORBELL}")
    assert registry.async_get_entity_id("event", DOMAIN, f"{SERIAL}_ext_1002_doorbell")


@pytest.mark.skipif(
    (MAJOR_VERSION, MINOR_VERSION) < (2026, 6),
    reason="Home Assistant has doorbell triggers since 2026.6",
)
async def test_home_assistants_own_doorbell_trigger_runs(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await with_door_phone(hass, simulator, traveller)
    runs: list[object] = []
    hass.bus.async_listen("done", runs.append)
    automation = {
        "triggers": {
            "trigger": "doorbell.rang",
            "target": {"entity_id": entity_id(hass, "event", f"{SERIAL}_{DOORBELL}")},
        },
        "actions": {"event": "done"},
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()
    call = await simulator.calls.place("1001", "1002")
    await call.ring()
    await house.traveller.travel(2)
    assert len(runs) == 1


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_a_message_that_is_left_is_told_at_its_extension(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller, dialect: str
) -> None:
    simulator = await start_simulator(dialect=dialect)
    house = await move_in(hass, simulator, traveller)
    states = {
        number: written(hass, entity_id(hass, "event", f"{SERIAL}_ext_{number}_call"))
        for number in ("1000", "1001")
    }
    call = await simulator.calls.place("1000", "1001")
    await call.ring()
    await house.traveller.travel(5)
    simulator.calls.divert_to_voicemail(call)
    await house.traveller.travel(20)
    await call.hang_up()
    await house.traveller.travel(30)
    told = {
        number: [each.attributes["event_type"] for each in found]
        for number, found in states.items()
    }
    assert told["1001"].count("voicemail") == 1
    assert "voicemail" not in told["1000"]
