"""Calls that the vendors' samples show, from their first report to their last."""

from .home import PBX
from .more import End, Scene, patience, played, story
from .stand_in import OPENVOX, V1, V2

__all__ = ["played"]


@story()
async def test_one_desk_calls_another(scene: Scene) -> None:
    a, b = scene.a, scene.b
    call = scene.call(a, b)
    await scene.say(*call.ring())
    await scene.expect(PBX, "dialing", "ringing")
    await patience()
    await scene.say(*call.answer())
    await patience(2)
    await scene.say(*call.bye(by=b), call.record())
    await scene.ends(End("answered", a, b, b, "internal"))
    await scene.rest()


@story()
async def test_grandma_calls_and_is_answered(scene: Scene) -> None:
    b = scene.b
    call = scene.call("0305559999", b)
    await scene.say(*call.ring())
    await scene.expect(PBX, "ringing")
    await patience()
    await scene.say(*call.answer())
    await patience(2)
    await scene.say(*call.bye(by=b), call.record())
    await scene.ends(End("answered", "0305559999", b, b, "inbound"))
    await scene.rest()


@story()
async def test_nobody_is_there_for_a_caller(scene: Scene) -> None:
    b = scene.b
    call = scene.call(scene.outside, b)
    await scene.say(*call.ring())
    await scene.expect(PBX, "ringing")
    await patience(2)
    await scene.say(*call.given_up(), call.record())
    await scene.ends(End("missed", scene.outside, b, "", "inbound"))
    await scene.rest()


@story()
async def test_somebody_calls_out(scene: Scene) -> None:
    a = scene.a
    call = scene.call(a, scene.outside)
    await scene.say(*call.ring())
    await patience()
    await scene.say(*call.answer())
    await patience(2)
    await scene.say(*call.bye(by=a), call.record())
    await scene.ends(End("answered", a, scene.outside, None, "outbound"))
    await scene.rest()
