"""What happens within calls: keys, hold, transfers, forwards, second calls, parking."""

from .calls import Call, Report, only
from .stage import PARTNER, PBX, STATUS, Stage, about, story
from .stand_in import OPENVOX, V1, V2, Party


def passed_on(call: Call, old: str, new: str) -> list[Report]:
    """Blind transfer by the phone of a callee: the old one leaves, a new one rings.

    The new pair of channels lies at +4 and +5, at an odd distance and with a later second.
    """
    reports: list[Report] = [
        call.report("Tranfer", [Party("ext", number=new), call.caller_party])
        if call.direction == "inbound"
        else call.report("Tranfer", [Party("ext", number=new), Party("ext", number=old)])
    ]
    call.live.parties.remove(call.party(old))
    call.next_branch = 5
    reports += call.ring(new)
    return reports + call.status(old, "Idle")


def pressed(call: Call, party: Party, keys: str) -> list[Report]:
    """Keys are pressed one after the other; only v2 repeats those before, from the second on."""
    reports = []
    for index, key in enumerate(keys):
        infos = {"infos": keys[: index + 1] if index else ""} if call.pbx.dialect == V2 else {}
        reports.append(call.report("DTMF", [party], **infos, flag=str(index), info=key))
    return reports


@story()
async def test_keys_open_a_door(stage: Stage) -> None:
    """The door phone's call is answered, and a code is typed."""
    call = stage.internal(stage.a, stage.b)
    await stage.send(call.dial(), call.ring(stage.b), call.answer(stage.b))
    await stage.sees(stage.b, "answered")
    await stage.send(pressed(call, call.party(stage.b), "42#"))
    await stage.sees(PBX, "dtmf", key="4")
    await stage.sees(PBX, "dtmf", key="2")
    await stage.sees(PBX, "dtmf", key="#", all_keys=lambda keys: keys.endswith("42#"))
    await stage.triggers("key_pressed", all_keys=lambda keys: keys.endswith("42#"))
    assert stage.types(PBX).count("dtmf") == 3
    await stage.passes(1)
    await stage.send(call.hang_up(), call.record())
    await stage.over()


@story()
async def test_the_same_key_three_times(stage: Stage) -> None:
    """Three presses of one key are three presses, not a repeat."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    await stage.send(pressed(call, call.leg, "555"))
    await stage.sees(PBX, "dtmf", all_keys=lambda keys: keys.endswith("555"))
    await stage.quiet()
    assert stage.types(PBX).count("dtmf") == 3
    await stage.passes(1)
    await stage.send(call.hang_up(), call.record())
    await stage.over()


@story(V2)
async def test_a_call_is_held_and_goes_on(stage: Stage) -> None:
    """The one who was called presses hold; two seconds later they talk again."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    await stage.sees(stage.a, "answered")
    party = call.party(stage.a)
    party.state = "HOLD"
    await stage.send(call.snapshot())
    await stage.sees(stage.a, "held")
    await stage.sees(PBX, "held")
    await stage.passes(2)
    party.state = "ANSWER"
    await stage.send(call.snapshot())
    await stage.sees(stage.a, "resumed")
    await stage.sees(PBX, "resumed")
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", talk_seconds=about(2))
    [entry] = await stage.over()
    assert entry["answered_by"] == stage.a
    assert stage.types(PBX, call)[-4:] == ["answered", "held", "resumed", "ended"]


@story(V2, aside=True)
async def test_a_reading_in_the_middle_of_a_hold(stage: Stage) -> None:
    """Half a minute on hold: what a reading confirms in between hides no resume."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    await stage.sees(stage.a, "answered")
    party = call.party(stage.a)
    party.state = "HOLD"
    await stage.send(call.snapshot())
    await stage.sees(stage.a, "held")
    seen = len(stage.pbx.requests)
    for _ in range(2):
        await stage.pbx.asked("call/query", seen, seconds=60)
        seen = len(stage.pbx.requests)
    party.state = "ANSWER"
    await stage.send(call.snapshot())
    await stage.sees(stage.a, "resumed")
    await stage.send(call.hang_up(), call.record())
    await stage.over()
    assert stage.types(PBX, call).count("held") == 1
    assert stage.types(PBX, call).count("resumed") == 1


@story(OPENVOX, V1)
async def test_held_by_an_action(stage: Stage) -> None:
    """No report tells a hold; the phone's status in the lists does."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    await stage.sees(stage.a, "answered")

    def hold(body: dict[str, str], *, status: str) -> dict[str, str]:
        assert body["extid"] == stage.a
        stage.pbx.extensions[stage.a] = status
        return {}

    stage.pbx.answers["extension/hold"] = lambda body: hold(body, status="Hold")
    stage.pbx.answers["extension/unhold"] = lambda body: hold(body, status="Busy")
    await stage.act("hold", extension=stage.a)
    await stage.shows(stage.a, STATUS, "on_hold")
    await stage.sees(stage.a, "held")
    await stage.act("resume", extension=stage.a)
    await stage.shows(stage.a, STATUS, "busy")
    await stage.sees(stage.a, "resumed")
    await stage.send(call.hang_up(), call.record())
    await stage.over()


