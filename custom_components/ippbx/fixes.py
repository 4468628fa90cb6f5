"""The fixes in Repairs: each changes the entry, which is then loaded again."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from homeassistant.components.repairs import RepairsFlow
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_MAC, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResult
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.selector import TextSelector
import voluptuous as vol

from .const import (
    ADDRESS_FIXED,
    CONF_ADDRESS_MODE,
    CONF_CHANNEL,
    CONF_FINGERPRINT,
    CONF_FIXED_HOST,
    CONF_FIXED_PORT,
    CONF_FIXED_URL,
    CONF_NETWORKS,
    CONF_OLD_TLS,
    DOMAIN,
)
from .flows.check import FlowError, async_log_in
from .flows.forms import PORT
from .issues.registry import (
    CERTIFICATE_CHANGED,
    OTHER_PBX,
    REPORTS_ADDRESS_CHOSEN,
    REPORTS_CHANNEL_CHOSEN,
    REPORTS_CONTAINER,
    REPORTS_LOST,
    REPORTS_OTHER_NETWORK,
    REPORTS_PORT_TAKEN,
    REPORTS_TLS_ONLY,
    UNKNOWN_SOURCE,
)
from .link.create import async_get_guard
from .pbx.errors import PbxError
from .pbx.model.values import value
from .pbx.net.tls import bare_host, fetch_fingerprint, legible
from .reports.address import is_host
from .reports.channel import listener_port
from .reports.channels.ports import async_load_ports

type Details = dict[str, str | int | float | None]
type Options = dict[str, Any]

ADDRESS_FORM: Final = vol.Schema(
    {
        vol.Required(CONF_FIXED_HOST): TextSelector(),
        vol.Optional(CONF_FIXED_PORT): PORT,
    }
)
_NO_QUESTION: Final = vol.Schema({})
_OF_ADDRESS: Final = (CONF_ADDRESS_MODE, CONF_FIXED_HOST, CONF_FIXED_PORT, CONF_FIXED_URL)


@value
class Change:
    """The new data and options of an entry, and its unique id, a serial number."""

    data: dict[str, Any]
    options: dict[str, Any]
    unique_id: str | None


type Fix = Callable[[HomeAssistant, ConfigEntry, Details, Options], Awaitable[Change]]


def _change(entry: ConfigEntry, *removed: str, **options: Any) -> Change:
    """Return a change that sets some options and removes others."""
    kept = {key: value for key, value in entry.options.items() if key not in removed}
    return Change(data=dict(entry.data), options={**kept, **options}, unique_id=entry.unique_id)


async def _accept_source(
    _hass: HomeAssistant, entry: ConfigEntry, details: Details, _answers: Options
) -> Change:
    networks = dict.fromkeys((*entry.options.get(CONF_NETWORKS, ()), str(details["source"])))
    return _change(entry, **{CONF_NETWORKS: list(networks)})


async def _trust_certificate(
    _hass: HomeAssistant, entry: ConfigEntry, details: Details, _answers: Options
) -> Change:
    """Pin the certificate that the user was asked about, or had pinned, if the PBX shows it now."""
    data = entry.data
    try:
        shown = await fetch_fingerprint(
            data[CONF_HOST], data[CONF_PORT], data.get(CONF_OLD_TLS, False)
        )
    except PbxError:
        raise FlowError("cannot_connect") from None
    if shown != data.get(CONF_FINGERPRINT) and legible(shown) != details["fingerprint"]:
        raise FlowError("certificate_other", placeholders={"fingerprint": legible(shown)})
    return replace(_change(entry), data={**data, CONF_FINGERPRINT: shown})


async def _adopt_pbx(
    hass: HomeAssistant, entry: ConfigEntry, details: Details, _answers: Options
) -> Change:
    """Make the entry one of the other PBX, if that answers now; the old devices go at loading."""
    try:
        serial = (await async_log_in(hass, entry.data, entry.options)).info.serial
    except FlowError:
        raise FlowError("cannot_connect") from None
    if serial == entry.unique_id:
        return _change(entry)
    if serial != details["serial"]:
        raise FlowError("pbx_other", placeholders={"serial": serial})
    data = {key: value for key, value in entry.data.items() if key != CONF_MAC}
    return replace(_change(entry), data=data, unique_id=serial)


async def _set_address(
    _hass: HomeAssistant, entry: ConfigEntry, _details: Details, answers: Options
) -> Change:
    if not is_host(host := bare_host(answers[CONF_FIXED_HOST])):
        raise FlowError("invalid_fixed_host", field=CONF_FIXED_HOST)
    answered = {**answers, CONF_FIXED_HOST: host, CONF_ADDRESS_MODE: ADDRESS_FIXED}
    return _change(entry, *_OF_ADDRESS, **answered)


async def _use_automatic_address(
    _hass: HomeAssistant, entry: ConfigEntry, _details: Details, _answers: Options
) -> Change:
    return _change(entry, *_OF_ADDRESS)


async def _reset_channel(
    _hass: HomeAssistant, entry: ConfigEntry, _details: Details, _answers: Options
) -> Change:
    """Return to the automatic choice of the channel, and forget the remembered one."""
    change = _change(entry, CONF_CHANNEL)
    data = {key: value for key, value in change.data.items() if key != CONF_CHANNEL}
    return replace(change, data=data)


async def _try_again(
    hass: HomeAssistant, entry: ConfigEntry, _details: Details, _answers: Options
) -> Change:
    """Try the port of the own listener, which loading the entry opens."""
    ports = await async_load_ports(hass)
    if not await ports.async_can_listen(listener_port(entry.options)):
        raise FlowError("port_taken")
    return _change(entry)


FIXES: Final[Mapping[str, tuple[vol.Schema, Fix]]] = {
    UNKNOWN_SOURCE: (_NO_QUESTION, _accept_source),
    CERTIFICATE_CHANGED: (_NO_QUESTION, _trust_certificate),
    OTHER_PBX: (_NO_QUESTION, _adopt_pbx),
    REPORTS_PORT_TAKEN: (_NO_QUESTION, _try_again),
    REPORTS_TLS_ONLY: (_NO_QUESTION, _reset_channel),
    REPORTS_ADDRESS_CHOSEN: (_NO_QUESTION, _use_automatic_address),
    REPORTS_CONTAINER: (ADDRESS_FORM, _set_address),
    REPORTS_OTHER_NETWORK: (ADDRESS_FORM, _set_address),
    REPORTS_CHANNEL_CHOSEN: (_NO_QUESTION, _reset_channel),
    REPORTS_LOST: (_NO_QUESTION, _reset_channel),
}
"""Each kind with the form and the change of its fix.

