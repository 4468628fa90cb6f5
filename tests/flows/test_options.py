"""The options flow: every field with valid and invalid input."""

from typing import Any
from unittest.mock import AsyncMock

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ippbx.const import (
    CONF_ADDRESS_MODE,
    CONF_ALLOW_LISTENING,
    CONF_ALLOWED_NUMBERS,
    CONF_CALL_LOG_SIZE,
    CONF_CHANNEL,
    CONF_CHOSEN_EXTENSIONS,
    CONF_CONTACTS,
    CONF_EVENT_PORT,
    CONF_EXTENSIONS,
    CONF_FIXED_HOST,
    CONF_FIXED_PORT,
    CONF_FIXED_URL,
    CONF_HEARTBEAT_INTERVAL,
    CONF_LISTENER_PORT,
    CONF_MASK_NUMBERS,
    CONF_MISSED_FOR,
    CONF_NETWORKS,
    CONF_OUTSIDE_LIMIT,
    CONF_READ_ONLY,
    CONF_SHOW_CALLERS,
    DOMAIN,
)
from custom_components.ippbx.flows.option_forms import FORMS

from .helpers import assert_translated

pytestmark = pytest.mark.usefixtures("loadable")

DEFAULTS = {
    CONF_HEARTBEAT_INTERVAL: 60,
    CONF_CHANNEL: "automatic",
    CONF_LISTENER_PORT: 8260,
    CONF_EVENT_PORT: 8333,
    CONF_ADDRESS_MODE: "automatic",
    CONF_NETWORKS: [],
    CONF_EXTENSIONS: "all",
    CONF_CHOSEN_EXTENSIONS: [],
    CONF_MISSED_FOR: "group_members",
    CONF_READ_ONLY: False,
    CONF_ALLOWED_NUMBERS: [],
    CONF_OUTSIDE_LIMIT: 10,
    CONF_ALLOW_LISTENING: False,
    CONF_CONTACTS: [],
    CONF_CALL_LOG_SIZE: 1000,
    CONF_MASK_NUMBERS: False,
    CONF_SHOW_CALLERS: True,
}


