"""No event of an event entity is lost, however fast they come."""

from itertools import pairwise

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ippbx.pbx.model.tracked import CallEventType
from pbx_simulator import Simulator
from tests.calls.changes import change, written

from .conftest import SERIAL
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
