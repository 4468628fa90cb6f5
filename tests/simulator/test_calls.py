"""Calls from the first ring to the record, in every format."""

from __future__ import annotations

import asyncio
import json

import pytest

from pbx_simulator import CallState, CallStateError, Simulator

from .conftest import Client, Clock, Receiver


class Heard:
    """The reports about one PBX's calls."""

    def __init__(self, sim: Simulator, receiver: Receiver) -> None:
        """Read from this receiver."""
        self.sim = sim
        self.receiver = receiver

    async def read(self) -> list[str]:
        """Return all bodies since the last read, without status reports."""
        await self.sim.settle()
        texts = self.receiver.texts()
        self.receiver.received.clear()
        return [text for text in texts if "ExtensionStatus" not in text]


@pytest.fixture
async def heard(sim: Simulator, client: Client, receiver: Receiver) -> Heard:
    """Return what is received after a login."""
    await client.login_for_reports(receiver)
    return Heard(sim, receiver)


@pytest.mark.parametrize("dialect", ["openvox"])
async def test_an_internal_call_on_openvox(sim: Simulator, heard: Heard, clock: Clock) -> None:
    call = await sim.calls.place("1000", "1001")
    await call.ring()
    clock.move(4)
    await call.answer()
    clock.move(6)
    await call.hang_up("1001")
    one = call.call_id
    two = f"{one.partition('.')[0]}.{int(one.partition('.')[2]) + 2}"
    tail = '"sn":"a09805990001"}'
    assert await heard.read() == [
        f'{{"action":"RING","callid":"{one}","ext":{{"extid":["1001","1000"]}},{tail}',
        f'{{"action":"ALERT","callid":"{one}","ext":{{"extid":["1000"]}},{tail}',
        f'{{"action":"ANSWER","callid":"{one}","ext":{{"extid":["1001","1000"]}},{tail}',
        f'{{"action":"ANSWER","callid":"{one}","ext":{{"extid":["1000","1001"]}},{tail}',
        f'{{"action":"BYE","callid":"{one}","ext":{{"extid":["1001","1000"]}},{tail}',
        f'{{"action":"BYE","callid":"{two}","ext":{{"extid":["1000","1001"]}},{tail}',
        (
            f'{{"action":"NewCdr","callid":"{one}","timestart":"2026-09-21 15:13:20",'
            '"callfrom":"1000","callto":"1001","callduraction":"10","talkduraction":"6",'
            f'"status":"ANSWERED","type":"Internal",{tail}'
        ),
    ]


@pytest.mark.parametrize("dialect", ["openvox"])
async def test_an_outbound_call_on_openvox(sim: Simulator, heard: Heard) -> None:
    call = await sim.calls.outbound("1000", "030111", "trunk-2")
    await call.ring()
    await call.answer()
    await call.hang_up("callee")
    one = call.call_id
    reports = [json.loads(text) for text in await heard.read()]
    ring, alert, answer, _, first, second, record = reports
    line = {"from": "1000", "to": "030111", "trunk": "trunk-2", "outboundid": one}
    assert ring == {"action": "RING", "callid": one, "outbound": line, "ext": {"extid": "1000"}}
    assert list(alert) == ["action", "callid", "ext"]
    assert alert["ext"] == {"extid": "1000"}
    assert alert["callid"] == answer["callid"] == second["callid"] != one
    assert (list(first)[2:4], list(second)[2:4]) == (["outbound", "ext"], ["ext", "outbound"])
    assert first["callid"] == record["callid"] == one
    assert "desttrunkname" not in record


