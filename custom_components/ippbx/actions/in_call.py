"""Actions that do something to calls that are there."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.exceptions import HomeAssistantError

from ..exceptions import action_errors
from ..pbx.errors import PbxActionUnsupportedError
from ..pbx.model.actions import Action, TransferStep
from ..pbx.uc.control.control_sender import Leg
from ..runtime import PbxRuntime as PbxCoordinator
from .fields import (
    ATTR_KIND,
    ATTR_MONITOR,
    ATTR_NUMBER,
    ATTR_PERMISSION,
    ATTR_SLOT,
    ATTR_STEP,
    number_in,
    refused,
)
from .legs import call_of, consulted_about, invited_leg, own_leg, passed_on, whole_leg
from .results import AllDone, Done, done_to
from .targets import Target, live_call, one_target_of, targets_of

KIND_NUMBER: Final = "number"
_TRANSFERS: Mapping[str, Action] = {
    KIND_NUMBER: Action.TRANSFER_TO_NUMBER,
    "ivr": Action.TRANSFER_TO_IVR,
    "queue": Action.TRANSFER_TO_QUEUE,
    "ring_group": Action.TRANSFER_TO_RING_GROUP,
}
KINDS: Final = tuple(_TRANSFERS)
STEPS: Final = tuple(TransferStep)

type Find = Callable[[Target, Action], Leg]
type Handler[ResultT] = Callable[[ServiceCall], Awaitable[ResultT]]


def on_each(action: Action, find: Find) -> Handler[AllDone]:
    """Return what does something to the leg of each target. One that fails keeps no other from it."""

    async def handle(call: ServiceCall) -> AllDone:
        results: list[Done] = []
        failed: HomeAssistantError | None = None
        for target in targets_of(call):
            try:
                with action_errors():
                    expect(target.coordinator, action)
                    await target.coordinator.client.control.send_to(find(target, action), action)
            except HomeAssistantError as error:
                failed = failed or error
            else:
                results.append(done_to(target))
        if failed is not None:
            raise failed
        return {"results": results}

    return handle


hang_up = on_each(Action.HANG_UP, whole_leg)
hold = on_each(Action.HOLD, own_leg)
resume = on_each(Action.RESUME, own_leg)
mute = on_each(Action.MUTE, own_leg)
unmute = on_each(Action.UNMUTE, own_leg)


async def transfer(call: ServiceCall) -> Done:
    """Pass on the party that an extension talks to, or the outside party of a call."""
    target = one_target_of(call)
    coordinator, number = target.coordinator, number_in(call.data, ATTR_NUMBER)
    action = _TRANSFERS[call.data[ATTR_KIND]]
    if action is Action.TRANSFER_TO_NUMBER and number in coordinator.data.extensions:
        action = Action.TRANSFER_TO_EXTENSION
    permission = number_in(call.data, ATTR_PERMISSION)
    if action is Action.TRANSFER_TO_NUMBER:
        permission = permission or target.extension  # which could dial that number itself
    with action_errors():
        expect(coordinator, action)
        if action in (Action.TRANSFER_TO_NUMBER, Action.TRANSFER_TO_EXTENSION):
            coordinator.policy.check(action, number)
        leg, call_id = await passed_on(target, action)
        new_id = await coordinator.client.control.transfer(
            action, leg, number, call_id=call_id, permission=permission
        )
    coordinator.calls.transferred(call_id)
    return done_to(target, call_id=new_id or call_id)


async def attended_transfer(call: ServiceCall) -> Done:
    """Hold whom an extension talks to, and let it talk to somebody else first."""
    target = one_target_of(call)
    number, permission = (number_in(call.data, name) for name in (ATTR_NUMBER, ATTR_PERMISSION))
    if number not in target.coordinator.data.extensions:
        permission = permission or target.extension
    with action_errors():
        expect(target.coordinator, Action.ATTENDED_TRANSFER)
        leg = own_leg(target, Action.ATTENDED_TRANSFER)
        call_id = await target.coordinator.client.control.attended_transfer(
            leg, number, permission=permission
        )
    return done_to(target, call_id=call_id)


async def attended_transfer_step(call: ServiceCall) -> Done:
    """Complete an attended transfer, end it, or change who talks."""
    target, step = one_target_of(call), TransferStep(call.data[ATTR_STEP])
    with action_errors():
        expect(target.coordinator, Action.OPERATE_TRANSFER)
        leg = own_leg(target, Action.OPERATE_TRANSFER)
        goes_on, leaves = consulted_about(target, leg)
        await target.coordinator.client.control.operate_transfer(leg, step)
    if step is TransferStep.COMPLETE and goes_on is not None:
        target.coordinator.calls.transferred(goes_on.call_id, left=leaves)
    return done_to(target)


async def park(call: ServiceCall) -> Done:
    """Let the party that an extension talks to wait in a slot."""
    target = one_target_of(call)
    slot = number_in(call.data, ATTR_SLOT)
    with action_errors():
        expect(target.coordinator, Action.PARK)
        target.coordinator.policy.check(Action.PARK)
        leg, call_id = await passed_on(target, Action.PARK)
        slot = await target.coordinator.client.control.park(leg, slot) or slot
    return done_to(target, call_id=call_id, slot=slot)


async def accept_call(call: ServiceCall) -> Done:
    """Accept an inbound call about which the PBX asks."""
    return await _decide(call, Action.ACCEPT)


async def refuse_call(call: ServiceCall) -> Done:
    """Refuse one."""
    return await _decide(call, Action.REFUSE)


async def _decide(call: ServiceCall, action: Action) -> Done:
    coordinator, known = live_call(call)
    target = Target(coordinator=coordinator, call=known)
    with action_errors():
        expect(coordinator, action)
        await coordinator.client.control.send_to(invited_leg(known), action)
    if action is Action.REFUSE:
        coordinator.calls.tracker.refused(known.call_id)
    return done_to(target)


def monitor(action: Action) -> Handler[Done]:
    """Return what lets an extension listen in on another's call, in one of three ways."""

    async def handle(call: ServiceCall) -> Done:
        target = one_target_of(call)
        coordinator, listener = target.coordinator, number_in(call.data, ATTR_MONITOR)
        if listener not in coordinator.data.extensions:
            raise refused("extension_unknown")
        with action_errors():
            await coordinator.client.control.send(
                action, monitor=listener, extension=target.extension
            )
        known = call_of(target, action)
        return done_to(target, call_id=known.call_id if known is not None else "")

    return handle


listen = monitor(Action.LISTEN)
whisper = monitor(Action.WHISPER)
barge_in = monitor(Action.BARGE_IN)


def expect(coordinator: PbxCoordinator, action: Action) -> None:
    """Raise where the dialect lacks an action, before the PBX is read for it.

    Raises:
        PbxActionUnsupportedError: it does.
    """
    if not coordinator.client.control.offers(action):
        raise PbxActionUnsupportedError(action)
