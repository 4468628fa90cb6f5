"""The simulated PBX as its users see it: a PBX with a control API and a console page."""

from __future__ import annotations

from typing import override

from .config import SimulatorConfig
from .console.control import ControlApi
from .pbx import Pbx
from .waiting import Clock, Sleep


class Simulator(Pbx):
    """A PBX to develop and test against.

    Every decision about time (a token's life, lock-outs, windows) asks `clock`; every wait (delays,
    repeats, ringing) awaits `sleep`. Both can be replaced, so that a day passes in seconds.
    """

    def __init__(
        self,
        config: SimulatorConfig | None = None,
        *,
        clock: Clock | None = None,
        sleep: Sleep | None = None,
    ) -> None:
        """Make a PBX; see `Pbx`."""
        super().__init__(config, clock=clock, sleep=sleep)
        self._control = ControlApi(self)
        self.server.mount("/simulator", self._control.handle)

    @override
    async def stop(self) -> None:
        """Stop listening, sending and waiting; nothing is left running."""
        await self._control.stop()
        await super().stop()
