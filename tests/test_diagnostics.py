"""What the diagnostics show, and what they hide."""

from dataclasses import replace
from datetime import datetime
import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ippbx.const import (
    CHANNEL_LISTENER,
    CONF_ALLOWED_NUMBERS,
    CONF_CHANNEL,
    CONF_CHOSEN_EXTENSIONS,
    CONF_DOOR_PHONES,
    CONF_FIXED_HOST,
    CONF_FIXED_URL,
    CONF_FOLLOW_CONTACTS,
    CONF_LISTENER_PORT,
    CONF_NETWORKS,
    CONF_PAGING_GROUPS,
)
from custom_components.ippbx.diagnostics import async_get_config_entry_diagnostics
from custom_components.ippbx.flows.option_forms import FORMS
from custom_components.ippbx.issues.registry import REPORTS_CHANNEL_CHOSEN
from custom_components.ippbx.link.create import async_create_session, create_backend
from custom_components.ippbx.pbx.errors import PbxBusyError
from custom_components.ippbx.pbx.net.login_guard import LoginGuard
from custom_components.ippbx.pbx.trace.trace import Trace
from custom_components.ippbx.pbx.uc.dialects import Endpoint
from custom_components.ippbx.runtime import PbxRuntime
from pbx_simulator import Simulator
from tests.reports.raw_requests import post, status_report

from .conftest import PASSWORD, SERIAL, USERNAME, WEBHOOK_ID, StartSimulator, add_entry
from .house import House, move_in
from .live import entity_id, free_port, load, serve, wait_for_state
from .secrets import betrays
from .time_travel import TimeTraveller

SETTINGS = Endpoint(path="extension/query", answers=("extinfos",), fixed=(("number", "all"),))


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_no_secret_no_name_no_number(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    hass_client: ClientSessionGenerator,
    dialect: str,
) -> None:
    simulator = await start_simulator(dialect=dialect, first_extension=71213)
    await serve(hass)
    await simulator.rename_extension("71214", "Persephone")
    entry = add_entry(hass, simulator)
    runtime = await load(hass, entry)
    await runtime.backend._query(lambda _: SETTINGS)  # holds the passwords of all phones
    call = await simulator.calls.inbound("trunk-1", caller="+4930555817", did="4930120")
    await simulator.settle()
    await simulator.set_extension_status("71214", "ringing")
    await wait_for_state(hass, entity_id(hass, "sensor", f"{SERIAL}_ext_71214_status"), "ringing")
    del call

    assert await async_setup_component(hass, "diagnostics", {})
    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    text = json.dumps(found)

    secrets = {str(r.raw_head.partition(b"token=")[2][:32], "ascii") for r in simulator.requests}
    for hidden in (
        PASSWORD,
        USERNAME,
        WEBHOOK_ID,
        SERIAL,
        "71214",
        "4930555817",
        "555817",
        "Persephone",
        "127.0.0.1",
        *(secret for secret in secrets if len(secret) == 32),
    ):
        assert not betrays(text, hidden), hidden
    assert found["reports"]["arriving"] == "proven"
    assert found["reports"]["accepted"]["ExtensionStatusReport"] >= 1
    assert found["trace"]["dialect"] == dialect
    assert found["link"]["report_transport"] == ("push" if dialect == "yeastar-v2" else None)
    assert "hang_up" in found["pbx"]["offers"]
    assert ("download_records" in found["pbx"]["offers"]) == (dialect != "openvox")
    advice = "30.11.0.7" if dialect == "yeastar-v1" else None
    assert found["pbx"]["update_firmware_to"] == advice
    assert any(item["direction"] == "report" for item in found["trace"]["entries"])


