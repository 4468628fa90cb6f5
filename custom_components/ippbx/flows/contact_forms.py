"""The options' forms for the contacts that all PBXes share."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from importlib.util import resolve_name
import re
from typing import Any, Final

from homeassistant.components.file_upload import process_uploaded_file
from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_NAME
from homeassistant.helpers.importlib import async_import_module
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    FileSelector,
    FileSelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ..const import CONF_FOLLOW_CONTACTS, CONF_NUMBER, CONF_PERSON, CONF_VIP
from ..contacts.company import cards_of
from ..contacts.merge import MAX_CONTACTS, MAX_NAME, Card, Merged, Row, row_of
from ..contacts.shared import SharedContacts, async_get_contacts
from ..pbx.errors import PbxError, PbxUnsupportedError
from .check import FlowError
from .forms import choice
from .options import PbxLists

CONF_CONTACT: Final = "contact"
CONF_REMOVE: Final = "remove"
CONF_FILE: Final = "file"
CONF_COMPANY: Final = "company_contacts"
OFF, ONCE, FOLLOW = "off", "once", "follow"
_VCARD: Final = resolve_name("..contacts.vcard", __package__)
_SHOWN: Final = 10  # of what is left out
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~&-])")

_CONTACT: Final = {
    vol.Optional(CONF_NAME): TextSelector(),
    vol.Required(CONF_NUMBER): TextSelector(TextSelectorConfig(type=TextSelectorType.TEL)),
    vol.Required(CONF_VIP, default=False): BooleanSelector(),
    vol.Optional(CONF_PERSON): EntitySelector(EntitySelectorConfig(domain="person")),
}


def _selection(rows: Iterable[Row]) -> dict[vol.Marker, Any]:
    """Return the field for one of the contacts.

    The frontend searches only lists to which a text can be added, and of these it shows the value
    that is selected, not its label.
    """
    config = SelectSelectorConfig(
        options=[_label(row) for row in rows],
        custom_value=True,
        mode=SelectSelectorMode.DROPDOWN,
        sort=True,
    )
    return {vol.Required(CONF_CONTACT): SelectSelector(config)}


FORMS: Final[Mapping[str, Callable[[Iterable[Row]], Mapping[vol.Marker, Any]]]] = {
    "contact_add": lambda _: _CONTACT,
    "contact_select": _selection,
    "contact_change": lambda _: {
        **_CONTACT,
        vol.Required(CONF_REMOVE, default=False): BooleanSelector(),
    },
    "contacts_file": lambda _: {
        vol.Required(CONF_FILE): FileSelector(FileSelectorConfig(accept=".vcf,.vcard"))
    },
    "contacts_company": lambda _: {
        vol.Required(CONF_COMPANY, default=OFF): choice(CONF_COMPANY, OFF, ONCE, FOLLOW)
    },
    "contacts_preview": lambda _: {},
}
"""The fields of each form, for the contacts that there are."""


class ContactForms:
    """The forms of one options flow. What they save counts at once, whatever becomes of the flow.

    Attributes:
        steps: the forms by their steps.
    """

    def __init__(self, flow: OptionsFlow, lists: Callable[[], PbxLists]) -> None:
        """Keep the arguments.

        Args:
            lists: returns what the PBX lists now.
        """
        self._flow = flow
        self._lists = lists
        self._row: Row = {}  # that is changed
        self._found: Merged | None = None  # that is shown before it is imported
        self.steps: dict[str, Callable[[dict[str, Any] | None], Awaitable[ConfigFlowResult]]] = {
            "contacts": self._async_menu,
            "contact_add": self._async_add,
            "contact_select": self._async_select,
            "contact_change": self._async_change,
            "contacts_file": self._async_file,
            "contacts_company": self._async_company,
            "contacts_preview": self._async_preview,
            "contacts_nothing": self._async_nothing,
        }

    async def _async_menu(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        shared = await async_get_contacts(self._flow.hass)
        options = ["contact_add", *(["contact_select"] if shared.rows else []), "contacts_file"]
        if self._lists().read_company is not None:
            options.append("contacts_company")
        company = shared.company.get(self._flow.config_entry.entry_id, ())
        return self._flow.async_show_menu(
            step_id="contacts",
            menu_options=[*options, "init"],
            description_placeholders={
                "count": str(len(shared.rows)),
                "company": str(len(company)),
            },
        )

    async def _async_add(self, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        return await self._async_edit("contact_add", {}, user_input)

    async def _async_select(self, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        """Show the contacts; the frontend would select the first one if nothing were suggested."""
        rows = {_label(row): row for row in (await async_get_contacts(self._flow.hass)).rows}
        error = None
        if user_input is not None:
            if (row := rows.get(user_input[CONF_CONTACT])) is not None:
                self._row = row
                return await self._async_change(None)
            error = FlowError("contact_unknown", field=CONF_CONTACT)
        shown = user_input or {CONF_CONTACT: ""}
        return self._show("contact_select", shown, error, rows=rows.values())

    async def _async_change(self, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        return await self._async_edit("contact_change", self._row, user_input)

    async def _async_edit(
        self, step_id: str, before: Row, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Show a contact; put it into the place of what was before, or at the end."""
        if user_input is None:
            return self._show(step_id, before)
        shared = await async_get_contacts(self._flow.hass)
        others = [row for row in shared.rows if row != before]
        place = shared.rows.index(before) if before in shared.rows else len(others)
        try:
            added = (
                [] if user_input.get(CONF_REMOVE) else [self._checked(shared, others, user_input)]
            )
        except FlowError as error:
            return self._show(step_id, user_input, error)
        await shared.async_set([*others[:place], *added, *others[place:]])
        return await self._async_menu()

    def _checked(self, shared: SharedContacts, others: list[Row], fields: dict[str, Any]) -> Row:
        """Return a contact from a form; one without a name has that of its person.

        Raises:
            FlowError: it has no name, too long a one or no valid number, or there is one with this
                number.
        """
        person = fields.get(CONF_PERSON, "")
        state = self._flow.hass.states.get(person) if person else None
        typed = fields.get(CONF_NAME, "").strip()
        if len(typed) > MAX_NAME:
            raise FlowError("name_too_long", field=CONF_NAME)
        name = typed or (state.name if state else "")
        row = row_of(fields[CONF_NUMBER], name, vip=fields[CONF_VIP], person=person)
        found = shared.merged(others, [[row]])
        if found.left_out:
            raise FlowError("invalid_contact", field=CONF_NUMBER if name else CONF_NAME)
        if found.known:
            raise FlowError("contact_twice", field=CONF_NUMBER)
        if len(found.rows) > MAX_CONTACTS:
            raise FlowError("too_many_contacts", field=CONF_NUMBER)
        return row

    async def _async_file(self, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        if user_input is None:
            return self._show("contacts_file")
        hass = self._flow.hass
        vcard = await async_import_module(hass, _VCARD)
        read = partial(_read_upload, hass, user_input[CONF_FILE], vcard.read_cards)
        try:
            return await self._async_show_found(await hass.async_add_executor_job(read))
        except vcard.VCardError as error:
            failed = FlowError(error.key, field=CONF_FILE)
        except ValueError:  # the upload is gone
            failed = FlowError("no_vcard", field=CONF_FILE)
        except FlowError as error:
            failed = FlowError(error.key, field=CONF_FILE)
        return self._show("contacts_file", None, failed)

    async def _async_company(self, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        entry = self._flow.config_entry
        follows = entry.options.get(CONF_FOLLOW_CONTACTS, False)
        if user_input is None:
            shown = {CONF_COMPANY: FOLLOW if follows else OFF}
            return self._show("contacts_company", shown)
        shared = await async_get_contacts(self._flow.hass)
        wanted = user_input[CONF_COMPANY]
        try:
            cards = [] if wanted == OFF else await self._async_company_cards()
            if wanted == ONCE:
                return await self._async_show_found(cards)
        except FlowError as error:
            return self._show("contacts_company", user_input, error)
        found = shared.merged((), cards)
        await shared.async_set_company(entry.entry_id, found.rows[:MAX_CONTACTS])
        return self._flow.async_create_entry(
            data={**entry.options, CONF_FOLLOW_CONTACTS: wanted == FOLLOW}
        )

    async def _async_company_cards(self) -> list[Card]:
        """Return the address book of the PBX.

        Raises:
            FlowError: it cannot be read.
        """
        if (read_company := self._lists().read_company) is None:  # not loaded now
            raise FlowError("cannot_connect", field=CONF_COMPANY)
        try:
            return cards_of(await read_company())
        except PbxUnsupportedError:
            raise FlowError("no_company_contacts", field=CONF_COMPANY) from None
        except PbxError:
            raise FlowError("cannot_connect", field=CONF_COMPANY) from None

    async def _async_show_found(self, cards: list[Card]) -> ConfigFlowResult:
        """Show what would be imported.

        Raises:
            FlowError: there would be too many contacts.
        """
        shared = await async_get_contacts(self._flow.hass)
        found = shared.merged(shared.rows, cards)
        if len(found.rows) > MAX_CONTACTS:
            raise FlowError("too_many_contacts", field=CONF_COMPANY)
        self._found = found
        return await (self._async_preview(None) if found.new else self._async_nothing())

    async def _async_preview(self, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        """Import all that was found when the user agrees, and nothing before."""
        found = self._found
        assert found is not None  # noqa: S101 - the step is shown with what was found
        if user_input is not None:
            shared = await async_get_contacts(self._flow.hass)
            now = shared.merged(shared.rows, ([row] for row in found.rows))
            await shared.async_set(now.rows[:MAX_CONTACTS])
            return await self._async_menu()
        return self._show("contacts_preview", placeholders=_described(found))

    async def _async_nothing(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Say that nothing new was found."""
        assert self._found is not None  # noqa: S101 - the step is shown with what was found
        return self._flow.async_show_menu(
            step_id="contacts_nothing",
            menu_options=["contacts"],
            description_placeholders=_described(self._found),
        )

    def _show(
        self,
        step_id: str,
        shown: dict[str, Any] | None = None,
        error: FlowError | None = None,
        *,
        rows: Iterable[Row] = (),
        placeholders: Mapping[str, str] | None = None,
    ) -> ConfigFlowResult:
        schema = vol.Schema(FORMS[step_id](rows))
        return self._flow.async_show_form(
            step_id=step_id,
            data_schema=self._flow.add_suggested_values_to_schema(schema, shown),
            errors={} if error is None else {error.field: error.key},
            description_placeholders={"limit": str(MAX_CONTACTS), **(placeholders or {})},
        )


def _label(row: Row) -> str:
    """Return what stands for a contact in a list; no two have the same."""
    return f"{row[CONF_NAME]}, {row[CONF_NUMBER]}"


def _described(found: Merged) -> dict[str, str]:
    """Return what the texts say of contacts that were found."""
    return {
        "new": str(found.new),
        "numbers": str(found.numbers),
        "known": str(found.known),
        "left_out": str(len(found.left_out)),
        "names": _listed(found.left_out),
        "invalid": str(len(found.invalid)),
        "invalid_numbers": _listed(found.invalid),
    }


def _listed(texts: list[str]) -> str:
    """Return a Markdown list of the first ones of texts, shown as they are."""
    shown = [_MARKUP.sub(r"\\\1", text) for text in texts[:_SHOWN]]
    more = ["…"] if len(texts) > _SHOWN else []
    return "\n".join(f"- {text}" for text in (*shown, *more))


def _read_upload(hass: Any, file_id: str, read: Callable[[Any], list[Card]]) -> list[Card]:
    """Return the contacts of an uploaded file, which is removed."""
    with process_uploaded_file(hass, file_id) as path:
        return read(path)
