"""Home Assistant starts while the PBX is away: a known PBX is set up from its file."""

from collections.abc import Callable
from dataclasses import replace
import json
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PORT, STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import Store
import pytest

from custom_components.ippbx.const import (
    CHANNEL_STREAM,
    CONF_CHANNEL,
    CONF_CHOSEN_EXTENSIONS,
    CONF_DIALECT,
    CONF_EXTENSIONS,
    CONF_REPORT_ADDRESS,
    DOMAIN,
    EXTENSIONS_CHOSEN,
)
from custom_components.ippbx.diagnostics import async_get_config_entry_diagnostics
from pbx_simulator import Simulator

from .calls.history.helpers import calls, gaps, missed
from .conftest import SERIAL, WEBHOOK_ID, StartSimulator, add_entry
from .house import House, log_levels, move_in
from .link.test_link import OUTAGES, Step
from .live import serve
from .reports.channels.feed_house import house_with_feed, reported, subscribers
from .reports.raw_requests import status_report
from .state.test_devices import devices
from .test_services_refused import call, refusal
from .time_travel import TimeTraveller

RIGHT_WITHIN = 10  # seconds after the API answers
BACK_OFF = 75  # seconds, at most, between two attempts while logins or heartbeats fail
RETRIES = 300  # seconds, in which Home Assistant tries a failed set-up several times


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    """Return a house with an entry that was loaded before."""
    house = await move_in(hass, simulator, traveller)
    await traveller.travel(5)
    await house.unload()
    return house


async def start(house: House) -> ConfigEntryState:
    """Set the entry up as after a restart of Home Assistant; return its state."""
    await house.traveller.wait_for(house.hass.config_entries.async_setup(house.entry.entry_id))
    await house.traveller.rest()
    return house.entry.state


def file_of(house: House) -> str:
    return f"{DOMAIN}.pbx.{house.entry.entry_id}"


def written(entry_id: str) -> list[str]:
    """Return the files of an entry that were written, in order."""
    writes: Any = Store._async_write_data
    keys = [write.args[0].key for write in writes.call_args_list]
    return [key for key in keys if key.endswith(entry_id)]


@pytest.mark.parametrize(("begin", "end"), OUTAGES.values(), ids=OUTAGES)
async def test_a_known_pbx_is_set_up_without_it(
    house: House, caplog: pytest.LogCaptureFixture, begin: Step, end: Step
) -> None:
    simulator = house.simulator
    caplog.clear()
    await begin(simulator)

    for _ in range(2):
        assert await start(house) is ConfigEntryState.LOADED, house.entry.reason
        await house.traveller.travel(60)
        assert house.state("binary_sensor", "connected") == STATE_OFF
        assert house.extension("1001") == house.trunk("trunk-2") == STATE_UNAVAILABLE
        assert house.state("sensor", "missed_calls") == "0"
        assert log_levels(caplog) == ["WARNING"]
        caplog.clear()
        await house.unload()
    await start(house)
    await house.traveller.travel(60)
    simulator.directory.extensions["1001"].status = "busy"
    simulator.directory.trunks["trunk-2"].status = "failure"
    await end(simulator)
    took = await house.traveller.travel(
        20, until=lambda: (house.extension("1001"), house.trunk("trunk-2")) == ("busy", "failure")
    )

    assert took <= RIGHT_WITHIN
    assert house.state("binary_sensor", "connected") == STATE_ON
    assert log_levels(caplog) == ["WARNING", "INFO"]
    assert simulator.max_in_flight == 1


@pytest.mark.parametrize("endpoint", ["login", "heartbeat"])
async def test_a_known_pbx_is_set_up_though_it_is_busy(
    house: House, caplog: pytest.LogCaptureFixture, endpoint: str
) -> None:
    caplog.clear()
    house.simulator.knobs.wrong_errno = {endpoint: "30001"}

    assert await start(house) is ConfigEntryState.LOADED, house.entry.reason
    await house.traveller.travel(20)
    assert house.extension("1001") == house.trunk("trunk-2") == STATE_UNAVAILABLE
    house.simulator.knobs.wrong_errno = {}
    await house.traveller.travel(BACK_OFF + RIGHT_WITHIN)

    assert (house.extension("1001"), house.trunk("trunk-2")) == ("idle", "registered")
    assert log_levels(caplog) == ["WARNING", "INFO"]


