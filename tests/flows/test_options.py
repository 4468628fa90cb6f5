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
    CONF_CONTROLS,
    CONF_DOOR_PHONES,
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
    CONF_PAGING_GROUPS,
    CONF_READ_ONLY,
    CONF_RECORDINGS,
    CONF_SHOW_CALLERS,
    CONF_VOICE,
    DOMAIN,
)
from custom_components.ippbx.flows.options import MENU
from custom_components.ippbx.pbx.errors import (
    PbxActionUnsupportedError,
    PbxError,
    PbxTimeoutError,
)

from .helpers import assert_translated, suggested

pytestmark = pytest.mark.usefixtures("loadable")

DEFAULTS = {
    "calls": {
        CONF_ALLOWED_NUMBERS: [],
        CONF_OUTSIDE_LIMIT: 10,
        CONF_MISSED_FOR: "group_members",
        CONF_READ_ONLY: False,
        CONF_ALLOW_LISTENING: False,
        CONF_VOICE: False,
    },
    "extensions": {
        CONF_EXTENSIONS: "all",
        CONF_CONTROLS: False,
        CONF_CHOSEN_EXTENSIONS: [],
        CONF_DOOR_PHONES: [],
        CONF_PAGING_GROUPS: [],
    },
    "privacy": {
        CONF_SHOW_CALLERS: True,
        CONF_CALL_LOG_SIZE: 1000,
        CONF_MASK_NUMBERS: False,
        CONF_RECORDINGS: False,
    },
    "reports": {
        CONF_CHANNEL: "automatic",
        CONF_LISTENER_PORT: 8260,
        CONF_EVENT_PORT: 8333,
        CONF_ADDRESS_MODE: "automatic",
        CONF_NETWORKS: [],
    },
    "link": {CONF_HEARTBEAT_INTERVAL: 60},
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


async def ask(hass: HomeAssistant, entry: MockConfigEntry, step: str) -> ConfigFlowResult:
    """Open the options, and choose a form in the menu."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    assert menu["type"] is FlowResultType.MENU
    assert menu["step_id"] == "init"
    assert menu["menu_options"] == MENU
    result = await hass.config_entries.options.async_configure(
        menu["flow_id"], {"next_step_id": step}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == step
    assert not result["errors"]
    return result


async def submit(
    hass: HomeAssistant, result: ConfigFlowResult, fields: dict[str, Any] | None = None
) -> ConfigFlowResult:
    """Submit a form; fields that are not given have their defaults."""
    result = await hass.config_entries.options.async_configure(result["flow_id"], fields or {})
    await hass.async_block_till_done()
    assert_translated(result, "options")
    return result


async def save(
    hass: HomeAssistant, entry: MockConfigEntry, step: str, fields: dict[str, Any] | None = None
) -> None:
    """Open a form, submit it, and assert that it was saved."""
    result = await submit(hass, await ask(hass, entry, step), fields)
    assert result["type"] is FlowResultType.CREATE_ENTRY


def selectors(result: ConfigFlowResult) -> dict[str, Any]:
    """Return the selectors of a form, by field."""
    assert result["data_schema"] is not None
    return {marker.schema: field for marker, field in result["data_schema"].schema.items()}


@pytest.mark.parametrize("step", DEFAULTS)
async def test_defaults(hass: HomeAssistant, mock_setup_entry: AsyncMock, step: str) -> None:
    entry = await add_entry(hass)
    await save(hass, entry, step)
    assert entry.options == DEFAULTS[step]
    assert len(mock_setup_entry.mock_calls) == 2  # what changed takes effect by a reload


async def test_a_form_leaves_the_options_of_the_others(hass: HomeAssistant) -> None:
    saved = {name: value for step in DEFAULTS for name, value in DEFAULTS[step].items()}
    entry = await add_entry(hass, options=saved)
    await save(hass, entry, "calls", {CONF_READ_ONLY: True})
    assert entry.options == saved | {CONF_READ_ONLY: True}
    await save(hass, entry, "link", {CONF_HEARTBEAT_INTERVAL: 30})
    assert entry.options == saved | {CONF_READ_ONLY: True, CONF_HEARTBEAT_INTERVAL: 30}


async def test_everything(hass: HomeAssistant) -> None:
    entry = await add_entry(hass)
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
    calls = {
        CONF_MISSED_FOR: "direct",
        CONF_READ_ONLY: True,
        CONF_ALLOWED_NUMBERS: ["+49 30 *", " 0301234567 ", "+49 30 *"],
        CONF_OUTSIDE_LIMIT: 3,
        CONF_ALLOW_LISTENING: True,
        CONF_VOICE: True,
    }
    extensions = {
        CONF_EXTENSIONS: "chosen",
        CONF_CHOSEN_EXTENSIONS: ["1000", " 7001 ", "1000"],
        CONF_CONTROLS: True,
        CONF_DOOR_PHONES: [" 1001", "200"],
        CONF_PAGING_GROUPS: ["6300 ", "6300"],
    }
    for step, fields in (("reports", reports), ("extensions", extensions), ("calls", calls)):
        await save(hass, entry, step, fields)
    kept_reports = {
        **reports,
        CONF_FIXED_HOST: "10.1.2.3",
        CONF_NETWORKS: ["10.1.2.3/32", "10.1.3.0/24", "2001:db8::/64"],
    }
    kept_extensions = {
        CONF_EXTENSIONS: "chosen",
        CONF_CHOSEN_EXTENSIONS: ["1000", "7001"],
        CONF_CONTROLS: True,
        CONF_DOOR_PHONES: ["1001", "200"],
        CONF_PAGING_GROUPS: ["6300"],
    }
    kept_calls = {**calls, CONF_ALLOWED_NUMBERS: ["+49 30 *", "0301234567"]}
    assert entry.options == {**kept_reports, **kept_extensions, **kept_calls}

    # What was chosen is what the form shows next time.
    assert suggested(await ask(hass, entry, "reports")) == kept_reports
    assert suggested(await ask(hass, entry, "extensions")) == kept_extensions
    assert suggested(await ask(hass, entry, "calls")) == kept_calls

    # A field that is cleared is gone.
    del reports[CONF_FIXED_URL], reports[CONF_FIXED_HOST], reports[CONF_NETWORKS]
    del calls[CONF_ALLOWED_NUMBERS]
    await save(hass, entry, "reports", reports)
    await save(hass, entry, "calls", calls)
    assert CONF_FIXED_URL not in entry.options
    assert CONF_FIXED_HOST not in entry.options
    assert entry.options[CONF_NETWORKS] == []
    assert entry.options[CONF_ALLOWED_NUMBERS] == []


@pytest.mark.parametrize(
    ("step", "field"), [("link", CONF_HEARTBEAT_INTERVAL), ("reports", CONF_LISTENER_PORT)]
)
async def test_numbers_are_whole(hass: HomeAssistant, step: str, field: str) -> None:
    entry = await add_entry(hass)
    await save(hass, entry, step, {field: 345.0})
    assert (type(entry.options[field]), entry.options[field]) == (int, 345)


@pytest.mark.parametrize(
    ("step", "field", "value"),
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
async def test_out_of_range(hass: HomeAssistant, step: str, field: str, value: object) -> None:
    entry = await add_entry(hass)
    result = await ask(hass, entry, step)
    with pytest.raises(InvalidData):
        await submit(hass, result, {field: value})
    assert entry.options == {}


@pytest.mark.parametrize(
    ("step", "fields", "field", "error"),
    [
        ("reports", {CONF_NETWORKS: ["10.1.2.0/33"]}, CONF_NETWORKS, "invalid_network"),
        ("reports", {CONF_NETWORKS: ["10.1.2.3", "the lobby"]}, CONF_NETWORKS, "invalid_network"),
        ("reports", {CONF_ADDRESS_MODE: "fixed"}, CONF_ADDRESS_MODE, "fixed_address_empty"),
        ("reports", {CONF_FIXED_HOST: "http://10.1.2.3"}, CONF_FIXED_HOST, "invalid_fixed_host"),
        (
            "reports",
            {CONF_FIXED_HOST: "10.1.2.3 "[:-1] + " x"},
            CONF_FIXED_HOST,
            "invalid_fixed_host",
        ),
        (
            "reports",
            {CONF_FIXED_HOST: "fe80::1%\r\nX-Evil: 1"},
            CONF_FIXED_HOST,
            "invalid_fixed_host",
        ),
        ("reports", {CONF_FIXED_HOST: "ha_1.lan"}, CONF_FIXED_HOST, "invalid_fixed_host"),
        ("reports", {CONF_FIXED_URL: f"10.1.2.3/{'x' * 255}"}, CONF_FIXED_URL, "url_too_long"),
        ("reports", {CONF_FIXED_URL: "http://10.1.2.3/x"}, CONF_FIXED_URL, "url_with_scheme"),
        ("reports", {CONF_FIXED_URL: "10.1.2.3/a b"}, CONF_FIXED_URL, "url_with_spaces"),
        ("reports", {CONF_FIXED_URL: "10.1.2.3:8123"}, CONF_FIXED_URL, "url_without_path"),
        (
            "reports",
            {CONF_ADDRESS_MODE: "fixed", CONF_FIXED_URL: "/"},
            CONF_CHANNEL,
            "root_needs_listener",
        ),
        ("extensions", {CONF_EXTENSIONS: "chosen"}, CONF_CHOSEN_EXTENSIONS, "no_extension"),
        (
            "extensions",
            {CONF_DOOR_PHONES: ["10 00"]},
            CONF_DOOR_PHONES,
            "invalid_extension",
        ),
        (
            "extensions",
            {CONF_CHOSEN_EXTENSIONS: ["10 00"]},
            CONF_CHOSEN_EXTENSIONS,
            "invalid_extension",
        ),
        (
            "extensions",
            {CONF_CHOSEN_EXTENSIONS: [" "]},
            CONF_CHOSEN_EXTENSIONS,
            "invalid_extension",
        ),
        (
            "extensions",
            {CONF_CHOSEN_EXTENSIONS: ["1" * 33]},
            CONF_CHOSEN_EXTENSIONS,
            "invalid_extension",
        ),
        (
            "calls",
            {CONF_ALLOWED_NUMBERS: ["030*", "home"]},
            CONF_ALLOWED_NUMBERS,
            "invalid_allowed_number",
        ),
        ("calls", {CONF_ALLOWED_NUMBERS: [" "]}, CONF_ALLOWED_NUMBERS, "invalid_allowed_number"),
    ],
)
async def test_refused_and_mended(
    hass: HomeAssistant, step: str, fields: dict[str, Any], field: str, error: str
) -> None:
    entry = await add_entry(hass)
    result = await submit(hass, await ask(hass, entry, step), fields)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {field: error}
    assert field in selectors(result)
    assert suggested(result).items() >= fields.items()  # nobody types it again
    assert entry.options == {}
    result = await submit(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == DEFAULTS[step]


@pytest.mark.parametrize(
    ("fields", "field", "error", "numbers"),
    [
        ({CONF_DOOR_PHONES: ["1001", "8000", " 8001"]}, CONF_DOOR_PHONES, "extension_unknown",
         "8000, 8001"),
        ({CONF_PAGING_GROUPS: ["6300", "1001"]}, CONF_PAGING_GROUPS, "paging_group_unknown",
         "1001"),
    ],
)  # fmt: skip
async def test_what_the_pbx_has_not(
    hass: HomeAssistant, fields: dict[str, Any], field: str, error: str, numbers: str
) -> None:
    """It is named, unless it was saved when the PBX still had it, or could not be asked."""
    entry = await add_entry(hass)
    result = await submit(hass, await ask(hass, entry, "extensions"), fields)
    assert result["errors"] == {field: error}
    assert result["description_placeholders"] == {"numbers": numbers}
    assert suggested(result).items() >= fields.items()
    assert entry.options == {}
    saved = [number.strip() for number in fields[field]]
    await hass.config_entries.options.async_configure(result["flow_id"], {})
    hass.config_entries.async_update_entry(entry, options={**entry.options, field: saved})
    await save(hass, entry, "extensions", {field: saved})
    assert entry.options[field] == saved


@pytest.mark.parametrize(
    ("reason", "saved"),
    [(PbxActionUnsupportedError("list_paging_groups"), False), (PbxTimeoutError("late"), True)],
)
async def test_a_pbx_that_cannot_be_asked(
    hass: HomeAssistant, reason: PbxError, saved: bool
) -> None:
    """What no PBX of its type lists could never be played to; one that is away may have it."""
    entry = await add_entry(hass)
    entry.runtime_data.backend.control.paging_groups.side_effect = reason
    entry.runtime_data.store.extensions.clear()
    fields = {CONF_DOOR_PHONES: ["8000"], CONF_PAGING_GROUPS: ["6300"]}
    result = await submit(hass, await ask(hass, entry, "extensions"), fields)
    assert (result["type"] is FlowResultType.CREATE_ENTRY) is saved
    if not saved:
        assert result["errors"] == {CONF_PAGING_GROUPS: "paging_group_unknown"}


async def test_port_of_home_assistant(hass: HomeAssistant) -> None:
    entry = await add_entry(hass)
    taken = {CONF_LISTENER_PORT: hass.http.server_port}
    result = await submit(hass, await ask(hass, entry, "reports"), taken)
    assert result["errors"] == {CONF_LISTENER_PORT: "listener_port_taken"}


async def test_one_root_for_one_source(hass: HomeAssistant) -> None:
    root = {
        CONF_CHANNEL: "listener",
        CONF_ADDRESS_MODE: "fixed",
        CONF_FIXED_HOST: "10.1.2.3",
        CONF_FIXED_URL: "/",
    }
    first = await add_entry(hass)
    await save(hass, first, "reports", root)
    assert first.options[CONF_FIXED_URL] == ""
    assert suggested(await ask(hass, first, "reports"))[CONF_FIXED_URL] == "/"

    second = await add_entry(hass)
    result = await submit(hass, await ask(hass, second, "reports"), root)
    assert result["errors"] == {CONF_LISTENER_PORT: "root_taken"}
    assert second.options == {}
    result = await submit(hass, result, {**root, CONF_LISTENER_PORT: 8261})
    assert result["type"] is FlowResultType.CREATE_ENTRY

    other_source = await add_entry(hass, host="192.0.2.6")
    await save(hass, other_source, "reports", root)

    # The same entry may be saved again.
    await save(hass, first, "reports", root)


async def test_extensions_to_choose_from(hass: HomeAssistant) -> None:
    entry = await add_entry(hass, options={CONF_CHOSEN_EXTENSIONS: ["1000", "999"]})
    result = await ask(hass, entry, "extensions")
    selector = selectors(result)[CONF_CHOSEN_EXTENSIONS]
    assert selector.config["options"] == [
        {"value": "200", "label": "200 Door"},
        {"value": "999", "label": "999"},
        {"value": "1000", "label": "1000"},
        {"value": "1001", "label": "1001 Lobby"},
    ]


async def test_entry_that_is_not_loaded(hass: HomeAssistant) -> None:
    entry = await add_entry(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    result = await ask(hass, entry, "extensions")
    selector = selectors(result)[CONF_CHOSEN_EXTENSIONS]
    assert selector.config["options"] == []
    chosen = {CONF_EXTENSIONS: "chosen", CONF_CHOSEN_EXTENSIONS: ["1004"]}
    await submit(hass, result, chosen)
    assert entry.options[CONF_CHOSEN_EXTENSIONS] == ["1004"]


async def test_over_home_assistants_own_api(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    entry = await add_entry(hass)
    for component in ("webhook", "config"):  # views are registered before the server starts
        assert await async_setup_component(hass, component, {})
    client = await hass_client()
    path = "/api/config/config_entries/options/flow"
    menu = await (await client.post(path, json={"handler": entry.entry_id})).json()
    assert (menu["type"], menu["menu_options"]) == ("menu", list(MENU))
    chosen = await client.post(f"{path}/{menu['flow_id']}", json={"next_step_id": "calls"})
    assert [field["name"] for field in (await chosen.json())["data_schema"]] == [*DEFAULTS["calls"]]
    answer = await client.post(f"{path}/{menu['flow_id']}", json={})
    assert (await answer.json())["type"] == "create_entry"
    assert entry.options == DEFAULTS["calls"]
