"""The calls: calls that the API makes, passes on and joins (pbx-api, sections 7 and 8)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, override

from .legs import Leg, LegKind, LegState
from .model import Call, CallState, CallStateError, CallType, Moment
from .switchboard import FollowUp, Switchboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A text message that was sent."""

    message_id: str
    trunk: str
    number: str
    text: str


class CallControl(Switchboard):
    """The calls of a PBX with an API. What cannot be done raises CallStateError.

    Attributes:
        messages: The text messages sent so far.
        announcements: The paging groups that prompts were played to so far, with the prompts.
    """

    def __init__(self, **parts: Any) -> None:
        """Start without any call; the parts are those of `CallRegistry`."""
        super().__init__(**parts)
        self.messages: list[Message] = []
        self.announcements: list[tuple[str, str]] = []
        self._background: set[asyncio.Task[None]] = set()

    # Legs

    def phone(self, number: str) -> Leg:
        """Return the leg of an extension."""
        return self._phone(number)

    def outside(self, number: str, permission: str = "") -> Leg:
        """Return the leg of an outside number."""
        return self._line(LegKind.OUTBOUND, None, permission, number)

    def reachable(self, leg: Leg) -> bool:
        """Return True if a leg can be rung: a free phone, a ring group with a free member."""
        if leg.kind is LegKind.EXTENSION:
            return not self._obstacle(leg.number)
        return leg.kind is not LegKind.SERVICE or bool(self._ringing_legs(leg))

    def by_channel(self, channel_id: str, *states: CallState) -> tuple[Call, Leg] | None:
        """Return the call and leg of a channel id; a call in one of these states first."""
        found = [
            (call, leg)
            for call in self.live.values()
            for leg in call.legs
            if leg.channel_id == channel_id
        ]
        return min(found, key=lambda each: each[0].state not in states, default=None)

    # Calls

    async def start(
        self,
        caller: Leg,
        callee: Leg,
        dialled: str,
        *,
        auto_answer: bool = False,
        follow_up: FollowUp | None = None,
    ) -> Call:
        """Make a call over the API: the caller is rung first, then the callee."""
        if caller.kind is LegKind.EXTENSION:
            self._expect_phone(caller.number)
        outward = LegKind.OUTBOUND in (caller.kind, callee.kind)
        kind = CallType.OUTBOUND if outward else CallType.INTERNAL
        call = self._new(kind, caller, callee, dialled)
        if follow_up:
            self._follow_ups[call.call_id] = follow_up
        await self._ring_first(call, auto_answer=auto_answer)
        return call

    async def consult(self, caller: Leg, callee: Leg, dialled: str) -> Call:
        """Make a second call of a phone that is off the hook: the callee is rung at once."""
        outward = callee.kind is LegKind.OUTBOUND
        kind = CallType.OUTBOUND if outward else CallType.INTERNAL
        call = self._new(kind, caller, callee, dialled)
        call.by_api = True
        self._notify(call, Moment.STARTED)
        await call.ring()
        return call

    async def redirect(self, call: Call, staying: Leg, to: Leg) -> None:
        """Transfer one leg of a call, the other one leaves; nothing reports it but the ringing."""
        self._expect(call, *_TRANSFERABLE)
        if not self.reachable(to):
            raise CallStateError(f"{to.number} cannot be rung")
        rings = call.state in (CallState.DIALING, CallState.RINGING)
        call.leave(call.callee if staying is call.caller else call.caller, to)
        if rings:
            self._phones.refresh(call)
        else:
            self._notify(call, Moment.LEFT)
        await call.ring()

    async def direct(self, call: Call, to: Leg) -> None:
        """Route an incoming call that waits for it."""
        self._expect(call, CallState.INCOMING)
        call.callee, call.caller.to, call.dialled = to, to.number, to.number
        await call.direct()

    def hold(self, call: Call, leg: Leg) -> None:
        """Put the other leg on hold."""
        self._expect(call, CallState.TALKING)
        leg.before_hold, leg.state = leg.state, LegState.HOLD
        call.state = CallState.HELD
        self._notify(call, Moment.HELD)

    def mute(self, call: Call, leg: Leg, *, muted: bool) -> None:
        """Mute a leg, or unmute it."""
        self._expect(call, CallState.TALKING, CallState.HELD)
        leg.muted = muted

    def join(self, call: Call, first: Leg, second: Leg) -> None:
        """Connect two legs in a call that goes on with them."""
        first.state, second.state = LegState.ANSWERED, LegState.ANSWER
        call.caller, call.callee = first, second
        call.state = CallState.TALKING
        self._notify(call, Moment.RESUMED)

    def park_at(self, call: Call, leg: Leg, place: str) -> None:
        """Park a leg alone at a service of the PBX; the other one leaves."""
        self._expect(call, CallState.TALKING, CallState.HELD)
        leg.state, leg.before_hold = LegState.HOLD, LegState.ANSWERED
        call.caller, call.callee = leg, self.service(place)
        call.state = CallState.HELD
        self._notify(call, Moment.HELD)

    # Prompts and messages

    async def play(self, call: Call, prompts: str) -> None:
        """Play prompts to the caller of a call, then report their end and hang up."""
        await self._sleep(self._knobs.prompt_seconds)
        if call.live:
            for observer in self.observers:
                observer.prompt_ended(call, prompts)
            await call.hang_up("callee")

    def send_message(self, trunk: str, number: str, text: str) -> str:
        """Send a text message; its report follows."""
        message_id = f"{number}-{int(self._clock())}"
        message = Message(message_id=message_id, trunk=trunk, number=number, text=text)
        self.messages.append(message)
        self.start_task(self._report_message(message))
        return message_id

    async def _report_message(self, message: Message) -> None:
        await self._sleep(self._knobs.message_seconds)
        for observer in self.observers:
            observer.message_sent(message.message_id, success=not self._knobs.fail_messages)

    # Tasks

    def start_task(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a task in the background; it ends with the PBX at the latest."""
        task = asyncio.create_task(work, name="pbx_simulator start_task")
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    @override
    def forget_all(self) -> None:
        """Lose every live call and all that was about to happen."""
        for task in self._background:
            task.cancel()
        super().forget_all()

    @override
    async def stop(self) -> None:
        """Lose every live call and wait for what was about to happen to end."""
        tasks = list(self._background)
        await super().stop()
        await asyncio.gather(*tasks, return_exceptions=True)

    @staticmethod
    def _expect(call: Call, *states: CallState) -> None:
        if call.state not in states:
            raise CallStateError(f"Call {call.call_id} is {call.state}")


_TRANSFERABLE = (CallState.DIALING, CallState.RINGING, CallState.TALKING, CallState.HELD)
