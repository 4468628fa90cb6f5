"""Plain calls: inbound, outbound and internal, and each way in which they end."""

from .calls import only, without
from .stage import PARTNER, PBX, STATUS, Stage, about, story
from .stand_in import OPENVOX, V1, V2


@story()
async def test_grandma_calls_and_somebody_answers(stage: Stage) -> None:
    """Grandma calls a phone; it rings a second, is picked up, they talk, she hangs up."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a))
    await stage.sees(stage.a, "ringing", caller=stage.outside, direction="inbound")
    await stage.sees(PBX, "ringing", caller=stage.outside, callee=stage.a)
    await stage.triggers("incoming_call", caller=stage.outside)
    await stage.shows(stage.a, STATUS, "ringing")
    await stage.shows(stage.a, PARTNER, stage.outside)
    await stage.passes(1.2)
    await stage.send(call.answer(stage.a))
    await stage.sees(stage.a, "answered", caller=stage.outside, answered_by=stage.a)
    await stage.sees(PBX, "answered", answered_by=stage.a)
    await stage.triggers("call_answered", answered_by=stage.a)
    await stage.shows(stage.a, STATUS, "busy")
    assert len(await stage.up()) == 1
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(stage.a, "ended", outcome="answered")
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.a, talk_seconds=about(1))
    await stage.triggers("call_ended", outcome="answered")
    [entry] = await stage.over()
    assert entry["outcome"] == "answered"
    assert entry["answered_by"] == stage.a
    stage.never("", "missed", "dialing")


@story(alone=True)
async def test_grandma_calls_and_nobody_picks_up(stage: Stage) -> None:
    """She lets it ring, gives up, and the record comes a second later."""
    missed = int((await stage.shows(PBX, "missed_calls", str.isdecimal))["state"])
    since = len(stage.home.told)
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a))
    await stage.passes(1.7)
    await stage.send(call.hang_up(byes=1))
    await stage.passes(1)
    await stage.send(call.record("NO ANSWER"))
    await stage.sees(stage.a, "missed", caller=stage.outside)
    await stage.sees(PBX, "missed", caller=stage.outside)
    await stage.sees(PBX, "ended", outcome="missed", talk_seconds={None, 0})
    await stage.triggers("call_missed", caller=stage.outside)
    await stage.missed_are_counted(missed, since)
    await stage.shows(PBX, "last_call", lambda text: "missed" in text and stage.outside in text)
    [entry] = await stage.over()
    assert entry["outcome"] == "missed"
    assert entry["caller"] == stage.outside
    stage.never("", "answered")


@story()
async def test_the_record_alone_tells_that_she_was_missed(stage: Stage) -> None:
    """No release of a call that nobody answered is reported: only a status and a record."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a))
    await stage.passes(1.7)
    await stage.send(call.hang_up(byes=0), call.record("NO ANSWER"))
    await stage.sees(stage.a, "missed", caller=stage.outside, seconds=60)
    [entry] = await stage.over()
    assert entry["outcome"] == "missed"


@story()
async def test_one_room_calls_another(stage: Stage) -> None:
    """The plainest call of all."""
    call = stage.internal(stage.a, stage.b)
    ringing = call.ring(stage.b)
    if stage.dialect == OPENVOX:  # the statuses come last
        ringing = [*without(ringing, "ExtensionStatus"), *only(ringing, "ExtensionStatus")]
        await stage.send(ringing, call.dial())
    else:
        await stage.send(call.dial(), ringing)
    await stage.sees(stage.b, "ringing", caller=stage.a, direction="internal")
    await stage.sees(stage.a, "dialing", caller=stage.a, callee=stage.b)
    await stage.sees(PBX, "ringing", caller=stage.a, callee=stage.b)
    await stage.shows(stage.b, PARTNER, lambda text: stage.a in text)
    await stage.shows(stage.a, PARTNER, lambda text: stage.b in text)
    await stage.passes(1.2)
    await stage.send(call.answer(stage.b))
    await stage.sees(stage.b, "answered", caller=stage.a, answered_by=stage.b)
    await stage.sees(stage.a, "answered", answered_by=stage.b)
    await stage.passes(1.2)
    await stage.send(call.hang_up(callee_first=True), call.record())
    await stage.sees(stage.a, "ended", outcome="answered")
    await stage.sees(stage.b, "ended", outcome="answered")
    [entry] = await stage.over()
    assert (entry["caller"], entry["callee"]) == (stage.a, stage.b)
    assert (entry["direction"], entry["answered_by"]) == ("internal", stage.b)
    assert entry["caller_name"] == f"Room {stage.a}"
    stage.never(stage.a, "ringing", "missed")
    stage.never(stage.b, "dialing", "missed")


