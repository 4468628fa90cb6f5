"""Transfer, hold, parking, and calls that Home Assistant makes."""

from .home import PBX
from .more import Call, End, Scene, patience, played, story
from .stand_in import OPENVOX, V1, V2, Body, Party

__all__ = ["played"]


def tranfer(call: Call, *phones: str) -> Body:
    """Return the report of a transfer, in the vendors' spelling."""
    parties = [Party("ext", number=phone, channel=f"PJSIP/{phone}-000000aa") for phone in phones]
    if call.inbound:
        line = call.parties["line"]
        line.target = phones[0]
        parties.append(line)
    if call.dialect == V2:
        return call.event(*parties, event="Tranfer")
    return call.report("Tranfer", call.id(), *parties)


@story()
async def test_passed_on_to_a_colleague(scene: Scene) -> None:
    # Blind, by the callee: new ids at +4/+5, of a later second; the answer under the first id.
    b, c = scene.b, scene.c
    call = await scene.talk(scene.outside, b, 1.5, numbers=11)
    del call.parties[b]
    await scene.say(scene.status(b, "free"), tranfer(call, c))
    await scene.say(*call.ring(c, k=5, later=1))
    await scene.first(c, "ringing")
    assert "ended" not in scene.types(PBX)
    await scene.shows(b, "idle")
    await scene.shows(b, "unknown", "in_call_with")
    await patience(1)
    await scene.say(*call.answer(c))
    await scene.first(c, "answered")
    await scene.shows(c, scene.outside, "in_call_with")
    await patience(1.5)
    whole = call.seconds
    await scene.say(
        *call.bye(by="inbound"),
        call.record(talk=whole),
        call.record(id_=call.id(2), duration=2, talk=2, callto=c),
        call.record(id_=call.id(2), callto=c),
        call.record(id_=call.id(5, 1), callto=c),
    )
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    assert scene.types(PBX).count("transferred") == 1
    assert scene.types(PBX).count("ended") == 1
    await scene.rest()


@story()
async def test_passed_on_without_a_report_of_it(scene: Scene) -> None:
    # "API-made transfers are not reported": another application asked for it.
    b, c = scene.b, scene.c
    call = await scene.talk(scene.outside, b, 1.5, numbers=11)
    del call.parties[b]
    await scene.say(scene.status(b, "free"), *call.ring(c, k=5, later=1))
    await patience(1)
    await scene.say(*call.answer(c))
    await patience(1.5)
    await scene.say(*call.bye(by=c), call.record(talk=call.seconds))
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    await scene.expect(c, "ringing", "answered", "ended")
    await scene.rest()


@story()
async def test_passed_on_to_nobody(scene: Scene) -> None:
    # c does not pick up, the caller gives up: the call was answered, by b.
    b, c = scene.b, scene.c
    call = await scene.talk(scene.outside, b, 1.5, numbers=11)
    del call.parties[b]
    await scene.say(scene.status(b, "free"), tranfer(call, c), *call.ring(c, k=5, later=1))
    await patience(2)
    await scene.say(
        *call.given_up(),
        call.record("NO ANSWER", id_=call.id(5, 1), duration=2, talk=0, callto=c),
        call.record("ANSWERED", talk=call.seconds),
    )
    await scene.ends(End("answered", scene.outside, b, b, "inbound"), within=20)
    await scene.rest()


