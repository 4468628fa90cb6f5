"""The options flow: link, reports, extensions, calls, contacts and call log."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import CONF_HOST
from homeassistant.data_entry_flow import section
import voluptuous as vol

from ..const import (
    ADDRESS_FIXED,
    CHANNEL_LISTENER,
    CHANNEL_STREAM,
    CONF_ADDRESS_MODE,
    CONF_CHANNEL,
    CONF_CHOSEN_EXTENSIONS,
    CONF_FIXED_URL,
    CONF_LISTENER_PORT,
    DOMAIN,
)
from ..link.create import async_allow_feed
from ..pbx.model.lines import Extension
from ..reports.address import server_port
from .check import FlowError
from .forms import chosen_extensions, extensions_choice
from .option_forms import (
    FORMS,
    ROOT,
    SECTION_CALL_LOG,
    SECTION_CALLS,
    SECTION_CONTACTS,
    SECTION_EXTENSIONS,
    SECTION_LINK,
    SECTION_REPORTS,
    checked_calls,
    checked_contacts,
    checked_extensions,
    checked_reports,
)


class PbxOptionsFlow(OptionsFlowWithReload):
    """The options flow of an entry; a change reloads it."""

    def __init__(self, extensions: Mapping[str, Extension]) -> None:
        """Keep the extensions of the PBX by their numbers; empty where it is not loaded."""
        self._extensions = extensions

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show and save all options."""
        errors: dict[str, str] = {}
        shown = user_input or _in_sections(self.config_entry.options)
        if user_input is not None:
            try:
                options = self._checked(user_input)
            except FlowError as error:
                errors = {error.field: error.key}
            else:
                if options[CONF_CHANNEL] == CHANNEL_STREAM:
                    await self._async_try_stream_again(options)
                return self.async_create_entry(data=options)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                self._form(open_section=next(iter(errors), SECTION_LINK)), shown
            ),
            errors=errors,
        )

    async def _async_try_stream_again(self, options: dict[str, Any]) -> None:
        """Allow a refused login of the feed once more, even if no option changes."""
        await async_allow_feed(self.hass, self.config_entry.data, options)
        if options == self.config_entry.options:
            self.hass.config_entries.async_schedule_reload(self.config_entry.entry_id)

    def _form(self, open_section: str) -> vol.Schema:
        extensions = chosen_extensions(self._known_extensions(), free=True)
        forms = {**FORMS, SECTION_EXTENSIONS: {**extensions_choice(), **extensions}}
        return vol.Schema(
            {
                vol.Required(name): section(vol.Schema(form), {"collapsed": name != open_section})
                for name, form in forms.items()
            }
        )

    def _known_extensions(self) -> list[Extension]:
        """Return the extensions of the PBX, and the chosen ones, even if they vanished."""
        known = dict(self._extensions)
        for number in self.config_entry.options.get(CONF_CHOSEN_EXTENSIONS, ()):
            known.setdefault(number, Extension(number=number))
        return [known[number] for number in sorted(known, key=lambda text: (len(text), text))]

    def _checked(self, user_input: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options from a form.

        Raises:
            FlowError: an option is invalid.
        """
        reports = checked_reports(user_input[SECTION_REPORTS])
        if reports[CONF_LISTENER_PORT] == server_port(self.hass):
            raise FlowError("listener_port_taken", field=SECTION_REPORTS)
        if uses_root(reports):
            self._check_root(reports)
        return {
            **user_input[SECTION_LINK],
            **reports,
            **checked_extensions(user_input[SECTION_EXTENSIONS]),
            **checked_calls(user_input[SECTION_CALLS]),
            **checked_contacts(user_input[SECTION_CONTACTS], self.hass.config.country),
            **user_input[SECTION_CALL_LOG],
        }

    def _check_root(self, reports: Mapping[str, Any]) -> None:
        """Raise if reports to the root would not arrive, or not identify their entry."""
        if reports[CONF_CHANNEL] != CHANNEL_LISTENER:
            raise FlowError("root_needs_listener", field=SECTION_REPORTS)
        for other in self.hass.config_entries.async_entries(DOMAIN, include_ignore=False):
            if (
                other.entry_id != self.config_entry.entry_id
                and uses_root(other.options)
                and other.options.get(CONF_LISTENER_PORT) == reports[CONF_LISTENER_PORT]
                and other.data[CONF_HOST] == self.config_entry.data[CONF_HOST]
            ):
                raise FlowError("root_taken", field=SECTION_REPORTS)


def uses_root(options: Mapping[str, Any]) -> bool:
    """Return whether the reports of an entry are sent without a path."""
    return options.get(CONF_ADDRESS_MODE) == ADDRESS_FIXED and options.get(CONF_FIXED_URL) == ""


def _in_sections(options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return options by section, as the form shows them."""
    shown = dict(options)
    if shown.get(CONF_FIXED_URL) == "":
        shown[CONF_FIXED_URL] = ROOT
    return dict.fromkeys(FORMS, shown)