@pytest.mark.parametrize("dialect", ["yeastar-v1"])
async def test_an_inbound_call_with_a_call_array(
    sim: Simulator, heard: Heard, clock: Clock
) -> None:
    call = await sim.calls.inbound("trunk-1", "030111", did="555", to="1001")
    await call.ring()
    await call.answer()
    clock.move(3)
    await call.hang_up()
    line = {"from": "030111", "to": "1001", "trunk": "trunk-1", "inboundid": call.call_id}
    phone, outside = {"ext": {"extid": "1001"}}, {"inbound": line}
    reports = [json.loads(text) for text in await heard.read()]
    assert [(report["action"], report.get("call")) for report in reports] == [
        ("RING", [phone, outside]),
        ("ALERT", [outside]),
        ("ANSWER", [phone, outside]),
        ("ANSWERED", [outside, phone]),
        ("BYE", [outside, phone]),
        ("BYE", [phone, outside]),
        ("NewCdr", None),
    ]
    assert {report["callid"] for report in reports} == {call.call_id}
    record = reports[-1]
    assert (record["srctrunkname"], record["didnumber"]) == ("trunk-1", "555")


@pytest.mark.parametrize("dialect", ["yeastar-v1"])
async def test_the_default_format_repeats_keys(
    sim: Simulator, client: Client, receiver: Receiver
) -> None:
    await client.login_for_reports(receiver, version=None)
    call = await sim.calls.place("1000", "1001")
    await call.ring()
    await sim.settle()
    assert receiver.texts()[-2:] == [
        (
            f'{{"action":"RING","callid":"{call.call_id}",'
            '"ext":{"extid":"1001"},"ext":{"extid":"1000"}}'
        ),
        f'{{"action":"ALERT","callid":"{call.call_id}","ext":{{"extid":"1000"}}}}',
    ]


@pytest.mark.parametrize("dialect", ["yeastar-v2"])
async def test_members(sim: Simulator, heard: Heard) -> None:
    call = await sim.calls.outbound("1000", "030111")
    await call.ring()
    await call.answer()
    await call.hold()
    await call.resume()
    await call.hang_up()
    reports = [json.loads(text) for text in await heard.read()]
    states = [
        [
            (kind, member["memberstatus"])
            for item in report.get("members", [])
            for kind, member in item.items()
        ]
        for report in reports
    ]
    assert states == [
        [("ext", "ALERT"), ("outbound", "RING")],
        [("ext", "ANSWERED"), ("outbound", "ANSWER")],
        [("ext", "HOLD"), ("outbound", "ANSWER")],
        [("ext", "ANSWERED"), ("outbound", "ANSWER")],
        [("ext", "BYE")],
        [("outbound", "BYE")],
        [],
    ]
    assert reports[-1]["dsttrcunkname"] == "trunk-1"
    assert reports[-1]["agentringtime"] == "0"


async def test_statuses_follow_the_calls(sim: Simulator) -> None:
    def statuses() -> list[str]:
        return [sim.directory.extensions[number].status for number in ("1000", "1001", "1002")]

    call = await sim.calls.place("1000", "1001")
    assert statuses() == ["busy", "idle", "idle"]
    await call.ring()
    assert statuses() == ["busy", "ringing", "idle"]
    await call.answer()
    assert statuses() == ["busy", "busy", "idle"]
    await call.hold("1000")
    assert statuses() == ["on_hold", "busy", "idle"]
    await call.resume()
    await call.transfer("1002", by="1001")
    assert statuses() == ["busy", "idle", "ringing"]
    await call.answer()
    assert statuses() == ["busy", "idle", "busy"]
    await call.hang_up()
    assert statuses() == ["idle", "idle", "idle"]
    assert sim.calls.live == {}


async def test_a_hold_is_not_reported_by_the_phone(
    sim: Simulator, heard: Heard, receiver: Receiver
) -> None:
    call = await sim.calls.place("1000", "1001")
    await call.ring()
    await call.answer()
    await sim.settle()
    receiver.received.clear()
    await call.hold()
    await call.resume()
    await sim.settle()
    assert [text for text in receiver.texts() if "ExtensionStatus" in text] == []
    sim.knobs.hold_reports = True
    await call.hold()
    await sim.settle()
    assert any('"status":"Hold"' in text for text in receiver.texts())


