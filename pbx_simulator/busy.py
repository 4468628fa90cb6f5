"""Phones that register, call and hang up all the time, for the demo."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
import contextlib
import random

from .calls.model import Call, CallState, CallStateError
from .calls.services import ServiceKind
from .pbx import Pbx

_SHARE_OF_GROUPS = 0.2
"""The share of calls to extensions that go to a ring group."""


class BusyPhones:
    """Phones whose users register, call and hang up by chance."""

    def __init__(
        self, pbx: Pbx, *, pace: float = 2.0, seed: int = 1, outside: Sequence[str] = ()
    ) -> None:
        """Make the users.

        Args:
            pbx: The PBX that they belong to.
            pace: Mean time between two actions of a phone, in seconds.
            seed: The same seed makes the same actions.
            outside: Numbers that call and are called as often as all others together.
        """
        self._outside = outside
        self._pbx = pbx
        self._pace = pace
        self._random = random.Random(seed)

    async def run(self) -> None:
        """Call and register until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._pause()
                if self._random.random() < 0.2:
                    group.create_task(self._restart_phone())
                elif self._room():
                    group.create_task(self._call())

    def _room(self) -> bool:
        extensions = len(self._pbx.directory.extensions)
        return len(self._pbx.calls.live) < max(1, extensions // 3)

    async def _pause(self, times: float = 1) -> None:
        await self._pbx.sleep(self._random.uniform(0.5, 1.5) * self._pace * times)

    def _free(self) -> list[str]:
        extensions = self._pbx.directory.extensions.values()
        return [extension.number for extension in extensions if extension.free]

    def _groups(self) -> list[str]:
        services = self._pbx.calls.services.by_number.values()
        return [each.number for each in services if each.kind is ServiceKind.RING_GROUP]

    async def _restart_phone(self) -> None:
        if free := self._free():
            number = self._random.choice(free)
            await self._pbx.set_extension_status(number, "unavailable")
            await self._pause(2)
            if number in self._pbx.directory.extensions:
                await self._pbx.set_extension_status(number, "registered")

    async def _call(self) -> None:
        # A person at the console may have ended the call meanwhile.
        with contextlib.suppress(CallStateError):
            if call := await self._start():
                await self._follow(call)

    async def _start(self) -> Call | None:
        free, calls = self._free(), self._pbx.calls
        trunks = list(self._pbx.directory.trunks)
        if len(free) < 2:
            return None
        caller, callee = self._random.sample(free, 2)
        outside = f"0{self._random.randint(20, 89)}55501{self._random.randint(10, 99)}"
        if self._outside and self._random.random() < 0.5:
            outside = self._random.choice(self._outside)
        kind = self._random.choice(("internal", "inbound", "outbound") if trunks else ("internal",))
        if kind != "outbound" and self._random.random() < _SHARE_OF_GROUPS:
            callee = self._random.choice(self._groups() or [callee])
        if kind == "internal":
            return await calls.place(caller, callee)
        trunk = self._random.choice(trunks)
        if kind == "inbound":
            return await calls.inbound(trunk, outside, to=callee)
        return await calls.outbound(caller, outside, trunk)

    async def _follow(self, call: Call) -> None:
        if call.state is CallState.DIALING:
            await self._pause(0.5)
            await call.ring()
        await self._pause()
        if call.state is CallState.RINGING and self._random.random() < 0.75:
            await call.answer(self._random.choice(call.called).number)
            await self._pause(3)
            if self._random.random() < 0.3:
                await call.hold()
                await self._pause()
                await call.resume()
                await self._pause()
        if call.live:
            await call.hang_up(self._random.choice((None, "callee")))
