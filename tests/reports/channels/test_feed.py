"""The event stream as the way of the reports, against a simulated PBX on real sockets."""

import asyncio
import json
import logging
from typing import Any
from unittest.mock import AsyncMock, MagicMock

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ippbx.const import (
    CHANNEL_STREAM,
    CHANNEL_WEBHOOK,
    CONF_CHANNEL,
    CONF_EVENT_PORT,
)
from custom_components.ippbx.diagnostics import async_get_config_entry_diagnostics
from custom_components.ippbx.pbx.backend import FeedState
from custom_components.ippbx.reports.channel import ChannelReason
from custom_components.ippbx.reports.channels.feed import ReportFeed
from custom_components.ippbx.state.store import DeliveryState
from pbx_simulator import Simulator
from tests.conftest import PASSWORD, USERNAME, StartSimulator, add_entry
from tests.live import serve
from tests.reports.raw_requests import own_lines
from tests.secrets import betrays
from tests.time_travel import TimeTraveller

from .feed_house import house_with_feed, reported, stream_state, subscribers

OUTAGE_END = 30  # seconds at most until probes and tries have found a PBX that is back


@pytest.fixture
async def simulator(start_simulator: StartSimulator) -> Simulator:
    """Return a simulated PBX whose reports are to be fetched."""
    return await start_simulator(dialect="yeastar-v2", event_port=0)


