"""The forms of the config flow, and the settings from their input."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
import re
from typing import Any

from homeassistant.const import (
    CONF_HOST,
    CONF_PORT,
    CONF_SSL,
    CONF_VERIFY_SSL,
)
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol
from yarl import URL

from ..const import (
    CONF_CHOSEN_EXTENSIONS,
    CONF_DIALECT,
    CONF_EXTENSIONS,
    EXTENSIONS_ALL,
    EXTENSIONS_CHOSEN,
    EXTENSIONS_NONE,
)
from ..pbx.backends import BACKENDS, BackendType, CredentialField, backend_of, variants
from ..pbx.model.lines import Extension
from ..pbx.net.tls import bare_host
from ..reports.address import is_address
from .check import FlowError

SECTION_MORE = "more"
CONF_ACCEPT_CERTIFICATE = "accept_certificate"
DIALECT_AUTOMATIC = "automatic"
MAY_BE_DIALECT = frozenset({"not_a_pbx", "unsupported"})
"""Errors that another type of PBX may mend, which stands in the section of few users."""
# Local names may have "_" or letters beyond ASCII; a zone is the name of a network interface.
_NAME = re.compile(r"[\w-]+(\.[\w-]+)*\.?")
_MAX_NAME = 253
_ZONE = re.compile(r"[\w.-]{1,15}", re.ASCII)


def integer(minimum: int, maximum: int, unit: str | None = None) -> vol.All:
    """Return the validator of a field for an integer."""
    config = NumberSelectorConfig(min=minimum, max=maximum, step=1, mode=NumberSelectorMode.BOX)
    if unit is not None:
        config["unit_of_measurement"] = unit
    return vol.All(NumberSelector(config), vol.Coerce(int))


def choice(
    key: str, *options: str, mode: SelectSelectorMode = SelectSelectorMode.DROPDOWN
) -> SelectSelector:
    """Return the selector of a field for one of some options, whose names are translated."""
    return SelectSelector(
        SelectSelectorConfig(options=list(options), mode=mode, translation_key=key)
    )


PORT = integer(1, 65535)
_CONNECTION: dict[vol.Marker, Any] = {
    vol.Required(CONF_HOST): TextSelector(TextSelectorConfig(autocomplete="off")),
    vol.Optional(CONF_PORT): PORT,
    vol.Required(CONF_SSL, default=False): BooleanSelector(),
    vol.Required(CONF_VERIFY_SSL, default=False): BooleanSelector(),
}


def _credentials(
    backends: Collection[BackendType], *, stored: bool = False
) -> dict[vol.Marker, Any]:
    """Return the credential fields; those that all backends have are required.

    Args:
        stored: whether there are secrets already, which stay where a field is left empty.
    """
    uses: dict[CredentialField, int] = Counter(
        field for backend in backends for field in backend.credentials
    )
    required = {
        field
        for field, count in uses.items()
        if count == len(backends) and not (stored and field.secret)
    }
    return {
        (vol.Required if field in required else vol.Optional)(field.key): TextSelector(
            TextSelectorConfig(
                type=TextSelectorType.PASSWORD if field.secret else TextSelectorType.TEXT,
                autocomplete="off",
            )
        )
        for field in uses
    }


def _connection(*, stored: bool = False) -> dict[vol.Marker, Any]:
    """Return the fields of the connection to a PBX."""
    return {**_CONNECTION, **_credentials(BACKENDS.values(), stored=stored)}


def _dialect() -> dict[vol.Marker, Any]:
    """Return the field for the variant of the protocol."""
    keys = (variant.key for variant in variants())
    field = vol.Optional(CONF_DIALECT, default=DIALECT_AUTOMATIC)
    return {field: choice(CONF_DIALECT, DIALECT_AUTOMATIC, *keys)}


def extensions_choice(default: str = EXTENSIONS_ALL) -> dict[vol.Marker, Any]:
    """Return the field for which extensions become devices."""
    choices = (EXTENSIONS_ALL, EXTENSIONS_CHOSEN, EXTENSIONS_NONE)
    selector = choice(CONF_EXTENSIONS, *choices, mode=SelectSelectorMode.LIST)
    return {vol.Optional(CONF_EXTENSIONS, default=default): selector}


def chosen_extensions(
    extensions: Iterable[Extension], *, key: str = CONF_CHOSEN_EXTENSIONS, free: bool = False
) -> dict[vol.Marker, Any]:
    """Return a field for chosen extensions; `free` allows to type other numbers."""
    options = [
        SelectOptionDict(
            value=extension.number, label=f"{extension.number} {extension.name}".strip()
        )
        for extension in extensions
    ]
    return {
        vol.Optional(key): SelectSelector(
            SelectSelectorConfig(
                options=options,
                multiple=True,
                custom_value=free,
                mode=SelectSelectorMode.DROPDOWN,
            )
        )
    }


def _more(fields: Mapping[vol.Marker, Any], *, collapsed: bool = True) -> dict[vol.Marker, Any]:
    """Return the section of the fields that few users need."""
    return {vol.Optional(SECTION_MORE): section(vol.Schema(fields), {"collapsed": collapsed})}


def user_form(*, collapsed: bool = True) -> vol.Schema:
    """Return the first form of a new entry."""
    more = _more({**_dialect(), **extensions_choice()}, collapsed=collapsed)
    return vol.Schema({**_connection(), **more})


def reconfigure_form(*, certificate_changed: bool = False) -> vol.Schema:
    """Return the form for the connection of an entry.

    Args:
        certificate_changed: whether to ask for the acceptance of the new certificate.
    """
    accept = {vol.Optional(CONF_ACCEPT_CERTIFICATE, default=False): BooleanSelector()}
    asked = accept if certificate_changed else {}
    return vol.Schema({**_connection(stored=True), **asked, **_more(_dialect())})


def reauth_form(dialect: str) -> vol.Schema:
    """Return the form for new credentials for a variant."""
    return vol.Schema(_credentials([backend_of(dialect)]))


def extensions_form(extensions: Iterable[Extension]) -> vol.Schema:
    """Return the form for which extensions become devices."""
    return vol.Schema({**extensions_choice(EXTENSIONS_CHOSEN), **chosen_extensions(extensions)})


def connection_settings(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings from a connection form; an empty port or dialect is left out.

    The host may be the pasted URL of the PBX's web page, whose scheme and port are then used.

    Raises:
        FlowError: the host is invalid.
    """
    dialect = user_input.get(SECTION_MORE, {}).get(CONF_DIALECT, DIALECT_AUTOMATIC)
    settings = {
        **{key: user_input[key] for key in (CONF_SSL, CONF_VERIFY_SSL)},
        **credentials(user_input),
    }
    if port := user_input.get(CONF_PORT):
        settings[CONF_PORT] = port
    if dialect != DIALECT_AUTOMATIC:
        settings[CONF_DIALECT] = dialect
    return settings | _from_host(user_input[CONF_HOST].strip())


