"""Attended transfers and parked calls (API v2.0.0) against the simulated PBX."""

import pytest

from custom_components.ippbx.pbx.errors import PbxRequestError, PbxUnsupportedError
from custom_components.ippbx.pbx.model.actions import Action, TransferStep
from custom_components.ippbx.pbx.model.commands import (
    AttendedTransfer,
    LegCommand,
    OperateTransfer,
    Park,
    Retrieve,
)
from custom_components.ippbx.pbx.model.lines import CallLeg, LegKind
from pbx_simulator.calls.legs import LegState
from pbx_simulator.calls.model import Call, CallState
from tests.pbx.conftest import MakeStage

from .stage import Stage


@pytest.fixture
async def stage(make_stage: MakeStage) -> Stage:
    """An outside caller talks to 2001."""
    stage = await make_stage("yeastar-v2")
    await stage.inbound()
    return stage


async def consult(stage: Stage, *, answered: bool = True) -> Call:
    """2001 puts the caller on hold and calls 2003."""
    await stage.control.send(AttendedTransfer(leg=stage.callee, target="2003"))
    third = stage.made
    if answered:
        await third.answer()
    return third


def status(stage: Stage, number: str) -> str:
    return stage.sim.directory.extensions[number].status


async def operate(stage: Stage, step: TransferStep, word: str) -> None:
    channel = stage.live.callee.channel_id
    await stage.control.send(OperateTransfer(leg=stage.callee, step=TransferStep(step)))
    stage.assert_asked(
        "call/attended_transfer_operate", f'{{"channelid":"{channel}","operate":"{word}"}}'
    )


async def test_a_third_party_is_called_while_the_partner_waits(stage: Stage) -> None:
    channel = stage.live.callee.channel_id
    call_id = await stage.control.send(AttendedTransfer(leg=stage.callee, target="2003"))
    stage.assert_asked("call/attended_transfer", f'{{"channelid":"{channel}","tonumber":"2003"}}')
    third = stage.made
    assert call_id == third.call_id != stage.live.call_id
    assert (stage.live.state, stage.live.callee.state) == (CallState.HELD, LegState.HOLD)
    assert (third.state, third.caller.channel_id) == (CallState.RINGING, channel)
    assert (status(stage, "2003"), status(stage, "2001")) == ("ringing", "busy")


async def test_an_outside_third_party_is_called_with_permission(stage: Stage) -> None:
    await stage.control.send(AttendedTransfer(leg=stage.callee, target="030999", permission="2004"))
    stage.assert_asked(
        "call/attended_transfer",
        f'{{"channelid":"{stage.live.callee.channel_id}","tonumber":"030999",'
        '"dialpermission":"2004"}',
    )
    assert (stage.made.callee.number, stage.made.callee.origin) == ("030999", "2004")


async def test_complete(stage: Stage) -> None:
    third = await consult(stage)
    await operate(stage, TransferStep.COMPLETE, "complete")
    assert stage.live.state is CallState.TALKING
    assert [leg.number for leg in stage.live.legs] == ["0301111", "2003"]
    assert not third.live
    assert [status(stage, number) for number in ("2001", "2003")] == ["idle", "busy"]


async def test_abort(stage: Stage) -> None:
    third = await consult(stage, answered=False)
    await operate(stage, TransferStep.ABORT, "abort")
    assert (third.live, stage.live.state) == (False, CallState.TALKING)
    assert [leg.number for leg in stage.live.legs] == ["0301111", "2001"]
    assert [status(stage, number) for number in ("2001", "2003")] == ["busy", "idle"]


async def test_swap_to_and_fro(stage: Stage) -> None:
    third = await consult(stage)
    await operate(stage, TransferStep.SWAP, "swap")
    assert (stage.live.state, third.state) == (CallState.TALKING, CallState.HELD)
    await operate(stage, TransferStep.SWAP, "swap")
    assert (stage.live.state, third.state) == (CallState.HELD, CallState.TALKING)


async def test_three_way(stage: Stage) -> None:
    third = await consult(stage)
    await operate(stage, TransferStep.THREE_WAY, "threeway")
    assert (stage.live.state, third.state) == (CallState.TALKING, CallState.TALKING)
    (found,) = stage.sim.attended_transfers.active.values()
    assert found.three_way


