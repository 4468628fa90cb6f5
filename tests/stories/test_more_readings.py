"""Readings that fall into calls inside, and phones that leave a call without a report of it."""

from .home import PBX
from .more import Call, End, Scene, patience, played, story
from .stand_in import OPENVOX, V1, V2, Body

__all__ = ["played"]

READ = 40  # seconds within which all is read again
DIAL = "extension/dial_extension"


async def reading(scene: Scene) -> None:
    """Wait for the extensions, and the calls, to be read."""
    pbx = scene.pbx
    await pbx.asked(pbx.family.extensions, len(pbx.requests), READ)
    await patience(2)


async def is_up(scene: Scene, call: Call, *phones: str) -> None:
    """Check that a call is up, with just these extensions."""
    found = {each["call_id"]: set(each["extensions"]) for each in await scene.calls()}
    shown = [there for name, there in found.items() if name in {call.id(), call.id(2)}]
    assert shown == [set(phones)], found


@story()
async def test_a_door_rings_a_group_while_all_is_read(scene: Scene) -> None:
    door, phones = scene.d, (scene.a, scene.b, scene.c)
    call = scene.call(door, "6200", path="6200", numbers=16)
    await scene.say(*call.ring(*phones))
    await reading(scene)
    await is_up(scene, call, door, *phones)
    await scene.shows(scene.a, f"Desk {door}", "in_call_with")
    await scene.say(*call.answer(scene.b))
    await patience(1)
    await is_up(scene, call, door, scene.b)
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", door, answered_by=scene.b, direction="internal"))
    await scene.rest()


@story()
async def test_another_call_inside_waits_while_all_is_read(scene: Scene) -> None:
    a, b, c = scene.a, scene.b, scene.c
    talk = await scene.talk(a, b)
    waits = scene.call(c, b)
    await scene.say(*waits.ring(b, statuses=False), scene.status(c, "busy"))
    await reading(scene)
    await is_up(scene, talk, a, b)
    await is_up(scene, waits, b, c)
    await scene.say(*waits.given_up(statuses=False), scene.status(c, "free"))
    await scene.say(waits.record("NO ANSWER"))
    await scene.ends(End("missed", c, b, "", "internal"), within=60)
    await scene.say(*talk.bye(), talk.record())
    await scene.ends(
        End("missed", c, b, "", "internal"), End("answered", a, b, b, "internal"), within=60
    )
    await scene.rest()


@story(OPENVOX, V1)
async def test_the_own_phone_rings_while_all_is_read(scene: Scene) -> None:
    # No answer shows a phone that rings by command: it has no partner yet.
    a, b = scene.a, scene.b
    made: list[Call] = []

    def dial(_: Body) -> Body:
        made.append(scene.call(a, b, listed=False))
        return {"callid": made[0].id()}

    scene.pbx.answers[DIAL] = dial
    await scene.home.act(scene.key, "dial", extension=a, number=b)
    del scene.pbx.answers[DIAL]
    await scene.shows(a, "ringing")
    (call,) = made
    await scene.say(scene.status(a, "ringing"))
    await reading(scene)
    await is_up(scene, call, a)
    scene.pbx.live.append(call.live)
    await scene.say(scene.status(a, "busy"), *call.ring(b))
    await patience(1)
    await scene.say(*call.answer(b))
    await patience(1)
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", a, b, b, "internal"))
    await scene.rest()


@story(OPENVOX, V1)
async def test_parked_by_keys_and_rung_again(scene: Scene) -> None:
    # No report says that a call was parked: the phone is idle, and rings for the next one.
    a, other = scene.a, f"{scene.outside}7"
    parked = await scene.talk(scene.outside, a, 1)
    del parked.parties[a]
    parked._show()
    await scene.say(scene.status(a, "free"))
    await scene.shows(a, "idle")
    call = scene.call(other, a)
    await scene.say(*call.ring())
    await scene.shows(a, "ringing")
    await scene.shows(a, other, "in_call_with")
    await scene.say(*call.answer())
    await patience(1)
    await scene.say(*call.bye(), call.record())
    parked.over()
    await scene.say(parked.report("BYE", parked.id(), parked.first), parked.record())
    await scene.ends(
        End("answered", other, a, a, "inbound"), End("answered", scene.outside, a, a, "inbound")
    )
    await scene.rest()


@story()
async def test_a_question_that_is_given_up(scene: Scene) -> None:
    # Who asks goes back to the first call, so that its phone does not get idle.
    a, b = scene.a, scene.b
    talk = await scene.talk(scene.outside, a)
    asks = scene.call(a, b)
    await scene.say(*asks.ring())
    await patience(1)
    said = [body for body in asks.given_up() if body != scene.status(a, "free")]
    scene.pbx.extensions[a] = "InUse" if scene.dialect == OPENVOX else "Busy"
    await scene.say(*said, asks.record("NO ANSWER"))
    await scene.ends(End("missed", a, b, "", "internal"))
    await is_up(scene, talk, a)
    await scene.say(*talk.bye(), talk.record())
    await scene.ends(
        End("missed", a, b, "", "internal"), End("answered", scene.outside, a, a, "inbound")
    )
    await scene.rest()


@story(V1, V2)
async def test_nobody_takes_a_call_without_a_number(scene: Scene) -> None:
    # A line without caller ID, and a PBX that makes a record for each channel.
    call = scene.call("", scene.b)
    await scene.say(*call.ring())
    await patience(2)
    branch = call.record("NO ANSWER", id_=call.id(2))
    await scene.say(*call.given_up(), branch, call.record("NO ANSWER"))
    await scene.ends(End("missed", "", scene.b, "", "inbound"))
    assert scene.types(PBX).count("ended") == 1
    await scene.rest()
