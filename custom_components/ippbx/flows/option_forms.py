"""The forms of the options: their fields, and the check of their input."""

from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_network
from typing import Any, Final, NamedTuple

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    BooleanSelector,
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
    CONF_CONTROLS,
    CONF_DOOR_PHONES,
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
    CONF_OUTSIDE_LIMIT,
    CONF_PAGING_GROUPS,
    CONF_READ_ONLY,
    CONF_RECORDINGS,
    CONF_SHOW_CALLERS,
    CONF_VOICE,
    DEFAULT_CALL_LOG_SIZE,
    DEFAULT_EVENT_PORT,
    DEFAULT_HEARTBEAT_INTERVAL,
    DEFAULT_LISTENER_PORT,
    DEFAULT_OUTSIDE_LIMIT,
    DOMAIN,
    EXTENSIONS_CHOSEN,
    MAX_CALL_LOG_SIZE,
    MAX_HEARTBEAT_INTERVAL,
    MAX_OUTSIDE_LIMIT,
    MIN_HEARTBEAT_INTERVAL,
    MISSED_FOR_DIRECT,
    MISSED_FOR_GROUP_MEMBERS,
)
from ..numbers.dial_policy import NumberPattern
from ..numbers.phone_numbers import UNKNOWN_COUNTRY, InvalidNumberError
from ..pbx.model.lines import Extension
from ..reports.address import InvalidReportAddressError, checked, is_host, server_port
from .check import FlowError
from .forms import PORT, choice, chosen_extensions, extensions_choice, integer

ROOT: Final = "/"  # typed by a user for a report address without a url

type Fields = Mapping[vol.Marker, Any]
type Input = Mapping[str, Any]


def _choice(key: str, *options: str) -> dict[vol.Marker, Any]:
    """Return a field for one of some options; the first is the default."""
    return {vol.Required(key, default=options[0]): choice(key, *options)}


_CALLS: Final[Fields] = {
    vol.Optional(CONF_ALLOWED_NUMBERS): TextSelector(TextSelectorConfig(multiple=True)),
    vol.Required(CONF_OUTSIDE_LIMIT, default=DEFAULT_OUTSIDE_LIMIT): integer(1, MAX_OUTSIDE_LIMIT),
    **_choice(CONF_MISSED_FOR, MISSED_FOR_GROUP_MEMBERS, MISSED_FOR_DIRECT),
    vol.Required(CONF_READ_ONLY, default=False): BooleanSelector(),
    vol.Required(CONF_ALLOW_LISTENING, default=False): BooleanSelector(),
    vol.Required(CONF_VOICE, default=False): BooleanSelector(),
}
_PRIVACY: Final[Fields] = {
    vol.Required(CONF_SHOW_CALLERS, default=True): BooleanSelector(),
    vol.Required(CONF_CALL_LOG_SIZE, default=DEFAULT_CALL_LOG_SIZE): integer(0, MAX_CALL_LOG_SIZE),
    vol.Required(CONF_MASK_NUMBERS, default=False): BooleanSelector(),
    vol.Required(CONF_RECORDINGS, default=False): BooleanSelector(),
}
_REPORTS: Final[Fields] = {
    **_choice(CONF_CHANNEL, CHANNEL_AUTOMATIC, CHANNEL_WEBHOOK, CHANNEL_LISTENER, CHANNEL_STREAM),
    vol.Required(CONF_LISTENER_PORT, default=DEFAULT_LISTENER_PORT): PORT,
    vol.Required(CONF_EVENT_PORT, default=DEFAULT_EVENT_PORT): PORT,
    **_choice(CONF_ADDRESS_MODE, ADDRESS_AUTOMATIC, ADDRESS_RELATIVE, ADDRESS_FIXED),
    vol.Optional(CONF_FIXED_HOST): TextSelector(),
    vol.Optional(CONF_FIXED_PORT): PORT,
    vol.Optional(CONF_FIXED_URL): TextSelector(),
    vol.Optional(CONF_NETWORKS): TextSelector(TextSelectorConfig(multiple=True)),
}
_LINK: Final[Fields] = {
    vol.Required(CONF_HEARTBEAT_INTERVAL, default=DEFAULT_HEARTBEAT_INTERVAL): integer(
        MIN_HEARTBEAT_INTERVAL, MAX_HEARTBEAT_INTERVAL, "s"
    )
}


def _extensions(known: Iterable[Extension]) -> Fields:
    return {
        **extensions_choice(),
        **chosen_extensions(known, free=True),
        vol.Required(CONF_CONTROLS, default=False): BooleanSelector(),
        **chosen_extensions(known, key=CONF_DOOR_PHONES, free=True),
        vol.Optional(CONF_PAGING_GROUPS): TextSelector(TextSelectorConfig(multiple=True)),
    }


