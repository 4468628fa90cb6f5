"""The options flow: a menu of forms, each of which saves its own options."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import field
from functools import partialmethod
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.helpers.importlib import async_import_module
import voluptuous as vol

from ..const import (
    CHANNEL_STREAM,
    CONF_CHANNEL,
    CONF_CHOSEN_EXTENSIONS,
    CONF_DOOR_PHONES,
    CONF_PAGING_GROUPS,
)
from ..link.create import async_allow_feed
from ..pbx.errors import PbxError, PbxUnsupportedError
from ..pbx.model.lines import CompanyContact, Extension
from ..pbx.model.values import bundle
from .check import FlowError

MENU: Final = ("calls", "contacts", "extensions", "privacy", "reports", "link")


@bundle
class PbxLists:
    """What a PBX lists, for the options; nothing where its entry is not loaded.

    Attributes:
        extensions: its extensions by their numbers.
        read_company: reads its address book; None where it has none.
        read_groups: reads the numbers of its paging groups.
    """

    extensions: Mapping[str, Extension] = field(default_factory=dict)
    read_company: Callable[[], Awaitable[tuple[CompanyContact, ...]]] | None = None
    read_groups: Callable[[], Awaitable[frozenset[str]]] | None = None


class PbxOptionsFlow(OptionsFlowWithReload):
    """The options flow of an entry; a change reloads it."""

    def __init__(self, lists: Callable[[], PbxLists]) -> None:
        """Keep what returns the present lists: the entry may be loaded again meanwhile."""
        self._lists = lists
        self._contact_forms: Any = None

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Offer the forms, in the order of their use."""
        return self.async_show_menu(step_id="init", menu_options=MENU)

    async def _async_step(
        self, step_id: str, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show a form; save its options beside those of the other forms."""
        forms = await async_import_module(self.hass, f"{__package__}.option_forms")
        form = forms.FORMS[step_id]
        fields = form.fields(self._known_extensions())
        errors, placeholders = dict[str, str](), dict[str, str]()
        if user_input is not None:
            try:
                checked = form.check(self.hass, self.config_entry, user_input)
                await self._async_check_known(checked)
            except FlowError as error:
                errors, placeholders = {error.field: error.key}, error.placeholders
            else:
                saved = self.config_entry.options
                others = {key: value for key, value in saved.items() if key not in fields}
                return await self._async_save({**others, **checked})
        shown = user_input or forms.shown(self.config_entry.options)
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(vol.Schema(fields), shown),
            errors=errors,
            description_placeholders=placeholders,
        )

    async_step_calls = partialmethod(_async_step, "calls")
    async_step_extensions = partialmethod(_async_step, "extensions")
    async_step_privacy = partialmethod(_async_step, "privacy")
    async_step_reports = partialmethod(_async_step, "reports")
    async_step_link = partialmethod(_async_step, "link")

    async def _async_contact_step(
        self, step_id: str, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show or save one of the forms of the contacts, which all PBXes share."""
        if self._contact_forms is None:
            forms = await async_import_module(self.hass, f"{__package__}.contact_forms")
            self._contact_forms = forms.ContactForms(self, self._lists)
        result: ConfigFlowResult = await self._contact_forms.steps[step_id](user_input)
        return result

    async_step_contacts = partialmethod(_async_contact_step, "contacts")
    async_step_contact_add = partialmethod(_async_contact_step, "contact_add")
    async_step_contact_select = partialmethod(_async_contact_step, "contact_select")
    async_step_contact_change = partialmethod(_async_contact_step, "contact_change")
    async_step_contacts_file = partialmethod(_async_contact_step, "contacts_file")
    async_step_contacts_company = partialmethod(_async_contact_step, "contacts_company")
    async_step_contacts_preview = partialmethod(_async_contact_step, "contacts_preview")
    async_step_contacts_nothing = partialmethod(_async_contact_step, "contacts_nothing")

    async def _async_save(self, options: dict[str, Any]) -> ConfigFlowResult:
        """Save options; a refused login of the feed is allowed once more, even if none changes."""
        if options.get(CONF_CHANNEL) == CHANNEL_STREAM:
            await async_allow_feed(self.hass, self.config_entry.data, options)
            if options == self.config_entry.options:
                self.hass.config_entries.async_schedule_reload(self.config_entry.entry_id)
        return self.async_create_entry(data=options)

    async def _async_check_known(self, options: Mapping[str, Any]) -> None:
        """Check that the PBX has the numbers that are new in options, where it can be asked.

        Raises:
            FlowError: a door phone or a paging group is unknown to it.
        """
        lists = self._lists()
        door_phones = self._added(options, CONF_DOOR_PHONES, lists.extensions)
        if door_phones and lists.extensions:
            numbers = {"numbers": ", ".join(door_phones)}
            raise FlowError("extension_unknown", field=CONF_DOOR_PHONES, placeholders=numbers)
        if lists.read_groups is None or not self._added(options, CONF_PAGING_GROUPS, ()):
            return
        try:
            known = await lists.read_groups()
        except PbxUnsupportedError:
            known = frozenset()
        except PbxError:
            return
        if groups := self._added(options, CONF_PAGING_GROUPS, known):
            numbers = {"numbers": ", ".join(groups)}
            raise FlowError("paging_group_unknown", field=CONF_PAGING_GROUPS, placeholders=numbers)

    def _added(self, options: Mapping[str, Any], key: str, known: Collection[str]) -> list[str]:
        """Return the numbers of an option that are neither known nor saved already."""
        saved = self.config_entry.options.get(key, ())
        return [each for each in options.get(key, ()) if each not in known and each not in saved]

    def _known_extensions(self) -> list[Extension]:
        """Return the extensions of the PBX, and the chosen ones, even if they vanished."""
        known = dict(self._lists().extensions)
        for key in (CONF_CHOSEN_EXTENSIONS, CONF_DOOR_PHONES):
            for number in self.config_entry.options.get(key, ()):
                known.setdefault(number, Extension(number=number))
        return [known[number] for number in sorted(known, key=lambda text: (len(text), text))]
