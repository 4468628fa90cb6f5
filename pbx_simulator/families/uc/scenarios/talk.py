"""What happens during a call: hold, keys, transfers."""

from __future__ import annotations

from collections.abc import Callable

from pbx_simulator.calls.legs import Leg, LegKind

from .cast import Cast
from .records import close
from .script import Script


def talk(cast: Cast, script: Script) -> None:
    """Talk for a while, with holds, keys and transfers at times."""
    dice = script.stage.dice
    script.wait(2, 30)
    for share, act in _ACTS:
        if script.state == "talking" and dice.random() < share:
            act(cast, script)
            script.wait(1, 15)


def _extensions(script: Script) -> list[Leg]:
    return [leg for leg in script.present if leg.kind is LegKind.EXTENSION]


def _hold(_cast: Cast, script: Script) -> None:
    """Hold the other party and resume."""
    script.hold(script.stage.dice.choice(_extensions(script)))
    script.wait(2, 20)
    script.resume()


def _press(_cast: Cast, script: Script) -> None:
    """Press some keys."""
    leg = script.stage.dice.choice(script.present)
    for _ in range(script.stage.dice.randint(1, 4)):
        script.press(leg, script.stage.dice.choice("0123456789*#"))
        script.wait(0.2, 2)


def _pass_blindly(cast: Cast, script: Script) -> None:
    """Transfer the other party to an extension that rings, and may not answer."""
    leaving = script.stage.dice.choice(_extensions(script))
    to = cast.callee(script.at, *_numbers(script))
    joining = script.stage.phone(to, script.ids)
    script.kind += ", blind transfer"
    script.pass_on(leaving, joining, talking=False)
    script.wait(0.02, 0.4)
    script.ring(joining)
    script.wait(3, 20)
    script.other = joining
    if script.stage.chance(0.7):
        script.answer(joining)
        script.wait(3, 20)


def _pass_after_asking(cast: Cast, script: Script) -> None:
    """Hold the other party and call a third one; transfer, or resume."""
    stage = script.stage
    leaving = stage.dice.choice(_extensions(script))
    free = cast.free(script.at, *_numbers(script))
    if not free:
        return
    script.kind += ", attended transfer"
    script.hold(leaving)
    script.wait(0.5, 3)
    asking = cast.internal(script.at, leaving.number, free[0], "internal, asking before a transfer")
    asking.begin()
    asking.wait(0.1, 0.5)
    asked = stage.phone(free[0], asking.ids)
    asking.ring(asked)
    asking.wait(3, 15)
    if stage.chance(0.75):
        asking.answer(asked)
        asking.wait(3, 15)
        script.at = asking.at
        script.pass_on(leaving, stage.phone(free[0], script.ids), talking=True)
        asking.vanish(script)
        close(asking, "ANSWERED")
    else:
        asking.end(outcome="missed")
        close(asking, "NO ANSWER")
        script.at = asking.ended_at
        script.wait(0.5, 3)
        script.resume()


def _numbers(script: Script) -> list[str]:
    return [leg.number for leg in _extensions(script)]


_ACTS: tuple[tuple[float, Callable[[Cast, Script], None]], ...] = (
    (0.2, _hold),
    (0.1, _press),
    (0.09, _pass_blindly),
    (0.07, _pass_after_asking),
)
