"""Discovery by DHCP: what is offered, what is followed, and what is left alone."""

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_IGNORE,
    SOURCE_USER,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import (
    CONF_HOST,
    CONF_MAC,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SSL,
    CONF_USERNAME,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import pytest_socket

from custom_components.ippbx.const import CONF_DIALECT, CONF_FINGERPRINT, DOMAIN
from custom_components.ippbx.fixes import FIXES
from custom_components.ippbx.flows import check, discovery
from custom_components.ippbx.flows.discovery import is_at, title_at
from custom_components.ippbx.issues.registry import OTHER_PBX
from custom_components.ippbx.pbx.backends import BACKENDS
from pbx_simulator import Simulator
from tests.conftest import PASSWORD, SERIAL, USERNAME, StartSimulator, add_entry
from tests.live import load, serve
from tests.pbx.raw_pbx import RawPbx, http
from tests.repository.source import manifest

from .helpers import assert_translated, form_of, submit

MAC = "a0:98:05:02:19:87"
OTHER_MAC = "a0:98:05:02:19:88"
CREDENTIALS = {CONF_USERNAME: USERNAME, CONF_PASSWORD: PASSWORD}
NEW_ADDRESS = "127.0.0.2"
OTHER = "SIM0000000002"


@pytest.fixture(autouse=True)
def _two_addresses(socket_enabled: None) -> None:
    """Let connections be made to the second address as well."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", NEW_ADDRESS])


@pytest.fixture
def usual_ports(simulator: Simulator) -> Iterator[None]:
    """Let discovery look where the simulated PBX is."""
    with patch.object(check, "_usual_ports", return_value=(simulator.port,)):
        yield


async def discover(
    hass: HomeAssistant, host: str = "127.0.0.1", mac: str = MAC
) -> ConfigFlowResult:
    """Return what a flow shows for a device that got an address."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_DHCP},
        data=DhcpServiceInfo(ip=host, hostname="pbx", macaddress=mac.replace(":", "")),
    )
    await hass.async_block_till_done()
    assert_translated(result, "config")
    return result


async def known(hass: HomeAssistant, simulator: Simulator, **changes: Any) -> MockConfigEntry:
    """Return a loaded entry."""
    await serve(hass)
    entry = add_entry(hass, simulator, **changes)
    await load(hass, entry)
    return entry


async def move(simulator: Simulator, host: str = NEW_ADDRESS) -> None:
    """Give the PBX another address."""
    await simulator.go_away()
    simulator.host = host
    await simulator.come_back()


def connections(hass: HomeAssistant, entry: MockConfigEntry) -> set[tuple[str, str]]:
    """Return the connections of the PBX's device."""
    found = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return next(d for d in found if (DOMAIN, SERIAL) in d.identifiers).connections


def test_manifest_has_the_hardware_addresses() -> None:
    makers = [maker for backend in BACKENDS.values() for maker in backend.hardware]
    rows = [{"macaddress": f"{maker.upper()}*"} for maker in makers]
    assert manifest()["dhcp"] == [*rows, {"registered_devices": True}]


@pytest.mark.parametrize(
    ("dialect", "tls"), [("openvox", False), ("yeastar-v1", True), ("yeastar-v2", True)]
)
async def test_new_pbx_asks_for_credentials_only(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str, tls: bool
) -> None:
    simulator = await start_simulator(dialect=dialect, tls=tls)
    await serve(hass)
    with patch.object(check, "_usual_ports", return_value=(simulator.port,)):
        result = await discover(hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "discovered")
    assert simulator.logins == 0
    assert result["data_schema"] is not None
    assert list(result["data_schema"].schema) == [CONF_USERNAME, CONF_PASSWORD]
    shown = hass.config_entries.flow.async_progress()[0]["context"]["title_placeholders"]
    maker = "OpenVox" if dialect == "openvox" else "Yeastar"
    assert shown == {"name": f"{maker} (127.0.0.1)", "host": "127.0.0.1"}

    result = await submit(hass, result, {**CREDENTIALS, CONF_PASSWORD: "wrong"})
    assert result["errors"] == {"base": "invalid_auth"}
    result = await submit(hass, result, CREDENTIALS)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.unique_id == SERIAL
    assert (entry.data[CONF_DIALECT], entry.data[CONF_SSL]) == (dialect, tls)
    assert (entry.data[CONF_HOST], entry.data[CONF_PORT]) == ("127.0.0.1", simulator.port)
    assert bool(entry.data[CONF_FINGERPRINT]) == tls
    assert entry.state is ConfigEntryState.LOADED
    assert connections(hass, entry) == {(dr.CONNECTION_NETWORK_MAC, MAC)}
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_many_extensions_are_chosen_from(
    hass: HomeAssistant, start_simulator: StartSimulator, mock_setup_entry: None
) -> None:
    simulator = await start_simulator(extensions=51)
    with patch.object(check, "_usual_ports", return_value=(simulator.port,)):
        result = await submit(hass, await discover(hass), CREDENTIALS)
    assert result["step_id"] == "extensions"


