"""Reports that come in another order, twice, late or not at all, and calls close together."""

import asyncio

from .home import PBX
from .more import SLOW, End, Scene, patience, played, story
from .stand_in import OPENVOX, V1, V2, Body

__all__ = ["played"]


def without(bodies: list[Body], *words: str) -> list[Body]:
    """Return reports without those of some kinds."""
    return [body for body in bodies if not {body.get("action"), body.get("event")} & set(words)]


@story()
async def test_reports_come_before_the_states(scene: Scene) -> None:
    b = scene.b
    call = scene.call(scene.outside, b)
    await scene.say(*call.ring()[::-1])
    told = await scene.first(b, "ringing")
    assert told.data["caller"] == scene.outside
    await patience()
    await scene.say(*call.answer()[::-1])
    await patience(2)
    await scene.say(*call.bye()[::-1], call.record())
    await scene.ends(End("answered", scene.outside, b, b, "inbound", None, 2))
    await scene.expect(b, "ringing", "answered", "ended")
    await scene.rest()


@story()
async def test_a_call_inside_backwards(scene: Scene) -> None:
    a, b = scene.a, scene.b
    call = scene.call(a, b)
    await scene.say(*call.ring()[::-1])
    await scene.expect(PBX, "dialing", "ringing")
    await patience()
    await scene.say(*call.answer()[::-1])
    await patience(2)
    await scene.say(call.record(), *call.bye()[::-1])
    await scene.ends(End("answered", a, b, b, "internal", None, 2))
    await scene.rest()


@story()
async def test_the_record_is_first_of_all(scene: Scene) -> None:
    # A short call of which each report is late: the record overtakes them.
    b = scene.b
    call = scene.call(scene.outside, b)
    ring = call.ring(statuses=False)
    answer = call.answer(statuses=False)
    bye = call.bye(statuses=False)
    await scene.say(call.record(duration=3, talk=2), *bye, *answer, *ring)
    await scene.ends(End("answered", scene.outside, b, b, "inbound", None, 2))
    await patience(2)
    assert scene.types(PBX).count("ended") == 1
    await scene.rest()


@story()
async def test_the_answer_overtakes_the_ring(scene: Scene) -> None:
    a, b = scene.a, scene.b
    call = scene.call(a, b)
    ring, answer = call.ring(), call.answer()
    await scene.say(*answer, *without(ring, "ExtensionStatus"))
    await patience(2)
    await scene.say(*call.bye(by=a), call.record())
    await scene.ends(End("answered", a, b, b, "internal", None, 2))
    assert scene.types(PBX).count("answered") == 1
    await scene.rest()


@story()
async def test_everything_comes_twice(scene: Scene) -> None:
    a, b = scene.a, scene.b
    call = scene.call(a, b)
    for bodies in (call.ring, call.answer, call.bye):
        for body in bodies():
            await scene.say(body, body)
        await patience(1)
    record = call.record()
    await scene.say(record, record)
    await scene.ends(End("answered", a, b, b, "internal"))
    await scene.expect(PBX, "dialing", "ringing", "answered", "ended")
    await scene.rest()


@story()
async def test_everything_comes_again_when_it_is_over(scene: Scene) -> None:
    # A PBX that got no 200 repeats; how late, no document says.
    b = scene.b
    call = scene.call(scene.outside, b)
    said = without(call.ring(), "ExtensionStatus")
    await scene.say(scene.status(b, "ringing"), *said)
    await patience()
    await scene.say(*call.answer())
    said += without(call.answer(statuses=False), "ExtensionStatus")
    await patience(1)
    bye = [*call.bye(), call.record()]
    await scene.say(*bye)
    said += without(bye, "ExtensionStatus")
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    await scene.say(*said)
    await patience(3)
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    await scene.expect(b, "ringing", "answered", "ended")
    await scene.rest()


@story()
async def test_the_ring_is_lost(scene: Scene) -> None:
    b = scene.b
    call = scene.call(scene.outside, b)
    await scene.say(*without(call.ring(), "RING", "ALERT", "CallStatus"))
    await patience(1)
    await scene.say(*call.answer())
    await patience(2)
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", scene.outside, b, b, "inbound", None, 2))
    assert scene.types(b).count("answered") == 1
    await scene.rest()


