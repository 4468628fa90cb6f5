"""Which leg of a call an action is done to."""

from collections.abc import Iterable, Mapping

from ..pbx.backend import CallControl
from ..pbx.model.actions import Action
from ..pbx.model.lines import Call, CallLeg, LegKind, LegState
from ..pbx.model.tracked import CallState, TrackedCall
from .fields import refused
from .targets import Target

_TRUNK = (LegKind.INBOUND, LegKind.OUTBOUND)
_IN_CALL = (LegState.TALKING, LegState.ON_HOLD, LegState.DIALING, LegState.RINGING)
# Where an extension has several calls, the one that is meant.
_STATES: Mapping[Action, tuple[LegState, ...]] = dict.fromkeys(
    (Action.RESUME, Action.OPERATE_TRANSFER), (LegState.ON_HOLD, LegState.TALKING)
)
_CALL_STATES: Mapping[Action, tuple[CallState, ...]] = dict.fromkeys(
    (Action.RESUME, Action.OPERATE_TRANSFER), (CallState.ON_HOLD, CallState.TALKING)
)
_MEANT = (CallState.TALKING, CallState.ON_HOLD, CallState.DIALING, CallState.RINGING)


def call_of(target: Target, action: Action) -> TrackedCall | None:
    """Return the call that was named, else the one of the extension's that suits best."""
    if target.call is not None:
        return target.call
    calls = target.context.calls.calls_of(target.extension)
    states = _CALL_STATES.get(action, _MEANT)
    return min(calls, key=lambda call: _place(call.state, states), default=None)


def consulted_about(target: Target, asks: CallLeg) -> tuple[TrackedCall | None, str]:
    """Return the call that goes on after an attended transfer, and the extension that leaves it.

    It is the older one in which the leg is that asks.
    """
    calls = [
        call
        for call in target.context.calls.calls_of(asks.extension)
        if not asks.leg_id or any(leg.leg_id == asks.leg_id for leg in call.legs)
    ]
    return min(calls, key=lambda call: call.started, default=target.call), asks.extension


def own_leg(target: Target, action: Action) -> CallLeg:
    """Return the leg of the target itself: for hold, mute and the like, and to consult somebody.

    Where a call is meant and no extension in it, it is the leg of the extension that talks.

    Raises:
        ServiceValidationError: the call has no leg to which that could be done.
    """
    call = call_of(target, action)
    legs = () if call is None else call.legs
    if target.extension:
        own = _best((leg for leg in legs if leg.extension == target.extension), action)
        if own is None or not own.leg_id:
            return CallLeg(kind=LegKind.EXTENSION, extension=target.extension)
        return own
    control = target.context.control
    offered = [leg for leg in legs if control.offers(action, leg.kind) and _usable(leg)]
    inside = [leg for leg in offered if leg.kind is LegKind.EXTENSION]
    return _found(_best(inside or offered, action))


def whole_leg(target: Target, action: Action) -> CallLeg:
    """Return the leg whose end is the end of the call, or the extension's own where one is meant.

    Raises:
        ServiceValidationError: the call has no leg.
    """
    trunk = None if target.extension or target.call is None else _trunk_of(target.call.legs)
    return trunk or own_leg(target, action)


async def passed_on(target: Target, action: Action) -> tuple[CallLeg, str]:
    """Return the leg of an extension's partner, which is passed on, and the id of its call.

    What is not known of the extension's call is asked of the PBX.

    Raises:
        ServiceValidationError: there is no call, or nobody to pass on.
        PbxError: it could not be asked.
    """
    control = target.context.control
    call: TrackedCall | Call | None = call_of(target, action)
    leg = None if call is None else _partner(call.legs, target.extension, control, action)
    if leg is None and target.extension:
        for each in await control.extension_calls(target.extension):
            call, leg = each, _partner(each.legs, target.extension, control, action)
            if leg is not None:
                break
    if call is None or leg is None or not (leg.leg_id or call.call_id):
        raise refused("no_call")
    return leg, call.call_id


def invited_leg(call: TrackedCall) -> CallLeg:
    """Return the inbound leg of a call that waits for a decision.

    Raises:
        ServiceValidationError: it has none.
    """
    legs = (leg for leg in call.legs if leg.kind is LegKind.INBOUND and leg.leg_id)
    return _found(next(legs, None))


def _partner(
    legs: Iterable[CallLeg], extension: str, control: CallControl, action: Action
) -> CallLeg | None:
    """Return the leg that goes on while the extension's own leaves; None where unknown."""
    legs = tuple(legs)
    trunk = _trunk_of(legs)
    if trunk is not None and control.offers(action, trunk.kind):
        return trunk
    own = next((leg for leg in legs if extension and leg.extension == extension), None)
    if own is None or not control.offers(action, LegKind.EXTENSION):
        return None
    if not own.leg_id:
        return own  # this dialect names who leaves
    return _best((leg for leg in legs if leg is not own and leg.leg_id), action)


def _trunk_of(legs: Iterable[CallLeg]) -> CallLeg | None:
    return next((leg for leg in legs if leg.kind in _TRUNK and leg.leg_id), None)


def _usable(leg: CallLeg) -> bool:
    return bool(leg.leg_id) or leg.kind is LegKind.EXTENSION


def _best(legs: Iterable[CallLeg], action: Action) -> CallLeg | None:
    states = _STATES.get(action, _IN_CALL)
    return min(legs, key=lambda leg: _place(leg.state, states), default=None)


def _found(leg: CallLeg | None) -> CallLeg:
    if leg is None:
        raise refused("no_leg")
    return leg


def _place[T](state: T | None, states: tuple[T, ...]) -> int:
    return states.index(state) if state in states else len(states)
