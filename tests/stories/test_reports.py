"""Reports that are lost, doubled, late, out of order, or no reports at all."""

from datetime import timedelta

from .calls import only, without
from .stage import PARTNER, PBX, STATUS, Stage, about, story
from .stand_in import OPENVOX, V1, V2


@story()
async def test_everything_comes_twice(stage: Stage) -> None:
    """Each report is delivered two times: each thing is told once."""
    call = stage.inbound(stage.a)
    for step in (call.ring(stage.a), call.answer(stage.a)):
        for report in step:
            await stage.send([report, report])
        await stage.passes(1.2)
    for report in [*call.hang_up(), *call.record()]:
        await stage.send([report, report])
    await stage.sees(PBX, "ended", outcome="answered")
    await stage.quiet()
    await stage.over()
    assert stage.types(PBX) == ["ringing", "answered", "ended"]
    assert stage.types(stage.a) == ["ringing", "answered", "ended"]


@story()
async def test_old_reports_come_again_after_the_end(stage: Stage) -> None:
    """A PBX that was not answered in time repeats a whole call after it is over."""
    call = stage.internal(stage.a, stage.b)
    ringing = call.ring(stage.b)
    await stage.send(call.dial(), ringing)
    await stage.passes(1.2)
    answering = call.answer(stage.b)
    await stage.send(answering)
    await stage.passes(1.2)
    ending, record = call.hang_up(), call.record()
    await stage.send(ending, record)
    await stage.sees(PBX, "ended", outcome="answered")
    await stage.quiet()
    told = len(stage.told())
    for step in (ringing, answering, ending, record):
        await stage.send(without(step, "ExtensionStatus"))
    await stage.quiet()
    await stage.over()
    assert len(stage.told()) == told


@story()
async def test_the_steps_come_in_reverse(stage: Stage) -> None:
    """The answer is delivered before the ringing: order across connections is not kept."""
    call = stage.inbound(stage.a)
    ringing, answering = call.ring(stage.a), call.answer(stage.a)
    await stage.send(only(answering, "ANSWER", "ANSWERED", "CallStatus"))
    await stage.send(only(ringing, "RING", "ALERT", "CallStatus"))
    await stage.send(only(answering, "ExtensionStatus"))
    await stage.sees(PBX, "answered", answered_by=stage.a, caller=stage.outside)
    await stage.shows(stage.a, STATUS, "busy")
    await stage.passes(1.5)
    await stage.send(call.record(), call.hang_up())
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.a)
    [entry] = await stage.over()
    assert entry["answered_by"] == stage.a
    stage.never("", "missed")


@story()
async def test_the_record_comes_before_the_last_end(stage: Stage) -> None:
    """As Asterisk does it: records come between the hang-ups."""
    call = stage.internal(stage.a, stage.b)
    await stage.send(call.dial(), call.ring(stage.b), call.answer(stage.b))
    await stage.passes(1.2)
    first, *rest = call.hang_up()
    await stage.send([first], call.record(), rest)
    await stage.sees(PBX, "ended", outcome="answered")
    await stage.over()
    assert stage.types(PBX, call).count("ended") == 1


@story()
async def test_no_end_is_reported_but_the_record(stage: Stage) -> None:
    """Both BYEs are lost."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    await stage.passes(1.2)
    await stage.send(call.hang_up(byes=0), call.record())
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.a)
    await stage.over()


@story(aside=True)
async def test_the_record_is_lost_and_she_was_missed(stage: Stage) -> None:
    """It rang and was hung up, without answer and record: missed, once a reading shows it gone."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a))
    await stage.passes(1.7)
    await stage.send(call.hang_up(byes=1))
    await stage.sees(stage.a, "missed", caller=stage.outside, seconds=60)
    [entry] = await stage.over()
    assert entry["outcome"] == "missed"


@story(aside=True)
async def test_the_record_is_lost_and_they_had_talked(stage: Stage) -> None:
    """Ends without a record: answered all the same."""
    call = stage.internal(stage.a, stage.b)
    await stage.send(call.dial(), call.ring(stage.b), call.answer(stage.b))
    await stage.passes(1.7)
    await stage.send(call.hang_up())
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.b, seconds=60)
    await stage.over()


