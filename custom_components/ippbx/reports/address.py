"""The address that is registered with the PBX for its reports, and its origin."""

from collections.abc import Mapping
from dataclasses import fields, replace
from ipaddress import ip_address
import re
from typing import Any

from homeassistant.core import HomeAssistant, callback
from yarl import URL

from ..const import (
    ADDRESS_AUTOMATIC,
    ADDRESS_FIXED,
    ADDRESS_RELATIVE,
    CONF_ADDRESS_MODE,
    CONF_FIXED_HOST,
    CONF_FIXED_PORT,
    CONF_FIXED_URL,
    CONF_REPORT_ADDRESS,
)
from ..pbx.model.lines import ReportAddress
from ..pbx.model.values import value
from ..pbx.net.tls import bare_host

RELATIVE, ABSOLUTE = "0", "1"
BY_HAND = "by_hand"
ADDRESS_FIELDS = tuple(field.name for field in fields(ReportAddress))

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
# RFC 1123, 2.1: letters, digits and inner hyphens; the last label of a name is no number.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"(?:{_LABEL}\.)*(?![0-9]+\.?\Z){_LABEL}\.?", re.IGNORECASE | re.ASCII)
_MAX_HOST = 253
_MAX_URL = 255
_UNFIT_IN_URL = re.compile(r"[\s\x00-\x1f\x7f]")


class InvalidReportAddressError(ValueError):
    """A field of a report address that cannot be sent.

    Attributes:
        reason: key of the translated message.
    """

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


@value
class Endpoint:
    """The place at which this Home Assistant receives the reports of one entry.

    Attributes:
        host: our address towards the PBX.
        port: port of Home Assistant's server or of the own listener.
        path: the secret path, with a leading slash.
    """

    host: str
    port: int
    path: str


