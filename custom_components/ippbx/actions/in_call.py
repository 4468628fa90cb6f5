"""Actions on existing calls."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

from homeassistant.exceptions import HomeAssistantError

from ..exceptions import action_errors, action_key
from ..pbx.errors import PbxActionUnsupportedError, PbxRequestError
from ..pbx.model.actions import TRANSFERS, Action, Party, TransferStep
from ..pbx.model.commands import (
    AttendedTransfer,
    LegCommand,
    Monitor,
    OperateTransfer,
    Park,
    Transfer,
)
from ..pbx.model.lines import CallLeg, ExtensionStatus
from .context import ActionContext, ActionRequest
from .fields import (
    check_other,
    number_in,
    own_number_in,
    permission_in,
    validation_error,
)
from .legs import (
    call_of,
    consultation,
    ending_leg,
    in_no_call,
    invited_leg,
    own_leg,
    transferred_leg,
)
from .targets import (
    ActionResult,
    ActionResults,
    Target,
    one_target_of,
    target_result,
    targets_of,
    waiting_call,
)

_DIALLED: Final = (Party.NUMBER, Party.EXTENSION)
_THEN: Final = {Action.HOLD: ExtensionStatus.ON_HOLD, Action.RESUME: ExtensionStatus.BUSY}
"""What an extension does after a command of which no document lists a report."""

type Find = Callable[[Target, Action], CallLeg]
type Handler[ResultT] = Callable[[ActionRequest], Awaitable[ResultT]]


def for_each_target(action: Action, find: Find) -> Handler[ActionResults]:
    """Return a handler that sends a command for each target, then raises the first error."""

    async def handle(request: ActionRequest) -> ActionResults:
        results: list[ActionResult] = []
        failed: HomeAssistantError | None = None
        for target in targets_of(request):
            try:
                with _errors_of(target):
                    require(target.context, action)
                    command = LegCommand(action=action, leg=find(target, action))
                    await target.context.control.send(command)
            except HomeAssistantError as error:
                failed = failed or error
            else:
                if (status := _THEN.get(action)) is not None and command.leg.extension:
                    target.context.calls.commanded(command.leg.extension, status)
                results.append(target_result(target))
        if failed is not None:
            raise failed
        return {"results": results}

    return handle


hang_up = for_each_target(Action.HANG_UP, ending_leg)
hold = for_each_target(Action.HOLD, own_leg)
resume = for_each_target(Action.RESUME, own_leg)
mute = for_each_target(Action.MUTE, own_leg)
unmute = for_each_target(Action.UNMUTE, own_leg)


async def transfer(request: ActionRequest) -> ActionResult:
    """Transfer the party that an extension talks to, or the outside party of a call."""
    target = one_target_of(request)
    context, kind = target.context, Party(request.data["kind"])
    read = number_in if kind is Party.NUMBER else own_number_in
    number = read(request.data, "number")
    check_other(target.extension, number)
    if kind is Party.NUMBER and number in context.store.extensions:
        kind = Party.EXTENSION
    permission = permission_in(request.data, context.store.extensions)
    action = TRANSFERS[kind]
    if kind is Party.NUMBER:
        permission = permission or target.extension  # it could dial that number itself
    with _errors_of(target):
        require(context, action)
        if kind in _DIALLED:
            context.policy.check(action, number)
        leg, call_id = await transferred_leg(target, action)
        new_id = await context.control.send(
            Transfer(leg=leg, target=number, target_kind=kind, call=call_id, permission=permission)
        )
    context.calls.transferred(call_id)
    return target_result(target, call_id=new_id or call_id)


async def attended_transfer(request: ActionRequest) -> ActionResult:
    """Hold the party that an extension talks to, and connect it with a number first."""
    target = one_target_of(request)
    extensions = target.context.store.extensions
    number = number_in(request.data, "number")
    permission = permission_in(request.data, extensions)
    if number not in extensions:
        permission = permission or target.extension
    with _errors_of(target):
        require(target.context, Action.ATTENDED_TRANSFER)
        leg = own_leg(target, Action.ATTENDED_TRANSFER)
        check_other(leg.extension, number)
        call_id = await target.context.control.send(
            AttendedTransfer(leg=leg, target=number, permission=permission)
        )
    return target_result(target, call_id=call_id)


async def attended_transfer_step(request: ActionRequest) -> ActionResult:
    """Complete or end an attended transfer, or swap the parties."""
    target, step = one_target_of(request), TransferStep(request.data["step"])
    with _errors_of(target):
        require(target.context, Action.OPERATE_TRANSFER)
        leg = own_leg(target, Action.OPERATE_TRANSFER)
        remaining, leaving = consultation(target, leg)
        await target.context.control.send(OperateTransfer(leg=leg, step=step))
    if step is TransferStep.COMPLETE and remaining is not None:
        target.context.calls.transferred(remaining.call_id, left=leaving)
    return target_result(target)


async def park(request: ActionRequest) -> ActionResult:
    """Park the party that an extension talks to in a slot."""
    target = one_target_of(request)
    slot = number_in(request.data, "slot")
    with _errors_of(target):
        require(target.context, Action.PARK)
        target.context.policy.check(Action.PARK)
        leg, call_id = await transferred_leg(target, Action.PARK)
        slot = await target.context.control.send(Park(leg=leg, slot=slot)) or slot
    if target.extension:
        target.context.calls.commanded(target.extension, ExtensionStatus.IDLE)
    return target_result(target, call_id=call_id, slot=slot)


def decide(action: Action) -> Handler[ActionResult]:
    """Return a handler that accepts or refuses an inbound call that waits for a decision."""

    async def handle(request: ActionRequest) -> ActionResult:
        context, known = waiting_call(request)
        with action_errors():
            require(context, action)
            await context.control.send(LegCommand(action=action, leg=invited_leg(known)))
        context.calls.decided(known.call_id, accepted=action is Action.ACCEPT)
        return target_result(Target(context=context, call=known))

    return handle


accept_call = decide(Action.ACCEPT)
refuse_call = decide(Action.REFUSE)


def monitor(action: Action) -> Handler[ActionResult]:
    """Return a handler by which an extension monitors the call of another."""

    async def handle(request: ActionRequest) -> ActionResult:
        target = one_target_of(request)
        context, listener = target.context, number_in(request.data, "monitor")
        if listener not in context.store.extensions:
            raise validation_error("extension_unknown")
        check_other(target.extension, listener)
        command = Monitor(action=action, monitor=listener, extension=target.extension)
        with _errors_of(target):
            await context.control.send(command)
        known = call_of(target, action)
        return target_result(target, call_id=known.call_id if known is not None else "")

    return handle


listen = monitor(Action.LISTEN)
whisper = monitor(Action.WHISPER)
barge_in = monitor(Action.BARGE_IN)


@contextmanager
def _errors_of(target: Target) -> Iterator[None]:
    """Translate errors of the PBX that leave the block, as `action_errors` does.

    The PBX says of an extension without a call that the call is missing, though nobody named one.
    """
    with action_errors():
        try:
            yield
        except PbxRequestError as error:
            if action_key(error) != "call_missing" or call_of(target, Action.HANG_UP) is not None:
                raise
            raise in_no_call(target) from error


def require(context: ActionContext, action: Action) -> None:
    """Check that the PBX offers an action, before anything is read for it.

    Raises:
        PbxActionUnsupportedError: the PBX does not offer it.
    """
    if not context.control.offers(action):
        raise PbxActionUnsupportedError(action)
