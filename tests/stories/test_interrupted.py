"""Home Assistant restarts or reloads in the middle of calls, or the PBX does."""

from collections.abc import AsyncGenerator
from datetime import timedelta

from .stage import PBX, STATUS, Stage, about, interrupted
from .stand_in import ALL, OPENVOX

type Acts = AsyncGenerator[None]


async def goes_on(stage: Stage) -> Acts:
    """Grandma talks to a; afterwards a key is pressed, and she hangs up."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a))
    await stage.passes(1)
    await stage.send(call.answer(stage.a))
    await stage.sees(stage.a, "answered")
    yield
    yield
    await stage.shows(stage.a, STATUS, "busy", seconds=30)
    [up] = await stage.up()
    assert up["caller"] == stage.outside
    await stage.send([call.report("DTMF", [call.party(stage.a)], flag="0", info="7")])
    await stage.sees(PBX, "dtmf", key="7")
    await stage.sees(stage.a, "dtmf", key="7")
    await stage.triggers("key_pressed", key="7")
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.a, caller=stage.outside)
    [entry] = await stage.over()
    assert (entry["answered_by"], entry["caller"]) == (stage.a, stage.outside)
    assert stage.types(PBX).count("answered") == 1
    stage.never("", "missed")


async def is_answered_later(stage: Stage) -> Acts:
    """It rings when Home Assistant goes, and still rings when it is back; then a picks up."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a))
    await stage.sees(stage.a, "ringing")
    yield
    yield
    await stage.shows(stage.a, STATUS, "ringing", seconds=30)
    await stage.send(call.answer(stage.a))
    await stage.sees(stage.a, "answered", caller=stage.outside, answered_by=stage.a)
    await stage.sees(PBX, "answered", answered_by=stage.a)
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.a)
    [entry] = await stage.over()
    assert entry["answered_by"] == stage.a
    stage.never("", "missed")


async def goes_on_outside(stage: Stage) -> Acts:
    """A talks to somebody outside, whom it called; afterwards it is still a that called."""
    call = stage.outbound(stage.a)
    await stage.send(call.dial(), call.ring(), call.answer())
    await stage.sees(stage.a, "answered")
    yield
    yield
    await stage.shows(stage.a, STATUS, "busy", seconds=30)
    [up] = await stage.up()
    assert (up["direction"], up["caller"]) == ("outbound", stage.a)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(PBX, "ended", outcome="answered", direction="outbound", caller=stage.a)
    [entry] = await stage.over()
    assert (entry["caller"], entry["callee"]) == (stage.a, stage.outside)
    assert entry["answered_by"] != stage.a
    stage.never("", "missed")


async def goes_on_inside(stage: Stage) -> Acts:
    """Two rooms talk to each other before and after; its end is told once."""
    call = stage.internal(stage.a, stage.b)
    await stage.send(call.dial(), call.ring(stage.b), call.answer(stage.b))
    await stage.sees(stage.b, "answered")
    yield
    yield
    await stage.shows(stage.b, STATUS, "busy", seconds=30)
    await stage.send(call.hang_up(), call.record())
    await stage.over(seconds=60)
    [entry] = await stage.log()
    assert (entry["caller"], entry["callee"]) == (stage.a, stage.b)
    assert (entry["outcome"], entry["answered_by"]) == ("answered", stage.b)
    stage.never("", "missed")


async def is_passed_on_later(stage: Stage) -> Acts:
    """A talks to Grandma; afterwards it passes her on to b."""
    call = stage.inbound(stage.a, gap=12)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    await stage.sees(stage.a, "answered")
    yield
    yield
    await stage.shows(stage.a, STATUS, "busy", seconds=30)
    call.live.parties.remove(call.party(stage.a))
    call.next_branch = 5
    ringing = call.ring(stage.b)
    tranfer = call.report("Tranfer", [call.party(stage.b), call.leg])
    await stage.send([tranfer], ringing, call.status(stage.a, "Idle"))
    await stage.sees(stage.b, "ringing", caller=stage.outside)
    await stage.send(call.answer(stage.b))
    await stage.shows(stage.b, STATUS, "busy")
    await stage.passes(1)
    await stage.send(call.hang_up(), call.record(callto=stage.a))
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.a)
    await stage.over()
    stage.never("", "missed")


@interrupted("restart")
async def test_a_call_goes_on_over_a_restart(stage: Stage) -> Acts:
    """A call that is up is followed from then on."""
    async for _ in goes_on(stage):
        yield


@interrupted("restart")
async def test_a_call_rings_over_a_restart(stage: Stage) -> Acts:
    """Its answer is told."""
    async for _ in is_answered_later(stage):
        yield


@interrupted("restart")
async def test_an_outbound_call_goes_on_over_a_restart(stage: Stage) -> Acts:
    """Who called is known."""
    async for _ in goes_on_outside(stage):
        yield


@interrupted("restart")
async def test_a_call_inside_goes_on_over_a_restart(stage: Stage) -> Acts:
    """What only statuses show has its record."""
    async for _ in goes_on_inside(stage):
        yield


