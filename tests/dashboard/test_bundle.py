"""The cards reach the browser: their address, and when it is there."""

import gzip
from http import HTTPStatus

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ippbx.dashboard.bundle import BUNDLE, source_hash
from pbx_simulator import Simulator
from tests.conftest import StartSimulator, add_entry
from tests.live import load

MOST_BYTES = 60_000


def addresses(hass: HomeAssistant) -> list[str]:
    """Return our addresses among those that the frontend loads."""
    return [url for url in hass.data[DATA_EXTRA_MODULE_URL].urls if url.startswith("/ippbx/")]


async def test_browsers_load_the_cards_while_an_entry_is_loaded(
    hass: HomeAssistant, start_simulator: StartSimulator, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "frontend", {})
    first = add_entry(hass, await start_simulator())
    second = add_entry(hass, await start_simulator(serial="SIM0000000002"))
    assert await hass.config_entries.async_setup(first.entry_id)  # sets up both
    (address,) = addresses(hass)
    assert source_hash()[:12] in address
    client = await hass_client()
    answer = await client.get(address)
    assert answer.status == HTTPStatus.OK
    assert "javascript" in answer.headers["Content-Type"]
    assert "max-age" in answer.headers["Cache-Control"]
    assert await answer.text() == BUNDLE.read_text()
    assert await hass.config_entries.async_unload(first.entry_id)
    assert addresses(hass) == [address]
    assert await hass.config_entries.async_unload(second.entry_id)
    assert not addresses(hass)
    assert await hass.config_entries.async_setup(second.entry_id)
    assert addresses(hass) == [address]


async def test_without_a_frontend_there_are_none(hass: HomeAssistant, simulator: Simulator) -> None:
    entry = add_entry(hass, simulator)
    await load(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert DATA_EXTRA_MODULE_URL not in hass.data


async def test_a_frontend_that_comes_later_is_no_obstacle(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = add_entry(hass, simulator)
    await load(hass, entry)
    assert await async_setup_component(hass, "frontend", {})
    assert await hass.config_entries.async_unload(entry.entry_id)


def test_size() -> None:
    assert len(gzip.compress(BUNDLE.read_bytes())) < MOST_BYTES
