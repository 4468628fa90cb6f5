"""Numbers, names and bodies that nobody expects, and clocks that are wrong."""

import json

from .home import PBX
from .more import ODD, Call, End, Scene, missed_in_a_row, patience, played, story
from .stand_in import OPENVOX, V1, V2, Body

__all__ = ["played"]


async def plain(scene: Scene, call: Call) -> End:
    """Play an answered inbound call, and return how it ends."""
    await scene.say(*call.ring())
    await patience(0.5)
    await scene.say(*call.answer())
    await patience(1)
    await scene.say(*call.bye(), call.record())
    return End("answered", call.caller, call.callee, call.callee, "inbound")


@story()
async def test_grandma_in_every_form(scene: Scene) -> None:
    for number in ("+49305559999", "0049305559999", "0305559999"):
        call = scene.call(number, scene.b)
        await scene.say(*call.ring())
        await patience(0.3)
        await scene.say(*call.answer())
        await patience(0.5)
        await scene.say(*call.bye(), call.record())
        await patience(0.3)
    told = [t for t in scene.told(scene.b) if t.type == "ringing"]
    assert [t.data["caller_name"] for t in told] == ["Grandma"] * 3
    assert [t.data["vip"] for t in told] == [True] * 3
    await scene.ends(*[End("answered", None, scene.b, scene.b, "inbound")] * 3)
    await scene.rest()


@story()
async def test_withheld_in_every_form(scene: Scene) -> None:
    b = scene.b
    forms = ("anonymous", "Anonymous", "", "unknown", "Restricted")
    for nth, number in enumerate(forms):
        call = scene.call(number, b)
        await scene.say(*call.ring())
        told = await scene.first(b, "ringing", nth=nth)
        assert not told.data.get("caller_name"), number
        assert not told.data.get("caller_uri"), number
        if number not in {"", "unknown"}:  # an empty one may be unknown as well
            await scene.shows(b, "Withheld number", "in_call_with")
        await scene.say(*call.answer(), *call.bye(), call.record())
        await patience(0.3)
    await scene.ends(*[End("answered", None, b, b, "inbound")] * len(forms))
    await scene.rest()


@story()
async def test_codes_are_dialled(scene: Scene) -> None:
    # A call to *72... or #31#... is a number, too.
    a = scene.a
    for number in ("*72030123", "#31#03012345", "00441632960123"):
        call = scene.call(a, number)
        await scene.say(*call.ring(), *call.answer())
        await patience(0.5)
        await scene.say(*call.bye(), call.record())
        await patience(0.3)
    numbers = ("*72030123", "#31#03012345", "00441632960123")
    await scene.ends(*(End("answered", a, n, n, "outbound") for n in numbers))
    await scene.rest()


@story()
async def test_a_caller_outside_has_the_number_of_a_desk(scene: Scene) -> None:
    # OpenVox's samples: 103 calls 101 over a trunk. The desk with that number is in no call.
    b, c = scene.b, scene.c
    call = scene.call("x", b)
    call.caller = call.first.source = c
    await scene.say(*call.ring())
    told = await scene.first(b, "ringing")
    assert told.data["direction"] == "inbound"
    await patience()
    await scene.say(*call.answer())
    await patience(1)
    await scene.shows(c, "idle")
    await scene.shows(c, "unknown", "in_call_with")
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", c, b, b, "inbound"))
    assert not scene.told(c)
    await scene.rest()


@story()
async def test_a_number_outside_is_that_of_a_desk(scene: Scene) -> None:
    # Dialled 16103, reported 103: what the route has stripped is a desk's number here.
    a, c = scene.a, scene.c
    call = scene.call(a, f"0{c}")
    call.parties["line"].target = c
    await scene.say(*call.ring())
    told = await scene.first(a, "dialing")
    assert told.data["direction"] == "outbound"
    await patience()
    await scene.say(*call.answer())
    await patience(1)
    await scene.shows(c, "idle")
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", a, None, None, "outbound"))
    assert not scene.told(c)
    await scene.rest()