@story()
async def test_one_room_calls_another_where_nobody_is(stage: Stage) -> None:
    """It rings until the PBX has had enough; the record comes before the end of the caller."""
    call = stage.internal(stage.a, stage.b)
    await stage.send(call.dial(), call.ring(stage.b))
    await stage.sees(stage.b, "ringing", caller=stage.a)
    await stage.passes(2)
    await stage.send(call.record("NO ANSWER"), call.hang_up())
    await stage.sees(stage.b, "missed", caller=stage.a)
    await stage.sees(stage.a, "ended", outcome="missed")
    [entry] = await stage.over()
    assert (entry["outcome"], entry["caller"], entry["callee"]) == ("missed", stage.a, stage.b)
    stage.never(stage.a, "missed")
    stage.never("", "answered")


@story()
async def test_the_other_room_is_busy(stage: Stage) -> None:
    """The phone called never rings."""
    call = stage.internal(stage.a, stage.b)
    await stage.send(call.dial(), call.failed("486", stage.b))
    await stage.send(call.hang_up(byes=0), call.record("BUSY"))
    await stage.sees(PBX, "ended", outcome="busy")
    await stage.sees(stage.a, "ended", outcome="busy")
    [entry] = await stage.over()
    assert (entry["outcome"], entry["caller"], entry["callee"]) == ("busy", stage.a, stage.b)
    stage.never("", "missed", "answered", "ringing")


@story()
async def test_the_other_room_has_no_phone(stage: Stage) -> None:
    """Its phone is not registered."""
    call = stage.internal(stage.a, stage.b)
    await stage.send(call.dial(), call.failed("480", stage.b))
    await stage.send(call.hang_up(byes=0), call.record("FAILED"))
    await stage.sees(PBX, "ended", outcome="failed")
    [entry] = await stage.over()
    assert entry["outcome"] == "failed"
    stage.never("", "missed", "answered", "ringing")


@story()
async def test_the_other_room_declines(stage: Stage) -> None:
    """It rings, somebody presses the red button; the record says NO ANSWER."""
    call = stage.internal(stage.a, stage.b)
    await stage.send(call.dial(), call.ring(stage.b))
    await stage.passes(1.7)
    await stage.send(call.failed("603", stage.b), call.hang_up(byes=0), call.record("NO ANSWER"))
    await stage.sees(PBX, "ended", outcome="refused")
    [entry] = await stage.over()
    assert entry["outcome"] == "refused"
    stage.never("", "missed", "answered")


@story()
async def test_somebody_is_called_outside_and_answers(stage: Stage) -> None:
    """The record has the number as it was dialled, with the digit that takes the line."""
    call = stage.outbound(stage.a)
    await stage.send(call.dial(), call.ring())
    await stage.sees(stage.a, "dialing", caller=stage.a, callee=stage.outside)
    await stage.shows(stage.a, PARTNER, stage.outside)
    await stage.passes(1.2)
    await stage.send(call.answer())
    await stage.sees(stage.a, "answered", direction="outbound")
    await stage.passes(2.2)
    await stage.send(call.hang_up(), call.record(callto=f"9{stage.outside}"))
    await stage.sees(PBX, "ended", outcome="answered", talk_seconds=about(2))
    [entry] = await stage.over()
    assert (entry["caller"], entry["direction"]) == (stage.a, "outbound")
    assert entry["answered_by"] != stage.a
    stage.never("", "missed")
    stage.never(stage.a, "ringing")


@story()
async def test_somebody_outside_is_busy(stage: Stage) -> None:
    """The line says 486."""
    call = stage.outbound(stage.a)
    await stage.send(call.dial(), call.failed("486"), call.hang_up(byes=0), call.record("BUSY"))
    await stage.sees(PBX, "ended", outcome="busy", direction="outbound")
    [entry] = await stage.over()
    assert entry["outcome"] == "busy"
    stage.never("", "missed", "answered")


@story(alone=True)
async def test_somebody_outside_does_not_answer(stage: Stage) -> None:
    """Whoever calls out gives up: nobody here has missed a call."""
    before = int((await stage.shows(PBX, "missed_calls", str.isdecimal))["state"])
    since = len(stage.home.told)
    call = stage.outbound(stage.a)
    await stage.send(call.dial(), call.ring())
    await stage.passes(1.7)
    await stage.send(call.hang_up(byes=1), call.record("NO ANSWER"))
    await stage.sees(PBX, "ended", direction="outbound")
    [entry] = await stage.over()
    assert entry["outcome"] in {"cancelled", "missed"}
    assert entry["caller"] == stage.a
    stage.never("", "answered")
    stage.never(stage.a, "missed")
    await stage.missed_are_counted(before, since)


@story()
async def test_an_outside_number_cannot_be_reached(stage: Stage) -> None:
    """The line says 480."""
    call = stage.outbound(stage.a)
    await stage.send(call.dial(), call.failed("480"), call.hang_up(byes=0), call.record("FAILED"))
    await stage.sees(PBX, "ended", outcome="failed", direction="outbound")
    await stage.over()
    stage.never("", "missed", "answered")