@pytest.mark.parametrize(
    "answer",
    [
        http(b"<html>GSM gateway</html>"),
        http(b"", "404 Not Found"),
        http(b"", "401 Unauthorized"),
        b"",
    ],
)
async def test_other_products_are_not_shown(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, answer: bytes
) -> None:
    gateway = RawPbx(script=deque([answer] * 10))
    await gateway.start()
    try:
        with patch.object(check, "_usual_ports", return_value=(gateway.port,)):
            result = await discover(hass)
    finally:
        await gateway.stop()
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_a_pbx")
    assert gateway.requests
    assert not [r for r in caplog.records if DOMAIN in r.name and r.levelname != "DEBUG"]


async def test_nothing_answers(
    hass: HomeAssistant, simulator: Simulator, usual_ports: None
) -> None:
    await simulator.go_away()
    assert (await discover(hass))["reason"] == "not_a_pbx"


async def test_ignored_pbx_is_not_shown_again(
    hass: HomeAssistant, simulator: Simulator, usual_ports: None
) -> None:
    await discover(hass)
    await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_IGNORE},
        data={"unique_id": MAC, "title": "PBX"},
    )
    asked = len(simulator.requests)
    assert (await discover(hass))["reason"] == "already_configured"
    assert len(simulator.requests) == asked


def ignore(hass: HomeAssistant) -> MockConfigEntry:
    """Return an entry as Home Assistant makes it of what a user ignores."""
    ignored = MockConfigEntry(domain=DOMAIN, source=SOURCE_IGNORE, unique_id=MAC, title="OpenVox")
    ignored.add_to_hass(hass)
    return ignored


async def test_ignored_pbx_that_a_user_added_by_hand(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """It is no longer ignored, and known by its hardware address, as soon as DHCP tells that."""
    ignored = ignore(hass)
    entry = await known(hass, simulator)
    assert hass.config_entries.async_entries(DOMAIN) == [ignored, entry]
    assert (await discover(hass))["reason"] == "already_configured"
    assert hass.config_entries.async_entries(DOMAIN) == [entry]
    assert entry.data[CONF_MAC] == MAC


@pytest.mark.parametrize("serial", [SERIAL, "A09805021987"])
async def test_ignored_pbx_whose_hardware_address_is_known(
    hass: HomeAssistant, start_simulator: StartSimulator, serial: str
) -> None:
    """It is no longer ignored when it is set up, and followed."""
    simulator = await start_simulator(serial=serial)
    ignore(hass)
    entry = await known(hass, simulator, **({CONF_MAC: MAC} if serial == SERIAL else {}))
    assert hass.config_entries.async_entries(DOMAIN) == [entry]


async def test_another_ignored_pbx_stays_ignored(hass: HomeAssistant, simulator: Simulator) -> None:
    ignored = ignore(hass)
    entry = await known(hass, simulator, **{CONF_MAC: OTHER_MAC})
    assert (await discover(hass, NEW_ADDRESS))["reason"] == "already_configured"
    assert hass.config_entries.async_entries(DOMAIN) == [ignored, entry]
    assert not hass.config_entries.flow.async_progress()


async def test_offer_ends_when_a_user_adds_the_pbx(
    hass: HomeAssistant, simulator: Simulator, usual_ports: None, mock_setup_entry: None
) -> None:
    await discover(hass)
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}, data=form_of(simulator)
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not hass.config_entries.flow.async_progress()