@story(aside=True)
async def test_a_call_vanishes_without_a_word(stage: Stage) -> None:
    """Neither ends nor record nor statuses come: it is over within a minute."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    await stage.sees(stage.a, "answered")
    call.hang_up()
    await stage.sees(PBX, "ended", outcome="answered", caller=stage.outside, seconds=60)
    await stage.shows(stage.a, STATUS, "idle", seconds=30)
    await stage.over()


@story(aside=True)
async def test_a_call_inside_vanishes_without_a_word(stage: Stage) -> None:
    """The same between two rooms."""
    call = stage.internal(stage.a, stage.b)
    await stage.send(call.dial(), call.ring(stage.b), call.answer(stage.b))
    await stage.sees(stage.b, "answered")
    call.hang_up()
    await stage.sees(PBX, "ended", outcome="answered", caller=stage.a, seconds=60)
    await stage.over()


@story(aside=True)
async def test_a_ringing_call_vanishes_without_a_word(stage: Stage) -> None:
    """Grandma gave up and every report of it was lost."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a))
    await stage.sees(stage.a, "ringing")
    call.hang_up()
    await stage.sees(PBX, "ended", caller=stage.outside, seconds=60)
    await stage.shows(stage.a, STATUS, "idle", seconds=30)
    [entry] = await stage.over()
    assert entry["outcome"] in {"missed", "unknown"}


@story(aside=True)
async def test_a_call_that_only_readings_show(stage: Stage) -> None:
    """All reports are lost, as behind a firewall; lists and queries show the call."""
    call = stage.inbound(stage.a)
    call.ring(stage.a)
    call.answer(stage.a)
    await stage.sees(PBX, "answered", caller=stage.outside, seconds=60)
    await stage.shows(stage.a, STATUS, "busy", seconds=30)
    call.hang_up()
    await stage.sees(PBX, "ended", caller=stage.outside, seconds=60)
    await stage.over()
    stage.never("", "missed")


@story()
async def test_the_answer_alone(stage: Stage) -> None:
    """The ringing was lost: who answers is told nevertheless."""
    call = stage.inbound(stage.a)
    call.ring(stage.a)
    await stage.send(call.answer(stage.a))
    await stage.sees(stage.a, "answered", caller=stage.outside, answered_by=stage.a)
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.a)
    await stage.over()


@story()
async def test_the_answer_is_lost(stage: Stage) -> None:
    """It rang, the phone got busy, and the record says that they talked."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a))
    await stage.passes(1.2)
    await stage.send(only(call.answer(stage.a), "ExtensionStatus"))
    await stage.shows(stage.a, STATUS, "busy")
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered")
    [entry] = await stage.over()
    assert entry["answered_by"] in {stage.a, None, ""}
    stage.never("", "missed")


@story()
async def test_a_hang_up_begins_no_call(stage: Stage) -> None:
    """Ends with ids at odd distances and later seconds, long after their call is over."""
    call = stage.inbound(stage.a, gap=16)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    await stage.passes(1.2)
    parties = [call.party(stage.a), call.leg]
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered")
    await stage.quiet()
    told = len(stage.told())
    for distance in (5, 7, 9):
        name = "CallStatus" if stage.dialect == V2 else "BYE"
        for party in parties:
            party.state = "BYE"
        await stage.send([call.report(name, parties, callid=call.later(distance))])
    await stage.quiet()
    await stage.over()
    assert len(stage.told()) == told
    assert not await stage.up()


@story(V2)
async def test_a_state_after_the_record(stage: Stage) -> None:
    """CallStatus may come after the NewCdr of its call, members empty or not: it is over."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    late = call.snapshot()
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered")
    await stage.quiet()
    told = len(stage.told())
    await stage.send(late, [call.report("CallStatus", [])])
    await stage.quiet()
    assert not await stage.up()
    assert len(stage.told()) == told
    await stage.over()


@story()
async def test_the_same_two_again_within_a_second(stage: Stage) -> None:
    """A calls b, who hangs up at once; a redials in the same second: two calls."""
    first = stage.internal(stage.a, stage.b)
    await stage.send(first.dial(), first.ring(stage.b), first.answer(stage.b))
    await stage.send(first.hang_up(callee_first=True))
    second = stage.internal(stage.a, stage.b)
    await stage.send(second.dial(), second.ring(stage.b), first.record(talk=1))
    await stage.passes(2)
    await stage.send(second.hang_up(byes=1), second.record("NO ANSWER"))
    await stage.sees(PBX, "ended", outcome="answered")
    await stage.sees(PBX, "ended", outcome="missed")
    await stage.sees(stage.b, "missed", caller=stage.a)
    entries = await stage.over()
    assert [entry["outcome"] for entry in entries] == ["missed", "answered"]