@story()
async def test_the_answer_is_lost(scene: Scene) -> None:
    a, b = scene.a, scene.b
    call = scene.call(a, b)
    await scene.say(*call.ring())
    await patience(1)
    await scene.say(*without(call.answer(), "ANSWER", "ANSWERED", "CallStatus"))
    await patience(2)
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", a, b, b, "internal", None, 2))
    await scene.rest()


@story()
async def test_the_hang_up_is_lost(scene: Scene) -> None:
    a, b = scene.a, scene.b
    call = await scene.talk(a, b, 2)
    await scene.say(*without(call.bye(), "BYE", "CallStatus"), call.record())
    await scene.ends(End("answered", a, b, b, "internal", None, 2))
    await scene.rest()


@story()
async def test_the_record_is_lost(scene: Scene) -> None:
    b = scene.b
    call = await scene.talk(scene.outside, b, 2)
    await scene.say(*call.bye())
    call.record()
    await scene.ends(End("answered", scene.outside, b, b, "inbound", None, 2), within=60)
    await scene.rest()


@story()
async def test_hang_up_and_record_are_lost(scene: Scene) -> None:
    b = scene.b
    call = await scene.talk(scene.outside, b, 2)
    await scene.say(*without(call.bye(), "BYE", "CallStatus"))
    call.record()
    await scene.ends(End("answered", scene.outside, b, b, "inbound"), within=60)
    await scene.rest()


@story()
async def test_the_record_of_a_missed_call_is_lost(scene: Scene) -> None:
    b = scene.b
    call = scene.call(scene.outside, b)
    await scene.say(*call.ring())
    await patience(2)
    await scene.say(*call.given_up())
    call.record()
    await scene.ends(End("missed", scene.outside, b, "", "inbound"), within=60)
    await scene.rest()


@story()
async def test_all_is_lost_but_the_states(scene: Scene) -> None:
    b = scene.b
    call = scene.call(scene.outside, b)
    await scene.say(*without(call.ring(), "RING", "ALERT", "CallStatus"))
    await patience(2)
    await scene.expect(PBX, "ringing")  # the calls are read for it
    await scene.say(*without(call.given_up(), "CallStatus"))
    await scene.rest(within=40)  # so is its end, when that is due


@story()
async def test_the_record_is_late(scene: Scene) -> None:
    a, b = scene.a, scene.b
    call = await scene.talk(a, b, 2)
    await scene.say(*call.bye())
    record = call.record()
    await patience(4)
    await scene.say(record)
    await scene.ends(End("answered", a, b, b, "internal", None, 2))
    await scene.expect(PBX, "dialing", "ringing", "answered", "ended")
    await scene.rest()


@story()
async def test_the_same_two_again_at_once(scene: Scene) -> None:
    # The next call's n is six numbers on (asterisk.md), in the same second.
    a, b = scene.a, scene.b
    call = await scene.talk(a, b, 1)
    await scene.say(*call.bye(by=b), gap=0)
    again = scene.call(a, b)
    await scene.say(*again.ring(), call.record())
    await patience(2)
    await scene.say(*again.given_up(), again.record())
    first = End("answered", a, b, b, "internal")
    await scene.ends(first, End("missed", a, b, "", "internal"))
    told = sorted(scene.types(b))
    assert told == sorted(["ringing", "answered", "ended", "ringing", "ended", "missed"])
    await scene.rest()


@story()
async def test_an_impatient_caller_tries_again(scene: Scene) -> None:
    # Missed, and right away again over another channel of the line; then it is answered.
    b = scene.b
    call = scene.call(scene.outside, b)
    await scene.say(*call.ring())
    await patience(1)
    await scene.say(*call.given_up())
    again = scene.call(scene.outside, b)
    await scene.say(*again.ring(), call.record())
    await patience(1)
    await scene.say(*again.answer())
    await patience(2)
    await scene.say(*again.bye(), again.record())
    await scene.ends(
        End("missed", scene.outside, b, "", "inbound"),
        End("answered", scene.outside, b, b, "inbound"),
        within=20,
    )
    await scene.rest()


