"""Setting an entry up: what it costs, and what it says when it does not work."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_SSL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.entity_platform import async_get_platforms
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ippbx.const import (
    CONF_CHOSEN_EXTENSIONS,
    CONF_CONTROLS,
    CONF_EXTENSIONS,
    CONF_FINGERPRINT,
    DOMAIN,
    EXTENSIONS_CHOSEN,
    MAX_EXTENSIONS_BY_DEFAULT,
)
from custom_components.ippbx.pbx.net.tls import fetch_fingerprint, legible
from pbx_simulator import Simulator
from pbx_simulator.knobs import Knobs

from .conftest import SERIAL, StartSimulator, add_entry, entry_data
from .house import LOGGER_NAME, House
from .live import free_port, load, serve
from .time_travel import TimeTraveller

MOST_REQUESTS = 8
MANY = MAX_EXTENSIONS_BY_DEFAULT + 1


def turn(**knobs: Any) -> Callable[[Simulator], dict[str, Any]]:
    """Return what turns knobs and leaves the entry's data as they are."""

    def turn_knobs(simulator: Simulator) -> dict[str, Any]:
        for name, value in knobs.items():
            setattr(simulator.knobs, name, value)
        return {}

    return turn_knobs


def mend(simulator: Simulator) -> None:
    """Turn all knobs back."""
    whole = Knobs.of(simulator.dialect)
    for knob in fields(Knobs):
        setattr(simulator.knobs, knob.name, getattr(whole, knob.name))


FAULTS: dict[str, tuple[Callable[[Simulator], dict[str, Any]], str]] = {
    "bad host": (lambda _: {CONF_HOST: "no such host"}, "cannot_connect"),
    "empty host": (lambda _: {CONF_HOST: ""}, "cannot_connect"),
    "nobody there": (lambda _: {CONF_PORT: free_port()}, "cannot_connect"),
    "bad port": (lambda _: {CONF_PORT: 123456}, "cannot_connect"),
    "hangs": (turn(hang=True), "cannot_connect"),
    "cut": (turn(reset=True), "cannot_connect"),
    "web page": (turn(html_answers=True), "not_a_pbx"),
    "empty answers": (turn(empty_answers=True), "not_a_pbx"),
    "half answers": (turn(half_answers=True), "not_a_pbx"),
    "redirect": (turn(redirect_to="https://127.0.0.1/"), "wrong_scheme"),
    "TLS wanted, plain found": (lambda _: {CONF_SSL: True}, "wrong_scheme"),
    "API stopped": (turn(api_running=False), "api_disabled"),
    "API off": (turn(api_enabled=False), "api_disabled"),
    "hand-over to the API fails": (turn(wrong_errno={"*": "20010"}), "busy"),
    "busy": (turn(wrong_errno={"login": "30001"}), "busy"),
    "heartbeat fails": (turn(wrong_errno={"heartbeat": "30001"}), "busy"),
    "no list": (turn(wrong_errno={"extensionlist/query": "20009"}), "refused"),
    "list hangs": (
        turn(hang=True, fault_endpoints={"extensionlist/query"}),
        "cannot_connect",
    ),
    "half a list": (
        turn(half_answers=True, fault_endpoints={"trunklist/query"}),
        "not_a_pbx",
    ),
}


@pytest.mark.parametrize(("fault", "key"), FAULTS.values(), ids=FAULTS)
async def test_a_problem_is_shown_and_mending_it_is_enough(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    caplog: pytest.LogCaptureFixture,
    fault: Callable[[Simulator], dict[str, Any]],
    key: str,
) -> None:
    await serve(hass)
    entry = add_entry(hass, simulator, **fault(simulator))

    assert not await traveller.wait_for(hass.config_entries.async_setup(entry.entry_id))

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == key
    assert entry.reason
    assert simulator.failed_logins == 0
    assert not simulator.token_alive  # logged out again
    assert not [r for r in caplog.records if r.exc_info and r.levelname != "DEBUG"]
    assert not [
        r for r in caplog.records if r.name.startswith(LOGGER_NAME) and r.levelname != "DEBUG"
    ]

    mend(simulator)
    hass.config_entries.async_update_entry(entry, data=entry_data(simulator))
    await traveller.travel(90)
    assert entry.state is ConfigEntryState.LOADED
    assert simulator.max_in_flight == 1