@story(act=ODD)
async def test_names_are_strange(scene: Scene) -> None:
    b, c = scene.b, scene.c
    scene.pbx.names[b] = f"<img src=x> {b} & Söhne"
    scene.pbx.names[c] = f"Küche 🍳 {c}"
    word = "event" if scene.dialect == V2 else "action"
    change = {word: "ConfigChange", "type": "extension", "extid": b, "operation": "update"}
    await scene.say(change | {"sn": scene.pbx.serial})
    await patience(3)
    call = await scene.talk(b, c, 1)
    shown = scene.state(c, "in_call_with")
    assert b in shown
    await scene.say(*call.bye(), call.record())
    await scene.ends(End("answered", b, c, c, "internal"))
    await scene.rest()


@story()
async def test_fields_that_nobody_knows(scene: Scene) -> None:
    b = scene.b
    call = scene.call(scene.outside, b)
    more: Body = {"new": {"a": [1, None, {}]}, "uuid": "7", "members2": [], "time": 1.5}
    await scene.say(*(body | more for body in call.ring()))
    await patience(0.5)
    await scene.say(*(more | body for body in call.answer()))
    await patience(1)
    await scene.say(*(body | more for body in [*call.bye(), call.record()]))
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    await scene.expect(b, "ringing", "answered", "ended")
    await scene.rest()


def loose(value: object) -> object:
    """Return a body with numbers where digits were text."""
    if isinstance(value, dict):
        return {key: loose(one) for key, one in value.items()}
    if isinstance(value, list):
        return [loose(one) for one in value]
    if isinstance(value, str) and value.isdigit() and not value.startswith("0"):
        return int(value) if len(value) < 10 else value
    return value


@story()
async def test_numbers_instead_of_text(scene: Scene) -> None:
    # Documented as Integer, shown as String: both.
    b = scene.b
    call = scene.call(scene.outside, b)
    await scene.say(*(json.dumps(loose(body)) for body in call.ring()))
    await scene.first(b, "ringing")
    await patience(0.5)
    await scene.say(*(json.dumps(loose(body)) for body in call.answer()))
    await patience(2)
    await scene.say(*(json.dumps(loose(body)) for body in [*call.bye(), call.record()]))
    await scene.ends(End("answered", scene.outside, b, b, "inbound", 1, 2))
    await scene.rest()


