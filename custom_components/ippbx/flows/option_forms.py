"""The sections of the options: their fields, and the check of their input."""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any, Final

from homeassistant.helpers.selector import (
    BooleanSelector,
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
    CONF_CHANNEL,
    CONF_CHOSEN_EXTENSIONS,
    CONF_EVENT_PORT,
    CONF_EXTENSIONS,
    CONF_FIXED_HOST,
    CONF_FIXED_PORT,
    CONF_FIXED_URL,
    CONF_HEARTBEAT_INTERVAL,
    CONF_LISTENER_PORT,
    CONF_MISSED_FOR,
    CONF_NETWORKS,
    CONF_OUTSIDE_LIMIT,
    CONF_READ_ONLY,
    DEFAULT_EVENT_PORT,
    DEFAULT_HEARTBEAT_INTERVAL,
    DEFAULT_LISTENER_PORT,
    DEFAULT_OUTSIDE_LIMIT,
    EXTENSIONS_CHOSEN,
    MAX_HEARTBEAT_INTERVAL,
    MAX_OUTSIDE_LIMIT,
    MIN_HEARTBEAT_INTERVAL,
    MISSED_FOR_DIRECT,
    MISSED_FOR_GROUP_MEMBERS,
)
from ..numbers.dial_policy import NumberPattern
from ..numbers.phone_numbers import UNKNOWN_COUNTRY, InvalidNumberError
from ..reports.address import InvalidReportAddressError, checked, is_host
from .check import FlowError
from .forms import PORT

SECTION_LINK: Final = "link"
SECTION_REPORTS: Final = "reports"
SECTION_EXTENSIONS: Final = "extensions"
SECTION_CALLS: Final = "calls"
ROOT: Final = "/"  # typed by a user for a report address without a url


def _integer(minimum: int, maximum: int, unit: str | None = None) -> vol.All:
    """Return a field for an integer."""
    config = NumberSelectorConfig(min=minimum, max=maximum, step=1, mode=NumberSelectorMode.BOX)
    if unit is not None:
        config["unit_of_measurement"] = unit
    return vol.All(NumberSelector(config), vol.Coerce(int))


def _choice(key: str, *options: str) -> dict[vol.Marker, Any]:
    """Return a field for one of some options; the first is the default."""
    return {
        vol.Required(key, default=options[0]): SelectSelector(
            SelectSelectorConfig(
                options=list(options), mode=SelectSelectorMode.DROPDOWN, translation_key=key
            )
        )
    }


LINK: Final = {
    vol.Required(CONF_HEARTBEAT_INTERVAL, default=DEFAULT_HEARTBEAT_INTERVAL): _integer(
        MIN_HEARTBEAT_INTERVAL, MAX_HEARTBEAT_INTERVAL, "s"
    )
}
REPORTS: Final = {
    **_choice(CONF_CHANNEL, CHANNEL_AUTOMATIC, CHANNEL_WEBHOOK, CHANNEL_LISTENER, CHANNEL_STREAM),
    vol.Required(CONF_LISTENER_PORT, default=DEFAULT_LISTENER_PORT): PORT,
    vol.Required(CONF_EVENT_PORT, default=DEFAULT_EVENT_PORT): PORT,
    **_choice(CONF_ADDRESS_MODE, ADDRESS_AUTOMATIC, ADDRESS_RELATIVE, ADDRESS_FIXED),
    vol.Optional(CONF_FIXED_HOST): TextSelector(),
    vol.Optional(CONF_FIXED_PORT): PORT,
    vol.Optional(CONF_FIXED_URL): TextSelector(),
    vol.Optional(CONF_NETWORKS): TextSelector(TextSelectorConfig(multiple=True)),
}
CALLS: Final = {
    **_choice(CONF_MISSED_FOR, MISSED_FOR_GROUP_MEMBERS, MISSED_FOR_DIRECT),
    vol.Required(CONF_READ_ONLY, default=False): BooleanSelector(),
    vol.Optional(CONF_ALLOWED_NUMBERS): TextSelector(TextSelectorConfig(multiple=True)),
    vol.Required(CONF_OUTSIDE_LIMIT, default=DEFAULT_OUTSIDE_LIMIT): _integer(1, MAX_OUTSIDE_LIMIT),
    vol.Required(CONF_ALLOW_LISTENING, default=False): BooleanSelector(),
}


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
