"""Calls that Home Assistant makes, and what it does to calls."""

import pytest

from .calls import Call, Report, without
from .stage import PBX, STATUS, Stage, story
from .stand_in import OPENVOX, V1, V2, Body

DIAL_INSIDE = {
    OPENVOX: "extension/dial_extension",
    V1: "extension/dial_extension",
    V2: "call/dial",
}
DIAL_OUTSIDE = {
    OPENVOX: "extension/dial_outbound",
    V1: "extension/dial_outbound",
    V2: "call/dial",
}
HANG_UP = {OPENVOX: "extension/hangup", V1: "extension/hangup", V2: "call/hangup"}


def placed(stage: Stage, path: str, callee: str) -> list[Call]:
    """Let the PBX place a call of phone a when it is asked to; return where it will be."""
    made: list[Call] = []

    def place(body: Body) -> Body:
        begin = stage.internal if callee in stage.phones else stage.outbound
        call = begin(stage.a, callee, gap=10)
        call.ext.state = "RING"
        made.append(call)
        return {"callid": call.first}

    stage.pbx.answers[path] = place
    return made


def own_phone_rings(call: Call, *, told: bool = True) -> list[Report]:
    """The caller's own phone rings first, under the id of the whole call."""
    reports = call.status(call.caller, "Ringing")
    if call.pbx.dialect == V2:
        return reports + call.snapshot()
    return reports + ([call.report("RING", [call.ext])] if told else [])


def own_phone_picked_up(call: Call) -> list[Report]:
    """It is picked up, and the other end is dialled by channels at +3 and +4."""
    call.ext.state = "ALERT"
    call.next_branch = 4
    return call.status(call.caller, "Busy")


@story()
async def test_a_dialled_call_is_not_picked_up_by_the_own_phone(stage: Stage) -> None:
    """Nobody lifts the phone that rings first: nobody has missed a call."""
    made = placed(stage, DIAL_INSIDE[stage.dialect], stage.b)
    answer = await stage.act("dial", extension=stage.a, number=stage.b)
    [call] = made
    assert answer["call_id"] == call.first
    await stage.send(own_phone_rings(call))
    await stage.shows(stage.a, STATUS, "ringing")
    assert [up["call_id"] for up in await stage.up()] == [call.first]
    await stage.passes(2)
    call.gone()
    await stage.send(call.status(stage.a, "Idle"), call.record("NO ANSWER"))
    await stage.sees(PBX, "ended", seconds=60)
    [entry] = await stage.over()
    assert entry["outcome"] != "missed"
    stage.never("", "missed", "answered")
    stage.never(stage.b, "ringing", "ended")


@story()
async def test_a_dialled_call_is_answered(stage: Stage) -> None:
    """Own phone, then b: one call from first to last, with the id that the action gave."""
    made = placed(stage, DIAL_INSIDE[stage.dialect], stage.b)
    answer = await stage.act("dial", extension=stage.a, number=stage.b)
    [call] = made
    await stage.send(own_phone_rings(call))
    await stage.passes(1)
    await stage.send(own_phone_picked_up(call), call.ring(stage.b))
    await stage.sees(stage.b, "ringing", caller=stage.a)
    await stage.passes(1)
    await stage.send(call.answer(stage.b))
    await stage.sees(stage.b, "answered", caller=stage.a, answered_by=stage.b)
    assert [up["call_id"] for up in await stage.up()] == [answer["call_id"]]
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.b, caller=stage.a)
    [entry] = await stage.over()
    assert entry["call_id"] == answer["call_id"]
    assert entry["callee"] == stage.b
    stage.never("", "missed")