async def test_a_pbx_that_says_tcp_is_listened_to(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await house_with_feed(hass, simulator, traveller)
    await traveller.travel(10, until=subscribers(simulator, 1))
    channel = house.runtime.channel
    assert (channel.current, channel.reason) == (CHANNEL_STREAM, ChannelReason.PBX_STREAMS)
    assert house.runtime.store.delivery is DeliveryState.UNPROVEN

    assert await reported(house, "1001", "ringing")
    requests = len(simulator.requests)
    assert await reported(house, "1001", "busy")
    assert len(simulator.requests) == requests
    assert house.runtime.store.delivery is DeliveryState.PROVEN
    assert CONF_CHANNEL not in house.entry.data  # nothing to remember: it is said at each login
    assert simulator.logins == 2  # one of the API, one of the stream


@pytest.mark.parametrize("answer", ["", "text", "json"])
async def test_silence_brings_the_stream_up(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller, answer: str
) -> None:
    simulator.knobs.event_answer = answer
    house = await house_with_feed(hass, simulator, traveller)
    took = await traveller.travel(10, until=lambda: stream_state(house) == FeedState.UP)
    assert took <= (0.1 if answer else 5.1)


async def test_states_are_read_often_until_a_report_has_come(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await house_with_feed(hass, simulator, traveller)
    await traveller.travel(60)
    before = len(simulator.requests)
    await traveller.travel(60)
    assert house.asked("extension/list", before) == 4
    assert await reported(house, "1001", "ringing")
    await traveller.travel(20)
    before = len(simulator.requests)
    await traveller.travel(240)
    assert house.asked("extension/list", before) == 10


async def test_a_cut_stream_comes_back_and_what_was_missed_is_read(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = await house_with_feed(hass, simulator, traveller)
    await traveller.travel(40, until=subscribers(simulator, 1))
    assert await reported(house, "1001", "ringing")

    simulator.events.drop()
    await simulator.set_extension_status("1001", "busy")
    await traveller.travel(OUTAGE_END, until=lambda: stream_state(house) == FeedState.UP)
    await traveller.travel(1)
    assert house.extension("1001") == "busy"
    assert house.runtime.store.delivery is DeliveryState.UNPROVEN
    assert await reported(house, "1001", "idle")
    assert house.runtime.store.delivery is DeliveryState.PROVEN
    assert own_lines(caplog, logging.INFO) == []


async def test_without_a_stream_states_are_polled(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As where reports are broken; one line when it goes on for long, one when it is over."""
    simulator.knobs.event_answer = "text"
    house = await house_with_feed(hass, simulator, traveller)
    await traveller.travel(1, until=subscribers(simulator, 1))
    assert await reported(house, "1001", "ringing")
    await simulator.events.stop()
    await traveller.travel(5)
    assert house.runtime.store.delivery is DeliveryState.BROKEN
    assert house.state("binary_sensor", "reports_arriving") == "off"
    assert house.runtime.link.up

    await simulator.set_extension_status("1001", "busy")
    assert await traveller.travel(60, until=lambda: house.extension("1001") == "busy") <= 15.1
    await traveller.travel(300)
    port = simulator.event_port
    assert own_lines(caplog, logging.INFO) == [
        f"PBX: no event stream at port {port}: Connection refused"
    ]

    await simulator.events.start("127.0.0.1", port)
    await traveller.travel(80, until=lambda: stream_state(house) == FeedState.UP)
    assert await reported(house, "1001", "idle")
    assert house.state("binary_sensor", "reports_arriving") == "on"
    assert own_lines(caplog, logging.INFO)[1:] == ["PBX: the event stream is back"]


async def test_a_reboot_of_the_pbx(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing is tried while it is away, and the log has one line for each end of the outage."""
    house = await house_with_feed(hass, simulator, traveller)
    await traveller.travel(10, until=subscribers(simulator, 1))
    assert await reported(house, "1001", "ringing")

    logins = simulator.logins
    await simulator.go_away()
    simulator.drop_tokens()
    await traveller.travel(300)
    assert not house.runtime.link.up
    tries = house.runtime.channel.feed_facts["tries"]
    await traveller.travel(60)
    assert house.runtime.channel.feed_facts["tries"] == tries
    await simulator.come_back()
    await traveller.travel(OUTAGE_END, until=subscribers(simulator, 1))
    await traveller.travel(6)
    assert simulator.logins == logins + 2
    assert await reported(house, "1001", "busy")
    assert [line.partition(": ")[2] for line in own_lines(caplog, logging.INFO)][1:] == [
        "the PBX is back"
    ]


async def test_a_refused_login_is_sent_once(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither later nor after a reload; all else goes on; the options have it tried once more."""
    simulator.knobs.refuse_event_logins = True
    house = await house_with_feed(hass, simulator, traveller)
    await traveller.travel(600)
    assert simulator.failed_logins == 1
    assert stream_state(house) == FeedState.REFUSED
    assert house.runtime.link.up
    assert house.runtime.store.delivery is DeliveryState.BROKEN
    (line,) = own_lines(caplog, logging.INFO)
    assert line.startswith(
        f"PBX: the PBX refuses the login of the event stream at port {simulator.event_port}"
    )
    assert PASSWORD not in caplog.text

    await traveller.wait_for(hass.config_entries.async_reload(house.entry.entry_id))
    await traveller.travel(60)
    assert simulator.failed_logins == 1

    simulator.knobs.refuse_event_logins = False
    await choose_stream(hass, house.entry, traveller)
    await traveller.travel(10, until=subscribers(simulator, 1))
    assert await reported(house, "1001", "busy")
    assert house.runtime.channel.reason is ChannelReason.OPTION


async def choose_stream(
    hass: HomeAssistant, entry: MockConfigEntry, traveller: TimeTraveller
) -> None:
    """Choose the event stream in the options."""
    options = hass.config_entries.options
    menu = await options.async_init(entry.entry_id)
    form = await options.async_configure(menu["flow_id"], {"next_step_id": "reports"})
    fields = {CONF_CHANNEL: CHANNEL_STREAM, CONF_EVENT_PORT: entry.options[CONF_EVENT_PORT]}
    await traveller.wait_for(options.async_configure(form["flow_id"], fields))
    await traveller.travel(1)


async def test_a_changed_password_is_not_tried_at_the_stream(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await house_with_feed(hass, simulator, traveller)
    await traveller.travel(10, until=subscribers(simulator, 1))
    simulator.set_password("another")
    await simulator.reboot()
    await traveller.travel(900)
    assert simulator.failed_logins == 1
    assert not house.runtime.link.up


async def test_unloading_leaves_no_task_and_no_connection(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await house_with_feed(hass, simulator, traveller)
    await traveller.travel(10, until=subscribers(simulator, 1))
    await house.unload()
    await traveller.rest()
    assert simulator.events.count == 0
    assert not [task for task in asyncio.all_tasks() if "event stream" in task.get_name()]
    logins = simulator.logins
    await traveller.travel(300)
    assert simulator.logins == logins


async def test_the_option_overrides_what_the_pbx_says(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await house_with_feed(
        hass, simulator, traveller, options={CONF_CHANNEL: CHANNEL_WEBHOOK}
    )
    await traveller.travel(30)
    assert (house.runtime.channel.current, simulator.events.count) == (CHANNEL_WEBHOOK, 0)


async def test_the_pbx_changes_its_report_method(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """What it says at the next login is followed, both ways."""
    house = await house_with_feed(hass, simulator, traveller)
    await traveller.travel(10, until=subscribers(simulator, 1))
    simulator.knobs.reports_beside_events = True
    await simulator.reboot()
    await traveller.travel(OUTAGE_END + 60)
    channel = house.runtime.channel
    assert (channel.current, channel.reason) == (CHANNEL_WEBHOOK, ChannelReason.DEFAULT)
    assert simulator.events.count == 0
    assert await reported(house, "1001", "busy")

    simulator.knobs.reports_beside_events = False
    await simulator.reboot()
    await traveller.travel(OUTAGE_END + 60)
    assert (channel.current, channel.reason) == (CHANNEL_STREAM, ChannelReason.PBX_STREAMS)
    assert await reported(house, "1001", "ringing")


async def test_an_entry_that_cannot_be_set_up_leaves_no_stream(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    await serve(hass)
    simulator.knobs.wrong_errno = {"extension/list": "30001"}
    entry = add_entry(hass, simulator, options={CONF_EVENT_PORT: simulator.event_port})
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await traveller.rest()
    assert simulator.events.count == 0
    assert not [task for task in asyncio.all_tasks() if "event stream" in task.get_name()]


async def test_diagnostics_show_reason_and_state(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await house_with_feed(hass, simulator, traveller)
    await traveller.travel(10, until=subscribers(simulator, 1))
    assert await reported(house, "1001", "ringing")
    await simulator.events.stop()
    await traveller.travel(5)

    found = await traveller.wait_for(async_get_config_entry_diagnostics(hass, house.entry))
    reports = found["reports"]
    assert (reports["channel"], reports["channel_reason"]) == ("stream", "pbx_streams")
    stream = reports["stream"]
    assert stream.pop("tries") > 1
    assert stream == {
        "state": "down",
        "port": simulator.event_port,
        "error": "PbxConnectionError('Connection refused')",
        "logins": 1,
        "ends": 1,
        "objects": 1,
        "dropped": 0,
        "skipped": 0,
    }
    assert found["entry"]["options"][CONF_EVENT_PORT] == simulator.event_port
    text = json.dumps(found)
    for hidden in (PASSWORD, USERNAME, "127.0.0.1", "1001"):
        assert not betrays(text, hidden), hidden


class SlowBackend:
    """A backend whose feeds take until `ready` to be made, as its code must be loaded first."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.made: list[MagicMock] = []

    async def feed(self, _hooks: object) -> MagicMock:
        await self.ready.wait()
        self.made.append(MagicMock(wait_stopped=AsyncMock()))
        return self.made[-1]

    @property
    def started(self) -> int:
        """Return how many of its feeds were started."""
        return sum(feed.start.call_count for feed in self.made)


@pytest.fixture
def slow() -> SlowBackend:
    return SlowBackend()


@pytest.fixture
def slow_feed(hass: HomeAssistant, slow: SlowBackend) -> ReportFeed:
    backend: Any = slow
    return ReportFeed(hass, MockConfigEntry(), backend, MagicMock())


async def begin(feed: ReportFeed) -> asyncio.Task[None]:
    """Begin to open a feed, as far as its code is loaded."""
    opening = asyncio.ensure_future(feed.async_open())
    await asyncio.sleep(0)
    return opening


async def test_what_is_closed_while_its_code_loads_is_not_started(
    slow: SlowBackend, slow_feed: ReportFeed
) -> None:
    opening = await begin(slow_feed)
    await slow_feed.async_close()
    slow.ready.set()
    await opening
    assert slow.started == 0


async def test_two_openings_at_once_start_one_feed(
    slow: SlowBackend, slow_feed: ReportFeed
) -> None:
    openings = [await begin(slow_feed), await begin(slow_feed)]
    slow.ready.set()
    await asyncio.gather(*openings)
    assert slow.started == 1


async def test_an_opening_that_was_cancelled_is_made_up_for(
    slow: SlowBackend, slow_feed: ReportFeed
) -> None:
    (await begin(slow_feed)).cancel()
    slow.ready.set()
    await slow_feed.async_open()
    assert slow.started == 1