async def test_a_known_pbx_is_set_up_though_it_does_not_say_what_it_is(house: House) -> None:
    house.simulator.knobs.wrong_errno = {"deviceinfo/query": "20009"}

    assert await start(house) is ConfigEntryState.LOADED, house.entry.reason
    await house.traveller.travel(20)
    assert house.extension("1001") == house.trunk("trunk-2") == STATE_UNAVAILABLE
    house.simulator.knobs.wrong_errno = {}
    await house.traveller.travel(BACK_OFF + RIGHT_WITHIN)

    assert (house.extension("1001"), house.trunk("trunk-2")) == ("idle", "registered")


@pytest.mark.parametrize(
    ("endpoint", "key"),
    [
        ("extensionlist/query", "ext_1001_status"),
        ("trunklist/query", "trunk_trunk-2_status"),
    ],
)
async def test_a_list_that_cannot_be_read_is_unavailable_and_costs_no_login(
    house: House, endpoint: str, key: str
) -> None:
    simulator = house.simulator
    simulator.knobs.wrong_errno = {endpoint: "20009"}
    logins = simulator.logins

    assert await start(house) is ConfigEntryState.LOADED, house.entry.reason
    await house.traveller.travel(20)
    assert house.state("sensor", key) == STATE_UNAVAILABLE
    assert house.state("binary_sensor", "connected") == STATE_ON

    simulator.knobs.wrong_errno = {}
    await house.traveller.travel(35)
    assert (house.extension("1001"), house.trunk("trunk-2")) == ("idle", "registered")
    assert simulator.logins == logins + 1


