"""A loaded entry on real sockets.

A simulated PBX on one side, Home Assistant's own server on the other.
"""

import asyncio
from collections.abc import Callable
import contextlib
import secrets
import socket
from ssl import SSLContext

from aiohttp import web
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ippbx.const import DOMAIN
from custom_components.ippbx.runtime import PbxRuntime

SHOWN_STATUS = {"registered": "idle", "unavailable": "not_registered"}
"""How extensions show words of the simulated PBX; others are shown as they are."""


def free_port() -> int:
    """Return a port that nobody uses now, and which no connection is given by chance."""
    while True:
        port = 10_000 + secrets.randbelow(5_000)  # below those of connections that go out
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


async def serve(
    hass: HomeAssistant, host: str = "127.0.0.1", context: SSLContext | None = None
) -> int:
    """Start Home Assistant's web server on a free port of an address; return the port.

    It serves TLS if there is a context.
    """
    # A port in the configuration would be a trial of five minutes since Home Assistant 2026.10.
    assert await async_setup_component(hass, "http", {})
    # The test plugin keeps Home Assistant from binding its port, so the same application is served
    # here.
    hass.http.app._router.freeze = lambda: None
    runner = web.AppRunner(hass.http.app, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, host, 0, ssl_context=context).start()
    port: int = runner.addresses[0][1]
    hass.http.server_port = hass.config.api.port = port
    hass.config.api.use_ssl = context is not None

    async def stop(_event: Event) -> None:
        await runner.cleanup()

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, stop)
    return port


async def load(hass: HomeAssistant, entry: MockConfigEntry) -> PbxRuntime:
    """Set an added entry up and return its runtime."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED, entry.reason
    await hass.async_block_till_done()
    runtime: PbxRuntime = entry.runtime_data
    return runtime


async def wait_for_state(hass: HomeAssistant, entity_id: str, state: str) -> None:
    """Wait until an entity has a state, five seconds at most."""

    def reached() -> bool:
        now = hass.states.get(entity_id)
        return now is not None and now.state == state

    try:
        await wait_for(hass, reached)
    except TimeoutError:
        now = hass.states.get(entity_id)
        raise AssertionError(f"{entity_id} is {now and now.state}, not {state}") from None


async def wait_for(hass: HomeAssistant, reached: Callable[[], bool]) -> None:
    """Wait until a state change makes a condition true.

    Raises:
        TimeoutError: it was not within five seconds.
    """
    done = asyncio.Event()

    @callback
    def changed(_event: Event) -> None:
        if reached():
            done.set()

    unsubscribe = hass.bus.async_listen("state_changed", changed)
    try:
        if not reached():
            await asyncio.wait_for(done.wait(), 5)
    finally:
        unsubscribe()


def entity_id(hass: HomeAssistant, platform: str, unique_id: str) -> str:
    """Return the entity id of a unique id."""
    found = er.async_get(hass).async_get_entity_id(platform, DOMAIN, unique_id)
    assert found is not None, unique_id
    return found
