"""Actions that make calls or send messages."""

from collections.abc import Mapping
from typing import Final

from ..exceptions import action_errors
from ..numbers.dial_policy import MAX_SHORT
from ..numbers.masking import HIDDEN
from ..numbers.phone_numbers import InvalidNumberError, dialable
from ..pbx.errors import PbxError, PbxForbiddenError
from ..pbx.model.actions import Action, Party
from ..pbx.model.commands import Dial, PlayPrompt, PlayPromptOutside, Retrieve, SendMessage
from ..pbx.model.tracked import CallDirection
from .context import ActionContext, ActionRequest
from .fields import (
    check_other,
    number_in,
    own_number_in,
    permission_in,
    validation_error,
)
from .in_call import require
from .targets import (
    ActionResult,
    ActionResults,
    Target,
    any_call,
    extension_of,
    has_extension,
    one_target_of,
    result_of,
    targets_of,
    trunks_of,
)

# Callers other than extensions, by the field that names them.
_OTHER_CALLERS: Final[Mapping[str, Party]] = {
    "from_ivr": Party.IVR,
    "from_queue": Party.QUEUE,
    "from_ring_group": Party.RING_GROUP,
    "from_number": Party.NUMBER,
}
_OVER_TRUNKS: Final = (CallDirection.INBOUND, CallDirection.OUTBOUND)


async def dial(request: ActionRequest) -> ActionResult:
    """Ring an extension, then a number; or call a number from an IVR, a group or outside."""
    sources = [name for name in _OTHER_CALLERS if name in request.data]
    if len(sources) + has_extension(request) != 1:
        raise validation_error("one_caller")
    number = number_in(request.data, "number")
    with action_errors():
        if sources:
            return await _dial_from(request, sources[0], number)
        target = one_target_of(request)
        return await _dial(target, number, auto_answer=request.data["auto_answer"])


async def _dial(
    target: Target, number: str, *, auto_answer: bool, outside: bool = False
) -> ActionResult:
    """Ring an extension, then a number.

    Args:
        outside: whether somebody outside has the number, even if an extension has it, too.
    """
    context, kind, callee = target.context, _kind(target.context, number), number
    if outside and kind is Party.EXTENSION:
        if not context.control.names_outside:
            raise validation_error("caller_unknown")
        kind, callee = Party.NUMBER, ""  # reports of that extension are not of this call
    else:
        check_other(target.extension, number)
    command = Dial(
        caller=target.extension, callee=number, callee_kind=kind, auto_answer=auto_answer
    )
    call_id = await context.control.send(command)
    context.calls.dialled(call_id, target.extension, callee)
    return result_of(context, extension=target.extension, call_id=call_id)


async def _dial_from(request: ActionRequest, field: str, number: str) -> ActionResult:
    context, caller_kind = request.context, _OTHER_CALLERS[field]
    read = number_in if caller_kind is Party.NUMBER else own_number_in
    command = Dial(
        caller=read(request.data, field),
        caller_kind=caller_kind,
        callee=number,
        callee_kind=_kind(context, number),
        permission=permission_in(request.data, context.store.extensions),
        auto_answer=request.data["auto_answer"],
    )
    return result_of(context, call_id=await context.control.send(command))


def _kind(context: ActionContext, number: str) -> Party:
    """Return the kind of a number: an extension, or an outside number."""
    return Party.EXTENSION if number in context.store.extensions else Party.NUMBER


async def call_back(request: ActionRequest) -> ActionResult:
    """Ring an extension, then the caller of a call; of one that it made itself, the callee.

    The number is dialled as it came in, without separators; that of an outside party never rings
    an extension. Without an extension in the request, the one that answered or missed the call
    rings.
    """
    context, known = any_call(request)
    extension, over_trunk = extension_of(request, context), known.direction in _OVER_TRUNKS
    made = known.direction is CallDirection.OUTBOUND or (
        not over_trunk and extension == known.caller
    )
    number = known.callee if made else known.caller
    own = (known.caller,) if made else (known.answered_by, *known.missed_by, known.callee)
    if number.endswith(HIDDEN):
        raise validation_error("number_masked")
    try:
        number = dialable(number)
    except InvalidNumberError:
        raise validation_error("caller_unknown") from None
    extension = extension or next((each for each in own if each in context.store.extensions), "")
    if not extension:
        raise validation_error("no_target")
    target = Target(context=context, extension=extension)
    with action_errors():
        return await _dial(
            target,
            number,
            auto_answer=request.data["auto_answer"],
            outside=over_trunk,
        )


async def retrieve(request: ActionRequest) -> ActionResult:
    """Ring an extension and connect it with a parked call."""
    target = one_target_of(request)
    context, slot = target.context, number_in(request.data, "slot")
    control, policy = context.control, context.policy
    with action_errors():
        require(context, Action.RETRIEVE)
        policy.check(Action.RETRIEVE)
        if len(slot) <= MAX_SHORT and control.offers(Action.LIST_PARKED):
            policy.inside[Action.RETRIEVE] = parked = await control.parked_slots()
            if slot not in parked and not policy.allows(slot):
                raise validation_error("slot_empty")
        call_id = await control.send(
            Retrieve(caller=target.extension, slot=slot, auto_answer=request.data["auto_answer"])
        )
    context.calls.dialled(call_id, target.extension, slot)
    return result_of(context, extension=target.extension, slot=slot, call_id=call_id)


async def play_prompt(request: ActionRequest) -> ActionResults:
    """Ring extensions, or an outside number, and play prompts of the PBX to them."""
    prompts = tuple(request.data["prompts"])
    with action_errors():
        if "number" not in request.data:
            return {"results": await _play_inside(request, prompts)}
        if has_extension(request):
            raise validation_error("targets_or_number")
        context, number = request.context, number_in(request.data, "number")
        permission = permission_in(request.data, context.store.extensions)
        call_id = await context.control.send(
            PlayPromptOutside(number=number, prompt=prompts, permission=permission)
        )
        return {"results": [result_of(context, call_id=call_id)]}


async def _play_inside(request: ActionRequest, prompts: tuple[str, ...]) -> list[ActionResult]:
    """Play prompts to each extension, even if one fails; then raise the first error."""
    results: list[ActionResult] = []
    failed: PbxError | None = None
    for target in targets_of(request):
        command = PlayPrompt(
            extension=target.extension, prompt=prompts, auto_answer=request.data["auto_answer"]
        )
        try:
            call_id = await target.context.control.send(command)
        except PbxForbiddenError:
            raise
        except PbxError as error:
            failed = failed or error
        else:
            target.context.calls.dialled(call_id, target.extension)
            results.append(result_of(target.context, extension=target.extension, call_id=call_id))
    if failed is not None:
        raise failed
    return results


async def send_message(request: ActionRequest) -> ActionResult:
    """Send a text message over a GSM trunk.

    Raises:
        ServiceValidationError: no trunk is named, an unknown one, or several.
    """
    trunks = trunks_of(request)
    if len(trunks) != 1:
        raise validation_error("several_targets" if trunks else "not_a_trunk")
    ((context, trunk),) = trunks
    with action_errors():
        message_id = await context.control.send(
            SendMessage(
                trunk=trunk.name,
                number=number_in(request.data, "number"),
                message=request.data["message"],
            )
        )
    return result_of(context, message_id=message_id)
