"""Actions that do something to calls that are there."""

from collections.abc import Awaitable, Callable
from typing import Final

from homeassistant.exceptions import HomeAssistantError

from ..exceptions import action_errors
from ..pbx.errors import PbxActionUnsupportedError
from ..pbx.model.actions import (
    TRANSFERS,
    Accept,
    Action,
    AttendedTransfer,
    HangUp,
    Hold,
    LegCommand,
    Monitor,
    MonitorMode,
    Mute,
    OperateTransfer,
    Park,
    Party,
    Refuse,
    Resume,
    Transfer,
    TransferStep,
    Unmute,
)
from ..pbx.model.lines import CallLeg
from .context import ActionContext, ActionRequest
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

KINDS: Final = (Party.NUMBER, Party.IVR, Party.QUEUE, Party.RING_GROUP)
_DIALLED: Final = (Party.NUMBER, Party.EXTENSION)
STEPS: Final = tuple(TransferStep)

type Find = Callable[[Target, Action], CallLeg]
type Handler[ResultT] = Callable[[ActionRequest], Awaitable[ResultT]]


def on_each(command: type[LegCommand], find: Find) -> Handler[AllDone]:
    """Return the handler that does something to the leg of each target, whichever of them fails."""

    async def handle(request: ActionRequest) -> AllDone:
        results: list[Done] = []
        failed: HomeAssistantError | None = None
        for target in targets_of(request):
            try:
                with action_errors():
                    expect(target.context, command.action)
                    leg = find(target, command.action)
                    await target.context.control.send(command(leg=leg))
            except HomeAssistantError as error:
                failed = failed or error
            else:
                results.append(done_to(target))
        if failed is not None:
            raise failed
        return {"results": results}

    return handle


hang_up = on_each(HangUp, whole_leg)
hold = on_each(Hold, own_leg)
resume = on_each(Resume, own_leg)
mute = on_each(Mute, own_leg)
unmute = on_each(Unmute, own_leg)


async def transfer(request: ActionRequest) -> Done:
    """Pass on the party that an extension talks to, or the outside party of a call."""
    target = one_target_of(request)
    context, number = target.context, number_in(request.data, ATTR_NUMBER)
    kind = Party(request.data[ATTR_KIND])
    if kind is Party.NUMBER and number in context.store.extensions:
        kind = Party.EXTENSION
    permission, action = number_in(request.data, ATTR_PERMISSION), TRANSFERS[kind]
    if kind is Party.NUMBER:
        permission = permission or target.extension  # which could dial that number itself
    with action_errors():
        expect(context, action)
        if kind in _DIALLED:
            context.policy.check(action, number)
        leg, call_id = await passed_on(target, action)
        new_id = await context.control.send(
            Transfer(leg=leg, target=number, target_kind=kind, call=call_id, permission=permission)
        )
    context.calls.transferred(call_id)
    return done_to(target, call_id=new_id or call_id)


async def attended_transfer(request: ActionRequest) -> Done:
    """Hold whom an extension talks to, and let it talk to somebody else first."""
    target = one_target_of(request)
    number, permission = (number_in(request.data, name) for name in (ATTR_NUMBER, ATTR_PERMISSION))
    if number not in target.context.store.extensions:
        permission = permission or target.extension
    with action_errors():
        expect(target.context, Action.ATTENDED_TRANSFER)
        leg = own_leg(target, Action.ATTENDED_TRANSFER)
        call_id = await target.context.control.send(
            AttendedTransfer(leg=leg, target=number, permission=permission)
        )
    return done_to(target, call_id=call_id)


async def attended_transfer_step(request: ActionRequest) -> Done:
    """Complete an attended transfer, end it, or change who talks."""
    target, step = one_target_of(request), TransferStep(request.data[ATTR_STEP])
    with action_errors():
        expect(target.context, Action.OPERATE_TRANSFER)
        leg = own_leg(target, Action.OPERATE_TRANSFER)
        goes_on, leaves = consulted_about(target, leg)
        await target.context.control.send(OperateTransfer(leg=leg, step=step))
    if step is TransferStep.COMPLETE and goes_on is not None:
        target.context.calls.transferred(goes_on.call_id, left=leaves)
    return done_to(target)


async def park(request: ActionRequest) -> Done:
    """Let the party that an extension talks to wait in a slot."""
    target = one_target_of(request)
    slot = number_in(request.data, ATTR_SLOT)
    with action_errors():
        expect(target.context, Action.PARK)
        target.context.policy.check(Action.PARK)
        leg, call_id = await passed_on(target, Action.PARK)
        slot = await target.context.control.send(Park(leg=leg, slot=slot)) or slot
    return done_to(target, call_id=call_id, slot=slot)


async def accept_call(request: ActionRequest) -> Done:
    """Accept an inbound call about which the PBX asks."""
    return await _decide(request, Accept)


async def refuse_call(request: ActionRequest) -> Done:
    """Refuse one."""
    return await _decide(request, Refuse)


async def _decide(request: ActionRequest, command: type[Accept | Refuse]) -> Done:
    context, known = live_call(request)
    target = Target(context=context, call=known)
    with action_errors():
        expect(context, command.action)
        await context.control.send(command(leg=invited_leg(known)))
    if command is Refuse:
        context.calls.refused(known.call_id)
    return done_to(target)


def monitor(mode: MonitorMode) -> Handler[Done]:
    """Return the handler that lets an extension monitor another's call."""

    async def handle(request: ActionRequest) -> Done:
        target = one_target_of(request)
        context, listener = target.context, number_in(request.data, ATTR_MONITOR)
        if listener not in context.store.extensions:
            raise refused("extension_unknown")
        command = Monitor(mode=mode, monitor=listener, extension=target.extension)
        with action_errors():
            await context.control.send(command)
        known = call_of(target, command.action)
        return done_to(target, call_id=known.call_id if known is not None else "")

    return handle


listen = monitor(MonitorMode.LISTEN)
whisper = monitor(MonitorMode.WHISPER)
barge_in = monitor(MonitorMode.BARGE_IN)


def expect(context: ActionContext, action: Action) -> None:
    """Raise where the PBX lacks an action, before it is read for it.

    Raises:
        PbxActionUnsupportedError: it does.
    """
    if not context.control.offers(action):
        raise PbxActionUnsupportedError(action)
