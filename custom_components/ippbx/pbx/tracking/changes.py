"""What is news of a call after a report: each thing once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..model.lines import LegKind, LegState
from ..model.tracked import CallChange, CallEventType
from .legs import DISORDER, TALKING
from .live import LiveCall
from .summary import summary

type Before = tuple[int, tuple[str, ...]]
"""How often a call had been passed on, and the extensions that rang for it, before a report."""


def before(call: LiveCall) -> Before:
    """Return what tells later what is news of a call."""
    ringing = [
        party.extension
        for party in call.parties.values()
        if party.state is LegState.RINGING and party.kind is LegKind.EXTENSION
    ]
    return call.transfers, tuple(ringing)


@dataclass(slots=True)
class _Picture:
    """How a call stands.

    Attributes:
        dialing, ringing, talking: the extensions that do.
        held: whether somebody is on hold.
        alone: whether somebody talks, but nobody with him.
    """

    dialing: tuple[str, ...] = ()
    ringing: tuple[str, ...] = ()
    talking: tuple[str, ...] = ()
    held: bool = False
    alone: bool = False


def _picture(call: LiveCall) -> _Picture:
    found, talkers = _Picture(), 0
    for party in call.parties.values():
        state = party.state
        if state is None or state is LegState.ENDED:
            continue
        talkers += state in TALKING
        if state is LegState.ON_HOLD:
            found.held = True
        if party.kind is not LegKind.EXTENSION:
            continue
        if party.calls or state is LegState.DIALING:
            found.dialing += (party.extension,)
        if state is LegState.RINGING:
            found.ringing += (party.extension,)
        elif state in TALKING:
            found.talking += (party.extension,)
    found.alone = talkers == 1
    return found


type _Thing = tuple[CallEventType, tuple[str, ...], bool]
"""What happened, the extensions for which it is news, and if it is of the whole call."""


def news(call: LiveCall, since: Before) -> list[CallChange]:
    """Return what is to be told of a call since then."""
    if call.muted or call.gone:
        return []
    things = _things(call, *since)
    if not things:
        return []
    tracked = summary(call)
    return [
        CallChange(type=kind, call=tracked, extensions=extensions, whole=whole)
        for kind, extensions, whole in things
    ]


def _things(call: LiveCall, transfers: int, rang: tuple[str, ...]) -> list[_Thing]:
    after, answered = _picture(call), call.answered_at is not None
    things: list[_Thing] = []
    if not answered and after.dialing and "dialing" not in call.told:
        call.told.add("dialing")
        things.append((CallEventType.DIALING, after.dialing, True))
    if answered and call.transfers > transfers and not _was_sent_on(call):
        things.append((CallEventType.TRANSFERRED, _present(call), True))
    if ringing := tuple([each for each in after.ringing if each not in rang]):
        whole = not answered and "ringing" not in call.told
        call.told.add("ringing")
        things.append((CallEventType.RINGING, ringing, whole))
    if answered:
        things += _answered(call, after.talking)
    left_alone = call.stated and after.alone and not after.held  # whoever held the call has hung up
    if after.held is not call.held_told and after.talking and not left_alone:
        call.held_told = after.held
        kind = CallEventType.HELD if after.held else CallEventType.RESUMED
        things.append((kind, after.talking, True))
    return things


def sent_on(call: LiveCall, left: str, now: datetime) -> Iterable[CallChange]:
    """Yield what is to be told of a call that the PBX was told to pass on.

    Args:
        left: the extension that left it thereby, as far as is known.
    """
    earlier, present = before(call), _present(call)
    call.sent_on_at = now
    if (party := call.of_extension(left)) is not None:
        party.enter(LegState.ENDED, now)
    yield CallChange(type=CallEventType.TRANSFERRED, call=summary(call), extensions=present)
    yield from news(call, earlier)


def _was_sent_on(call: LiveCall) -> bool:
    """Return True if the PBX reports, against its documents, what it was told to do itself."""
    return call.sent_on_at is not None and call.touched - call.sent_on_at <= DISORDER


def _present(call: LiveCall) -> tuple[str, ...]:
    return tuple([party.extension for party in call.extensions if party.live])


def _answered(call: LiveCall, talking: tuple[str, ...]) -> list[_Thing]:
    """Who answers a call that was answered before is news for himself alone.

    After a transfer, for example.
    """
    new = tuple([each for each in talking if f"answered {each}" not in call.told])
    call.told.update([f"answered {each}" for each in new])
    if "answered" not in call.told:
        call.told.add("answered")
        return [(CallEventType.ANSWERED, talking, True)]
    return [(CallEventType.ANSWERED, new, False)] if new else []
