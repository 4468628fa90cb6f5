"""The card of the system-health page."""

from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.components.system_health import get_info
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from custom_components.ippbx.const import DOMAIN
from custom_components.ippbx.system_health import async_info
from pbx_simulator import Simulator

from .conftest import PASSWORD, SERIAL, USERNAME, WEBHOOK_ID, StartSimulator, add_entry
from .live import load, serve
from .secrets import betrays


async def card(hass: HomeAssistant) -> dict[str, Any]:
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    shown: dict[str, Any] = (await get_info(hass))[DOMAIN]
    return shown


async def test_what_is_shown(
    hass: HomeAssistant, simulator: Simulator, start_simulator: StartSimulator
) -> None:
    """Two PBXes side by side, and one that is not loaded."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    await serve(hass)
    other = await start_simulator(dialect="yeastar-v2", serial="SIM0000000002")
    await load(hass, add_entry(hass, simulator))
    second = add_entry(hass, other, webhook_id="ab" * 16)
    hass.config_entries.async_update_entry(second, title="Office")
    await load(hass, second)
    add_entry(hass, simulator, unique_id="ELSEWHERE0001")
    await simulator.set_extension_status("1001", "busy")
    await simulator.settle()
    await hass.async_block_till_done()

    shown = await card(hass)
    last_report = shown.pop("last_report").split("; ")
    web_server = "Home Assistant's web server"
    assert shown == {
        "loaded": "2 / 3",
        "can_reach_pbx": "ok",
        "link": "PBX: Yes; Office: Yes",
        "reports_arriving": "PBX: Yes; Office: -",
        "report_path": f"PBX: {web_server}; Office: {web_server}",
        "dialect": "PBX: OpenVox UC (API v0.0.1); Office: Yeastar S-Series, K2, Cloud (API v2.0.0)",
        "firmware": "PBX: 1.3.5; Office: 30.14.0.26",
    }
    received = hass.config_entries.async_loaded_entries(DOMAIN)[0].runtime_data.receiver.last_report
    local = received.astimezone(ZoneInfo("Europe/Berlin"))
    assert last_report == [f"PBX: {local:%Y-%m-%d %H:%M:%S}", "Office: -"]
    text = str(shown)
    for hidden in (PASSWORD, USERNAME, WEBHOOK_ID, SERIAL, "1001", "127.0.0.1"):
        assert not betrays(text, hidden), hidden


async def test_in_german(hass: HomeAssistant, simulator: Simulator) -> None:
    """Home Assistant puts the names of the lines into a user's language, and no value."""
    await serve(hass)
    hass.config.language = "de"
    await load(hass, add_entry(hass, simulator))
    shown = await card(hass)
    assert (shown["link"], shown["report_path"]) == ("Ja", "Webserver von Home Assistant")
    assert shown["dialect"] == "OpenVox UC (API v0.0.1)"


async def test_a_pbx_that_is_away(hass: HomeAssistant, simulator: Simulator) -> None:
    await serve(hass)
    await load(hass, add_entry(hass, simulator))
    await simulator.stop()
    assert (await card(hass))["can_reach_pbx"] == "Failed: unreachable"


async def test_which_pbx_is_away(
    hass: HomeAssistant, simulator: Simulator, start_simulator: StartSimulator
) -> None:
    await serve(hass)
    other = await start_simulator(serial="SIM0000000002")
    second = add_entry(hass, other, webhook_id="ab" * 16)
    await load(hass, second)
    await load(hass, add_entry(hass, simulator))
    hass.config_entries.async_update_entry(second, title="Office")
    await other.stop()
    assert (await card(hass))["can_reach_pbx"] == "Failed: unreachable: Office"


async def test_no_pbx_is_loaded(hass: HomeAssistant, simulator: Simulator) -> None:
    add_entry(hass, simulator)
    assert await async_info(hass) == {"loaded": "0 / 1"}
