"""Actions that do something to calls that are there."""

from collections.abc import Awaitable, Callable
from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.exceptions import HomeAssistantError

from ..coordinator import PbxCoordinator
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
type Handler[ResultT] = Callable[[ServiceCall], Awaitable[ResultT]]


def on_each(command: type[LegCommand], find: Find) -> Handler[AllDone]:
    """Return the handler that does something to the leg of each target, whichever of them fails."""

    async def handle(call: ServiceCall) -> AllDone:
        results: list[Done] = []
        failed: HomeAssistantError | None = None
        for target in targets_of(call):
            try:
                with action_errors():
                    expect(target.coordinator, command.action)
                    leg = find(target, command.action)
                    await target.coordinator.client.control.send(command(leg=leg))
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


async def transfer(call: ServiceCall) -> Done:
    """Pass on the party that an extension talks to, or the outside party of a call."""
    target = one_target_of(call)
    coordinator, number = target.coordinator, number_in(call.data, ATTR_NUMBER)
    kind = Party(call.data[ATTR_KIND])
    if kind is Party.NUMBER and number in coordinator.data.extensions:
        kind = Party.EXTENSION
    permission, action = number_in(call.data, ATTR_PERMISSION), TRANSFERS[kind]
    if kind is Party.NUMBER:
        permission = permission or target.extension  # which could dial that number itself
    with action_errors():
        expect(coordinator, action)
        if kind in _DIALLED:
            coordinator.policy.check(action, number)
        leg, call_id = await passed_on(target, action)
        new_id = await coordinator.client.control.send(
            Transfer(leg=leg, target=number, target_kind=kind, call=call_id, permission=permission)
        )
    coordinator.calls.sent_on(call_id)
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
        call_id = await target.coordinator.client.control.send(
            AttendedTransfer(leg=leg, target=number, permission=permission)
        )
    return done_to(target, call_id=call_id)


async def attended_transfer_step(call: ServiceCall) -> Done:
    """Complete an attended transfer, end it, or change who talks."""
    target, step = one_target_of(call), TransferStep(call.data[ATTR_STEP])
    with action_errors():
        expect(target.coordinator, Action.OPERATE_TRANSFER)
        leg = own_leg(target, Action.OPERATE_TRANSFER)
        goes_on, leaves = consulted_about(target, leg)
        await target.coordinator.client.control.send(OperateTransfer(leg=leg, step=step))
    if step is TransferStep.COMPLETE and goes_on is not None:
        target.coordinator.calls.sent_on(goes_on.call_id, left=leaves)
    return done_to(target)


async def park(call: ServiceCall) -> Done:
    """Let the party that an extension talks to wait in a slot."""
    target = one_target_of(call)
    slot = number_in(call.data, ATTR_SLOT)
    with action_errors():
        expect(target.coordinator, Action.PARK)
        target.coordinator.policy.check(Action.PARK)
        leg, call_id = await passed_on(target, Action.PARK)
        slot = await target.coordinator.client.control.send(Park(leg=leg, slot=slot)) or slot
    return done_to(target, call_id=call_id, slot=slot)


async def accept_call(call: ServiceCall) -> Done:
    """Accept an inbound call about which the PBX asks."""
    return await _decide(call, Accept)


async def refuse_call(call: ServiceCall) -> Done:
    """Refuse one."""
    return await _decide(call, Refuse)


async def _decide(call: ServiceCall, command: type[Accept | Refuse]) -> Done:
    coordinator, known = live_call(call)
    target = Target(coordinator=coordinator, call=known)
    with action_errors():
        expect(coordinator, command.action)
        await coordinator.client.control.send(command(leg=invited_leg(known)))
    if command is Refuse:
        coordinator.calls.tracker.refused(known.call_id)
    return done_to(target)


def monitor(mode: MonitorMode) -> Handler[Done]:
    """Return the handler that lets an extension monitor another's call."""

    async def handle(call: ServiceCall) -> Done:
        target = one_target_of(call)
        coordinator, listener = target.coordinator, number_in(call.data, ATTR_MONITOR)
        if listener not in coordinator.data.extensions:
            raise refused("extension_unknown")
        command = Monitor(mode=mode, monitor=listener, extension=target.extension)
        with action_errors():
            await coordinator.client.control.send(command)
        known = call_of(target, command.action)
        return done_to(target, call_id=known.call_id if known is not None else "")

    return handle


listen = monitor(MonitorMode.LISTEN)
whisper = monitor(MonitorMode.WHISPER)
barge_in = monitor(MonitorMode.BARGE_IN)


def expect(coordinator: PbxCoordinator, action: Action) -> None:
    """Raise where the PBX lacks an action, before it is read for it.

    Raises:
        PbxActionUnsupportedError: it does.
    """
    if not coordinator.client.control.offers(action):
        raise PbxActionUnsupportedError(action)