@story()
async def test_passed_on_by_the_phone(stage: Stage) -> None:
    """A answers Grandma and passes her on to b, who picks up: one call, which a answered."""
    call = stage.inbound(stage.a, gap=12)
    await stage.send(call.ring(stage.a))
    await stage.passes(1.2)
    await stage.send(call.answer(stage.a))
    await stage.sees(stage.a, "answered", answered_by=stage.a)
    await stage.passes(1.2)
    await stage.send(passed_on(call, stage.a, stage.b))
    await stage.sees(PBX, "transferred")
    await stage.sees(stage.b, "ringing", caller=stage.outside)
    await stage.shows(stage.a, STATUS, "idle")
    await stage.passes(1.2)
    await stage.send(call.answer(stage.b))
    await stage.shows(stage.b, STATUS, "busy")
    await stage.shows(stage.b, PARTNER, stage.outside)
    await stage.shows(stage.a, PARTNER, "unknown")
    stage.never("", "ended")
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record(callto=stage.a, talk=4))
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.a, callee=stage.a)
    [entry] = await stage.over()
    assert (entry["answered_by"], entry["callee"]) == (stage.a, stage.a)
    stage.never(PBX, "missed")
    stage.never(stage.a, "missed")


@story()
async def test_passed_on_inside_and_not_picked_up(stage: Stage) -> None:
    """A calls b, who passes the call on to c; c does not pick up, a gives up."""
    call = stage.internal(stage.a, stage.b, gap=12)
    await stage.send(call.dial(), call.ring(stage.b))
    await stage.passes(1.2)
    await stage.send(call.answer(stage.b))
    await stage.sees(stage.b, "answered", answered_by=stage.b)
    await stage.passes(1.2)
    await stage.send(passed_on(call, stage.b, stage.c))
    await stage.sees(stage.c, "ringing", caller=stage.a)
    await stage.shows(stage.b, STATUS, "idle")
    await stage.passes(2)
    await stage.send(call.hang_up(byes=1), call.record(talk=1))
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.b)
    [entry] = await stage.over()
    assert (entry["answered_by"], entry["caller"]) == (stage.b, stage.a)


@story(V1, V2)
async def test_passed_on_by_an_action(stage: Stage) -> None:
    """What the API passes on is not reported; the new phone rings under a later id."""
    call = stage.inbound(stage.a, gap=12)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    await stage.sees(stage.a, "answered")
    paths = {V1: "inbound/transfer_extension", V2: "call/transfer"}
    asked = len(stage.pbx.requests)
    stage.pbx.answers[paths[stage.dialect]] = lambda body: {"callid": call.first}
    await stage.act("transfer", extension=stage.a, number=stage.b)
    body = next(b for path, b in stage.pbx.requests[asked:] if "transfer" in path)
    assert stage.b in body.values()
    call.live.parties.remove(call.party(stage.a))
    call.next_branch = 5
    await stage.send(call.status(stage.a, "Idle"), call.ring(stage.b))
    await stage.sees(stage.b, "ringing", caller=stage.outside)
    await stage.passes(1.2)
    await stage.send(call.answer(stage.b))
    await stage.shows(stage.b, STATUS, "busy")
    await stage.shows(stage.b, PARTNER, stage.outside)
    stage.never("", "ended")
    await stage.passes(1)
    await stage.send(call.hang_up(), call.record(callto=stage.a))
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.a)
    [entry] = await stage.over()
    assert entry["answered_by"] == stage.a
    stage.never("", "missed")