@interrupted("restart")
async def test_a_call_is_passed_on_after_a_restart(stage: Stage) -> Acts:
    """Its transfer is told."""
    async for _ in is_passed_on_later(stage):
        yield


@interrupted("restart")
async def test_a_call_ends_while_home_assistant_is_down(stage: Stage) -> Acts:
    """Up when it went, gone when it is back: an entry is left, or a gap."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    await stage.sees(stage.a, "answered")
    yield
    call.hang_up()
    call.record(talk=2)
    yield
    await stage.shows(stage.a, STATUS, "idle", seconds=30)
    await stage.entry_or_gap("answered")
    assert not await stage.up()
    stage.never("", "missed")


@interrupted("restart")
async def test_a_call_is_missed_while_home_assistant_is_down(stage: Stage) -> Acts:
    """A Yeastar is asked for it and it is told once, late; an OpenVox leaves a gap."""
    await stage.shows(stage.a, STATUS, "idle")
    yield
    call = stage.inbound(stage.a)
    call.ring(stage.a)
    await stage.passes(3)
    call.hang_up()
    call.record("NO ANSWER")
    yield
    if stage.dialect != OPENVOX:
        told = await stage.sees(PBX, "missed", caller=stage.outside, late=True, seconds=60)
        assert told.data["started"][:16] == stage.minute(call.began)
        assert stage.types(PBX).count("missed") == 1
    await stage.entry_or_gap("missed")
    stage.never("", "ringing")


@interrupted("restart")
async def test_the_log_survives_a_restart(stage: Stage) -> Acts:
    """Last call, missed calls and log are as they were, and nothing is told anew."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a))
    await stage.passes(1.7)
    await stage.send(call.hang_up(byes=1), call.record("NO ANSWER"))
    await stage.sees(stage.a, "missed")
    before = await stage.over()
    told = len(stage.told())
    yield
    yield
    await stage.shows(stage.a, STATUS, "idle", seconds=30)
    assert await stage.log() == before
    await stage.quiet()
    assert len(stage.told()) == told


@interrupted("reload")
async def test_a_call_goes_on_over_a_reload(stage: Stage) -> Acts:
    """A call that is up is followed from then on."""
    async for _ in goes_on(stage):
        yield


@interrupted("reload")
async def test_a_call_rings_over_a_reload(stage: Stage) -> Acts:
    """Its answer is told."""
    async for _ in is_answered_later(stage):
        yield


@interrupted("reload")
async def test_an_outbound_call_goes_on_over_a_reload(stage: Stage) -> Acts:
    """Who called is known."""
    async for _ in goes_on_outside(stage):
        yield


@interrupted("reload")
async def test_a_call_inside_goes_on_over_a_reload(stage: Stage) -> Acts:
    """What only statuses show has its record."""
    async for _ in goes_on_inside(stage):
        yield


@interrupted("reload")
async def test_a_call_is_passed_on_after_a_reload(stage: Stage) -> Acts:
    """Its transfer is told."""
    async for _ in is_passed_on_later(stage):
        yield


@interrupted("reboot", wrong=dict.fromkeys(ALL, "the phone stays busy after the call has ended"))
async def test_a_call_is_cut_by_a_power_cut(stage: Stage) -> Acts:
    """The PBX loses its power: no report, no record; the call is told ended within a minute."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a), call.answer(stage.a))
    await stage.sees(stage.a, "answered")
    yield
    yield
    await stage.sees(PBX, "ended", caller=stage.outside, answered_by=stage.a, seconds=60)
    await stage.shows(stage.a, STATUS, "idle", seconds=30)
    [entry] = await stage.over()
    assert entry["answered_by"] == stage.a
    stage.never("", "missed")


@interrupted("reboot", wrong=dict.fromkeys(ALL, "the phone stays busy after the call has ended"))
async def test_a_call_inside_is_cut_by_a_power_cut(stage: Stage) -> Acts:
    """The same between two rooms."""
    call = stage.internal(stage.a, stage.b)
    await stage.send(call.dial(), call.ring(stage.b), call.answer(stage.b))
    await stage.sees(stage.b, "answered")
    yield
    yield
    await stage.sees(PBX, "ended", caller=stage.a, answered_by=stage.b, seconds=60)
    await stage.over(seconds=30)
    stage.never("", "missed")


@interrupted("reboot")
async def test_the_ids_begin_anew_after_a_power_cut(stage: Stage) -> Acts:
    """The clock without a battery stands hours behind, and the same id comes again: a new call."""
    old = stage.inbound(stage.a, ahead=-9000)
    await stage.send(old.ring(stage.a))
    await stage.passes(1.7)
    await stage.send(old.hang_up(byes=1), old.record("NO ANSWER"))
    stage.since -= timedelta(seconds=9000)
    yield
    yield
    new = stage.inbound(stage.a, number=old.number, ahead=-9000)
    new.first = new.leg.id = new.live.callid = old.first
    await stage.send(new.ring(stage.a), new.answer(stage.a))
    await stage.sees(stage.a, "answered", caller=stage.outside)
    await stage.passes(1.2)
    await stage.send(new.hang_up(), new.record(talk=1))
    await stage.sees(PBX, "ended", outcome="answered", talk_seconds=about(1))
    assert not await stage.up()
