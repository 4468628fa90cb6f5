"""Whatever happens to the event stream and its PBX.

States are right soon after, and nothing is left over.
"""

import asyncio
from collections.abc import Awaitable, Callable
import random

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.pbx.backend import FeedState
from custom_components.ippbx.state.store import DeliveryState
from pbx_simulator import Simulator
from tests.conftest import StartSimulator
from tests.house import House
from tests.live import SHOWN_STATUS
from tests.time_travel import TimeTraveller

from .feed_house import house_with_feed, reported, stream_state, subscribers

RIGHT_WITHIN = (
    10.5  # seconds from the end of a fault until all states are right: a probe every 5 s +- 20 %
)
FAULTS = 12


@pytest.fixture
async def simulator(start_simulator: StartSimulator) -> Simulator:
    """Return a simulated PBX whose reports are to be fetched, and who says that it took a login."""
    return await start_simulator(
        dialect="yeastar-v2", event_port=0, knobs={"event_answer": "text", "event_piece": 50}
    )


async def cut(simulator: Simulator, _traveller: TimeTraveller) -> None:
    """Cut the stream."""
    simulator.events.drop()


async def without_events(simulator: Simulator, traveller: TimeTraveller) -> None:
    """Close only the event port for a while."""
    await simulator.events.stop()
    await traveller.travel(40)
    await simulator.events.start("127.0.0.1", simulator.event_port)


async def away(simulator: Simulator, traveller: TimeTraveller) -> None:
    """Switch the PBX off for a while; it drops its tokens."""
    await simulator.go_away()
    simulator.drop_tokens()
    await traveller.travel(90)
    await simulator.come_back()


async def token_lost(simulator: Simulator, traveller: TimeTraveller) -> None:
    """Drop the tokens of the PBX, and nothing else."""
    simulator.drop_tokens()
    await traveller.travel(61)


async def not_serving(simulator: Simulator, traveller: TimeTraveller) -> None:
    """Answer that the API does not run, and cut the feed meanwhile."""
    simulator.knobs.api_running = False
    simulator.events.drop()
    await traveller.travel(70)
    simulator.knobs.api_running = True


type Fault = Callable[[Simulator, TimeTraveller], Awaitable[None]]
ALL: tuple[Fault, ...] = (cut, without_events, away, token_lost, not_serving)


def all_right(house: House) -> bool:
    """Return whether the link is up and every extension shows what it is."""
    return house.runtime.link.up and all(
        house.extension(number) == SHOWN_STATUS.get(extension.status, extension.status)
        for number, extension in house.simulator.directory.extensions.items()
    )


async def settle(house: House, number: str, status: str) -> float:
    """Change an extension; return the seconds until everything is right."""
    await house.simulator.set_extension_status(number, status)
    return await house.traveller.travel(120, until=lambda: all_right(house))


@pytest.mark.parametrize("fault", ALL)
async def test_each_fault(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller, fault: Fault
) -> None:
    house = await house_with_feed(hass, simulator, traveller)
    await traveller.travel(5, until=subscribers(simulator, 1))
    assert await reported(house, "1001", "ringing")
    await fault(simulator, traveller)
    took = await settle(house, "1001", "busy")
    await traveller.travel(80, until=lambda: stream_state(house) == FeedState.UP)
    assert await reported(house, "1001", "idle")
    assert house.runtime.store.delivery is DeliveryState.PROVEN
    assert simulator.failed_logins == 0
    # What the event port alone was away for is read by the next poll at the latest.
    assert took <= (15.1 if fault is without_events else RIGHT_WITHIN)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_many_faults(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller, seed: int
) -> None:
    chance = random.Random(seed)
    house = await house_with_feed(hass, simulator, traveller)
    for _ in range(FAULTS):
        await chance.choice(ALL)(simulator, traveller)
        took = await settle(house, "1002", chance.choice(["ringing", "busy", "idle"]))
        assert took <= 15.1
        await traveller.travel(chance.uniform(0, 90))
    await traveller.travel(80, until=lambda: stream_state(house) == FeedState.UP)
    assert await reported(house, "1003", "ringing")
    assert simulator.events.count == 1
    assert simulator.failed_logins == 0
    assert house.runtime.calls.tracker.active == {}


async def test_many_reloads(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await house_with_feed(hass, simulator, traveller)
    await traveller.travel(5, until=subscribers(simulator, 1))
    tasks = len(asyncio.all_tasks())
    for _ in range(20):
        await traveller.wait_for(hass.config_entries.async_reload(house.entry.entry_id))
        await traveller.travel(5, until=subscribers(simulator, 1))
    assert simulator.events.count == 1
    assert len(asyncio.all_tasks()) <= tasks
    assert await reported(house, "1001", "ringing")


async def test_a_call_is_followed_over_the_stream(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await house_with_feed(hass, simulator, traveller)
    await traveller.travel(5, until=subscribers(simulator, 1))
    call = await simulator.calls.inbound("trunk-1", "+4930555123", to="1001")
    await call.ring()
    await traveller.travel(1)
    await call.answer()
    await traveller.travel(20)
    await call.hang_up()
    await traveller.travel(5)
    calls = house.runtime.calls
    assert calls.tracker.active == {}
    assert (calls.published["ringing"], calls.published["answered"], calls.published["ended"]) == (
        1,
        1,
        1,
    )
    assert calls.outcomes == {"answered": 1}


async def test_a_call_that_ends_while_the_stream_is_cut(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """It ends once, and soon."""
    house = await house_with_feed(hass, simulator, traveller)
    await traveller.travel(5, until=subscribers(simulator, 1))
    call = await simulator.calls.inbound("trunk-1", "+4930555123", to="1001")
    await call.ring()
    await traveller.travel(1)
    await call.answer()
    await traveller.travel(20)
    simulator.events.drop()
    await call.hang_up()
    calls = house.runtime.calls
    assert await traveller.travel(60, until=lambda: not calls.tracker.active) <= RIGHT_WITHIN
    await traveller.travel(600)
    assert (calls.published["answered"], calls.published["ended"]) == (1, 1)
    assert calls.outcomes == {"answered": 1}


async def test_a_call_that_begins_while_the_stream_is_cut(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """It is found, and emits neither ringing nor answering long after they happened.

    Its end is emitted.
    """
    house = await house_with_feed(hass, simulator, traveller)
    await traveller.travel(5, until=subscribers(simulator, 1))
    simulator.events.drop()
    call = await simulator.calls.inbound("trunk-1", "+4930555123", to="1001")
    await call.ring()
    await call.answer()
    calls = house.runtime.calls
    assert await traveller.travel(60, until=lambda: bool(calls.tracker.active)) <= RIGHT_WITHIN
    await traveller.travel(30)
    await call.hang_up()
    await traveller.travel(30)
    assert calls.tracker.active == {}
    assert (calls.published["ringing"], calls.published["answered"], calls.published["ended"]) == (
        0,
        0,
        1,
    )
