"""From the address that login and heartbeat registered to host, port and request target.

Source: pbx-api, section 11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import override

from pbx_simulator.knobs import Knobs

from ..dialects import Dialect
from ..sessions import ReportTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The address of a report: a TCP address and the target on the request line."""

    host: str
    port: int
    path: str

    @override
    def __str__(self) -> str:
        """Return host:port/path, for people."""
        return f"{self.host_header}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        """The host as it stands in a Host header: IPv6 addresses in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host


def resolve(target: ReportTarget, dialect: Dialect, knobs: Knobs) -> Address | None:
    """Return the address that a target means; None when nothing can be sent there."""
    if target.urltag == "1" and target.url:
        host, port, path = _absolute(target.url, knobs)
    else:
        host, port = target.ipaddr, target.port
        path = f"/{target.url}" if target.url else ""
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        return None
    return Address(host=host, port=int(port), path=_request_target(path, dialect, knobs))


def _absolute(url: str, knobs: Knobs) -> tuple[str, str, str]:
    if knobs.accept_scheme:
        url = url.removeprefix("http://")
    authority, slash, rest = url.partition("/")
    host, colon, port = authority.rpartition(":")
    if not colon:
        host, port = authority, "80"
    return host, port, slash + rest


def _request_target(path: str, dialect: Dialect, knobs: Knobs) -> str:
    if knobs.drops_path:
        return ""
    if not path:
        return "" if dialect.empty_target else "/"
    if knobs.no_leading_slash:
        return path.lstrip("/")
    if knobs.double_slash:
        return "//" + path.lstrip("/")
    return path
