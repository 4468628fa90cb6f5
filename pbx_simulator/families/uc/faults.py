"""Answers that a client must survive: what the knobs put in place of a proper one."""

from __future__ import annotations

from pbx_simulator.knobs import Knobs
from pbx_simulator.net.connections import response_head

from .dialects import Dialect

_WEB_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>PBX</title></head>"
    b"<body><h1>Administration</h1><form><input name='user'></form></body></html>\n"
)


def applies(knobs: Knobs, endpoint: str) -> bool:
    """Return True if faults concern this endpoint."""
    return not knobs.fault_endpoints or endpoint in knobs.fault_endpoints


def substitute(knobs: Knobs, dialect: Dialect) -> bytes | None:
    """Return the whole answer in place of the API's; None = the API answers, b"" = cut."""
    if knobs.reset:
        return b""
    if knobs.redirect_to:
        return response_head(302, [f"Location: {knobs.redirect_to}"], b"")
    if not knobs.api_enabled:
        return response_head(404, ["Content-Type: text/html"], _WEB_PAGE) + _WEB_PAGE
    if knobs.html_answers:
        return response_head(200, ["Content-Type: text/html"], _WEB_PAGE) + _WEB_PAGE
    if knobs.empty_answers:
        return response_head(200, dialect.answer_head, None)
    return None


def proper(body: bytes, content_type: str, knobs: Knobs, dialect: Dialect, *, whole: bool) -> bytes:
    """Return a proper answer (pbx-api, section 3), or its first half."""
    lines = [line for line in dialect.answer_head if not line.startswith("Content-Type")]
    documented = len(lines) < len(dialect.answer_head)
    typed = documented if knobs.answer_content_type is None else knobs.answer_content_type
    if typed or content_type != "application/json":
        lines.append(f"Content-Type: {content_type}")
    size = body if knobs.answer_content_length else None
    return response_head(200, lines, size) + (body if whole else body[: len(body) // 2])
