"""Answers that a client must survive: what the knobs put in place of a proper one."""

from __future__ import annotations

from collections.abc import Sequence

from pbx_simulator.knobs import Knobs

from .dialects import Dialect

_WEB_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>PBX</title></head>"
    b"<body><h1>Administration</h1><form><input name='user'></form></body></html>\n"
)


def applies(knobs: Knobs, endpoint: str) -> bool:
    """Whether faults concern this endpoint."""
    return not knobs.fault_endpoints or endpoint in knobs.fault_endpoints


def substitute(knobs: Knobs, dialect: Dialect) -> bytes | None:
    """The whole answer in place of the API's; None to let the API answer; b"" cuts."""
    if knobs.reset:
        return b""
    if knobs.redirect_to:
        return head(302, [f"Location: {knobs.redirect_to}"], b"")
    if not knobs.api_enabled:
        return head(404, ["Content-Type: text/html"], _WEB_PAGE) + _WEB_PAGE
    if knobs.html_answers:
        return head(200, ["Content-Type: text/html"], _WEB_PAGE) + _WEB_PAGE
    if knobs.empty_answers:
        return head(200, dialect.answer_head, None)
    return None


def proper(body: bytes, content_type: str, knobs: Knobs, dialect: Dialect, *, whole: bool) -> bytes:
    """A proper answer (pbx-api, section 3), or its first half."""
    lines = [line for line in dialect.answer_head if not line.startswith("Content-Type")]
    documented = len(lines) < len(dialect.answer_head)
    typed = documented if knobs.answer_content_type is None else knobs.answer_content_type
    if typed or content_type != "application/json":
        lines.append(f"Content-Type: {content_type}")
    size = body if knobs.answer_content_length else None
    return head(200, lines, size) + (body if whole else body[: len(body) // 2])


def head(status: int, lines: Sequence[str], body: bytes | None) -> bytes:
    """An answer's head; without a body the end of the connection ends it."""
    reason = {200: "OK", 302: "Found", 404: "Not Found"}[status]
    length = [] if body is None else [f"Content-Length: {len(body)}"]
    return "\r\n".join([f"HTTP/1.1 {status} {reason}", *lines, *length, "", ""]).encode()