async def test_a_new_entry_follows_home_assistants_retry_and_writes_nothing(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    await serve(hass)
    await simulator.go_away()
    entry = add_entry(hass, simulator)
    await hass.config_entries.async_setup(entry.entry_id)

    await traveller.travel(RETRIES)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert written(entry.entry_id) == []
    await simulator.come_back()
    await traveller.travel(RETRIES)
    assert entry.state is ConfigEntryState.LOADED
    assert written(entry.entry_id).count(f"{DOMAIN}.pbx.{entry.entry_id}") == 1


async def test_the_file_is_written_when_it_changes_and_never_else(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """Once more at the end of that run: a write may have failed unnoticed."""
    key = file_of(house)
    assert written(house.entry.entry_id).count(key) == 2
    assert "idle" not in json.dumps(hass_storage[key])
    await start(house)
    await house.traveller.travel(900)
    await house.simulator.set_extension_status("1001", "busy")
    await house.unload()
    await house.simulator.go_away()
    await start(house)
    await house.traveller.travel(900)
    await house.unload()
    assert written(house.entry.entry_id).count(key) == 2

    await house.simulator.come_back()
    await start(house)
    await house.simulator.rename_extension("1001", "Persephone")
    await house.traveller.travel(60)
    assert written(house.entry.entry_id).count(key) == 3
    assert ["1001", "Persephone"] in [row[:2] for row in hass_storage[key]["data"]["extensions"]]


async def test_a_removed_entry_leaves_no_list(house: House, hass_storage: dict[str, Any]) -> None:
    await start(house)
    await house.simulator.rename_extension("1001", "Persephone")
    house.runtime.coordinator.async_read_soon()
    await house.traveller.rest()
    await house.traveller.wait_for(house.hass.config_entries.async_remove(house.entry.entry_id))
    await house.traveller.travel(10)
    assert not [key for key in hass_storage if house.entry.entry_id in key]


SPOILT: dict[str, Callable[[dict[str, Any]], object]] = {
    "empty": lambda data: data.clear(),
    "no serial number": lambda data: data["pbx"].pop(0),
    "another serial number": lambda data: data["pbx"].__setitem__(0, "SIM9999999999"),
    "no information": lambda data: data.update(pbx=None),
    "a number for a text": lambda data: data["pbx"].__setitem__(3, 7),
    "no trunks": lambda data: data.pop("trunks"),
    "a text for a list": lambda data: data.update(extensions="abc"),
    "a text for a row": lambda data: data.update(extensions=["abc"]),
    "a short row": lambda data: data["extensions"][0].pop(),
    "a number for a number": lambda data: data["extensions"][0].insert(0, 1000),
    "nothing for a name": lambda data: data["trunks"].append(["7", None, "SIP"]),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
async def test_a_file_that_is_not_whole_is_none(
    house: House, hass_storage: dict[str, Any], spoil: Callable[[dict[str, Any]], object]
) -> None:
    spoil(hass_storage[file_of(house)]["data"])
    known = devices(house.hass, house.entry.entry_id).keys()
    await house.simulator.go_away()

    assert await start(house) is ConfigEntryState.SETUP_RETRY
    assert devices(house.hass, house.entry.entry_id).keys() == known

    await house.simulator.come_back()
    await house.traveller.travel(RETRIES)
    assert house.entry.state is ConfigEntryState.LOADED


async def test_an_entry_of_an_older_version_has_no_file_yet(
    house: House, hass_storage: dict[str, Any]
) -> None:
    del hass_storage[file_of(house)]
    await house.simulator.go_away()
    assert await start(house) is ConfigEntryState.SETUP_RETRY

    await house.simulator.come_back()
    await house.traveller.travel(RETRIES)
    assert house.entry.state is ConfigEntryState.LOADED
    await house.unload()
    await house.simulator.go_away()
    assert await start(house) is ConfigEntryState.LOADED


async def test_options_that_were_changed_meanwhile_count(house: House) -> None:
    await house.simulator.go_away()
    house.hass.config_entries.async_update_entry(
        house.entry,
        options={CONF_EXTENSIONS: EXTENSIONS_CHOSEN, CONF_CHOSEN_EXTENSIONS: ["1001", "7777"]},
    )
    await start(house)
    found = devices(house.hass, house.entry.entry_id).keys()
    assert {each for each in found if "_ext_" in each} == {f"{SERIAL}_ext_1001"}
    await house.unload()

    house.hass.config_entries.async_update_entry(house.entry, options={})
    await start(house)
    found = devices(house.hass, house.entry.entry_id).keys()
    assert len([each for each in found if "_ext_" in each]) == 5
    assert house.extension("1004") == STATE_UNAVAILABLE


async def test_what_changed_meanwhile_comes_with_the_first_read(house: House) -> None:
    simulator = house.simulator
    await simulator.go_away()
    await start(house)
    await simulator.rename_extension("1000", "Persephone")
    await simulator.come_back()
    await house.traveller.travel(20)

    device = devices(house.hass, house.entry.entry_id)[f"{SERIAL}_ext_1000"]
    assert device.name == "Persephone"
    assert house.extension("1000") == "idle"


async def test_refused_credentials_are_asked_for_when_the_pbx_is_back(house: House) -> None:
    simulator = house.simulator
    await simulator.go_away()
    await start(house)
    simulator.set_password("An0ther")
    await simulator.come_back()
    await house.traveller.travel(600)

    flows = house.hass.config_entries.flow.async_progress()
    assert [flow["context"]["source"] for flow in flows] == ["reauth"]
    assert simulator.failed_logins == 1
    assert house.extension("1000") == STATE_UNAVAILABLE


@pytest.mark.parametrize(
    ("before", "after"), [("yeastar-v1", "yeastar-v2"), ("yeastar-v2", "yeastar-v1")]
)
async def test_another_version_of_the_api_is_searched_for_once(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    before: str,
    after: str,
) -> None:
    """New firmware serves it alone. The entry keeps it, and has what it offers."""
    house = await move_in(hass, await start_simulator(dialect=before), traveller)
    await house.unload()
    updated = await start_simulator(dialect=after, knobs={"strict_versions": True})
    house = replace(house, simulator=updated)
    data = {**house.entry.data, CONF_PORT: updated.port}
    hass.config_entries.async_update_entry(house.entry, data=data)
    await start(house)
    found_by = house.runtime
    assert not found_by.link.up
    await traveller.travel(30)
    assert house.entry.data == {**data, CONF_DIALECT: after}
    assert house.runtime is not found_by
    assert house.runtime.link.up
    logins = [each for each in updated.requests if each.endpoint == "login"]
    assert [each.errno for each in logins].count("") == 2

    loaded = house.runtime
    await traveller.travel(600)
    assert house.runtime is loaded
    await house.unload()
    await start(house)
    assert house.runtime.link.up
    assert house.extension("1001") == "idle"


async def test_a_version_that_was_stepped_down_to_is_not_kept(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    """One request of a PBX that starts may fail."""
    house = await move_in(hass, await start_simulator(dialect="yeastar-v2"), traveller)
    await house.unload()
    house.simulator.knobs.wrong_errno = {"extension/list": "10003"}
    await start(house)
    await traveller.travel(60)
    assert house.runtime.backend.variant.key == "yeastar-v1"
    assert house.entry.data[CONF_DIALECT] == "yeastar-v2"
    house.simulator.knobs.wrong_errno = {}
    await house.unload()
    await start(house)
    assert house.runtime.backend.variant.key == "yeastar-v2"


async def test_the_api_that_is_off_is_in_repairs(house: House) -> None:
    house.simulator.knobs.api_running = False
    await start(house)
    await house.traveller.travel(90)
    issues = ir.async_get(house.hass)
    issue = f"api_off_{house.entry.entry_id}"
    assert issues.async_get_issue(DOMAIN, issue) is not None

    house.simulator.knobs.api_running = True
    await house.traveller.travel(70)
    assert issues.async_get_issue(DOMAIN, issue) is None


async def test_unloading_is_quick_and_leaves_nothing(house: House) -> None:
    await house.simulator.go_away()
    await start(house)
    await house.traveller.travel(30)

    before = house.traveller.now()
    await house.unload()
    assert house.traveller.now() == before
    assert house.entry.state is ConfigEntryState.NOT_LOADED

    await house.simulator.come_back()
    requests = len(house.simulator.requests)
    await house.traveller.travel(600)
    assert len(house.simulator.requests) == requests


async def test_actions_say_that_the_pbx_cannot_be_reached(house: House) -> None:
    """What was set by hand is kept, and registered when the PBX is back."""
    hass = house.hass
    await house.simulator.go_away()
    await start(house)

    assert await refusal(hass, "send_heartbeat") == "cannot_connect"
    assert await refusal(hass, "update_url", port=9000) == "cannot_connect"
    assert await refusal(hass, "dial", extension="1000", number="1001") == "cannot_connect"
    assert house.entry.data[CONF_REPORT_ADDRESS] == {"port": "9000"}
    listed = await call(hass, "get_extension")
    assert "1001" in str(listed)

    await house.simulator.come_back()
    await house.traveller.travel(20)
    assert house.simulator.report_target.port == "9000"


async def test_diagnostics_show_what_is_known(house: House) -> None:
    await house.simulator.go_away()
    await start(house)
    found = await async_get_config_entry_diagnostics(house.hass, house.entry)
    assert found["pbx"]["extensions"] == {"None": 5}
    assert found["pbx"]["info"]["firmware"]
    assert (found["link"]["up"], found["link"]["logins"]) == (False, 0)
    assert found["link"]["last_error"]
    text = json.dumps(found)
    assert SERIAL not in text
    assert WEBHOOK_ID not in text


async def test_no_call_is_missed_that_nobody_missed(house: House) -> None:
    await start(house)
    await missed(house, "030555820")
    await house.traveller.travel(60)
    assert house.state("sensor", "missed_calls") == "1"
    await house.unload()
    await house.simulator.go_away()
    await start(house)
    assert house.state("sensor", "missed_calls") == "1"
    assert house.state("sensor", "active_calls") in (STATE_UNKNOWN, STATE_UNAVAILABLE)
    assert [logged.caller for logged in calls(house)] == ["030555820"]

    talk = await house.simulator.calls.inbound(
        "trunk-1", caller="030555821", did="4930120", to="1001"
    )
    await talk.ring()
    await talk.answer("1001")
    await house.traveller.travel(90)
    await house.simulator.come_back()
    await house.traveller.travel(60)
    await talk.hang_up()
    await house.traveller.travel(60)

    assert house.state("sensor", "missed_calls") == "1"
    assert len(gaps(house)) == 1  # this PBX keeps no records


async def test_a_report_before_the_first_login_changes_nothing(house: House) -> None:
    """Whether its source is the PBX is not known yet, and the first read shows what it says."""
    await house.simulator.go_away()
    await start(house)

    receiver = house.runtime.receiver
    receiver.receive([(status_report("1001"), "127.0.0.1"), (status_report("1001"), "10.9.9.9")])

    assert not receiver.accepted
    assert not receiver.rejected
    assert not [issue for domain, issue in ir.async_get(house.hass).issues if domain == DOMAIN]
    await house.simulator.come_back()
    await house.traveller.travel(20)
    receiver.receive([(status_report("1001"), "127.0.0.1")])
    assert house.extension("1001") == "ringing"


async def test_the_event_stream_waits_for_the_link(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    """It would ask for heartbeats with each failure."""
    simulator = await start_simulator(dialect="yeastar-v2", event_port=0)
    house = await house_with_feed(
        hass, simulator, traveller, options={CONF_CHANNEL: CHANNEL_STREAM}
    )
    await traveller.travel(5)
    await house.unload()
    simulator.knobs.api_running = False
    await start(house)
    requests = len(simulator.requests)
    await traveller.travel(60)
    assert simulator.events.count == 0
    assert len(simulator.requests) - requests <= 60 / 3.9

    simulator.knobs.api_running = True
    await traveller.travel(20, until=subscribers(simulator, 1))
    assert simulator.events.count == 1
    assert await reported(house, "1001", "ringing")