@story()
async def test_one_number_calls_two_desks_at_once(scene: Scene) -> None:
    # A company shows one number for all that call from there.
    b, c = scene.b, scene.c
    one = scene.call(scene.outside, b)
    two = scene.call(scene.outside, c)
    await scene.say(*one.ring(), *two.ring())
    await patience(1)
    await scene.say(*two.answer())
    await patience(1)
    await scene.say(*one.given_up(), one.record())
    await patience(1)
    await scene.say(*two.bye(), two.record())
    await scene.ends(
        End("missed", scene.outside, b, "", "inbound"),
        End("answered", scene.outside, c, c, "inbound"),
        within=20,
    )
    await scene.rest()


@story()
async def test_two_within_a_millisecond(scene: Scene) -> None:
    # Their ids mix: Local;2 of each is three numbers on (asterisk.md).
    b, c = scene.b, scene.c
    n = scene.pbx.take(12)
    other = f"{scene.outside}7"
    one = scene.call(scene.outside, b, n=n)
    two = scene.call(other, c, n=n + 1)
    for pair in zip(one.ring(k=3), two.ring(k=4), strict=True):
        await scene.say(*pair, gap=0)
    await patience(1)
    for pair in zip(two.answer(), one.answer(), strict=True):
        await scene.say(*pair, gap=0)
    await patience(2)
    for pair in zip(one.bye(), two.bye(), strict=True):
        await scene.say(*pair, gap=0)
    await scene.say(two.record(), one.record())
    await scene.ends(
        End("answered", scene.outside, b, b, "inbound"), End("answered", other, c, c, "inbound")
    )
    await scene.expect(b, "ringing", "answered", "ended")
    await scene.expect(c, "ringing", "answered", "ended")
    await scene.rest()


@story()
async def test_two_calls_inside_cross(scene: Scene) -> None:
    # a calls b while c calls d, reports shuffled into each other.
    a, b, c, d = scene.a, scene.b, scene.c, scene.d
    n = scene.pbx.take(12)
    one, two = scene.call(a, b, n=n), scene.call(c, d, n=n + 1)
    for pair in zip(one.ring(), two.ring(), strict=True):
        await scene.say(*pair, gap=0)
    await patience(1)
    await scene.say(*two.answer())
    await patience(1)
    await scene.say(*one.given_up(), one.record())
    await patience(1)
    await scene.say(*two.bye(), two.record())
    await scene.ends(
        End("missed", a, b, "", "internal"), End("answered", c, d, d, "internal"), within=20
    )
    await scene.rest()


@story()
async def test_both_call_each_other(scene: Scene) -> None:
    a, b = scene.a, scene.b
    one, two = scene.call(a, b), scene.call(b, a)
    await scene.say(scene.status(a, "busy"), scene.status(b, "busy"), gap=0)
    await scene.say(one.failed(486, b), two.failed(486, a), gap=0)
    await scene.say(*one.given_up(), one.record("BUSY"), *two.given_up(), two.record("BUSY"))
    await scene.ends(End("busy", a, b, "", "internal"), End("busy", b, a, "", "internal"))
    await scene.rest()


@story()
async def test_another_call_waits(scene: Scene) -> None:
    # Asterisk: nothing of the first call changes, and the phone stays InUse.
    b = scene.b
    call = await scene.talk(scene.outside, b, 1)
    other = f"{scene.outside}5"
    waits = scene.call(other, b)
    await scene.say(*waits.ring(statuses=False))
    told = await scene.first(b, "ringing", nth=1)
    assert told.data["caller"] == other
    await patience(2)
    await scene.say(*waits.given_up(statuses=False), waits.record())
    await scene.first(b, "missed", within=20)
    assert scene.types(b).count("ended") == 1
    await scene.shows(b, "busy")
    await scene.shows(b, scene.outside, "in_call_with")
    await scene.say(*call.bye(), call.record())
    await scene.ends(
        End("missed", other, b, "", "inbound"), End("answered", scene.outside, b, b, "inbound")
    )
    await scene.rest()


