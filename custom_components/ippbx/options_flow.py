"""Changes what is a matter of taste or of the network: the link, the reports, the extensions."""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import CONF_HOST
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)
import voluptuous as vol

from .const import (
    ADDRESS_AUTOMATIC,
    ADDRESS_FIXED,
    ADDRESS_RELATIVE,
    CONF_ADDRESS_MODE,
    CONF_CHOSEN_EXTENSIONS,
    CONF_EXTENSIONS,
    CONF_FIXED_HOST,
    CONF_FIXED_PORT,
    CONF_FIXED_URL,
    CONF_HEARTBEAT_INTERVAL,
    CONF_LISTENER_PORT,
    CONF_NETWORKS,
    CONF_REPORT_PATH,
    DEFAULT_HEARTBEAT_INTERVAL,
    DEFAULT_LISTENER_PORT,
    DOMAIN,
    EXTENSIONS_CHOSEN,
    MAX_HEARTBEAT_INTERVAL,
    MIN_HEARTBEAT_INTERVAL,
    PATH_AUTOMATIC,
    PATH_LISTENER,
    PATH_WEBHOOK,
)
from .flow_check import FlowError
from .flow_forms import PORT, chosen_extensions, extensions_choice
from .pbx.models import Extension
from .report_address import InvalidReportAddressError, checked, is_host
from .report_path import server_port

SECTION_LINK, SECTION_REPORTS, SECTION_EXTENSIONS = "link", "reports", "extensions"
ROOT = "/"  # what a user types for "no url at all"

_LINK = {
    vol.Required(CONF_HEARTBEAT_INTERVAL, default=DEFAULT_HEARTBEAT_INTERVAL): vol.All(
        NumberSelector(
            NumberSelectorConfig(
                min=MIN_HEARTBEAT_INTERVAL,
                max=MAX_HEARTBEAT_INTERVAL,
                step=1,
                unit_of_measurement="s",
                mode=NumberSelectorMode.BOX,
            )
        ),
        vol.Coerce(int),
    )
}


def _choice(key: str, *options: str) -> dict[vol.Marker, Any]:
    """Return a field that asks for one of some words; the first one is the default."""
    return {
        vol.Required(key, default=options[0]): SelectSelector(
            SelectSelectorConfig(
                options=list(options), mode=SelectSelectorMode.DROPDOWN, translation_key=key
            )
        )
    }


_REPORTS = {
    **_choice(CONF_REPORT_PATH, PATH_AUTOMATIC, PATH_WEBHOOK, PATH_LISTENER),
    vol.Required(CONF_LISTENER_PORT, default=DEFAULT_LISTENER_PORT): PORT,
    **_choice(CONF_ADDRESS_MODE, ADDRESS_AUTOMATIC, ADDRESS_RELATIVE, ADDRESS_FIXED),
    vol.Optional(CONF_FIXED_HOST): TextSelector(),
    vol.Optional(CONF_FIXED_PORT): PORT,
    vol.Optional(CONF_FIXED_URL): TextSelector(),
    vol.Optional(CONF_NETWORKS): TextSelector(TextSelectorConfig(multiple=True)),
}


