"""Actions that return the known state; they read nothing from the PBX."""

from typing import Any, TypedDict

from homeassistant.core import callback

from ..calls.attributes import call_attributes
from ..pbx.model.lines import Extension, Trunk
from ..pbx.model.tracked import TrackedCall
from .context import ActionContext, ActionRequest
from .fields import ATTR_TRUNK, validation_error
from .targets import has_extension, targets_of


class ExtensionResponse(TypedDict):
    """The response for an extension."""

    number: str
    name: str
    kind: str
    status: str | None
    registered: bool | None
    calls: list[dict[str, Any]]


class TrunkResponse(TypedDict):
    """The response for a trunk."""

    name: str
    kind: str
    status: str | None
    problem: bool | None
    calls: list[dict[str, Any]]


@callback
def get_calls(request: ActionRequest) -> dict[str, Any]:
    """Return the active calls of the named extensions, or of the PBX, oldest first."""
    if has_extension(request):
        found = [
            (target.context, known)
            for target in targets_of(request)
            for known in target.context.calls.calls_of(target.extension)
        ]
    else:
        context = request.context
        found = [(context, known) for known in context.calls.active.values()]
    once = {known.call_id: (context, known) for context, known in found}
    ordered = sorted(once.values(), key=lambda item: item[1].started)
    return {"calls": [_call(context, known) for context, known in ordered]}


@callback
def get_extension(request: ActionRequest) -> dict[str, list[ExtensionResponse]]:
    """Return the state of the named extensions, or of all."""
    if has_extension(request):
        named = [(target.context, target.extension) for target in targets_of(request)]
    else:
        context = request.context
        named = [(context, number) for number in context.store.extensions]
    return {
        "extensions": [_extension(each, each.store.extensions[number]) for each, number in named]
    }


@callback
def get_trunk(request: ActionRequest) -> dict[str, list[TrunkResponse]]:
    """Return the state of the named trunk, or of all."""
    context = request.context
    wanted = request.data.get(ATTR_TRUNK)
    found = [
        trunk
        for key, trunk in context.store.trunks.items()
        if wanted is None or wanted in (key, trunk.name)
    ]
    if wanted is not None and not found:
        raise validation_error("trunk_unknown")
    return {"trunks": [_trunk(context, trunk) for trunk in found]}


def _extension(context: ActionContext, extension: Extension) -> ExtensionResponse:
    status = context.calls.status_of(extension)
    calls = context.calls.calls_of(extension.number)
    return {
        "number": extension.number,
        "name": extension.name,
        "kind": extension.kind,
        "status": None if status is None else str(status),
        "registered": extension.registered,
        "calls": [_call(context, known) for known in calls],
    }


def _trunk(context: ActionContext, trunk: Trunk) -> TrunkResponse:
    calls = context.calls.active.values()
    return {
        "name": trunk.name,
        "kind": trunk.kind,
        "status": None if trunk.status is None else str(trunk.status),
        "problem": trunk.problem,
        "calls": [_call(context, known) for known in calls if known.trunk == trunk.name],
    }


def _call(context: ActionContext, call: TrackedCall) -> dict[str, Any]:
    """Return the response for a call."""
    return {
        **call_attributes(call, context.calls.names),
        "state": str(call.state),
        "answered": None if call.answered is None else call.answered.isoformat(),
        "extensions": list(dict.fromkeys(call.extensions)),
    }
