"""Two PBXes with the same extension numbers at one Home Assistant are never mixed."""

from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import condition, device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ippbx.const import (
    CHANNEL_LISTENER,
    CHANNEL_WEBHOOK,
    CONF_CHANNEL,
    CONF_LISTENER_PORT,
)
from custom_components.ippbx.pbx.model.tracked import CallEventType
from custom_components.ippbx.reports.channels.listener import async_get_listeners
from pbx_simulator import Simulator
from tests.calls.changes import call, change
from tests.reports.raw_requests import post, status_report

from .attached_triggers import attach
from .conftest import StartSimulator, add_entry
from .live import entity_id, free_port, load, serve, wait_for_state

SERIALS = ("HOUSE00000001", "BARN000000002")
WEBHOOK_IDS = ("aa11aa11aa11aa11aa11aa11aa11aa11", "bb22bb22bb22bb22bb22bb22bb22bb22")


@dataclass(slots=True, kw_only=True)
class Side:
    """One PBX and its entry."""

    hass: HomeAssistant
    simulator: Simulator
    entry: MockConfigEntry
    serial: str

    def status(self, number: str) -> str:
        found = entity_id(self.hass, "sensor", f"{self.serial}_ext_{number}_status")
        return self.hass.states.get(found).state

    async def report(self, number: str, status: str) -> None:
        await self.simulator.set_extension_status(number, status)
        await self.simulator.settle()

    async def reached(self, number: str, status: str) -> None:
        found = entity_id(self.hass, "sensor", f"{self.serial}_ext_{number}_status")
        await wait_for_state(self.hass, found, status)


async def two(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    options: dict[str, Any],
    knobs: dict[str, Any] | None = None,
) -> tuple[Side, Side]:
    sides = []
    for serial, webhook_id in zip(SERIALS, WEBHOOK_IDS, strict=True):
        simulator = await start_simulator(serial=serial, knobs=knobs)
        entry = add_entry(hass, simulator, options=options, webhook_id=webhook_id)
        await load(hass, entry)
        sides.append(Side(hass=hass, simulator=simulator, entry=entry, serial=serial))
    return sides[0], sides[1]


def on_listener(port: int) -> dict[str, Any]:
    return {CONF_CHANNEL: CHANNEL_LISTENER, CONF_LISTENER_PORT: port}


@pytest.mark.parametrize("way", [CHANNEL_WEBHOOK, CHANNEL_LISTENER])
@pytest.mark.parametrize("knobs", [{}, {"missing_sn": True}])
async def test_each_report_reaches_its_own_extension(
    hass: HomeAssistant, start_simulator: StartSimulator, way: str, knobs: dict[str, Any]
) -> None:
    await serve(hass)
    options = {} if way == CHANNEL_WEBHOOK else on_listener(free_port())
    house, barn = await two(hass, start_simulator, options, knobs)

    await house.report("1001", "busy")
    await barn.report("1001", "ringing")
    await barn.report("1002", "unavailable")
    await house.reached("1001", "busy")
    await barn.reached("1001", "ringing")
    await barn.reached("1002", "not_registered")

    assert house.status("1002") == "idle"
    assert not house.entry.runtime_data.receiver.rejected
    assert not barn.entry.runtime_data.receiver.rejected