class PbxOptionsFlow(OptionsFlowWithReload):
    """Asks for the options of an entry; what changes takes effect by a reload."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for all options at once."""
        errors: dict[str, str] = {}
        shown = user_input or _in_sections(self.config_entry.options)
        if user_input is not None:
            try:
                return self.async_create_entry(data=self._checked(user_input))
            except FlowError as error:
                errors = {error.field: error.key}
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                self._form(open_section=next(iter(errors), SECTION_LINK)), shown
            ),
            errors=errors,
        )

    def _form(self, open_section: str) -> vol.Schema:
        fields = {
            SECTION_LINK: _LINK,
            SECTION_REPORTS: _REPORTS,
            SECTION_EXTENSIONS: {
                **extensions_choice(),
                **chosen_extensions(self._known_extensions(), free=True),
            },
        }
        return vol.Schema(
            {
                vol.Required(name): section(vol.Schema(schema), {"collapsed": name != open_section})
                for name, schema in fields.items()
            }
        )

    def _known_extensions(self) -> list[Extension]:
        """Return what the PBX has, and what was chosen before: a number that vanished can be kept."""
        known: dict[str, Extension] = {}
        if self.config_entry.state is ConfigEntryState.LOADED:
            known.update(self.config_entry.runtime_data.data.extensions)
        for number in self.config_entry.options.get(CONF_CHOSEN_EXTENSIONS, ()):
            known.setdefault(number, Extension(number=number))
        return [known[number] for number in sorted(known, key=lambda text: (len(text), text))]

    def _checked(self, user_input: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options that a form asks for.

        Raises:
            FlowError: one of them cannot be.
        """
        reports = _checked_reports(user_input[SECTION_REPORTS])
        if reports[CONF_LISTENER_PORT] == server_port(self.hass):
            raise FlowError("listener_port_taken", field=SECTION_REPORTS)
        if takes_root(reports):
            self._check_root(reports)
        extensions = _checked_extensions(user_input[SECTION_EXTENSIONS])
        return {**user_input[SECTION_LINK], **reports, **extensions}

    def _check_root(self, reports: Mapping[str, Any]) -> None:
        """Raise where reports to the root would not arrive, or not be known apart."""
        if reports[CONF_REPORT_PATH] != PATH_LISTENER:
            raise FlowError("root_needs_listener", field=SECTION_REPORTS)
        for other in self.hass.config_entries.async_entries(DOMAIN, include_ignore=False):
            if (
                other.entry_id != self.config_entry.entry_id
                and takes_root(other.options)
                and other.options.get(CONF_LISTENER_PORT) == reports[CONF_LISTENER_PORT]
                and other.data[CONF_HOST] == self.config_entry.data[CONF_HOST]
            ):
                raise FlowError("root_taken", field=SECTION_REPORTS)


def takes_root(options: Mapping[str, Any]) -> bool:
    """Tell whether an entry has its reports sent without any path."""
    return options.get(CONF_ADDRESS_MODE) == ADDRESS_FIXED and options.get(CONF_FIXED_URL) == ""


def _in_sections(options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return options as the form shows them."""
    shown = dict(options)
    if shown.get(CONF_FIXED_URL) == "":
        shown[CONF_FIXED_URL] = ROOT
    return dict.fromkeys((SECTION_LINK, SECTION_REPORTS, SECTION_EXTENSIONS), shown)


def _checked_reports(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the reports; empty fields are left out.

    Raises:
        FlowError: an address, a url or a network is none.
    """
    texts = {key: str(fields.get(key, "")).strip() for key in (CONF_FIXED_HOST, CONF_FIXED_URL)}
    options = {
        **{key: value for key, value in fields.items() if key not in texts},
        **{key: text for key, text in texts.items() if text},
        CONF_NETWORKS: [_network(text) for text in fields.get(CONF_NETWORKS, ())],
    }
    fixed = [key for key in (*texts, CONF_FIXED_PORT) if key in options]
    if options[CONF_ADDRESS_MODE] == ADDRESS_FIXED and not fixed:
        raise FlowError("fixed_address_empty", field=SECTION_REPORTS)
    if (host := texts[CONF_FIXED_HOST]) and not is_host(host):
        raise FlowError("invalid_fixed_host", field=SECTION_REPORTS)
    if options.get(CONF_FIXED_URL) == ROOT:
        options[CONF_FIXED_URL] = ""
    elif url := texts[CONF_FIXED_URL]:
        _check_url(url)
    return options


def _check_url(url: str) -> None:
    try:
        checked({"url": url})
    except InvalidReportAddressError as error:
        raise FlowError(error.reason, field=SECTION_REPORTS) from error


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError as error:
        raise FlowError("invalid_network", field=SECTION_REPORTS) from error


def _checked_extensions(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the extensions.

    Raises:
        FlowError: nothing is chosen, or something that is no number.
    """
    numbers = [text.strip() for text in fields.get(CONF_CHOSEN_EXTENSIONS, ())]
    if any(not number or len(number) > 32 or len(number.split()) > 1 for number in numbers):
        raise FlowError("invalid_extension", field=SECTION_EXTENSIONS)
    if fields[CONF_EXTENSIONS] == EXTENSIONS_CHOSEN and not numbers:
        raise FlowError("no_extension", field=SECTION_EXTENSIONS)
    return {
        CONF_EXTENSIONS: fields[CONF_EXTENSIONS],
        CONF_CHOSEN_EXTENSIONS: list(dict.fromkeys(numbers)),
    }
