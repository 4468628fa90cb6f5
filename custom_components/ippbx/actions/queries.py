"""Actions that return the known state and the call log; they read nothing from the PBX."""

from itertools import islice
from typing import Any

from homeassistant.core import callback

from ..calls.attributes import call_data, log_data
from ..calls.history.log import LogQuery
from ..pbx.model.lines import Extension, Trunk
from .context import ActionContext, ActionRequest
from .targets import has_extension, is_named, targets_of, trunks_of


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
    return {"calls": [call_data(known, context.calls.names) for context, known in ordered]}


@callback
def get_extension(request: ActionRequest) -> dict[str, Any]:
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
def get_trunk(request: ActionRequest) -> dict[str, Any]:
    """Return the state of the named trunks, or of all."""
    found = trunks_of(request)
    if not found and not is_named(request, "trunk"):
        context = request.context
        found = [(context, trunk) for trunk in context.store.trunks.values()]
    return {"trunks": [_trunk(context, trunk) for context, trunk in found]}


@callback
def get_call_log(request: ActionRequest) -> dict[str, Any]:
    """Return the matching entries of the call log, newest first."""
    context = request.context
    wanted = request.data
    query = LogQuery(
        since=wanted.get("since"),
        until=wanted.get("until"),
        directions=wanted["direction"],
        outcomes=wanted["outcome"],
        extension=wanted["extension"],
    )
    found = islice(context.log.select(query), wanted["limit"])
    return {"entries": [log_data(item, context.calls.names) for item in found]}


def _extension(context: ActionContext, extension: Extension) -> dict[str, Any]:
    status = context.calls.status_of(extension)
    calls = context.calls.calls_of(extension.number)
    return {
        "number": extension.number,
        "name": extension.name,
        "kind": extension.kind,
        "status": None if status is None else str(status),
        "registered": extension.registered,
        "calls": [call_data(known, context.calls.names) for known in calls],
    }


def _trunk(context: ActionContext, trunk: Trunk) -> dict[str, Any]:
    calls = context.calls.active.values()
    return {
        "name": trunk.name,
        "kind": trunk.kind,
        "status": None if trunk.status is None else str(trunk.status),
        "problem": trunk.problem,
        "calls": [
            call_data(known, context.calls.names) for known in calls if known.trunk == trunk.name
        ],
    }
