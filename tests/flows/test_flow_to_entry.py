"""From the flow to a loaded entry.

The requests to the PBX meanwhile, and where its reports go in the end.
"""

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ippbx.const import CONF_CHOSEN_EXTENSIONS, CONF_EXTENSIONS, DOMAIN
from pbx_simulator import Simulator
from tests.conftest import PASSWORD, USERNAME, StartSimulator, add_entry

from .helpers import form_of


async def load(hass: HomeAssistant, simulator: Simulator, **changes: object) -> MockConfigEntry:
    """Return a loaded entry."""
    entry = add_entry(hass, simulator, **changes)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    return entry


@pytest.mark.parametrize("tls", [False, True])
async def test_new_entry_loads(
    hass: HomeAssistant, start_simulator: StartSimulator, tls: bool
) -> None:
    simulator = await start_simulator(tls=tls)
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}, data=form_of(simulator)
    )
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.store.info.name == entry.title
    # The flow's session has ended, the entry's lives, and both registered the same address.
    assert (simulator.logins, simulator.failed_logins) == (2, 0)
    urls = {r.params["url"] for r in simulator.requests if r.endpoint in ("login", "heartbeat")}
    assert urls == {simulator.report_target.url}
    assert urls.pop().endswith(entry.data[CONF_WEBHOOK_ID])
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_same_pbx_by_another_name_leaves_the_reports_where_they_were(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await load(hass, simulator)
    before = simulator.report_target
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_HOST: "pbx.example"})
    result = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_USER},
        data=form_of(simulator),
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert simulator.logins == 2
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulator.report_target == before
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_changed_password_is_mended_without_a_lock_out(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = add_entry(hass, simulator, **{CONF_PASSWORD: "before"})
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.SETUP_ERROR
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["step_id"] == "reauth_confirm"
    assert simulator.failed_logins == 1
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {CONF_USERNAME: USERNAME, CONF_PASSWORD: PASSWORD}
    )
    await hass.async_block_till_done()
    assert result["reason"] == "reauth_successful"
    assert entry.state is ConfigEntryState.LOADED
    assert simulator.failed_logins == 1
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_reconfigure_moves_a_loaded_entry(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    before = await start_simulator()
    after = await start_simulator()
    entry = await load(hass, before)
    result = await entry.start_reconfigure_flow(hass)
    result = await hass.config_entries.flow.async_configure(result["flow_id"], form_of(after))
    await hass.async_block_till_done()
    assert result["reason"] == "reconfigure_successful"
    assert entry.state is ConfigEntryState.LOADED
    assert (before.token_alive, after.token_alive) == (False, True)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_options_offer_the_extensions_of_a_loaded_entry(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await load(hass, simulator)
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    result = await hass.config_entries.options.async_configure(
        menu["flow_id"], {"next_step_id": "extensions"}
    )
    schema = result["data_schema"].schema
    offered = [option["value"] for option in schema[CONF_CHOSEN_EXTENSIONS].config["options"]]
    assert offered == ["1000", "1001", "1002", "1003", "1004"]
    form = {CONF_EXTENSIONS: "chosen", CONF_CHOSEN_EXTENSIONS: ["1001"]}
    await hass.config_entries.options.async_configure(result["flow_id"], form)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert simulator.logins == 2  # loaded again
    assert await hass.config_entries.async_unload(entry.entry_id)
