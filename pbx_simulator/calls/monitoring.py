"""Extensions that listen to others, whisper to them or barge in (pbx-api, sections 7 and 8)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .call_control import CallControl
from .model import Call


class MonitorMode(StrEnum):
    """How somebody listens in, in the words of API v2.0.0."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """Somebody who listens in.

    Attributes:
        own: The call between the monitor and the PBX.
        heard: The call that is listened to.
    """

    monitor: str
    extension: str
    mode: MonitorMode
    own: Call
    heard: Call


class Monitoring:
    """Who listens in on whom."""

    def __init__(self, calls: CallControl) -> None:
        """Start with nobody listening."""
        self._calls = calls
        self.active: list[Monitor] = []
        calls.on_end.append(self._end)

    def is_listened_to(self, extension: str) -> bool:
        """Whether somebody listens to an extension: no second one may (whisper and barge may)."""
        return any(
            each.extension == extension and each.mode is MonitorMode.LISTEN for each in self.active
        )

    async def listen_in(self, monitor: str, extension: str, mode: MonitorMode, heard: Call) -> Call:
        """Let an extension listen in on another one's call; its phone picks up by itself."""
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
                self._calls.errand(each.own.hang_up("callee"))
