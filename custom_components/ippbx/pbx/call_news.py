"""What is news of a call after a report: each thing once."""

from collections.abc import Iterable
from dataclasses import dataclass

from .call_live import LiveCall
from .call_models import CallChange, CallEventType
from .call_party import TALKING
from .call_summary import summary
from .models import LegKind, LegState


@dataclass(frozen=True, slots=True)
class Picture:
    """What is to be told of a call at one moment.

    Attributes:
        dialing, ringing, talking: the extensions that do.
        held: whether somebody is on hold.
    """

    dialing: tuple[str, ...]
    ringing: tuple[str, ...]
    talking: tuple[str, ...]
    held: bool
    answered: bool
    transfers: int


def picture(call: LiveCall) -> Picture:
    """Return how a call stands."""
    dialing: tuple[str, ...] = ()
    ringing: tuple[str, ...] = ()
    talking: tuple[str, ...] = ()
    held = False
    for party in call.parties.values():
        state = party.state
        if state is None or state is LegState.ENDED:
            continue
        held = held or state is LegState.ON_HOLD
        if party.kind is not LegKind.EXTENSION:
            continue
        if party.calls or state is LegState.DIALING:
            dialing += (party.extension,)
        if state is LegState.RINGING:
            ringing += (party.extension,)
        elif state in TALKING:
            talking += (party.extension,)
    return Picture(dialing, ringing, talking, held, call.answered_at is not None, call.transfers)


type _Thing = tuple[CallEventType, tuple[str, ...], bool]
"""What happened, the extensions for which it is news, and whether it is news of the call as a whole."""


def news(call: LiveCall, before: Picture) -> Iterable[CallChange]:
    """Yield what is to be told since a picture was taken."""
    things = list(_things(call, before))
    if things:
        tracked = summary(call)
        for kind, extensions, whole in things:
            yield CallChange(type=kind, call=tracked, extensions=extensions, whole=whole)


def _things(call: LiveCall, before: Picture) -> Iterable[_Thing]:
    after = picture(call)
    if call.muted or call.gone:
        return
    if not after.answered and after.dialing and "dialing" not in call.told:
        call.told.add("dialing")
        yield CallEventType.DIALING, after.dialing, True
    if after.transfers > before.transfers and after.answered:
        yield CallEventType.TRANSFERRED, tuple(p.extension for p in call.extensions if p.live), True
    if ringing := tuple(each for each in after.ringing if each not in before.ringing):
        whole = not after.answered and "ringing" not in call.told
        call.told.add("ringing")
        yield CallEventType.RINGING, ringing, whole
    if after.answered:
        yield from _answered(call, after)
    if after.held is not call.held_told and after.talking:
        call.held_told = after.held
        kind = CallEventType.HELD if after.held else CallEventType.RESUMED
        yield kind, after.talking, True


def _answered(call: LiveCall, after: Picture) -> Iterable[_Thing]:
    """Who answers a call that was answered before (after a transfer, say) is news for himself alone."""
    talking = tuple(each for each in after.talking if f"answered {each}" not in call.told)
    call.told.update(f"answered {each}" for each in talking)
    if "answered" not in call.told:
        call.told.add("answered")
        yield CallEventType.ANSWERED, after.talking, True
    elif talking:
        yield CallEventType.ANSWERED, talking, False