Loading the entry again logs in and registers the report address again.
"""


class ConfirmedFixFlow(RepairsFlow):
    """A flow that asks once, changes the entry, and loads it again."""

    def __init__(self, kind: str, details: Details) -> None:
        """Keep the issue's kind and details."""
        super().__init__()
        self._kind = kind
        self._details = details
        self._shown: dict[str, str] = {}  # of the question; the issue may be closed meanwhile

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> FlowResult[Any, Any]:
        """Start with the question."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> FlowResult[Any, Any]:
        """Ask, then apply the fix."""
        entry = self.hass.config_entries.async_get_entry(str(self._details.get("entry_id")))
        if entry is None:
            return self.async_abort(reason="entry_gone")
        form, fix = FIXES[self._kind]
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                change = await fix(self.hass, entry, self._details, user_input)
            except FlowError as error:
                errors = {error.field: error.key}
                self._shown |= error.placeholders
                self._details = {**self._details, **error.placeholders}
            else:
                entries = self.hass.config_entries
                known = entries.async_entry_for_domain_unique_id(DOMAIN, change.unique_id or "")
                if known not in (None, entry):
                    return self.async_abort(reason="already_configured")
                entries.async_update_entry(
                    entry, data=change.data, options=change.options, unique_id=change.unique_id
                )
                (await async_get_guard(self.hass, entry.data)).lasted()
                entries.async_schedule_reload(entry.entry_id)
                return self.async_create_entry(data={})
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        if issue is not None and not self._shown:
            self._shown = dict(issue.translation_placeholders or {})
        return self.async_show_form(
            step_id="confirm",
            data_schema=self.add_suggested_values_to_schema(form, user_input),
            errors=errors,
            description_placeholders=self._shown,
        )