async def test_a_pbx_with_two_hardware_addresses_is_offered_once(
    hass: HomeAssistant, simulator: Simulator, usual_ports: None
) -> None:
    """Also while it is still asked what it is."""
    results = await asyncio.gather(discover(hass), discover(hass, mac=OTHER_MAC))
    assert sorted(each["type"] for each in results) == [FlowResultType.ABORT, FlowResultType.FORM]
    assert (await discover(hass, mac=OTHER_MAC))["reason"] == "already_in_progress"
    assert len(hass.config_entries.flow.async_progress()) == 1


async def test_pbxes_at_two_addresses_are_both_offered(
    hass: HomeAssistant, simulator: Simulator, usual_ports: None
) -> None:
    await move(simulator, "0.0.0.0")
    await discover(hass)
    await discover(hass, NEW_ADDRESS, OTHER_MAC)
    shown = hass.config_entries.flow.async_progress()
    hosts = {each["context"]["title_placeholders"]["host"] for each in shown}
    assert hosts == {"127.0.0.1", NEW_ADDRESS}


async def test_offer_of_a_pbx_that_was_added_meanwhile(
    hass: HomeAssistant, simulator: Simulator, usual_ports: None
) -> None:
    result = await discover(hass)
    add_entry(hass, simulator)
    result = await submit(hass, result, CREDENTIALS)
    assert result["reason"] == "already_configured"
    assert simulator.logins == 0