@story()
async def test_the_caller_passes_on(scene: Scene) -> None:
    # a calls b and passes b on to c: the first channel ends, with a record, and the call goes on.
    a, b, c = scene.a, scene.b, scene.c
    call = await scene.talk(a, b, 1.5, numbers=12)
    talks, rings = call.parties[b], Party("ext", number=c, channel=f"PJSIP/{c}-00bb", state="RING")
    left = call.parties.pop(a)
    call.parties[c] = rings
    call.live.parties = list(call.parties.values())
    said = [scene.status(a, "free"), tranfer(call, c, b)]
    if scene.dialect != V2:
        said.append(call.report("BYE", call.id(), left, talks))
    await scene.say(*said, call.record(), scene.status(c, "ringing"))
    if scene.dialect == V2:
        await scene.say(call.event())
    else:
        await scene.say(call.report("RING", call.id(), rings, talks))
    await patience(1)
    rings.state = "ANSWER"
    await scene.say(scene.status(c, "busy"))
    if scene.dialect == V2:
        await scene.say(call.event())
    else:
        await scene.say(call.report("ANSWER", call.id(), rings, talks))
    await patience(2)
    assert "ended" not in scene.types(PBX)
    await scene.shows(c, f"Desk {b}", "in_call_with")
    call.over()
    talks.state = rings.state = "BYE"
    if scene.dialect == V2:
        await scene.say(call.event())
    else:
        second = call.id(6, 1) if scene.dialect == OPENVOX else call.id()
        await scene.say(call.report("BYE", second, rings, talks))
    await scene.say(
        scene.status(b, "free"),
        scene.status(c, "free"),
        call.record(id_=call.id(6, 1), callfrom=a, callto=c, talk=2),
        call.record(id_=call.id(1), callfrom=a, callto=c, talk=2),
        call.record(id_=call.id(2), callfrom=c, callto=a, talk=2),
    )
    await scene.ends(End("answered", a, b, b, "internal"), within=20)
    await scene.rest()


@story()
async def test_asked_first_by_keys(scene: Scene) -> None:
    # No call of its own: +4 to +7, phone +8, under the same first id.
    b, c = scene.b, scene.c
    call = await scene.talk(scene.outside, b, 1, numbers=14)
    asks, asked = call.parties[b], Party("ext", number=c, channel=f"PJSIP/{c}-00cc", state="RING")
    if scene.dialect == V2:
        call.parties["line"].state = "ANSWERED"
        asks.state = "HOLD"
        await scene.say(call.event())
    call.parties[c] = asked
    call.live.parties = list(call.parties.values())
    await scene.say(scene.status(c, "ringing"))
    if scene.dialect == V2:
        await scene.say(call.event())
    else:
        id_ = call.id(7, 1) if scene.dialect == OPENVOX else call.id()
        await scene.say(call.report("RING", id_, asked, asks), call.report("ALERT", id_, asks))
    await scene.first(c, "ringing")
    await patience(1)
    asked.state = "ANSWER"
    await scene.say(scene.status(c, "busy"))
    if scene.dialect == V2:
        await scene.say(call.event())
    else:
        await scene.say(call.report("ANSWER", call.id(), asked, asks))
    await patience(1)
    del call.parties[b]
    call.live.parties = list(call.parties.values())
    await scene.say(tranfer(call, c), scene.status(b, "free"))
    if scene.dialect == V2:
        await scene.say(call.event())
    await patience(1.5)
    await scene.shows(b, "idle")
    assert "ended" not in scene.types(PBX)
    await scene.say(*call.bye(by="inbound"), call.record())
    await scene.ends(End("answered", scene.outside, b, b, "inbound"), within=20)
    await scene.rest()


@story()
async def test_asked_first_by_a_second_call(scene: Scene) -> None:
    # A phone unites two calls: both stay, one for each partner, to their end.
    b, c = scene.b, scene.c
    one = scene.call(scene.outside, b)
    await scene.say(*one.ring(), *one.answer())
    await patience(1)
    if scene.dialect == V2:
        await scene.say(*one.hold(b))
    two = scene.call(b, c)
    await scene.say(*two.ring())
    await patience(1)
    await scene.say(*two.answer())
    await patience(1)
    del one.parties[b]
    one.parties[c] = Party("ext", number=c, channel=two.parties[c].channel, state="ANSWER")
    one.live.parties = list(one.parties.values())
    del two.parties[b]
    two.live.parties = list(two.parties.values())
    await scene.say(scene.status(b, "free"), tranfer(one, c), two.record())
    if scene.dialect == V2:
        await scene.say(one.event(), two.event())
    await patience(1.5)
    await scene.shows(b, "idle")
    await scene.shows(c, "busy")
    two.over()
    await scene.say(*one.bye(by="inbound"), one.record())
    await patience(3)
    await scene.rest(within=40)
    outcomes = {(e["caller"], e.get("answered_by")): e["outcome"] for e in await scene.log()}
    assert outcomes == {(scene.outside, b): "answered", (b, c): "answered"}
    assert scene.nobody_missed()