async def test_reports_without_path_are_known_by_their_serial_number(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    await serve(hass)
    options = on_listener(free_port())
    house, barn = await two(hass, start_simulator, options, {"drops_path": True})

    await house.report("1001", "busy")
    await barn.report("1002", "busy")
    await house.reached("1001", "busy")
    await barn.reached("1002", "busy")

    assert b"POST  HTTP/1.1\r\n" in house.simulator.deliveries[-1].raw
    assert (house.status("1002"), barn.status("1001")) == ("idle", "idle")
    assert not house.entry.runtime_data.receiver.rejected


async def test_an_ambiguous_report_changes_no_entry(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    await serve(hass)
    options = on_listener(port := free_port())
    house, barn = await two(
        hass, start_simulator, options, {"drops_path": True, "missing_sn": True}
    )

    await house.report("1001", "busy")
    assert house.simulator.deliveries[-1].status == 200
    assert (house.status("1001"), barn.status("1001")) == ("idle", "idle")
    assert not house.entry.runtime_data.receiver.accepted
    assert async_get_listeners(hass)._by_port[port].unclaimed == 1

    # Once only one is left, the same report can only be its own.
    assert await hass.config_entries.async_unload(barn.entry.entry_id)
    await house.report("1001", "ringing")
    await house.reached("1001", "ringing")


@pytest.mark.parametrize(
    ("path", "serial", "source"),
    [
        ("/", SERIALS[0], "127.0.0.2"),  # the root belongs to the PBX's addresses alone
        ("/", "STRANGER00001", "127.0.0.1"),
        ("/report", SERIALS[0], "127.0.0.1"),
        ("/api/webhook/", SERIALS[0], "127.0.0.1"),
        (f"/api/webhook/{WEBHOOK_IDS[1]}", SERIALS[0], "127.0.0.1"),  # of the other one
        (f"/api/webhook/{WEBHOOK_IDS[0][:-1]}", SERIALS[0], "127.0.0.1"),
    ],
)
async def test_reports_for_no_entry(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    path: str,
    serial: str,
    source: str,
) -> None:
    await serve(hass)
    options = on_listener(port := free_port())
    house, barn = await two(hass, start_simulator, options)

    body = status_report("1001", sn=serial)
    assert b" 200 " in await post(port, body, path=path, source=source)

    assert (house.status("1001"), barn.status("1001")) == ("idle", "idle")
    assert not house.entry.runtime_data.receiver.accepted
    assert not barn.entry.runtime_data.receiver.accepted


async def test_nothing_that_is_no_report_is_claimed_at_the_root(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    await serve(hass)
    options = on_listener(port := free_port())
    house, _ = await two(hass, start_simulator, options)
    assert b" 200 " in await post(port, b"[[[", path="/")
    assert not house.entry.runtime_data.receiver.rejected
    assert async_get_listeners(hass)._by_port[port].unclaimed == 1


async def test_the_root_does_not_reach_the_webhook(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    """Without the path a report counts on the listener alone."""
    port = await serve(hass)
    house, _ = await two(hass, start_simulator, {})
    await post(port, status_report("1001", sn=SERIALS[0]), path="/")
    assert house.status("1001") == "idle"


async def test_one_entry_may_leave_the_shared_listener(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    await serve(hass)
    options = on_listener(port := free_port())
    house, barn = await two(hass, start_simulator, options)

    assert await hass.config_entries.async_unload(house.entry.entry_id)
    await barn.report("1001", "busy")
    await barn.reached("1001", "busy")
    await load(hass, house.entry)
    await house.report("1001", "ringing")
    await house.reached("1001", "ringing")
    assert barn.status("1001") == "busy"

    for side in (house, barn):
        assert await hass.config_entries.async_unload(side.entry.entry_id)
    with pytest.raises(OSError, match=r"refused|Connect"):
        await post(port, b"{}")


async def test_one_that_works_does_not_have_the_refused_credentials_of_the_other_sent(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    """Behind one router two PBXes have one host, by which refused credentials are kept."""
    await serve(hass)
    works, refuses = [await start_simulator(serial=serial) for serial in SERIALS]
    good = add_entry(hass, works, webhook_id=WEBHOOK_IDS[0])
    bad = add_entry(hass, refuses, webhook_id=WEBHOOK_IDS[1], password="wr0ng")
    for _ in range(3):
        await hass.config_entries.async_reload(bad.entry_id)
        await hass.config_entries.async_reload(good.entry_id)
    assert works.logins > 1
    assert refuses.failed_logins == 1


@pytest.mark.parametrize(
    ("title", "place"),
    [("Barn", "Barn"), ("UC300 (127.0.0.1:8089)", "127.0.0.1:8089"), ("(Barn) B", "(Barn) B")],
)
async def test_devices_of_the_same_name_bear_what_tells_their_pbx(
    hass: HomeAssistant, start_simulator: StartSimulator, title: str, place: str
) -> None:
    """Those of the PBX that came first keep their names, whichever is set up again."""
    await serve(hass)
    house, barn = await two(hass, start_simulator, {})
    known = entity_id(hass, "sensor", f"{SERIALS[1]}_ext_1001_status")
    hass.config_entries.async_update_entry(barn.entry, title=title)
    for side in (house, barn):
        await side.simulator.rename_extension("1001", "Anna")
        await side.simulator.rename_extension("1002", "")
    await barn.simulator.rename_extension("1003", "Stable")

    async def shown() -> dict[str, str | None]:
        for side in (house, barn):
            await side.entry.runtime_data.coordinator.async_refresh()
        registry = dr.async_get(hass)
        return {
            identifier: device.name
            for side in (house, barn)
            for device in dr.async_entries_for_config_entry(registry, side.entry.entry_id)
            for _, identifier in device.identifiers
        }

    names = await shown()
    assert names[f"{SERIALS[0]}_ext_1001"] == "Anna"
    assert names[f"{SERIALS[1]}_ext_1001"] == f"Anna ({place})"
    assert names[f"{SERIALS[0]}_ext_1002"] == "Extension 1002"
    assert names[f"{SERIALS[1]}_ext_1002"] == f"Extension 1002 ({place})"
    assert names[f"{SERIALS[1]}_ext_1003"] == "Stable"
    assert names[f"{SERIALS[1]}_trunk_trunk-1"] == f"trunk-1 ({place})"

    assert await hass.config_entries.async_reload(house.entry.entry_id)
    await hass.async_block_till_done()
    assert await shown() == names

    await house.simulator.rename_extension("1001", "Bea")
    await barn.simulator.rename_extension("1004", "Cleo")  # what has it look at the names again
    assert (await shown())[f"{SERIALS[1]}_ext_1001"] == "Anna"
    assert entity_id(hass, "sensor", f"{SERIALS[1]}_ext_1001_status") == known


# Triggers and conditions


def targets(house: Side) -> dict[str, dict[str, Any] | None]:
    """Return no target, one that names nothing any more, and each kind of target at a PBX."""
    items = {"pbx": "", "phone": "_ext_1002", "trunk": "_trunk_trunk-1"}
    devices = dr.async_entries_for_config_entry(dr.async_get(house.hass), house.entry.entry_id)
    known = {key: device.id for device in devices for _, key in device.identifiers}
    ids = {name: known[f"{house.serial}{item}"] for name, item in items.items()}
    gone: dict[str, dict[str, Any] | None] = {"none": None, "gone": {"device_id": ["0" * 32]}}
    return gone | {name: {"device_id": [device_id]} for name, device_id in ids.items()}


async def test_a_target_limits_the_numbers_of_triggers_to_its_pbx(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    await serve(hass)
    house, barn = await two(hass, start_simulator, {})
    numbers = ["1001", "4711"]  # the second is no device
    attached = {
        name: await attach(hass, "call_answered", target, extension=numbers)
        for name, target in targets(house).items()
    }

    async def runs_for(side: Side, number: str, trunk: str = "trunk-1") -> set[str]:
        """Return which triggers a call of an extension runs."""
        for each in attached.values():
            each.runs.clear()
        answered = call(trunk=trunk, callee=number)
        side.entry.runtime_data.calls.triggers.publish(
            [change(CallEventType.ANSWERED, call=answered, extensions=(number,))]
        )
        await hass.async_block_till_done()
        return {name for name, each in attached.items() if each.values("extension") == [number]}

    for number in numbers:
        assert await runs_for(house, number) == {"none", "pbx", "phone", "trunk"}
        assert await runs_for(house, number, "trunk-2") == {"none", "pbx", "phone"}
        assert await runs_for(barn, number) == {"none"}
    assert await runs_for(house, "1002") == {"phone"}
    assert await runs_for(house, "1003") == await runs_for(barn, "1002") == set()


async def test_a_target_limits_the_numbers_of_conditions_to_its_pbx(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    await serve(hass)
    house, barn = await two(hass, start_simulator, {})

    async def fulfilled(name: str, number: str, **options: Any) -> set[str]:
        """Return the targets with which a condition on an extension is fulfilled."""
        found = set()
        for key, target in targets(house).items():
            config = {"condition": f"ippbx.{name}", "options": {"extension": number, **options}}
            checked = await condition.async_validate_condition_config(
                hass, config | ({"target": target} if target else {})
            )
            check = await condition.async_from_config(hass, checked)
            if check(hass):
                found.add(key)
        return found

    everything = {"none", "pbx", "phone"}
    for side, wanted in ((barn, {"none"}), (house, everything)):
        rings = await side.simulator.calls.inbound("trunk-1", "+4930555817", to="1001")
        await rings.ring()
        await side.simulator.settle()
        await side.reached("1001", "ringing")
        assert await fulfilled("extension_ringing", "1001") == wanted
        over_trunk = set() if side is barn else {"trunk"}
        assert await fulfilled("call_is_up", "1001") == wanted | over_trunk
        assert await fulfilled("call_is_up", "1003") == set()
        await rings.hang_up()
        await side.simulator.settle()
        await side.reached("1001", "idle")
    assert await fulfilled("extension_idle", "4711") == {"phone"}, "1002 itself is idle"
    assert await fulfilled("extension_idle", "1001", behavior="all") == everything