async def test_an_entry_without_data_does_not_cost_the_others(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """As of a file that was edited by hand."""
    await serve(hass)
    spoilt = MockConfigEntry(domain=DOMAIN)
    spoilt.add_to_hass(hass)
    entry = add_entry(hass, simulator)
    await load(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert spoilt.state is ConfigEntryState.SETUP_ERROR


async def test_untrusted_certificate(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    simulator = await start_simulator(tls=True)
    await serve(hass)
    entry = add_entry(hass, simulator, **{CONF_VERIFY_SSL: True})

    assert not await traveller.wait_for(hass.config_entries.async_setup(entry.entry_id))

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "certificate"
    assert not simulator.requests


async def test_another_certificate_than_the_pinned_one_is_asked_about(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    simulator = await start_simulator(tls=True)
    pin = await fetch_fingerprint("127.0.0.1", simulator.port, old=False)
    await simulator.renew_certificate()
    new = await fetch_fingerprint("127.0.0.1", simulator.port, old=False)
    await serve(hass)
    entry = add_entry(hass, simulator, **{CONF_FINGERPRINT: pin})

    assert not await traveller.wait_for(hass.config_entries.async_setup(entry.entry_id))

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "certificate"
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"certificate_changed_{entry.entry_id}")
    assert issue.data["fingerprint"] == legible(new)
    assert not simulator.requests  # nothing was said to a stranger

    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_FINGERPRINT: new})
    await traveller.travel(30)
    assert entry.state is ConfigEntryState.LOADED
    assert issue.issue_id not in [issue_id for _, issue_id in ir.async_get(hass).issues]


@pytest.mark.parametrize("turned", [{"api_running": False}, {"refuse_logins": True}])
async def test_a_certificate_is_not_asked_about_once_the_own_one_is_shown_again(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    turned: dict[str, Any],
) -> None:
    """Whatever keeps the entry from being set up then."""
    simulator = await start_simulator(tls=True)
    own = simulator.certificate
    pin = await fetch_fingerprint("127.0.0.1", simulator.port, old=False)
    await simulator.renew_certificate()
    await serve(hass)
    entry = add_entry(hass, simulator, **{CONF_FINGERPRINT: pin})
    issue = DOMAIN, f"certificate_changed_{entry.entry_id}"
    assert not await traveller.wait_for(hass.config_entries.async_setup(entry.entry_id))
    assert issue in ir.async_get(hass).issues

    await simulator.go_away()
    simulator.certificate = own
    turn(**turned)(simulator)
    await simulator.come_back()
    await traveller.travel(30)
    assert simulator.requests
    assert entry.state in (ConfigEntryState.SETUP_RETRY, ConfigEntryState.SETUP_ERROR)
    assert issue not in ir.async_get(hass).issues


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1", "yeastar-v2"])
async def test_many_extensions_cost_few_requests(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    simulator = await start_simulator(dialect=dialect, extensions=500, trunks=100)
    await serve(hass)
    entry = add_entry(hass, simulator)

    runtime = await load(hass, entry)

    assert len(runtime.store.extensions) == 500
    assert len(runtime.store.trunks) == 100
    assert len(simulator.requests) <= MOST_REQUESTS
    assert (simulator.logins, simulator.max_in_flight) == (1, 1)


# Entities of an extension by platform: those that each has, and those of the option.
ALWAYS = {
    "binary_sensor": {"registered"},
    "event": {"call"},
    "sensor": {"in_call_with", "last_caller", "status"},
}
CONTROLS = {
    "openvox": {
        "binary_sensor": {"do_not_disturb", "forward_all_calls"},
        "button": {"call_back", "hang_up"},
        "notify": {"play_prompt"},
    },
    "yeastar-v1": {
        "button": {"call_back", "hang_up"},
        "notify": {"play_prompt"},
        "switch": {"do_not_disturb", "forward_all_calls"},
        "text": {"forward_to"},
    },
}
CONTROLS["yeastar-v2"] = CONTROLS["yeastar-v1"]
COUNTS_MESSAGES = "yeastar-v1"


def made_for(hass: HomeAssistant, number: str) -> dict[str, set[str]]:
    """Return the keys of the registered entities of an extension, by platform."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    prefix = f"{SERIAL}_ext_{number}_"
    found: dict[str, set[str]] = {}
    for each in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        if each.unique_id.startswith(prefix):
            found.setdefault(each.domain, set()).add(each.unique_id.removeprefix(prefix))
    return found


def wanted(dialect: str, *, controls: bool) -> dict[str, set[str]]:
    """Return the keys of the entities that an extension is to have, by platform."""
    parts = [ALWAYS]
    if dialect == COUNTS_MESSAGES:
        parts.append({"sensor": {"new_messages"}})
    if controls:
        parts.append(CONTROLS[dialect])
    platforms = set().union(*parts)
    return {name: set().union(*(part.get(name, ()) for part in parts)) for name in platforms}


async def save_controls(hass: HomeAssistant, entry: MockConfigEntry, *, on: bool) -> None:
    """Turn the option on or off, as the form does."""
    options = {**entry.options, CONF_CONTROLS: on}
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


@pytest.mark.parametrize("dialect", CONTROLS)
async def test_controls_can_be_turned_off(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    """They leave the registry, and come back."""
    simulator = await start_simulator(dialect=dialect)
    await serve(hass)
    entry = add_entry(hass, simulator)
    await load(hass, entry)
    assert entry.options[CONF_CONTROLS] is True
    assert made_for(hass, "1001") == wanted(dialect, controls=True)

    await save_controls(hass, entry, on=False)
    assert made_for(hass, "1001") == wanted(dialect, controls=False)
    assert er.async_get(hass).async_get_entity_id("button", DOMAIN, f"{SERIAL}_send_heartbeat")

    await save_controls(hass, entry, on=True)
    assert made_for(hass, "1001") == wanted(dialect, controls=True)


async def test_of_many_extensions_none_has_controls(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    """Nor is anything loaded for them."""
    simulator = await start_simulator(extensions=MANY)
    await serve(hass)
    entry = add_entry(hass, simulator)

    runtime = await load(hass, entry)

    assert entry.options[CONF_CONTROLS] is False
    assert made_for(hass, "1001") == wanted("openvox", controls=False)
    assert not {f"{DOMAIN}.{name}" for name in ("notify", "switch", "text")} & {
        f"{each.platform_name}.{each.domain}" for each in async_get_platforms(hass, DOMAIN)
    }
    assert not runtime.store.wanted_settings


async def test_a_few_of_many_have_controls(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(extensions=MANY)
    await serve(hass)
    chosen = {CONF_EXTENSIONS: EXTENSIONS_CHOSEN, CONF_CHOSEN_EXTENSIONS: ["1001", "1002"]}

    await load(hass, add_entry(hass, simulator, options=chosen))

    assert made_for(hass, "1002") == wanted("openvox", controls=True)


async def test_another_extension_does_not_take_the_controls_away(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(extensions=MANY - 1)
    await serve(hass)
    entry = add_entry(hass, simulator)
    await load(hass, entry)
    await simulator.add_extension("2000")
    await hass.async_block_till_done()

    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()

    for number in ("1001", "2000"):
        assert made_for(hass, number) == wanted("openvox", controls=True)


async def test_two_pbxs_do_not_mix(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    first = await start_simulator()
    second = await start_simulator(serial="SIM0000000002")
    await serve(hass)
    one = add_entry(hass, first)
    two = add_entry(hass, second, webhook_id="0" * 32)
    await load(hass, one)
    if two.state is not ConfigEntryState.LOADED:
        await load(hass, two)

    await second.set_extension_status("1001", "busy")
    await first.go_away()
    await traveller.travel(120)

    house = House(hass=hass, entry=one, simulator=first, traveller=traveller)
    assert house.extension("1001") == "unavailable"
    assert two.runtime_data.link.up
    assert two.runtime_data.store.extensions["1001"].status == "busy"
    assert one.runtime_data.store.extensions["1001"].status == "idle"
