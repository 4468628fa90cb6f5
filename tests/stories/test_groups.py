"""Groups, queues, IVRs and voicemail boxes."""

from .calls import Call, Report, only, without
from .stage import PBX, STATUS, Stage, about, story
from .stand_in import OPENVOX, V1, V2

GROUP, QUEUE, IVR = "6200", "6700", "6500"


def losers(call: Call, *phones: str) -> list[Report]:
    """Return the records of phones that others were faster than, each under its own channel."""
    return [
        report
        for phone in phones
        for report in call.record("NO ANSWER", callto=phone, callid=call.branches[phone], total=1)
    ]


@story()
async def test_one_of_three_picks_up(stage: Stage) -> None:
    """A group rings three phones; one answers, the others have missed nothing."""
    call = stage.inbound(GROUP, gap=16)
    await stage.send(call.ring(stage.a, stage.b, stage.c, via=GROUP))
    for phone in (stage.a, stage.b, stage.c):
        await stage.sees(phone, "ringing", caller=stage.outside)
    await stage.passes(1.2)
    await stage.send(call.answer(stage.b))
    await stage.sees(stage.b, "answered", answered_by=stage.b)
    for phone in (stage.a, stage.c):
        await stage.shows(phone, STATUS, "idle")
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.b)
    [entry] = await stage.over()
    assert entry["answered_by"] == stage.b
    assert stage.types(PBX).count("ringing") == 1
    stage.never("", "missed")
    stage.never(stage.a, "answered")
    stage.never(stage.c, "answered")


@story(alone=True)
async def test_nobody_of_the_house_picks_up(stage: Stage) -> None:
    """Grandma calls the house; both phones show a missed call from her, and it is one call."""
    before = int((await stage.shows(PBX, "missed_calls", str.isdecimal))["state"])
    since = len(stage.home.told)
    call = stage.inbound(GROUP, gap=16)
    await stage.send(call.ring(stage.a, stage.b, via=GROUP))
    await stage.passes(2)
    await stage.send(call.hang_up(byes=1))
    await stage.passes(1)
    await stage.send(call.record("NO ANSWER"))
    await stage.sees(stage.a, "missed", caller=stage.outside)
    await stage.sees(stage.b, "missed", caller=stage.outside)
    await stage.sees(PBX, "missed", caller=stage.outside)
    await stage.missed_are_counted(before, since)
    [entry] = await stage.over()
    assert entry["outcome"] == "missed"
    assert stage.types(PBX).count("missed") == 1
    stage.never("", "answered")


@story()
async def test_each_branch_leaves_a_record(stage: Stage) -> None:
    """A PBX that writes all that its Asterisk writes: losers at the answer, the rest at the end."""
    call = stage.inbound(GROUP, gap=16)
    await stage.send(call.ring(stage.a, stage.b, stage.c, via=GROUP))
    await stage.passes(1.2)
    await stage.send(call.answer(stage.b), losers(call, stage.a, stage.c))
    await stage.sees(stage.b, "answered")
    await stage.passes(1.5)
    assert len(await stage.up()) == 1
    stage.never("", "ended", "missed")
    talk = 2
    await stage.send(
        call.record("NO ANSWER", total=1),
        call.record("ANSWERED", total=3, talk=talk),
        call.hang_up(),
        call.record("NO ANSWER", total=1),
        call.record("ANSWERED", callto=stage.b, callid=call.branches[stage.b], total=3, talk=talk),
    )
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.b, talk_seconds=about(2))
    [entry] = await stage.over()
    assert (entry["outcome"], entry["answered_by"]) == ("answered", stage.b)
    stage.never("", "missed")


@story()
async def test_nobody_and_a_record_of_each_branch(stage: Stage) -> None:
    """Four records, one missed call."""
    call = stage.inbound(GROUP, gap=16)
    await stage.send(call.ring(stage.a, stage.b, via=GROUP))
    await stage.passes(2)
    await stage.send(losers(call, stage.a), call.record("NO ANSWER"), call.hang_up(byes=1))
    await stage.send(call.record("NO ANSWER"), losers(call, stage.b))
    await stage.sees(stage.a, "missed", caller=stage.outside)
    await stage.sees(stage.b, "missed", caller=stage.outside)
    [entry] = await stage.over()
    assert entry["outcome"] == "missed"


@story()
async def test_two_pick_up_in_the_same_moment(stage: Stage) -> None:
    """The second is told "answered elsewhere", and leaves a record ANSWERED without talk."""
    call = stage.inbound(GROUP, gap=16)
    await stage.send(call.ring(stage.a, stage.b, via=GROUP))
    await stage.passes(1.2)
    loser = call.branches[stage.b]
    await stage.send(call.answer(stage.a))
    await stage.send(call.record("ANSWERED", callto=stage.b, callid=loser, total=1, talk=0))
    await stage.sees(PBX, "answered", answered_by=stage.a)
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.a)
    [entry] = await stage.over()
    assert entry["answered_by"] == stage.a
    stage.never("", "missed")


