"""People who phone without end, at a simulated PBX, and the truth about their calls."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
import random
from typing import Any

from pbx_simulator import Simulator

PEOPLE = ("1000", "1001", "1002")
MOST_CALLS = 2

type Call = Any
"""A call as the simulated PBX has it."""


@dataclass(kw_only=True)
class People:
    """Phone as long as nobody stops them: calls in, out and between, taken, held, and given up.

    Attributes:
        calls: all calls so far.
        pauses: seconds between two things that happen, from and to.
        resting: whether everything stays as it is for a while.
    """

    simulator: Simulator
    chance: random.Random
    calls: list[Call] = field(default_factory=list)
    pauses: tuple[float, float] = (1.0, 6.0)
    resting: bool = False

    async def run(self) -> None:
        """Phone for ever."""
        while True:
            await asyncio.sleep(self.chance.uniform(*self.pauses))
            if not self.resting:
                with suppress(Exception):  # what a PBX refuses does not happen
                    await self._something()

    async def hang_up_all(self) -> None:
        """End every call."""
        for call in list(self.simulator.calls.live.values()):
            await call.hang_up()

    @property
    def missed(self) -> list[Call]:
        """The calls that somebody's phone rang for in vain."""
        return [
            call
            for call in self.calls
            if call.state == "ended"
            and call.type != "Outbound"
            and call.rung
            and call.answered is None
        ]

    @property
    def over(self) -> list[Call]:
        """The calls that ended, and were not forgotten by a PBX that lost its power."""
        return [call for call in self.calls if call.state == "ended"]

    async def _something(self) -> None:
        live = list(self.simulator.calls.live.values())
        if len(live) < MOST_CALLS and self.chance.random() < 0.6:
            await self._begin()
        elif live:
            await self._go_on(self.chance.choice(live))

    async def _begin(self) -> None:
        book, chance = self.simulator.calls, self.chance
        free = [n for n in PEOPLE if self.simulator.directory.extensions[n].free]
        chance.shuffle(free)
        kind = chance.choice(("in", "in", "out", "between"))
        outside = f"+49305550{chance.randrange(100, 1000)}"
        if kind == "in" and free:
            call = await book.inbound("trunk-1", outside, to=free[0])
        elif kind == "out" and free:
            call = await book.outbound(free[0], outside)
        elif kind == "between" and len(free) > 1:
            call = await book.place(free[0], free[1])
        else:
            return
        self.calls.append(call)
        await call.ring()

    async def _go_on(self, call: Call) -> None:
        chance = self.chance.random()
        if call.state == "ringing":
            await (call.answer() if chance < 0.6 else call.hang_up())
        elif call.state == "talking":
            await (call.hold() if chance < 0.2 else call.hang_up())
        elif call.state == "held":
            await call.resume()