@pytest.mark.parametrize("step", ["complete", "swap", "three_way"])
async def test_nobody_has_answered_yet(stage: Stage, step: str) -> None:
    third = await consult(stage, answered=False)
    with pytest.raises(PbxRequestError, match="10015"):
        await stage.control.send(OperateTransfer(leg=stage.callee, step=TransferStep(step)))
    assert (stage.live.state, third.state) == (CallState.HELD, CallState.RINGING)


async def test_steps_without_a_transfer(stage: Stage) -> None:
    with pytest.raises(PbxRequestError, match="10015"):
        await stage.control.send(OperateTransfer(leg=stage.callee, step=TransferStep.COMPLETE))
    third = await consult(stage)
    with pytest.raises(PbxRequestError, match="10015"):
        await stage.control.send(AttendedTransfer(leg=stage.callee, target="2004"))
    await third.hang_up("callee")
    with pytest.raises(PbxRequestError, match="10015"):
        await stage.control.send(OperateTransfer(leg=stage.callee, step=TransferStep.COMPLETE))
    await stage.control.send(LegCommand(action=Action.RESUME, leg=stage.callee))
    assert stage.live.state is CallState.TALKING


async def test_an_extension_alone_names_its_leg(stage: Stage) -> None:
    """The client asks for the channel first, as nothing else names a leg in v2."""
    await stage.control.send(
        AttendedTransfer(leg=CallLeg(kind=LegKind.EXTENSION, extension="2001"), target="2003")
    )
    assert [request.endpoint for request in stage.sim.requests[1:]] == [
        "extension/query_call",
        "call/attended_transfer",
    ]
    assert stage.sim.requests[1].body == b'{"number":"2001"}'
    assert stage.asked.params["channelid"] == stage.live.callee.channel_id


async def test_parking(stage: Stage) -> None:
    channel = stage.live.caller.channel_id
    slot = await stage.control.send(Park(leg=stage.caller))
    stage.assert_asked("call/callpark", f'{{"channelid":"{channel}"}}')
    assert slot == "6900"
    assert (stage.live.state, stage.live.caller.state) == (CallState.HELD, LegState.HOLD)
    assert status(stage, "2001") == "idle"
    assert await stage.control.parked_slots() == {"6900"}
    stage.assert_asked("call/callpark_status", "")


async def test_a_parked_call_is_retrieved(stage: Stage) -> None:
    await stage.control.send(Park(leg=stage.caller, slot="6905"))
    assert b'"parkingslot":"6905"' in stage.asked.body
    call_id = await stage.control.send(Retrieve(caller="2004", slot="6905"))
    stage.assert_asked("call/dial", '{"caller":"2004","callee":"6905","autoanswer":"no"}')
    own = stage.made
    assert (call_id, status(stage, "2004")) == (own.call_id, "ringing")
    await own.pick_up()
    await stage.until(CallState.TALKING)
    assert [leg.number for leg in stage.live.legs] == ["0301111", "2004"]
    await stage.until(CallState.ENDED, own)
    assert (status(stage, "2004"), await stage.control.parked_slots()) == ("busy", frozenset())


async def test_slots(stage: Stage) -> None:
    await stage.control.send(Park(leg=stage.caller, slot="6900"))
    second = await stage.talk(await stage.sim.calls.inbound("sip-2", "0303333", "2002"))
    for slot, errno in (("6900", "10008"), ("7000", "10011")):
        with pytest.raises(PbxRequestError, match=errno):
            await stage.control.send(Park(leg=stage.caller, slot=slot))
    assert await stage.control.send(Park(leg=stage.caller)) == "6901"
    await second.hang_up()
    assert await stage.control.parked_slots() == {"6900"}
    with pytest.raises(PbxRequestError, match="10011"):
        await stage.control.send(Retrieve(caller="2004", slot="6901"))


@pytest.mark.parametrize("dialect", ["openvox", "yeastar-v1"])
async def test_other_dialects_have_none_of_it(make_stage: MakeStage, dialect: str) -> None:
    stage = await make_stage(dialect)
    await stage.inbound()
    for action in (
        stage.control.send(AttendedTransfer(leg=stage.callee, target="2003")),
        stage.control.send(OperateTransfer(leg=stage.callee, step=TransferStep.SWAP)),
        stage.control.send(Park(leg=stage.caller)),
        stage.control.send(Retrieve(caller="2004", slot="6900")),
        stage.control.parked_slots(),
    ):
        with pytest.raises(PbxUnsupportedError):
            await action
    assert len(stage.sim.requests) == 1