@story(V2)
async def test_held_and_resumed(scene: Scene) -> None:
    b = scene.b
    call = await scene.talk(scene.outside, b, 1)
    await scene.say(*call.hold(b))
    await scene.first(b, "held")
    await scene.shows(b, "on_hold")
    await patience(2)
    await scene.say(*call.hold(b, on=False))
    await scene.first(b, "resumed")
    await scene.shows(b, "busy")
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", scene.outside, b, b, "inbound", None, 3))
    await scene.expect(PBX, "ringing", "answered", "held", "resumed", "ended")
    await scene.expect(b, "ringing", "answered", "held", "resumed", "ended")
    await scene.rest()


@story(V2)
async def test_held_by_the_caller(scene: Scene) -> None:
    a, b = scene.a, scene.b
    call = await scene.talk(a, b, 1)
    await scene.say(*call.hold(a))
    await scene.first(PBX, "held")
    await scene.shows(a, "on_hold")
    await patience(1)
    await scene.say(*call.hold(a, on=False))
    await scene.first(PBX, "resumed")
    await scene.say(*call.bye(by=a), call.record())
    await scene.ends(End("answered", a, b, b, "internal"))
    await scene.rest()


@story(V2)
async def test_held_until_the_end(scene: Scene) -> None:
    b = scene.b
    call = await scene.talk(scene.outside, b, 1)
    await scene.say(*call.hold(b))
    await scene.first(b, "held")
    await patience(1)
    await scene.say(*call.bye(by="inbound"), call.record())
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    await scene.expect(b, "ringing", "answered", "held", "ended")
    await scene.rest()


@story(V2)
async def test_a_reading_comes_while_it_is_held(scene: Scene) -> None:
    b = scene.b
    call = await scene.talk(scene.outside, b, 1)
    await scene.say(*call.hold(b))
    call.pbx.extensions[b] = "Hold"
    change = {"event": "ConfigChange", "type": "extension", "extid": b, "operation": "update"}
    await scene.say(change | {"sn": scene.pbx.serial})
    await patience(4)
    await scene.shows(b, "on_hold")
    call.pbx.extensions[b] = "Busy"
    await scene.say(*call.hold(b, on=False))
    await scene.first(b, "resumed")
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    await scene.expect(b, "ringing", "answered", "held", "resumed", "ended")
    await scene.rest()


@story()
async def test_held_by_an_action(scene: Scene) -> None:
    b = scene.b
    call = await scene.talk(scene.outside, b, 1)
    words = ("call/hold", "call/unhold") if scene.dialect == V2 else ("extension/hold",)
    for word in (*words, "extension/unhold"):
        scene.pbx.answers[word] = lambda body: {"callid": call.id()}
    await scene.home.act(scene.key, "hold", extension=b)
    scene.pbx.extensions[b] = "Hold"
    if scene.dialect == V2:
        await scene.say(*call.hold(b))
    await scene.first(b, "held", within=30)
    await scene.shows(b, "on_hold", within=30)
    await patience(1)
    await scene.home.act(scene.key, "resume", extension=b)
    scene.pbx.extensions[b] = "InUse" if scene.dialect == OPENVOX else "Busy"
    if scene.dialect == V2:
        await scene.say(*call.hold(b, on=False))
    await scene.first(b, "resumed", within=30)
    await scene.shows(b, "busy", within=30)
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    await scene.expect(b, "ringing", "answered", "held", "resumed", "ended")


@story(OPENVOX, V1)
async def test_held_and_taken_back_at_once_by_actions(scene: Scene) -> None:
    b = scene.b
    call = await scene.talk(scene.outside, b, 1)
    for word in ("extension/hold", "extension/unhold"):
        scene.pbx.answers[word] = lambda body: {}
    await scene.home.act(scene.key, "hold", extension=b)
    await scene.first(b, "held")
    await scene.home.act(scene.key, "resume", extension=b)
    await scene.first(b, "resumed", within=30)
    await scene.shows(b, "busy")
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))


