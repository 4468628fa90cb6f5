"""No event of an event entity is lost, however fast they come."""

from itertools import pairwise
from typing import Any

from homeassistant.const import MAJOR_VERSION, MINOR_VERSION, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ippbx.const import CONF_DOOR_PHONES, DOMAIN
from custom_components.ippbx.pbx.model.tracked import (
    CallChange,
    CallDirection,
    CallEventType,
)
from pbx_simulator import Simulator
from tests.calls.changes import call, change, written

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


def failure(dialect: str, call_id: str, number: str) -> dict[str, Any]:
    """Return the report that a call failed, with one party of it."""
    report = {"action": "CallFailed", "callid": call_id, "reason": "486 Busy Here"}
    if dialect == "yeastar-v2":
        party = {"number": number, "channelid": f"PJSIP/{number}-00000001"}
        return {**report, "members": [{"ext": party}]}
    return {**report, "ext": {"extid": number}}


@pytest.mark.parametrize("named", ["1001", "1002", ""])
@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_a_door_phone_rings_if_the_pbx_says_little_of_its_call(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    dialect: str,
    named: str,
) -> None:
    """Its callee is busy: the failure names one party or is not reported, the record names both."""
    simulator = await start_simulator(dialect=dialect)
    house = await with_door_phone(hass, simulator, traveller)
    await traveller.travel(5)
    rings = written(hass, entity_id(hass, "event", f"{SERIAL}_{DOORBELL}"))
    for count, (caller, callee) in enumerate((("1001", "1002"), ("1002", "1001")), start=1):
        call_id = f"{int(dt_util.utcnow().timestamp())}.{count}00"
        reports = [failure(dialect, call_id, named)] if named else []
        record = {
            "action": "NewCdr",
            "callid": call_id,
            "callfrom": caller,
            "callto": callee,
            "callduraction": "0",
            "talkduraction": "0",
            "status": "BUSY",
            "type": "Internal",
        }
        for report in (*reports, record):
            await simulator.send_report({**report, "sn": SERIAL})
        await traveller.travel(40)
        assert house.state("sensor", "last_call").endswith("busy")
        assert len(rings) == 1, "the second call is one to the door phone"


def made(event_type: CallEventType, **changes: Any) -> CallChange:
    """Return a change of a call that the door phone has made just now."""
    known: dict[str, Any] = {
        "direction": CallDirection.INTERNAL,
        "caller": "1001",
        "callee": "1002",
        "rang": ("1002",),
        "started": dt_util.utcnow(),
    }
    return change(event_type, late=changes.pop("late", False), call=call(**known | changes))


@pytest.mark.parametrize("event_type", [e for e in CallEventType if e != CallEventType.INVITED])
async def test_the_first_change_of_a_call_rings_whatever_it_is(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    event_type: CallEventType,
) -> None:
    house = await with_door_phone(hass, simulator, traveller)
    rings = written(hass, entity_id(hass, "event", f"{SERIAL}_{DOORBELL}"))
    publish = house.runtime.calls.listeners.publish
    publish([made(event_type, caller="1002", callee="1001", rang=("1001",))])
    publish([made(event_type, direction=CallDirection.INBOUND)])
    publish([made(event_type, late=True)])
    assert not rings

    both = ["1.1", "2.2"]  # two at a time
    publish([made(event_type, call_id=call_id) for call_id in both])
    assert [each.attributes["call_id"] for each in rings] == both
    for each in (event_type, CallEventType.RINGING, CallEventType.ENDED):
        publish([made(each, call_id=call_id) for call_id in both])
    assert len(rings) == len(both)


async def test_a_call_that_turns_out_to_be_another_one_does_not_ring_again(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await with_door_phone(hass, simulator, traveller)
    rings = written(hass, entity_id(hass, "event", f"{SERIAL}_{DOORBELL}"))
    calls = house.runtime.calls
    pressed = await simulator.calls.place("1001", "1002")
    await pressed.ring()
    await traveller.travel(2)
    (known,) = calls.tracker.index.live.values()
    calls.tracker.index.name(known, {"9.9"})

    calls.listeners.publish([made(CallEventType.ENDED, call_id="9.9")])

    assert len(rings) == 1


async def test_the_end_of_a_call_of_an_earlier_run_does_not_ring(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await with_door_phone(hass, simulator, traveller)
    pressed = await simulator.calls.place("1001", "1002")
    await pressed.ring()
    await traveller.travel(5)
    assert await hass.config_entries.async_reload(house.entry.entry_id)
    await hass.async_block_till_done()
    states = written(hass, entity_id(hass, "event", f"{SERIAL}_{DOORBELL}"))
    ends = written(hass, entity_id(hass, "event", f"{SERIAL}_ext_1001_call"))

    await pressed.answer()
    await traveller.travel(5)
    await pressed.hang_up()
    await traveller.travel(30)

    assert CallEventType.ENDED in [each.attributes["event_type"] for each in ends]
    assert not states


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