def in_url(host: str) -> str:
    """Return a host as it stands in a URL: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def automatic(endpoint: Endpoint) -> ReportAddress:
    """Return the address in absolute form, without a scheme (pbx-api, "Delivery of reports")."""
    return ReportAddress(
        ipaddr=endpoint.host,
        port=str(endpoint.port),
        url=f"{in_url(endpoint.host)}:{endpoint.port}{endpoint.path}",
        urltag=ABSOLUTE,
    )


def _relative(endpoint: Endpoint, _options: Mapping[str, Any]) -> ReportAddress:
    return replace(automatic(endpoint), url=endpoint.path.lstrip("/"), urltag=RELATIVE)


def _fixed(endpoint: Endpoint, options: Mapping[str, Any]) -> ReportAddress:
    host = options.get(CONF_FIXED_HOST) or endpoint.host
    port = int(options.get(CONF_FIXED_PORT) or endpoint.port)
    address = automatic(replace(endpoint, host=host, port=port))
    if (url := options.get(CONF_FIXED_URL)) is not None:
        address = replace(address, url=url)
    if address.url and not is_address(host):
        # The documents want an address there, and with a complete url nothing is sent to it.
        address = replace(address, ipaddr=endpoint.host)
    return address


_MODES = {
    ADDRESS_AUTOMATIC: lambda endpoint, _options: automatic(endpoint),
    ADDRESS_RELATIVE: _relative,
    ADDRESS_FIXED: _fixed,
}


def report_address(
    endpoint: Endpoint, data: Mapping[str, Any], options: Mapping[str, Any]
) -> ReportAddress:
    """Return the address to register: set by hand, else fixed in the options, else automatic.

    Args:
        data: the entry's data, with the fields set by hand.
    """
    mode = options.get(CONF_ADDRESS_MODE, ADDRESS_AUTOMATIC)
    address = _MODES[mode](endpoint, options)
    by_hand = data.get(CONF_REPORT_ADDRESS)
    return _with_by_hand(address, by_hand, endpoint.path) if by_hand else address


def _with_by_hand(address: ReportAddress, by_hand: Mapping[str, str], path: str) -> ReportAddress:
    """Return an address with the fields set by hand; the other fields follow them."""
    if "url" in by_hand:
        return replace(address, **{"urltag": ABSOLUTE, **by_hand})
    endpoint = Endpoint(
        host=by_hand.get("ipaddr", address.ipaddr),
        port=int(by_hand.get("port", address.port)),
        path=path,
    )
    relative = by_hand.get("urltag", address.urltag) == RELATIVE
    return _relative(endpoint, {}) if relative else automatic(endpoint)


def origin(data: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """Return the origin of the address: by_hand, fixed, relative or automatic."""
    if data.get(CONF_REPORT_ADDRESS):
        return BY_HAND
    return str(options.get(CONF_ADDRESS_MODE, ADDRESS_AUTOMATIC))


def without_secret(address: ReportAddress, path: str) -> str:
    """Return an address as text, without the secret end of the path."""
    shown = address.url or f"{in_url(address.ipaddr)}:{address.port}/"
    if address.urltag == RELATIVE:
        shown = f"{in_url(address.ipaddr)}:{address.port}/{address.url}"
    return hidden(shown, path)


def hidden(text: str, path: str) -> str:
    """Return a text without the secret end of the path."""
    return text.replace(path.rpartition("/")[2], "…")


def checked(values: Mapping[str, Any], *, allow_scheme: bool = False) -> dict[str, str]:
    """Return fields set by hand as the texts that are sent.

    Args:
        values: any of ipaddr, port, url and urltag; others are ignored.
        allow_scheme: accept a url with a scheme, for which no document shows support.

    Raises:
        InvalidReportAddressError: a field cannot be sent.
    """
    result = {name: str(values[name]).strip() for name in ADDRESS_FIELDS if name in values}
    if "ipaddr" in result:
        result["ipaddr"] = bare_host(result["ipaddr"])
        if not is_address(result["ipaddr"]):
            raise InvalidReportAddressError("invalid_ipaddr")
    if "port" in result:
        result["port"] = _checked_port(result["port"])
    urltag = result.get("urltag", ABSOLUTE)
    if urltag not in (RELATIVE, ABSOLUTE):
        raise InvalidReportAddressError("invalid_urltag")
    if "url" in result:
        result["url"] = _checked_url(result["url"], urltag, allow_scheme)
    return result


def _checked_port(text: str) -> str:
    if not text.isdecimal() or len(text) > 5 or not 0 < int(text) < 65536:
        raise InvalidReportAddressError("invalid_port")
    return str(int(text))


def _checked_url(url: str, urltag: str, allow_scheme: bool) -> str:
    if len(url) > _MAX_URL:
        raise InvalidReportAddressError("url_too_long")
    if _UNFIT_IN_URL.search(url):
        raise InvalidReportAddressError("url_with_spaces")
    scheme = _SCHEME.match(url)
    if scheme and not allow_scheme:
        raise InvalidReportAddressError("url_with_scheme")
    if urltag == RELATIVE and not scheme:
        url = url.lstrip("/")  # the PBX puts a slash before it
        host, path = None, url
    else:
        host, _, path = url[scheme.end() if scheme else 0 :].partition("/")
    if not path.strip("/"):
        raise InvalidReportAddressError("url_without_path")
    if host is not None and not _is_authority(host):
        raise InvalidReportAddressError("url_without_host")
    return url


def _is_authority(text: str) -> bool:
    """Return True if a text is a host, or a host and a port."""
    if not text.isascii():  # a few characters beyond have ASCII letters for lower case
        return False
    try:
        parts = URL(f"//{text}")
    except ValueError:
        return False
    return (
        parts.raw_authority == text.lower()
        and parts.user is None
        and parts.port != 0
        and is_host(parts.host or "")
    )


def is_host(text: str) -> bool:
    """Return True if a text is an IP address without a zone, or a host name (RFC 1123)."""
    named = len(text) <= _MAX_HOST and _HOST_NAME.fullmatch(text) is not None
    return named or is_address(text)


def is_address(text: str) -> bool:
    """Return True if a text is an IP address without a zone, which means nothing to the PBX."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text


@callback
def server_port(hass: HomeAssistant) -> int:
    """Return the port of Home Assistant's own server."""
    return hass.http.server_port if hass.config.api is None else hass.config.api.port
