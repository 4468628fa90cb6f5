"""What the user is asked in Repairs, and what confirming does."""

from http import HTTPStatus
from typing import Any

from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ippbx.const import CONF_FINGERPRINT, CONF_NETWORKS, DOMAIN
from custom_components.ippbx.issues.registry import (
    CERTIFICATE_CHANGED,
    UNKNOWN_SOURCE,
    async_clear_issues,
    async_open_issue,
)
from custom_components.ippbx.pbx.net.tls import legible
from custom_components.ippbx.repairs import async_create_fix_flow
from pbx_simulator import Simulator
from tests.reports.raw_requests import post, status_report

from .conftest import SERIAL, StartSimulator, add_entry
from .live import entity_id, load, serve, wait_for_state


def issue_of(hass: HomeAssistant, kind: str, entry: MockConfigEntry) -> ir.IssueEntry | None:
    return ir.async_get(hass).async_get_issue(DOMAIN, f"{kind}_{entry.entry_id}")


class Repairs:
    """Repairs as the user interface uses it."""

    def __init__(self, hass: HomeAssistant, client_of: ClientSessionGenerator) -> None:
        self._hass, self._client_of = hass, client_of

    async def ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        client = await self._client_of()
        response = await client.post(f"/api/repairs/issues/fix{path}", json=body)
        assert response.status == HTTPStatus.OK, await response.text()
        answer: dict[str, Any] = await response.json()
        return answer

    async def open(self, issue: ir.IssueEntry) -> dict[str, Any]:
        return await self.ask("", {"handler": DOMAIN, "issue_id": issue.issue_id})

    async def confirm(self, flow: dict[str, Any]) -> dict[str, Any]:
        answer = await self.ask(f"/{flow['flow_id']}", {})
        await self._hass.async_block_till_done()
        return answer


