"""Endings of a call that rings: answered, or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pbx_simulator.calls.legs import Leg, LegKind

from ..dialects import ReportFormat
from .cast import Cast
from .records import close
from .script import Script
from .talk import talk

_UNREACHABLE = (404, 484, 503)
_FORBIDDEN = 403
"""An extension may not call outside; only the default format has a word for it."""


def unanswered(script: Script) -> str:
    """Return the outcome of an unanswered call."""
    return "cancelled" if script.ids.direction == "outbound" else "missed"


def answered(cast: Cast, script: Script, legs: Sequence[Leg]) -> None:
    """Answer the call; it goes on until one party hangs up."""
    script.wait(2, 20)
    leg = script.stage.dice.choice(legs)
    script.answer(leg)
    losers = [each.number for each in legs if each is not leg and each.kind is LegKind.EXTENSION]
    finish_talk(cast, script, losers)


def finish_talk(cast: Cast, script: Script, losers: Sequence[str] = ()) -> None:
    """Talk, until one party hangs up."""
    talk(cast, script)
    script.end(script.stage.dice.choice((script.caller, script.other)), outcome="answered")
    close(script, "ANSWERED", losers=losers)


def timeout(_cast: Cast, script: Script, legs: Sequence[Leg]) -> None:
    """End the call unanswered after the time-out."""
    script.wait(12, 40)
    if script.stage.habits.timeout_fails and len(legs) == 1:
        failure = script.stage.dice.choice((480, 487))
        script.fail(failure, legs[0], outcome=unanswered(script))
    else:
        script.end(legs[0], outcome=unanswered(script))
    close(script, "NO ANSWER", losers=_more(legs))


def given_up(_cast: Cast, script: Script, legs: Sequence[Leg]) -> None:
    """Hang up by the caller while it rings."""
    script.wait(2.5, 20)
    script.end(outcome=unanswered(script))
    close(script, "NO ANSWER", losers=_more(legs))


def voicemail(_cast: Cast, script: Script, legs: Sequence[Leg]) -> None:
    """Let the voicemail box answer after the time-out."""
    script.wait(12, 30)
    script.stop_ringing(*legs)
    script.line_answers()
    taken = script.at
    script.wait(3, 20)
    script.end(outcome="voicemail")
    close(script, "VOICEMAIL", losers=_more(legs), talk=int(script.ended_at) - int(taken))


def busy(_cast: Cast, script: Script, legs: Sequence[Leg]) -> None:
    """Fail as busy, at once or after a moment of ringing."""
    script.wait(1, 4)
    script.fail(486, legs[0], outcome="busy")
    close(script, "BUSY")


def refused(_cast: Cast, script: Script, legs: Sequence[Leg]) -> None:
    """Decline at the phone, while it rings or by do-not-disturb."""
    script.wait(2.5, 8)
    script.fail(603, legs[0], outcome="refused")
    close(script, script.stage.habits.refused_status)


def failed(_cast: Cast, script: Script, legs: Sequence[Leg]) -> None:
    """Fail, because the number cannot be reached."""
    script.wait(0.3, 3)
    choices: tuple[int, ...] = _UNREACHABLE
    if script.ids.direction == "outbound":
        forbidden = (_FORBIDDEN,) if script.stage.fmt is ReportFormat.FLAT else ()
        choices = (*choices, 480, *forbidden)
    elif legs[0].number == script.stage.unavailable:
        choices = (480,)
    script.fail(script.stage.dice.choice(choices), legs[0], outcome="failed")
    close(script, "FAILED")


type Ending = Callable[[Cast, Script, Sequence[Leg]], None]

WHILE_RINGING: dict[str, tuple[Ending, int]] = {
    "answered": (answered, 10),
    "unanswered": (timeout, 3),
    "given up": (given_up, 3),
    "voicemail": (voicemail, 2),
    "refused": (refused, 2),
}
"""Endings of a call that rings somebody, and how often each is chosen."""
BEFORE_RINGING: dict[str, tuple[Ending, int]] = {
    "busy": (busy, 2),
    "do not disturb": (refused, 1),
    "failed": (failed, 2),
}
"""Endings of a call that rings nobody."""


def _more(legs: Sequence[Leg]) -> list[str]:
    """Return the extensions with legs that may have own records: none, if only one rang."""
    numbers = [leg.number for leg in legs if leg.kind is LegKind.EXTENSION]
    return numbers if len(numbers) > 1 else []
