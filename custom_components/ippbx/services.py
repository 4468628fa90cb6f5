"""The actions: set the report address by hand, and send a heartbeat now."""

from dataclasses import replace

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
import voluptuous as vol

from .const import CONF_REPORT_ADDRESS, DOMAIN
from .exceptions import translated
from .pbx.errors import PbxAddressRefusedError, PbxError
from .pbx.model.lines import ReportAddress
from .reports.address import ADDRESS_FIELDS, InvalidReportAddressError, checked, hidden, origin
from .runtime import PbxConfigEntry

UPDATE_URL = "update_url"
SEND_HEARTBEAT = "send_heartbeat"
ATTR_CONFIG_ENTRY_ID = "config_entry_id"
ATTR_ALLOW_SCHEME = "allow_scheme"


def _text(value: object) -> str:
    """Return a field as text: the number selector gives 8123.0 for 8123."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise vol.Invalid("expected text or a number")
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


_ENTRY = {vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string}
_SEND_HEARTBEAT_SCHEMA = vol.Schema(_ENTRY)
_UPDATE_URL_SCHEMA = vol.Schema(
    {
        **_ENTRY,
        **{vol.Optional(name): _text for name in ADDRESS_FIELDS},
        vol.Optional(ATTR_ALLOW_SCHEME, default=False): cv.boolean,
    }
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions. The one that redirects what the PBX tells is for administrators."""
    async_register_admin_service(
        hass,
        DOMAIN,
        UPDATE_URL,
        _async_update_url,
        schema=_UPDATE_URL_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )
    hass.services.async_register(
        DOMAIN,
        SEND_HEARTBEAT,
        _async_send_heartbeat,
        schema=_SEND_HEARTBEAT_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_update_url(call: ServiceCall) -> ServiceResponse:
    """Set any field of the report address by hand, or none to undo that; send it at once."""
    entry = entry_of(call)
    try:
        by_hand = checked(call.data, allow_scheme=call.data[ATTR_ALLOW_SCHEME])
    except InvalidReportAddressError as error:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key=error.reason
        ) from error
    data = {key: value for key, value in entry.data.items() if key != CONF_REPORT_ADDRESS}
    if by_hand:
        data[CONF_REPORT_ADDRESS] = by_hand
    call.hass.config_entries.async_update_entry(entry, data=data)
    return _response(entry, *await _async_beat(entry))


async def _async_send_heartbeat(call: ServiceCall) -> ServiceResponse:
    """Send a heartbeat now. Anybody may, so the answer keeps the secret path."""
    entry = entry_of(call)
    sent, answer = await _async_beat(entry)
    return _response(
        entry, replace(sent, url=hidden(sent.url, entry.runtime_data.channel.path)), answer
    )


async def _async_beat(entry: PbxConfigEntry) -> tuple[ReportAddress, str]:
    """Send a heartbeat; return what was sent and what the PBX answered.

    A refusal of the address is an answer; anything else that goes wrong is an error.
    """
    coordinator = entry.runtime_data
    try:
        return await coordinator.link.async_send_heartbeat(), "Success"
    except PbxAddressRefusedError as error:
        return coordinator.report_address(), str(error.errno)
    except PbxError as error:
        raise translated(error, HomeAssistantError) from error


def _response(entry: PbxConfigEntry, sent: ReportAddress, answer: str) -> ServiceResponse:
    return {
        "sent": {name: getattr(sent, name) for name in ADDRESS_FIELDS},
        "origin": origin(entry.data, entry.options),
        "answer": answer,
    }


def entry_of(call: ServiceCall) -> PbxConfigEntry:
    """Return the entry that an action is for: the one that it names, or the only one.

    Raises:
        ServiceValidationError: there is none, or more than one and none is named.
    """
    entries: list[PbxConfigEntry] = call.hass.config_entries.async_loaded_entries(DOMAIN)
    wanted = call.data.get(ATTR_CONFIG_ENTRY_ID)
    if wanted is not None:
        entries = [entry for entry in entries if entry.entry_id == wanted]
    if len(entries) != 1:
        key = "several_entries" if entries else "entry_not_loaded"
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key=key)
    return entries[0]
