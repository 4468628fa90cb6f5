"""Reports that come again, a start that is reported while a call goes on, and united calls."""

from .home import PBX
from .more import ODD, Call, End, Scene, patience, played, story
from .stand_in import OPENVOX, V1, V2
from .test_more_readings import is_up, reading

__all__ = ["played"]


async def ends_answered(scene: Scene, call: Call, caller: str, by: str) -> None:
    """Hang up, and check how the call is told to have ended."""
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", caller, by, by, "inbound"))
    await scene.rest()


@story()
async def test_the_ring_comes_again_while_one_of_the_group_talks(scene: Scene) -> None:
    # The PBX did not see its answer, and sends it once more.
    a, b = scene.a, scene.b
    call = scene.call(scene.outside, "6200", path="6200")
    ring = call.ring(a, b)
    await scene.say(*ring)
    await patience(2)
    await scene.say(*call.answer(b))
    await patience(1)
    await scene.say(*(body for body in ring if "ExtensionStatus" not in str(body)))
    await patience(1)
    await scene.shows(a, "idle")
    await scene.shows(b, "busy")
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", scene.outside, answered_by=b, direction="inbound"))
    await scene.expect(a, "ringing", "ended")
    await scene.expect(b, "ringing", "answered", "ended")
    await scene.rest()


@story(act=ODD)
async def test_a_start_is_reported_while_a_call_goes_on(scene: Scene) -> None:
    # Its API alone is started again; or the report comes twice.
    a = scene.a
    call = scene.call(scene.outside, a)
    await scene.say(*call.ring())
    await scene.first(a, "ringing")
    word = "event" if scene.dialect == V2 else "action"
    await scene.say({word: "BootUp", "sn": scene.pbx.serial})
    await patience(2)
    await scene.say(*call.answer())
    await scene.first(a, "answered")
    await patience(2)
    await ends_answered(scene, call, scene.outside, a)
    assert scene.types(PBX).count("ended") == 1


@story(OPENVOX, V1)
async def test_two_calls_inside_are_united_without_a_word(scene: Scene) -> None:
    # a, whom c called, asks b, and unites both: it is idle, and c talks to b.
    a, b, c = scene.a, scene.b, scene.c
    talk, asks = await scene.talk(c, a), await scene.talk(a, b)
    busy = scene.pbx.extensions[b]
    said = [body for body in asks.bye(by=a) if body != scene.status(b, "free")]
    scene.pbx.extensions[b] = busy
    del talk.parties[a]
    talk.parties[b] = asks.parties[b]
    talk._show()
    await scene.say(*said, asks.record())
    await scene.shows(a, "idle")
    await reading(scene)
    await is_up(scene, talk, b, c)
    await scene.shows(c, f"Desk {b}", "in_call_with")
    await scene.shows(b, f"Desk {c}", "in_call_with")
    await scene.say(*talk.bye(), talk.record())
    await scene.ends(
        End("answered", a, b, b, "internal"), End("answered", c, a, a, "internal"), within=60
    )
    await scene.rest()