def credentials(user_input: Mapping[str, Any]) -> dict[str, str]:
    """Return the credentials from a form, without blanks around a name."""
    return {
        field.key: value if field.secret else value.strip()
        for backend in BACKENDS.values()
        for field in backend.credentials
        if (value := user_input.get(field.key)) is not None
    }


def without_secrets(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of an entry as a form may show it."""
    secrets = {field.key for field in backend_of(data[CONF_DIALECT]).credentials if field.secret}
    return {key: value for key, value in data.items() if key not in secrets}


def with_stored_secrets(typed: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a form, in which an empty secret is the one in the data of an entry.

    Raises:
        FlowError: the host is another one, which is sent no secret that was not typed for it.
    """
    empty = [
        field.key
        for field in backend_of(data[CONF_DIALECT]).credentials
        if field.secret and not typed.get(field.key)
    ]
    if empty and typed[CONF_HOST] != data[CONF_HOST]:
        raise FlowError("password_for_another_host", field=empty[0])
    return {**typed, **{key: data[key] for key in empty}}


def shown_again(user_input: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input that a form shows after an error, with a pasted URL split into fields."""
    split = {key: settings[key] for key in (CONF_HOST, CONF_PORT, CONF_SSL) if key in settings}
    return {**user_input, **split}


def _from_host(text: str) -> dict[str, Any]:
    """Return the settings from a host, a host with port, or a pasted URL."""
    if _may_be_pbx(bare := bare_host(text)):
        return {CONF_HOST: bare.lower()}
    try:
        url = URL(text if "://" in text else f"//{text}")
        host = (url.host or "").lower()
        port = url.explicit_port
    except ValueError as error:
        raise FlowError("invalid_host", field=CONF_HOST) from error
    if not _may_be_pbx(host) or url.scheme not in ("", "http", "https"):
        raise FlowError("invalid_host", field=CONF_HOST)
    settings: dict[str, Any] = {CONF_HOST: host}
    if port:
        settings[CONF_PORT] = port
    if url.scheme:
        settings[CONF_SSL] = url.scheme == "https"
    return settings


def _may_be_pbx(host: str) -> bool:
    """Return True if a text is an IP address, with a zone if need be, or may be a host name."""
    address, percent, zone = host.partition("%")
    if percent:
        return ":" in address and is_address(address) and _ZONE.fullmatch(zone) is not None
    return is_address(host) or (len(host) <= _MAX_NAME and _NAME.fullmatch(host) is not None)
