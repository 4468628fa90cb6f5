"""Registers the actions: every row of `actions.table`, and those of the link."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from inspect import isawaitable
from typing import Any

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service, verify_domain_control
import voluptuous as vol

from .actions.context import ATTR_CONFIG_ENTRY_ID, ActionRequest, select_entry
from .actions.table import ACTIONS, ENTRY, CallAction, Fields
from .const import CONF_REPORT_ADDRESS, DOMAIN
from .exceptions import translated
from .pbx.errors import PbxAddressRefusedError, PbxError
from .pbx.model.lines import ReportAddress
from .reports.address import ADDRESS_FIELDS, InvalidReportAddressError, checked, hidden, origin
from .runtime import PbxConfigEntry
from .state.devices import may_read

type Handler = Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]

UPDATE_URL = "update_url"
SEND_HEARTBEAT = "send_heartbeat"
ATTR_ALLOW_SCHEME = "allow_scheme"


def _text(value: object) -> str:
    """Return a field as text; the number selector gives 8123.0 for 8123."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise vol.Invalid("expected text or a number")
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


_UPDATE_URL_FIELDS: Fields = {
    **ENTRY,
    **{vol.Optional(name): _text for name in ADDRESS_FIELDS},
    vol.Optional(ATTR_ALLOW_SCHEME, default=False): cv.boolean,
}


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register all actions; those that redirect reports or listen in require an administrator."""
    _register(hass, UPDATE_URL, _async_update_url, _UPDATE_URL_FIELDS, admin=True)
    _register(hass, SEND_HEARTBEAT, _async_send_heartbeat, ENTRY)
    for action in ACTIONS:
        handler, reads = _handler(action), action.reads
        _register(hass, action.name, handler, action.fields, admin=action.admin, reads=reads)


def _register(
    hass: HomeAssistant,
    name: str,
    handler: Handler,
    fields: Fields,
    *,
    admin: bool = False,
    reads: bool = False,
) -> None:
    """Register an action; one that does something requires control of one of our entities."""
    schema, response = vol.Schema(fields), SupportsResponse.OPTIONAL
    if admin:
        async_register_admin_service(hass, DOMAIN, name, handler, schema, response)
    elif reads:
        hass.services.async_register(DOMAIN, name, handler, schema, SupportsResponse.ONLY)
    else:
        controlled = verify_domain_control(DOMAIN)(handler)
        hass.services.async_register(DOMAIN, name, controlled, schema, response)


def _handler(action: CallAction) -> Handler:
    async def handle(call: ServiceCall) -> ServiceResponse:
        entries = await _async_readable(call) if action.reads else _loaded(call)
        contexts = {
            entry_id: entry.runtime_data.action_context for entry_id, entry in entries.items()
        }
        run = await action.async_handler(call.hass)
        result = run(ActionRequest(hass=call.hass, data=call.data, contexts=contexts))
        response: ServiceResponse = await result if isawaitable(result) else result
        return response

    return handle


async def _async_update_url(call: ServiceCall) -> ServiceResponse:
    """Set fields of the report address by hand, or none to reset it, and send it at once."""
    entry = _entry_of(call)
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
    send = entry.runtime_data.link.async_register_address
    return _response(entry, *await _async_heartbeat(entry, send))


async def _async_send_heartbeat(call: ServiceCall) -> ServiceResponse:
    """Send a heartbeat now. Not for administrators alone, so the response hides the secret path."""
    entry = _entry_of(call)
    send = entry.runtime_data.link.async_send_heartbeat
    sent, answer = await _async_heartbeat(entry, send)
    shown = replace(sent, url=hidden(sent.url, entry.runtime_data.channel.path))
    return _response(entry, shown, answer)


async def _async_heartbeat(
    entry: PbxConfigEntry, send: Callable[[], Coroutine[Any, Any, ReportAddress | None]]
) -> tuple[ReportAddress, str]:
    """Send a heartbeat; return the address and the answer, which may be a refusal of the address.

    Raises:
        HomeAssistantError: any other failure.
    """
    runtime = entry.runtime_data
    try:
        return await send() or runtime.report_address(), "Success"
    except PbxAddressRefusedError as error:
        return runtime.report_address(), str(error.errno)
    except PbxError as error:
        raise translated(error, HomeAssistantError) from error


def _response(entry: PbxConfigEntry, sent: ReportAddress, answer: str) -> ServiceResponse:
    return {
        "sent": {name: getattr(sent, name) for name in ADDRESS_FIELDS},
        "origin": origin(entry.data, entry.options),
        "answer": answer,
    }


def _loaded(call: ServiceCall) -> dict[str, PbxConfigEntry]:
    entries: list[PbxConfigEntry] = call.hass.config_entries.async_loaded_entries(DOMAIN)
    return {entry.entry_id: entry for entry in entries}


async def _async_readable(call: ServiceCall) -> dict[str, PbxConfigEntry]:
    """Return the loaded entries whose entities the user may read; all where there is no user.

    Raises:
        Unauthorized: the user may read none.
    """
    entries = _loaded(call)
    if (user_id := call.context.user_id) is None or not entries:
        return entries
    user = await call.hass.auth.async_get_user(user_id)
    readable = {
        key: entry for key, entry in entries.items() if user and may_read(call.hass, user, key)
    }
    if not readable:
        raise Unauthorized(context=call.context, user_id=user_id, permission=POLICY_READ)
    return readable


def _entry_of(call: ServiceCall) -> PbxConfigEntry:
    """Return the named entry, or the only one.

    Raises:
        ServiceValidationError: there is none, or several and none is named.
    """
    return select_entry(_loaded(call), call.data.get(ATTR_CONFIG_ENTRY_ID))
