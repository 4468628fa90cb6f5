"""Groups, queues, IVRs, voicemail and forwarding, with the records that an Asterisk leaves."""

from .home import PBX
from .more import End, Scene, patience, played, story
from .stand_in import OPENVOX, V1, V2, Party

__all__ = ["played"]


@story()
async def test_one_of_three_answers(scene: Scene) -> None:
    b, c, d = scene.b, scene.c, scene.d
    call = scene.call(scene.outside, "6200", path="6200", numbers=16)
    await scene.say(*call.ring(b, c, d))
    for phone in (b, c, d):
        await scene.expect(phone, "ringing")
        await scene.shows(phone, scene.outside, "in_call_with")
    await scene.expect(PBX, "ringing")
    await patience(1)
    await scene.say(*call.answer(c), gap=0.001)
    losers = [call.record("NO ANSWER", id_=call.branches[p], talk=0, callto=p) for p in (b, d)]
    await scene.say(*losers, gap=0.001)
    await scene.shows(b, "idle", within=1)
    await scene.shows(d, "idle", within=1)
    await patience(2)
    rings = {"duration": 1, "talk": 0}
    await scene.say(
        *call.bye(by=c),
        call.record(id_=call.branches[c], callto=c),
        call.record("NO ANSWER", **rings),
        call.record(),
        call.record("NO ANSWER", **rings),
    )
    await scene.ends(End("answered", scene.outside, None, c, "inbound", 1, 2))
    assert "missed" not in scene.types(b) + scene.types(d)
    await scene.rest()


@story()
async def test_nobody_of_three(scene: Scene) -> None:
    b, c, d = scene.b, scene.c, scene.d
    call = scene.call(scene.outside, "6200", path="6200", numbers=16)
    await scene.say(*call.ring(b, c, d))
    await patience(2)
    said = call.given_up()
    branches = [call.record(id_=call.branches[phone], callto=phone) for phone in (c, d, b)]
    whole = [call.record() for _ in range(3)]
    await scene.say(branches[0], whole[0], *said, *branches[1:], *whole[1:], gap=0.005)
    await scene.ends(End("missed", scene.outside, None, "", "inbound", 2))
    await scene.rest()


@story()
async def test_somebody_inside_calls_a_group(scene: Scene) -> None:
    a, b, c = scene.a, scene.b, scene.c
    call = scene.call(a, "6200", path="6200", numbers=12)
    await scene.say(*call.ring(b, c))
    await scene.expect(PBX, "dialing", "ringing")
    await patience(1)
    await scene.say(*call.answer(b))
    await patience(1)
    await scene.say(
        *call.bye(by=a), call.record("NO ANSWER", duration=1, talk=0), call.record(), gap=0.01
    )
    await scene.ends(End("answered", a, None, b, "internal"))
    await scene.expect(a, "dialing", "answered", "ended")
    assert "missed" not in scene.types(c)
    await scene.rest()


@story()
async def test_two_answer_at_once(scene: Scene) -> None:
    # asterisk.md: the loser is told "Answered elsewhere", and leaves an ANSWERED of no talk.
    b, c = scene.b, scene.c
    call = scene.call(scene.outside, "6200", path="6200", numbers=12)
    await scene.say(*call.ring(b, c))
    await patience(1)
    lost = call.parties[b]
    said = call.answer(c)
    if scene.dialect != V2:
        said.insert(3, call.report("ANSWER", call.id(), lost, call.first))
    loser = call.record("ANSWERED", id_=call.branches[b], duration=1, talk=0, callto=b)
    await scene.say(*said, loser, gap=0.001)
    await patience(2)
    await scene.say(
        *call.bye(by=c),
        call.record(id_=call.branches[c], callto=c),
        call.record("NO ANSWER", duration=1, talk=0),
        call.record(),
    )
    await scene.ends(End("answered", scene.outside, None, c, "inbound", None, 2))
    await scene.rest()


@story()
async def test_the_second_agent_of_a_queue(scene: Scene) -> None:
    # The line is up at once; each agent leaves a record, and talk counts from the first ring.
    b, c = scene.b, scene.c
    call = scene.call(scene.outside, "6700", path="6700", numbers=12)
    call.first.state = "ANSWERED"
    await scene.say(*call.ring(b))
    await patience(1.5)
    await scene.say(*call.leave(b))
    await scene.say(
        call.record("NO ANSWER", id_=call.branches[b], talk=0, callto=b),
        call.record("NO ANSWER", talk=1),
    )
    await patience(1)
    await scene.say(*call.ring(c, k=6, later=2))
    await patience(1)
    await scene.say(*call.answer(c))
    await patience(2)
    await scene.say(
        *call.bye(by="inbound"), call.record(id_=call.branches[c], callto=c), call.record()
    )
    await scene.ends(End("answered", scene.outside, None, c, "inbound"))
    await scene.expect(c, "ringing", "answered", "ended")
    await scene.rest()


