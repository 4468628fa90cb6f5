"""A new entry in the config flow: what is asked, what is sent, what is kept."""

from typing import Any
from unittest.mock import patch

from homeassistant.const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SSL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
    CONF_WEBHOOK_ID,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ippbx.const import (
    CONF_CHOSEN_EXTENSIONS,
    CONF_DIALECT,
    CONF_EXTENSIONS,
    CONF_FINGERPRINT,
    CONF_OLD_TLS,
    DOMAIN,
)
from custom_components.ippbx.flows import check
from custom_components.ippbx.flows.forms import SECTION_MORE, connection_settings
from pbx_simulator import Simulator
from tests.flows.helpers import add, form_of, submit, suggested

from .conftest import PASSWORD, SERIAL, USERNAME, StartSimulator

pytestmark = pytest.mark.usefixtures("mock_setup_entry")


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_pbx_is_added(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    simulator = await start_simulator(dialect=dialect)
    result = await add(hass, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"]
    assert result["result"].unique_id == SERIAL
    webhook_id = result["data"].pop(CONF_WEBHOOK_ID)
    assert len(bytes.fromhex(webhook_id)) == 16
    assert result["data"] == {
        CONF_HOST: "127.0.0.1",
        CONF_PORT: simulator.port,
        CONF_SSL: False,
        CONF_VERIFY_SSL: False,
        CONF_USERNAME: USERNAME,
        CONF_PASSWORD: PASSWORD,
        CONF_DIALECT: dialect,
        CONF_OLD_TLS: False,
        CONF_FINGERPRINT: None,
    }
    assert result["options"] == {CONF_EXTENSIONS: "all"}
    assert (simulator.logins, simulator.failed_logins) == (1, 0)
    assert not simulator.token_alive


@pytest.mark.parametrize("elsewhere", [True, False], ids=["elsewhere", "one host"])
async def test_second_pbx_of_a_model_bears_its_place(
    hass: HomeAssistant, start_simulator: StartSimulator, elsewhere: bool
) -> None:
    """Its host, and the port of a host that has several."""
    first = await add(hass, form_of(await start_simulator()))
    if elsewhere:
        moved = {**first["result"].data, CONF_HOST: "192.0.2.1"}
        hass.config_entries.async_update_entry(first["result"], data=moved)
    other = await start_simulator(serial="SIM0000000002")
    second = await add(hass, form_of(other))
    place = "127.0.0.1" if elsewhere else f"127.0.0.1:{other.port}"
    assert (first["title"], second["title"]) == ("OpenVox UC300", f"OpenVox UC300 ({place})")


async def test_login_registers_the_address_of_the_later_entry(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    result = await add(hass, form_of(simulator))
    login = next(request for request in simulator.requests if request.endpoint == "login")
    port = str(hass.http.server_port)
    path = f"/api/webhook/{result['data'][CONF_WEBHOOK_ID]}"
    assert login.params["port"] == port
    assert login.params["url"] == f"127.0.0.1:{port}{path}"
    assert str(login.params["urltag"]) == "1"


async def test_over_home_assistants_own_api(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    for component in ("webhook", "config"):  # views are registered before the server starts
        assert await async_setup_component(hass, component, {})
    client = await hass_client()
    answer = await client.post("/api/config/config_entries/flow", json={"handler": DOMAIN})
    shown = await answer.json()
    assert [field["name"] for field in shown["data_schema"]] == [
        CONF_HOST,
        CONF_PORT,
        CONF_SSL,
        CONF_VERIFY_SSL,
        CONF_USERNAME,
        CONF_PASSWORD,
        SECTION_MORE,
    ]
    form = form_of(simulator)
    del form[CONF_SSL], form[CONF_VERIFY_SSL]
    answer = await client.post(f"/api/config/config_entries/flow/{shown['flow_id']}", json=form)
    assert (await answer.json())["type"] == "create_entry"


async def test_empty_port_is_found(hass: HomeAssistant, simulator: Simulator) -> None:
    closed = simulator.port - 1 if simulator.port > 1024 else simulator.port + 1
    with patch.object(check, "_usual_ports", return_value=(closed, simulator.port)):
        form = form_of(simulator)
        del form[CONF_PORT]
        result = await add(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_PORT] == simulator.port


async def test_empty_port_shows_the_error_of_the_port_that_answered(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.knobs.api_running = False
    closed = simulator.port - 1
    with patch.object(check, "_usual_ports", return_value=(closed, simulator.port)):
        form = form_of(simulator)
        del form[CONF_PORT]
        result = await add(hass, form)
    assert result["errors"] == {"base": "api_disabled"}


async def test_empty_port_is_that_of_a_chosen_dialect(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    form = form_of(simulator, **{SECTION_MORE: {CONF_DIALECT: "yeastar-v2"}})
    del form[CONF_PORT]
    with patch.object(check, "async_detect", side_effect=RuntimeError) as detect:
        result = await add(hass, form)
    assert detect.call_args.args[1][CONF_PORT] == 8088
    assert result["errors"] == {"base": "unknown"}


@pytest.mark.parametrize("pasted", ["http://127.0.0.1:{}/", "127.0.0.1:{}", " 127.0.0.1:{}/api "])
async def test_pasted_address_is_split(
    hass: HomeAssistant, simulator: Simulator, pasted: str
) -> None:
    form = form_of(simulator, **{CONF_HOST: pasted.format(simulator.port), CONF_PORT: 1})
    result = await add(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_HOST] == "127.0.0.1"
    assert result["data"][CONF_PORT] == simulator.port


@pytest.mark.parametrize("host", ["pbx_1.lan", "fd12::9", "[fe80::9%eth0]", "büro.lan"])
async def test_hosts_of_local_networks(
    socket_enabled: None, simulator: Simulator, host: str
) -> None:
    settings = connection_settings(form_of(simulator, **{CONF_HOST: host}))
    assert settings[CONF_HOST] == host.strip("[]")


async def test_pasted_address_without_a_port(hass: HomeAssistant, simulator: Simulator) -> None:
    result = await add(hass, form_of(simulator, **{CONF_HOST: "http://127.0.0.1/"}))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_PORT] == simulator.port


async def test_pasted_address_of_a_pbx_in_the_cloud(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    """It has the port of HTTPS, which no address of a web page names."""
    simulator = await start_simulator(dialect="yeastar-v2", tls=True)
    closed = simulator.port - 1
    with (
        patch.object(check, "_usual_ports", return_value=(closed,)),
        patch.object(check, "HTTPS_PORT", simulator.port),
    ):
        form = form_of(simulator, **{CONF_HOST: "https://127.0.0.1/", CONF_SSL: False})
        del form[CONF_PORT]
        result = await add(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (result["data"][CONF_PORT], result["data"][CONF_SSL]) == (simulator.port, True)


async def test_pasted_https_means_tls(hass: HomeAssistant, simulator: Simulator) -> None:
    form = form_of(simulator, **{CONF_HOST: f"https://127.0.0.1:{simulator.port}"})
    result = await add(hass, form)
    assert result["errors"] == {"base": "wrong_scheme"}
    shown = suggested(result)
    assert (shown[CONF_HOST], shown[CONF_SSL]) == ("127.0.0.1", True)
    result = await submit(hass, result, {**form_of(simulator), CONF_HOST: shown[CONF_HOST]})
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a pbx",
        "ftp://pbx",
        "http://",
        "http://a b/",
        "pbx:70000",
        "pbx:port",
        "/api",
        "a" * 254,
        "x..y",
        "fe80::1%\r\nX-Evil: 1",
        "[fe80::1%a b]:8088",
        pytest.param(f"fe80::1%{'a' * 5000}", id="endless zone"),
        "pbx%eth0",
    ],
)
async def test_invalid_host(hass: HomeAssistant, simulator: Simulator, host: str) -> None:
    result = await add(hass, form_of(simulator, **{CONF_HOST: host}))
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {CONF_HOST: "invalid_host"}
    assert not simulator.requests
    result = await submit(hass, result, form_of(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY


# Extensions


async def test_many_extensions_are_asked_for(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(extensions=51, first_extension=2000)
    result = await add(hass, form_of(simulator))
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "extensions"
    assert result["description_placeholders"] is not None
    assert result["description_placeholders"]["count"] == "51"
    assert CONF_CHOSEN_EXTENSIONS not in suggested(result)  # nobody has to remove fifty of them
    result = await submit(hass, result, {})
    assert result["errors"] == {CONF_CHOSEN_EXTENSIONS: "no_extension"}
    result = await submit(hass, result, {CONF_CHOSEN_EXTENSIONS: ["2003", "2050"]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["options"] == {
        CONF_EXTENSIONS: "chosen",
        CONF_CHOSEN_EXTENSIONS: ["2003", "2050"],
    }


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ({CONF_EXTENSIONS: "all"}, {CONF_EXTENSIONS: "all"}),
        ({CONF_EXTENSIONS: "none"}, {CONF_EXTENSIONS: "none"}),
        (
            {CONF_EXTENSIONS: "none", CONF_CHOSEN_EXTENSIONS: ["1001"]},
            {CONF_EXTENSIONS: "none"},
        ),
    ],
)
async def test_choice_among_few_extensions(
    hass: HomeAssistant, simulator: Simulator, form: dict[str, Any], options: dict[str, Any]
) -> None:
    result = await add(hass, form_of(simulator, **{SECTION_MORE: {CONF_EXTENSIONS: "chosen"}}))
    assert result["step_id"] == "extensions"
    result = await submit(hass, result, form)
    assert result["options"] == options


async def test_no_extensions_wanted(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    simulator = await start_simulator(extensions=60)
    result = await add(hass, form_of(simulator, **{SECTION_MORE: {CONF_EXTENSIONS: "none"}}))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["options"] == {CONF_EXTENSIONS: "none"}