async def add_entry(
    hass: HomeAssistant, *, host: str = "192.0.2.5", options: dict[str, Any] | None = None
) -> MockConfigEntry:
    """Return a loaded entry."""
    number = len(hass.config_entries.async_entries(DOMAIN))
    entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id=f"SIM{number}",
        data={CONF_HOST: host},
        options=options or {},
    )
    entry.add_to_hass(hass)
    await async_setup_component(hass, "http", {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


async def ask(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    """Open the options."""
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "init"
    return result


async def submit(
    hass: HomeAssistant, result: ConfigFlowResult, **sections: dict[str, Any]
) -> ConfigFlowResult:
    """Submit the options; sections and fields that are not given have their defaults."""
    form = {name: {} for name in FORMS} | sections
    result = await hass.config_entries.options.async_configure(result["flow_id"], form)
    await hass.async_block_till_done()
    assert_translated(result, "options")
    return result


def fields_of(result: ConfigFlowResult, section: str) -> dict[str, Any]:
    """Return the markers and selectors of a section, by field."""
    assert result["data_schema"] is not None
    schema = result["data_schema"].schema[section].schema.schema
    return {marker.schema: (marker, selector) for marker, selector in schema.items()}


def suggested(result: ConfigFlowResult, section: str) -> dict[str, Any]:
    """Return what the fields of a section are filled with."""
    return {
        name: marker.description["suggested_value"]
        for name, (marker, _) in fields_of(result, section).items()
        if marker.description
    }


async def test_defaults(hass: HomeAssistant, mock_setup_entry: AsyncMock) -> None:
    entry = await add_entry(hass)
    result = await submit(hass, await ask(hass, entry))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == DEFAULTS
    assert len(mock_setup_entry.mock_calls) == 2  # what changed takes effect by a reload


async def test_everything(hass: HomeAssistant) -> None:
    entry = await add_entry(hass)
    link = {CONF_HEARTBEAT_INTERVAL: 30}
    reports = {
        CONF_CHANNEL: "listener",
        CONF_LISTENER_PORT: 8300,
        CONF_EVENT_PORT: 8334,
        CONF_ADDRESS_MODE: "fixed",
        CONF_FIXED_HOST: " 10.1.2.3 ",
        CONF_FIXED_PORT: 18300,
        CONF_FIXED_URL: "10.1.2.3:18300/pbx",
        CONF_NETWORKS: ["10.1.2.3", " 10.1.3.7/24 ", "2001:db8::/64"],
    }
    extensions = {CONF_EXTENSIONS: "chosen", CONF_CHOSEN_EXTENSIONS: ["1000", " 7001 ", "1000"]}
    calls = {
        CONF_MISSED_FOR: "direct",
        CONF_READ_ONLY: True,
        CONF_ALLOWED_NUMBERS: ["+49 30 *", " 0301234567 ", "+49 30 *"],
        CONF_OUTSIDE_LIMIT: 3,
        CONF_ALLOW_LISTENING: True,
    }
    sections = {"link": link, "reports": reports, "extensions": extensions, "calls": calls}
    result = await submit(hass, await ask(hass, entry), **sections)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {
        **DEFAULTS,
        **link,
        **reports,
        CONF_FIXED_HOST: "10.1.2.3",
        CONF_NETWORKS: ["10.1.2.3/32", "10.1.3.0/24", "2001:db8::/64"],
        CONF_EXTENSIONS: "chosen",
        CONF_CHOSEN_EXTENSIONS: ["1000", "7001"],
        **calls,
        CONF_ALLOWED_NUMBERS: ["+49 30 *", "0301234567"],
    }

    # What was chosen is what the form shows next time.
    result = await ask(hass, entry)
    assert suggested(result, "link") == link
    assert suggested(result, "reports")[CONF_FIXED_URL] == "10.1.2.3:18300/pbx"
    assert suggested(result, "extensions")[CONF_CHOSEN_EXTENSIONS] == ["1000", "7001"]
    assert suggested(result, "calls") == {**calls, CONF_ALLOWED_NUMBERS: ["+49 30 *", "0301234567"]}

    # A field that is cleared is gone.
    del reports[CONF_FIXED_URL], reports[CONF_FIXED_HOST], reports[CONF_NETWORKS]
    del calls[CONF_ALLOWED_NUMBERS]
    result = await submit(hass, result, **sections)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert CONF_FIXED_URL not in entry.options
    assert CONF_FIXED_HOST not in entry.options
    assert entry.options[CONF_NETWORKS] == []
    assert entry.options[CONF_ALLOWED_NUMBERS] == []


async def test_numbers_are_whole(hass: HomeAssistant) -> None:
    entry = await add_entry(hass)
    await submit(
        hass,
        await ask(hass, entry),
        link={CONF_HEARTBEAT_INTERVAL: 45.0},
        reports={CONF_LISTENER_PORT: 8261.0},
    )
    assert [
        (type(entry.options[key]), entry.options[key])
        for key in (CONF_HEARTBEAT_INTERVAL, CONF_LISTENER_PORT)
    ] == [(int, 45), (int, 8261)]


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ("link", CONF_HEARTBEAT_INTERVAL, 9),
        ("link", CONF_HEARTBEAT_INTERVAL, 601),
        ("reports", CONF_LISTENER_PORT, 0),
        ("reports", CONF_LISTENER_PORT, 65536),
        ("reports", CONF_EVENT_PORT, 65536),
        ("reports", CONF_FIXED_PORT, 0),
        ("reports", CONF_FIXED_PORT, 65536),
        ("reports", CONF_CHANNEL, "pigeon"),
        ("reports", CONF_ADDRESS_MODE, "poste restante"),
        ("extensions", CONF_EXTENSIONS, "some"),
        ("calls", CONF_OUTSIDE_LIMIT, 0),
        ("calls", CONF_OUTSIDE_LIMIT, 1001),
        ("calls", CONF_MISSED_FOR, "nobody"),
    ],
)
async def test_out_of_range(hass: HomeAssistant, section: str, field: str, value: object) -> None:
    entry = await add_entry(hass)
    with pytest.raises(InvalidData):
        await submit(hass, await ask(hass, entry), **{section: {field: value}})
    assert entry.options == {}


@pytest.mark.parametrize(
    ("section", "fields", "error"),
    [
        ("reports", {CONF_NETWORKS: ["10.1.2.0/33"]}, "invalid_network"),
        ("reports", {CONF_NETWORKS: ["10.1.2.3", "the lobby"]}, "invalid_network"),
        ("reports", {CONF_ADDRESS_MODE: "fixed"}, "fixed_address_empty"),
        ("reports", {CONF_FIXED_HOST: "http://10.1.2.3"}, "invalid_fixed_host"),
        ("reports", {CONF_FIXED_HOST: "10.1.2.3 "[:-1] + " x"}, "invalid_fixed_host"),
        ("reports", {CONF_FIXED_HOST: "fe80::1%\r\nX-Evil: 1"}, "invalid_fixed_host"),
        ("reports", {CONF_FIXED_HOST: "ha_1.lan"}, "invalid_fixed_host"),
        ("reports", {CONF_FIXED_URL: f"10.1.2.3/{'x' * 255}"}, "url_too_long"),
        ("reports", {CONF_FIXED_URL: "http://10.1.2.3/x"}, "url_with_scheme"),
        ("reports", {CONF_FIXED_URL: "10.1.2.3/a b"}, "url_with_spaces"),
        ("reports", {CONF_FIXED_URL: "10.1.2.3:8123"}, "url_without_path"),
        ("reports", {CONF_ADDRESS_MODE: "fixed", CONF_FIXED_URL: "/"}, "root_needs_listener"),
        ("extensions", {CONF_EXTENSIONS: "chosen"}, "no_extension"),
        ("extensions", {CONF_CHOSEN_EXTENSIONS: ["10 00"]}, "invalid_extension"),
        ("extensions", {CONF_CHOSEN_EXTENSIONS: [" "]}, "invalid_extension"),
        ("extensions", {CONF_CHOSEN_EXTENSIONS: ["1" * 33]}, "invalid_extension"),
        ("calls", {CONF_ALLOWED_NUMBERS: ["030*", "home"]}, "invalid_allowed_number"),
        ("calls", {CONF_ALLOWED_NUMBERS: [" "]}, "invalid_allowed_number"),
    ],
)
async def test_refused_and_mended(
    hass: HomeAssistant, section: str, fields: dict[str, Any], error: str
) -> None:
    entry = await add_entry(hass)
    result = await submit(hass, await ask(hass, entry), **{section: fields})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {section: error}
    # The section of the error is open, and shows what was typed.
    assert not result["data_schema"].schema[section].options["collapsed"]
    assert suggested(result, section).items() >= fields.items()
    assert entry.options == {}
    result = await submit(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == DEFAULTS


async def test_port_of_home_assistant(hass: HomeAssistant) -> None:
    entry = await add_entry(hass)
    taken = {CONF_LISTENER_PORT: hass.http.server_port}
    result = await submit(hass, await ask(hass, entry), reports=taken)
    assert result["errors"] == {"reports": "listener_port_taken"}


async def test_one_root_for_one_source(hass: HomeAssistant) -> None:
    root = {
        CONF_CHANNEL: "listener",
        CONF_ADDRESS_MODE: "fixed",
        CONF_FIXED_HOST: "10.1.2.3",
        CONF_FIXED_URL: "/",
    }
    first = await add_entry(hass)
    result = await submit(hass, await ask(hass, first), reports=root)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert first.options[CONF_FIXED_URL] == ""
    assert suggested(await ask(hass, first), "reports")[CONF_FIXED_URL] == "/"

    second = await add_entry(hass)
    result = await submit(hass, await ask(hass, second), reports=root)
    assert result["errors"] == {"reports": "root_taken"}
    assert second.options == {}
    result = await submit(hass, result, reports={**root, CONF_LISTENER_PORT: 8261})
    assert result["type"] is FlowResultType.CREATE_ENTRY

    other_source = await add_entry(hass, host="192.0.2.6")
    result = await submit(hass, await ask(hass, other_source), reports=root)
    assert result["type"] is FlowResultType.CREATE_ENTRY

    # The same entry may be saved again.
    result = await submit(hass, await ask(hass, first), reports=root)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_extensions_to_choose_from(hass: HomeAssistant) -> None:
    entry = await add_entry(hass, options={CONF_CHOSEN_EXTENSIONS: ["1000", "999"]})
    result = await ask(hass, entry)
    _, selector = fields_of(result, "extensions")[CONF_CHOSEN_EXTENSIONS]
    assert selector.config["options"] == [
        {"value": "200", "label": "200 Door"},
        {"value": "999", "label": "999"},
        {"value": "1000", "label": "1000"},
        {"value": "1001", "label": "1001 Lobby"},
    ]


async def test_entry_that_is_not_loaded(hass: HomeAssistant) -> None:
    entry = await add_entry(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    result = await ask(hass, entry)
    _, selector = fields_of(result, "extensions")[CONF_CHOSEN_EXTENSIONS]
    assert selector.config["options"] == []
    chosen = {CONF_EXTENSIONS: "chosen", CONF_CHOSEN_EXTENSIONS: ["1004"]}
    await submit(hass, result, extensions=chosen)
    assert entry.options[CONF_CHOSEN_EXTENSIONS] == ["1004"]


async def test_over_home_assistants_own_api(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    entry = await add_entry(hass)
    for component in ("webhook", "config"):  # views are registered before the server starts
        assert await async_setup_component(hass, component, {})
    client = await hass_client()
    path = "/api/config/config_entries/options/flow"
    shown = await (await client.post(path, json={"handler": entry.entry_id})).json()
    sections = [(field["name"], field["expanded"]) for field in shown["data_schema"]]
    assert sections == [(name, name == "link") for name in FORMS]
    form: dict[str, Any] = {name: {} for name in FORMS}
    answer = await client.post(f"{path}/{shown['flow_id']}", json=form)
    assert (await answer.json())["type"] == "create_entry"
    assert entry.options == DEFAULTS
