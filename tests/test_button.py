"""Buttons of the PBX."""

from homeassistant.core import HomeAssistant

from pbx_simulator import Simulator

from .conftest import SERIAL, add_entry
from .live import entity_id, load, serve


async def test_button_sends_a_heartbeat(hass: HomeAssistant, simulator: Simulator) -> None:
    await serve(hass)
    await load(hass, add_entry(hass, simulator))
    before = simulator.heartbeats

    await hass.services.async_call(
        "button",
        "press",
        {"entity_id": entity_id(hass, "button", f"{SERIAL}_send_heartbeat")},
        blocking=True,
    )

    assert simulator.heartbeats == before + 1