@story()
async def test_a_queue_that_nobody_serves(scene: Scene) -> None:
    # NO ANSWER with seconds of talk, and one ANSWERED of none: missed all the same.
    b, c = scene.b, scene.c
    call = scene.call(scene.outside, "6700", path="6700", numbers=12)
    call.first.state = "ANSWERED"
    await scene.say(*call.ring(b))
    await patience(1)
    await scene.say(
        *call.leave(b), call.record("NO ANSWER", id_=call.branches[b], talk=0, callto=b)
    )
    await patience(0.5)
    await scene.say(*call.ring(c, k=6, later=1))
    await patience(1)
    await scene.say(
        *call.leave(c), call.record("NO ANSWER", id_=call.branches[c], talk=0, callto=c), gap=0.01
    )
    await scene.say(
        *call.given_up(),
        call.record("NO ANSWER", talk=3),
        call.record("ANSWERED", duration=0, talk=0),
        gap=0.01,
    )
    await scene.ends(End("missed", scene.outside, None, "", "inbound"), within=20)
    await scene.rest()


@story()
async def test_through_an_ivr_to_a_desk(scene: Scene) -> None:
    # The record's destination is the desk, its talk counts from the IVR on.
    b = scene.b
    call = scene.call(scene.outside, b, path="6500")
    call.first.state = "ANSWERED"
    if scene.dialect != OPENVOX:
        call.first.target = "6500"
        await scene.say(call.key("1", "1"))
    await patience(1)
    await scene.say(*call.ring(b, later=1))
    await patience(1)
    await scene.say(*call.answer(b))
    await patience(2)
    began = call.seconds
    await scene.say(
        *call.bye(by=b),
        call.record(talk=began),
        call.record(id_=call.branches[b], duration=began - 1),
    )
    await scene.ends(End("answered", scene.outside, None, b, "inbound"))
    told = await scene.first(b, "answered")
    if scene.dialect == V2:
        assert told.data["path"] == "6500"
    await scene.expect(b, "ringing", "answered", "ended")
    await scene.rest()


@story()
async def test_through_an_ivr_to_nobody(scene: Scene) -> None:
    b = scene.b
    call = scene.call(scene.outside, b, path="6500")
    call.first.state = "ANSWERED"
    await patience(1)
    await scene.say(*call.ring(b, later=1))
    await patience(2)
    await scene.say(
        call.record("NO ANSWER", id_=call.branches[b], talk=0),
        *call.given_up(),
        call.record("NO ANSWER", talk=call.seconds),
    )
    await scene.ends(End("missed", scene.outside, None, "", "inbound"), within=20)
    await scene.rest()


@story()
async def test_a_caller_hangs_up_in_the_ivr(scene: Scene) -> None:
    # Its record is ANSWERED, by nobody who could be named.
    call = scene.call(scene.outside, "6500", path="6500")
    call.first.state = "ANSWERED"
    if scene.dialect == V2:
        await scene.say(call.event())
    await patience(2)
    await scene.say(*call.given_up(), call.record("ANSWERED", talk=2))
    await patience(3)
    told = await scene.first(PBX, "ended", within=20)
    assert not told.data.get("answered_by")
    assert scene.types(PBX).count("ended") == 1
    assert len(await scene.log()) == 1
    await scene.rest()


@story()
async def test_the_voicemail_box_takes_it(scene: Scene) -> None:
    b = scene.b
    call = scene.call(scene.outside, b)
    await scene.say(*call.ring())
    await patience(1)
    call.first.state = "ANSWERED"
    await scene.say(*call.leave(b))
    await patience(1.5)
    await scene.say(*call.given_up(), call.record("VOICEMAIL", talk=2))
    told = await scene.first(PBX, "ended", within=20)
    assert told.data["outcome"] == "voicemail"
    assert not told.data.get("answered_by")
    await scene.first(b, "voicemail")
    assert "answered" not in scene.types(b)
    await scene.rest()


@story()
async def test_one_of_a_group_declines(scene: Scene) -> None:
    # Nothing but its status, and the call goes on.
    b, c = scene.b, scene.c
    call = scene.call(scene.outside, "6200", path="6200", numbers=12)
    await scene.say(*call.ring(b, c))
    await patience(1)
    await scene.say(*call.leave(b))
    await scene.shows(b, "idle", within=2)
    await patience(1)
    assert "ended" not in scene.types(PBX)
    await scene.say(*call.answer(c))
    await patience(1)
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", scene.outside, None, c, "inbound"))
    assert "missed" not in scene.types(b)
    await scene.rest()


