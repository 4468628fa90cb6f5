"""The config flow where an entry exists: known PBXes, new credentials, another connection."""

from typing import Any
from unittest.mock import AsyncMock, MagicMock, patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SSL,
    CONF_USERNAME,
    CONF_WEBHOOK_ID,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.ippbx.const import (
    CHANNEL_LISTENER,
    CONF_CHANNEL,
    CONF_DIALECT,
    CONF_EXTENSIONS,
    CONF_FINGERPRINT,
    CONF_OLD_TLS,
    DOMAIN,
)
from custom_components.ippbx.flows import check
from custom_components.ippbx.flows.forms import CONF_ACCEPT_CERTIFICATE, SECTION_MORE
from custom_components.ippbx.pbx.net.login_guard import REFUSALS
from custom_components.ippbx.pbx.net.tls import fetch_fingerprint
from pbx_simulator import Simulator
from tests.conftest import PASSWORD, USERNAME, WEBHOOK_ID, StartSimulator, add_entry

from .helpers import add, form_of, submit, suggested

pytestmark = pytest.mark.usefixtures("mock_setup_entry")


async def test_known_address_is_left_alone(hass: HomeAssistant, simulator: Simulator) -> None:
    add_entry(hass, simulator)
    result = await add(hass, form_of(simulator))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert not simulator.requests


async def test_known_address_with_the_port_found(hass: HomeAssistant, simulator: Simulator) -> None:
    add_entry(hass, simulator)
    form = form_of(simulator)
    del form[CONF_PORT]
    with patch.object(check, "_usual_ports", return_value=(simulator.port,)):
        result = await add(hass, form)
    assert result["reason"] == "already_configured"
    assert simulator.logins == 0


