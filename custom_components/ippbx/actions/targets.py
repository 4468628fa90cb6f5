"""What an action is done to: extensions by device, entity or number, or a call by its id."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

from ..calls.history.entries import LogEntry
from ..const import DOMAIN
from ..pbx.model.tracked import TrackedCall
from ..runtime import PbxConfigEntry, PbxRuntime as PbxCoordinator
from ..services import ATTR_CONFIG_ENTRY_ID, entry_of
from ..state.devices import EXTENSION_ITEM, item_id
from .fields import ATTR_CALL_ID, ATTR_EXTENSION, number_in, refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An extension, a call, or an extension in a call.

    Attributes:
        coordinator: of the PBX.
        extension: its number; empty where a call as a whole is meant.
        call: the call that was named; None where it is the one that the extension has.
    """

    coordinator: PbxCoordinator
    extension: str = ""
    call: TrackedCall | None = None


def targets_of(call: ServiceCall) -> list[Target]:
    """Return what an action is done to, each extension once, however often it was named.

    Raises:
        ServiceValidationError: it is nothing, something unknown, or a call that is not there.
    """
    if ATTR_CALL_ID not in call.data:
        found = _extensions(call)
        if not found:
            raise refused("no_target")
        return [Target(coordinator=entry.runtime_data, extension=each) for entry, each in found]
    coordinator, known = live_call(call)
    found = _extensions(call, coordinator.config_entry)
    if not found:
        return [Target(coordinator=coordinator, call=known)]
    if any(
        entry.runtime_data is not coordinator or number not in known.extensions
        for entry, number in found
    ):
        raise refused("not_in_call")
    return [Target(coordinator=coordinator, extension=number, call=known) for _, number in found]


def one_target_of(call: ServiceCall) -> Target:
    """Return what an action is done to that can be done to one thing only.

    Raises:
        ServiceValidationError: as for `targets_of`, or it is more than one.
    """
    targets = targets_of(call)
    if len(targets) > 1:
        raise refused("several_targets")
    return targets[0]


def extension_of(call: ServiceCall, coordinator: PbxCoordinator) -> str:
    """Return the one extension of a PBX that an action names beside a call; empty where it names none.

    Raises:
        ServiceValidationError: it is something unknown, of another PBX, or more than one.
    """
    found = _extensions(call, coordinator.config_entry)
    if len(found) > 1:
        raise refused("several_targets")
    if any(entry is not coordinator.config_entry for entry, _ in found):
        raise refused("not_in_call")
    return next((number for _, number in found), "")


def has_extension(call: ServiceCall) -> bool:
    """Tell whether an action names any extension."""
    return ATTR_EXTENSION in call.data or TargetSelection(dict(call.data)).has_any_target


def live_call(call: ServiceCall) -> tuple[PbxCoordinator, TrackedCall]:
    """Return the call that an action names by its id, and whose it is.

    Raises:
        ServiceValidationError: no PBX has such a call now.
    """

    def find(coordinator: PbxCoordinator, call_id: str) -> TrackedCall | None:
        known = coordinator.calls.tracker.find(call_id)
        return known if known is not None and known.ended is None else None

    return _the_one(call, find)


def any_call(call: ServiceCall) -> tuple[PbxCoordinator, TrackedCall | LogEntry]:
    """Return the call that an action names by its id, one that is over too, and whose it is.

    Raises:
        ServiceValidationError: neither the calls nor the call log of any PBX have it.
    """

    def find(coordinator: PbxCoordinator, call_id: str) -> TrackedCall | LogEntry | None:
        return coordinator.calls.tracker.find(call_id) or coordinator.call_log.find(call_id)

    return _the_one(call, find)


def _the_one[CallT: TrackedCall | LogEntry](
    call: ServiceCall, find: Callable[[PbxCoordinator, str], CallT | None]
) -> tuple[PbxCoordinator, CallT]:
    """Return the one call that is found under any spelling of the id."""
    found: dict[str, tuple[PbxCoordinator, CallT]] = {}
    for entry in _entries(call):
        for call_id in call.data[ATTR_CALL_ID]:
            known = find(entry.runtime_data, call_id)
            if known is not None:
                found[entry.entry_id + known.call_id] = (entry.runtime_data, known)
    if len({coordinator.config_entry.entry_id for coordinator, _ in found.values()}) > 1:
        raise refused("several_entries")
    if len(found) != 1:
        raise refused("call_unknown")
    return next(iter(found.values()))


def _entries(call: ServiceCall) -> Iterable[PbxConfigEntry]:
    """Return the PBXs in which a call may be: the one that is named, or all."""
    if ATTR_CONFIG_ENTRY_ID in call.data:
        return [entry_of(call)]
    return call.hass.config_entries.async_loaded_entries(DOMAIN)


def _extensions(
    call: ServiceCall, entry: PbxConfigEntry | None = None
) -> list[tuple[PbxConfigEntry, str]]:
    """Return the extensions that an action names, each once.

    Args:
        entry: of which PBX an extension is that is named by its number; None where the action says so.
    """
    found = list(_from_devices(call.hass, call.data))
    if number := number_in(call.data, ATTR_EXTENSION):
        entry = entry or entry_of(call)
        if number not in entry.runtime_data.data.extensions:
            raise refused("extension_unknown")
        found.insert(0, (entry, number))
    return list(dict.fromkeys(found))


def _from_devices(
    hass: HomeAssistant, data: Mapping[str, Any]
) -> Iterator[tuple[PbxConfigEntry, str]]:
    """Yield the extensions whose devices or entities are named, those of areas and labels too.

    Raises:
        ServiceValidationError: what is named outright is no extension.
    """
    selection = TargetSelection(dict(data))
    if not selection.has_any_target:
        return
    devices, entities = dr.async_get(hass), er.async_get(hass)
    found = async_extract_referenced_entity_ids(hass, selection)
    by_identifier = _by_identifier(hass)

    def extensions(device_ids: Iterable[str | None]) -> list[tuple[PbxConfigEntry, str] | None]:
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

    outright = extensions([*sorted(selection.device_ids), *devices_of(found.referenced)])
    if None in outright:
        raise refused("target_unknown")
    around = extensions(
        [*sorted(found.referenced_devices), *devices_of(found.indirectly_referenced)]
    )
    yield from (each for each in (*outright, *around) if each is not None)


def _by_identifier(hass: HomeAssistant) -> dict[tuple[str, str], tuple[PbxConfigEntry, str]]:
    """Return all extensions of all PBXs that run, by what names their devices."""
    entries: list[PbxConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return {
        (DOMAIN, item_id(entry.runtime_data.data.info.serial, EXTENSION_ITEM, number)): (
            entry,
            number,
        )
        for entry in entries
        for number in entry.runtime_data.data.extensions
    }
