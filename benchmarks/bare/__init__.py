"""The least that an integration can be: what others are compared with.

Its devices and entities are those that a file describes. One webhook does nothing; another one
parses a report and writes the state of one entity, without asking who sent it, whether it is one,
or what became of the ones before; a third one writes those that it is told.
"""

from typing import Any

from aiohttp.web import Request
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from .const import DATA_SHAPE, DOMAIN, NOTHING_ID, REPORT_ID, STATES_ID
from .sensor import BareSensor


def platforms(hass: HomeAssistant) -> list[str]:
    """Return the platforms of the described entities; no other one is loaded."""
    return sorted({each["domain"] for each in hass.data[DATA_SHAPE]["entities"]})


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry[dict[str, BareSensor]]) -> bool:
    """Create the devices and entities, then take reports."""
    sensors: dict[str, BareSensor] = {}
    entry.runtime_data = sensors
    _create_devices(hass, entry, hass.data[DATA_SHAPE]["devices"])
    await hass.config_entries.async_forward_entry_setups(entry, platforms(hass))

    async def nothing(_hass: HomeAssistant, _webhook_id: str, _request: Request) -> None:
        pass

    async def report(_hass: HomeAssistant, _webhook_id: str, request: Request) -> None:
        data = await request.json()
        sensors[data["extension"]].take(data["status"])

    async def states(_hass: HomeAssistant, _webhook_id: str, request: Request) -> None:
        for number, value in (await request.json())["states"].items():
            sensors[number].take(value)

    webhook.async_register(hass, DOMAIN, "Nothing", NOTHING_ID, nothing)
    webhook.async_register(hass, DOMAIN, "Report", REPORT_ID, report)
    webhook.async_register(hass, DOMAIN, "States", STATES_ID, states)
    return True


def _create_devices(
    hass: HomeAssistant, entry: ConfigEntry[Any], devices: list[dict[str, Any]]
) -> None:
    registry = dr.async_get(hass)
    ids: dict[str, str] = {}
    for described in sorted(devices, key=lambda device: device["via"] is not None):
        fields = dict(described)
        name, via = fields.pop("id"), fields.pop("via")
        device = registry.async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={(DOMAIN, name)}, **fields
        )
        ids[name] = device.id
        if via is not None:
            registry.async_update_device(device.id, via_device_id=ids[via])
