"""Attended transfers (API v2.0.0; pbx-api, section 8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from .call_control import CallControl
from .legs import Leg, LegState
from .model import Call, CallState, CallStateError


@dataclass(slots=True, kw_only=True)
class Consultation:
    """An attended transfer: a transferor who holds a partner and calls a third party.

    Attributes:
        call: The call with the partner.
        leg: The transferor's leg in it.
        third: The call with the third party; the transferor is its caller, on the same channel.
        three_way: True while all three talk.
    """

    call: Call
    leg: Leg
    third: Call
    three_way: bool = False


class AttendedTransfers:
    """The attended transfers under way, by the transferor's channel."""

    def __init__(self, calls: CallControl) -> None:
        """Start without any transfer."""
        self._calls = calls
        self.active: dict[str, Consultation] = {}
        self._steps: dict[str, Callable[[Consultation], Awaitable[None]]] = {
            "complete": self._complete,
            "abort": self._abort,
            "swap": self._swap,
            "threeway": self._three_way,
        }
        calls.on_end.append(self._forget)

    @property
    def steps(self) -> frozenset[str]:
        """The operations that `operate` knows."""
        return frozenset(self._steps)

    async def begin(self, call: Call, leg: Leg, to: Leg) -> Call:
        """Put the partner on hold and call a third party; return that call.

        Raises:
            CallStateError: The call is not answered, a transfer is under way already, or the third
                party cannot be rung.
        """
        if leg.channel_id in self.active or not self._calls.reachable(to):
            raise CallStateError(f"{to.number} cannot be called now")
        if not (call.state is CallState.HELD and leg.state is LegState.HOLD):
            self._calls.hold(call, leg)
        caller = replace(leg, state=LegState.ALERT)
        third = await self._calls.consult(caller, to, to.number)
        if third.live:
            self.active[leg.channel_id] = Consultation(call=call, leg=leg, third=third)
        return third

    async def operate(self, channel_id: str, step: str) -> Call:
        """Complete, abort or change a transfer; return the call with the partner.

        Raises:
            CallStateError: There is no such transfer, or the third party has not answered yet.
        """
        found = self.active.get(channel_id)
        if found is None:
            raise CallStateError(f"No attended transfer on {channel_id}")
        if step != "abort" and found.third.state not in (CallState.TALKING, CallState.HELD):
            raise CallStateError("The third party has not answered")
        await self._steps[step](found)
        return found.call

    async def _complete(self, found: Consultation) -> None:
        partner = found.call.callee if found.leg is found.call.caller else found.call.caller
        self._calls.join(found.call, partner, replace(found.third.callee))
        await found.third.hang_up()

    async def _abort(self, found: Consultation) -> None:
        await found.third.hang_up()
        await _resume(found.call)

    async def _swap(self, found: Consultation) -> None:
        found.three_way = False
        if found.third.state is CallState.TALKING:
            self._calls.hold(found.third, found.third.caller)
            await _resume(found.call)
        else:
            self._calls.hold(found.call, found.leg)
            await _resume(found.third)

    async def _three_way(self, found: Consultation) -> None:
        for call in (found.call, found.third):
            await _resume(call)
        found.three_way = True

    def _forget(self, call: Call) -> None:
        for channel_id, found in list(self.active.items()):
            if call in (found.call, found.third):
                del self.active[channel_id]


async def _resume(call: Call) -> None:
    if call.state is CallState.HELD:
        await call.resume()
