"""Recordings of calls as files, in two steps (pbx-api, section 7, "Downloads"); Yeastar only."""

from __future__ import annotations

from datetime import datetime
import io
import secrets
import wave

from ..errors import ApiError
from .context import Context, DownloadPermit
from .endpoint import YEASTAR, Answer, ApiRequest, Download, Endpoint

_LIFE = 30
"""Seconds that a random string lives."""
_RATE = 8000
_ALWAYS = datetime.min


async def _ask(context: Context, request: ApiRequest) -> Answer:
    name = request.required("recording")
    _seconds(context, name)
    random = secrets.token_hex(16)
    context.permits[random] = DownloadPermit(
        asked={"recording": name},
        numbers=(),
        start=_ALWAYS,
        end=_ALWAYS,
        sources=frozenset({request.source}),
        expires=context.clock() + _LIFE,
    )
    return {"status": "Success", "recording": name, "random": random}


async def _download(context: Context, request: ApiRequest) -> Answer:
    permit = context.permits.pop(request.query.get("random", ""), None)
    if (
        permit is None
        or permit.expires < context.clock()
        or not permit.asked.items() <= request.query.items()
    ):
        raise ApiError("20012")
    seconds = _seconds(context, permit.asked["recording"])
    return Download(content_type="audio/wav", content=_silence(seconds))


def _seconds(context: Context, name: str) -> int:
    """Return how long a recording is; 20014 for one that does not exist."""
    for record in context.calls.records:
        if record.recording == name:
            return record.talk
    raise ApiError("20014")


def _silence(seconds: int) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(bytes(2 * _RATE * seconds))
    return buffer.getvalue()


ENDPOINTS = (
    Endpoint(name="recording/get_random", sets=YEASTAR, answer=_ask, body=True),
    Endpoint(name="recording/download", sets=YEASTAR, answer=_download, download=True),
)