@story()
async def test_an_id_without_quotes(scene: Scene) -> None:
    # "Numbers stay text exactly as printed": .2130 is no .213.
    b, c = scene.b, scene.c
    n = scene.pbx.take(400) // 100 * 100 + 110
    call = scene.call(scene.outside, b, n=n)
    other = scene.call(f"{scene.outside}3", c, n=n // 10)

    def bare(bodies: list[Body]) -> list[str]:
        texts = []
        for body in bodies:
            text = json.dumps(body, separators=(",", ":"))
            for k in range(4):
                text = text.replace(f'"{call.id(k)}"', call.id(k))
                text = text.replace(f'"{other.id(k)}"', other.id(k))
            texts.append(text)
        return texts

    await scene.say(*bare(call.ring()), *bare(other.ring()))
    await patience(0.5)
    await scene.say(*bare(call.answer()))
    await patience(1)
    await scene.say(*bare([*other.given_up(), other.record()]))
    await patience(1)
    await scene.say(*bare([*call.bye(), call.record()]))
    await scene.ends(
        End("answered", scene.outside, b, b, "inbound"),
        End("missed", f"{scene.outside}3", c, "", "inbound"),
        within=20,
    )
    await scene.rest()


@story(V2)
async def test_members_as_an_object(scene: Scene) -> None:
    # One object with both parties, where a list is expected.
    b = scene.b
    call = scene.call(scene.outside, b)

    def merged(bodies: list[Body]) -> list[Body]:
        for body in bodies:
            if isinstance(body.get("members"), list):
                body["members"] = {k: v for one in body["members"] for k, v in one.items()}
        return bodies

    await scene.say(*merged(call.ring()), *merged(call.answer()))
    await patience(1)
    await scene.say(*merged(call.bye()), call.record())
    await scene.ends(End("answered", scene.outside, b, b, "inbound"), within=40)
    await scene.rest()


@story(V1)
async def test_parties_at_the_top_and_in_a_list_of_ids(scene: Scene) -> None:
    # A Yeastar that reports as an OpenVox does: read whatever was asked for.
    a, b = scene.a, scene.b
    call = scene.call(a, b)

    def flattened(bodies: list[Body]) -> list[Body]:
        out = []
        for body in bodies:
            flat = {key: value for key, value in body.items() if key != "call"}
            if "call" in body:
                flat["ext"] = {"extid": [one["ext"]["extid"] for one in body["call"]]}
            out.append(flat)
        return out

    await scene.say(*flattened(call.ring()))
    await scene.expect(PBX, "dialing", "ringing")
    await patience(0.5)
    await scene.say(*flattened(call.answer()))
    await patience(1)
    await scene.say(*flattened(call.bye(by=b)), call.record())
    await scene.ends(End("answered", a, b, b, "internal"))
    await scene.rest()


@story(OPENVOX, V1)
async def test_a_pbx_that_speaks_as_v2_does(scene: Scene) -> None:
    b = scene.b
    call = scene.call(scene.outside, b)
    ring = call.ring()
    await scene.say(ring[0], call.event())
    await scene.first(b, "ringing")
    await patience(0.5)
    answer = call.answer()
    await scene.say(answer[0], call.event())
    await scene.first(b, "answered")
    await patience(1)
    for party in call.parties.values():
        party.state = "BYE"
    record = call.record()
    record["event"] = record.pop("action")
    await scene.say(call.event(), call.bye()[-1], record)
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    await scene.rest()


@story(V2)
async def test_a_v2_that_speaks_as_v1_does(scene: Scene) -> None:
    # Login without `version`: "default format"; v1 events on a v2 login were seen.
    b = scene.b
    call = scene.call(scene.outside, b)
    line = {"from": scene.outside, "to": b, "trunk": "line-a", "inboundid": call.id()}
    head = {"callid": call.id(), "sn": scene.pbx.serial}
    both = [{"ext": {"extid": b}}, {"inbound": line}]
    await scene.say(
        call.ring()[0],
        {"action": "RING", "call": both, **head},
        {"action": "ALERT", "call": both[1:], **head},
    )
    await scene.first(b, "ringing")
    await patience(0.5)
    await scene.say(call.answer()[0], {"action": "ANSWER", "call": both, **head})
    await scene.say({"action": "ANSWERED", "call": both[::-1], **head})
    await scene.first(b, "answered")
    await patience(1)
    record = call.record()
    record["action"] = record.pop("event")
    await scene.say(
        {"action": "BYE", "call": both, **head},
        {"action": "BYE", "call": both[::-1], **head},
        call.bye()[-1],
        record,
    )
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    await scene.rest()


@story(act=ODD)
async def test_what_is_no_report(scene: Scene) -> None:
    # Each is answered with 200, and a call goes on meanwhile.
    b = scene.b
    word = "event" if scene.dialect == V2 else "action"
    call = scene.call(scene.outside, b)
    await scene.say(*call.ring())
    await scene.say(
        "", "[]", "null", "{}", "42", '"RING"', "{", "}{", '{"action":', "[" * 20000,
        '{"a":' * 5000, b"\x00\xff\xfe\x00", b"\xff" * 1000, "<xml><action>RING</action></xml>",
        gap=0.005,
    )  # fmt: skip
    for wrong in (None, [], {}, True, "x" * 30000, {"extid": {"extid": []}}):
        await scene.say(
            {word: wrong, "callid": call.id()},
            {word: "RING", "callid": wrong, "ext": {"extid": "9" * 300}, "call": wrong},
            {word: "ANSWER", "callid": wrong, "ext": wrong, "call": [wrong]},
            {word: "CallStatus", "callid": wrong, "members": wrong},
            {word: "CallStatus", "callid": wrong, "members": [wrong, {"ext": wrong}]},
            {word: "ExtensionStatus", "extension": wrong, "status": wrong},
            {word: "DTMF", "callid": wrong, "info": wrong, "infos": wrong, "flag": wrong},
            {word: "ConfigChange", "type": wrong, "operation": wrong},
            gap=0.005,
        )
    await scene.say(
        {word: "NewCdr", "callid": [], "callfrom": {}, "callto": [], "status": 5, "type": None},
        "x" * 70_000,
        json.dumps({word: "RING", "callid": call.id(), "ext": {"extid": ["9"] * 40_000}}),
        gap=0.005,
    )
    await patience(0.5)
    await scene.say(*call.answer())
    await scene.first(b, "answered")
    await patience(1)
    await scene.say(*call.bye(), call.record())
    await patience(3)
    entries = [e for e in await scene.log() if e.get("caller") == scene.outside]
    assert [(e["outcome"], e["answered_by"]) for e in entries] == [("answered", b)]
    await scene.shows(b, "idle")


@story()
async def test_bytes_that_are_no_utf8(scene: Scene) -> None:
    # The trunk's name in GBK, as a Chinese web page makes it.
    b = scene.b
    call = scene.call(scene.outside, b)

    def gbk(bodies: list[Body]) -> list[bytes]:
        texts = [json.dumps(body, separators=(",", ":")) for body in bodies]
        return [text.replace("line-a", "外线-18").encode("gbk") for text in texts]

    await scene.say(*gbk(call.ring()))
    told = await scene.first(b, "ringing")
    assert told.data["caller"] == scene.outside
    await scene.say(*gbk(call.answer()))
    await patience(1)
    await scene.say(*gbk([*call.bye(), call.record()]))
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    await scene.rest()


@story()
async def test_ids_that_pair_with_none(scene: Scene) -> None:
    # No dot, huge, negative, before 1970 and after 2106: none makes anything raise or stay.
    b = scene.b
    ids = ("abc", "-1.5", "0.0", "1" * 60, "4294967296.1", "1.", ".7", "1e5", "٣.٤")
    for id_ in ids:
        line = {"from": scene.outside, "to": b, "trunk": "line-a", "inboundid": id_}
        if scene.dialect == V2:
            members = [{"ext": {"number": b, "channelid": "x", "memberstatus": "BYE"}}]
            await scene.say({"event": "CallStatus", "callid": id_, "members": members})
        else:
            parties = {"call": [{"ext": {"extid": b}}, {"inbound": line}]}
            if scene.dialect == OPENVOX:
                parties = {"ext": {"extid": b}, "inbound": line}
            await scene.say({"action": "BYE", "callid": id_, **parties})
    await patience(1)
    assert not scene.told(PBX)
    await scene.ends(await plain(scene, scene.call(scene.outside, b)))
    await scene.rest()


@story()
async def test_the_serial_of_another_pbx(scene: Scene) -> None:
    b = scene.b
    call = scene.call(scene.outside, b, listed=False)
    said = [*call.ring(), *call.answer(), *call.bye(), call.record()]
    await scene.say(*(body | {"sn": "a09805099999"} for body in said))
    await patience(2)
    assert not scene.told(PBX)
    assert not scene.told(b)
    await scene.rest()


@story()
async def test_reports_without_a_serial(scene: Scene) -> None:
    b = scene.b
    call = scene.call(scene.outside, b)

    def bare(bodies: list[Body]) -> list[Body]:
        return [{key: value for key, value in b.items() if key != "sn"} for b in bodies]

    await scene.say(*bare(call.ring()))
    await patience(0.5)
    await scene.say(*bare(call.answer()))
    await patience(1)
    await scene.say(*bare([*call.bye(), call.record()]))
    await scene.ends(End("answered", scene.outside, b, b, "inbound"))
    await scene.rest()


@story()
async def test_its_clock_is_wrong_by_minutes(scene: Scene) -> None:
    b = scene.b
    scene.pbx.skew = 37 * 60
    await scene.ends(await plain(scene, scene.call(scene.outside, b)))
    scene.pbx.skew = 0
    await scene.rest()


@story()
async def test_its_clock_is_set_back_an_hour(scene: Scene) -> None:
    b, c = scene.b, scene.c
    first = await plain(scene, scene.call(scene.outside, b))
    scene.pbx.skew = -3600
    other = f"{scene.outside}6"
    call = scene.call(other, c)
    second = await plain(scene, call)
    await scene.ends(first, second)
    scene.pbx.skew = 0
    await scene.rest()


@story(act=ODD)
async def test_an_old_id_after_a_start_is_a_new_call(scene: Scene) -> None:
    b, c = scene.b, scene.c
    call = scene.call(scene.outside, b)
    first = await plain(scene, call)
    await patience(1)
    word = "event" if scene.dialect == V2 else "action"
    await scene.say({word: "BootUp", "sn": scene.pbx.serial})
    await patience(2)
    again = scene.call(f"{scene.outside}9", c, epoch=call.epoch, n=call.n)
    second = await plain(scene, again)
    await patience(1)
    told = [t for t in scene.told(PBX) if t.type == "ended"]
    assert [t.data["caller"] for t in told] == [first.caller, second.caller]
    assert [t.data["answered_by"] for t in told] == [b, c]
    await scene.rest()


@story()
async def test_words_of_asterisk_for_states(scene: Scene) -> None:
    b = scene.b
    word = "event" if scene.dialect == V2 else "action"
    for said, listed, shown in (
        ("RINGING", "Ringing", "ringing"),
        ("InUse", "InUse", "busy"),
        ("RINGINUSE", "InUse", None),
        ("inuse", "InUse", "busy"),
        ("OnHold", "Hold", "on_hold"),
        ("Unavailable", "Unavailable", "not_registered"),
        ("NOT_INUSE", scene.free, "idle"),
    ):
        scene.pbx.extensions[b] = listed
        body = {word: "ExtensionStatus", "extension": b, "status": said}
        await scene.say(body | {"sn": scene.pbx.serial})
        if shown:
            await scene.shows(b, shown, within=3)


@story()
async def test_two_lines_and_the_same_caller_in_and_out(scene: Scene) -> None:
    # He is called back while his second try rings another phone.
    a, b = scene.a, scene.b
    back = scene.call(a, scene.outside)
    await scene.say(*back.ring())
    again = scene.call(scene.outside, b, trunk="line-b")
    await scene.say(*again.ring())
    await patience(1)
    await scene.say(*again.answer())
    await patience(1)
    await scene.say(*back.given_up(), back.record("BUSY"))
    await patience(0.5)
    await scene.say(*again.bye(), again.record())
    await scene.first(PBX, "ended", nth=1, within=40)
    found = {e["direction"]: e for e in await scene.log()}
    assert set(found) == {"inbound", "outbound"}
    assert found["inbound"]["outcome"] == "answered"
    assert found["inbound"]["answered_by"] == b
    assert found["outbound"]["outcome"] == "busy"
    await scene.rest(within=30)


@story()
async def test_missed_calls_one_after_the_other(scene: Scene) -> None:
    # README: the calls are read two seconds after the record of each.
    await missed_in_a_row(scene, scene.b, scene.c, scene.d)


@story(act=ODD)
async def test_missed_calls_of_a_pbx_that_has_started(scene: Scene) -> None:
    word = "event" if scene.dialect == V2 else "action"
    await scene.say({word: "BootUp", "sn": scene.pbx.serial})
    await patience(2)
    await missed_in_a_row(scene, scene.b)


@story()
async def test_a_call_is_missed_after_a_group_was_lost_sight_of(scene: Scene) -> None:
    # All that ended the first call was lost; the second one is not held up by it.
    b, c, d = scene.b, scene.c, scene.d
    lost = scene.call(f"{scene.outside}0", "6200", path="6200", numbers=12)
    await scene.say(*lost.ring(b, c))
    await patience(1)
    lost.given_up()
    call = scene.call(scene.outside, d)
    await scene.say(*call.ring())
    await patience(1)
    await scene.say(*call.given_up(), call.record())
    await scene.first(d, "missed", within=15)
    await scene.rest(within=40)


@story(OPENVOX, V1, act=ODD)
async def test_a_ring_of_a_call_that_nobody_knows(scene: Scene) -> None:
    # All lists say meanwhile that the phone is idle, and that there is no call.
    b = scene.b
    await scene.say({"action": "RING", "callid": 7, "ext": {"extid": b}})
    await scene.shows(b, "ringing")
    await scene.shows(b, "idle", within=40)
    await scene.rest(within=20)


@story(act=ODD)
async def test_it_starts_in_1970(scene: Scene) -> None:
    # A box without a battery starts before its clock is set: small ids, then today's.
    b, c = scene.b, scene.c
    word = "event" if scene.dialect == V2 else "action"
    await scene.say({word: "BootUp", "sn": scene.pbx.serial})
    await patience(2)
    early = scene.call(scene.outside, b, epoch=47, n=0)
    first = await plain(scene, early)
    other = f"{scene.outside}2"
    second = await plain(scene, scene.call(other, c, n=6))
    await scene.ends(first, second)
    await scene.rest()
