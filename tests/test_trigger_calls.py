"""Triggers and calls on a simulated PBX, in every dialect.

Each thing runs them once, and nothing else does.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.setup import async_setup_component
import pytest

from custom_components.ippbx.reports.receiver import Body
from pbx_simulator import Simulator
from pbx_simulator.calls.services import ServiceKind
from tests.blueprints.automations import DIALECTS, ring

from .attached_triggers import Attached, attach
from .conftest import SERIAL, StartSimulator
from .house import House, move_in
from .live import entity_id
from .time_travel import TimeTraveller

NAMES = ("incoming_call", "call_answered", "call_ended", "call_missed", "key_pressed")
GROUP = ("1001", "1002", "1003", "1004", "1005")


@pytest.fixture(params=DIALECTS)
async def simulator(start_simulator: StartSimulator, request: pytest.FixtureRequest) -> Simulator:
    return await start_simulator(dialect=request.param)


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    return await move_in(hass, simulator, traveller)


async def attach_all(house: House, *extensions: str) -> dict[str, Attached]:
    """Attach each trigger, for some extensions or for all calls."""
    options = {"extension": list(extensions)} if extensions else {}
    return {name: await attach(house.hass, name, **options) for name in NAMES}


def runs(attached: dict[str, Attached]) -> dict[str, int]:
    """Return how often each has run, those left out that have not."""
    return {name: len(each.runs) for name, each in attached.items() if each.runs}


@pytest.mark.parametrize("extensions", [(), ("1001",)], ids=["all calls", "one extension"])
async def test_an_answered_call(house: House, extensions: tuple[str, ...]) -> None:
    attached = await attach_all(house, *extensions)
    call = await ring(house)
    assert runs(attached) == {"incoming_call": 1}
    await call.answer()
    await call.press("5")
    await house.traveller.travel(30)
    await call.hang_up()
    await house.traveller.travel(30)
    assert runs(attached) == dict.fromkeys(
        ("incoming_call", "call_answered", "key_pressed", "call_ended"), 1
    )
    assert attached["call_answered"].values("caller_uri") == ["tel:+4930555817"]
    assert attached["call_ended"].values("outcome") == ["answered"]
    assert attached["call_ended"].values("answered_by") == ["1001"]
    assert attached["key_pressed"].values("key") == ["5"]


@pytest.mark.parametrize("byes", ["both", "phones", "answered"])
async def test_a_missed_call(house: House, byes: str) -> None:
    """Without a BYE its record and a reading show its end (docs/asterisk.md): that is news, too."""
    house.simulator.knobs.byes = byes
    attached = await attach_all(house)
    call = await ring(house)
    await house.traveller.travel(20)
    await call.hang_up()
    await house.traveller.travel(60)
    assert runs(attached) == dict.fromkeys(("incoming_call", "call_ended", "call_missed"), 1)
    assert attached["call_missed"].values("late") == [False]


STATES = {
    "with": ("sensor", "ext_1001_in_call_with"),
    "status": ("sensor", "ext_1001_status"),
    "caller": ("sensor", "ext_1001_last_caller"),
    "active": ("sensor", "active_calls"),
    "missed": ("sensor", "missed_calls"),
    "event": ("event", "ext_1001_call"),
}


async def tell_states(house: House) -> list[dict[str, str]]:
    """Make an automation that tells, first of all, what entities show; return what it tells."""
    ids = {name: entity_id(house.hass, on, f"{SERIAL}_{key}") for name, (on, key) in STATES.items()}
    shown = {name: f"{{{{ states('{entity}') }}}}" for name, entity in ids.items()}
    shown["event"] = f"{{{{ state_attr('{ids['event']}', 'event_type') }}}}"
    automation = {
        "alias": "Tell",
        "mode": "queued",
        "triggers": [
            {"trigger": f"ippbx.{name}", "id": name, "target": {"entity_id": ids["status"]}}
            for name in NAMES
        ],
        "actions": {"event": "told", "event_data": {"on": "{{ trigger.id }}", **shown}},
    }
    told: list[dict[str, str]] = []

    @callback
    def tell(event: Event[Any]) -> None:
        told.append({name: str(value) for name, value in event.data.items()})

    house.hass.bus.async_listen("told", tell)
    assert await async_setup_component(house.hass, "automation", {"automation": automation})
    return told


async def test_states_are_written_before_an_automation_reads_them(
    entity_registry_enabled_by_default: None, house: House
) -> None:
    told = await tell_states(house)
    for missed, caller in enumerate(("4930555811", "4930555812")):
        told.clear()
        call = await ring(house, caller=caller)
        rings = {"with": caller, "status": "ringing", "caller": caller, "active": "1"}
        (told_first,) = told
        assert told_first == {
            "on": "incoming_call", "event": "ringing", "missed": str(missed), **rings
        }  # fmt: skip
        await call.hang_up()
        await house.traveller.travel(30)
        over = [(each["on"], each["event"], each["active"], each["missed"]) for each in told[1:]]
        assert sorted(over) == [
            ("call_ended", "missed", "0", str(missed + 1)),
            ("call_missed", "missed", "0", str(missed + 1)),
        ]


async def test_states_are_those_of_the_change_though_reports_came_together(
    entity_registry_enabled_by_default: None, house: House
) -> None:
    """Each change runs its automation among the states of that change, in the order of changes."""
    told = await tell_states(house)
    bodies: list[Body] = []
    house.runtime._queue._receive = bodies.extend
    house.runtime.coordinator.async_stop()  # a read would show the call before its reports do
    call = await ring(house)
    await call.answer()
    await house.traveller.travel(1)
    assert told == []
    house.runtime.receiver.receive(bodies)
    await house.traveller.rest()
    assert [(each["on"], each["status"], each["event"], each["active"]) for each in told] == [
        ("incoming_call", "ringing", "ringing", "1"),
        ("call_answered", "busy", "answered", "1"),
    ]


@pytest.mark.parametrize("answered", [True, False])
async def test_a_group_of_five(house: House, answered: bool) -> None:
    house.simulator.calls.set_group(ServiceKind.RING_GROUP, "6200", *GROUP)
    everybody, five = await attach_all(house), await attach_all(house, *GROUP)
    call = await house.simulator.calls.inbound(None, "+4930555817", to="6200")
    await call.ring()
    await house.traveller.travel(15)
    if answered:
        await call.answer("1003")
        await house.traveller.travel(15)
    await call.hang_up()
    await house.traveller.travel(60)
    expected = "call_answered" if answered else "call_missed"
    for attached in (everybody, five):
        assert runs(attached) == dict.fromkeys(("incoming_call", expected, "call_ended"), 1)


async def test_ringing_for_a_while(house: House) -> None:
    attached = await attach(
        house.hass, "incoming_call", extension="1001", ringing_for={"seconds": 15}
    )
    answered = await ring(house)
    await house.traveller.travel(10)
    await answered.answer()
    await house.traveller.travel(30)
    await answered.hang_up()
    await house.traveller.travel(30)
    assert attached.runs == []
    call = await ring(house, caller="+4930999")
    await house.traveller.travel(13)
    assert attached.runs == []
    await house.traveller.travel(2)
    assert attached.values("caller") == ["+4930999"]
    await call.hang_up()


async def test_a_call_is_accepted_in_time(house: House) -> None:
    if house.simulator.config.dialect == "openvox":
        pytest.skip("OpenVox documents no calls that can be accepted")
    house.simulator.directory.trunks["trunk-1"].control_answering = True
    attached = await attach(house.hass, "decision_needed", caller="+4930*")
    call = await house.simulator.calls.inbound("trunk-1", "+49301234", to="1001")
    await house.traveller.travel(1)
    (run,) = attached.runs
    assert 8 < run["seconds_left"] <= 10
    fields = {"call_id": run["call_id"], "config_entry_id": run["config_entry_id"]}
    accept = house.hass.services.async_call("ippbx", "accept_call", fields, blocking=True)
    await house.traveller.wait_for(accept, seconds=2)
    assert call.state == "ringing"


async def lose_link(house: House) -> None:
    await house.simulator.go_away()
    await house.traveller.travel(90)
    await house.simulator.come_back()


async def drop_token(house: House) -> None:
    house.simulator.drop_tokens()
    await house.traveller.travel(90)


async def reload_entry(house: House) -> None:
    entry_id = house.entry.entry_id
    await house.traveller.wait_for(house.hass.config_entries.async_reload(entry_id))


@pytest.mark.parametrize("restart", [lose_link, drop_token, reload_entry])
@pytest.mark.parametrize("answered", [True, False])
async def test_a_restart_in_the_middle_runs_nothing_again(
    house: House, restart: Callable[[House], Awaitable[None]], answered: bool
) -> None:
    attached = await attach_all(house)
    waiting = await attach(house.hass, "incoming_call", ringing_for=3600)
    call = await ring(house)
    if answered:
        await call.answer()
    await house.traveller.travel(5)
    before = runs(attached)
    for _ in range(3):
        await restart(house)
        await house.traveller.travel(120)
        assert house.runtime.link.up
    assert runs(attached) == before
    assert waiting.runs == []


@pytest.mark.parametrize(("seconds", "late"), [(15, False), (150, True)])
async def test_an_end_during_a_loss_of_the_link_is_late_if_it_is_found_after_a_minute(
    house: House, seconds: float, late: bool
) -> None:
    if house.simulator.config.dialect == "openvox":
        pytest.skip("without records nothing says when it ended")
    usual, all_ends = await attach_all(house), await attach(house.hass, "call_ended", late=True)
    call = await ring(house)
    await call.answer()
    await house.traveller.travel(60)
    await house.simulator.go_away()
    await call.hang_up()
    await house.traveller.travel(seconds)
    await house.simulator.come_back()
    await house.traveller.travel(90)
    assert house.runtime.link.up
    assert all_ends.values("late") == [late]
    assert len(usual["call_ended"].runs) == (not late)


async def test_a_reboot_of_the_pbx_ends_calls_and_starts_none(house: House) -> None:
    attached = await attach_all(house)
    call = await ring(house)
    await call.answer()
    await house.traveller.travel(5)
    for _ in range(3):
        await house.traveller.wait_for(house.simulator.reboot(seconds=20))
        await house.traveller.travel(120)
    counts = runs(attached)
    assert counts.pop("call_ended", 1) == 1
    assert counts == {"incoming_call": 1, "call_answered": 1}


async def test_what_was_missed_meanwhile_runs_only_what_asks_for_it(house: House) -> None:
    attached = await attach_all(house)
    late = await attach(house.hass, "call_missed", late=True)
    await house.unload()
    calls = [await ring(house, f"100{last}", f"+493055581{last}") for last in "12"]
    await house.traveller.travel(30)
    for call in calls:
        await call.hang_up()
    await house.traveller.travel(600)
    await house.traveller.wait_for(house.hass.config_entries.async_setup(house.entry.entry_id))
    await house.traveller.travel(60)
    await reload_entry(house)
    await house.traveller.travel(600)
    assert runs(attached) == {}
    keeps_records = house.simulator.config.dialect != "openvox"
    assert len(late.runs) == (2 if keeps_records else 0)
    assert all(late.values("late"))
