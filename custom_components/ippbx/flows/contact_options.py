"""The options for contacts and the call log."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
)
import voluptuous as vol

from ..const import (
    CONF_CALL_LOG_SIZE,
    CONF_CONTACTS,
    CONF_MASK_NUMBERS,
    CONF_NUMBER,
    CONF_VIP,
    DEFAULT_CALL_LOG_SIZE,
    MAX_CALL_LOG_SIZE,
)
from ..numbers.contacts import ContactBook
from .check import FlowError

SECTION_CONTACTS: Final = "contacts"
SECTION_CALL_LOG: Final = "call_log"

CONTACTS_FORM: Final[Mapping[vol.Marker, Any]] = {
    vol.Optional(CONF_CONTACTS): ObjectSelector(
        ObjectSelectorConfig(
            fields={  # Home Assistant 2026.2 accepts no selector objects here
                CONF_NUMBER: {"required": True, "selector": {"text": {"type": "tel"}}},
                CONF_NAME: {"required": True, "selector": {"text": {}}},
                CONF_VIP: {"selector": {"boolean": {}}},
            },
            multiple=True,
            label_field=CONF_NAME,
            description_field=CONF_NUMBER,
            translation_key=CONF_CONTACTS,
        )
    )
}
CALL_LOG_FORM: Final[Mapping[vol.Marker, Any]] = {
    vol.Required(CONF_CALL_LOG_SIZE, default=DEFAULT_CALL_LOG_SIZE): vol.All(
        NumberSelector(
            NumberSelectorConfig(min=0, max=MAX_CALL_LOG_SIZE, step=1, mode=NumberSelectorMode.BOX)
        ),
        vol.Coerce(int),
    ),
    vol.Required(CONF_MASK_NUMBERS, default=False): BooleanSelector(),
}


def checked_contacts(fields: Mapping[str, Any], country: str | None) -> dict[str, Any]:
    """Return the options of the contacts.

    Args:
        fields: the input of the section.
        country: two letters; its rules apply to national numbers.

    Raises:
        FlowError: a contact has no name or no valid number, or two have the same number.
    """
    given = fields.get(CONF_CONTACTS) or []
    contacts = [_contact(row) for row in (given if isinstance(given, list) else [given])]
    book = ContactBook((), country)
    surest = [readings[0] for row in contacts if (readings := book.readings(row[CONF_NUMBER]))]
    if len(surest) < len(contacts) or not all(row[CONF_NAME] for row in contacts):
        raise FlowError("invalid_contact", field=SECTION_CONTACTS)
    if len(set(surest)) < len(surest):
        raise FlowError("contact_twice", field=SECTION_CONTACTS)
    return {CONF_CONTACTS: contacts}


def _contact(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        CONF_NUMBER: row[CONF_NUMBER].strip(),
        CONF_NAME: row[CONF_NAME].strip(),
        CONF_VIP: bool(row.get(CONF_VIP)),
    }
