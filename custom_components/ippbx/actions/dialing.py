"""Actions that make calls, and send messages."""

from collections.abc import Mapping
from typing import Final

from homeassistant.core import ServiceCall

from ..calls.history.entries import HIDDEN
from ..coordinator import PbxCoordinator
from ..exceptions import action_errors
from ..numbers.dial_policy import MAX_SHORT
from ..numbers.phone_numbers import InvalidNumberError, dialable
from ..pbx.errors import PbxError, PbxForbiddenError
from ..pbx.model.actions import (
    Action,
    Dial,
    Party,
    PlayPrompt,
    PlayPromptOutside,
    Retrieve,
    SendMessage,
)
from ..pbx.model.tracked import CallDirection
from ..services import entry_of
from .fields import (
    ATTR_AUTO_ANSWER,
    ATTR_FROM_IVR,
    ATTR_FROM_NUMBER,
    ATTR_FROM_QUEUE,
    ATTR_FROM_RING_GROUP,
    ATTR_MESSAGE,
    ATTR_NUMBER,
    ATTR_PERMISSION,
    ATTR_PROMPTS,
    ATTR_SLOT,
    ATTR_TRUNK,
    number_in,
    refused,
)
from .in_call import expect
from .results import AllDone, Done, done
from .targets import Target, any_call, extension_of, has_extension, one_target_of, targets_of

# What else than an extension can make a call, by the field that names it.
_ELSEWHERE: Final[Mapping[str, Party]] = {
    ATTR_FROM_IVR: Party.IVR,
    ATTR_FROM_QUEUE: Party.QUEUE,
    ATTR_FROM_RING_GROUP: Party.RING_GROUP,
    ATTR_FROM_NUMBER: Party.NUMBER,
}


async def dial(call: ServiceCall) -> Done:
    """Ring an extension, then a number; or have an IVR, a group or an outside number call one."""
    sources = [name for name in _ELSEWHERE if name in call.data]
    if len(sources) + has_extension(call) != 1:
        raise refused("one_caller" if sources or has_extension(call) else "no_target")
    number = number_in(call.data, ATTR_NUMBER)
    with action_errors():
        if sources:
            return await _dial_from(call, sources[0], number)
        target = one_target_of(call)
        return await _dial(target, number, auto_answer=call.data[ATTR_AUTO_ANSWER])


async def _dial(target: Target, number: str, *, auto_answer: bool) -> Done:
    command = Dial(
        caller=target.extension,
        callee=number,
        callee_kind=_kind(target.coordinator, number),
        auto_answer=auto_answer,
    )
    call_id = await target.coordinator.client.control.send(command)
    return done(target.coordinator, extension=target.extension, call_id=call_id)


async def _dial_from(call: ServiceCall, field: str, number: str) -> Done:
    coordinator = entry_of(call).runtime_data
    command = Dial(
        caller=number_in(call.data, field),
        caller_kind=_ELSEWHERE[field],
        callee=number,
        callee_kind=_kind(coordinator, number),
        permission=number_in(call.data, ATTR_PERMISSION),
        auto_answer=call.data[ATTR_AUTO_ANSWER],
    )
    return done(coordinator, call_id=await coordinator.client.control.send(command))


def _kind(coordinator: PbxCoordinator, number: str) -> Party:
    """Return whether a number is that of an extension or an outside one."""
    return Party.EXTENSION if number in coordinator.data.extensions else Party.NUMBER


async def call_back(call: ServiceCall) -> Done:
    """Ring an extension, then whoever called it; of an outbound call, whoever was called.

    The number goes out as it came in, without what some PBXes write between its digits. Without an extension it is the one
    that answered or missed the call.
    """
    coordinator, known = any_call(call)
    outbound = known.direction is CallDirection.OUTBOUND
    number = known.callee if outbound else known.caller
    own = (known.caller,) if outbound else (known.answered_by, *known.missed_by, known.callee)
    if number.endswith(HIDDEN):
        raise refused("number_masked")
    try:
        number = dialable(number)
    except InvalidNumberError:
        raise refused("caller_unknown") from None
    extension = extension_of(call, coordinator) or next(
        (each for each in own if each in coordinator.data.extensions), ""
    )
    if not extension:
        raise refused("no_target")
    target = Target(coordinator=coordinator, extension=extension)
    with action_errors():
        return await _dial(target, number, auto_answer=call.data[ATTR_AUTO_ANSWER])


async def retrieve(call: ServiceCall) -> Done:
    """Ring an extension and connect it with a call that is parked."""
    target = one_target_of(call)
    coordinator, slot = target.coordinator, number_in(call.data, ATTR_SLOT)
    control, policy = coordinator.client.control, coordinator.policy
    with action_errors():
        expect(coordinator, Action.RETRIEVE)
        policy.check(Action.RETRIEVE)
        if len(slot) <= MAX_SHORT and control.offers(Action.LIST_PARKED):
            policy.parked = frozenset(parked.slot for parked in await control.parked_calls())
            if slot not in policy.parked and not policy.allows(slot):
                raise refused("slot_empty")
        call_id = await control.send(
            Retrieve(caller=target.extension, slot=slot, auto_answer=call.data[ATTR_AUTO_ANSWER])
        )
    return done(coordinator, extension=target.extension, slot=slot, call_id=call_id)


async def play_prompt(call: ServiceCall) -> AllDone:
    """Ring extensions, or an outside number, and play prompts of the PBX to them."""
    prompts = tuple(call.data[ATTR_PROMPTS])
    with action_errors():
        if ATTR_NUMBER not in call.data:
            return {"results": await _play_inside(call, prompts)}
        if has_extension(call):
            raise refused("one_caller")
        coordinator, number = entry_of(call).runtime_data, number_in(call.data, ATTR_NUMBER)
        permission = number_in(call.data, ATTR_PERMISSION)
        call_id = await coordinator.client.control.send(
            PlayPromptOutside(number=number, prompt=prompts, permission=permission)
        )
        return {"results": [done(coordinator, call_id=call_id)]}


async def _play_inside(call: ServiceCall, prompts: tuple[str, ...]) -> list[Done]:
    """Play to each extension; one that fails keeps no other from hearing it."""
    results: list[Done] = []
    failed: PbxError | None = None
    for target in targets_of(call):
        command = PlayPrompt(
            extension=target.extension, prompt=prompts, auto_answer=call.data[ATTR_AUTO_ANSWER]
        )
        try:
            call_id = await target.coordinator.client.control.send(command)
        except PbxForbiddenError:
            raise
        except PbxError as error:
            failed = failed or error
        else:
            results.append(done(target.coordinator, extension=target.extension, call_id=call_id))
    if failed is not None:
        raise failed
    return results


async def send_message(call: ServiceCall) -> Done:
    """Send a text message over a GSM trunk."""
    coordinator = entry_of(call).runtime_data
    trunk = _trunk_name(coordinator, call.data[ATTR_TRUNK])
    with action_errors():
        message_id = await coordinator.client.control.send(
            SendMessage(
                trunk=trunk,
                number=number_in(call.data, ATTR_NUMBER),
                message=call.data[ATTR_MESSAGE],
            )
        )
    return done(coordinator, message_id=message_id)


def _trunk_name(coordinator: PbxCoordinator, text: str) -> str:
    """Return the name of a trunk by its name or by what names it for good.

    Raises:
        ServiceValidationError: the PBX has no such trunk.
    """
    for key, trunk in coordinator.data.trunks.items():
        if text in (key, trunk.name):
            return trunk.name
    raise refused("trunk_unknown")
