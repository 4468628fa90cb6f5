"""Notify entities: text messages over GSM trunks, and prompts."""

from typing import Any

from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.ippbx.const import (
    CONF_ALLOWED_NUMBERS,
    CONF_CONTACTS,
    CONF_NUMBER,
    CONF_READ_ONLY,
)
from pbx_simulator.calls.model import CallState

from .actions.house import move_in
from .conftest import SERIAL, StartSimulator
from .live import entity_id

MESSAGES, PROMPTS = "trunk_{}_text_message", "ext_2001_play_prompt"
ANNA = "0171 555 666"
OPTIONS = {
    CONF_ALLOWED_NUMBERS: [ANNA],
    CONF_CONTACTS: [{CONF_NUMBER: ANNA, CONF_NAME: "Anna"}],
}


async def notify(hass: HomeAssistant, key: str, message: str, **fields: Any) -> None:
    fields |= {
        "entity_id": entity_id(hass, "notify", f"{SERIAL}_{key}"),
        "message": message,
    }
    await hass.services.async_call("notify", "send_message", fields, blocking=True)


def gsm(dialect: str) -> str:
    """Return the key of the entity of the GSM trunk."""
    return MESSAGES.format("3" if dialect == "yeastar-v2" else "gsm-1")


@pytest.mark.parametrize("title", ["Anna", " anna ", ANNA, "tel:0171555666"])
@pytest.mark.parametrize("dialect", ["yeastar-v1", "yeastar-v2"])
async def test_text_message(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str, title: str
) -> None:
    """To the contact or the number in the title; only GSM trunks have the entity."""
    stage = await move_in(hass, start_simulator, dialect, OPTIONS)
    found = [each for each in hass.states.async_entity_ids("notify") if "text_message" in each]
    assert len(found) == 1

    await notify(hass, gsm(dialect), "Dinner is ready", title=title)

    (message,) = stage.sim.calls.messages
    assert (message.trunk, message.number) == ("gsm-1", "0171555666")
    assert message.text == "Dinner is ready"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "message_recipient"),
        ({"title": ""}, "message_recipient"),
        ({"title": "Bert"}, "invalid_number"),
        ({"title": "0172555666"}, "number_not_allowed"),
    ],
)
async def test_a_message_to_whom(
    hass: HomeAssistant, start_simulator: StartSimulator, fields: dict[str, Any], reason: str
) -> None:
    stage = await move_in(hass, start_simulator, "yeastar-v1", OPTIONS)
    before = len(stage.sim.requests)
    with pytest.raises(ServiceValidationError) as refused:
        await notify(hass, gsm("yeastar-v1"), "hello", **fields)
    assert refused.value.translation_key == reason
    assert len(stage.sim.requests) == before


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_prompts(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    entity_registry_enabled_by_default: None,
    dialect: str,
) -> None:
    """The message names them; one that the PBX lacks is refused in its words."""
    stage = await move_in(hass, start_simulator, dialect, {})
    await notify(hass, PROMPTS, "welcome, alarm")
    assert stage.made.state is CallState.CALLING_BACK
    assert stage.asked.params["prompt"] == "welcome+alarm"
    with pytest.raises(HomeAssistantError) as refused:
        await notify(hass, PROMPTS, "sesame")
    assert refused.value.translation_key == "prompt_missing"
    with pytest.raises(ServiceValidationError) as refused:
        await notify(hass, PROMPTS, "1234")
    assert refused.value.translation_key == "value_refused"


async def test_read_only(
    hass: HomeAssistant, start_simulator: StartSimulator, entity_registry_enabled_by_default: None
) -> None:
    stage = await move_in(hass, start_simulator, "yeastar-v1", {**OPTIONS, CONF_READ_ONLY: True})
    before = len(stage.sim.requests)
    for key, fields in ((PROMPTS, {}), (gsm("yeastar-v1"), {"title": "Anna"})):
        with pytest.raises(ServiceValidationError) as refused:
            await notify(hass, key, "welcome", **fields)
        assert refused.value.translation_key == "read_only"
    assert len(stage.sim.requests) == before


async def test_what_a_pbx_cannot_do(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    """OpenVox sends no text messages: there is nothing to call. Prompts are disabled at first."""
    await move_in(hass, start_simulator, "openvox", OPTIONS)
    assert not hass.states.async_entity_ids("notify")
    entity = er.async_get(hass).async_get(entity_id(hass, "notify", f"{SERIAL}_{PROMPTS}"))
    assert entity is not None
    assert entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION
