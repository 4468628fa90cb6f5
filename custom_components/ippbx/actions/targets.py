"""The targets of an action: extensions by device, entity or number, or a call by its id."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

from ..calls.history.entries import LogEntry
from ..const import DOMAIN
from ..pbx.model.tracked import TrackedCall
from ..state.devices import EXTENSION_ITEM, item_id
from .context import ATTR_CONFIG_ENTRY_ID, ActionContext, ActionRequest
from .fields import ATTR_CALL_ID, ATTR_EXTENSION, number_in, validation_error

type _Extension = tuple[ActionContext, str]
"""A PBX, and the number of one of its extensions."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Target:
    """An extension, a call, or an extension in a call.

    Attributes:
        context: the PBX.
        extension: number of the extension; empty if the call as a whole is the target.
        call: the named call; None for the present call of the extension.
    """

    context: ActionContext
    extension: str = ""
    call: TrackedCall | None = None


def targets_of(request: ActionRequest) -> list[Target]:
    """Return the targets of an action, each extension once.

    Raises:
        ServiceValidationError: there is no target, an unknown one, or no such call.
    """
    if ATTR_CALL_ID not in request.data:
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
    return ATTR_EXTENSION in request.data or TargetSelection(dict(request.data)).has_any_target


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

    Raises:
        ServiceValidationError: no PBX has it among its calls or in its log.
    """

    def find(context: ActionContext, call_id: str) -> TrackedCall | LogEntry | None:
        return context.calls.find(call_id) or context.log.find(call_id)

    return _one_call(request, find)


def _one_call[CallT: TrackedCall | LogEntry](
    request: ActionRequest, find: Callable[[ActionContext, str], CallT | None]
) -> tuple[ActionContext, CallT]:
    """Return the call that is found by any spelling of the id."""
    found: dict[str, tuple[ActionContext, CallT]] = {}
    for context in _contexts(request):
        for call_id in request.data[ATTR_CALL_ID]:
            if (known := find(context, call_id)) is not None:
                found[context.entry_id + known.call_id] = (context, known)
    if len({context.entry_id for context, _ in found.values()}) > 1:
        raise validation_error("several_entries")
    if len(found) != 1:
        raise validation_error("call_unknown")
    return next(iter(found.values()))


def _contexts(request: ActionRequest) -> Iterable[ActionContext]:
    """Return the PBXes that may have the call: the named one, or all."""
    if ATTR_CONFIG_ENTRY_ID in request.data:
        return [request.context]
    return request.contexts.values()


def _extensions(request: ActionRequest, context: ActionContext | None = None) -> list[_Extension]:
    """Return the extensions that an action names, each once.

    Args:
        request: the action.
        context: the PBX of an extension that is named by number; None for that of the request.
    """
    found = list(_from_devices(request))
    if number := number_in(request.data, ATTR_EXTENSION):
        context = context or request.context
        if number not in context.store.extensions:
            raise validation_error("extension_unknown")
        found.insert(0, (context, number))
    return list(dict.fromkeys(found))


def _from_devices(request: ActionRequest) -> Iterator[_Extension]:
    """Yield the extensions of the named devices, entities, areas and labels.

    Raises:
        ServiceValidationError: a device or entity that is named directly is no extension.
    """
    selection = TargetSelection(dict(request.data))
    if not selection.has_any_target:
        return
    devices, entities = dr.async_get(request.hass), er.async_get(request.hass)
    found = async_extract_referenced_entity_ids(request.hass, selection)
    by_identifier = _by_identifier(request.contexts)

    def extensions(device_ids: Iterable[str | None]) -> list[_Extension | None]:
        named = [devices.async_get(device_id) if device_id else None for device_id in device_ids]
        return [
            next(
                (by_identifier[each] for each in device.identifiers if each in by_identifier), None
            )
            if device is not None
            else None
            for device in named
        ]

    def devices_of(entity_ids: Iterable[str]) -> list[str | None]:
        known = [entities.async_get(entity_id) for entity_id in sorted(entity_ids)]
        return [None if entity is None else entity.device_id for entity in known]

    direct = extensions([*sorted(selection.device_ids), *devices_of(found.referenced)])
    if None in direct:
        raise validation_error("target_unknown")
    indirect = extensions(
        [*sorted(found.referenced_devices), *devices_of(found.indirectly_referenced)]
    )
    yield from (each for each in (*direct, *indirect) if each is not None)


def _by_identifier(contexts: Mapping[str, ActionContext]) -> dict[tuple[str, str], _Extension]:
    """Return all extensions of all PBXes by device identifier."""
    return {
        (DOMAIN, item_id(context.store.serial, EXTENSION_ITEM, number)): (context, number)
        for context in contexts.values()
        for number in context.store.extensions
    }
