"""Calls as users would tell them, over the PBX's sockets: one story, one test."""

import time
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from pbx_simulator import Simulator
from tests.blueprints.automations import DIALECTS
from tests.conftest import SERIAL, StartSimulator
from tests.house import House, move_in
from tests.live import entity_id, load
from tests.test_services_refused import call as call_action
from tests.time_travel import TimeTraveller

from .history.helpers import calls, listen
from .test_calls_over_restarts import OUTSIDE, shown, talking, told


@pytest.fixture(params=DIALECTS)
async def simulator(start_simulator: StartSimulator, request: pytest.FixtureRequest) -> Simulator:
    return await start_simulator(dialect=request.param)


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    return await move_in(hass, simulator, traveller)


openvox = pytest.mark.parametrize("simulator", ["openvox"], indirect=True)
yeastar_v2 = pytest.mark.parametrize("simulator", ["yeastar-v2"], indirect=True)


def new_id(number: int = 300) -> str:
    """Return the id of a call that begins now."""
    return f"{int(time.time())}.{number}"


async def report(house: House, **fields: Any) -> None:
    """Let the PBX send a report."""
    await house.simulator.send_report({**fields, "sn": SERIAL})
    await house.simulator.settle()
    await house.traveller.rest()


async def test_a_call_vanishes_without_a_word(house: House) -> None:
    """It is told as over within a minute."""
    await talking(house, await house.simulator.calls.inbound("trunk-1", OUTSIDE, to="1001"))
    published = listen(house)
    house.simulator.knobs.lose_reports = 1
    house.simulator.calls.forget_all()
    house.simulator.change_status("1001", "idle", False)
    await house.traveller.travel(60)
    assert told(house, published) == ["ended"]
    assert not await shown(house)


async def test_the_pbx_restarts_without_a_word(house: House) -> None:
    await talking(house, await house.simulator.calls.inbound("trunk-1", OUTSIDE, to="1001"))
    published = listen(house)
    house.simulator.knobs.lose_reports = 1
    await house.traveller.wait_for(house.simulator.reboot(seconds=10))
    house.simulator.change_status("1001", "idle", False)
    await house.traveller.travel(60)
    assert told(house, published) == ["ended"]


@pytest.mark.parametrize("simulator", ["openvox", "yeastar-v1"], indirect=True)
async def test_an_incoming_call_of_which_the_status_of_its_phone_alone_is_reported(
    house: House,
) -> None:
    """The calls are read for its ring, and not for one that is reported."""
    house.simulator.knobs.rings = "api"
    await house.traveller.travel(30)
    published = listen(house)
    call = await house.simulator.calls.inbound("trunk-1", OUTSIDE, to="1001")
    await call.ring()
    await house.traveller.travel(2)
    assert told(house, published) == ["ringing"]
    (item,) = await shown(house)
    assert (item["caller"], item["state"], item["callee"]) == (OUTSIDE, "ringing", "1001")


async def test_the_calls_are_not_read_for_a_ring_that_is_reported(house: House) -> None:
    house.simulator.change_status("1002", "busy", True)  # reports arrive
    await house.traveller.travel(30)
    requests = len(house.simulator.requests)
    call = await house.simulator.calls.inbound("trunk-1", OUTSIDE, to="1001")
    await call.ring()
    await house.traveller.travel(2)
    assert house.extension("1001") == "ringing"
    assert [r.endpoint for r in list(house.simulator.requests)[requests:]] == []


@openvox
async def test_the_record_comes_before_the_phones_are_idle(house: House) -> None:
    """The caller's phone, idle first, ends the call; the others show what they do then."""
    call_id = new_id()
    for number in ("1002", "1003"):
        await report(house, action="RING", callid=call_id, ext={"extid": [number, "1001"]})
        await report(house, action="ExtensionStatus", extension=number, status="Ringing")
    assert {house.extension(number) for number in ("1002", "1003")} == {"ringing"}
    record = {"callfrom": "1001", "callto": "1002", "callduraction": "5", "talkduraction": "0"}
    record |= {"status": "NO ANSWER", "type": "Internal"}
    await report(house, action="NewCdr", callid=call_id, **record)
    for number in ("1001", "1002", "1003"):
        await report(house, action="ExtensionStatus", extension=number, status="Idle")
    assert {house.extension(number) for number in ("1001", "1002", "1003")} == {"idle"}
    assert house.state("sensor", "ext_1002_in_call_with") == "unknown"


@openvox
async def test_the_record_of_a_call_that_rang_is_lost(house: House) -> None:
    """It is missed once a read confirms that it is gone."""
    published = listen(house)
    call_id = new_id()
    line = {"from": OUTSIDE, "to": "1001", "trunk": "trunk-1", "inboundid": call_id}
    await report(house, action="RING", callid=call_id, ext={"extid": "1001"}, inbound=line)
    await house.traveller.travel(12)
    await report(house, action="BYE", callid=call_id, ext={"extid": []}, inbound=line)
    await house.traveller.travel(60)
    assert told(house, published) == ["ringing", "ended", "missed"]
    (item,) = calls(house)
    assert (item.caller, item.outcome) == (OUTSIDE, "missed")


@openvox
async def test_a_ring_that_names_its_line_is_of_that_call(house: House) -> None:
    """Behind an IVR the id of a branch may be any."""
    published = listen(house)
    call_id = new_id(300)
    line = {"from": OUTSIDE, "to": "6500", "trunk": "trunk-1", "inboundid": call_id}
    await report(house, action="ANSWER", callid=call_id, inbound=line)
    await house.traveller.travel(7)
    branch = new_id(309)
    await report(house, action="RING", callid=branch, ext={"extid": "1001"}, inbound=line)
    await house.traveller.travel(4)
    await report(house, action="ANSWER", callid=call_id, ext={"extid": "1001"}, inbound=line)
    assert len(await shown(house)) == 1
    await house.traveller.travel(5)
    await report(house, action="BYE", callid=branch, ext={"extid": "1001"}, inbound=line)
    await report(house, action="BYE", callid=call_id, ext={"extid": "1001"}, inbound=line)
    await house.traveller.travel(60)
    assert told(house, published) == ["ringing", "answered", "ended"]
    (item,) = calls(house)
    assert (item.caller, item.answered_by, item.outcome) == (OUTSIDE, "1001", "answered")


@openvox
async def test_an_internal_call_has_its_caller_from_the_first_event_on(house: House) -> None:
    """RING with both, ALERT with the caller, and only then the states of the phones."""
    published = listen(house)
    call_id = new_id()
    await report(house, action="RING", callid=call_id, ext={"extid": ["1002", "1001"]})
    await report(house, action="ALERT", callid=call_id, ext={"extid": ["1001"]})
    await report(house, action="ExtensionStatus", extension="1002", status="Ringing")
    await report(house, action="ExtensionStatus", extension="1001", status="InUse")
    ringing = [s for s in published.states if s.attributes["event_type"] == "ringing"]
    assert [(s.attributes["caller"], s.attributes["callee"]) for s in ringing] == [("1001", "1002")]


@pytest.mark.parametrize("apart", [0, 1, 2, 5, 7])
@openvox
async def test_a_hang_up_never_begins_a_call(house: House, apart: int) -> None:
    published = listen(house)
    call = await talking(house, await house.simulator.calls.inbound("trunk-1", OUTSIDE, to="1001"))
    await call.hang_up()
    await house.traveller.travel(30)
    seconds, number = call.call_id.split(".")
    late = f"{int(seconds) + 2}.{int(number) + apart}"
    told(house, published)
    await report(house, action="BYE", callid=late, ext={"extid": ["1003"]})
    await house.traveller.travel(60)
    assert told(house, published) == []
    assert len(calls(house)) == 1


@openvox
async def test_an_old_id_after_boot_up_is_a_new_call(house: House) -> None:
    published = listen(house)
    call_id = new_id()
    line = {"from": OUTSIDE, "to": "1001", "trunk": "trunk-1", "inboundid": call_id}
    await report(house, action="RING", callid=call_id, ext={"extid": "1001"}, inbound=line)
    await report(house, action="BootUp")
    await house.traveller.travel(1)
    await report(house, action="RING", callid=call_id, ext={"extid": "1001"}, inbound=line)
    assert told(house, published).count("ringing") == 2


def member(number: str, status: str) -> dict[str, Any]:
    """Return an extension as one of the members of a report."""
    return {"ext": {"number": number, "channelid": "PJSIP/1", "memberstatus": status}}


def line(status: str) -> dict[str, Any]:
    """Return the line from outside as one of the members of a report."""
    at = {"from": OUTSIDE, "to": "1001", "trunkname": "trunk-1", "channelid": "PJSIP/2"}
    return {"inbound": {**at, "memberstatus": status}}


@yeastar_v2
async def test_a_lone_answer_on_a_line_that_is_not_shown_tells_answered(house: House) -> None:
    published = listen(house)
    call_id = new_id()
    for status in ("RING", "ANSWER"):
        await report(house, event="CallStatus", callid=call_id, members=[member("1001", status)])
        await house.traveller.travel(3)
    assert told(house, published) == ["ringing", "answered"]


@yeastar_v2
async def test_a_hold_of_two_seconds_is_held_and_resumed(house: House) -> None:
    published = listen(house)
    call_id = new_id()
    steps = (
        ("ALERT", "RING"),
        ("ANSWERED", "ANSWER"),
        ("ANSWERED", "HOLD"),
        ("ANSWERED", "ANSWER"),
    )
    for outside, inside in steps:
        members = [line(outside), member("1001", inside)]
        await report(house, event="CallStatus", callid=call_id, members=members)
        await house.traveller.travel(2)
    assert told(house, published) == ["ringing", "answered", "held", "resumed"]


async def give_up(house: House) -> None:
    """Let the PBX end its call to a phone that rings in vain."""
    await house.traveller.travel(20)
    (call,) = house.simulator.calls.live.values()
    await call.hang_up()
    await house.traveller.travel(60)


async def test_ones_own_phone_is_not_picked_up(house: House) -> None:
    """The call is there under the id that the action returned, and nobody has missed it."""
    house.simulator.knobs.answer_after = None
    house.simulator.knobs.returns_call_id = True
    published = listen(house)
    made = await call_action(house.hass, "dial", extension="1001", number="1002")
    await house.traveller.travel(5)
    assert [found["call_id"] for found in await shown(house)] == [made["call_id"]]
    await give_up(house)
    assert "missed" not in told(house, published)
    assert not await shown(house)
    assert house.runtime.calls.missed.count == 0


async def test_a_prompt_is_not_heard(house: House) -> None:
    house.simulator.knobs.answer_after = None
    published = listen(house)
    await call_action(house.hass, "play_prompt", extension="1001", prompts=["alarm"])
    await give_up(house)
    assert "missed" not in told(house, published)
    assert house.runtime.calls.missed.count == 0


@openvox
@pytest.mark.parametrize("late", [4, 8, 60])
async def test_a_record_that_comes_after_the_end_completes_the_call(
    house: House, late: float
) -> None:
    """It alone has the number that was called, that of the line, and the recording."""
    await house.traveller.travel(30)
    published = listen(house)
    call_id = new_id()
    line = {"from": OUTSIDE, "to": "", "trunk": "trunk-1", "inboundid": call_id}
    for number in ("1001", "1002"):
        await report(house, action="RING", callid=call_id, ext={"extid": number}, inbound=line)
    await house.traveller.travel(5)
    await report(house, action="ANSWER", callid=call_id, ext={"extid": "1002"}, inbound=line)
    await house.traveller.travel(9)
    await report(house, action="BYE", callid=call_id, ext={"extid": "1002"}, inbound=line)
    await report(house, action="BYE", callid=call_id, inbound=line, ext={"extid": "1002"})
    await house.traveller.travel(late)
    record = {"callfrom": OUTSIDE, "callto": "6500", "callduration": "14", "talkduration": "9"}
    record |= {"status": "ANSWERED", "type": "Inbound", "srctrunkname": "trunk-1"}
    record |= {"didnumber": "5550", "recording": f"20260301-{call_id}.wav"}
    await report(house, action="NewCdr", callid=call_id, **record)
    await house.traveller.travel(30)
    (item,) = calls(house)
    assert (item.callee, item.did, item.recording) == ("6500", "5550", record["recording"])
    assert (item.answered_by, item.also_rang) == ("1002", ("1001",))
    assert (item.outcome, item.talk_seconds) == ("answered", 9)
    assert told(house, published) == ["ringing", "answered", "ended"]
    last = house.hass.states.get(entity_id(house.hass, "sensor", f"{SERIAL}_last_call"))
    assert last is not None
    assert last.attributes["callee"] == "6500"

    await house.unload()
    await load(house.hass, house.entry)
    assert [each.recording for each in calls(house)] == [record["recording"]]