@story()
async def test_a_dialled_call_meets_a_busy_phone(stage: Stage) -> None:
    """The records of such a call: BUSY and ANSWERED without talk under one id. Nobody answered."""
    made = placed(stage, DIAL_INSIDE[stage.dialect], stage.b)
    await stage.act("dial", extension=stage.a, number=stage.b)
    [call] = made
    await stage.send(own_phone_rings(call))
    await stage.passes(1)
    await stage.send(own_phone_picked_up(call))
    await stage.send(call.record("BUSY", total=1), call.hang_up(byes=0))
    await stage.send(call.record("ANSWERED", total=0, talk=0))
    await stage.sees(PBX, "ended", outcome="busy", seconds=60)
    [entry] = await stage.over()
    assert not entry.get("answered_by")
    stage.never(PBX, "missed")
    stage.never(stage.b, "answered", "missed")


@story()
async def test_a_dialled_call_is_refused(stage: Stage) -> None:
    """B presses the red button."""
    made = placed(stage, DIAL_INSIDE[stage.dialect], stage.b)
    await stage.act("dial", extension=stage.a, number=stage.b)
    [call] = made
    await stage.send(own_phone_rings(call, told=False))
    await stage.passes(1)
    await stage.send(own_phone_picked_up(call), call.ring(stage.b))
    await stage.sees(stage.b, "ringing", caller=stage.a)
    await stage.passes(1)
    await stage.send(call.failed("603", stage.b), call.hang_up(byes=0))
    await stage.send(call.record("NO ANSWER"))
    await stage.sees(PBX, "ended", outcome="refused", seconds=60)
    await stage.over()
    stage.never("", "missed")
    stage.never(stage.b, "answered")


@story()
async def test_an_outside_number_is_dialled(stage: Stage) -> None:
    """The options allow the number; the line answers."""
    made = placed(stage, DIAL_OUTSIDE[stage.dialect], stage.outside)
    answer = await stage.act("dial", extension=stage.a, number=f"tel:{stage.outside}")
    [call] = made
    await stage.send(own_phone_rings(call))
    await stage.passes(1)
    await stage.send(own_phone_picked_up(call), call.ring())
    await stage.passes(1)
    await stage.send(call.answer())
    await stage.sees(stage.a, "answered", direction="outbound")
    assert [up["call_id"] for up in await stage.up()] == [answer["call_id"]]
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", direction="outbound")
    [entry] = await stage.over()
    assert (entry["caller"], entry["callee"]) == (stage.a, stage.outside)
    assert entry["answered_by"] != stage.a
    stage.never("", "missed")


@story()
async def test_a_prompt_that_nobody_hears(stage: Stage) -> None:
    """The phone that is to hear it is not picked up: no missed call."""
    paths = {OPENVOX: "extension/playprompt", V1: "extension/playprompt", V2: "call/playprompt"}
    made = placed(stage, paths[stage.dialect], stage.b)
    await stage.act("play_prompt", extension=stage.a, prompts=["welcome"])
    [call] = made
    await stage.send(own_phone_rings(call))
    await stage.shows(stage.a, STATUS, "ringing")
    await stage.passes(2)
    call.gone()
    record = call.record("NO ANSWER", callfrom=stage.a, callto=stage.a)
    await stage.send(call.status(stage.a, "Idle"), record)
    await stage.quiet()
    await stage.shows(stage.a, STATUS, "idle")
    stage.never("", "missed", "answered")