async def test_known_pbx_at_another_address_gets_its_reports_back(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = add_entry(hass, simulator, **{CONF_HOST: "pbx.example"})
    assert await hass.config_entries.async_setup(entry.entry_id)
    entry.runtime_data = MagicMock()
    result = await add(hass, form_of(simulator))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert entry.data[CONF_HOST] == "pbx.example"
    entry.runtime_data.link.async_heartbeat_soon.assert_called_once_with()


async def test_pbx_added_while_extensions_are_chosen(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(extensions=51)
    first = await add(hass, form_of(simulator))
    second = await add(hass, form_of(simulator))
    assert first["step_id"] == second["step_id"] == "extensions"
    first = await submit(hass, first, {CONF_EXTENSIONS: "none"})
    assert first["type"] is FlowResultType.CREATE_ENTRY
    assert not hass.config_entries.flow.async_progress()
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_two_pbxs(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    first = await start_simulator(serial="SIM0000000001")
    second = await start_simulator(serial="SIM0000000002")
    for simulator in (first, second):
        result = await add(hass, form_of(simulator))
        assert result["type"] is FlowResultType.CREATE_ENTRY
    assert {entry.unique_id for entry in hass.config_entries.async_entries(DOMAIN)} == {
        "SIM0000000001",
        "SIM0000000002",
    }


# New credentials


async def test_reauth_begins_with_a_form_and_sends_nothing(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = add_entry(hass, simulator, **{CONF_PASSWORD: "old"})
    result = await entry.start_reauth_flow(hass)
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "reauth_confirm"
    assert suggested(result) == {CONF_USERNAME: USERNAME}
    assert not simulator.requests


async def test_reauth(
    hass: HomeAssistant, simulator: Simulator, mock_setup_entry: AsyncMock
) -> None:
    entry = add_entry(hass, simulator, options={CONF_EXTENSIONS: "none"}, **{CONF_PASSWORD: "old"})
    result = await entry.start_reauth_flow(hass)
    wrong = {CONF_USERNAME: USERNAME, CONF_PASSWORD: "wrong"}
    result = await submit(hass, result, wrong)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "invalid_auth"}
    assert entry.data[CONF_PASSWORD] == "old"
    result = await submit(hass, result, {CONF_USERNAME: USERNAME, CONF_PASSWORD: PASSWORD})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert entry.data[CONF_PASSWORD] == PASSWORD
    assert entry.data[CONF_WEBHOOK_ID] == WEBHOOK_ID
    assert entry.options == {CONF_EXTENSIONS: "none"}
    assert len(mock_setup_entry.mock_calls) == 1
    assert (simulator.logins, simulator.failed_logins) == (1, 1)
    login = [request for request in simulator.requests if request.endpoint == "login"][-1]
    assert login.params["url"].endswith(f"/api/webhook/{WEBHOOK_ID}")


async def test_reauth_accepts_a_name_that_was_pasted_with_a_blank(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = add_entry(hass, simulator, **{CONF_PASSWORD: "old"})
    result = await entry.start_reauth_flow(hass)
    pasted = {CONF_USERNAME: f" {USERNAME} ", CONF_PASSWORD: PASSWORD}
    result = await submit(hass, result, pasted)
    assert result["reason"] == "reauth_successful"
    assert entry.data[CONF_USERNAME] == USERNAME
    assert simulator.failed_logins == 0


async def test_reauth_repeats_refused_credentials_only_a_few_times(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    entry = add_entry(hass, simulator)
    result = await entry.start_reauth_flow(hass)
    for _ in range(8):
        form = {CONF_USERNAME: USERNAME, CONF_PASSWORD: "wrong"}
        result = await submit(hass, result, form)
    assert result["errors"] == {"base": "too_many_attempts"}
    assert simulator.failed_logins == REFUSALS


async def test_reauth_at_another_pbx(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    simulator = await start_simulator(serial="SIM0000000002")
    entry = add_entry(hass, simulator, unique_id="SIM0000000001", **{CONF_PASSWORD: "old"})
    result = await entry.start_reauth_flow(hass)
    result = await submit(hass, result, {CONF_USERNAME: USERNAME, CONF_PASSWORD: PASSWORD})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "unique_id_mismatch"
    assert entry.data[CONF_PASSWORD] == "old"


async def test_reauth_does_not_trust_another_certificate(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(tls=True)
    entry = add_entry(hass, simulator, **{CONF_FINGERPRINT: "0" * 64})
    result = await entry.start_reauth_flow(hass)
    result = await submit(hass, result, {CONF_USERNAME: USERNAME, CONF_PASSWORD: PASSWORD})
    assert result["errors"] == {"base": "certificate_changed"}
    assert not simulator.requests


# Another connection


async def test_reconfigure(
    hass: HomeAssistant, start_simulator: StartSimulator, mock_setup_entry: AsyncMock
) -> None:
    before = await start_simulator()
    after = await start_simulator(tls=True)
    kept = {"report_address": {"port": "8300"}}
    entry = add_entry(hass, before, options={CONF_EXTENSIONS: "none"}, **kept)
    result = await entry.start_reconfigure_flow(hass)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "reconfigure"
    shown = suggested(result)
    assert shown[CONF_PORT] == before.port
    assert CONF_PASSWORD not in shown
    result = await submit(hass, result, form_of(after, **{CONF_SSL: False}))
    assert result["errors"] == {"base": "wrong_scheme"}
    assert entry.data[CONF_PORT] == before.port
    result = await submit(hass, result, form_of(after))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == {
        **kept,
        **form_of(after),
        CONF_DIALECT: "openvox",
        CONF_OLD_TLS: False,
        CONF_FINGERPRINT: await fetch_fingerprint("127.0.0.1", after.port),
        CONF_WEBHOOK_ID: WEBHOOK_ID,
    }
    assert entry.options == {CONF_EXTENSIONS: "none"}
    assert len(mock_setup_entry.mock_calls) == 1
    assert (before.logins, after.logins) == (0, 1)


@pytest.mark.parametrize("empty", [{}, {CONF_PASSWORD: ""}], ids=["left out", "blank"])
async def test_reconfigure_without_a_password_keeps_it(
    hass: HomeAssistant, simulator: Simulator, empty: dict[str, str]
) -> None:
    entry = add_entry(hass, simulator)
    result = await entry.start_reconfigure_flow(hass)
    form = form_of(simulator)
    del form[CONF_PASSWORD]
    result = await submit(hass, result, form | empty)
    assert result["reason"] == "reconfigure_successful"
    assert entry.data[CONF_PASSWORD] == PASSWORD
    assert simulator.logins == 1


async def test_a_stored_password_goes_to_no_other_host(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = add_entry(hass, simulator, **{CONF_HOST: "pbx.example"})
    result = await entry.start_reconfigure_flow(hass)
    form = form_of(simulator)
    del form[CONF_PASSWORD]
    result = await submit(hass, result, form)
    assert result["errors"] == {CONF_PASSWORD: "password_for_another_host"}
    assert not simulator.requests
    result = await submit(hass, result, form_of(simulator))
    assert result["reason"] == "reconfigure_successful"


@pytest.mark.parametrize("flow", ["reauth", "reconfigure"])
async def test_what_changes_while_a_form_logs_in_stays(
    hass: HomeAssistant, simulator: Simulator, flow: str
) -> None:
    """The channel that works is found, or an administrator sets the report address."""
    entry = add_entry(hass, simulator, **{CONF_PASSWORD: "old"})

    async def log_in(*args: Any, **kwargs: Any) -> check.CheckedPbx:
        data = {**entry.data, CONF_CHANNEL: CHANNEL_LISTENER}
        hass.config_entries.async_update_entry(entry, data=data)
        return await check.async_log_in(*args, **kwargs)

    form = form_of(simulator)
    if flow == "reauth":
        result = await entry.start_reauth_flow(hass)
        form = {key: form[key] for key in (CONF_USERNAME, CONF_PASSWORD)}
    else:
        result = await entry.start_reconfigure_flow(hass)
    with patch("custom_components.ippbx.config_flow.async_log_in", log_in):
        result = await submit(hass, result, form)
    assert result["reason"] == f"{flow}_successful"
    assert entry.data[CONF_PASSWORD] == PASSWORD
    assert entry.data[CONF_CHANNEL] == CHANNEL_LISTENER


async def test_reconfigure_changes_the_dialect(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(dialect="yeastar-v2")
    entry = add_entry(hass, simulator, **{CONF_DIALECT: "yeastar-v1"})
    result = await entry.start_reconfigure_flow(hass)
    automatic = {SECTION_MORE: {CONF_DIALECT: "automatic"}}
    result = await submit(hass, result, form_of(simulator, **automatic))
    assert result["reason"] == "reconfigure_successful"
    assert entry.data[CONF_DIALECT] == "yeastar-v2"


async def test_reconfigure_to_another_pbx(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    first = await start_simulator(serial="SIM0000000001")
    second = await start_simulator(serial="SIM0000000002")
    entry = add_entry(hass, first)
    robbed = add_entry(hass, second)
    await hass.config_entries.async_setup(robbed.entry_id)
    robbed.runtime_data = MagicMock()
    result = await entry.start_reconfigure_flow(hass)
    result = await submit(hass, result, form_of(second))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "unique_id_mismatch"
    assert entry.data[CONF_PORT] == first.port
    robbed.runtime_data.link.async_heartbeat_soon.assert_called_once_with()


async def test_reconfigure_without_a_port_does_not_trust_a_new_certificate(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(tls=True)
    entry = add_entry(hass, simulator, **{CONF_FINGERPRINT: "0" * 64})
    result = await entry.start_reconfigure_flow(hass)
    form = form_of(simulator)
    del form[CONF_PORT]
    with patch.object(check, "_usual_ports", return_value=(simulator.port,)):
        result = await submit(hass, result, form)
    assert result["errors"] == {"base": "certificate_changed"}
    assert not simulator.requests


async def test_reconfigure_asks_before_it_trusts_a_new_certificate(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(tls=True)
    entry = add_entry(hass, simulator, **{CONF_FINGERPRINT: "0" * 64})
    result = await entry.start_reconfigure_flow(hass)
    assert CONF_ACCEPT_CERTIFICATE not in result["data_schema"].schema
    result = await submit(hass, result, form_of(simulator))
    assert result["errors"] == {"base": "certificate_changed"}
    assert CONF_ACCEPT_CERTIFICATE in result["data_schema"].schema
    assert not simulator.requests
    result = await submit(hass, result, form_of(simulator, **{CONF_ACCEPT_CERTIFICATE: True}))
    assert result["reason"] == "reconfigure_successful"
    assert entry.data[CONF_FINGERPRINT] == await fetch_fingerprint("127.0.0.1", simulator.port)
    assert CONF_ACCEPT_CERTIFICATE not in entry.data