@story()
async def test_one_declines_and_another_picks_up(stage: Stage) -> None:
    """Of a member that declines nothing is told but its status, and the call goes on."""
    call = stage.inbound(GROUP, gap=16)
    await stage.send(call.ring(stage.a, stage.b, via=GROUP))
    await stage.passes(1.2)
    await stage.send(call.stop_ringing(stage.a))
    await stage.shows(stage.a, STATUS, "idle")
    await stage.passes(0.5)
    assert len(await stage.up()) == 1
    await stage.send(call.answer(stage.b))
    await stage.sees(stage.b, "answered", answered_by=stage.b)
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.b)
    await stage.over()
    stage.never("", "missed")


@story()
async def test_a_queue_rings_one_agent_after_the_other(stage: Stage) -> None:
    """The first lets it ring; a record NO ANSWER of his branch ends nothing."""
    call = stage.inbound(QUEUE, gap=11)
    await stage.send(call.ring(stage.a, via=QUEUE, to=QUEUE))
    await stage.sees(stage.a, "ringing", caller=stage.outside)
    await stage.passes(1.7)
    first = call.branches[stage.a]
    await stage.send(call.stop_ringing(stage.a))
    await stage.send(call.record("NO ANSWER", callto=stage.a, callid=first, total=2))
    await stage.passes(1)
    call.next_branch = 6
    await stage.send(call.ring(stage.b, via=QUEUE, to=QUEUE))
    await stage.sees(stage.b, "ringing", caller=stage.outside)
    stage.never("", "ended")
    await stage.passes(1.2)
    await stage.send(call.answer(stage.b))
    await stage.sees(stage.b, "answered", answered_by=stage.b)
    await stage.passes(1.5)
    talk = 5  # the line was up from the first ring on
    await stage.send(call.record("NO ANSWER", total=3, talk=3), call.hang_up())
    await stage.send(call.record("ANSWERED", total=5, talk=talk))
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.b)
    [entry] = await stage.over()
    assert (entry["outcome"], entry["answered_by"]) == ("answered", stage.b)
    stage.never(PBX, "missed")


@story()
async def test_a_queues_record_under_the_lines_id_ends_nothing(stage: Stage) -> None:
    """The first agent's record has the call's own id, and the caller still waits."""
    call = stage.inbound(QUEUE, gap=11)
    await stage.send(call.ring(stage.a, via=QUEUE, to=QUEUE))
    await stage.passes(1.7)
    await stage.send(call.stop_ringing(stage.a), call.record("NO ANSWER", total=2, talk=2))
    await stage.passes(1)
    call.next_branch = 6
    await stage.send(call.ring(stage.b, via=QUEUE, to=QUEUE))
    await stage.sees(stage.b, "ringing", caller=stage.outside)
    await stage.passes(3)
    stage.never("", "ended", "missed")
    await stage.send(call.answer(stage.b))
    await stage.sees(stage.b, "answered", answered_by=stage.b)
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record("ANSWERED", total=8, talk=7))
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.b)
    await stage.over()
    stage.never("", "missed")


@story()
async def test_a_queue_that_nobody_answers(stage: Stage) -> None:
    """Its record has talk, for the queue took the line: it is a missed call nevertheless."""
    call = stage.inbound(QUEUE, gap=20)
    await stage.send(call.ring(stage.a, stage.b, via=QUEUE, to=QUEUE))
    await stage.passes(2)
    await stage.send(call.hang_up(byes=1), call.record("NO ANSWER", total=3, talk=3))
    await stage.sees(PBX, "missed", caller=stage.outside)
    await stage.sees(stage.a, "missed")
    await stage.sees(stage.b, "missed")
    [entry] = await stage.over()
    assert entry["outcome"] == "missed"
    assert not entry.get("answered_by")
    stage.never("", "answered")


@story()
async def test_through_an_ivr_to_a_room(stage: Stage) -> None:
    """A voice, a key, a room; its ids have the second in which the key was pressed."""
    call = stage.inbound(IVR, gap=10)
    call.live.parties[0].state = "ANSWERED"
    call.live.parties[0].path = IVR
    await stage.send([call.report("DTMF", [call.leg], infos="2", flag="0", info="2")])
    await stage.passes(1.5)
    await stage.send(call.ring(stage.a, via=IVR, to=stage.a))
    await stage.sees(stage.a, "ringing", caller=stage.outside)
    await stage.passes(1.2)
    await stage.send(call.answer(stage.a))
    await stage.sees(stage.a, "answered", answered_by=stage.a)
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record("ANSWERED", callto=stage.a, total=4, talk=4))
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.a)
    [entry] = await stage.over()
    assert (entry["answered_by"], entry["caller"]) == (stage.a, stage.outside)
    stage.never("", "missed")


