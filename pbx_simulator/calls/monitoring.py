"""Monitored calls: listening, whispering and barging in (pbx-api, sections 7 and 8)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .call_control import CallControl
from .model import Call


class MonitorMode(StrEnum):
    """How an extension monitors another one."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """An extension that monitors another one.

    Attributes:
        own: The call between the monitor and the PBX.
        heard: The call that is monitored.
    """

    monitor: str
    extension: str
    mode: MonitorMode
    own: Call
    heard: Call


class Monitoring:
    """The extensions that monitor others."""

    def __init__(self, calls: CallControl) -> None:
        """Start without any monitor."""
        self._calls = calls
        self.active: list[Monitor] = []
        calls.on_end.append(self._end)

    def is_listened_to(self, extension: str) -> bool:
        """Return True if an extension is listened to: no second one may (whisper and barge may)."""
        return any(
            each.extension == extension and each.mode is MonitorMode.LISTEN for each in self.active
        )

    async def listen_in(self, monitor: str, extension: str, mode: MonitorMode, heard: Call) -> Call:
        """Let an extension monitor another one's call; its phone picks up by itself."""
        own = await self._calls.start(
            self._calls.phone(monitor), self._calls.service(extension), extension, auto_answer=True
        )
        self.active.append(
            Monitor(monitor=monitor, extension=extension, mode=mode, own=own, heard=heard)
        )
        return own

    def _end(self, call: Call) -> None:
        over = [each for each in self.active if call in (each.own, each.heard)]
        self.active = [each for each in self.active if each not in over]
        for each in over:
            if each.own.live:
                self._calls.start_task(each.own.hang_up("callee"))
