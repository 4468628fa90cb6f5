"""Calls that the vendors' samples show, from their first report to their last."""

from .home import PBX
from .more import End, Scene, patience, played, story
from .stand_in import OPENVOX, V1, V2, Party

__all__ = ["played"]


@story()
async def test_one_desk_calls_another(scene: Scene) -> None:
    a, b = scene.a, scene.b
    call = scene.call(a, b)
    await scene.say(*call.ring())
    await scene.expect(PBX, "dialing", "ringing")
    await scene.shows(b, "ringing")
    await scene.shows(b, f"Desk {a}", "in_call_with")
    await scene.shows(a, f"Desk {b}", "in_call_with")
    await patience()
    await scene.say(*call.answer())
    await scene.expect(b, "ringing", "answered")
    await scene.shows(b, "busy")
    await patience(2)
    await scene.say(*call.bye(by=b), call.record())
    await scene.ends(End("answered", a, b, b, "internal", 1, 2))
    await scene.expect(a, "dialing", "answered", "ended")
    await scene.expect(b, "ringing", "answered", "ended")
    await scene.rest()


@story()
async def test_grandma_calls_and_is_answered(scene: Scene) -> None:
    b = scene.b
    call = scene.call("0305559999", b)
    await scene.say(*call.ring())
    rings = await scene.first(b, "ringing")
    assert rings.data["caller_name"] == "Grandma"
    assert rings.data["vip"] is True
    assert rings.data["caller_uri"] == "tel:0305559999"
    assert rings.data["trunk"] == "line-a"
    await patience()
    await scene.say(*call.answer())
    await patience(2)
    await scene.say(*call.bye(by="inbound"), call.record())
    more = {"caller_name": "Grandma"}
    await scene.ends(End("answered", "0305559999", b, b, "inbound", 1, 2, more))
    await scene.expect(PBX, "ringing", "answered", "ended")
    await scene.expect(b, "ringing", "answered", "ended")
    await scene.rest()


@story()
async def test_nobody_is_there_for_a_caller(scene: Scene) -> None:
    b = scene.b
    call = scene.call(scene.outside, b)
    await scene.say(*call.ring())
    await scene.expect(PBX, "ringing")
    await patience(2)
    await scene.say(*call.given_up(), call.record())
    await scene.ends(End("missed", scene.outside, b, "", "inbound", 2, None))
    await scene.expect(b, "ringing", "ended", "missed")
    await scene.rest()


@story()
async def test_a_phone_ceases_to_ring_when_its_state_says_so(scene: Scene) -> None:
    # Lamps that flash while it rings must not go on. Asterisk: "statuses are not late".
    b = scene.b
    call = scene.call(scene.outside, b)
    await scene.say(*call.ring())
    await scene.shows(b, "ringing")
    await patience(1)
    await scene.say(*call.given_up())
    await scene.shows(b, "idle", within=1)
    await scene.say(call.record())
    await scene.ends(End("missed", scene.outside, b))


@story()
async def test_a_colleague_is_not_there(scene: Scene) -> None:
    a, b = scene.a, scene.b
    call = scene.call(a, b)
    await scene.say(*call.ring())
    await patience(2)
    await scene.say(*call.given_up(), call.record())
    await scene.ends(End("missed", a, b, "", "internal", 2))
    await scene.expect(b, "ringing", "ended", "missed")
    await scene.expect(a, "dialing", "ended")
    await scene.rest()


@story()
async def test_somebody_calls_out(scene: Scene) -> None:
    a = scene.a
    call = scene.call(a, scene.outside)
    await scene.say(*call.ring())
    await scene.expect(a, "dialing")
    await scene.shows(a, scene.outside, "in_call_with")
    await patience()
    await scene.say(*call.answer())
    await patience(2)
    await scene.say(*call.bye(by=a), call.record())
    ending = End("answered", a, scene.outside, scene.outside, "outbound", 1, 2)
    await scene.ends(ending)
    await scene.expect(PBX, "dialing", "answered", "ended")
    await scene.expect(a, "dialing", "answered", "ended")
    await scene.rest()


@story()
async def test_nobody_answers_outside(scene: Scene) -> None:
    a = scene.a
    call = scene.call(a, scene.outside)
    await scene.say(*call.ring())
    await patience(2)
    await scene.say(*call.given_up(), call.record("NO ANSWER"))
    ended = await scene.first(PBX, "ended")
    assert ended.data["outcome"] not in {"answered", "unknown"}
    assert not ended.data.get("answered_by")
    assert scene.nobody_missed()  # nobody here missed it
    await scene.rest()


@story()
async def test_it_is_busy_outside(scene: Scene) -> None:
    a = scene.a
    call = scene.call(a, scene.outside)
    await scene.say(*call.ring(), call.failed(486), *call.given_up(), call.record("BUSY"))
    await scene.ends(End("busy", a, scene.outside, "", "outbound"))
    await scene.rest()


