"""Text messages over a GSM trunk (pbx-api, section 7, sms/send)."""

from __future__ import annotations

from urllib.parse import unquote

from ..errors import ApiError
from . import checks
from .context import Context
from .endpoint import YEASTAR, Answer, ApiRequest, Endpoint

_LONGEST = 2000
"""Characters of an encoded message."""


async def _send(context: Context, request: ApiRequest) -> Answer:
    name, number, text = (_given(request, key) for key in ("trunk", "phonenumber", "message"))
    if not name:
        raise ApiError("10004")
    trunk = context.directory.trunks.get(name)
    if trunk is None or trunk.type != "GSM":
        raise ApiError("10026")
    if not number:
        raise ApiError("10028")
    checks.outside(request, "phonenumber")
    if not text:
        raise ApiError("10030")
    if len(text) > _LONGEST:
        raise ApiError("10004")
    if trunk.status != "idle":
        raise ApiError("10027")
    return checks.success(smsid=context.calls.send_message(name, number, unquote(text)))


def _given(request: ApiRequest, key: str) -> str:
    """Return a parameter that must be there but has its own error number for being empty."""
    return request.text(key) if key in request.params else request.required(key)


ENDPOINTS = (Endpoint(name="sms/send", sets=YEASTAR, answer=_send, body=True),)