@story()
async def test_hung_up_by_an_action(stage: Stage) -> None:
    """The action asks the PBX, whose reports then tell the end."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    await stage.sees(stage.a, "answered")
    since = len(stage.pbx.requests)
    stage.pbx.answers[HANG_UP[stage.dialect]] = lambda body: {}
    await stage.act("hang_up", extension=stage.a)
    body = await stage.pbx.asked(HANG_UP[stage.dialect], since, 5)
    assert stage.a in str(body)
    await stage.passes(1)
    await stage.send(call.hang_up(callee_first=True), call.record())
    await stage.sees(PBX, "ended", outcome="answered")
    await stage.over()


@story()
async def test_a_missed_call_is_called_back(stage: Stage) -> None:
    """The log has who called; the action rings phone a and then that number as it came."""
    missed = stage.inbound(stage.a)
    await stage.send(missed.ring(stage.a))
    await stage.passes(1.7)
    await stage.send(missed.hang_up(byes=1), missed.record("NO ANSWER"))
    told = await stage.sees(PBX, "missed")
    made = placed(stage, DIAL_OUTSIDE[stage.dialect], stage.outside)
    since = len(stage.pbx.requests)
    await stage.act("call_back", call_id=told.data["call_id"], extension=stage.a)
    body = await stage.pbx.asked(DIAL_OUTSIDE[stage.dialect], since, 5)
    assert stage.outside in body.values()
    [call] = made
    await stage.send(own_phone_rings(call))
    await stage.send(own_phone_picked_up(call), call.ring(), call.answer())
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", direction="outbound")
    await stage.over()


@story(V1, V2)
async def test_the_pbx_asks_and_home_assistant_refuses(stage: Stage) -> None:
    """Invite: no phone rings yet; the caller is refused."""
    refuse = {V1: "inbound/refuse", V2: "call/refuse_inbound"}[stage.dialect]
    stage.pbx.answers[refuse] = lambda body: {}
    call = stage.inbound(stage.a)
    await stage.send([call.report("Invite", [call.leg])])
    told = await stage.sees(PBX, "invited", caller=stage.outside)
    await stage.triggers("decision_needed", caller=stage.outside)
    since = len(stage.pbx.requests)
    await stage.act("refuse_call", call_id=told.data["call_id"])
    await stage.pbx.asked(refuse, since, 5)
    await stage.send(call.hang_up(byes=1), call.record("NO ANSWER", total=2))
    await stage.sees(PBX, "ended", caller=stage.outside, seconds=60)
    [entry] = await stage.over()
    assert entry["outcome"] == "refused"
    stage.never("", "missed", "ringing", "answered")


@story(V1, V2)
async def test_the_pbx_asks_and_home_assistant_accepts(stage: Stage) -> None:
    """Invite, accepted: the call goes its way."""
    accept = {V1: "inbound/accept", V2: "call/accept_inbound"}[stage.dialect]
    stage.pbx.answers[accept] = lambda body: {}
    call = stage.inbound(stage.a)
    await stage.send([call.report("Invite", [call.leg])])
    told = await stage.sees(PBX, "invited", caller=stage.outside)
    await stage.act("accept_call", call_id=told.data["call_id"])
    await stage.send([call.report("Incoming", [call.leg])])
    await stage.send(call.ring(stage.a))
    await stage.sees(stage.a, "ringing", caller=stage.outside)
    await stage.passes(1)
    await stage.send(call.answer(stage.a))
    await stage.sees(stage.a, "answered")
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.a)
    await stage.over()
    stage.never("", "missed")


@story(OPENVOX)
async def test_what_an_openvox_cannot_do_is_refused(stage: Stage) -> None:
    """A transfer: nothing is sent, and the call goes on."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    await stage.sees(stage.a, "answered")
    since = len(stage.pbx.requests)
    with pytest.raises(RuntimeError, match="action_unsupported"):
        await stage.act("transfer", extension=stage.a, number=stage.b)
    assert not [path for path, _ in stage.pbx.requests[since:] if "transfer" in path]
    await stage.passes(1)
    await stage.send(call.hang_up(), call.record())
    await stage.over()


@story()
async def test_grandma_is_in_the_contacts(stage: Stage) -> None:
    """Her number is +49 30 5559999 there, and 0305559999 on the line."""
    number = "0305559999"
    stage.others = {number}
    call = stage.inbound(stage.a, number)
    await stage.send(call.ring(stage.a))
    await stage.sees(stage.a, "ringing", caller=number, caller_name="Grandma", vip=True)
    await stage.triggers("incoming_call", caller_name="Grandma", vip=True)
    await stage.passes(1.7)
    await stage.send(call.hang_up(byes=1), without(call.record("NO ANSWER")))
    await stage.sees(stage.a, "missed", caller_name="Grandma")
    await stage.reads(stage.a, "missed a call from Grandma")
    await stage.reads(PBX, f"had a call: Grandma → Room {stage.a}, missed")
    [entry] = await stage.over()
    assert entry["caller_name"] == "Grandma"
