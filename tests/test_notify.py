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
    CONF_PAGING_GROUPS,
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
        ({"title": "Bert"}, "message_recipient"),
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


GROUP = "paging_group_{}"


@pytest.mark.parametrize("dialect", ["yeastar-v1", "yeastar-v2"])
async def test_prompts_for_a_paging_group(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    """The groups that the options name; the PBX is asked for its groups when one is used."""
    stage = await move_in(hass, start_simulator, dialect, {CONF_PAGING_GROUPS: ["6300"]})
    assert not [each for each in stage.sim.requests if each.endpoint.startswith("paging")]
    state = hass.states.get(entity_id(hass, "notify", f"{SERIAL}_{GROUP.format('6300')}"))
    assert state is not None
    assert state.name.endswith("Play prompt to 6300")

    await notify(hass, GROUP.format("6300"), "welcome, alarm")

    assert stage.sim.calls.announcements == [("6300", "welcome+alarm")]
    with pytest.raises(HomeAssistantError) as refused:
        await notify(hass, GROUP.format("6300"), "sesame")
    assert refused.value.translation_key == "prompt_missing"


@pytest.mark.parametrize("number", ["6301", "6200", "2001", "0049301234567", "112"])
@pytest.mark.parametrize("dialect", ["yeastar-v1", "yeastar-v2"])
async def test_only_a_paging_group_is_rung(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str, number: str
) -> None:
    """Whatever the options name: any other number would be a way outside."""
    options = {CONF_PAGING_GROUPS: [number], CONF_ALLOWED_NUMBERS: ["*"]}
    stage = await move_in(hass, start_simulator, dialect, options)
    before = len(stage.sim.requests)
    with pytest.raises(ServiceValidationError) as refused:
        await notify(hass, GROUP.format(number), "welcome")
    assert refused.value.translation_key == "paging_group_unknown"
    asked = [each.endpoint for each in stage.sim.requests[before:]]
    assert asked == ["paginggroup/list" if dialect == "yeastar-v2" else "paginggrouplist/query"]
    assert not stage.sim.calls.live


async def test_a_paging_group_that_the_options_name_no_longer(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    options = {CONF_PAGING_GROUPS: ["6300", "6301"]}
    await move_in(hass, start_simulator, "yeastar-v2", options)
    (entry,) = hass.config_entries.async_loaded_entries("ippbx")
    hass.config_entries.async_update_entry(entry, options={CONF_PAGING_GROUPS: ["6301"]})
    await hass.config_entries.async_reload(entry.entry_id)
    groups = [
        each.unique_id
        for each in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if "paging_group" in each.unique_id
    ]
    assert groups == [f"{SERIAL}_{GROUP.format('6301')}"]


async def test_read_only(
    hass: HomeAssistant, start_simulator: StartSimulator, entity_registry_enabled_by_default: None
) -> None:
    options = {**OPTIONS, CONF_READ_ONLY: True, CONF_PAGING_GROUPS: ["6300"]}
    stage = await move_in(hass, start_simulator, "yeastar-v1", options)
    before = len(stage.sim.requests)
    for key, fields in (
        (PROMPTS, {}),
        (GROUP.format("6300"), {}),
        (gsm("yeastar-v1"), {"title": "Anna"}),
    ):
        with pytest.raises(ServiceValidationError) as refused:
            await notify(hass, key, "welcome", **fields)
        assert refused.value.translation_key == "read_only"
    assert len(stage.sim.requests) == before


async def test_what_a_pbx_cannot_do(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    """OpenVox sends no text messages: there is nothing to call. Prompts are disabled at first."""
    await move_in(hass, start_simulator, "openvox", {**OPTIONS, CONF_PAGING_GROUPS: ["6300"]})
    assert not hass.states.async_entity_ids("notify")
    entity = er.async_get(hass).async_get(entity_id(hass, "notify", f"{SERIAL}_{PROMPTS}"))
    assert entity is not None
    assert entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION
