"""Calls that reach more than one phone: groups, queues, IVRs, voicemail, mobiles, transfers."""

from __future__ import annotations

import asyncio
from collections import Counter
import json
from typing import Any

import pytest

from pbx_simulator import CallState, CallStateError, Simulator
from pbx_simulator.calls.services import ServiceKind

from .conftest import Client, Clock, Receiver


@pytest.fixture
async def reports(
    sim: Simulator, client: Client, receiver: Receiver
) -> Any:  # an async function: all reports of calls since the last look
    await client.login_for_reports(receiver)

    async def read() -> list[dict[str, Any]]:
        await sim.settle()
        found = [report for report in receiver.reports if "ExtensionStatus" not in report.values()]
        receiver.received.clear()
        return found

    return read


def names(found: list[dict[str, Any]]) -> Counter[str]:
    """Return how often each report came."""
    return Counter(report.get("event") or report["action"] for report in found)


def statuses(sim: Simulator) -> list[str]:
    """Return the statuses of the first four phones."""
    return [extension.status for extension in list(sim.directory.extensions.values())[:4]]


async def turn(clock: Clock, seconds: float) -> None:
    """Let all tasks begin to wait, then let the time pass."""
    for _ in range(20):
        await asyncio.sleep(0)
    clock.move(seconds)
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_ring_group_rings_all_and_one_answers(
    sim: Simulator, reports: Any, dialect: str
) -> None:
    call = await sim.calls.inbound("trunk-1", "030111", to="6200")
    await call.ring()
    assert statuses(sim) == ["ringing", "ringing", "ringing", "idle"]
    await call.answer(by="1001")
    assert statuses(sim) == ["idle", "busy", "idle", "idle"]
    await call.hang_up()
    found = await reports()
    rings = [each for each in found if '"RING"' in json.dumps(each)]
    assert len(rings) == (4 if dialect == "yeastar-v2" else 3)  # the answer shows the others
    assert all(number in json.dumps(rings) for number in ("1000", "1001", "1002"))
    record = sim.calls.records[-1]
    assert (record.status, record.callee, len(sim.calls.records)) == ("ANSWERED", "6200", 1)
    if dialect == "yeastar-v2":
        assert rings[0]["members"][1]["ext"]["callpath"] == "6200"


async def test_the_losers_of_a_group_get_a_bye_where_the_knob_says_so(
    sim: Simulator, reports: Any, dialect: str
) -> None:
    sim.knobs.byes = "phones"
    call = await sim.calls.place("1003", "6200")
    await call.ring()
    await reports()
    await call.answer()
    found = await reports()
    name = "CallStatus" if dialect == "yeastar-v2" else "BYE"
    lost = [each for each in found if '"BYE"' in json.dumps(each)]
    assert names(lost) == {name: 2}
    assert all(number in json.dumps(lost) for number in ("1001", "1002"))
    assert call.live


async def test_a_ring_group_without_a_free_member_fails(sim: Simulator) -> None:
    sim.calls.set_group(ServiceKind.RING_GROUP, "6201", "1001")
    sim.directory.extensions["1001"].dnd = True
    call = await sim.calls.place("1000", "6201")
    await call.ring()
    assert (call.live, call.failure) == (False, 480)


async def test_a_queue_rings_its_agents_in_turn(sim: Simulator, clock: Clock) -> None:
    call = await sim.calls.inbound("trunk-1", "030111", to="6701")
    await call.ring()
    await sim.wait_until(lambda: bool(call.rung))
    assert statuses(sim)[:3] == ["ringing", "idle", "idle"]
    await turn(clock, 15)
    await turn(clock, 1)
    assert statuses(sim)[:3] == ["idle", "ringing", "idle"]
    clock.move(4)
    await call.answer()
    clock.move(6)
    await call.hang_up()
    record = sim.calls.records[-1]
    assert (record.status, record.callee, record.talk, record.duration) == (
        "ANSWERED",
        "6701",
        10,  # the line is up while an agent rings
        26,
    )


async def test_who_is_transferred_out_of_a_queue_does_not_return_to_it(
    sim: Simulator, clock: Clock
) -> None:
    sim.knobs.ring_timeout = 30
    call = await sim.calls.place("1003", "6701")
    await call.ring()
    await sim.wait_until(lambda: bool(call.rung))
    await call.answer()
    await call.transfer("1002", by="1003")
    await turn(clock, 30)
    assert (call.live, statuses(sim)[:3]) == (False, ["idle", "idle", "idle"])


async def test_a_queue_waits_for_a_free_agent_and_the_caller_gives_up(
    sim: Simulator, clock: Clock
) -> None:
    for number in ("1000", "1001", "1002"):
        await sim.set_extension_status(number, "busy")
    call = await sim.calls.inbound("trunk-1", "030111", to="6700")
    await call.ring()
    await sim.wait_until(lambda: call.queued)
    assert call.waits
    await sim.set_extension_status("1002", "idle")
    await turn(clock, 2)
    assert (call.state, statuses(sim)[2]) == (CallState.RINGING, "ringing")
    await call.hang_up()
    assert sim.calls.records[-1].status == "NO ANSWER"


async def test_an_ivr_leads_to_the_extension_of_the_pressed_number(
    sim: Simulator, reports: Any, dialect: str
) -> None:
    call = await sim.calls.inbound("trunk-1", "030111", to="6500")
    await call.ring()
    await sim.wait_until(lambda: call.waits)
    for key in "1002":
        await call.press(key)
    await sim.wait_until(lambda: call.state is CallState.RINGING)
    assert statuses(sim)[:3] == ["idle", "idle", "ringing"]
    await call.answer()
    await call.hang_up()
    assert (sim.calls.records[-1].callee, sim.calls.records[-1].status) == ("1002", "ANSWERED")
    found = await reports()
    assert names(found)["DTMF"] == 4
    if dialect == "yeastar-v2":
        assert '"callpath": "6500"' in json.dumps(found)


async def test_hanging_up_in_an_ivr_leaves_an_answered_record(sim: Simulator, clock: Clock) -> None:
    call = await sim.calls.inbound("trunk-1", "030111", to="6500")
    await call.ring()
    await sim.wait_until(lambda: call.waits)
    clock.move(5)
    await call.hang_up()
    assert (sim.calls.records[-1].status, sim.calls.records[-1].talk) == ("ANSWERED", 5)
    assert call.answered is None


async def test_a_voicemail_box_answers_unanswered_calls(sim: Simulator, clock: Clock) -> None:
    sim.knobs.voicemail, sim.knobs.ring_timeout = True, 20
    call = await sim.calls.inbound("trunk-1", "030111", to="1001")
    await call.ring()
    await turn(clock, 20)
    assert (call.voicemail, call.waits, statuses(sim)[1]) == (True, True, "idle")
    clock.move(7)
    await call.hang_up()
    assert (sim.calls.records[-1].status, sim.calls.records[-1].talk) == ("VOICEMAIL", 7)


async def test_a_mobile_phone_rings_with_its_extension(
    sim: Simulator, reports: Any, dialect: str
) -> None:
    sim.directory.extensions["1001"].mobile = "0171555"
    call = await sim.calls.inbound("trunk-1", "030111", to="1001")
    await call.ring()
    found = json.dumps(await reports())
    assert '"outbound"' in found
    await call.answer(by="0171555")
    assert statuses(sim)[1] == "idle"
    await call.hang_up()
    record = sim.calls.records[-1]
    assert (record.type, record.source_trunk, record.destination_trunk) == (
        *("Outbound", "trunk-1", "trunk-1"),
    )


@pytest.mark.parametrize("to", ["6200", "6500", "6700", "030999", "1003"])
async def test_passing_on_blindly(sim: Simulator, reports: Any, to: str) -> None:
    call = await sim.calls.inbound("trunk-1", "030111", to="1000")
    await call.ring()
    await call.answer()
    await call.transfer(to, by="1000")
    await sim.wait_until(lambda: call.waits or call.state is CallState.RINGING)
    assert names(await reports())["Tranfer"] == 1
    await call.hang_up()
    assert sim.calls.records[-1].status == "ANSWERED"


async def test_passing_on_after_asking(sim: Simulator, reports: Any, clock: Clock) -> None:
    call = await sim.calls.inbound("trunk-1", "030111", to="1000")
    await call.ring()
    await call.answer()
    third = await sim.calls.ask(call, "1002", by="1000")
    assert (call.state, third.state) == (CallState.HELD, CallState.RINGING)
    with pytest.raises(CallStateError):
        await sim.calls.complete(third)
    await third.answer()
    await reports()
    clock.move(5)
    await sim.calls.complete(third)
    assert (third.state, call.state) == (CallState.TALKING, CallState.TALKING)
    assert statuses(sim)[:3] == ["idle", "idle", "busy"]
    assert names(await reports())["Tranfer"] == 1
    clock.move(5)
    await call.hang_up()
    assert not third.live
    assert sorted((each.caller, each.callee, each.talk) for each in sim.calls.records) == [
        ("030111", "1000", 10),
        ("1000", "1002", 10),
    ]