@story()
async def test_three_calls_in_one_second(stage: Stage) -> None:
    """From outside, to the outside, and one that nobody answers: each has its own end."""
    one, out = stage.inbound(stage.a), stage.outbound(stage.b, "0309876543")
    two = stage.inbound(stage.c, "0891112223")
    stage.others = {"0309876543", "0891112223"}
    await stage.send(one.ring(stage.a), out.dial(), out.ring(), two.ring(stage.c))
    await stage.sees(stage.a, "ringing", caller=stage.outside)
    await stage.sees(stage.b, "dialing", callee="0309876543")
    await stage.sees(stage.c, "ringing", caller="0891112223")
    await stage.passes(1.2)
    await stage.send(out.answer(), one.answer(stage.a))
    await stage.sees(stage.a, "answered", caller=stage.outside)
    await stage.sees(stage.b, "answered", caller=stage.b)
    assert len(await stage.up()) == 3
    await stage.passes(1.2)
    await stage.send(two.hang_up(byes=1), two.record("NO ANSWER"))
    await stage.send(one.hang_up(), out.hang_up(), out.record(), one.record())
    await stage.sees(stage.c, "missed", caller="0891112223")
    entries = await stage.over()
    outcomes = {entry["caller"]: entry["outcome"] for entry in entries}
    assert outcomes == {stage.outside: "answered", stage.b: "answered", "0891112223": "missed"}


@story(OPENVOX)
async def test_ids_of_two_calls_mix(stage: Stage) -> None:
    """Two calls within a millisecond: lines at n and n+1, the phones' channels at n+4 and n+5."""
    number = stage.pbx.take(14)
    other = "0891112224"
    stage.others = {other}
    one = stage.inbound(stage.a, number=number, gap=1)
    two = stage.inbound(stage.b, other, number=number + 1, gap=1)
    one.numbers, two.numbers = (range(number, number + 14, 2), range(number + 1, number + 14, 2))
    one.next_branch = two.next_branch = 4
    await stage.send(one.ring(stage.a), two.ring(stage.b))
    await stage.sees(stage.a, "ringing", caller=stage.outside)
    await stage.sees(stage.b, "ringing", caller=other)
    await stage.passes(1.2)
    await stage.send(two.answer(stage.b))
    await stage.sees(stage.b, "answered", caller=other)
    stage.never(stage.a, "answered")
    await stage.passes(1)
    await stage.send(one.hang_up(byes=1), one.record("NO ANSWER"))
    await stage.send(two.hang_up(), two.record())
    entries = await stage.over()
    outcomes = {entry["caller"]: entry["outcome"] for entry in entries}
    assert outcomes == {stage.outside: "missed", other: "answered"}


@story(OPENVOX)
async def test_a_ring_that_names_its_line(stage: Stage) -> None:
    """What a report states outranks arithmetic: the phone's id is odd and seconds later."""
    call = stage.inbound("6500", gap=16)
    call.next_branch = 7
    await stage.passes(1.2)
    await stage.send(call.ring(stage.a, to=stage.a))
    await stage.passes(1)
    await stage.send(call.answer(stage.a))
    await stage.sees(stage.a, "answered", answered_by=stage.a)
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record(callto=stage.a))
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.a)
    await stage.over()


@story(aside=True)
async def test_a_record_that_nobody_made(stage: Stage) -> None:
    """A record of one second, with no other report and no phone that rang: no missed call."""
    call = stage.inbound(stage.a)
    call.gone()
    await stage.send(call.record("NO ANSWER", total=1))
    await stage.quiet()
    await stage.over(0)
    stage.never("", "missed", "ringing")


@story()
async def test_bodies_that_are_no_reports(stage: Stage) -> None:
    """Whatever comes is answered with 200, tells nothing, and the next call is right."""
    told = len(stage.told(what=""))
    deep = "[" * 3000 + "]" * 3000
    for body in (
        b"",
        b"null",
        b"[]",
        b"\xff\xfe\x00",
        b'{"action":"RING"',
        b'{"action":{"RING":1},"event":["x"]}',
        b'{"action":"RING","callid":{},"ext":[[[]]],"inbound":"x"}',
        b'{"event":"CallStatus","callid":[1],"members":{"ext":null}}',
        b'{"action":"NewCdr","callid":null,"timestart":0,"status":[]}',
        b'{"action":"ExtensionStatus","extension":{},"status":{}}',
        b'{"action":"%s"}' % (b"x" * 60_000),
        deep.encode(),
        f'{{"action":{deep}}}'.encode(),
    ):
        await stage.pbx.post(body)
    await stage.quiet()
    mine = [t for t in stage.told(what="")[told:] if t.what != STATUS]
    assert not mine
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    await stage.passes(1.1)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.a)
    await stage.over()