@story()
async def test_asked_first_by_a_second_call(stage: Stage) -> None:
    """A holds Grandma, calls b, and unites both: two calls, one of which goes on with b."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    await stage.sees(stage.a, "answered")
    await stage.passes(1)
    asking = stage.internal(stage.a, stage.b)
    if stage.dialect == V2:
        call.party(stage.a).state = "HOLD"
        await stage.send(call.snapshot())
    await stage.send(asking.ring(stage.b))
    await stage.sees(stage.b, "ringing", caller=stage.a)
    await stage.passes(1)
    await stage.send(asking.answer(stage.b))
    await stage.sees(stage.b, "answered", caller=stage.a)
    assert len(await stage.up()) == 2
    await stage.passes(1)
    # United: Grandma's line talks to b's phone; a's ends are gone, each call keeps one partner.
    transfer = call.report("Tranfer", [Party("ext", number=stage.b), call.leg])
    old = call.party(stage.a)
    ends = asking.hang_up(byes=1)
    call.live.parties.remove(old)
    new = Party("ext", number=stage.b, state="ANSWER", channel=old.channel)
    call.live.parties.append(new)
    call.leg.state = "ANSWERED"
    call.branches[stage.b] = call.branches[stage.a]
    call.answerer = stage.b
    await stage.send([transfer], only(ends, "BYE", "CallStatus"), asking.record())
    await stage.send(call.status(stage.a, "Idle"), call.status(stage.b, "Busy"))
    if stage.dialect == V2:
        await stage.send(call.snapshot())
    await stage.shows(stage.a, STATUS, "idle")
    await stage.shows(stage.b, STATUS, "busy")
    await stage.sees(PBX, "transferred")
    await stage.passes(1)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", caller=stage.outside)
    entries = await stage.over(2)
    answerers = {entry["caller"]: entry["answered_by"] for entry in entries}
    assert answerers == {stage.outside: stage.a, stage.a: stage.b}
    stage.never("", "missed")


@story()
async def test_a_phone_forwards(stage: Stage) -> None:
    """The phone called sends callers elsewhere (302): the new phone's id is two channels on."""
    call = stage.inbound(stage.a, gap=12)
    await stage.send(call.ring(stage.a))
    await stage.sees(stage.a, "ringing")
    await stage.passes(0.5)
    await stage.send(call.stop_ringing(stage.a))
    call.next_branch = 6
    await stage.send(call.ring(stage.b))
    await stage.sees(stage.b, "ringing", caller=stage.outside)
    await stage.passes(1.2)
    await stage.send(call.answer(stage.b))
    await stage.sees(stage.b, "answered", answered_by=stage.b)
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record(callto=stage.a))
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.b)
    [entry] = await stage.over()
    assert entry["answered_by"] == stage.b
    stage.never("", "missed")


@story()
async def test_a_mobile_phone_takes_it(stage: Stage) -> None:
    """The extension's mobile rings along and answers: one call, with two lines, record Outbound."""
    call = stage.inbound(stage.a, gap=12)
    await stage.send(call.ring(stage.a))
    mobile = f"0171{stage.outside[-6:]}"
    stage.others = {mobile}
    far = Party("outbound", source=stage.outside, target=mobile, trunk=call.leg.trunk)
    far.id = call.first if stage.dialect == V2 else call.later(4)
    far.channel, far.state = "PJSIP/trunk-line-a-endpoint-0f0f0f0f", "RING"
    call.live.parties.append(far)
    callid = call.later(4) if stage.dialect == OPENVOX else call.first
    if stage.dialect == V2:
        await stage.send(call.snapshot())
    else:
        await stage.send([call.report("RING", [far, call.leg], callid=callid)])
    await stage.passes(1.2)
    await stage.send(call.stop_ringing(stage.a))
    far.state, call.leg.state = "ANSWER", "ANSWERED"
    if stage.dialect == V2:
        await stage.send(call.snapshot())
    else:
        await stage.send([call.report("ANSWER", [far, call.leg])])
        if stage.dialect == V1:
            await stage.send([call.report("ANSWERED", [call.leg, far])])
    await stage.sees(PBX, "answered", caller=stage.outside)
    await stage.passes(1.2)
    call.live.parties.remove(far)
    await stage.send(call.hang_up(byes=1))
    await stage.send(call.record("ANSWERED", callto=mobile, kind="Outbound", talk=1))
    await stage.sees(PBX, "ended", outcome="answered", caller=stage.outside)
    [entry] = await stage.over()
    assert entry["outcome"] == "answered"
    assert entry["answered_by"] != stage.a
    stage.never("", "missed")


