"""Which address the PBX is told to report to, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
import re
from typing import Any

from .const import (
    ADDRESS_AUTOMATIC,
    ADDRESS_FIXED,
    ADDRESS_RELATIVE,
    CONF_ADDRESS_MODE,
    CONF_FIXED_HOST,
    CONF_FIXED_PORT,
    CONF_FIXED_URL,
    CONF_REPORT_ADDRESS,
)
from .pbx.models import ReportAddress

RELATIVE, ABSOLUTE = "0", "1"
BY_HAND = "by_hand"
ADDRESS_FIELDS = tuple(field.name for field in fields(ReportAddress))

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_UNFIT_IN_URL = re.compile(r"[\s\x00-\x1f\x7f]")


class InvalidReportAddressError(ValueError):
    """A field of a report address cannot be sent.

    Attributes:
        reason: key of the translated message.
    """

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Where this Home Assistant takes reports for one entry.

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


def automatic(receiver: Receiver) -> ReportAddress:
    """Return the address in the absolute form, without a scheme (pbx-api, "Delivery of reports")."""
    return ReportAddress(
        ipaddr=receiver.host,
        port=str(receiver.port),
        url=f"{in_url(receiver.host)}:{receiver.port}{receiver.path}",
        urltag=ABSOLUTE,
    )


def _relative(receiver: Receiver, _options: Mapping[str, Any]) -> ReportAddress:
    return replace(automatic(receiver), url=receiver.path.lstrip("/"), urltag=RELATIVE)


def _fixed(receiver: Receiver, options: Mapping[str, Any]) -> ReportAddress:
    host = options.get(CONF_FIXED_HOST) or receiver.host
    port = int(options.get(CONF_FIXED_PORT) or receiver.port)
    address = automatic(replace(receiver, host=host, port=port))
    url = options.get(CONF_FIXED_URL)
    return address if url is None else replace(address, url=url)


_MODES = {
    ADDRESS_AUTOMATIC: lambda receiver, _options: automatic(receiver),
    ADDRESS_RELATIVE: _relative,
    ADDRESS_FIXED: _fixed,
}


def report_address(
    receiver: Receiver, data: Mapping[str, Any], options: Mapping[str, Any]
) -> ReportAddress:
    """Return the address to tell: set by hand, else fixed in the options, else automatic.

    Args:
        receiver: where reports are taken.
        data: the entry's data, which holds what was set by hand.
        options: the entry's options.
    """
    mode = options.get(CONF_ADDRESS_MODE, ADDRESS_AUTOMATIC)
    address = _MODES[mode](receiver, options)
    by_hand = data.get(CONF_REPORT_ADDRESS)
    return _with_by_hand(address, by_hand, receiver.path) if by_hand else address


def _with_by_hand(address: ReportAddress, by_hand: Mapping[str, str], path: str) -> ReportAddress:
    """Return an address with some fields set by hand; a url that was not set follows the others."""
    if "url" not in by_hand and by_hand.keys() & {"ipaddr", "port", "urltag"}:
        receiver = Receiver(
            host=by_hand.get("ipaddr", address.ipaddr),
            port=int(by_hand.get("port", address.port)),
            path=path,
        )
        relative = by_hand.get("urltag", address.urltag) == RELATIVE
        address = _relative(receiver, {}) if relative else automatic(receiver)
    return replace(address, **by_hand)


def origin(data: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """Return why the address is what it is: by_hand, fixed, relative or automatic."""
    if data.get(CONF_REPORT_ADDRESS):
        return BY_HAND
    return str(options.get(CONF_ADDRESS_MODE, ADDRESS_AUTOMATIC))


def without_secret(address: ReportAddress, path: str) -> str:
    """Return an address that may be shown: the secret end of the path is left out."""
    secret = path.rpartition("/")[2]
    shown = address.url or f"{in_url(address.ipaddr)}:{address.port}/"
    if address.urltag == RELATIVE:
        shown = f"{in_url(address.ipaddr)}:{address.port}/{address.url}"
    return shown.replace(secret, "…") if secret else shown


def checked(values: Mapping[str, Any], *, allow_scheme: bool = False) -> dict[str, str]:
    """Return fields set by hand as they are sent: text.

    Args:
        values: any of ipaddr, port, url and urltag; others are ignored.
        allow_scheme: take a url with a scheme. No document says that a PBX takes one.

    Raises:
        InvalidReportAddressError: a field cannot be sent.
    """
    result = {name: str(values[name]).strip() for name in ADDRESS_FIELDS if name in values}
    if "ipaddr" in result and not _is_host(result["ipaddr"]):
        raise InvalidReportAddressError("invalid_ipaddr")
    if "port" in result:
        if not result["port"].isdecimal() or not 0 < int(result["port"][:6]) < 65536:
            raise InvalidReportAddressError("invalid_port")
        result["port"] = str(int(result["port"][:6]))
    if result.get("urltag", ABSOLUTE) not in (RELATIVE, ABSOLUTE):
        raise InvalidReportAddressError("invalid_urltag")
    if "url" in result:
        _check_url(result["url"], result.get("urltag", ABSOLUTE), allow_scheme)
    return result


def _check_url(url: str, urltag: str, allow_scheme: bool) -> None:
    if _UNFIT_IN_URL.search(url):
        raise InvalidReportAddressError("url_with_spaces")
    if _SCHEME.match(url):
        if not allow_scheme:
            raise InvalidReportAddressError("url_with_scheme")
        url = _SCHEME.sub("", url)
    path = url.partition("/")[2] if urltag == ABSOLUTE else url.lstrip("/")
    if not path:
        raise InvalidReportAddressError("url_without_path")


def _is_host(text: str) -> bool:
    return (
        bool(text)
        and not _UNFIT_IN_URL.search(text)
        and not _SCHEME.match(text)
        and "/" not in text
    )
