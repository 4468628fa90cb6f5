"""The switch from the webhook to the own listener, where reports are lost."""

from datetime import timedelta
import logging

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.ippbx.const import (
    ADDRESS_FIXED,
    ADDRESS_RELATIVE,
    CHANNEL_LISTENER,
    CHANNEL_WEBHOOK,
    CONF_ADDRESS_MODE,
    CONF_CHANNEL,
    CONF_FIXED_PORT,
    CONF_LISTENER_PORT,
    CONF_REPORT_ADDRESS,
)
from custom_components.ippbx.reports.channel import ChannelReason
from custom_components.ippbx.state.store import DeliveryState
from pbx_simulator import Simulator
from tests.conftest import SERIAL, WEBHOOK_ID, StartSimulator, add_entry
from tests.live import entity_id, free_port, load, serve, wait_for_state

from .raw_requests import PATH, own_lines, post, status_report

READ_PAUSE, LOST_AFTER = 15, 5  # seconds


def status_of(hass: HomeAssistant, number: str) -> str:
    return entity_id(hass, "sensor", f"{SERIAL}_ext_{number}_status")


async def pass_time(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float) -> None:
    """Let time pass and whatever is due then be done."""
    freezer.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def lose_a_report(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: Simulator
) -> None:
    """Change something at the PBX that a read sees and no report contains.

    Wait until it is missed.
    """
    simulator.knobs.lose_next = 1
    await simulator.set_extension_status("1001", "busy")
    await simulator.settle()
    await see_it(hass, freezer)


async def see_it(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let the next read see a change, and the time pass in which a report may come."""
    await pass_time(hass, freezer, READ_PAUSE + 1)
    await pass_time(hass, freezer, LOST_AFTER + 1)


DEFECTS = {
    "drops_path": ("openvox", "POST  HTTP/1.1"),
    "no_leading_slash": ("openvox", f"POST api/webhook/{WEBHOOK_ID} HTTP/1.1"),
    "double_slash": ("yeastar-v1", f"POST /{PATH} HTTP/1.1"),
    "no_content_length": ("yeastar-v2", f"POST {PATH} HTTP/1.1"),
}


@pytest.mark.parametrize("defect", DEFECTS)
async def test_the_switch_happens_by_itself_and_is_remembered(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    defect: str,
) -> None:
    """A PBX posts what Home Assistant's server cannot receive."""
    dialect, request_line = DEFECTS[defect]
    simulator = await start_simulator(
        dialect=dialect, knobs={defect: True, "host_with_blank": True, "repeat_limit": 0}
    )
    await serve(hass)
    port = free_port()
    entry = add_entry(hass, simulator, options={CONF_LISTENER_PORT: port})
    runtime = await load(hass, entry)
    logins = simulator.logins

    await simulator.set_extension_status("1001", "busy")
    await simulator.settle()
    assert simulator.deliveries[-1].status != 200
    assert not runtime.receiver.accepted
    await see_it(hass, freezer)

    assert (runtime.channel.current, runtime.channel.reason) == (
        CHANNEL_LISTENER,
        ChannelReason.REPORTS_LOST,
    )
    assert simulator.report_target.port == str(port)
    assert simulator.report_target.url == f"127.0.0.1:{port}{PATH}"
    assert simulator.logins == logins
    await simulator.set_extension_status("1001", "ringing")
    await simulator.settle()
    await wait_for_state(hass, status_of(hass, "1001"), "ringing")
    assert simulator.deliveries[-1].raw.startswith(request_line.encode() + b"\r\n")
    assert runtime.store.delivery is DeliveryState.PROVEN
    assert own_lines(caplog, logging.INFO) == [
        f"PBX: reports do not arrive through Home Assistant's server; receiving them on port {port}"
    ]

    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.runtime_data.channel.current == CHANNEL_LISTENER
    assert simulator.report_target.port == str(port)
    await simulator.set_extension_status("1002", "busy")
    await simulator.settle()
    await wait_for_state(hass, status_of(hass, "1002"), "busy")


async def test_a_report_in_time_keeps_the_webhook(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A read may be faster than the report of the same change."""
    port = await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator))
    simulator.knobs.lose_next = 1
    await simulator.set_extension_status("1001", "busy")
    await simulator.settle()

    await pass_time(hass, freezer, READ_PAUSE + 1)
    assert hass.states.get(status_of(hass, "1001")).state == "busy"
    await post(port, status_report("1001", "InUse"))
    await pass_time(hass, freezer, LOST_AFTER + 1)

    assert runtime.channel.current == CHANNEL_WEBHOOK
    assert runtime.store.delivery is DeliveryState.PROVEN


async def test_one_lost_report_on_a_working_channel_changes_nothing(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator))
    await simulator.set_extension_status("1002", "ringing")
    await simulator.settle()
    assert runtime.store.delivery is DeliveryState.PROVEN

    simulator.knobs.lose_next = 1
    await simulator.set_extension_status("1001", "busy")
    await pass_time(hass, freezer, 301)
    await pass_time(hass, freezer, LOST_AFTER + 1)

    assert hass.states.get(status_of(hass, "1001")).state == "busy"
    assert runtime.corrections == 1
    assert runtime.channel.current == CHANNEL_WEBHOOK


async def test_the_option_webhook_is_never_left(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    await serve(hass)
    entry = add_entry(
        hass,
        simulator,
        options={CONF_CHANNEL: CHANNEL_WEBHOOK},
        **{CONF_CHANNEL: CHANNEL_LISTENER},  # what was remembered counts less
    )
    runtime = await load(hass, entry)
    await lose_a_report(hass, freezer, simulator)

    assert runtime.store.delivery is DeliveryState.BROKEN
    assert (runtime.channel.current, runtime.channel.reason) == (
        CHANNEL_WEBHOOK,
        ChannelReason.OPTION,
    )


@pytest.mark.parametrize(
    ("data", "options"),
    [
        ({CONF_REPORT_ADDRESS: {"port": "9000"}}, {}),
        ({}, {CONF_ADDRESS_MODE: ADDRESS_FIXED, CONF_FIXED_PORT: 9000}),
    ],
)
async def test_no_switch_to_the_same_address(
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    data: dict[str, object],
    options: dict[str, object],
) -> None:
    await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator, options=options, **data))
    await lose_a_report(hass, freezer, simulator)

    assert runtime.store.delivery is DeliveryState.BROKEN
    assert runtime.channel.current == CHANNEL_WEBHOOK
    assert simulator.report_target.port == "9000"


async def test_the_switch_keeps_the_relative_form(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    await serve(hass)
    port = free_port()
    options = {CONF_ADDRESS_MODE: ADDRESS_RELATIVE, CONF_LISTENER_PORT: port}
    await load(hass, add_entry(hass, simulator, options=options))
    await lose_a_report(hass, freezer, simulator)

    assert simulator.report_target == ("127.0.0.1", str(port), PATH[1:], "0")
    await simulator.set_extension_status("1001", "ringing")
    await simulator.settle()
    await wait_for_state(hass, status_of(hass, "1001"), "ringing")
