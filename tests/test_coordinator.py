"""Reports make it fast, reading makes it true."""

import asyncio

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from pbx_simulator import Simulator

from .conftest import SERIAL, StartSimulator, add_entry
from .house import House, log_levels, move_in
from .live import SHOWN_STATUS, serve
from .time_travel import TimeTraveller

LIST = "extensionlist/query"
FULL = "inbound/query"  # asked for by full reads alone while nobody calls


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    return await move_in(hass, simulator, traveller)


async def prove(house: House) -> None:
    """Send one report, which proves the delivery, and let a full read pass."""
    await house.simulator.set_extension_status("1000", "unavailable")
    await house.traveller.travel(31)
    assert house.extension("1000") == "not_registered"


def devices(house: House) -> set[str]:
    """Return the identifiers of the entry's devices."""
    registry = dr.async_get(house.hass)
    return {
        identifier
        for device in dr.async_entries_for_config_entry(registry, house.entry.entry_id)
        for _, identifier in device.identifiers
    }


async def test_trunks_are_read_every_half_minute(house: House) -> None:
    await prove(house)
    house.simulator.directory.trunks["trunk-1"].status = "failure"

    took = await house.traveller.travel(60, until=lambda: house.trunk("trunk-1") == "failure")

    assert took <= 30


async def test_a_lost_report_is_repaired_in_half_a_minute(house: House) -> None:
    """However many reports come meanwhile."""
    await prove(house)
    house.simulator.knobs.lose_next = 1
    await house.simulator.set_extension_status("1002", "ringing")
    await house.simulator.set_extension_status("1000", "idle")
    await house.traveller.travel(1)
    assert (house.extension("1000"), house.extension("1002")) == ("idle", "idle")

    took = await house.traveller.travel(400, until=lambda: house.extension("1002") == "ringing")

    assert 1 < took <= 30
    assert house.runtime.corrections == 1


async def until_shown(house: House, number: str, status: str) -> float:
    """Let time pass until an extension shows a status.

    Return the seconds that it took, a minute at most.
    """
    return await house.traveller.travel(60, until=lambda: house.extension(number) == status)


async def test_what_is_lost_after_a_lost_report_is_repaired_in_ten_seconds(house: House) -> None:
    """The last report of a disturbance may be lost as well, and nothing shows that it is over."""
    await prove(house)
    lobby = house.simulator.directory.extensions["1002"]
    lobby.status = "ringing"  # and nobody reports it
    await until_shown(house, "1002", "ringing")
    for word in ("busy", "ringing", "unavailable"):
        await house.traveller.travel(15)
        lobby.status = word
        assert await until_shown(house, "1002", SHOWN_STATUS.get(word, word)) <= 10

    await house.traveller.travel(70)
    since = len(house.simulator.requests)
    await house.traveller.travel(240)
    assert house.asked(LIST, since) <= 17  # every 15 seconds again, since reports are not proven


async def test_everything_is_read_every_five_minutes(house: House) -> None:
    await prove(house)
    await house.traveller.travel(300)
    since = len(house.simulator.requests)
    await house.traveller.travel(901)
    assert house.asked(FULL, since) == 3


async def test_lost_report_is_repaired_soon_while_reports_are_unproven(house: House) -> None:
    house.simulator.directory.extensions["1002"].status = "ringing"

    took = await house.traveller.travel(60, until=lambda: house.extension("1002") == "ringing")

    assert took <= 15


async def test_polling_switched_off_changes_nothing(house: House) -> None:
    house.hass.config_entries.async_update_entry(house.entry, pref_disable_polling=True)
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await prove(house)
    house.simulator.directory.extensions["1002"].status = "ringing"
    house.simulator.directory.trunks["trunk-1"].status = "failure"

    await house.traveller.travel(301)

    assert (house.extension("1002"), house.trunk("trunk-1")) == ("ringing", "failure")


