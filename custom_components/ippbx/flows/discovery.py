"""Discovery by DHCP: what answers at an address, and which known PBX has moved to it."""

from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_MAC, CONF_SSL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant, callback

from ..const import CONF_DIALECT, LOGGER
from ..pbx.backends import hardware_address
from ..pbx.net.addresses import normalised
from ..reports.address import is_address
from .check import WRONG_SCHEME, FlowError, async_find, async_log_in


async def async_probe(hass: HomeAssistant, host: str) -> dict[str, Any]:
    """Return the settings with which a PBX answers at an address, without a login.

    Raises:
        FlowError: no API of a PBX answers. The makers of PBXes make gateways and phones, too.
    """
    settings = {CONF_HOST: host, CONF_VERIFY_SSL: False}
    try:
        return await async_find(hass, {**settings, CONF_SSL: False})
    except FlowError as error:
        if error.key != WRONG_SCHEME:
            raise
        return await async_find(hass, {**settings, CONF_SSL: True})


@callback
def has_hardware_address(entry: ConfigEntry, mac: str) -> bool:
    """Return whether the PBX of an entry is known by a hardware address."""
    return mac in (entry.data.get(CONF_MAC), hardware_address(entry.unique_id or ""))


@callback
def is_at(entry: ConfigEntry, host: str) -> bool:
    """Return whether the PBX of an entry answers at an IP address now."""
    if entry.state is not ConfigEntryState.LOADED or not entry.runtime_data.link.up:
        return False
    peer = entry.runtime_data.backend.session.peer_address
    return host in (entry.data[CONF_HOST], normalised(peer or ""))


def title_at(entry: ConfigEntry, host: str) -> str:
    """Return the title of an entry at a new host, which it may name."""
    title, before = entry.title, entry.data[CONF_HOST]
    for end in (")", ":"):  # with a port or without
        title = title.replace(f"({before}{end}", f"({host}{end}")
    return title


@callback
def async_learn(hass: HomeAssistant, entry: ConfigEntry, mac: str) -> None:
    """Keep the hardware address of a PBX, by which it is known when its address changes."""
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_MAC: mac})
    if entry.state is ConfigEntryState.LOADED:
        entry.runtime_data.async_sync_devices()


async def async_follow(hass: HomeAssistant, entry: ConfigEntry, host: str) -> None:
    """Make an entry use the new IP address of its PBX.

    Not where its host is a name, where the PBX still answers at the old address (it may have two),
    where nothing answers at the new one, or where its credentials are refused and must not be sent
    again. What answers there must let us in and have the PBX's serial number: the hardware address
    alone proves nothing, and the former address is not asked again.
    """
    if entry.data[CONF_HOST] == host or not is_address(entry.data[CONF_HOST]):
        return
    if any(entry.async_get_active_flows(hass, {SOURCE_REAUTH})):
        return
    if entry.state is ConfigEntryState.LOADED:
        link = entry.runtime_data.link
        if link.up and await link.async_check():
            return
    moved = {**entry.data, CONF_HOST: host}
    try:
        await async_find(hass, {key: value for key, value in moved.items() if key != CONF_DIALECT})
        await async_log_in(hass, moved, entry.options, serial=entry.unique_id)
    except FlowError as error:
        LOGGER.debug("%s: not at another address: %s", entry.title, error)
        return
    if hass.config_entries.async_get_entry(entry.entry_id) is None:  # removed meanwhile
        return
    LOGGER.info("%s: the PBX has another address now", entry.title)
    hass.config_entries.async_update_entry(
        entry, title=title_at(entry, host), data={**entry.data, CONF_HOST: host}
    )
    hass.config_entries.async_schedule_reload(entry.entry_id)
