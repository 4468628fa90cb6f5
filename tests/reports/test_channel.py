"""The channel of the reports: the webhook, the own listener, and the switch between them."""

from collections.abc import Generator
import logging
import socket
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ippbx.const import (
    ADDRESS_FIXED,
    CHANNEL_LISTENER,
    CHANNEL_WEBHOOK,
    CONF_ADDRESS_MODE,
    CONF_CHANNEL,
    CONF_FIXED_URL,
    CONF_LISTENER_PORT,
)
from custom_components.ippbx.link.create import create_backend
from custom_components.ippbx.pbx.net.login_guard import LoginGuard
from custom_components.ippbx.reports.channel import ChannelReason, ReportChannel
from custom_components.ippbx.reports.channels.feed import ReportFeed, ReportFeedHooks
from custom_components.ippbx.state.store import DeliveryState
from pbx_simulator import Simulator
from tests.conftest import StartSimulator, add_entry
from tests.live import free_port, load, serve, wait_for_state

from .raw_requests import own_lines
from .test_channel_switch import READ_PAUSE, lose_a_report, pass_time, see_it, status_of


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1"])
async def test_a_fixed_address_without_url(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    """The PBX posts to the root, which OpenVox spells as an empty target."""
    simulator = await start_simulator(dialect=dialect)
    await serve(hass)
    port = free_port()
    options = {
        CONF_ADDRESS_MODE: ADDRESS_FIXED,
        CONF_FIXED_URL: "",
        CONF_CHANNEL: CHANNEL_LISTENER,
        CONF_LISTENER_PORT: port,
    }
    await load(hass, add_entry(hass, simulator, options=options))

    assert simulator.report_target[:3] == ("127.0.0.1", str(port), "")
    await simulator.set_extension_status("1001", "ringing")
    await simulator.settle()
    await wait_for_state(hass, status_of(hass, "1001"), "ringing")


async def test_home_assistant_speaks_tls_only(hass: HomeAssistant, simulator: Simulator) -> None:
    await serve(hass)
    port = free_port()
    entry = add_entry(hass, simulator, options={CONF_LISTENER_PORT: port})
    with patch.object(hass.config.api, "use_ssl", True):
        runtime = await load(hass, entry)

    assert runtime.channel.reason is ChannelReason.TLS_ONLY
    assert CONF_CHANNEL not in entry.data  # nothing to remember: it is found again
    await simulator.set_extension_status("1001", "ringing")
    await simulator.settle()
    await wait_for_state(hass, status_of(hass, "1001"), "ringing")


@pytest.mark.parametrize(
    ("bound_to", "host", "reason"),
    [
        (["127.0.0.1"], "10.1.2.3", ChannelReason.LOOPBACK_ONLY),
        (["127.0.0.1", "::1"], "10.1.2.3", ChannelReason.LOOPBACK_ONLY),
        (["localhost"], "pbx.lan", ChannelReason.LOOPBACK_ONLY),
        ("::1", "pbx.lan", ChannelReason.LOOPBACK_ONLY),
        (["127.0.0.1", "10.1.2.9"], "10.1.2.3", ChannelReason.DEFAULT),
        (["ha.lan"], "10.1.2.3", ChannelReason.DEFAULT),
        (None, "10.1.2.3", ChannelReason.DEFAULT),
        ([], "10.1.2.3", ChannelReason.DEFAULT),
        (["127.0.0.1"], "127.0.0.1", ChannelReason.DEFAULT),
        (["127.0.0.1"], "localhost", ChannelReason.DEFAULT),
    ],
)
async def test_home_assistant_listens_on_loopback_only(
    hass: HomeAssistant,
    simulator: Simulator,
    bound_to: list[str] | None,
    host: str,
    reason: ChannelReason,
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator, host=host)
    with patch.object(hass.http, "server_host", bound_to):
        channel = make_channel(hass, entry)
    assert channel.reason is reason


def make_channel(hass: HomeAssistant, entry: MockConfigEntry) -> ReportChannel:
    backend = create_backend(async_get_clientsession(hass), entry.data, LoginGuard())
    hooks = ReportFeedHooks(
        receive=lambda _body, _source: None,
        on_connect=lambda _peer: None,
        on_state=lambda _state: None,
        on_no_answer=lambda: None,
    )
    stream = ReportFeed(hass, entry, backend, hooks)
    return ReportChannel(hass, entry, hooks.receive, lambda _body, _source: False, stream)


async def test_reports_reach_a_home_assistant_that_listens_on_loopback_only(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    options = {CONF_LISTENER_PORT: free_port()}
    with (
        patch.object(hass.http, "server_host", ["::1"]),
        patch("custom_components.ippbx.reports.channel._is_loopback", "::1".__eq__),
    ):
        runtime = await load(hass, add_entry(hass, simulator, options=options))

    assert runtime.channel.reason is ChannelReason.LOOPBACK_ONLY
    await simulator.set_extension_status("1001", "ringing")
    await simulator.settle()
    await wait_for_state(hass, status_of(hass, "1001"), "ringing")


@pytest.fixture
def occupied_port() -> Generator[int]:
    """Return a port that something else listens on."""
    with socket.create_server(("", 0)) as other:
        yield other.getsockname()[1]


async def test_a_listener_port_that_is_occupied(
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    occupied_port: int,
) -> None:
    """One warning; the webhook is used, and the port tried again with each read."""
    await serve(hass)
    options = {CONF_CHANNEL: CHANNEL_LISTENER, CONF_LISTENER_PORT: occupied_port}
    entry = add_entry(hass, simulator, options=options)
    runtime = await load(hass, entry)

    assert (runtime.channel.current, runtime.channel.reason) == (
        CHANNEL_WEBHOOK,
        ChannelReason.PORT_TAKEN,
    )
    await simulator.set_extension_status("1001", "ringing")
    await simulator.settle()
    await wait_for_state(hass, status_of(hass, "1001"), "ringing")
    (line,) = own_lines(caplog, logging.INFO)
    assert line.startswith(f"PBX: cannot receive reports on port {occupied_port}: ")
    await pass_time(hass, freezer, 2 * READ_PAUSE)
    assert runtime.channel.reason is ChannelReason.PORT_TAKEN
    assert len(own_lines(caplog, logging.INFO)) == 1


@pytest.mark.parametrize("options", [{CONF_CHANNEL: CHANNEL_LISTENER}, {}])
async def test_a_listener_port_that_is_free_again(
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    options: dict[str, str],
) -> None:
    """Whether a user wants the listener, or reports are lost on all else."""
    await serve(hass)
    with socket.create_server(("", 0)) as other:
        port = other.getsockname()[1]
        entry = add_entry(hass, simulator, options={**options, CONF_LISTENER_PORT: port})
        runtime = await load(hass, entry)
        if not options:
            await lose_a_report(hass, freezer, simulator)
            assert runtime.delivery.lost
        assert runtime.channel.reason is ChannelReason.PORT_TAKEN

    await pass_time(hass, freezer, 2 * READ_PAUSE)
    assert runtime.channel.current == CHANNEL_LISTENER
    assert runtime.channel.reason is not ChannelReason.PORT_TAKEN
    assert entry.data.get(CONF_CHANNEL) == (None if options else CHANNEL_LISTENER)
    assert not runtime.delivery.lost
    assert simulator.report_target.port == str(port)
    assert own_lines(caplog, logging.INFO)[1:] == [
        f"PBX: receiving reports on port {port}, which is free now"
    ]
    await simulator.set_extension_status("1003", "ringing")
    await simulator.settle()
    await wait_for_state(hass, status_of(hass, "1003"), "ringing")

    assert await hass.config_entries.async_unload(entry.entry_id)
    socket.create_server(("", port)).close()


async def test_the_port_is_occupied_when_the_switch_is_due(
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    occupied_port: int,
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator, options={CONF_LISTENER_PORT: occupied_port})
    runtime = await load(hass, entry)
    await lose_a_report(hass, freezer, simulator)
    assert runtime.channel.reason is ChannelReason.PORT_TAKEN
    assert runtime.channel.next is None

    runtime.store.set_delivery(DeliveryState.UNPROVEN)  # as after an address that changed
    await simulator.set_extension_status("1002", "busy")
    simulator.knobs.lose_next = 1
    await see_it(hass, freezer)

    assert len(own_lines(caplog, logging.WARNING)) == 1
    assert entry.data.get(CONF_CHANNEL) is None
    assert runtime.link.up
    await simulator.set_extension_status("1003", "ringing")
    await simulator.settle()
    await wait_for_state(hass, status_of(hass, "1003"), "ringing")


async def test_the_port_is_free_again_after_unloading(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    port = free_port()
    options = {CONF_CHANNEL: CHANNEL_LISTENER, CONF_LISTENER_PORT: port}
    entry = add_entry(hass, simulator, options=options)
    await load(hass, entry)
    with pytest.raises(OSError, match="in use"):
        socket.create_server(("", port))

    assert await hass.config_entries.async_unload(entry.entry_id)
    socket.create_server(("", port)).close()


async def test_an_entry_that_cannot_be_set_up_leaves_nothing_open(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    port = free_port()
    options = {CONF_CHANNEL: CHANNEL_LISTENER, CONF_LISTENER_PORT: port}
    entry = add_entry(hass, simulator, options=options)
    await simulator.go_away()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    socket.create_server(("", port)).close()
    await simulator.come_back()

    assert await hass.config_entries.async_reload(entry.entry_id)  # the webhook can be had again
