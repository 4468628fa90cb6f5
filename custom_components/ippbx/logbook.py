"""Lines of the logbook: who called, looked up when the logbook is read."""

from collections.abc import Callable

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .calls.lines import EVENT_LINE
from .calls.names import Names
from .calls.texts import CallTexts
from .const import DOMAIN
from .pbx.model.tracked import CallEventType
from .state.devices import extension_of
from .translation import translation

_ICONS = {CallEventType.RINGING: "mdi:phone-ring", CallEventType.MISSED: "mdi:phone-missed"}
_ICON = "mdi:phone-hangup"
_PBX = "services.dial.fields.config_entry_id.name"  # where the device is gone


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event], dict[str, str]]], None],
) -> None:
    """Register the description of the event for a line, which is called in any thread."""
    devices = dr.async_get(hass)
    no_names = Names(dict)

    def describe(event: Event) -> dict[str, str]:
        data = event.data
        device = devices.async_get(data[ATTR_DEVICE_ID])
        entry = hass.config_entries.async_get_entry(data[ATTR_CONFIG_ENTRY_ID])
        texts, call, extension = CallTexts(hass=hass, names=no_names), None, ""
        if device is not None and entry is not None and entry.state is ConfigEntryState.LOADED:
            runtime = entry.runtime_data
            texts, call_id = runtime.texts, data["call_id"]
            extension = extension_of(runtime.store.serial, device.identifiers)
            call = runtime.history.log.find(call_id) or runtime.lines.find(call_id)
        return {
            LOGBOOK_ENTRY_NAME: (device and (device.name_by_user or device.name))
            or translation(hass, _PBX, "PBX"),
            LOGBOOK_ENTRY_MESSAGE: texts.line(data["type"], call, extension),
            LOGBOOK_ENTRY_ICON: _ICONS.get(data["type"], _ICON),
        }

    async_describe_event(DOMAIN, EVENT_LINE, describe)