@story()
async def test_a_colleague_is_busy(scene: Scene) -> None:
    # Asterisk: the called phone never rings, and the whole call takes 10 ms.
    a, b = scene.a, scene.b
    call = scene.call(a, b)
    await scene.say(scene.status(a, "busy"), call.failed(486, b), gap=0.01)
    await scene.say(*call.given_up(), call.record("BUSY"), gap=0.01)
    await scene.ends(End("busy", a, b, "", "internal"))
    assert "ringing" not in scene.types(b)
    await scene.rest()


@story()
async def test_a_phone_is_not_registered(scene: Scene) -> None:
    a, b = scene.a, scene.b
    await scene.say(scene.status(b, "gone"))
    await scene.shows(b, "not_registered")
    await scene.shows(b, "off", "registered")
    call = scene.call(a, b)
    await scene.say(scene.status(a, "busy"), call.failed(480, b), gap=0.01)
    await scene.say(*call.given_up(), call.record("FAILED"), gap=0.01)
    await scene.ends(End("failed", a, b, "", "internal"))
    await scene.shows(b, "not_registered")
    await scene.say(scene.status(b, "free"))
    await scene.rest()


@story()
async def test_a_colleague_declines(scene: Scene) -> None:
    # Asterisk: it rings, then cause 21 everywhere, and the records say NO ANSWER.
    a, b = scene.a, scene.b
    call = scene.call(a, b)
    await scene.say(*call.ring())
    await patience(1)
    await scene.say(call.failed(603, b), *call.given_up(), call.record("NO ANSWER"))
    ended = await scene.first(PBX, "ended")
    assert ended.data["outcome"] == "refused"
    await scene.ends(End("refused", a, b, "", "internal"))
    await scene.rest()


@story(V1)
async def test_the_form_of_2017_with_a_key_twice(scene: Scene) -> None:
    a, b = scene.a, scene.b
    call = scene.call(a, b)
    call.ring(statuses=False)
    head = f'"callid":"{call.id()}"'
    both, turned = (f'"ext":{{"extid":"{x}"}},"ext":{{"extid":"{y}"}}' for x, y in ((b, a), (a, b)))
    await scene.say(
        scene.status(a, "busy"),
        scene.status(b, "ringing"),
        f'{{"action":"RI",{head},{both}}}',
        f'{{"action":"ALERT",{head},"ext":{{"extid":"{a}"}}}}',
    )
    await scene.expect(PBX, "dialing", "ringing")
    await patience()
    await scene.say(
        scene.status(b, "busy"),
        f'{{"action":"ANSWER",{head},{both}}}',
        f'{{"action":"ANSWERED",{head},{turned}}}',
    )
    call.answer(b, statuses=False)
    await patience(1)
    await scene.say(
        f'{{"action":"BYE",{head},{both}}}',
        f'{{"action":"BYE",{head},{turned}}}',
        scene.status(a, "free"),
        scene.status(b, "free"),
        call.record() | {"desttrunkname": ""},
    )
    await scene.ends(End("answered", a, b, b, "internal"))
    await scene.rest()


@story(V1)
async def test_failures_of_2017(scene: Scene) -> None:
    # Without parties, or with the caller alone.
    a, b, c = scene.a, scene.b, scene.c
    call = scene.call(a, b)
    await scene.say(scene.status(a, "busy"))
    await scene.say({"action": "CallFailed", "reason": "User busy", "callid": call.id()})
    await scene.say(*call.given_up(), call.record("BUSY"))
    second = scene.call(c, b)
    await scene.say(
        scene.status(c, "busy"),
        {"action": "CallFailed", "reason": "DND", "callid": second.id(), "ext": {"extid": c}},
        *second.given_up(),
        second.record("BUSY"),
    )
    await scene.first(PBX, "ended", nth=1)
    outcomes = {e["caller"]: e["outcome"] for e in await scene.log()}
    assert outcomes[a] == "busy"
    assert outcomes[c] in {"busy", "failed", "refused"}
    assert scene.nobody_missed()
    await scene.rest()


@story()
async def test_states_and_a_record_are_enough(scene: Scene) -> None:
    # pbx-api.md, contradiction 8: RING and ALERT may be for calls of the API alone.
    a, b = scene.a, scene.b
    call = scene.call(a, b)
    call.ring(statuses=False)
    await scene.say(scene.status(a, "busy"), scene.status(b, "ringing"))
    await patience(1)
    call.answer(statuses=False)
    await scene.say(scene.status(b, "busy"))
    await patience(2)
    call.over()
    await scene.say(scene.status(b, "free"), scene.status(a, "free"), call.record())
    await scene.ends(End("answered", a, b, b, "internal", None, 2), within=20)
    await scene.rest()


@story()
async def test_a_record_alone(scene: Scene) -> None:
    b = scene.b
    call = scene.call(scene.outside, b, listed=False)
    await scene.say(call.record("NO ANSWER", duration=20, talk=0))
    # At once, unless this PBX has made records of branches: then its call may be recorded later.
    await scene.ends(End("missed", scene.outside, b, "", "inbound"), within=45)
    await scene.rest()


