"""Text messages over a GSM trunk (pbx-api, section 7, sms/send)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from ..errors import ApiError
from . import checks
from .endpoint import YEASTAR, Answer, Ask, Endpoint

if TYPE_CHECKING:
    from pbx_simulator.simulator import Simulator

_LONGEST = 2000
"""Characters of an encoded message."""


async def _send(pbx: Simulator, ask: Ask) -> Answer:
    name, number, text = (_given(ask, key) for key in ("trunk", "phonenumber", "message"))
    if not name:
        raise ApiError("10004")
    trunk = pbx.directory.trunks.get(name)
    if trunk is None or trunk.type != "GSM":
        raise ApiError("10026")
    if not number:
        raise ApiError("10028")
    checks.outside(ask, "phonenumber")
    if not text:
        raise ApiError("10030")
    if len(text) > _LONGEST:
        raise ApiError("10004")
    if trunk.status != "idle":
        raise ApiError("10027")
    return checks.success(smsid=pbx.calls.send_message(name, number, unquote(text)))


def _given(ask: Ask, key: str) -> str:
    """A parameter that must be there but has an error number of its own for being empty."""
    return ask.text(key) if key in ask.params else ask.required(key)


ENDPOINTS = (Endpoint(name="sms/send", families=YEASTAR, answer=_send, body=True),)
