"""The choice of the leg that an action applies to."""

from collections.abc import Iterable, Iterator, Mapping

from homeassistant.exceptions import ServiceValidationError

from ..pbx.backend import CallControl
from ..pbx.model.actions import Action
from ..pbx.model.lines import Call, CallLeg, LegKind, LegState
from ..pbx.model.tracked import CallState, TrackedCall
from .context import ActionContext
from .fields import validation_error
from .targets import Target

_TRUNK = (LegKind.INBOUND, LegKind.OUTBOUND)
# Preferred states, best first, where an extension has several calls or a call several legs. Calls
# and legs have the same words for these.
_STATES: Mapping[Action, tuple[str, ...]] = dict.fromkeys(
    (Action.RESUME, Action.OPERATE_TRANSFER), (LegState.ON_HOLD, LegState.TALKING)
)
_ANY_STATE = (LegState.TALKING, LegState.ON_HOLD, LegState.DIALING, LegState.RINGING)
_ANSWERED = (CallState.TALKING, CallState.ON_HOLD)


def call_of(target: Target, action: Action) -> TrackedCall | None:
    """Return the named call, or else the call of the extension that suits the action best."""
    if target.call is not None:
        return target.call
    calls = target.context.calls.calls_of(target.extension)
    return min(calls, key=lambda call: _rank(call.state, action), default=None)


def consultation(target: Target, leg: CallLeg) -> tuple[TrackedCall | None, str]:
    """Return the call that remains after an attended transfer, and the extension that leaves it.

    Of the calls of the consulting leg it is the oldest.
    """
    calls = [
        call
        for call in target.context.calls.calls_of(leg.extension)
        if not leg.leg_id or any(each.leg_id == leg.leg_id for each in call.legs)
    ]
    return min(calls, key=lambda call: call.started, default=target.call), leg.extension


def own_leg(target: Target, action: Action) -> CallLeg:
    """Return the target's own leg, as for hold, mute and attended transfer.

    Of a call without an extension in the target, it is the leg of the extension that talks.

    Raises:
        ServiceValidationError: the call has no leg that the action applies to, or no request would
            reach that leg in the named call alone.
    """
    return _reached(target, (_own_leg(target, action),), action)


def _own_leg(target: Target, action: Action) -> CallLeg:
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


def ending_leg(target: Target, action: Action) -> CallLeg:
    """Return the leg that ends the whole call; of an extension, its own leg.

    Where a request would not reach that one in the named call alone, it is the leg of the other
    party if the call ends with it, too.

    Raises:
        ServiceValidationError: the call has no leg, or no request ends the named call alone.
    """
    call = target.call
    if call is None:
        return own_leg(target, action)
    if not target.extension and (trunk := _trunk_of(call.legs)) is not None:
        return trunk
    own = _own_leg(target, action)
    return _reached(target, (own, *_ending_as_well(call, own.extension)), action)


async def transferred_leg(target: Target, action: Action) -> tuple[CallLeg, str]:
    """Return the leg of the party that an extension talks to, and the id of its call.

    If the call of the extension is not known, its calls are read from the PBX.

    Raises:
        ServiceValidationError: there is no call, or no other party in it.
        PbxError: reading failed.
    """
    control = target.context.control
    call: TrackedCall | Call | None = call_of(target, action)
    leg = None if call is None else _partner(call.legs, target.extension, control, action)
    if leg is None and target.extension:
        for each in await control.extension_calls(target.extension):
            if not _may_be(each, target):
                continue
            call, leg = each, _partner(each.legs, target.extension, control, action)
            if leg is not None:
                break
    if call is None:
        raise in_no_call(target)
    if leg is None or not (leg.leg_id or call.call_id):
        raise validation_error("no_call")
    return leg, call.call_id


def in_no_call(target: Target) -> ServiceValidationError:
    """Return the error for an extension that is in no call."""
    number = target.extension
    name = target.context.calls.names.name_of(number)
    return validation_error("in_no_call", extension=name or number)


