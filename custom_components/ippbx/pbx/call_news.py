"""What is news of a call after a report: each thing once."""

from collections.abc import Iterable
from dataclasses import dataclass

from .call_live import LiveCall
from .call_models import CallChange, CallEventType, TrackedCall
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
    live = [p for p in call.parties.values() if p.live]
    extensions = [p for p in live if p.kind is LegKind.EXTENSION]
    return Picture(
        tuple(p.extension for p in extensions if p.calls or p.state is LegState.DIALING),
        tuple(p.extension for p in extensions if p.state is LegState.RINGING),
        tuple(p.extension for p in extensions if p.talks),
        any(p.state is LegState.ON_HOLD for p in live),
        call.answered_at is not None,
        call.transfers,
    )


def news(call: LiveCall, before: Picture, tracked: TrackedCall) -> Iterable[CallChange]:
    """Yield what is to be told since a picture was taken."""
    after = picture(call)
    if call.muted or call.gone:
        return
    if not after.answered:
        yield from _dialing(call, after, tracked)
    if after.transfers > before.transfers and after.answered:
        yield _change(CallEventType.TRANSFERRED, tracked, tracked.extensions)
    if ringing := _fresh(after.ringing, before.ringing):
        whole = not after.answered and "ringing" not in call.told
        call.told.add("ringing")
        yield _change(CallEventType.RINGING, tracked, ringing, whole=whole)
    if after.answered:
        yield from _answered(call, before, after, tracked)
    if after.held is not call.held_told and after.talking:
        call.held_told = after.held
        kind = CallEventType.HELD if after.held else CallEventType.RESUMED
        yield _change(kind, tracked, after.talking)


def _dialing(call: LiveCall, after: Picture, tracked: TrackedCall) -> Iterable[CallChange]:
    if after.dialing and "dialing" not in call.told:
        call.told.add("dialing")
        yield _change(CallEventType.DIALING, tracked, after.dialing)


def _answered(
    call: LiveCall, before: Picture, after: Picture, tracked: TrackedCall
) -> Iterable[CallChange]:
    """Who answers a call that was answered before (after a transfer, say) is news for himself alone."""
    talking = tuple(each for each in after.talking if f"answered {each}" not in call.told)
    call.told.update(f"answered {each}" for each in talking)
    if "answered" not in call.told:
        call.told.add("answered")
        yield _change(CallEventType.ANSWERED, tracked, after.talking)
    elif talking:
        yield _change(CallEventType.ANSWERED, tracked, talking, whole=False)


def _fresh(after: tuple[str, ...], before: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in after if each not in before)


def _change(
    kind: CallEventType, call: TrackedCall, extensions: tuple[str, ...], *, whole: bool = True
) -> CallChange:
    return CallChange(type=kind, call=call, extensions=extensions, whole=whole)
