"""The sections of the options: their fields, and the check of their input."""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any, Final

from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    ObjectSelector,
    ObjectSelectorConfig,
    TextSelector,
    TextSelectorConfig,
)
import voluptuous as vol

from ..const import (
    ADDRESS_AUTOMATIC,
    ADDRESS_FIXED,
    ADDRESS_RELATIVE,
    CHANNEL_AUTOMATIC,
    CHANNEL_LISTENER,
    CHANNEL_STREAM,
    CHANNEL_WEBHOOK,
    CONF_ADDRESS_MODE,
    CONF_ALLOW_LISTENING,
    CONF_ALLOWED_NUMBERS,
    CONF_CALL_LOG_SIZE,
    CONF_CHANNEL,
    CONF_CHOSEN_EXTENSIONS,
    CONF_CONTACTS,
    CONF_EVENT_PORT,
    CONF_EXTENSIONS,
    CONF_FIXED_HOST,
    CONF_FIXED_PORT,
    CONF_FIXED_URL,
    CONF_HEARTBEAT_INTERVAL,
    CONF_LISTENER_PORT,
    CONF_MASK_NUMBERS,
    CONF_MISSED_FOR,
    CONF_NETWORKS,
    CONF_NUMBER,
    CONF_OUTSIDE_LIMIT,
    CONF_READ_ONLY,
    CONF_SHOW_CALLERS,
    CONF_VIP,
    DEFAULT_CALL_LOG_SIZE,
    DEFAULT_EVENT_PORT,
    DEFAULT_HEARTBEAT_INTERVAL,
    DEFAULT_LISTENER_PORT,
    DEFAULT_OUTSIDE_LIMIT,
    EXTENSIONS_CHOSEN,
    MAX_CALL_LOG_SIZE,
    MAX_HEARTBEAT_INTERVAL,
    MAX_OUTSIDE_LIMIT,
    MIN_HEARTBEAT_INTERVAL,
    MISSED_FOR_DIRECT,
    MISSED_FOR_GROUP_MEMBERS,
)
from ..numbers.contacts import ContactBook
from ..numbers.dial_policy import NumberPattern
from ..numbers.phone_numbers import UNKNOWN_COUNTRY, InvalidNumberError
from ..reports.address import InvalidReportAddressError, checked, is_host
from .check import FlowError
from .forms import PORT, choice, integer

SECTION_LINK: Final = "link"
SECTION_REPORTS: Final = "reports"
SECTION_EXTENSIONS: Final = "extensions"
SECTION_CALLS: Final = "calls"
SECTION_CONTACTS: Final = "contacts"
SECTION_CALL_LOG: Final = "call_log"
ROOT: Final = "/"  # typed by a user for a report address without a url


def _choice(key: str, *options: str) -> dict[vol.Marker, Any]:
    """Return a field for one of some options; the first is the default."""
    return {vol.Required(key, default=options[0]): choice(key, *options)}


_LINK: Final = {
    vol.Required(CONF_HEARTBEAT_INTERVAL, default=DEFAULT_HEARTBEAT_INTERVAL): integer(
        MIN_HEARTBEAT_INTERVAL, MAX_HEARTBEAT_INTERVAL, "s"
    )
}
_REPORTS: Final = {
    **_choice(CONF_CHANNEL, CHANNEL_AUTOMATIC, CHANNEL_WEBHOOK, CHANNEL_LISTENER, CHANNEL_STREAM),
    vol.Required(CONF_LISTENER_PORT, default=DEFAULT_LISTENER_PORT): PORT,
    vol.Required(CONF_EVENT_PORT, default=DEFAULT_EVENT_PORT): PORT,
    **_choice(CONF_ADDRESS_MODE, ADDRESS_AUTOMATIC, ADDRESS_RELATIVE, ADDRESS_FIXED),
    vol.Optional(CONF_FIXED_HOST): TextSelector(),
    vol.Optional(CONF_FIXED_PORT): PORT,
    vol.Optional(CONF_FIXED_URL): TextSelector(),
    vol.Optional(CONF_NETWORKS): TextSelector(TextSelectorConfig(multiple=True)),
}
_CALLS: Final = {
    **_choice(CONF_MISSED_FOR, MISSED_FOR_GROUP_MEMBERS, MISSED_FOR_DIRECT),
    vol.Required(CONF_READ_ONLY, default=False): BooleanSelector(),
    vol.Optional(CONF_ALLOWED_NUMBERS): TextSelector(TextSelectorConfig(multiple=True)),
    vol.Required(CONF_OUTSIDE_LIMIT, default=DEFAULT_OUTSIDE_LIMIT): integer(1, MAX_OUTSIDE_LIMIT),
    vol.Required(CONF_ALLOW_LISTENING, default=False): BooleanSelector(),
}
_CONTACTS: Final = {
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
_CALL_LOG: Final = {
    vol.Required(CONF_CALL_LOG_SIZE, default=DEFAULT_CALL_LOG_SIZE): integer(0, MAX_CALL_LOG_SIZE),
    vol.Required(CONF_MASK_NUMBERS, default=False): BooleanSelector(),
    vol.Required(CONF_SHOW_CALLERS, default=True): BooleanSelector(),
}
FORMS: Final[Mapping[str, Mapping[vol.Marker, Any]]] = {
    SECTION_LINK: _LINK,
    SECTION_REPORTS: _REPORTS,
    SECTION_EXTENSIONS: {},
    SECTION_CALLS: _CALLS,
    SECTION_CONTACTS: _CONTACTS,
    SECTION_CALL_LOG: _CALL_LOG,
}
"""The fields of each section; those of the extensions depend on the PBX."""


def checked_reports(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the reports; empty fields are left out.

    Raises:
        FlowError: an address, a url or a network is invalid.
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


def checked_extensions(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the extensions.

    Raises:
        FlowError: no extension is chosen, or one is no number.
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


def checked_calls(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the calls.

    Raises:
        FlowError: an allowed number is invalid.
    """
    allowed = [text.strip() for text in fields.get(CONF_ALLOWED_NUMBERS, ())]
    try:
        for text in allowed:
            NumberPattern.of(text, UNKNOWN_COUNTRY)
    except InvalidNumberError as error:
        raise FlowError("invalid_allowed_number", field=SECTION_CALLS) from error
    return {**fields, CONF_ALLOWED_NUMBERS: list(dict.fromkeys(allowed))}


def checked_contacts(fields: Mapping[str, Any], country: str | None) -> dict[str, Any]:
    """Return the options of the contacts; rules of `country` (two letters) apply to their numbers.

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
