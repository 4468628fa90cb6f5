"""Transfers against the simulated PBX: bytes on the wire, who talks to whom afterwards.

In v1 an extension that transfers leaves the call; in v2 the leg that is named is passed on.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from custom_components.ippbx.pbx.errors import PbxUnsupportedError
from custom_components.ippbx.pbx.model.actions import Party
from custom_components.ippbx.pbx.model.commands import Transfer
from custom_components.ippbx.pbx.model.lines import CallLeg, LegKind
from custom_components.ippbx.pbx.uc.dialects import OPENVOX
from pbx_simulator.calls.legs import Leg
from pbx_simulator.calls.model import CallState
from tests.pbx.conftest import MakeStage

from .stage import Scene, Stage

type Send = Callable[[Stage, CallLeg], Awaitable[str]]


@dataclass(frozen=True, kw_only=True)
class Whose:
    """The leg that a transfer is told: in which scene, and on which side."""

    scene: Scene
    called: bool = False


WHOSE = {
    "extension": Whose(scene=Stage.internal),
    "inbound": Whose(scene=Stage.inbound),
    "outbound": Whose(scene=Stage.outbound, called=True),
}
DO: dict[str, Send] = {
    "extension": lambda s, leg: s.control.send(
        Transfer(leg=leg, target="2003", call=s.live.call_id)
    ),
    "number": lambda s, leg: s.control.send(
        Transfer(
            leg=leg,
            target="030111",
            target_kind=Party.NUMBER,
            permission="2004",
            call=s.live.call_id,
        )
    ),
    "IVR": lambda s, leg: s.control.send(
        Transfer(leg=leg, target="6500", target_kind=Party.IVR, call=s.live.call_id)
    ),
    "queue": lambda s, leg: s.control.send(
        Transfer(leg=leg, target="6700", target_kind=Party.QUEUE, call=s.live.call_id)
    ),
    "ring group": lambda s, leg: s.control.send(
        Transfer(leg=leg, target="6200", target_kind=Party.RING_GROUP, call=s.live.call_id)
    ),
}
CALLTRANSFER = '{"callid":"%%(call)s","transferor":"2001","transferto":"%s","fromext":"%s"}'
V1: dict[tuple[str, str], tuple[str, str]] = {
    ("extension", "extension"): ("calltransfer", CALLTRANSFER % ("2003", "")),
    ("extension", "number"): ("calltransfer", CALLTRANSFER % ("030111", "2004")),
    ("extension", "IVR"): ("calltransfer", CALLTRANSFER % ("6500", "")),
    ("extension", "queue"): ("calltransfer", CALLTRANSFER % ("6700", "")),
    ("extension", "ring group"): ("calltransfer", CALLTRANSFER % ("6200", "")),
    ("inbound", "extension"): (
        "inbound/transfer_extension",
        '{"inboundid":"%(caller)s","extid":"2003"}',
    ),
    ("inbound", "number"): (
        "inbound/transfer_outbound",
        '{"inboundid":"%(caller)s","outto":"030111","fromext":"2004"}',
    ),
    ("inbound", "IVR"): ("inbound/transfer_ivr", '{"inboundid":"%(caller)s","ivrid":"6500"}'),
    ("inbound", "queue"): (
        "inbound/transfer_queue",
        '{"inboundid":"%(caller)s","queueid":"6700"}',
    ),
    ("inbound", "ring group"): (
        "inbound/transfer_ringgroup",
        '{"inboundid":"%(caller)s","ringgroupid":"6200"}',
    ),
    ("outbound", "extension"): (
        "outbound/transfer_extension",
        '{"outboundid":"%(callee)s","extid":"2003"}',
    ),
    ("outbound", "number"): (
        "outbound/transfer_outbound",
        '{"outboundid":"%(callee)s","outto":"030111","fromext":"2004"}',
    ),
    ("outbound", "IVR"): ("outbound/transfer_ivr", '{"outboundid":"%(callee)s","ivrid":"6500"}'),
    ("outbound", "queue"): (
        "outbound/transfer_number",
        '{"outboundid":"%(callee)s","number":"6700","fromext":""}',
    ),
    ("outbound", "ring group"): (
        "outbound/transfer_number",
        '{"outboundid":"%(callee)s","number":"6200","fromext":""}',
    ),
}
V2 = {
    "extension": '"number":"2003"}',
    "number": '"number":"030111","dialpermission":"2004"}',
    "IVR": '"number":"6500"}',
    "queue": '"number":"6700"}',
    "ring group": '"number":"6200"}',
}
# Whom a transfer reaches: the first three extensions are the members of queue and ring group.
REACHED = {"extension": "2003", "number": "030111", "IVR": "6500"}
MEMBERS = ("2001", "2002", "2003")
SERVICES = {"queue": "6700", "ring group": "6200"}


async def begun(stage: Stage, whose: str) -> tuple[CallLeg, Leg, Leg]:
    """Set the scene; return the leg that is told, and the named and the other leg."""
    told = WHOSE[whose]
    await told.scene(stage)
    named, other = stage.live.legs[::-1] if told.called else stage.live.legs
    return stage.leg(named), named, other


@pytest.mark.parametrize("target", DO)
@pytest.mark.parametrize("whose", WHOSE)
async def test_v1(make_stage: MakeStage, whose: str, target: str) -> None:
    stage = await make_stage("yeastar-v1")
    leg, named, other = await begun(stage, whose)
    ids = stage.ids()
    staying, leaving = (other, named) if whose == "extension" else (named, other)
    call_id = await DO[target](stage, leg)
    path, body = V1[whose, target]
    stage.assert_asked(path, body % ids)
    assert call_id == stage.live.call_id
    await assert_passed_on(stage, target, staying, leaving)


@pytest.mark.parametrize("target", DO)
@pytest.mark.parametrize("whose", WHOSE)
async def test_v2(make_stage: MakeStage, whose: str, target: str) -> None:
    stage = await make_stage("yeastar-v2")
    leg, named, other = await begun(stage, whose)
    call_id = await DO[target](stage, leg)
    stage.assert_asked("call/transfer", f'{{"channelid":"{leg.leg_id}",{V2[target]}')
    assert call_id == stage.live.call_id
    await assert_passed_on(stage, target, named, other)


@pytest.mark.parametrize("target", DO)
@pytest.mark.parametrize("whose", WHOSE)
async def test_openvox_has_none(make_stage: MakeStage, whose: str, target: str) -> None:
    stage = await make_stage("openvox")
    leg, named, other = await begun(stage, whose)
    with pytest.raises(PbxUnsupportedError):
        await DO[target](stage, leg)
    assert stage.dialect is OPENVOX
    assert len(stage.sim.requests) == 1
    assert set(stage.live.legs) == {named, other}


async def assert_passed_on(stage: Stage, target: str, staying: Leg, leaving: Leg) -> None:
    """The one that stays calls the target, the other one is free; only the ringing is reported."""
    call = stage.live
    await settled(stage, target)
    assert call.caller is staying
    members = [member for member in MEMBERS if member != staying.number]
    reached = [REACHED[target]] if target in REACHED else members
    assert [leg.number for leg in call.called] == reached
    if leaving.kind.value == "ext" and leaving.number not in reached:
        assert stage.sim.directory.extensions[leaving.number].status == "idle"
    reports = [delivery.report for delivery in stage.sim.deliveries]
    assert not [report for report in reports if "Tranfer" in report.values()]


async def settled(stage: Stage, target: str) -> None:
    """Wait until somebody rings, or the IVR has the caller; a queue takes the line itself first."""
    if target == "IVR":
        await stage.until(CallState.TALKING)
    else:
        await stage.sim.wait_until(lambda: stage.live.callee.number not in SERVICES.values())
        assert stage.live.state is CallState.RINGING


@pytest.mark.parametrize("target", DO)
@pytest.mark.parametrize("dialect", ["yeastar-v1", "yeastar-v2"])
async def test_an_incoming_call_is_led(make_stage: MakeStage, dialect: str, target: str) -> None:
    """The same requests direct a call that the PBX has answered and asks about."""
    stage = await make_stage(dialect)
    await stage.incoming()
    await DO[target](stage, stage.caller)
    await settled(stage, target)
    assert stage.live.callee.number == REACHED.get(target, "2001")
    assert stage.live.caller.kind == LegKind.INBOUND.value
    assert stage.live.caller.to == stage.live.callee.number


async def test_a_ringing_call_is_passed_on(make_stage: MakeStage) -> None:
    stage = await make_stage("yeastar-v1")
    stage.call = await stage.sim.calls.inbound("sip-1", "0301111", "2001")
    await stage.live.ring()
    await stage.control.send(Transfer(leg=stage.caller, target="2003"))
    assert stage.live.callee.number == "2003"
    statuses = {number: each.status for number, each in stage.sim.directory.extensions.items()}
    assert (statuses["2001"], statuses["2003"]) == ("idle", "ringing")


async def test_a_number_of_the_extension_is_enough_in_v1(make_stage: MakeStage) -> None:
    stage = await make_stage("yeastar-v1")
    await stage.internal()
    await stage.control.send(
        Transfer(
            leg=CallLeg(kind=LegKind.EXTENSION, extension="2002"),
            target="2003",
            call=stage.live.call_id,
        )
    )
    assert [leg.number for leg in stage.live.legs] == ["2001", "2003"]
