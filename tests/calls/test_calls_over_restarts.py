"""Calls that are up while the entry is stopped and started again: followed from then on."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.calls.history.entries import LogGap
from custom_components.ippbx.calls.history.log import LogQuery
from pbx_simulator import Simulator
from pbx_simulator.calls.model import Call
from pbx_simulator.calls.services import ServiceKind
from tests.attached_triggers import attach
from tests.blueprints.automations import DIALECTS, device
from tests.conftest import StartSimulator
from tests.house import House, move_in
from tests.test_services_refused import call as call_action
from tests.time_travel import TimeTraveller

from .history.helpers import PublishedEvents, calls, listen

OUTSIDE = "030555811"
AWAY = "030555822"
GROUP = "6200"


@pytest.fixture(params=DIALECTS)
async def simulator(start_simulator: StartSimulator, request: pytest.FixtureRequest) -> Simulator:
    return await start_simulator(dialect=request.param)


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    return await move_in(hass, simulator, traveller)


async def restart(house: House) -> None:
    """Unload the entry as a stop does, and set it up again."""
    await house.unload()
    await house.traveller.travel(10)
    entry_id = house.entry.entry_id
    await house.traveller.wait_for(house.hass.config_entries.async_setup(entry_id))


async def reload_entry(house: House) -> None:
    await house.traveller.wait_for(house.hass.config_entries.async_reload(house.entry.entry_id))


async def save_options(house: House) -> None:
    options = {**house.entry.options, "heartbeat_interval": 45}
    house.hass.config_entries.async_update_entry(house.entry, options=options)
    await reload_entry(house)


RESTARTS = (restart, reload_entry, save_options)
type Restart = Callable[[House], Awaitable[None]]


@pytest.fixture(params=RESTARTS)
def again(request: pytest.FixtureRequest) -> Restart:
    found: Restart = request.param
    return found


async def talking(house: House, call: Call) -> Call:
    """Let a call ring for three seconds, and talk for ten."""
    await call.ring()
    await house.traveller.travel(3)
    await call.answer()
    await house.traveller.travel(10)
    return call


def told(house: House, published: PublishedEvents, extension: str = "") -> list[str]:
    """Return what was told of the calls of the PBX, or of an extension, since it was asked."""
    item = device(house, f"ext_{extension}" if extension else "")
    types = [e.data["type"] for e in published.events if e.data["device_id"] == item]
    published.events.clear()
    return types


async def shown(house: House) -> list[dict[str, Any]]:
    """Return the calls that `ippbx.get_calls` shows."""
    answer = await call_action(house.hass, "get_calls")
    found: list[dict[str, Any]] = answer["calls"]
    return found


async def test_a_ringing_call_is_answered_after_it(house: House, again: Restart) -> None:
    """Its answer, keys, transfer and end are told; its ringing is not told again."""
    call = await house.simulator.calls.inbound("trunk-1", OUTSIDE, to="1001")
    await call.ring()
    await house.traveller.travel(3)
    published = listen(house)
    await again(house)
    assert told(house, published) == []
    await call.answer()
    await house.traveller.travel(2)
    assert told(house, published) == ["answered"]
    await call.press("4")
    await house.traveller.travel(2)
    assert told(house, published) == ["dtmf"]
    await call.transfer("1002")
    await house.traveller.travel(5)
    assert "transferred" in told(house, published)
    await call.hang_up()
    await house.traveller.travel(60)
    assert told(house, published) == ["ended"]
    (item,) = calls(house)
    assert (item.caller, item.callee) == (OUTSIDE, "1001")
    assert (item.answered_by, item.outcome, item.direction) == ("1001", "answered", "inbound")


async def test_a_ringing_call_that_nobody_answers_after_it(house: House, again: Restart) -> None:
    call = await house.simulator.calls.inbound("trunk-1", OUTSIDE, to="1001")
    await call.ring()
    await house.traveller.travel(3)
    published = listen(house)
    await again(house)
    await house.traveller.travel(5)
    await call.hang_up()
    await house.traveller.travel(60)
    assert told(house, published) == ["ended", "missed"]
    (item,) = calls(house)
    assert (item.caller, item.outcome) == (OUTSIDE, "missed")


async def test_a_call_from_outside_goes_on_after_it(house: House, again: Restart) -> None:
    """A key still opens the door."""
    call = await talking(house, await house.simulator.calls.inbound("trunk-1", OUTSIDE, to="1001"))
    published, door = listen(house), await attach(house.hass, "key_pressed")
    await again(house)
    (found,) = await shown(house)
    assert (found["caller"], found["state"]) == (OUTSIDE, "talking")
    await call.press("4")
    await house.traveller.travel(2)
    assert told(house, published) == ["dtmf"]
    assert len(door.runs) == 1
    await call.hang_up()
    await house.traveller.travel(60)
    assert told(house, published) == ["ended"]
    (item,) = calls(house)
    assert (item.caller, item.answered_by, item.outcome) == (OUTSIDE, "1001", "answered")


async def test_an_outbound_call_goes_on_after_it(house: House, again: Restart) -> None:
    """It shows as talking, with its extension; who answered is the number outside."""
    call = await talking(house, await house.simulator.calls.outbound("1001", AWAY, "trunk-1"))
    published = listen(house)
    await again(house)
    (found,) = await shown(house)
    assert (found["state"], found["direction"]) == ("talking", "outbound")
    assert found["caller"] == "1001"
    assert house.extension("1001") == "busy"
    assert told(house, published) == []
    await call.hang_up()
    await house.traveller.travel(60)
    assert told(house, published) == ["ended"]
    (item,) = calls(house)
    assert (item.caller, item.callee, item.direction) == ("1001", AWAY, "outbound")
    assert (item.answered_by, item.outcome) == (AWAY, "answered")


async def test_an_outbound_call_is_answered_after_it(house: House, again: Restart) -> None:
    call = await house.simulator.calls.outbound("1001", AWAY, "trunk-1")
    await call.ring()
    await house.traveller.travel(3)
    published = listen(house)
    await again(house)
    await call.answer()
    await house.traveller.travel(10)
    assert told(house, published) == ["answered"]
    await call.hang_up()
    await house.traveller.travel(60)
    assert told(house, published) == ["ended"]
    (item,) = calls(house)
    assert (item.caller, item.callee, item.answered_by) == ("1001", AWAY, AWAY)


async def test_an_internal_call_ends_after_it(house: House, again: Restart) -> None:
    call = await talking(house, await house.simulator.calls.place("1001", "1002"))
    published = listen(house)
    await again(house)
    assert told(house, published) == []
    await call.hang_up()
    await house.traveller.travel(60)
    assert told(house, published) == ["ended"]
    (item,) = calls(house)
    assert (item.caller, item.callee, item.outcome) == ("1001", "1002", "answered")
    assert item.answered_by == "1002"


async def test_a_call_inside_that_nobody_answers_after_it(house: House, again: Restart) -> None:
    """Its phones missed it, in what is told and in the log."""
    call = await house.simulator.calls.place("1001", "1002")
    await call.ring()
    await house.traveller.travel(3)
    published = listen(house)
    await again(house)
    await house.traveller.travel(40)
    await call.hang_up()
    await house.traveller.travel(60)
    assert told(house, published, "1002") == ["ended", "missed"]
    (item,) = calls(house)
    assert (item.caller, item.outcome, item.missed_by) == ("1001", "missed", ("1002",))


async def test_a_group_that_rings_inside_over_it(house: House, again: Restart) -> None:
    house.simulator.calls.set_group(ServiceKind.RING_GROUP, GROUP, "1002", "1003")
    call = await house.simulator.calls.place("1001", GROUP)
    await call.ring()
    await house.traveller.travel(3)
    published = listen(house)
    await again(house)
    assert told(house, published) == []
    await house.traveller.travel(40)
    await call.hang_up()
    await house.traveller.travel(60)
    events = [event.data["type"] for event in published.events]
    assert events.count("missed") == 3
    (item,) = calls(house)
    assert (item.outcome, item.missed_by) == ("missed", ("1002", "1003"))


async def test_nobody_misses_a_call_that_only_rings_who_made_it(
    house: House, again: Restart, hass_storage: dict[str, Any]
) -> None:
    """An action dialled it. What it did is on disk a second later, whatever happens then."""
    await call_action(house.hass, "dial", extension="1001", number="1002")
    await house.traveller.travel(3)
    (stored,) = hass_storage[f"ippbx.ended_calls.{house.entry.entry_id}"]["data"]["commands"]
    assert (stored["caller"], stored["callee"]) == ("1001", "1002")
    (call,) = house.simulator.calls.of_extension("1001")
    published = listen(house)
    await again(house)
    await house.traveller.travel(20)
    await call.hang_up()
    await house.traveller.travel(60)
    assert told(house, published, "1002") == []
    (item,) = calls(house)
    assert (item.caller, item.outcome, item.missed_by) == ("1001", "cancelled", ())


async def test_an_answer_that_names_no_call_is_asked_for_once(house: House) -> None:
    """OpenVox and API v1 give no id for a call inside."""
    await talking(house, await house.simulator.calls.place("1001", "1002"))
    await restart(house)
    expected = 0 if house.simulator.config.dialect == "yeastar-v2" else 1
    assert house.asked("extension/query") == expected
    await house.traveller.travel(120)
    assert house.asked("extension/query") == expected


async def test_a_call_that_ends_during_it_leaves_a_trace(house: House) -> None:
    """An entry where the PBX offers records, else a gap."""
    call = await talking(house, await house.simulator.calls.inbound("trunk-1", OUTSIDE, to="1001"))
    await house.unload()
    await house.traveller.travel(5)
    await call.hang_up()
    await house.traveller.travel(5)
    entry_id = house.entry.entry_id
    await house.traveller.wait_for(house.hass.config_entries.async_setup(entry_id))
    await house.traveller.travel(60)
    items = [*house.runtime.history.log.select(LogQuery())]
    if house.simulator.config.dialect == "openvox":
        assert [type(item) for item in items] == [LogGap]
    else:
        (item,) = calls(house)
        assert (item.caller, item.answered_by, item.outcome) == (OUTSIDE, "1001", "answered")