@pytest.fixture
async def repairs(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> Repairs:
    assert await async_setup_component(hass, REPAIRS, {})
    return Repairs(hass, hass_client)


async def test_reports_from_an_unknown_source(
    hass: HomeAssistant, simulator: Simulator, repairs: Repairs
) -> None:
    """No change, a question; after the answer they count."""
    await serve(hass)
    entry = add_entry(hass, simulator, options={CONF_NETWORKS: ["10.77.0.0/16"]})
    await load(hass, entry)
    status = entity_id(hass, "sensor", f"{SERIAL}_ext_1001_status")
    simulator.knobs.report_source = "127.0.0.2"

    await simulator.set_extension_status("1001", "busy")
    await simulator.settle()
    assert hass.states.get(status).state == "idle"
    assert entry.runtime_data.receiver.rejected == {"source": 1}
    issue = issue_of(hass, UNKNOWN_SOURCE, entry)
    assert issue.is_fixable
    assert not issue.is_persistent
    assert issue.translation_placeholders == {"title": "PBX", "source": "127.0.0.2"}

    flow = await repairs.open(issue)
    assert (flow["type"], flow["step_id"]) == ("form", "confirm")
    assert flow["description_placeholders"] == {"title": "PBX", "source": "127.0.0.2"}
    assert entry.options[CONF_NETWORKS] == ["10.77.0.0/16"]
    assert (await repairs.confirm(flow))["type"] == "create_entry"

    assert entry.options[CONF_NETWORKS] == ["10.77.0.0/16", "127.0.0.2"]
    assert issue_of(hass, UNKNOWN_SOURCE, entry) is None
    assert entry.state is ConfigEntryState.LOADED
    await simulator.set_extension_status("1001", "ringing")
    await simulator.settle()
    await wait_for_state(hass, status, "ringing")
    assert issue_of(hass, UNKNOWN_SOURCE, entry) is None


async def test_no_question_about_a_source_that_the_pbx_is_found_at(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A PBX that has moved may report before its name is looked up again."""
    await serve(hass)
    entry = add_entry(hass, simulator)
    runtime = await load(hass, entry)
    simulator.knobs.report_source = "127.0.0.2"
    await simulator.set_extension_status("1001", "busy")
    await simulator.settle()
    assert issue_of(hass, UNKNOWN_SOURCE, entry)
    await runtime.link.async_register_address()
    assert issue_of(hass, UNKNOWN_SOURCE, entry)

    runtime.sources.accept_peer("127.0.0.2")
    await runtime.link.async_register_address()
    assert issue_of(hass, UNKNOWN_SOURCE, entry) is None
    assert not runtime.facts().delivery.unknown_source


@pytest.mark.parametrize("serial", ["", "STRANGER00001"])
async def test_no_question_about_strangers(
    hass: HomeAssistant, simulator: Simulator, serial: str
) -> None:
    port = await serve(hass)
    entry = add_entry(hass, simulator)
    await load(hass, entry)
    await post(port, status_report("1001", sn=serial), source="127.0.0.2")
    assert issue_of(hass, UNKNOWN_SOURCE, entry) is None


@pytest.mark.parametrize(
    ("source", "asked"),
    [("::ffff:10.9.9.9", "10.9.9.9"), ("fe80::9%eth0", "fe80::9"), ("", None), ("proxy", None)],
)
async def test_what_is_asked_about_can_be_accepted(
    hass: HomeAssistant, simulator: Simulator, repairs: Repairs, source: str, asked: str | None
) -> None:
    """However the server spells the address of a sender."""
    await serve(hass)
    entry = add_entry(hass, simulator)
    runtime = await load(hass, entry)
    runtime.receiver.receive([(status_report("1001"), source)])
    issue = issue_of(hass, UNKNOWN_SOURCE, entry)
    if asked is None:
        assert issue is None
        return
    assert issue.translation_placeholders["source"] == asked

    await repairs.confirm(await repairs.open(issue))
    entry.runtime_data.receiver.receive([(status_report("1001"), source)])
    assert entry.runtime_data.receiver.accepted == {"ExtensionStatusReport": 1}


async def test_the_newest_source_is_asked_about_once(
    hass: HomeAssistant, simulator: Simulator, repairs: Repairs
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator, options={CONF_NETWORKS: ["10.9.9.8"]})
    runtime = await load(hass, entry)
    for source in ("10.9.9.9", "10.9.9.10"):
        runtime.receiver.receive([(status_report("1001"), source)])
    ours = [issue for domain, issue in ir.async_get(hass).issues if domain == DOMAIN]
    assert ours == [f"{UNKNOWN_SOURCE}_{entry.entry_id}"]

    issue = issue_of(hass, UNKNOWN_SOURCE, entry)
    flow = await repairs.open(issue)
    hass.config_entries.async_update_entry(entry, options={CONF_NETWORKS: ["10.9.9.10"]})
    await repairs.confirm(flow)
    assert entry.options[CONF_NETWORKS] == ["10.9.9.10"]  # not twice


async def test_a_certificate_that_changed(
    hass: HomeAssistant, start_simulator: StartSimulator, repairs: Repairs
) -> None:
    simulator = await start_simulator(dialect="yeastar-v1", tls=True)
    await serve(hass)
    pinned = simulator.certificate.fingerprint
    entry = add_entry(hass, simulator, **{CONF_FINGERPRINT: pinned})
    await load(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)

    await simulator.renew_certificate()
    logins = simulator.login_attempts
    await load(hass, entry)
    assert not entry.runtime_data.link.up
    assert simulator.login_attempts == logins  # the password went nowhere
    issue = issue_of(hass, CERTIFICATE_CHANGED, entry)
    shown = issue.translation_placeholders["fingerprint"]
    assert shown == legible(simulator.certificate.fingerprint)

    flow = await repairs.open(issue)
    assert flow["description_placeholders"]["fingerprint"] == shown
    assert (await repairs.confirm(flow))["type"] == "create_entry"

    assert entry.data[CONF_FINGERPRINT] == simulator.certificate.fingerprint != pinned
    assert entry.state is ConfigEntryState.LOADED
    assert issue_of(hass, CERTIFICATE_CHANGED, entry) is None


async def test_a_certificate_that_is_not_shown_any_more_is_not_trusted(
    hass: HomeAssistant, start_simulator: StartSimulator, repairs: Repairs
) -> None:
    """Another host may have been at the address of the PBX for a while."""
    simulator = await start_simulator(dialect="yeastar-v1", tls=True)
    await serve(hass)
    own = simulator.certificate
    entry = add_entry(hass, simulator, **{CONF_FINGERPRINT: own.fingerprint})
    runtime = await load(hass, entry)
    await simulator.renew_certificate()
    await runtime.link.async_check()
    flow = await repairs.open(issue_of(hass, CERTIFICATE_CHANGED, entry))

    await simulator.go_away()
    answer = await repairs.confirm(flow)
    assert answer["errors"] == {"base": "cannot_connect"}

    await simulator.come_back()
    await simulator.renew_certificate()
    answer = await repairs.confirm(flow)
    assert answer["errors"] == {"base": "certificate_other"}
    shown = legible(simulator.certificate.fingerprint)
    assert answer["description_placeholders"] == {"title": "PBX", "fingerprint": shown}
    assert entry.data[CONF_FINGERPRINT] == own.fingerprint

    await simulator.go_away()
    simulator.certificate = own
    await simulator.come_back()
    assert await runtime.link.async_check()
    assert issue_of(hass, CERTIFICATE_CHANGED, entry) is None
    assert (await repairs.confirm(flow))["type"] == "create_entry"
    assert entry.data[CONF_FINGERPRINT] == own.fingerprint
    assert entry.runtime_data.link.up


async def test_the_entry_is_gone_when_the_user_confirms(
    hass: HomeAssistant, simulator: Simulator, repairs: Repairs
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator)
    await load(hass, entry)
    async_open_issue(hass, entry, UNKNOWN_SOURCE, {"source": "10.9.9.9"})
    flow = await repairs.open(issue_of(hass, UNKNOWN_SOURCE, entry))

    await hass.config_entries.async_remove(entry.entry_id)
    assert issue_of(hass, UNKNOWN_SOURCE, entry) is None  # nobody is asked any more
    answer = await repairs.confirm(flow)
    assert (answer["type"], answer["reason"]) == ("abort", "entry_gone")


async def test_issues_that_are_no_longer_so(hass: HomeAssistant, simulator: Simulator) -> None:
    await async_get_integration(hass, DOMAIN)
    entry = add_entry(hass, simulator)
    other = add_entry(hass, simulator, unique_id="OTHER00000001")
    for each in (entry, other):
        async_open_issue(hass, each, UNKNOWN_SOURCE, {"source": "10.9.9.9"})
        async_open_issue(hass, each, CERTIFICATE_CHANGED, {"fingerprint": "ab" * 32})

    async_clear_issues(hass, entry, CERTIFICATE_CHANGED)
    assert issue_of(hass, CERTIFICATE_CHANGED, entry) is None
    assert issue_of(hass, UNKNOWN_SOURCE, entry) is not None
    async_clear_issues(hass, entry)
    assert issue_of(hass, UNKNOWN_SOURCE, entry) is None
    assert issue_of(hass, CERTIFICATE_CHANGED, other) is not None


async def test_an_issue_without_its_data_is_not_fixed(hass: HomeAssistant) -> None:
    """Whoever made it, there is no entry to change."""
    flow = await async_create_fix_flow(hass, "unknown_source_x", None)
    flow.hass = hass
    assert (await flow.async_step_init())["reason"] == "entry_gone"