async def test_a_transferor_that_has_left_cannot_transfer(sim: Simulator) -> None:
    call = await sim.calls.place("1000", "1001")
    await call.ring()
    await call.answer()
    third = await sim.calls.ask(call, "1002", by="1000")
    await third.answer()
    await call.transfer("1003", by="1000")
    with pytest.raises(CallStateError):
        await sim.calls.complete(third)
    with pytest.raises(CallStateError):
        await sim.calls.complete(call)


async def test_a_phone_in_a_call_rings_for_another_one(sim: Simulator) -> None:
    first = await sim.calls.place("1000", "1001")
    await first.ring()
    await first.answer()
    refused = await sim.calls.place("1002", "1001")
    await refused.ring()
    assert refused.failure == 486
    sim.knobs.call_waiting = True
    second = await sim.calls.inbound("trunk-1", "030111", to="1001")
    await second.ring()
    assert len(sim.calls.of_extension("1001")) == 2
    await first.hang_up()
    assert statuses(sim)[1] == "ringing"


async def test_a_phone_that_does_not_ring_cannot_answer(sim: Simulator) -> None:
    call = await sim.calls.place("1000", "1001")
    await call.ring()
    with pytest.raises(CallStateError):
        await call.answer(by="1002")


@pytest.fixture
def do(sim: Simulator, client: Client) -> Any:
    """Send a command over the control API; return the answer."""

    async def do(name: str, **params: Any) -> dict[str, Any]:
        url = f"http://127.0.0.1:{sim.port}/simulator/api/{name}"
        async with client.session.post(url, json=params) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    return do


async def test_what_the_api_can_do_can_be_done_by_command(sim: Simulator, do: Any) -> None:
    made = await do("call/place", caller="1000", callee="1001")
    await do("call/answer", call_id=made["call_id"])
    assert "error" in await do("call/listen", monitor="1003", number="1002")
    heard = await do("call/listen", monitor="1003", number="1001", mode="barge")
    await sim.wait_until(lambda: sim.calls.live[heard["call_id"]].waits)
    await do("call/mute", call_id=made["call_id"], number="1001")
    assert sim.calls.live[made["call_id"]].callee.muted
    slot = (await do("call/park", call_id=made["call_id"], by="1000"))["slot"]
    assert statuses(sim)[:2] == ["idle", "on_hold"]
    await do("call/retrieve", number="1002", slot=slot)
    await sim.wait_until(lambda: statuses(sim)[1:3] == ["busy", "busy"])
    await do("call/hang_up", call_id=made["call_id"])
    asked = await do("call/prompt", number="1000", prompt="alarm")
    await do("call/pick_up", call_id=asked["call_id"])
    await sim.wait_until(lambda: sim.calls.live[asked["call_id"]].waits)


async def test_by_command(sim: Simulator, client: Client, do: Any) -> None:
    assert await do("group/set", kind="ringgroup", number="6205", members=["1001", "1002"])
    assert "error" in await do("group/set", kind="choir", number="6205")
    assert "error" in await do("group/set", kind="queue", number="6205", members=["4711"])
    made = await do("call/inbound", caller="030111", to="6205")
    assert (await do("call/answer", call_id=made["call_id"], by="1002"))["state"] == "talking"
    asked = await do("call/ask", call_id=made["call_id"], to="1003")
    await do("call/answer", call_id=asked["call_id"])
    await do("call/complete", call_id=asked["call_id"])
    assert statuses(sim) == ["idle", "idle", "idle", "busy"]
    await do("call/hang_up", call_id=made["call_id"])
    await do("extension/mobile", number="1000", mobile="0171555")
    made = await do("call/place", caller="1001", callee="1000")
    url = f"http://127.0.0.1:{sim.port}/simulator/api/state"
    async with client.session.get(url) as response:
        state = await response.json()
    assert state["calls"][0]["ringing"] == ["1000", "0171555"]
    assert {"6200", "6500", "6700", "6205"} <= {each["number"] for each in state["services"]}
    assert (await do("call/voicemail", call_id=made["call_id"]))["state"] == "talking"
