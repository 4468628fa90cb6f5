"""Plain calls."""

from .calls import only, without
from .stage import PARTNER, PBX, STATUS, Stage, about, story
from .stand_in import OPENVOX, V1, V2


@story()
async def test_grandma_calls_and_somebody_answers(stage: Stage) -> None:
    """Grandma calls room a; it rings a second, is picked up, they talk, she hangs up."""
    call = stage.inbound(stage.a)
    await stage.send(call.ring(stage.a))
    await stage.sees(stage.a, "ringing", caller=stage.outside, direction="inbound")
    await stage.sees(PBX, "ringing", caller=stage.outside, call_id=call.first, callee=stage.a)
    await stage.triggers("incoming_call", caller=stage.outside)
    await stage.shows(stage.a, STATUS, "ringing")
    await stage.shows(stage.a, PARTNER, stage.outside)
    await stage.passes(1.2)
    await stage.send(call.answer(stage.a))
    await stage.sees(stage.a, "answered", caller=stage.outside, answered_by=stage.a)
    await stage.sees(PBX, "answered", answered_by=stage.a)
    await stage.triggers("call_answered", answered_by=stage.a)
    await stage.shows(stage.a, STATUS, "busy")
    assert [up["call_id"] for up in await stage.up()] == [call.first]
    await stage.passes(1.2)
    await stage.send(call.hang_up(), call.record())
    await stage.sees(stage.a, "ended", outcome="answered")
    await stage.sees(PBX, "ended", outcome="answered", answered_by=stage.a, talk_seconds=about(1))
    await stage.triggers("call_ended", outcome="answered")
    [entry] = await stage.over()
    assert entry["outcome"] == "answered"
    stage.never("", "missed")