@story()
async def test_keys_in_a_talk(scene: Scene) -> None:
    # The same key twice is two keys: each is a report of its own.
    b = scene.b
    call = await scene.talk(scene.outside, b)
    for number in range(1, 5):
        keys = "11#*"[:number]
        await scene.say(call.key(keys[-1], keys))
        await patience(0.2)
    await scene.first(b, "dtmf", nth=3)
    told = [t for t in scene.told(b) if t.type == "dtmf"]
    assert [t.data["key"] for t in told] == list("11#*")
    assert told[-1].data["all_keys"] == "11#*"
    ran = [t.data["all_keys"] for t in scene.told(PBX, "trigger") if t.type == "key_pressed"]
    assert ran[-1] == "11#*"
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    await scene.expect(b, "ringing", "answered", *["dtmf"] * 4, "ended")


@story(V1)
async def test_a_key_as_the_guide_of_2017_has_it(scene: Scene) -> None:
    # Neither index nor the whole: outbound to a number in an IVR elsewhere.
    a = scene.a
    call = await scene.talk(a, scene.outside)
    line = {"from": a, "to": scene.outside, "trunk": "line-a", "outboundid": call.id(1)}
    for key in "2#":
        await scene.say({"action": "DTMF", "callid": call.id(), "outbound": line, "info": key})
        await patience(0.3)
    told = await scene.first(a, "dtmf", nth=1)
    assert told.data["key"] == "#"
    assert told.data["all_keys"] == "2#"
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", a, scene.outside, scene.outside, "outbound"))


@story(V1)
async def test_a_key_with_the_comma_of_the_chinese_page(scene: Scene) -> None:
    b = scene.b
    call = await scene.talk(scene.outside, b)
    await scene.say(
        f'{{"action":"DTMF","callid":"{call.id()}","call":[{{"inbound":{{"from":"{scene.outside}",'
        f'"to":"{b}","trunk":"line-a","inboundid":"{call.id()}",\n   }}}}],"info":"1","flag":"0",'
        f'"sn":"{scene.pbx.serial}"}}'
    )
    told = await scene.first(PBX, "dtmf")
    assert told.data["key"] == "1"
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))


@story(V1, V2)
async def test_a_prompt_and_a_survey_end_no_call(scene: Scene) -> None:
    b = scene.b
    call = await scene.talk(scene.outside, b)
    word = "event" if scene.dialect == V2 else "action"
    survey = {word: "satisfaction", "callid": call.id(), "surveyresult": "1"}
    await scene.say(survey | {"sn": scene.pbx.serial})
    if scene.dialect == V2:
        await scene.say(call.event(call.parties[b], event="PlayPromptEnd", prompt="record"))
    else:
        prompt = {"ext": {"extid": b}, "prompt": "record", "sn": scene.pbx.serial}
        await scene.say({"action": "PlayPromptEnd", "callid": call.id()} | prompt)
    await patience(1)
    await scene.expect(b, "ringing", "answered")
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    await scene.rest()


@story(V1, V2)
async def test_a_caller_waits_for_a_decision(scene: Scene) -> None:
    b = scene.b
    call = scene.call(scene.outside, b, listed=False)
    if scene.dialect == V2:
        line = Party("inbound", source=scene.outside, target=b, channel=call.first.channel)
        invite = call.event(line, event="Invite")
        incoming = call.event(line, event="Incoming")
    else:
        invite = call.report("Invite", call.id(), call.first)
        incoming = call.report("Incoming", call.id(), call.first)
    await scene.say(invite)
    told = await scene.first(PBX, "invited")
    assert told.data["caller"] == scene.outside
    assert told.data["until"]
    runs = [t for t in scene.told(PBX, "trigger") if t.type == "decision_needed"]
    assert len(runs) == 1
    assert 5 < runs[0].data["seconds_left"] <= 10
    word = "call/accept_inbound" if scene.dialect == V2 else "inbound/accept"
    scene.pbx.answers[word] = lambda body: {}
    await scene.home.act(scene.key, "accept_call", call_id=told.data["call_id"])
    asked = await scene.pbx.asked(word)
    assert call.first.channel in asked.values() or call.id() in asked.values()
    scene.pbx.live.append(call.live)
    await scene.say(incoming, *call.ring())
    await patience()
    await scene.say(*call.answer())
    await patience(1)
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    await scene.expect(PBX, "invited", "ringing", "answered", "ended")
    await scene.rest()


@story()
async def test_what_the_pbx_says_of_itself(scene: Scene) -> None:
    word = "event" if scene.dialect == V2 else "action"
    change = {word: "ConfigChange", "type": "extension", "extid": scene.c, "operation": "update"}
    await scene.say(change | {"sn": scene.pbx.serial})
    await scene.until(
        lambda: [t.type for t in scene.told(PBX, "system")] == ["config_changed"],
        6,
        lambda: scene.told(PBX, "system"),
    )
    address = {"registeredIP": "192.0.2.7"} if scene.dialect != OPENVOX else {}
    await scene.say(scene.status(scene.d, "free") | address)
    await patience(1)
    await scene.rest(scene.d)
    assert not scene.told(PBX)
