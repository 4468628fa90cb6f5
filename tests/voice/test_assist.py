"""Sentences and intents are there while a PBX may be used by voice, and no longer."""

from homeassistant.components.conversation import async_converse
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import intent
from homeassistant.setup import async_setup_component
import pytest

from custom_components.ippbx.const import CONF_ALLOWED_NUMBERS, CONF_VOICE
from custom_components.ippbx.voice.languages import CALL
from tests.conftest import StartSimulator, add_entry
from tests.house import log_levels
from tests.live import load, serve
from tests.voice.house import OUTSIDE, move_in


def intents(hass: HomeAssistant) -> set[str]:
    return {each.intent_type for each in intent.async_get(hass)}


async def test_off_by_default(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    house = await move_in(hass, start_simulator, options={CONF_VOICE: False})
    assert CALL not in intents(hass)
    assert await house.say("call Anna", room="kitchen") == "Sorry, I couldn't understand that"


async def test_nothing_is_left(
    hass: HomeAssistant, start_simulator: StartSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    house = await move_in(hass, start_simulator)
    for _ in range(2):
        await hass.config_entries.async_unload(house.entry.entry_id)
        assert CALL not in intents(hass)
        said = await house.say("call Anna", room="kitchen")
        assert said == "Sorry, I couldn't understand that"
        assert await hass.config_entries.async_setup(house.entry.entry_id)
        await hass.async_block_till_done()
        assert CALL in intents(hass)
        await house.say("call Anna", room="kitchen")
    assert house.dialled() == [("1001", "1002")] * 2
    assert log_levels(caplog) == []
    assert "overwritten" not in caplog.text


async def test_two_pbxs(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    """The sentences are there until the last one is gone, and never twice."""
    house = await move_in(hass, start_simulator, options={CONF_ALLOWED_NUMBERS: [OUTSIDE]})
    other = await start_simulator(serial="BARN000000001", first_extension=7001)
    entry = add_entry(hass, other, options={CONF_VOICE: True}, webhook_id="bb" * 16)
    await load(hass, entry)
    await house.say("call extension 7002 from extension 7001")
    assert house.dialled() == []
    assert any("dial" in each.endpoint for each in other.requests)
    await hass.config_entries.async_unload(entry.entry_id)
    assert await house.say("call Anna from extension 7001") == "I know no phone extension 7001."
    await house.say("call Anna from the kitchen")
    assert house.dialled() == [("1001", "1002")]
    await hass.config_entries.async_unload(house.entry.entry_id)
    assert CALL not in intents(hass)


async def test_assist_comes_later(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    """Or is never there, and nobody misses it."""
    await serve(hass)
    entry = add_entry(hass, await start_simulator(), options={CONF_VOICE: True})
    await load(hass, entry)
    assert CALL in intents(hass)
    await hass.config_entries.async_reload(entry.entry_id)
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(hass, component, {})
    await hass.async_block_till_done()

    said = await async_converse(hass, "who called", None, Context(), language="en")
    assert said.response.speech["plain"]["speech"] == "Nobody called."