async def test_a_transfer(sim: Simulator, heard: Heard, clock: Clock) -> None:
    call = await sim.calls.inbound("trunk-1", "030111", to="1000")
    await call.ring()
    await call.answer()
    await heard.read()
    await call.transfer("1001")
    clock.move(5)
    await call.answer()
    await call.hang_up()
    reports = [json.loads(text) for text in await heard.read()]
    word = "event" if sim.config.dialect == "yeastar-v2" else "action"
    assert reports[0][word] == "Tranfer"
    assert '"1001"' in json.dumps(reports[0])
    records = [report for report in reports if report[word] == "NewCdr"]
    assert [(r["callto"], r["type"], r["talkduraction"]) for r in records] == [
        ("1000", "Inbound", "5")
    ]


@pytest.mark.parametrize(
    ("prepare", "reason", "status"),
    [
        ("unavailable", 480, "FAILED"),
        ("busy", 486, "BUSY"),
        ("dnd", 603, "NO ANSWER"),
        ("unknown", 404, "FAILED"),
    ],
)
async def test_calls_that_fail(
    sim: Simulator, heard: Heard, prepare: str, reason: int, status: str
) -> None:
    callee = "4711" if prepare == "unknown" else "1001"
    if prepare == "dnd":
        sim.directory.extensions["1001"].dnd = True
    elif prepare != "unknown":
        await sim.set_extension_status("1001", prepare)
    call = await sim.calls.place("1000", callee)
    await call.ring()
    assert call.state is CallState.ENDED
    failed, record = [json.loads(text) for text in await heard.read()][-2:]
    shown = failed["reason"]
    assert shown == reason if sim.config.dialect == "openvox" else shown.startswith(str(reason))
    assert record["status"] == status
    assert sim.directory.extensions["1000"].status == "idle"
    if prepare in ("unavailable", "busy"):
        assert sim.directory.extensions["1001"].status == prepare


async def test_what_a_call_cannot_do(sim: Simulator) -> None:
    call = await sim.calls.place("1000", "1001")
    with pytest.raises(CallStateError):
        await call.answer()
    await call.ring()
    with pytest.raises(CallStateError):
        await call.hold()
    await call.answer()
    with pytest.raises(CallStateError):
        await call.transfer("1001")
    await call.hang_up()
    with pytest.raises(CallStateError):
        await call.hang_up()
    with pytest.raises(CallStateError):
        await sim.calls.place("4711", "1000")


async def sleepers(clock: Clock, count: int) -> None:
    """Wait until this number of tasks wait for the clock."""
    async with asyncio.timeout(5):
        while clock.sleeping < count:
            await asyncio.sleep(0)


async def test_phones_stop_ringing(sim: Simulator, clock: Clock) -> None:
    sim.knobs.ring_timeout = 30
    call = await sim.calls.place("1000", "1001")
    await call.ring()
    await sleepers(clock, 1)
    clock.move(30)
    await sim.wait_until(lambda: not call.live)
    record = sim.calls.records[-1]
    assert (call.failure, record.status, record.duration) == (0, "NO ANSWER", 30)


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1"])
async def test_calls_made_over_the_api(sim: Simulator, client: Client) -> None:
    await client.login()
    answer = await client.ask("extension/dial_extension", caller="1000", callee="1001")
    call = sim.calls.find(answer["callid"])
    assert call is not None
    assert call.state is CallState.CALLING_BACK
    assert sim.directory.extensions["1000"].status == "ringing"
    await call.pick_up()
    assert call.has_extension("1001")
    assert sim.directory.extensions["1001"].status == "ringing"
    assert (await client.ask("extension/hold", extid="1000"))["errno"] == "10015"
    await call.answer()
    assert (await client.ask("extension/hold", extid="1000"))["status"] == "Success"
    assert (await client.ask("extension/unhold", extid="1000"))["status"] == "Success"
    assert (await client.ask("extension/hangup", extid="1001"))["status"] == "Success"
    assert not call.live
    assert (await client.ask("extension/hangup", extid="1001"))["errno"] == "10007"
    assert (await client.ask("extension/hangup"))["errno"] == "20009"
    wrong = await client.ask("extension/dial_extension", caller="1000", callee="77")
    assert wrong["errno"] == "10006"
    await client.ask("extension/dial_outbound", extid="1000", outto="030111", autoanswer="yes")
    [outside] = sim.calls.live.values()
    assert (outside.state, outside.callee.to) == (CallState.RINGING, "030111")