async def test_a_report_is_newer_than_a_list_being_read(house: House) -> None:
    simulator, traveller = house.simulator, house.traveller
    await prove(house)
    simulator.knobs.fault_endpoints = {LIST}
    simulator.knobs.answer_delay = 5
    answered = asyncio.create_task(house.runtime.coordinator.async_refresh())
    await traveller.travel(4)  # the list is asked for; the simulator fills it in when it answers
    simulator.directory.extensions["1001"].status = "busy"
    report = {"action": "ExtensionStatus", "extension": "1002", "status": "Ringing", "sn": SERIAL}
    await simulator.send_report(report)  # while the list will say idle
    await traveller.travel(3, until=answered.done)

    assert answered.done()
    assert house.extension("1001") == "busy"  # the list was applied
    assert house.extension("1002") == "ringing"  # but for what was reported meanwhile

    await traveller.wait_for(house.runtime.coordinator.async_refresh())
    assert house.extension("1002") == "idle"  # the next list is newer than the report
    simulator.knobs.answer_delay = 0


async def test_what_the_pbx_gets_and_loses_follows_a_change_report(house: House) -> None:
    simulator, traveller = house.simulator, house.traveller
    await simulator.add_extension("1077", name="Workshop")
    await simulator.add_trunk("provider")
    await traveller.travel(1)
    assert f"{SERIAL}_ext_1077" in devices(house)
    assert house.extension("1077") == "idle"
    await traveller.travel(30)
    assert house.trunk("provider") == "registered"

    await simulator.remove_extension("1077")
    await simulator.remove_trunk("provider")
    await simulator.remove_extension("1004")
    await traveller.travel(31)

    assert not {f"{SERIAL}_ext_1077", f"{SERIAL}_ext_1004", f"{SERIAL}_trunk_provider"} & devices(
        house
    )
    entities = er.async_entries_for_config_entry(er.async_get(house.hass), house.entry.entry_id)
    assert not [e for e in entities if "1077" in e.unique_id or "provider" in e.unique_id]

    await simulator.add_extension("1004", name="Back again")
    await traveller.travel(31)
    assert house.extension("1004") == "idle"
    assert simulator.logins == 1  # no reload


async def test_many_change_reports_cost_two_reads(house: House) -> None:
    await prove(house)
    since = len(house.simulator.requests)

    for _ in range(100):
        await house.simulator.send_report(
            {"action": "ConfigChange", "type": "extension", "sn": SERIAL}
        )
    await house.traveller.travel(60)

    assert house.asked(FULL, since) == 2  # one at once, one at the end of the pause