@story()
async def test_grandma_is_declined(stage: Stage) -> None:
    """The phone rings and the red button is pressed."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a))
    await stage.passes(1.7)
    await stage.send(call.failed("603", stage.a), call.hang_up(byes=1), call.record("NO ANSWER"))
    await stage.sees(PBX, "ended", outcome="refused", caller=stage.outside)
    await stage.over()
    stage.never("", "answered", "missed")


@story()
async def test_grandma_meets_a_busy_phone(stage: Stage) -> None:
    """The phone called is in a call and takes no second one."""
    first = stage.internal(stage.a, stage.b)
    await stage.send(first.dial(), first.ring(stage.b), first.answer(stage.b))
    call = stage.inbound(stage.b)
    await stage.send(call.failed("486", stage.b))
    await stage.send(call.hang_up(byes=0), call.record("BUSY"))
    await stage.sees(PBX, "ended", outcome="busy", caller=stage.outside)
    assert len(await stage.up()) == 1
    await stage.shows(stage.b, STATUS, "busy")
    await stage.passes(1)
    await stage.send(first.hang_up(), first.record())
    await stage.sees(PBX, "ended", outcome="answered", caller=stage.a)
    await stage.over()
    stage.never("", "missed")


@story()
async def test_a_caller_shows_no_number(stage: Stage) -> None:
    """Withheld: there is nothing to show, and still a call."""
    call = stage.inbound(stage.a, "")
    await stage.send(call.ring(stage.a))
    told = await stage.sees(stage.a, "ringing", direction="inbound")
    assert not told.data.get("caller")
    assert not told.data.get("caller_uri")
    await stage.passes(1.7)
    await stage.send(call.hang_up(byes=1), call.record("NO ANSWER"))
    await stage.sees(stage.a, "missed")
    [entry] = await stage.over()
    assert entry["outcome"] == "missed"
    assert not entry.get("caller")


@story(OPENVOX, V1, V2)
async def test_a_caller_is_anonymous_by_name(stage: Stage) -> None:
    """Many lines write `anonymous` where there is no number: it is no number."""
    stage.others = {"anonymous"}
    call = stage.inbound(stage.a, "anonymous")
    await stage.send(call.ring(stage.a))
    told = await stage.sees(stage.a, "ringing", direction="inbound")
    assert not told.data.get("caller_uri")
    await stage.passes(1.7)
    await stage.send(call.hang_up(byes=1), call.record("NO ANSWER"))
    await stage.sees(PBX, "missed")
    await stage.over()


@story()
async def test_the_logbook_names_who_was_missed(stage: Stage) -> None:
    """The lines that a user reads in Activity."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a))
    await stage.sees(stage.a, "ringing")
    await stage.passes(1.7)
    await stage.send(call.hang_up(byes=1), call.record("NO ANSWER"))
    await stage.sees(stage.a, "missed")
    [_] = await stage.over()
    second = stage.inbound(stage.b)
    await stage.send(second.ring(stage.b), second.answer(stage.b))
    await stage.sees(stage.b, "answered")
    await stage.passes(1.2)
    await stage.send(second.hang_up(), second.record())
    await stage.sees(stage.b, "ended")
    await stage.over(2)
    await stage.reads(stage.a, f"was called by {stage.outside}")
    await stage.reads(stage.a, f"missed a call from {stage.outside}")
    await stage.reads(stage.b, f"had a call with {stage.outside}")
    await stage.reads(PBX, f"had a call: {stage.outside} → Room {stage.a}, missed")
    await stage.reads(PBX, f"had a call: {stage.outside} → Room {stage.b}, answered")
    assert not [line for line in await stage.lines(stage.b) if "Missed" in line]


@story(alone=True)
async def test_missed_calls_are_reset(stage: Stage) -> None:
    """The button makes the count zero, and the next missed call makes it one."""
    for _ in range(2):
        await stage.home.press(stage.dialect, "reset_missed_calls")
        await stage.shows(PBX, "missed_calls", "0")
        call = stage.inbound(stage.a)
        await stage.send(call.ring(stage.a))
        await stage.passes(1.7)
        await stage.send(call.hang_up(byes=1), call.record("NO ANSWER"))
        await stage.shows(PBX, "missed_calls", "1")
    await stage.over(2)


@story(V1, V2)
async def test_extensions_without_ring_reports(stage: Stage) -> None:
    """By the English page RING and ALERT come for calls alone that the API makes.

    Statuses, answer and record must suffice then.
    """
    call = stage.inbound(stage.a)
    reports = call.ring(stage.a)
    await stage.send(only(reports, "ExtensionStatus"))
    await stage.shows(stage.a, STATUS, "ringing")
    await stage.passes(1.7)
    await stage.send(only(call.hang_up(byes=0), "ExtensionStatus"), call.record("NO ANSWER"))
    await stage.sees(PBX, "missed", caller=stage.outside)
    await stage.sees(stage.a, "missed", caller=stage.outside)
    [entry] = await stage.over()
    assert entry["outcome"] == "missed"


@story(aside=True)
async def test_grandma_hangs_up_after_one_second(stage: Stage) -> None:
    """Records of one second without an answer occur that nobody made; this one rang a phone."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a))
    await stage.passes(1)
    await stage.send(call.hang_up(byes=1), call.record("NO ANSWER"))
    await stage.sees(stage.a, "missed", caller=stage.outside, seconds=60)
    [entry] = await stage.over()
    assert entry["outcome"] == "missed"
