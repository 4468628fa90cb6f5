"""Contacts and the call log in the options."""

from typing import Any
from unittest.mock import AsyncMock

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ippbx.const import (
    CONF_CALL_LOG_SIZE,
    CONF_CONTACTS,
    CONF_MASK_NUMBERS,
    CONF_RECORDINGS,
    CONF_SHOW_CALLERS,
)

from .helpers import suggested
from .test_options import add_entry, ask, submit

pytestmark = pytest.mark.usefixtures("loadable")

AUNT = {"number": " +49 30 555-817 ", "name": " Aunt Agatha ", "vip": True}
PLUMBER = {"number": "030/555818", "name": "Plumber"}


async def test_contacts_are_kept_as_they_were_typed(
    hass: HomeAssistant, mock_setup_entry: AsyncMock
) -> None:
    entry = await add_entry(hass)
    result = await submit(
        hass, await ask(hass, entry, "contacts"), {CONF_CONTACTS: [AUNT, PLUMBER]}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    kept = [
        {"number": "+49 30 555-817", "name": "Aunt Agatha", "vip": True},
        {"number": "030/555818", "name": "Plumber", "vip": False},
    ]
    assert entry.options[CONF_CONTACTS] == kept
    assert len(mock_setup_entry.mock_calls) == 2  # they count after a reload

    # The form shows them again, and they can be cleared.
    result = await ask(hass, entry, "contacts")
    assert suggested(result) == {CONF_CONTACTS: kept}
    await submit(hass, result)
    assert entry.options[CONF_CONTACTS] == []


async def test_a_single_contact_is_one(hass: HomeAssistant) -> None:
    entry = await add_entry(hass)
    await submit(hass, await ask(hass, entry, "contacts"), {CONF_CONTACTS: PLUMBER})
    assert [contact["name"] for contact in entry.options[CONF_CONTACTS]] == ["Plumber"]


@pytest.mark.parametrize(
    ("contacts", "error"),
    [
        ([PLUMBER | {"name": " "}], "invalid_contact"),
        ([PLUMBER | {"number": ""}], "invalid_contact"),
        ([PLUMBER | {"number": "aunt"}], "invalid_contact"),
        ([PLUMBER | {"number": "0" * 40}], "invalid_contact"),
        ([AUNT, PLUMBER | {"number": "0049 (30) 555817"}], "contact_twice"),
        ([AUNT, PLUMBER | {"number": "030555817"}], "contact_twice"),
    ],
)
async def test_what_is_no_contact(
    hass: HomeAssistant, contacts: list[dict[str, Any]], error: str
) -> None:
    hass.config.country = "DE"
    entry = await add_entry(hass)
    result = await submit(hass, await ask(hass, entry, "contacts"), {CONF_CONTACTS: contacts})
    assert result["errors"] == {CONF_CONTACTS: error}
    assert suggested(result) == {CONF_CONTACTS: contacts}  # nobody types them again
    await submit(hass, result, {CONF_CONTACTS: [AUNT]})
    assert len(entry.options[CONF_CONTACTS]) == 1


@pytest.mark.parametrize(
    "contacts", [5, [{"name": "Nobody"}], [PLUMBER | {"age": 5}], [PLUMBER | {"number": 7}]]
)
async def test_what_the_form_cannot_give(hass: HomeAssistant, contacts: object) -> None:
    entry = await add_entry(hass)
    result = await ask(hass, entry, "contacts")
    with pytest.raises(InvalidData):
        await submit(hass, result, {CONF_CONTACTS: contacts})


async def test_the_log_has_a_size(hass: HomeAssistant) -> None:
    entry = await add_entry(hass)
    log = {CONF_CALL_LOG_SIZE: 250.0, CONF_MASK_NUMBERS: True, CONF_SHOW_CALLERS: False}
    await submit(hass, await ask(hass, entry, "privacy"), log)
    assert entry.options[CONF_CALL_LOG_SIZE] == 250
    assert type(entry.options[CONF_CALL_LOG_SIZE]) is int
    assert entry.options[CONF_MASK_NUMBERS] is True
    assert suggested(await ask(hass, entry, "privacy")) == {**log, CONF_RECORDINGS: False}


@pytest.mark.parametrize("size", [-1, 10_001])
async def test_no_such_size(hass: HomeAssistant, size: int) -> None:
    entry = await add_entry(hass)
    result = await ask(hass, entry, "privacy")
    with pytest.raises(InvalidData):
        await submit(hass, result, {CONF_CALL_LOG_SIZE: size})


async def test_the_list_of_contacts_over_home_assistants_own_api(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    entry = await add_entry(hass)
    for component in ("webhook", "config"):  # views are registered before the server starts
        assert await async_setup_component(hass, component, {})
    client = await hass_client()
    path = "/api/config/config_entries/options/flow"
    menu = await (await client.post(path, json={"handler": entry.entry_id})).json()
    path = f"{path}/{menu['flow_id']}"
    shown = await (await client.post(path, json={"next_step_id": "contacts"})).json()
    (field,) = shown["data_schema"]
    selector = field["selector"]["object"]
    assert {name: list(part["selector"]) for name, part in selector["fields"].items()} == {
        "number": ["text"],
        "name": ["text"],
        "vip": ["boolean"],
    }
    assert (selector["multiple"], selector["label_field"]) == (True, "name")

    answer = await client.post(path, json={CONF_CONTACTS: [PLUMBER]})
    assert (await answer.json())["type"] == "create_entry"
    assert entry.options[CONF_CONTACTS] == [PLUMBER | {"vip": False}]
