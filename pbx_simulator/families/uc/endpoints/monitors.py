"""Listening in, whispering and barging in (pbx-api, sections 7 and 8)."""

from __future__ import annotations

from pbx_simulator.calls.model import Call, CallState
from pbx_simulator.calls.monitoring import MonitorMode

from ..errors import ApiError
from . import checks
from .context import Context
from .endpoint import OLD, V1, V2, Answer, ApiRequest, Endpoint

_MODES = {
    MonitorMode.LISTEN: ("Listen", "Extensive"),
    MonitorMode.WHISPER: ("Whisper", "Extensive"),
    MonitorMode.BARGE: ("Barge-in", "Extensive"),
}
"""How an extension monitors -> the monitor modes that allow it."""


async def _listen(context: Context, request: ApiRequest) -> Answer:
    await _listen_in(context, request, "listener", "listenedext", MonitorMode.LISTEN)
    return checks.success()


async def _whisper(context: Context, request: ApiRequest) -> Answer:
    await _listen_in(context, request, "whisperer", "whisperedext", MonitorMode.WHISPER)
    return checks.success()


async def _barge(context: Context, request: ApiRequest) -> Answer:
    await _listen_in(context, request, "bargein", "bargedext", MonitorMode.BARGE)
    return checks.success()


async def _any_mode(context: Context, request: ApiRequest) -> Answer:
    word = request.required("type")
    if word not in frozenset(MonitorMode):
        raise ApiError("10004")
    call = await _listen_in(context, request, "monitor", "extension", MonitorMode(word))
    return checks.success(callid=call.call_id)


async def _listen_in(
    context: Context, request: ApiRequest, monitor_key: str, extension_key: str, mode: MonitorMode
) -> Call:
    """Check monitor and monitored extension, and start."""
    request.required(monitor_key)
    request.required(extension_key)
    monitor = checks.extension(context, request, monitor_key)
    extension = checks.extension(context, request, extension_key)
    heard, _ = checks.own_call(context, extension.number, CallState.TALKING)
    if heard.state not in (CallState.TALKING, CallState.HELD):
        raise ApiError("10007")
    if not monitor.free:
        raise ApiError("10008")
    listening = mode is MonitorMode.LISTEN
    occupied = listening and context.monitoring.is_listened_to(extension.number)
    if not extension.may_be_monitored or occupied:
        raise ApiError("10009")
    if monitor.monitor_mode not in _MODES[mode]:
        raise ApiError("10010")
    return await context.monitoring.listen_in(monitor.number, extension.number, mode, heard)


ENDPOINTS = (
    Endpoint(name="extension/listen", sets=V1, answer=_listen, body=True),
    Endpoint(name="extension/whisper", sets=OLD, answer=_whisper, body=True),
    Endpoint(name="extension/barge", sets=OLD, answer=_barge, body=True),
    Endpoint(name="call/listen", sets=V2, answer=_any_mode, body=True),
)
