"""Listening in, whispering and barging in (pbx-api, sections 7 and 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbx_simulator.calls.model import Call, CallState
from pbx_simulator.calls.monitoring import MonitorMode

from ..errors import ApiError
from . import checks
from .endpoint import OLD, V1, V2, Answer, Ask, Endpoint

if TYPE_CHECKING:
    from pbx_simulator.simulator import Simulator

_MODES = {
    MonitorMode.LISTEN: ("Listen", "Extensive"),
    MonitorMode.WHISPER: ("Whisper", "Extensive"),
    MonitorMode.BARGE: ("Barge-in", "Extensive"),
}
"""How somebody listens in -> the monitor modes that allow it."""


async def _listen(pbx: Simulator, ask: Ask) -> Answer:
    await _listen_in(pbx, ask, "listener", "listenedext", MonitorMode.LISTEN)
    return checks.success()


async def _whisper(pbx: Simulator, ask: Ask) -> Answer:
    await _listen_in(pbx, ask, "whisperer", "whisperedext", MonitorMode.WHISPER)
    return checks.success()


async def _barge(pbx: Simulator, ask: Ask) -> Answer:
    await _listen_in(pbx, ask, "bargein", "bargedext", MonitorMode.BARGE)
    return checks.success()


async def _any_mode(pbx: Simulator, ask: Ask) -> Answer:
    word = ask.required("type")
    if word not in frozenset(MonitorMode):
        raise ApiError("10004")
    call = await _listen_in(pbx, ask, "monitor", "extension", MonitorMode(word))
    return checks.success(callid=call.call_id)


async def _listen_in(
    pbx: Simulator, ask: Ask, monitor_key: str, extension_key: str, mode: MonitorMode
) -> Call:
    """Check who listens in on whom, and let it begin."""
    ask.required(monitor_key)
    ask.required(extension_key)
    monitor = checks.extension(pbx, ask, monitor_key)
    extension = checks.extension(pbx, ask, extension_key)
    heard, _ = checks.own_call(pbx, extension.number, CallState.TALKING)
    if heard.state not in (CallState.TALKING, CallState.HELD):
        raise ApiError("10007")
    if not monitor.free:
        raise ApiError("10008")
    listening = mode is MonitorMode.LISTEN
    taken = listening and pbx.monitoring.is_listened_to(extension.number)
    if not extension.may_be_monitored or taken:
        raise ApiError("10009")
    if monitor.monitor_mode not in _MODES[mode]:
        raise ApiError("10010")
    return await pbx.monitoring.listen_in(monitor.number, extension.number, mode, heard)


ENDPOINTS = (
    Endpoint(name="extension/listen", families=V1, answer=_listen, body=True),
    Endpoint(name="extension/whisper", families=OLD, answer=_whisper, body=True),
    Endpoint(name="extension/barge", families=OLD, answer=_barge, body=True),
    Endpoint(name="call/listen", families=V2, answer=_any_mode, body=True),
)