@story()
async def test_through_an_ivr_to_nobody(stage: Stage) -> None:
    """The record has four seconds of talk, all with the voice."""
    call = stage.inbound(IVR, gap=10)
    call.live.parties[0].state = "ANSWERED"
    await stage.send([call.report("DTMF", [call.leg], infos="1", flag="0", info="1")])
    await stage.passes(1)
    await stage.send(call.ring(stage.a, via=IVR, to=stage.a))
    await stage.passes(2)
    await stage.send(call.hang_up(byes=1))
    await stage.send(call.record("NO ANSWER", callto=stage.a, total=4, talk=4))
    await stage.sees(stage.a, "missed", caller=stage.outside)
    [entry] = await stage.over()
    assert entry["outcome"] == "missed"
    stage.never("", "answered")


@story()
async def test_an_ivr_is_nobody(stage: Stage) -> None:
    """Who hangs up while the voice speaks was not answered by a person of that number."""
    stage.others = {IVR}
    call = stage.inbound(IVR)
    call.leg.state = "ANSWERED"
    await stage.send([call.report("DTMF", [call.leg], infos="1", flag="0", info="1")])
    await stage.passes(1.2)
    await stage.send(call.hang_up(byes=1), call.record("ANSWERED", total=2, talk=2))
    await stage.sees(PBX, "ended", caller=stage.outside)
    [entry] = await stage.over()
    assert not entry.get("answered_by")
    stage.never("", "missed")


@story()
async def test_the_voicemail_box_takes_it(stage: Stage) -> None:
    """Nobody picks up, then the box does: nobody has answered."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a))
    await stage.passes(1.7)
    await stage.send(call.stop_ringing(stage.a))
    await stage.passes(1)
    await stage.send(call.hang_up(byes=1), call.record("VOICEMAIL", total=4, talk=2))
    await stage.sees(PBX, "ended", outcome="voicemail", caller=stage.outside)
    [entry] = await stage.over()
    assert entry["outcome"] == "voicemail"
    assert not entry.get("answered_by")
    stage.never("", "answered")


@story()
async def test_a_group_called_from_inside(stage: Stage) -> None:
    """No ghost is left, and no phone that stays busy."""
    call = stage.internal(stage.a, GROUP, gap=16)
    await stage.send(call.dial(), call.ring(stage.b, stage.c, via=GROUP))
    await stage.sees(stage.b, "ringing", caller=stage.a)
    await stage.sees(stage.c, "ringing", caller=stage.a)
    await stage.passes(1.2)
    await stage.send(call.answer(stage.c))
    await stage.sees(stage.c, "answered", answered_by=stage.c)
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.c)
    [entry] = await stage.over()
    assert (entry["caller"], entry["answered_by"]) == (stage.a, stage.c)
    stage.never("", "missed")


@story(OPENVOX)
async def test_members_have_ids_of_their_own(stage: Stage) -> None:
    """The hang-ups of members that were never answered, at +2 and +4, begin no call."""
    call = stage.inbound(GROUP, gap=16)
    await stage.send(call.ring(stage.a, stage.b, stage.c, via=GROUP))
    await stage.passes(1.2)
    lost = [call.party(phone) for phone in (stage.a, stage.b)]
    ends = [
        call.report("BYE", [party, call.leg], callid=call.branches[party.number]) for party in lost
    ]
    reports = call.answer(stage.c)
    await stage.send(only(reports, "ANSWER"), ends, without(reports, "ANSWER"))
    await stage.sees(stage.c, "answered", answered_by=stage.c)
    await stage.passes(1.2)
    stage.never("", "ended")
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.c)
    await stage.over()
    stage.never("", "missed")


@story(V1, V2)
async def test_an_agent_is_busy_with_another_call(stage: Stage) -> None:
    """One agent talks already; the queue rings the other, and the first call is not touched."""
    first = stage.internal(stage.a, stage.d)
    await stage.send(first.dial(), first.ring(stage.d), first.answer(stage.d))
    await stage.sees(stage.d, "answered")
    call = stage.inbound(QUEUE, gap=11)
    await stage.send(call.ring(stage.b, via=QUEUE, to=QUEUE))
    await stage.passes(1.2)
    await stage.send(call.answer(stage.b))
    await stage.sees(stage.b, "answered", caller=stage.outside)
    assert len(await stage.up()) == 2
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", caller=stage.outside, answered_by=stage.b)
    await stage.shows(stage.a, STATUS, "busy")
    await stage.send(first.hang_up(), first.record())
    await stage.over()
    stage.never("", "missed")