async def test_a_thousand_reports_of_unknown_extensions_cost_one_read(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await prove(house)
    since = len(house.simulator.requests)
    known = dict(house.runtime.store.extensions)
    caplog.clear()

    for number in range(5000, 6000):
        await house.simulator.send_report(
            {
                "action": "ExtensionStatus",
                "extension": str(number),
                "status": "Busy",
                "sn": SERIAL,
            }
        )
    await house.simulator.settle()
    await house.traveller.travel(60)

    assert house.runtime.receiver.accepted["ExtensionStatusReport"] == 1001
    assert house.asked(FULL, since) == 1
    assert house.runtime.store.extensions == known
    assert log_levels(caplog) == []


async def test_starts_cost_one_login_per_half_minute(house: House) -> None:
    await prove(house)
    simulator, traveller = house.simulator, house.traveller
    since = len(simulator.requests)

    for _ in range(60):
        await simulator.send_report({"action": "BootUp", "sn": SERIAL})
        await traveller.travel(1)
    await traveller.travel(30)

    logins = [r.time for r in list(simulator.requests)[since:] if r.endpoint == "login"]
    assert len(logins) == 2
    assert logins[1] - logins[0] >= 30
    assert house.asked(FULL, since) == 2
    # To compare the serial number; the firmware may be another now, too.
    assert house.asked("deviceinfo/query", since) == 2
    assert simulator.max_in_flight == 1


async def test_a_failed_start_removes_no_device(
    hass: HomeAssistant, house: House, simulator: Simulator
) -> None:
    before = devices(house)
    registered: list[str] = []
    hass.bus.async_listen(
        dr.EVENT_DEVICE_REGISTRY_UPDATED, lambda event: registered.append(event.data["action"])
    )
    await house.unload()
    for endpoint in ("trunklist/query", LIST):
        simulator.knobs.wrong_errno = {endpoint: "30001"}
        assert await hass.config_entries.async_setup(house.entry.entry_id)
        assert devices(house) == before
        await hass.config_entries.async_unload(house.entry.entry_id)
    simulator.knobs.wrong_errno.clear()

    assert await hass.config_entries.async_setup(house.entry.entry_id)

    assert devices(house) == before
    assert "remove" not in registered


async def test_a_pbx_that_lists_no_trunks_is_read_without_them(
    hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller
) -> None:
    simulator.knobs.wrong_errno["trunklist/query"] = "10003"
    house = await move_in(hass, simulator, traveller)
    simulator.directory.extensions["1001"].status = "busy"

    await traveller.travel(31)

    assert house.extension("1001") == "busy"
    assert house.runtime.store.trunks == {}


async def test_an_extension_is_read_though_the_trunks_fail(house: House) -> None:
    house.simulator.knobs.wrong_errno["trunklist/query"] = "20009"
    house.simulator.directory.extensions["1001"].status = "busy"

    await house.traveller.travel(31)

    assert house.extension("1001") == "busy"
    assert house.trunk("trunk-1") == "registered"
    assert house.runtime.link.up


async def test_reports_during_set_up_do_no_harm(
    hass: HomeAssistant,
    simulator: Simulator,
    traveller: TimeTraveller,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A PBX that knows the address from before reports from the first moment on."""
    house = await move_in(hass, simulator, traveller)
    await prove(house)
    await house.unload()
    caplog.clear()
    simulator.knobs.answer_delay = 2
    target = simulator.report_target
    loading = asyncio.create_task(hass.config_entries.async_setup(house.entry.entry_id))
    for _ in range(30):
        await traveller.travel(0.5)
        for session in simulator.sessions.living():
            simulator.sessions.register(session, target)
        status = "busy" if simulator.directory.extensions["1003"].status == "idle" else "idle"
        await simulator.set_extension_status("1003", status)
    simulator.knobs.answer_delay = 0
    await traveller.travel(40, until=loading.done)
    await traveller.travel(20)

    assert await loading
    assert house.extension("1003") == simulator.directory.extensions["1003"].status
    assert "WARNING" not in log_levels(caplog)


async def test_no_extensions_and_no_trunks_is_no_failure(
    hass: HomeAssistant, start_simulator: StartSimulator, traveller: TimeTraveller
) -> None:
    simulator = await start_simulator(extensions=0, trunks=0)
    await serve(hass)
    entry = add_entry(hass, simulator)

    assert await hass.config_entries.async_setup(entry.entry_id)
    await traveller.travel(600)
    await simulator.add_extension("1000", name="First")
    await traveller.travel(31)

    assert list(entry.runtime_data.store.extensions) == ["1000"]


@pytest.mark.parametrize("extensions", [3, 60])
async def test_what_a_missed_call_costs_does_not_depend_on_the_number_of_extensions(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    extensions: int,
) -> None:
    """Nobody hangs up as far as reports tell: the calls on trunks are read, and nothing else."""
    simulator = await start_simulator(extensions=extensions)
    simulator.knobs.byes = "answered"
    house = await move_in(hass, simulator, traveller)
    await prove(house)
    call = await simulator.calls.inbound("trunk-1", caller="030555823", to="1001")
    await call.ring()
    await traveller.travel(26)  # the calls have just been read
    await call.hang_up("caller")
    since = len(simulator.requests)

    took = await traveller.travel(60, until=lambda: house.state("sensor", "missed_calls") == "1")

    assert took <= 3
    asked = sorted(request.endpoint for request in simulator.requests[since:])
    assert asked == ["inbound/query", "outbound/query"]