@story()
async def test_somebody_knocks(stage: Stage) -> None:
    """A second call on a phone that talks: RING, no status; it is missed, the first goes on."""
    first = stage.inbound(stage.a)
    await stage.send(first.ring(stage.a), first.answer(stage.a))
    await stage.sees(stage.a, "answered", caller=stage.outside)
    second = stage.internal(stage.b, stage.a)
    await stage.send(second.dial(), second.ring(stage.a, statuses=False))
    await stage.sees(stage.a, "ringing", caller=stage.b)
    assert len(await stage.up()) == 2
    await stage.passes(2)
    ends = second.hang_up(byes=1)
    own = [r for r in ends if not isinstance(r, dict) or r.get("extension") != stage.a]
    stage.pbx.extensions[stage.a] = "Busy"
    await stage.send(own, second.record("NO ANSWER"))
    await stage.sees(stage.a, "missed", caller=stage.b)
    await stage.shows(stage.a, STATUS, "busy")
    await stage.shows(stage.a, PARTNER, stage.outside)
    assert len(await stage.up()) == 1
    await stage.send(first.hang_up(), first.record())
    await stage.sees(PBX, "ended", outcome="answered", caller=stage.outside)
    await stage.over()


@story(V2)
async def test_two_calls_on_one_phone(stage: Stage) -> None:
    """The first is held while the second talks; each ends for itself."""
    first = stage.inbound(stage.a)
    await stage.send(first.ring(stage.a), first.answer(stage.a))
    await stage.sees(stage.a, "answered", caller=stage.outside)
    second = stage.internal(stage.b, stage.a)
    await stage.send(second.dial(), second.ring(stage.a, statuses=False))
    first.party(stage.a).state = "HOLD"
    await stage.send(first.snapshot())
    await stage.sees(stage.a, "held", caller=stage.outside)
    await stage.send(second.answer(stage.a))
    await stage.sees(stage.a, "answered", caller=stage.b)
    await stage.shows(stage.a, PARTNER, f"Room {stage.b}")
    await stage.passes(1.2)
    ends = second.hang_up()
    own = [r for r in ends if not isinstance(r, dict) or r.get("extension") != stage.a]
    stage.pbx.extensions[stage.a] = "Busy"
    await stage.send(own, second.record())
    await stage.sees(PBX, "ended", outcome="answered", caller=stage.b)
    first.party(stage.a).state = "ANSWER"
    await stage.send(first.snapshot())
    await stage.sees(stage.a, "resumed", caller=stage.outside)
    await stage.shows(stage.a, PARTNER, stage.outside)
    await stage.send(first.hang_up(), first.record())
    await stage.over()
    stage.never("", "missed")


@story(V2)
async def test_parked_and_retrieved(stage: Stage) -> None:
    """A parks Grandma; b retrieves her from the slot: a call of its own, says an Asterisk."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    await stage.sees(stage.a, "answered")
    stage.pbx.answers["call/callpark"] = lambda body: {"callid": call.first, "slot": "6900"}
    await stage.act("park", extension=stage.a)
    call.live.parties.remove(call.party(stage.a))
    await stage.send(call.status(stage.a, "Idle"), call.snapshot())
    await stage.shows(stage.a, STATUS, "idle")
    await stage.passes(1)
    stage.never("", "ended")
    stage.others = {"6900"}
    fetch = stage.internal(stage.b, "6900")
    await stage.send(fetch.dial())
    fetch.ext.state = "ANSWERED"
    await stage.send(fetch.snapshot())
    await stage.shows(stage.b, STATUS, "busy")
    await stage.passes(1)
    await stage.send(call.hang_up(byes=1), call.record())
    await stage.send(fetch.hang_up(byes=1), fetch.record(talk=1))
    await stage.sees(PBX, "ended", outcome="answered", caller=stage.outside, answered_by=stage.a)
    await stage.over(2)
    stage.never(PBX, "missed")


@story()
async def test_hung_up_in_the_second_of_the_answer(stage: Stage) -> None:
    """B lifts the receiver as a hangs up: answered, with no talk to speak of."""
    call = stage.internal(stage.a, stage.b)
    await stage.send(call.dial(), call.ring(stage.b))
    await stage.passes(1.2)
    await stage.send(call.answer(stage.b), call.hang_up(), call.record("ANSWERED", talk=0))
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.b)
    [entry] = await stage.over()
    assert (entry["outcome"], entry["answered_by"]) == ("answered", stage.b)
    stage.never("", "missed")
