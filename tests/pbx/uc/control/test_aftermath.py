"""What follows a command on the simulated PBX: reports, ends, time limits; and queries."""

from datetime import datetime

import pytest

from custom_components.ippbx.pbx.errors import PbxRequestError, PbxUnsupportedError
from custom_components.ippbx.pbx.model.actions import Action, Party
from custom_components.ippbx.pbx.model.commands import (
    Dial,
    LegCommand,
    Monitor,
    PlayPrompt,
    PlayPromptOutside,
    SendMessage,
)
from custom_components.ippbx.pbx.model.lines import CallLeg, LegKind, LegState
from custom_components.ippbx.pbx.uc.clock import PbxClock
from custom_components.ippbx.pbx.uc.dialects import DIALECTS
from custom_components.ippbx.pbx.uc.reports.records import read_records
from pbx_simulator.calls.model import CallState
from tests.pbx.conftest import Clock, MakeStage

YEASTAR = ("yeastar-v1", "yeastar-v2")


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_prompt_is_heard_to_its_end(make_stage: MakeStage, dialect: str) -> None:
    stage = await make_stage(dialect)
    call_id = await stage.control.send(PlayPrompt(extension="2001", prompt=("welcome",)))
    call = stage.made
    await call.pick_up()
    report = await stage.report("PlayPromptEnd")
    assert (report["callid"], report["prompt"]) == (call_id, "welcome")
    if stage.v2:
        assert report["members"] == [
            {"ext": {"number": "2001", "channelid": call.caller.channel_id}}
        ]
    else:
        assert report["ext"] == {"extid": "2001"}
    await stage.until(CallState.ENDED, call)
    assert stage.sim.directory.extensions["2001"].status == "idle"


@pytest.mark.parametrize("dialect", YEASTAR)
async def test_a_prompt_outside_names_the_trunk(make_stage: MakeStage, dialect: str) -> None:
    stage = await make_stage(dialect)
    await stage.control.send(
        PlayPromptOutside(number="030111", prompt=("alarm",), permission="2002")
    )
    call = stage.made
    await call.pick_up()
    report = await stage.report("PlayPromptEnd")
    if stage.v2:
        (member,) = report["members"]
        assert (member["outbound"]["to"], member["outbound"]["trunkname"]) == ("030111", "sip-1")
    else:
        assert report["outbound"] == {"trunkname": "sip-1"}


@pytest.mark.parametrize("failing", [False, True])
@pytest.mark.parametrize("dialect", YEASTAR)
async def test_a_message_is_reported(make_stage: MakeStage, dialect: str, failing: bool) -> None:
    stage = await make_stage(dialect)
    stage.sim.knobs.fail_messages = failing
    message_id = await stage.control.send(
        SendMessage(trunk="gsm-1", number="0171555", message="Hallo")
    )
    report = await stage.report("sms-send")
    assert message_id == f"0171555-{int(stage.sim.clock())}"
    assert (report["smsid"], report["status"]) == (message_id, "Failed" if failing else "Success")


@pytest.mark.parametrize("dialect", YEASTAR)
async def test_the_extension_hears_the_ivr(make_stage: MakeStage, dialect: str) -> None:
    stage = await make_stage(dialect)
    await stage.control.send(
        Dial(caller="6500", callee="2001", caller_kind=Party.IVR, auto_answer=True)
    )
    await stage.until(CallState.TALKING, stage.made)
    (call,) = await stage.control.extension_calls("2001") if stage.v2 else (None,)
    if call is not None:
        assert [leg.extension for leg in call.legs] == ["2001"]
        assert call.legs[0].state is LegState.TALKING


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_who_listens_in_is_free_when_the_call_ends(
    make_stage: MakeStage, dialect: str
) -> None:
    stage = await make_stage(dialect)
    await stage.internal()
    await stage.control.send(Monitor(action=Action.BARGE_IN, monitor="2005", extension="2001"))
    monitor = stage.sim.monitoring.active[0].own
    await stage.control.send(LegCommand(action=Action.HANG_UP, leg=stage.caller))
    await stage.until(CallState.ENDED, monitor)
    assert stage.sim.directory.extensions["2005"].status == "idle"
    assert not stage.sim.monitoring.active