@pytest.mark.parametrize("dialect", ["yeastar-v2"])
async def test_calls_made_over_api_version_2(sim: Simulator, client: Client, clock: Clock) -> None:
    sim.knobs.answer_after = 2
    sim.knobs.repeat_limit = 0
    await client.login()
    answer = await client.ask("call/dial", caller="1000", callee="1001")
    call = sim.calls.find(answer["callid"])
    assert call is not None
    for state in (CallState.RINGING, CallState.TALKING):
        await sleepers(clock, 1)
        clock.move(2)
        await sim.wait_until(lambda wanted=state: call.state is wanted)  # type: ignore[misc]
    channel = call.callee.channel_id
    assert (await client.ask("call/hold", channelid=channel))["callid"] == call.call_id
    assert (await client.ask("call/unhold", channelid=channel))["status"] == "Success"
    assert (await client.ask("call/hungup", channelid=channel))["status"] == "Success"
    assert call.released_by is call.callee
    assert (await client.ask("call/hangup", channelid=channel))["errno"] == "10007"


class TestWindows:
    """Inbound calls that the API accepts, refuses or directs within ten seconds."""

    @pytest.fixture
    def dialect(self) -> str:
        """Return one dialect: it is enough."""
        return "yeastar-v1"

    async def test_accepted(self, sim: Simulator, client: Client, heard: Heard) -> None:
        sim.directory.trunks["trunk-1"].control_answering = True
        call = await sim.calls.inbound("trunk-1", "030111", to="1000")
        assert call.state is CallState.INVITED
        assert sim.directory.extensions["1000"].status == "idle"
        answer = await client.ask("inbound/accept", inboundid=call.call_id)
        assert (answer["status"], call.state) == ("Success", CallState.RINGING)
        actions = [json.loads(text)["action"] for text in await heard.read()]
        assert actions == ["Invite", "RING", "ALERT"]
        late = await client.ask("inbound/refuse", inboundid=call.call_id)
        assert late["errno"] == "10016"

    async def test_refused(self, sim: Simulator, client: Client) -> None:
        await client.login()
        sim.directory.trunks["trunk-1"].control_answering = True
        call = await sim.calls.inbound("trunk-1", "030111", to="1000")
        await client.ask("inbound/refuse", inboundid=call.call_id)
        assert (call.live, sim.calls.records[-1].status) == (False, "NO ANSWER")

    async def test_in_time_or_not(self, sim: Simulator, client: Client, clock: Clock) -> None:
        await client.login()
        sim.knobs.repeat_limit = 0
        sim.directory.trunks["trunk-1"].control_answering = True
        call = await sim.calls.inbound("trunk-1", "030111", to="1000")
        await sleepers(clock, 1)
        clock.now += 11
        late = await client.ask("inbound/accept", inboundid=call.call_id)
        assert late["errno"] == "10016"
        clock.move(0)
        await sim.wait_until(lambda: call.state is CallState.RINGING)

    async def test_directed(self, sim: Simulator, client: Client, heard: Heard) -> None:
        sim.directory.trunks["trunk-1"].control_destination = True
        call = await sim.calls.inbound("trunk-1", "030111", to="1000")
        assert call.state is CallState.INCOMING
        asked = {"inboundid": call.call_id, "extid": "1002"}
        answer = await client.ask("inbound/transfer_extension", **asked)
        assert answer == {"status": "Success", "callid": call.call_id}
        assert sim.directory.extensions["1002"].status == "ringing"
        reports = [json.loads(text) for text in await heard.read()]
        assert [report["action"] for report in reports] == ["Incoming", "RING", "ALERT"]
        assert reports[1]["call"][0] == {"ext": {"extid": "1002"}}
