"""Parked calls (API v2.0.0; pbx-api, section 8)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .call_control import CallControl
from .legs import Leg
from .model import Call, CallStateError


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """A leg that waits in a slot."""

    slot: str
    parker: str
    call: Call
    leg: Leg


class Parking:
    """The parking slots.

    Attributes:
        parked: The legs that are parked, by slot.
        stay: Seconds that a call may stay, as the list says; nothing happens after them.
    """

    stay = 60

    def __init__(self, calls: CallControl) -> None:
        """Start with every slot free."""
        self._calls = calls
        self.parked: dict[str, Parked] = {}
        calls.on_end.append(self._forget)

    def park(self, call: Call, leg: Leg, slot: str = "") -> str:
        """Park a leg in a slot, in any free one by default; return the slot.

        Raises:
            CallStateError: The slot is occupied, or the call is not answered.
        """
        slot = slot or next((each for each in self._calls.services.slots if self._free(each)), "")
        if not (slot and self._free(slot)):
            raise CallStateError(f"Slot {slot!r} is occupied")
        other = call.callee if leg is call.caller else call.caller
        self._calls.park_at(call, leg, slot)
        self.parked[slot] = Parked(slot=slot, parker=other.number, call=call, leg=leg)
        return slot

    async def retrieve(self, extension: str, slot: str, *, auto_answer: bool) -> Call:
        """Ring an extension and connect it with the leg that is parked in a slot."""
        caller, callee = self._calls.phone(extension), self._calls.service(slot)
        return await self._calls.start(
            caller, callee, slot, auto_answer=auto_answer, follow_up=self._hand_over
        )

    async def _hand_over(self, call: Call) -> None:
        """Connect the parked leg with the caller of its slot; the call to the slot ends."""
        if parked := self.parked.pop(call.callee.number, None):
            self._calls.join(parked.call, parked.leg, replace(call.caller))
        await call.hang_up("callee")

    def _free(self, slot: str) -> bool:
        return slot not in self.parked

    def _forget(self, call: Call) -> None:
        for slot, parked in list(self.parked.items()):
            if parked.call is call:
                del self.parked[slot]