async def test_what_is_counted(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
) -> None:
    """Beats, outages and logins, and how long ago the last of each was."""
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(130)
    link = (await async_get_config_entry_diagnostics(hass, house.entry))["link"]
    assert (link["up"], link["down_for"], link["failures"]) == (True, None, {})
    assert link["heartbeats"] == 3
    assert 0 < link["last_heartbeat_age"] < 60

    simulator.knobs.wrong_errno = {"*": "30001"}
    await traveller.travel(70)
    link = (await async_get_config_entry_diagnostics(hass, house.entry))["link"]
    assert not link["up"]
    assert 0 < link["down_for"] < 70
    assert link["failures"]["PbxBusyError"] > 1

    simulator.knobs.wrong_errno = {}
    await traveller.travel(120, until=lambda: house.runtime.link.up)
    link = (await async_get_config_entry_diagnostics(hass, house.entry))["link"]
    assert (link["down_for"], link["logins"]) == (None, 1)  # the token lived on


async def test_a_name_that_a_user_gave_the_pbx_is_left_out(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await move_in(hass, simulator, traveller)
    assert (await facts(house, "pbx"))["info"]["name"]

    house.runtime.store.set_info(replace(house.runtime.store.info, name="Persephone's PBX"))

    assert (await facts(house, "pbx"))["info"]["name"] is None


async def test_reports_are_counted_by_kind_and_by_why_they_do_not_count(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    house = await move_in(hass, simulator, traveller)
    port = house.runtime.channel.port
    before = await facts(house, "reports")
    assert (before["arriving"], before["last_report"], before["last_report_age"]) == (
        "unproven",
        None,
        None,
    )
    await post(port, status_report("1001", "Busy"))
    await post(port, status_report("1001", "Idle"))
    await post(port, b'{"action":"BootUp"}')
    await traveller.travel(20)
    await post(port, b"not a report")
    for _ in range(2):
        await post(port, status_report("1001", sn="ANOTHER000001"))
    await post(port, status_report("1001"), source="127.0.0.2")
    await traveller.rest()

    found = await facts(house, "reports")
    shown, age = found.pop("last_report"), found.pop("last_report_age")
    assert datetime.fromisoformat(shown) == house.runtime.receiver.last_report
    assert age == 20
    assert found == {
        "channel": "webhook",
        "channel_reason": "default",
        "port": port,
        "address_origin": "automatic",
        "urltag": "1",
        "arriving": "proven",
        "accepted": {"ExtensionStatusReport": 2, "BootUpReport": 1},
        "rejected": {"malformed": 1, "serial": 2, "source": 1},
        "listener": {},
        "stream": {},
        "unmonitored_extensions": 0,
        "unmonitored_trunks": 0,
        "corrections": 0,
    }


async def test_what_reads_had_to_correct(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    """Two changes without a report, and the problem is named."""
    options = {CONF_CHANNEL: CHANNEL_LISTENER, CONF_LISTENER_PORT: free_port()}
    house = await move_in(hass, simulator, traveller, options=options)
    await traveller.travel(20)
    simulator.knobs.lose_reports = 1
    await simulator.set_extension_status("1001", "ringing")
    await simulator.set_extension_status("1002", "busy")
    await traveller.travel(120)
    found = await async_get_config_entry_diagnostics(hass, house.entry)
    assert found["reports"]["corrections"] == 2
    assert found["reports"]["accepted"] == {}
    assert found["reports"]["arriving"] == "broken"
    reports = found["reports"]
    assert (reports["channel"], reports["channel_reason"]) == ("listener", "option")
    assert set(reports["listener"].values()) == {0}
    assert found["issues"] == [REPORTS_CHANNEL_CHOSEN]
    assert found["pbx"]["extensions"] == {"idle": 3, "ringing": 1, "busy": 1}
    assert found["link"]["report_transport"] is None
    assert 0 <= found["link"]["token_age"] < 60


async def facts(house: House, part: str) -> dict[str, Any]:
    """Return a part of the diagnostics."""
    found = await async_get_config_entry_diagnostics(house.hass, house.entry)
    shown: dict[str, Any] = found[part]
    return shown


async def test_entry_that_could_not_be_set_up(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator
) -> None:
    await serve(hass)
    simulator.knobs.wrong_errno = {"deviceinfo/query": "30001"}
    entry = add_entry(hass, simulator)
    assert not await hass.config_entries.async_setup(entry.entry_id)

    assert await async_setup_component(hass, "diagnostics", {})
    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert (found["entry"]["state"], found["entry"]["reason"]) == ("setup_retry", "busy")
    assert found["entry"]["data"]["port"] == simulator.port


async def test_entry_that_has_not_read_its_pbx_yet_shows_its_exchanges(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    simulator.knobs.wrong_errno = {"deviceinfo/query": "30001"}
    entry = add_entry(hass, simulator)
    trace = Trace()
    session = async_create_session(hass)
    backend = create_backend(session, entry.data, LoginGuard(), trace.record)
    entry.runtime_data = PbxRuntime(hass, entry, session, backend, trace)
    with pytest.raises(PbxBusyError):
        await entry.runtime_data.async_connect()
    await entry.runtime_data.async_close()

    found = await async_get_config_entry_diagnostics(hass, entry)
    assert found["trace"]["entries"][-1]["errno"] == 30001
    assert set(found["pbx"]) == {"dialect", "offers"}
    assert found["reports"]["arriving"] is None


async def test_every_option(hass: HomeAssistant, simulator: Simulator) -> None:
    """Numbers and networks are counted; of addresses only whether they are given."""
    fields = [str(field) for form in FORMS.values() for field in form.fields(())]
    addresses = dict.fromkeys((CONF_FIXED_HOST, CONF_FIXED_URL), "192.0.2.77")
    lists = (
        CONF_ALLOWED_NUMBERS,
        CONF_CHOSEN_EXTENSIONS,
        CONF_DOOR_PHONES,
        CONF_PAGING_GROUPS,
        CONF_NETWORKS,
    )
    numbers = {key: ["71213", "71214"] for key in lists}
    options = dict.fromkeys([*fields, CONF_FOLLOW_CONTACTS], "set") | addresses | numbers
    entry = add_entry(hass, simulator, options=options)
    shown = (await async_get_config_entry_diagnostics(hass, entry))["entry"]["options"]
    assert shown == options | dict.fromkeys(addresses, True) | dict.fromkeys(numbers, 2)


@pytest.mark.parametrize(
    ("dialect", "knobs", "wanted"),
    [
        (
            "openvox",
            {},
            {"to_member": "seen so", "device_name": "seen so", "path_kept": "seen so"},
        ),
        ("openvox", {"to_member": False}, {"to_member": "contradicted"}),
        ("yeastar-v1", {"byes": "answered"}, {"rings": "seen so", "byes": "seen so"}),
        ("yeastar-v1", {"byes": "phones"}, {"byes": "contradicted"}),
        ("yeastar-v1", {"rings": "api"}, {"rings": "contradicted"}),
        (
            "yeastar-v2",
            {"to_member": False},
            {"to_member": "contradicted", "rings": "not seen yet"},
        ),
    ],
)
async def test_what_this_pbx_shows_of_what_no_document_tells(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    dialect: str,
    knobs: dict[str, Any],
    wanted: dict[str, str],
) -> None:
    """One call that is answered and one that is given up."""
    house = await move_in(hass, await start_simulator(dialect=dialect, knobs=knobs), traveller)
    for answered in (True, False):
        call = await house.simulator.calls.inbound(None, "+4930555817", to="1001", did="4930120")
        await call.ring()
        await house.traveller.travel(1)
        if answered:
            await call.answer()
        await house.traveller.travel(5)
        await call.hang_up()
        await house.traveller.travel(30)
    found = (await async_get_config_entry_diagnostics(hass, house.entry))["findings"]
    assert found == found | wanted


async def test_reports_that_come_without_the_path(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    simulator = await start_simulator(knobs={"drops_path": True})
    options = {CONF_CHANNEL: CHANNEL_LISTENER, CONF_LISTENER_PORT: free_port()}
    house = await move_in(hass, simulator, traveller, options=options)
    await simulator.set_extension_status("1001", "busy")
    await simulator.settle()
    await house.traveller.travel(1)
    found = (await async_get_config_entry_diagnostics(hass, house.entry))["findings"]
    assert found["path_kept"] == "contradicted"