@story(V2)
async def test_parked_and_retrieved(scene: Scene) -> None:
    # Retrieving is a call of its own; who waits stays in the first one.
    b, c = scene.b, scene.c
    one = scene.call(scene.outside, b)
    await scene.say(*one.ring(), *one.answer())
    await patience(1)
    del one.parties[b]
    one.live.parties = list(one.parties.values())
    await scene.say(scene.status(b, "free"), one.event())
    await patience(1)
    two = scene.call(c, "6900", path="6900")
    two.parties[c].state = "ANSWERED"
    await scene.say(scene.status(c, "busy"), two.event())
    await patience(1)
    assert "ended" not in scene.types(PBX)
    two.over()
    one.over()
    for party in (one.parties["line"], two.parties[c]):
        party.state = "BYE"
    await scene.say(one.event(), two.event(), scene.status(c, "free"))
    await scene.say(one.record(), two.record("ANSWERED", talk=1))
    await patience(3)
    await scene.rest(within=30)
    first = [e for e in await scene.log() if e["caller"] == scene.outside]
    assert [(e["outcome"], e.get("answered_by")) for e in first] == [("answered", b)]
    assert scene.nobody_missed()


async def dialled(scene: Scene, number: str) -> Call:
    """Return a call that Home Assistant makes from a to a number; a's phone rings first."""
    call = scene.call(scene.a, number, numbers=10)
    inside = number in scene.pbx.extensions
    word = "extension/dial_extension" if inside else "extension/dial_outbound"
    word = "call/dial" if scene.dialect == V2 else word
    scene.pbx.answers[word] = lambda body: {"callid": call.id()}
    party = call.parties[scene.a]
    party.state = "RING"
    # Queries name the call with the phone that rings for it alone.
    call.live.parties = [party]
    scene.status(scene.a, "ringing")
    answer = await scene.home.act(scene.key, "dial", extension=scene.a, number=number)
    assert call.id() in str(answer)
    await scene.say(scene.status(scene.a, "ringing"))
    await patience(1)
    up = await scene.calls()
    assert [one["call_id"] for one in up] == [call.id()], up
    return call


@story()
async def test_home_assistant_calls_a_colleague(scene: Scene) -> None:
    a, b = scene.a, scene.b
    call = await dialled(scene, b)
    party = call.parties[a]
    party.state = "ALERT"
    call.live.parties = list(call.parties.values())
    await scene.say(scene.status(a, "busy"), *call.ring(k=4, later=1))
    await scene.first(b, "ringing")
    await patience(1)
    await scene.say(*call.answer())
    await patience(2)
    await scene.say(
        *call.bye(by=b),
        call.record(),
        call.record(id_=call.id(1), callfrom=b, callto=a),
        call.record(id_=call.id(4, 1)),
    )
    await scene.ends(End("answered", a, b, b, "internal", None, 2))
    assert "missed" not in scene.types(a)
    await scene.rest()


@story()
async def test_home_assistant_calls_nobody(scene: Scene) -> None:
    # The own phone is not picked up: no missed call of anybody.
    a, b = scene.a, scene.b
    call = await dialled(scene, b)
    await patience(1)
    await scene.say(*call.given_up(), call.record("NO ANSWER"))
    told = await scene.first(PBX, "ended", within=40)
    assert told.data["outcome"] not in {"answered", "missed"}
    await patience(2)
    assert scene.nobody_missed()
    assert "missed" not in scene.types(a) + scene.types(b) + scene.types(PBX)
    assert len(await scene.log()) == 1
    await scene.rest(within=30)


@story()
async def test_home_assistant_calls_someone_busy(scene: Scene) -> None:
    # asterisk.md: BUSY and ANSWERED of no talk under n, BUSY under +4, ANSWERED 1/0 under +1.
    a, b = scene.a, scene.b
    call = await dialled(scene, b)
    await scene.say(scene.status(a, "busy"))
    await patience()
    await scene.say(
        *call.given_up(),
        call.record("BUSY", duration=1, talk=0),
        call.record("ANSWERED", duration=0, talk=0),
        call.record("BUSY", id_=call.id(4), duration=0, talk=0),
        call.record("ANSWERED", id_=call.id(1), duration=1, talk=0, callfrom=b, callto=a),
    )
    await scene.ends(End("busy", a, b, "", "internal"), within=40)
    await scene.rest(within=30)