@pytest.mark.parametrize("dialect", YEASTAR)
async def test_ten_seconds_to_decide(make_stage: MakeStage, clock: Clock, dialect: str) -> None:
    stage = await make_stage(dialect)
    await stage.invited()
    clock.time += 10
    await stage.control.send(LegCommand(action=Action.ACCEPT, leg=stage.caller))
    await stage.invited()
    clock.time += 10.5
    with pytest.raises(PbxRequestError, match="10016"):
        await stage.control.send(LegCommand(action=Action.REFUSE, leg=stage.caller))
    assert stage.live.state is CallState.INVITED


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_calls_of_an_extension(make_stage: MakeStage, dialect: str) -> None:
    stage = await make_stage(dialect)
    assert await stage.control.extension_calls("2001") == ()
    await stage.inbound()
    (call,) = await stage.control.extension_calls("2001")
    body = '{"number":"2001"}' if stage.v2 else '{"extid":"2001"}'
    stage.assert_asked("extension/query_call" if stage.v2 else "extension/query", body)
    trunk, own = call.legs
    assert call.call_id == stage.live.call_id
    assert (trunk.kind, trunk.caller, trunk.leg_id) == (
        LegKind.INBOUND,
        "0301111",
        stage.caller.leg_id,
    )
    assert (own.kind, own.extension) == (LegKind.EXTENSION, "2001")
    await stage.internal()
    assert len(await stage.control.extension_calls("2001")) == (2 if stage.v2 else 1)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_of_two_calls_the_one_that_fits_is_meant(make_stage: MakeStage, dialect: str) -> None:
    """An extension with a held call and a live one, of which nobody names either."""
    stage = await make_stage(dialect)
    stage.sim.knobs.call_waiting = True
    await stage.inbound()
    first = stage.live
    await stage.control.send(
        LegCommand(action=Action.HOLD, leg=CallLeg(kind=LegKind.EXTENSION, extension="2001"))
    )
    await stage.internal()
    second = stage.live
    await stage.control.send(
        LegCommand(action=Action.HOLD, leg=CallLeg(kind=LegKind.EXTENSION, extension="2001"))
    )
    assert (first.state, second.state) == (CallState.HELD, CallState.HELD)
    await second.resume()
    await stage.control.send(
        LegCommand(action=Action.RESUME, leg=CallLeg(kind=LegKind.EXTENSION, extension="2001"))
    )
    assert (first.state, second.state) == (CallState.TALKING, CallState.TALKING)


@pytest.mark.parametrize("dialect", YEASTAR)
async def test_records(make_stage: MakeStage, clock: Clock, dialect: str) -> None:
    """Two requests: one for the permission, one for the file, which names what was asked for."""
    stage = await make_stage(dialect)
    await stage.inbound()
    clock.time += 42
    await stage.live.hang_up()
    start, end = datetime(2027, 1, 15, 8), datetime(2027, 1, 15, 10, 0, 1)
    content = await stage.control.download_records(start, end)
    assert content is not None
    (record,) = read_records(content, PbxClock())
    assert (record.call_id, record.caller, record.callee) == (
        stage.live.call_id,
        "0301111",
        "2001",
    )
    assert (record.outcome, record.direction, record.talk_duration) == ("answered", "inbound", 42)
    asked, fetched = list(stage.sim.requests)[-2:]
    everybody = "number" if stage.v2 else "extid"
    span = '"starttime":"2027-01-15 08:00:00","endtime":"2027-01-15 10:00:01"'
    assert asked.endpoint == "cdr/get_random"
    assert asked.body.decode() == f'{{"{everybody}":"all",{span}}}'
    assert asked.answer is not None
    token = stage.sim.sessions.living()[-1].token
    line = fetched.raw_head.partition(b"\r\n")[0].decode()
    assert line == (
        f"GET /api/{stage.dialect.version}/cdr/download?{everybody}=all"
        "&starttime=2027-01-15%2008:00:00&endtime=2027-01-15%2010:00:01"
        f"&token={token}&random={asked.answer['random']} HTTP/1.1"
    )
    assert await stage.control.download_records(end, datetime(2027, 1, 16)) is None


async def test_openvox_gives_no_records(make_stage: MakeStage) -> None:
    stage = await make_stage("openvox")
    with pytest.raises(PbxUnsupportedError):
        await stage.control.download_records(datetime(2027, 1, 15), datetime(2027, 1, 16))
    assert len(stage.sim.requests) == 1
