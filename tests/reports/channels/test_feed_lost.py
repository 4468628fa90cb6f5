"""Neither webhook nor listener brings reports: the event stream is tried."""

import logging
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.const import CHANNEL_LISTENER, CHANNEL_STREAM, CONF_CHANNEL
from custom_components.ippbx.reports.channel import ChannelReason
from custom_components.ippbx.state.store import DeliveryState
from pbx_simulator import Simulator
from tests.conftest import StartSimulator
from tests.house import House
from tests.reports.raw_requests import own_lines
from tests.time_travel import TimeTraveller

from .feed_house import house_with_feed, reported, subscribers


@pytest.fixture
async def simulator(start_simulator: StartSimulator) -> Simulator:
    """Return a simulated PBX that posts into the void and has an event stream as well."""
    return await start_simulator(
        dialect="yeastar-v2",
        event_port=0,
        knobs={
            "reports_beside_events": True,
            "report_source": "127.9.9.9",
            "event_answer": "text",
        },
    )


async def lose(house: House, number: str) -> None:
    """Change an extension without a report that counts, and wait until it is missed."""
    await house.simulator.set_extension_status(number, "busy")
    await house.traveller.travel(16, until=lambda: house.extension(number) == "busy")
    await house.traveller.travel(6)


async def lost(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller, **changes: Any
) -> House:
    """Return a house whose webhook and listener have both brought nothing."""
    house = await house_with_feed(hass, simulator, traveller, **changes)
    house.runtime.sources._addresses = frozenset({"127.0.0.1"})
    await lose(house, "1001")
    assert house.runtime.channel.current == CHANNEL_LISTENER
    await traveller.travel(20)  # with another address, one read has nothing to be compared with
    await lose(house, "1002")
    return house


async def test_the_stream_is_tried_and_remembered(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = await lost(hass, simulator, traveller)
    channel = house.runtime.channel
    assert (channel.current, channel.reason) == (CHANNEL_STREAM, ChannelReason.REPORTS_LOST)
    assert house.entry.data[CONF_CHANNEL] == CHANNEL_LISTENER
    assert await reported(house, "1003", "ringing")
    assert house.entry.data[CONF_CHANNEL] == CHANNEL_STREAM
    assert own_lines(caplog, logging.INFO)[-1] == (
        "PBX: reports do not arrive by themselves; fetching them from port"
        f" {simulator.event_port} of the PBX"
    )
    await traveller.wait_for(hass.config_entries.async_reload(house.entry.entry_id))
    await traveller.travel(10, until=subscribers(simulator, 1))
    assert await reported(house, "1003", "busy")


async def test_a_stream_that_cannot_be_had_is_left_alone(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    await simulator.events.stop()
    house = await lost(hass, simulator, traveller)
    channel = house.runtime.channel
    assert (channel.current, channel.reason) == (CHANNEL_LISTENER, ChannelReason.REPORTS_LOST)
    assert house.runtime.store.delivery is DeliveryState.BROKEN
    assert channel.next is None
    tries = channel.feed_facts["tries"]
    await traveller.travel(300)
    assert channel.feed_facts["tries"] == tries == 1


async def test_nobody_complains_about_a_stream_that_was_left_alone(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Also when the link comes back, for it says nothing about the way that reports take."""
    await simulator.events.stop()
    house = await lost(hass, simulator, traveller)
    await simulator.go_away()
    await traveller.travel(60)
    await simulator.come_back()
    caplog.clear()
    await traveller.travel(60)
    assert house.runtime.link.up
    assert not own_lines(caplog, logging.WARNING)
    assert not house.runtime.channel.feed_is_down


async def test_a_stream_that_brings_nothing_is_left_again(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await lost(hass, simulator, traveller)
    assert house.runtime.channel.current == CHANNEL_STREAM
    simulator.knobs.lose_reports = 1
    await lose(house, "1003")
    channel = house.runtime.channel
    assert (channel.current, channel.reason) == (CHANNEL_LISTENER, ChannelReason.REPORTS_LOST)
    assert simulator.events.count == 0
    assert house.runtime.store.delivery is DeliveryState.BROKEN
    assert house.entry.data[CONF_CHANNEL] == CHANNEL_LISTENER


async def test_a_password_is_not_sent_in_plain_where_there_is_tls(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    """Unless the PBX, or the user, wants it so."""
    simulator = await start_simulator(
        dialect="yeastar-v2",
        event_port=0,
        tls=True,
        knobs={"reports_beside_events": True, "report_source": "127.9.9.9"},
    )
    house = await lost(hass, simulator, traveller)
    assert house.runtime.channel.current == CHANNEL_LISTENER
    assert house.runtime.channel.feed_facts == {}