@story(V2)
async def test_a_mobile_phone_takes_it(scene: Scene) -> None:
    # The record is Outbound and names both trunks.
    b = scene.b
    mobile = "01705550123"
    call = scene.call(scene.outside, b)
    await scene.say(*call.ring())
    line = call.parties["line"]
    channel = f"PJSIP/trunk-line-b-endpoint-{call.n + 4:08x}"
    out = Party("outbound", source=scene.outside, target=mobile, trunk="line-b", channel=channel)
    out.state = "RING"
    call.parties["out"] = out
    await scene.say(call.event())
    await patience(1)
    del call.parties[b]
    out.state, line.state = "ANSWER", "ANSWERED"
    await scene.say(scene.status(b, "free"), call.event())
    call.live.parties = list(call.parties.values())
    await patience(2)
    line.state = out.state = "BYE"
    call.over()
    record = call.record("ANSWERED", talk=2, type="Outbound", dsttrcunkname="line-b")
    await scene.say(call.event(), record)
    told = await scene.first(PBX, "ended")
    assert told.data["outcome"] == "answered"
    assert told.data["caller"] == scene.outside
    assert told.data.get("answered_by") != b
    assert scene.types(PBX).count("ended") == 1
    assert scene.nobody_missed()
    await scene.rest()


@story()
async def test_a_phone_forwards(scene: Scene) -> None:
    # 302: the first phone goes, another one rings under a later id of the same call.
    a, b, c = scene.a, scene.b, scene.c
    call = scene.call(a, b, numbers=12)
    await scene.say(*call.ring())
    await patience(1)
    await scene.say(*call.leave(b))
    if scene.dialect == V1:
        await scene.say(call.report("Tranfer", call.id(), Party("ext", number=b)))
    await scene.say(*call.ring(c, k=6))
    await scene.first(c, "ringing")
    await patience(1)
    await scene.say(*call.answer(c))
    await patience(2)
    await scene.say(*call.bye(by=c), call.record())
    await scene.ends(End("answered", a, b, c, "internal", None, 2))
    assert "missed" not in scene.types(b)
    await scene.rest()


@story()
async def test_records_of_branches_come_behind(scene: Scene) -> None:
    # They are of the call that is over, and make no second one.
    b, c = scene.b, scene.c
    call = scene.call(scene.outside, "6200", path="6200", numbers=12)
    await scene.say(*call.ring(b, c))
    await patience(1)
    await scene.say(*call.answer(b))
    await patience(1)
    await scene.say(*call.bye(by=b), call.record())
    await scene.ends(End("answered", scene.outside, None, b, "inbound"))
    await scene.say(
        call.record("NO ANSWER", id_=call.branches[c], duration=1, talk=0, callto=c),
        call.record("NO ANSWER", duration=1, talk=0),
        call.record("ANSWERED", id_=call.branches[b], duration=2, talk=1, callto=b),
    )
    await patience(4)
    await scene.ends(End("answered", scene.outside, None, b, "inbound"))
    await scene.rest()


@story()
async def test_a_group_whose_phones_are_told_one_by_one(scene: Scene) -> None:
    # The second phone begins to ring a second later (a later id, too), and it answers.
    b, c = scene.b, scene.c
    call = scene.call(scene.outside, "6200", path="6200", numbers=16)
    await scene.say(*call.ring(b))
    await patience(1.2)
    await scene.say(*call.ring(c, k=5, later=1))
    await patience(1)
    assert scene.types(PBX) == ["ringing"]
    await scene.say(*call.answer(c))
    await patience(1)
    await scene.say(*call.bye(by="inbound"), call.record())
    await scene.ends(End("answered", scene.outside, None, c, "inbound"))
    await scene.rest()


@story()
async def test_two_groups_at_once(scene: Scene) -> None:
    # Two callers, two groups that share no phone; one is answered, one given up.
    a, b, c, d = scene.a, scene.b, scene.c, scene.d
    other = f"{scene.outside}8"
    n = scene.pbx.take(24)
    one = scene.call(scene.outside, "6200", path="6200", n=n)
    two = scene.call(other, "6201", path="6201", n=n + 1)
    for pair in zip(one.ring(a, b, k=4), two.ring(c, d, k=9), strict=True):
        await scene.say(*pair, gap=0)
    await patience(1)
    await scene.say(*two.answer(d), gap=0.002)
    await patience(1)
    await scene.say(*one.given_up(), one.record(), gap=0.002)
    await patience(1)
    await scene.say(*two.bye(), two.record())
    await scene.ends(
        End("missed", scene.outside, None, "", "inbound"),
        End("answered", other, None, d, "inbound"),
        within=20,
    )
    await scene.rest()