def shown(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as the forms show them."""
    return {**options, CONF_FIXED_URL: ROOT} if options.get(CONF_FIXED_URL) == "" else {**options}


def checked_reports(hass: HomeAssistant, entry: ConfigEntry, fields: Input) -> dict[str, Any]:
    """Return the options of the reports; empty fields are left out.

    Raises:
        FlowError: an address, a url, a network or the port is invalid.
    """
    texts = {key: str(fields.get(key, "")).strip() for key in (CONF_FIXED_HOST, CONF_FIXED_URL)}
    options = {
        **{key: value for key, value in fields.items() if key not in texts},
        **{key: text for key, text in texts.items() if text},
        CONF_NETWORKS: [_network(text) for text in fields.get(CONF_NETWORKS, ())],
    }
    fixed = [key for key in (*texts, CONF_FIXED_PORT) if key in options]
    if options[CONF_ADDRESS_MODE] == ADDRESS_FIXED and not fixed:
        raise FlowError("fixed_address_empty", field=CONF_ADDRESS_MODE)
    if (host := texts[CONF_FIXED_HOST]) and not is_host(host):
        raise FlowError("invalid_fixed_host", field=CONF_FIXED_HOST)
    if options.get(CONF_FIXED_URL) == ROOT:
        options[CONF_FIXED_URL] = ""
    elif url := texts[CONF_FIXED_URL]:
        _check_url(url)
    if options[CONF_LISTENER_PORT] == server_port(hass):
        raise FlowError("listener_port_taken", field=CONF_LISTENER_PORT)
    if uses_root(options):
        _check_root(hass, entry, options)
    return options


def uses_root(options: Mapping[str, Any]) -> bool:
    """Return whether the reports of an entry are sent without a path."""
    return options.get(CONF_ADDRESS_MODE) == ADDRESS_FIXED and options.get(CONF_FIXED_URL) == ""


def _check_root(hass: HomeAssistant, entry: ConfigEntry, options: Mapping[str, Any]) -> None:
    """Raise if reports to the root would not arrive, or not identify their entry."""
    if options[CONF_CHANNEL] != CHANNEL_LISTENER:
        raise FlowError("root_needs_listener", field=CONF_CHANNEL)
    for other in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
        if (
            other.entry_id != entry.entry_id
            and uses_root(other.options)
            and other.options.get(CONF_LISTENER_PORT) == options[CONF_LISTENER_PORT]
            and other.data[CONF_HOST] == entry.data[CONF_HOST]
        ):
            raise FlowError("root_taken", field=CONF_LISTENER_PORT)


def _check_url(url: str) -> None:
    try:
        checked({"url": url})
    except InvalidReportAddressError as error:
        raise FlowError(error.reason, field=CONF_FIXED_URL) from error


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError as error:
        raise FlowError("invalid_network", field=CONF_NETWORKS) from error


def checked_extensions(_hass: HomeAssistant, _entry: ConfigEntry, fields: Input) -> dict[str, Any]:
    """Return the options of the extensions.

    Raises:
        FlowError: no extension is chosen, or one is no number.
    """
    keys = (CONF_CHOSEN_EXTENSIONS, CONF_DOOR_PHONES, CONF_PAGING_GROUPS)
    numbers = {key: _numbers(fields, key) for key in keys}
    if fields[CONF_EXTENSIONS] == EXTENSIONS_CHOSEN and not numbers[CONF_CHOSEN_EXTENSIONS]:
        raise FlowError("no_extension", field=CONF_CHOSEN_EXTENSIONS)
    return {key: fields[key] for key in (CONF_EXTENSIONS, CONF_CONTROLS)} | numbers


def _numbers(fields: Input, key: str) -> list[str]:
    numbers = [text.strip() for text in fields.get(key, ())]
    if any(not number or len(number) > 32 or len(number.split()) > 1 for number in numbers):
        raise FlowError("invalid_extension", field=key)
    return list(dict.fromkeys(numbers))


def checked_calls(_hass: HomeAssistant, _entry: ConfigEntry, fields: Input) -> dict[str, Any]:
    """Return the options of the calls.

    Raises:
        FlowError: an allowed number is invalid.
    """
    allowed = [text.strip() for text in fields.get(CONF_ALLOWED_NUMBERS, ())]
    try:
        for text in allowed:
            NumberPattern.of(text, UNKNOWN_COUNTRY)
    except InvalidNumberError as error:
        raise FlowError("invalid_allowed_number", field=CONF_ALLOWED_NUMBERS) from error
    return {**fields, CONF_ALLOWED_NUMBERS: list(dict.fromkeys(allowed))}


class OptionForm(NamedTuple):
    """A form of the options.

    Attributes:
        fields: returns its fields, for the extensions of the PBX.
        check: returns the options from its input, or raises FlowError.
    """

    fields: Callable[[Iterable[Extension]], Fields]
    check: Callable[[HomeAssistant, ConfigEntry, Input], dict[str, Any]] = (
        lambda _hass, _entry, fields: dict(fields)
    )


FORMS: Final[Mapping[str, OptionForm]] = {
    "calls": OptionForm(lambda _: _CALLS, checked_calls),
    "extensions": OptionForm(_extensions, checked_extensions),
    "privacy": OptionForm(lambda _: _PRIVACY),
    "reports": OptionForm(lambda _: _REPORTS, checked_reports),
    "link": OptionForm(lambda _: _LINK),
}
"""The forms by their steps."""
