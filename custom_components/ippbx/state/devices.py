"""The devices: the PBX, and its extensions and trunks under it; entities that are not wanted."""

from collections.abc import Collection, Iterable, Mapping
import re
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_SSL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er, restore_state
from yarl import URL

from ..const import (
    CONF_CHOSEN_EXTENSIONS,
    CONF_EXTENSIONS,
    DOMAIN,
    EXTENSIONS_ALL,
    EXTENSIONS_CHOSEN,
)
from ..pbx.backend import Variant
from ..pbx.model.lines import Extension, SystemInfo, Trunk
from ..translation import translation
from .store import Key, StateStore, extension_key, trunk_key

EXTENSION_ITEM = "ext"
TRUNK_ITEM = "trunk"
# Ids of models, by which services.yaml, triggers.yaml and blueprints filter targets.
MODEL_PBX = "PBX"
MODEL_EXTENSION = "EXT"
MODEL_TRUNK = "TRK"
_PLACE: Final = re.compile(r".*\(([^()]+)\)")
CONTROLS: Final = (
    "call_back",
    "do_not_disturb",
    "forward_all_calls",
    "forward_to",
    "hang_up",
    "play_prompt",
)
"""Keys of the entities of extensions that the options turn on or off together."""


def item_id(serial: str, item: str, key: str) -> str:
    """Return the device identifier of an extension or a trunk, the prefix of its unique ids."""
    return f"{serial}_{item}_{key}"


def at_place(name: str, place: str) -> str:
    """Return a name that differs from the same one at another PBX."""
    return f"{name} ({place})"


def place_of(title: str) -> str:
    """Return what tells a PBX from others: what its title ends with in brackets, or the title."""
    found = _PLACE.fullmatch(title)
    return found[1] if found else title


def extension_of(serial: str, identifiers: Iterable[tuple[str, ...]]) -> str:
    """Return the number of the extension whose device has these identifiers; empty for others."""
    prefix = item_id(serial, EXTENSION_ITEM, "")
    return next((key.removeprefix(prefix) for _, key in identifiers if key.startswith(prefix)), "")


@callback
def may_read(hass: HomeAssistant, user: User, entry_id: str) -> bool:
    """Return whether a user may read all entities of a PBX, and so its calls."""
    permissions = user.permissions
    return permissions.access_all_entities(POLICY_READ) or all(
        permissions.check_entity(each.entity_id, POLICY_READ)
        for each in er.async_entries_for_config_entry(er.async_get(hass), entry_id)
    )


@callback
def may_control(hass: HomeAssistant, user: User) -> bool:
    """Return whether a user may act: control one of our entities, as actions require."""
    permissions = user.permissions
    return permissions.access_all_entities(POLICY_CONTROL) or any(
        each.platform == DOMAIN and permissions.check_entity(each.entity_id, POLICY_CONTROL)
        for each in er.async_get(hass).entities.values()
    )


def shown_extensions(entry: ConfigEntry, store: StateStore) -> Mapping[str, Extension]:
    """Return the extensions that the user wants as devices."""
    choice = entry.options.get(CONF_EXTENSIONS, EXTENSIONS_ALL)
    if choice == EXTENSIONS_ALL:
        return store.extensions
    chosen = entry.options.get(CONF_CHOSEN_EXTENSIONS, ()) if choice == EXTENSIONS_CHOSEN else ()
    return {number: store.extensions[number] for number in chosen if number in store.extensions}


@callback
def async_sync_devices(
    hass: HomeAssistant, entry: ConfigEntry, store: StateStore, variant: Variant, mac: str | None
) -> None:
    """Add, update and remove devices according to the PBX and to the options of its entry.

    Args:
        mac: the hardware address of the PBX; None where it is not known.
    """
    registry = dr.async_get(hass)
    serial = store.serial
    known = _known(registry, entry)
    taken = _names_elsewhere(hass, registry, entry)
    pbx = _create_pbx(registry, entry, store.info, variant, mac)
    items = {
        item_id(serial, EXTENSION_ITEM, number): _extension_info(hass, extension)
        for number, extension in shown_extensions(entry, store).items()
    } | {
        item_id(serial, TRUNK_ITEM, key): _trunk_info(hass, trunk)
        for key, trunk in store.trunks.items()
    }
    for identifier, info in items.items():
        if info["name"] in taken:
            info["name"] = at_place(info["name"], place_of(entry.title))
        device = registry.async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={(DOMAIN, identifier)},
            manufacturer=variant.manufacturer,
            **info,
        )
        if device.via_device_id != pbx.id:
            registry.async_update_device(device.id, via_device_id=pbx.id)
    for identifier in known.keys() - items.keys() - {serial}:
        registry.async_remove_device(known[identifier].id)


@callback
def async_forget_device(store: StateStore, device: dr.DeviceEntry) -> bool:
    """Forget what a device is of; return False, and keep it, if that is still there."""
    keys: dict[str, Key] = {
        item_id(store.serial, EXTENSION_ITEM, number): extension_key(number)
        for number in store.extensions
    } | {item_id(store.serial, TRUNK_ITEM, key): trunk_key(key) for key in store.trunks}
    identifiers = {identifier for _, identifier in device.identifiers}
    items = {keys[identifier] for identifier in identifiers & keys.keys()}
    if store.serial in identifiers or not items <= store.missing:
        return False
    for item in items:
        store.forget(item)
    return True


async def async_end_ignored(hass: HomeAssistant, mac: str) -> None:
    """Remove what a user ignored when it was discovered, for a PBX that has an entry now.

    Home Assistant does so where both have the same unique id. A PBX has its serial number, but
    what is discovered has a hardware address.
    """
    ignored = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, mac)
    if ignored is not None and ignored.source == SOURCE_IGNORE:
        await hass.config_entries.async_remove(ignored.entry_id)


@callback
def async_remove_entities(
    hass: HomeAssistant, entry: ConfigEntry, *keys: str, kept: Collection[str] = ()
) -> None:
    """Remove entities that the options do not want any more.

    Args:
        keys: keys of their descriptions.
        kept: unique ids of those that stay.
    """
    registry, ends = er.async_get(hass), tuple(f"_{key}" for key in keys)
    for each in er.async_entries_for_config_entry(registry, entry.entry_id):
        if each.unique_id.endswith(ends) and each.unique_id not in kept:
            registry.async_remove(each.entity_id)


@callback
def async_forget_states(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget the last states of an entry's entities, which are restored by entity id.

    They have names and numbers, and an entity of the next PBX may get the same id.
    """
    data = restore_state.async_get(hass)
    by_entity: dict[str, Any] = getattr(data, "last_states", {})
    # In place of the other one since Home Assistant 2026.11.
    by_registry_id: dict[str, Any] = getattr(data, "last_states_by_entity_registry_id", {})
    for each in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        by_entity.pop(each.entity_id, None)
        by_registry_id.pop(each.id, None)


def _known(registry: dr.DeviceRegistry, entry: ConfigEntry) -> dict[str, dr.DeviceEntry]:
    """Return the devices of an entry by their identifier."""
    return {
        identifier: device
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id)
        for domain, identifier in device.identifiers
        if domain == DOMAIN
    }


def _names_elsewhere(
    hass: HomeAssistant, registry: dr.DeviceRegistry, entry: ConfigEntry
) -> set[str | None]:
    """Return the names of the devices of all other PBXes, as people see them."""
    return {
        device.name_by_user or device.name
        for other in hass.config_entries.async_entries(DOMAIN)
        if other is not entry
        for device in dr.async_entries_for_config_entry(registry, other.entry_id)
    }


def _extension_info(hass: HomeAssistant, extension: Extension) -> dict[str, Any]:
    """Return what the registry is to know of an extension's device."""
    name, number = extension.name, extension.number
    # The page of a device that has a name shows its number here alone.
    model = translation(hass, "device.extension.name", number, number=number)
    return {
        "model": model,
        "model_id": MODEL_EXTENSION,
        "name": model if name in ("", number) else name,
    }


def _trunk_info(hass: HomeAssistant, trunk: Trunk) -> dict[str, Any]:
    """Return what the registry is to know of a trunk's device."""
    key = "kind_of_trunk_model" if trunk.kind else "trunk_model"
    model = translation(hass, f"device.{key}.name", trunk.kind, kind=trunk.kind)
    return {"model": model, "model_id": MODEL_TRUNK, "name": trunk.name}


def _create_pbx(
    registry: dr.DeviceRegistry,
    entry: ConfigEntry,
    info: SystemInfo,
    variant: Variant,
    mac: str | None,
) -> dr.DeviceEntry:
    data = entry.data
    url = URL.build(
        scheme="https" if data[CONF_SSL] else "http",
        host=data[CONF_HOST],
        port=data[CONF_PORT] if variant.has_web_page else None,
    )
    return registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, info.serial)},
        connections={(dr.CONNECTION_NETWORK_MAC, mac)} if mac else None,
        manufacturer=variant.manufacturer,
        model=info.name or None,
        model_id=MODEL_PBX,
        name=entry.title,
        serial_number=info.serial,
        sw_version=info.firmware or None,
        hw_version=info.hardware or None,
        configuration_url=str(url),
    )