@story()
async def test_home_assistant_calls_outside(scene: Scene) -> None:
    a, number = scene.a, "03055501234"
    call = await dialled(scene, number)
    call.parties[a].state = "ALERT"
    call.live.parties = list(call.parties.values())
    await scene.say(scene.status(a, "busy"), *call.ring(statuses=False))
    await patience(1)
    await scene.say(*call.answer())
    await patience(2)
    await scene.say(*call.bye(by=a), call.record())
    await scene.ends(End("answered", a, number, number, "outbound", None, 2))
    assert "missed" not in scene.types(a)
    await scene.rest()


@story(V1, V2)
async def test_passed_on_by_an_action(scene: Scene) -> None:
    b, c = scene.b, scene.c
    call = await scene.talk(scene.outside, b, 1, numbers=11)
    word = "call/transfer" if scene.dialect == V2 else "inbound/transfer_extension"
    for path in (word, "calltransfer"):
        scene.pbx.answers[path] = lambda body: {"callid": call.id()}
    told = await scene.first(PBX, "answered")
    await scene.home.act(scene.key, "transfer", call_id=told.data["call_id"], number=c)
    del call.parties[b]
    await scene.say(scene.status(b, "free"), *call.ring(c, k=5, later=1))
    await scene.first(c, "ringing")
    await patience(1)
    await scene.say(*call.answer(c))
    await patience(1)
    await scene.say(*call.bye(by="inbound"), call.record())
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    await scene.rest()


@story()
async def test_an_outbound_call_is_passed_on(scene: Scene) -> None:
    # a called out and passes the far end on to c.
    a, c = scene.a, scene.c
    call = scene.call(a, scene.outside, numbers=12)
    await scene.say(*call.ring())
    await patience()
    await scene.say(*call.answer())
    await patience(1)
    line = call.parties["line"]
    rings = Party("ext", number=c, channel=f"PJSIP/{c}-00dd", state="RING")
    left = call.parties.pop(a)
    call.parties[c] = rings
    call.live.parties = list(call.parties.values())
    await scene.say(scene.status(a, "free"), scene.status(c, "ringing"))
    if scene.dialect == V2:
        moved = call.event(rings, line, event="Tranfer")
        await scene.say(moved, call.event())
    else:
        await scene.say(
            call.report("Tranfer", call.id(), rings, line),
            call.report("BYE", call.id(), left, line),
            call.report("RING", call.id(), rings, line),
        )
    await patience(1)
    rings.state = "ANSWER"
    line.state = "ANSWERED"
    await scene.say(scene.status(c, "busy"))
    if scene.dialect == V2:
        await scene.say(call.event())
    else:
        await scene.say(call.report("ANSWER", call.id(), rings, line))
    await patience(1.5)
    assert "ended" not in scene.types(PBX)
    await scene.shows(c, scene.outside, "in_call_with")
    call.over()
    rings.state = line.state = "BYE"
    if scene.dialect == V2:
        await scene.say(call.event())
    else:
        await scene.say(call.report("BYE", call.id(), line, rings))
    await scene.say(scene.status(c, "free"), call.record())
    await scene.ends(End("answered", a, scene.outside, scene.outside, "outbound"), within=20)
    await scene.rest()


@story(V1)
async def test_transfer_reports_of_2017(scene: Scene) -> None:
    # Without an extension at all, or with the line and who is there now.
    b, c = scene.b, scene.c
    call = await scene.talk(scene.outside, b, 1, numbers=11)
    line = {"from": scene.outside, "to": c, "trunk": "line-a", "inboundid": call.id()}
    del call.parties[b]
    await scene.say(
        {"action": "Tranfer", "callid": call.id(), "inbound": line}, scene.status(b, "free")
    )
    await scene.say(*call.ring(c, k=5, later=1))
    await patience(1)
    await scene.say(*call.answer(c))
    await patience(1)
    await scene.say(*call.bye(by=c), call.record())
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    await scene.rest()