@story()
async def test_the_waiting_call_is_taken(scene: Scene) -> None:
    # b holds the first, takes the second, comes back: two calls on one phone.
    b = scene.b
    other = f"{scene.outside}4"
    one = scene.call(scene.outside, b)
    await scene.say(*one.ring(), *one.answer())
    await patience(1)
    two = scene.call(other, b)
    await scene.say(*two.ring(statuses=False))
    await patience(1)
    if scene.dialect == V2:
        await scene.say(*one.hold(b))
    await scene.say(*two.answer(statuses=False))
    await patience(2)
    await scene.say(*two.bye(statuses=False), two.record())
    if scene.dialect == V2:
        await scene.say(*one.hold(b, on=False))
    await scene.first(PBX, "ended")
    await scene.shows(b, "busy")
    await patience(1)
    await scene.say(*one.bye(), one.record())
    await scene.ends(
        End("answered", other, b, b, "inbound", None, 2),
        End("answered", scene.outside, b, b, "inbound"),
    )
    await scene.rest()


@story()
async def test_four_calls_in_one_second(scene: Scene) -> None:
    calls = [
        scene.call(f"{scene.outside}{i}", phone)
        for i, phone in enumerate((scene.a, scene.b, scene.c, scene.d))
    ]
    await asyncio.gather(*(scene.say(*call.ring()) for call in calls))
    await patience(1)
    await asyncio.gather(*(scene.say(*call.answer()) for call in calls[1:]))
    await patience(2)
    await asyncio.gather(*(scene.say(*call.bye(), call.record()) for call in calls[1:]))
    await scene.say(*calls[0].given_up(), calls[0].record())
    ends = [End("answered", c.caller, c.callee, c.callee, "inbound") for c in calls[1:]]
    await scene.ends(End("missed", calls[0].caller, scene.a, "", "inbound"), *ends, within=20)
    await scene.rest()


@story(OPENVOX)
async def test_samples_in_their_own_order(scene: Scene) -> None:
    # ALERT before RING, both ANSWER pages, and hang-ups that change their order.
    a, b = scene.a, scene.b
    call = scene.call(a, b)
    ring = call.ring()
    await scene.say(*ring[:2], ring[3], ring[2])
    await patience(1)
    await scene.say(*call.answer()[::-1])
    await patience(1)
    await scene.say(*call.bye(by=b)[::-1], call.record())
    await scene.ends(End("answered", a, b, b, "internal"))
    await scene.expect(a, "dialing", "answered", "ended")
    await scene.rest()


@story(V2)
async def test_a_state_comes_behind_the_record(scene: Scene) -> None:
    b = scene.b
    call = await scene.talk(scene.outside, b, 1)
    bye = call.bye()
    await scene.say(bye[-1], call.record(), bye[0])
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    empty = {"event": "CallStatus", "callid": call.id(), "members": [], "sn": scene.pbx.serial}
    await scene.say(empty, bye[0])
    await patience(2)
    await scene.expect(b, "ringing", "answered", "ended")
    await scene.rest()


@story(V2)
async def test_members_are_empty_in_the_middle(scene: Scene) -> None:
    # "members may be empty": that says nothing of who is there.
    b = scene.b
    call = await scene.talk(scene.outside, b, 1)
    empty = {"event": "CallStatus", "callid": call.id(), "members": [], "sn": scene.pbx.serial}
    await scene.say(empty)
    await patience(2)
    await scene.expect(b, "ringing", "answered")
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", scene.outside, b, b, "inbound", None, 3))
    await scene.rest()


@story(V1)
async def test_one_hang_up_of_two(scene: Scene) -> None:
    a, b = scene.a, scene.b
    call = await scene.talk(a, b, 2)
    bye = call.bye()
    await scene.say(*bye[1:], call.record())
    await scene.ends(End("answered", a, b, b, "internal", None, 2), within=SLOW)
    await scene.rest()