async def test_known_pbx_is_known_by_its_hardware_address_from_now_on(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await known(hass, simulator)
    assert not connections(hass, entry)
    assert (await discover(hass))["reason"] == "already_configured"
    assert entry.data[CONF_MAC] == MAC
    assert connections(hass, entry) == {(dr.CONNECTION_NETWORK_MAC, MAC)}
    assert (entry.state, simulator.logins) == (ConfigEntryState.LOADED, 1)


async def test_whoever_has_the_address_of_a_pbx_that_is_away_is_left_alone(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = add_entry(hass, simulator)
    assert (await discover(hass))["reason"] == "already_configured"
    assert CONF_MAC not in entry.data
    assert not simulator.requests


@pytest.mark.parametrize("serial", [SERIAL, "A09805021987"])
async def test_known_pbx_is_followed(
    hass: HomeAssistant, start_simulator: StartSimulator, serial: str
) -> None:
    """By the hardware address that was found before, or that is its serial number."""
    simulator = await start_simulator(serial=serial)
    changes = {CONF_MAC: MAC} if serial == SERIAL else {}
    entry = await known(hass, simulator, **changes)
    hass.config_entries.async_update_entry(entry, title="UC300 (127.0.0.1)")
    await move(simulator)
    assert entry.runtime_data.link.up  # nobody has noticed yet

    assert (await discover(hass, NEW_ADDRESS))["reason"] == "already_configured"

    assert entry.data[CONF_HOST] == NEW_ADDRESS
    assert entry.title == "UC300 (127.0.0.2)"
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.link.up
    assert is_at(entry, NEW_ADDRESS)


async def test_an_entry_that_is_removed_while_its_pbx_is_looked_for(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    entry = add_entry(hass, simulator, host=NEW_ADDRESS, **{CONF_MAC: MAC})

    async def find(*_: Any) -> None:
        await hass.config_entries.async_remove(entry.entry_id)

    with patch.object(discovery, "async_find", find):
        assert (await discover(hass))["reason"] == "already_configured"
    assert "another address" not in caplog.text


async def test_another_pbx_at_the_old_address_is_forgotten(
    hass: HomeAssistant, simulator: Simulator, start_simulator: StartSimulator
) -> None:
    entry = await known(hass, simulator, **{CONF_MAC: MAC})
    port = simulator.port
    await move(simulator)
    other = Simulator(type(simulator.config)(serial="SIM0000000002", **CREDENTIALS))
    await other.start(port=port)
    try:
        await entry.runtime_data.link.async_check()
        await entry.runtime_data.link.async_check()
        assert entry.runtime_data.issues.kinds == [OTHER_PBX]
        await discover(hass, NEW_ADDRESS)
    finally:
        await other.stop()
    assert entry.runtime_data.link.up
    assert entry.runtime_data.issues.kinds == []
    assert entry.data[CONF_HOST] == NEW_ADDRESS


async def test_another_pbx_with_the_hardware_address_is_not_followed(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Whoever sends one packet is asked once, and the PBX is found when it is back."""
    entry = await known(hass, simulator, **{CONF_MAC: MAC})
    await simulator.go_away()
    other = Simulator(type(simulator.config)(serial="SIM0000000002", **CREDENTIALS))
    await other.start(NEW_ADDRESS, simulator.port)
    try:
        await discover(hass, NEW_ADDRESS)
        assert other.logins == 1
    finally:
        await other.stop()
    assert entry.data[CONF_HOST] == "127.0.0.1"
    await simulator.come_back()
    assert await entry.runtime_data.link.async_check()


async def test_refused_login_at_another_address_is_not_repeated(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator, host="127.0.0.9", password="old", **{CONF_MAC: MAC})
    for _ in range(3):
        await discover(hass)
    assert entry.data[CONF_HOST] == "127.0.0.9"
    assert [request.endpoint for request in simulator.requests].count("login") == 1


async def test_pbx_with_two_addresses_stays_at_the_one_that_works(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await known(hass, simulator, **{CONF_MAC: MAC})
    await discover(hass, NEW_ADDRESS)
    assert entry.data[CONF_HOST] == "127.0.0.1"
    assert simulator.logins == 1


async def test_name_of_a_host_is_kept(hass: HomeAssistant, simulator: Simulator) -> None:
    """Whoever serves names knows where it is."""
    entry = add_entry(hass, simulator, host="pbx.example", **{CONF_MAC: MAC})
    await discover(hass)
    assert entry.data[CONF_HOST] == "pbx.example"
    assert not simulator.requests


async def test_nothing_is_followed_to_where_no_pbx_answers(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await known(hass, simulator, **{CONF_MAC: MAC})
    await simulator.go_away()
    await discover(hass, NEW_ADDRESS)
    assert entry.data[CONF_HOST] == "127.0.0.1"


async def test_refused_credentials_are_not_sent_to_another_address(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = add_entry(hass, simulator, host="127.0.0.9", password="old", **{CONF_MAC: MAC})
    entry.async_start_reauth(hass)
    await hass.async_block_till_done()
    await discover(hass)
    assert entry.data[CONF_HOST] == "127.0.0.9"
    assert not simulator.requests


async def test_known_pbx_with_an_unknown_hardware_address(
    hass: HomeAssistant, simulator: Simulator, usual_ports: None
) -> None:
    """Only its serial number tells that it is known."""
    entry = await known(hass, simulator)
    await move(simulator)
    await entry.runtime_data.link.async_check()
    result = await discover(hass, NEW_ADDRESS)
    assert result["step_id"] == "discovered"
    result = await submit(hass, result, CREDENTIALS)
    assert result["reason"] == "already_configured"
    assert entry.data[CONF_HOST] == NEW_ADDRESS
    assert entry.data[CONF_MAC] == MAC
    assert entry.runtime_data.link.up


async def test_entry_that_takes_another_pbx_forgets_the_hardware_address(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator, **{CONF_MAC: MAC})
    simulator.device.serial = OTHER
    _, fix = FIXES[OTHER_PBX]
    change = await fix(hass, entry, {"serial": OTHER}, {})
    assert change.unique_id == OTHER
    assert CONF_MAC not in change.data


async def test_a_router_knows_the_hardware_address_too(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    router = MockConfigEntry(domain="router")
    router.add_to_hass(hass)
    dr.async_get(hass).async_get_or_create(
        config_entry_id=router.entry_id,
        identifiers={("router", "client-7")},
        connections={(dr.CONNECTION_NETWORK_MAC, MAC)},
    )
    entry = await known(hass, simulator)
    await discover(hass)
    assert (dr.CONNECTION_NETWORK_MAC, MAC) in connections(hass, entry)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert not [
        record
        for record in caplog.records
        if record.levelname in ("WARNING", "ERROR")
        and (DOMAIN in record.name or "helpers" in record.name)
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Office", "Office"),
        ("UC300 (192.0.2.1)", "UC300 (192.0.2.2)"),
        ("UC300 (192.0.2.1:8088)", "UC300 (192.0.2.2:8088)"),
        ("UC300 (192.0.2.11)", "UC300 (192.0.2.11)"),
    ],
)
def test_title_follows_its_own_host_alone(before: str, after: str) -> None:
    entry = MockConfigEntry(title=before, data={CONF_HOST: "192.0.2.1"})
    assert title_at(entry, "192.0.2.2") == after
