"""Answers that a client must survive: what the knobs put in place of a proper one."""

from __future__ import annotations

import gzip

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
    page = 404 if not knobs.api_enabled else 200 if knobs.html_answers else knobs.error_page
    if page:
        return response_head(page, ["Content-Type: text/html"], _WEB_PAGE) + _WEB_PAGE
    if knobs.empty_answers or knobs.answer_text:
        return response_head(200, dialect.answer_head, None) + knobs.answer_text.encode()
    return None


def padded(body: bytes, knobs: Knobs) -> bytes:
    """Return a JSON object with a useless member behind the others, as large as the knobs say."""
    padding = b",".join([b"{}"] * knobs.padding_objects)
    if depth := knobs.padding_depth:
        padding = b"[" * depth + b"]" * depth
    return body[:-1] + b',"padding":[' + padding + b"]}" if padding else body


def proper(
    body: bytes, content_type: str, knobs: Knobs, dialect: Dialect, *, faulty: bool
) -> bytes:
    """Return a proper answer (pbx-api, section 3), spoilt by the knobs if it is to be `faulty`."""
    lines = [line for line in dialect.answer_head if not line.startswith("Content-Type")]
    documented = len(lines) < len(dialect.answer_head)
    typed = documented if knobs.answer_content_type is None else knobs.answer_content_type
    if typed or content_type != "application/json":
        lines.append(f"Content-Type: {content_type}")
    if faulty:
        body = padded(body, knobs)
        if knobs.set_cookies:
            lines.append("Set-Cookie: session=0123456789abcdef; Path=/")
        if knobs.gzip_answers:
            lines.append("Content-Encoding: gzip")
            body = gzip.compress(body)
    size = body if knobs.answer_content_length else None
    return response_head(200, lines, size) + (
        body[: len(body) // 2] if faulty and knobs.half_answers else body
    )
