"""Routes of a call: to a phone, a ring group, a queue, an IVR, a mobile phone, outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pbx_simulator.calls.legs import Leg, LegKind

from .cast import Cast
from .endings import BEFORE_RINGING, WHILE_RINGING, Ending, answered, finish_talk, unanswered
from .records import close
from .script import Script


def to_phone(cast: Cast, script: Script, number: str | None = None) -> None:
    """Ring one extension, or fail to."""
    number = number or script.callee
    leg = script.stage.phone(number, script.ids)
    _ring_or_not(cast, script, leg)


def to_forward(cast: Cast, script: Script) -> None:
    """Ring an extension that forwards its calls to another one, at once or unanswered."""
    first = script.stage.phone(script.callee, script.ids)
    number = cast.callee(script.at, script.caller.number, script.callee)
    script.wait(0.05, 1)
    if script.stage.chance(0.5):
        script.ring(first)
        script.wait(8, 20)
    script.forward(first, script.stage.phone(number, script.ids))
    if script.caller.kind is LegKind.INBOUND:
        script.caller.to = number
    to_phone(cast, script, number)


def to_line(cast: Cast, script: Script, line: Leg) -> None:
    """Ring an outside number, or fail to."""
    _ring_or_not(cast, script, line)


def _ring_or_not(cast: Cast, script: Script, leg: Leg) -> None:
    script.wait(0.05, 1.5)
    endings = WHILE_RINGING | BEFORE_RINGING
    name = choose(script, endings)
    outside = leg.kind is LegKind.OUTBOUND
    if outside and name == "voicemail":
        name = "answered"
    if leg.number == script.stage.unavailable:
        name = "failed"
    elif name == "failed" and not outside:
        name = "given up"
    script.kind += f", {name}"
    if name in WHILE_RINGING:
        script.ring(leg)
    endings[name][0](cast, script, [leg])


def choose(script: Script, endings: Mapping[str, tuple[Ending, int]]) -> str:
    """Choose one of some endings."""
    weights = [weight for _, weight in endings.values()]
    return script.stage.dice.choices(list(endings), weights)[0]


def to_group(cast: Cast, script: Script) -> None:
    """Ring all members of a ring group at once."""
    script.through(script.callee)
    legs = _members(cast, script)
    script.wait(0.05, 1)
    if script.caller.kind is LegKind.INBOUND and script.stage.habits.inbound_to == "extension":
        script.caller.to = legs[0].number
    script.ring(*legs)
    if len(legs) > 2 and script.stage.chance(0.06):
        script.wait(1, 3)
        script.leg_fails(legs.pop(), script.stage.dice.choice((486, 603)))
    name = choose(script, {k: v for k, v in WHILE_RINGING.items() if k != "refused"})
    script.kind += f", {name}"
    WHILE_RINGING[name][0](cast, script, legs)


def to_queue(cast: Cast, script: Script) -> None:
    """Answer by a queue, then ring its agents together or one after another."""
    script.through(script.callee)
    script.wait(0.05, 0.5)
    script.line_answers()
    script.wait(0.2, 4)
    legs = _members(cast, script)
    if script.stage.chance(0.4):
        script.ring(*legs)
        name = script.stage.dice.choice(("answered", "answered", "given up", "unanswered"))
        script.kind += f", {name}"
        WHILE_RINGING[name][0](cast, script, legs)
    else:
        _in_turn(cast, script, legs)


def _in_turn(cast: Cast, script: Script, legs: Sequence[Leg]) -> None:
    """Ring agents one after another, until one answers or the caller hangs up."""
    tried: list[str] = []
    for leg in legs:
        script.ring(leg)
        if script.stage.chance(0.4):
            script.kind += ", answered in turn"
            script.wait(1, 10)
            script.answer(leg)
            finish_talk(cast, script, tried)
            return
        tried.append(leg.number)
        if script.stage.chance(0.05):
            script.wait(1, 3)
            script.leg_fails(leg, script.stage.dice.choice((486, 603)))
        else:
            script.wait(5, 12)
            script.stop_ringing(leg)
        script.wait(0.5, 3)
    script.kind += ", nobody in turn"
    script.end(outcome="missed")
    close(script, "NO ANSWER", losers=tried)


def to_ivr(cast: Cast, script: Script) -> None:
    """Answer by an IVR; the caller presses keys for an extension, or hangs up."""
    script.through(script.callee)
    script.wait(0.05, 0.5)
    script.line_answers()
    taken = script.at
    script.wait(1, 8)
    if script.stage.chance(0.2):
        script.prompt_ends(script.callee)
    if script.stage.chance(0.15):
        script.kind += ", hung up in the IVR"
        script.end(outcome="answered")
        close(script, "ANSWERED", talk=int(script.ended_at) - int(taken))
        return
    number = cast.callee(script.at, script.caller.number)
    for key in number:
        script.press(script.caller, key)
        script.wait(0.1, 1)
    if script.caller.kind is LegKind.INBOUND:
        script.caller.to = number
    to_phone(cast, script, number)


def to_mobile(cast: Cast, script: Script) -> None:
    """Ring an extension with its mobile phone."""
    phone = script.stage.phone(script.callee, script.ids)
    number, trunk = cast.outside(), cast.trunk()
    mobile = script.stage.line(LegKind.OUTBOUND, trunk, script.callee, number, script.ids)
    script.wait(0.05, 1)
    script.ring(phone, mobile)
    ending = script.stage.dice.choice(("phone", "mobile", "mobile", "nobody"))
    script.kind += f", {ending} answers"
    if ending == "phone":
        answered(cast, script, [phone])
        return
    script.wait(3, 20)
    if ending == "mobile":
        script.answer(mobile)
        script.wait(3, 30)
        script.end(script.stage.dice.choice((script.caller, mobile)), outcome="answered")
    else:
        script.end(outcome=unanswered(script))
    status = "ANSWERED" if ending == "mobile" else "NO ANSWER"
    close(script, status, type="Outbound", source_trunk=script.trunk, destination_trunk=trunk)


def _members(cast: Cast, script: Script) -> list[Leg]:
    numbers = cast.members(script.at, script.caller.number)
    return [script.stage.phone(number, script.ids) for number in numbers]