@story()
async def test_ids_that_are_none(stage: Stage) -> None:
    """No dot, huge, negative, of 1970 or 2106: such a call has its end like any other."""
    ids = ("17", "x", f"{'9' * 40}.1", "-5.-7", "0.3", "4294967295.9", "1e9.2", "٣.٤")
    caller = f"0777{stage.outside[-6:]}"
    stage.others = {caller}
    for callid in ids:
        call = stage.inbound(stage.a, caller)
        call.first = call.leg.id = call.live.callid = callid
        ringing = call.ring(stage.a)
        ending = call.hang_up(byes=1)
        await stage.send(ringing, ending, call.record("NO ANSWER", total=2))
    await stage.quiet()
    good = stage.inbound(stage.b)
    await stage.send(good.ring(stage.b), good.answer(stage.b))
    await stage.passes(1.2)
    await stage.send(good.hang_up(), good.record())
    await stage.sees(PBX, "ended", outcome="answered", caller=stage.outside)
    ends = [told.data["call_id"] for told in stage.told(PBX) if told.type == "ended"]
    assert len(ends) == len(set(ends))


@story()
async def test_reports_of_another_pbx(stage: Stage) -> None:
    """The right path but another serial number: not our calls."""
    call = stage.inbound(stage.a)
    reports = [*call.ring(stage.a), *call.answer(stage.a)]
    reports += [*call.hang_up(), *call.record()]
    strange = [r | {"sn": "999999999999"} for r in reports if isinstance(r, dict)]
    await stage.send(strange)
    await stage.quiet()
    assert not [told for told in stage.told("") if told.where in {PBX, stage.a}]
    await stage.over(0)


@story(aside=True)
async def test_the_pbx_is_some_minutes_off(stage: Stage) -> None:
    """Its ids and records are ten minutes behind: a call is told like any other."""
    stage.since -= timedelta(minutes=11)
    call = stage.inbound(stage.a, ahead=-600)
    await stage.send(call.ring(stage.a))
    await stage.passes(1.2)
    await stage.send(call.answer(stage.a))
    await stage.sees(stage.a, "answered", caller=stage.outside)
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", talk_seconds=about(1))
    [entry] = await stage.over()
    assert entry["answered_by"] == stage.a


@story()
async def test_an_extension_that_is_unknown(stage: Stage) -> None:
    """A phone that no list has rings, beside one that is known."""
    stage.others = {"7999"}
    call = stage.inbound("6201", gap=16)
    await stage.send(without(call.ring(stage.a, "7999"), "ExtensionStatus"))
    stage.pbx.extensions.pop("7999", None)
    await stage.sees(stage.a, "ringing", caller=stage.outside)
    await stage.passes(1.7)
    await stage.send(only(call.hang_up(byes=1), "BYE", "CallStatus"))
    stage.pbx.extensions.pop("7999", None)
    await stage.send(call.status(stage.a, "Idle"), call.record("NO ANSWER"))
    await stage.sees(PBX, "missed", caller=stage.outside)
    await stage.sees(stage.a, "missed", caller=stage.outside)
    await stage.over()


@story(V1)
async def test_a_key_twice_in_one_object(stage: Stage) -> None:
    """The default format of 2017: `ext` twice, which a plain parser makes one of."""
    sn = stage.pbx.serial
    call = stage.internal(stage.a, stage.b)
    call.ring(stage.b)

    async def flat(action: str, *parties: str) -> None:
        ext = ",".join(f'"ext":{{"extid":"{party}"}}' for party in parties)
        body = f'{{"action":"{action}","callid":"{call.first}",{ext},"sn":"{sn}"}}'
        await stage.pbx.post(body)

    await flat("RING", stage.b, stage.a)
    await flat("ALERT", stage.a)
    await stage.sees(stage.b, "ringing", caller=stage.a)
    await flat("ANSWER", stage.b, stage.a)
    await flat("ANSWERED", stage.a, stage.b)
    await stage.sees(stage.b, "answered", caller=stage.a, answered_by=stage.b)
    call.answer(stage.b)
    await stage.passes(1.2)
    await flat("BYE", stage.a, stage.b)
    await flat("BYE", stage.b, stage.a)
    call.hang_up()
    await stage.send(call.record(), call.status(stage.a, "Idle"), call.status(stage.b, "Idle"))
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.b)
    await stage.over()


@story(V2)
async def test_a_line_that_is_not_shown_answers(stage: Stage) -> None:
    """A lone ANSWER of an extension, whose outside line is not monitored, is an answer."""
    call = stage.inbound(stage.a)
    call.ring(stage.a)
    party = call.party(stage.a)
    await stage.send(call.status(stage.a, "Ringing"), call.snapshot(party))
    await stage.sees(stage.a, "ringing")
    await stage.passes(1.2)
    call.answer(stage.a)
    await stage.send(call.status(stage.a, "Busy"), call.snapshot(party))
    await stage.sees(stage.a, "answered", answered_by=stage.a)
    await stage.shows(stage.a, PARTNER, lambda text: text != "unavailable")
    await stage.passes(1.2)
    party.state = "BYE"
    await stage.send(call.snapshot(party), call.hang_up(byes=0), call.record())
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.a, caller=stage.outside)
    await stage.over()