def invited_leg(call: TrackedCall) -> CallLeg:
    """Return the inbound leg of a call that waits for a decision.

    Raises:
        ServiceValidationError: the call has none.
    """
    legs = (leg for leg in call.legs if leg.kind is LegKind.INBOUND and leg.leg_id)
    return _found(next(legs, None))


def _partner(
    legs: Iterable[CallLeg], extension: str, control: CallControl, action: Action
) -> CallLeg | None:
    """Return the leg that remains when the extension leaves; None if it is unclear."""
    legs = tuple(legs)
    trunk = _trunk_of(legs)
    if trunk is not None and control.offers(action, trunk.kind):
        return trunk
    own = next((leg for leg in legs if extension and leg.extension == extension), None)
    if own is None or not control.offers(action, LegKind.EXTENSION):
        return None
    if not own.leg_id:
        return own  # this dialect names the leaving leg
    return _best((leg for leg in legs if leg is not own and leg.leg_id), action)


def _may_be(read: Call, target: Target) -> bool:
    """Return whether a call that was read can be the target's: any, if no call is named."""
    if target.call is None:
        return True
    known = target.context.calls.find(read.call_id)
    return known is not None and known.call_id == target.call.call_id


def _reached(target: Target, legs: Iterable[CallLeg], action: Action) -> CallLeg:
    """Return the first leg that a request reaches in the named call; any if none is named.

    Raises:
        ServiceValidationError: there is none.
    """
    for leg in legs:
        if target.call is None or _is_reached(target.context, target.call, leg, action):
            return leg
    raise validation_error("call_ambiguous")


def _is_reached(context: ActionContext, call: TrackedCall, leg: CallLeg, action: Action) -> bool:
    """Return whether a request for a leg reaches it in a call, and in no other one.

    A leg without an id is named by its extension. Of several calls that means the one in which the
    extension talks, or to resume the one that it holds (docs/protocol-notes.md, "Control").
    """
    number = leg.extension
    calls = context.calls.calls_of(number)
    if leg.leg_id or all(each.call_id == call.call_id for each in calls):
        return True
    state = LegState.ON_HOLD if action is Action.RESUME else LegState.TALKING
    meant = [each.call_id for each in calls if _state_in(each, number) == state]
    return meant == [call.call_id]


def _state_in(call: TrackedCall, extension: str) -> str | None:
    own = next((leg for leg in call.legs if leg.extension == extension), None)
    return call.state if own is None or own.state is None else own.state


def _ending_as_well(call: TrackedCall, extension: str) -> Iterator[CallLeg]:
    """Yield the leg of the only other party if the call ends with it as with the extension's.

    An unanswered call that a group or a queue may lead on to other phones ends with none of these.
    """
    others = [leg for leg in call.legs if leg.extension != extension]
    if len(others) != 1 or len(call.legs) != 2 or not _usable(others[0]):
        return
    other = others[0]
    calls_out = other.kind is LegKind.OUTBOUND
    called = other.kind is LegKind.INBOUND or other.extension == call.caller
    alone = not call.path and other.callee in ("", extension) and {*call.rang} <= {extension}
    if call.state in _ANSWERED or calls_out or (called and alone):
        yield other


def _trunk_of(legs: Iterable[CallLeg]) -> CallLeg | None:
    return next((leg for leg in legs if leg.kind in _TRUNK and leg.leg_id), None)


def _usable(leg: CallLeg) -> bool:
    return bool(leg.leg_id) or leg.kind is LegKind.EXTENSION


def _best(legs: Iterable[CallLeg], action: Action) -> CallLeg | None:
    return min(legs, key=lambda leg: _rank(leg.state, action), default=None)


def _found(leg: CallLeg | None) -> CallLeg:
    if leg is None:
        raise validation_error("no_leg")
    return leg


def _rank(state: str | None, action: Action) -> int:
    states = _STATES.get(action, _ANY_STATE)
    return states.index(state) if state in states else len(states)
