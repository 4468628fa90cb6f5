"""The bytes of a report as the real boxes put them on the wire (pbx-api, section 11)."""

from __future__ import annotations

from collections.abc import Sequence
import json
from typing import Any

from pbx_simulator.knobs import Knobs

from ..dialects import Dialect
from .address import Address

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

type Fields = Sequence[tuple[str, Any]]
"""A JSON object that may repeat a key, as Yeastar's default format does."""


def encode(fields: Fields, *, pretty: bool = False) -> bytes:
    """Return a report's body: compact as OpenVox sends it, or over several lines."""
    if pretty:
        parts = [f"{json.dumps(key)}: {_pretty(value)}" for key, value in fields]
        return ("{\n    " + ",\n    ".join(parts) + "\n}").encode()
    once = dict(fields)
    if len(once) == len(fields):
        return _COMPACT(once).encode()
    parts = [f"{_COMPACT(key)}:{_COMPACT(value)}" for key, value in fields]
    return ("{" + ",".join(parts) + "}").encode()


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=4).replace("\n", "\n    ")


def request_bytes(body: bytes, address: Address, dialect: Dialect, knobs: Knobs) -> bytes:
    """Return the whole request that carries a report."""
    port_part = f" {address.port}" if knobs.host_with_blank else str(address.port)
    lines = [f"POST {address.path} HTTP/1.1"]
    for template in dialect.report_head:
        if template.startswith("Content-Length") and knobs.no_content_length:
            continue
        blank = template == "Host:{host}" and knobs.host_with_blank
        line = "Host: {host}:{port_part}" if blank else template
        lines.append(line.format(host=address.host_header, port_part=port_part, length=len(body)))
    return "\r\n".join([*lines, "", ""]).encode() + body
