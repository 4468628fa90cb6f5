"""The targets of an action, extensions, trunks or a call by its id, and the results for them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

from ..calls.history.entries import LogEntry
from ..const import DOMAIN
from ..pbx.model.lines import Trunk
from ..pbx.model.tracked import CallState, TrackedCall
from ..pbx.model.values import bundle
from ..state.devices import EXTENSION_ITEM, TRUNK_ITEM, item_id
from .context import ATTR_CONFIG_ENTRY_ID, ActionContext, ActionRequest
from .fields import number_in, validation_error

type _Item = tuple[ActionContext, str]
"""A PBX, and the number of one of its extensions or the key of one of its trunks."""

type ActionResult = dict[str, str]
"""What an action says of a target: config_entry_id; if known extension, call_id, slot, message_id.

The extension is the one that was the target or that rings; the call the one that was the target or
that was made; a message's id is the one in the report about it.
"""
type ActionResults = dict[str, list[ActionResult]]
"""The result for each target, under "results"."""


@bundle
class Target:
    """An extension, a call, or an extension in a call.

    Attributes:
        extension: number of the extension; empty if the call as a whole is the target.
        call: the named call; None for the present call of the extension.
    """

    context: ActionContext
    extension: str = ""
    call: TrackedCall | None = None


def result_of(context: ActionContext, **values: str) -> ActionResult:
    """Return a result with those of the values that are not empty."""
    known = {name: value for name, value in values.items() if value}
    return {"config_entry_id": context.entry_id, **known}


def target_result(target: Target, **values: str) -> ActionResult:
    """Return the result for a target; `values` override its extension and call."""
    call_id = target.call.call_id if target.call is not None else ""
    own = {"extension": target.extension, "call_id": call_id}
    return result_of(target.context, **(own | values))


def targets_of(request: ActionRequest) -> list[Target]:
    """Return the targets of an action, each extension once.

    Raises:
        ServiceValidationError: there is no target, an unknown one, or no such call.
    """
    if "call_id" not in request.data:
        found = _extensions(request)
        if not found:
            raise validation_error("no_target")
        return [Target(context=context, extension=number) for context, number in found]
    context, known = live_call(request)
    found = _extensions(request, context)
    if not found:
        return [Target(context=context, call=known)]
    if any(each is not context or number not in known.extensions for each, number in found):
        raise validation_error("not_in_call")
    return [Target(context=context, extension=number, call=known) for _, number in found]


def one_target_of(request: ActionRequest) -> Target:
    """Return the target of an action that allows only one.

    Raises:
        ServiceValidationError: as for `targets_of`, or there are several.
    """
    targets = targets_of(request)
    if len(targets) > 1:
        raise validation_error("several_targets")
    return targets[0]


def extension_of(request: ActionRequest, context: ActionContext) -> str:
    """Return the extension that an action names beside a call; empty if there is none.

    Raises:
        ServiceValidationError: it is unknown or of another PBX, or there are several.
    """
    found = _extensions(request, context)
    if len(found) > 1:
        raise validation_error("several_targets")
    if any(each is not context for each, _ in found):
        raise validation_error("not_in_call")
    return next((number for _, number in found), "")


def has_extension(request: ActionRequest) -> bool:
    """Return whether an action names extensions."""
    return is_named(request, "extension")


def is_named(request: ActionRequest, field: str) -> bool:
    """Return whether an action has a target or a field that stands for one."""
    return field in request.data or TargetSelection(dict(request.data)).has_any_target


def trunks_of(request: ActionRequest) -> list[tuple[ActionContext, Trunk]]:
    """Return the trunks that an action names by device, entity, name or key, each once.

    Raises:
        ServiceValidationError: one is unknown.
    """
    found = list(_from_devices(request, TRUNK_ITEM))
    if (wanted := request.data.get("trunk")) is not None:
        context = request.context
        trunks = context.store.trunks
        named = [key for key, trunk in trunks.items() if trunk.name == wanted]
        key = wanted if wanted in trunks else next(iter(named), None)
        if key is None:
            raise validation_error("trunk_unknown")
        found.insert(0, (context, key))
    return [(context, context.store.trunks[key]) for context, key in dict.fromkeys(found)]


def waiting_call(request: ActionRequest) -> tuple[ActionContext, TrackedCall]:
    """Return the named call, or the only one that waits for a decision, and its PBX.

    Raises:
        ServiceValidationError: there is no such call, or none is named and several wait.
    """
    if "call_id" in request.data:
        return live_call(request)
    named = ATTR_CONFIG_ENTRY_ID in request.data
    waiting = [
        (context, call)
        for context in ((request.context,) if named else request.contexts.values())
        for call in context.calls.active.values()
        if call.state is CallState.INVITED
    ]
    if len(waiting) != 1:
        raise validation_error("several_targets" if waiting else "none_waiting")
    return waiting[0]


def live_call(request: ActionRequest) -> tuple[ActionContext, TrackedCall]:
    """Return the active call with the id that an action names, and its PBX.

    Raises:
        ServiceValidationError: no PBX has such a call.
    """

    def find(context: ActionContext, call_id: str) -> TrackedCall | None:
        known = context.calls.find(call_id)
        return known if known is not None and known.ended is None else None

    return _one_call(request, find)


def any_call(request: ActionRequest) -> tuple[ActionContext, TrackedCall | LogEntry]:
    """Return the call with the id that an action names, active or logged, and its PBX.

    Of a call that is over, what the log keeps of it counts: its numbers may be masked.

    Raises:
        ServiceValidationError: no PBX has it among its calls or in its log.
    """

    def find(context: ActionContext, call_id: str) -> TrackedCall | LogEntry | None:
        known = context.calls.find(call_id)
        return context.log.find(call_id if known is None else known.call_id) or known

    return _one_call(request, find)


def _one_call[CallT: TrackedCall | LogEntry](
    request: ActionRequest, find: Callable[[ActionContext, str], CallT | None]
) -> tuple[ActionContext, CallT]:
    """Return the call of the id that an action names, in the named PBX or in any.

    Ids are unique in one PBX only: where several have such a call, the targets say which PBX. A
    number that the ids of several calls become names none of them.
    """
    named, given = ATTR_CONFIG_ENTRY_ID in request.data, request.data["call_id"]
    contexts = (request.context,) if named else tuple(request.contexts.values())
    names = {context: given.exact(context) for context in contexts}
    if not any(names.values()):
        names = {context: given.alike(context) for context in contexts}
    found: dict[ActionContext, list[CallT | None]] = {}
    for context, each in names.items():
        calls = [find(context, name) for name in each]
        if len(calls) > 1 or any(calls):
            found[context] = calls
    if len(found) > 1 and (targets := {each for each, _ in _from_devices(request, EXTENSION_ITEM)}):
        found = {context: calls for context, calls in found.items() if context in targets}
    if len(found) > 1:
        raise validation_error("several_entries")
    for context, calls in found.items():
        if len(calls) == 1 and calls[0] is not None:
            return context, calls[0]
    raise validation_error("call_unknown")


def _extensions(request: ActionRequest, context: ActionContext | None = None) -> list[_Item]:
    """Return the extensions that an action names, each once.

    Args:
        context: the PBX of an extension that is named by number; None for that of the request.
    """
    found = list(_from_devices(request, EXTENSION_ITEM))
    if number := number_in(request.data, "extension"):
        context = context or request.context
        if number not in context.store.extensions:
            raise validation_error("extension_unknown")
        found.insert(0, (context, number))
    return list(dict.fromkeys(found))


_UNKNOWN: Final = {EXTENSION_ITEM: "target_unknown", TRUNK_ITEM: "not_a_trunk"}
_ELSEWHERE: Final = {EXTENSION_ITEM: "extension_unknown", TRUNK_ITEM: "trunk_unknown"}


def _from_devices(request: ActionRequest, item: str) -> Iterator[_Item]:
    """Yield the extensions or trunks of the named devices, entities, areas and labels.

    Raises:
        ServiceValidationError: a device or entity that is named directly is of another kind, or one
            of them is of another PBX than the one that is named.
    """
    found = tuple(_of_devices(request, item))
    if found and ATTR_CONFIG_ENTRY_ID in request.data:
        named = request.context
        if any(context is not named for context, _ in found):
            raise validation_error(_ELSEWHERE[item])
    yield from found


def _of_devices(request: ActionRequest, item: str) -> Iterator[_Item]:
    selection = TargetSelection(dict(request.data))
    if not selection.has_any_target:
        return
    devices, entities = dr.async_get(request.hass), er.async_get(request.hass)
    found = async_extract_referenced_entity_ids(request.hass, selection)
    by_identifier = _by_identifier(request.contexts, item)

    def item_of_device(device_id: str | None) -> _Item | None:
        device = devices.async_get(device_id) if device_id else None
        identifiers = device.identifiers if device is not None else ()
        return next((by_identifier[each] for each in identifiers if each in by_identifier), None)

    def devices_of(entity_ids: Iterable[str]) -> list[str | None]:
        known = [entities.async_get(entity_id) for entity_id in sorted(entity_ids)]
        return [None if entity is None else entity.device_id for entity in known]

    for device_id in (*sorted(selection.device_ids), *devices_of(found.referenced)):
        if (known := item_of_device(device_id)) is None:
            raise validation_error(_UNKNOWN[item])
        yield known
    for device_id in (*sorted(found.referenced_devices), *devices_of(found.indirectly_referenced)):
        if (known := item_of_device(device_id)) is not None:
            yield known


def _by_identifier(
    contexts: Mapping[str, ActionContext], item: str
) -> dict[tuple[str, str], _Item]:
    """Return all extensions or trunks of all PBXes by device identifier."""
    return {
        (DOMAIN, item_id(context.store.serial, item, key)): (context, key)
        for context in contexts.values()
        for key in (context.store.extensions if item == EXTENSION_ITEM else context.store.trunks)
    }
