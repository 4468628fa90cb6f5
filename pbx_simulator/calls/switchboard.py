"""Calls that reach more than one phone, or none (pbx-api, sections 7 and 8).

Ring groups, queues, IVRs, voicemail boxes and mobile phones that ring with an extension.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
import contextlib
from typing import Any, override

from ..directory import Message
from .legs import Leg, LegKind, LegState
from .model import Call, CallState, CallStateError, CallType, Moment
from .registry import CallRegistry
from .services import Service, ServiceKind, Services

type FollowUp = Callable[[Call], Awaitable[None]]
"""Continues a call that the PBX itself has answered."""

VOICEMAIL = "voicemail"
"""The number of the leg that is a voicemail box."""
AGENT_TIMEOUT = 15
"""Seconds after which an agent of a queue stops ringing."""
_QUEUE_RETRY = 1
"""Seconds between two rounds of ringing."""
_QUEUE_PAUSE = 2
"""Seconds after which a queue without a free agent tries again."""


class Switchboard(CallRegistry):
    """A call registry with services: their calls can reach more than one phone.

    Attributes:
        services: The services of the PBX.
        on_end: Called for every call that is over.
    """

    def __init__(self, **parts: Any) -> None:
        """Start without any call; the parts are those of `CallRegistry`."""
        super().__init__(**parts)
        self.services = Services.of(self._directory)
        self.on_end: list[Callable[[Call], None]] = []
        self._follow_ups: dict[str, FollowUp] = {}
        self._turns: dict[str, deque[str]] = {}

    def service(self, number: str) -> Leg:
        """Return the leg of the PBX itself."""
        return Leg(kind=LegKind.SERVICE, number=number, channel_of=self._ids.channel_id)

    def set_group(
        self, kind: ServiceKind, number: str, *members: str, in_turn: bool = False
    ) -> None:
        """Add a ring group, a queue or an IVR, or replace the one with this number."""
        self.services.by_number[number] = Service(
            kind=kind, number=number, members=members, in_turn=in_turn
        )

    # Attended transfers by phone

    async def ask(self, call: Call, to: str, by: str | None = None) -> Call:
        """Hold an extension's partner and call a third party; return that call.

        Raises:
            CallStateError: The call is not answered, or no phone can be rung there.
        """
        await call.hold(by)
        leg = next(leg for leg in call.legs if leg.state is LegState.HOLD)
        target = self._leg_for(call, to)
        kind = CallType.OUTBOUND if target.kind is LegKind.OUTBOUND else CallType.INTERNAL
        third = self._new(kind, self._phone(leg.number), target, to)
        third.consults_for = call
        self._notify(third, Moment.STARTED)
        await third.ring()
        return third

    async def complete(self, third: Call) -> None:
        """Transfer the partner of the call that `third` consults for, at a phone that unites both.

        As an Asterisk has it, both calls go on, one for each partner, and end together.

        Raises:
            CallStateError: `third` consults for no call, or is not answered.
        """
        call = third.consults_for
        if call is None or third.state is not CallState.TALKING or third.waits:
            raise CallStateError("There is no third party to transfer to")
        leaving = call.leg_of(third.caller.number)
        if leaving is None:
            raise CallStateError("The transferor has left the call")
        await call.resume_if_held()
        call.leave(leaving, self.service(third.callee.number))
        call.target, call.united, third.united = third.callee, third, call
        third.leave(third.caller, self.service(call.caller.number))
        self._notify(call, Moment.TRANSFERRED)
        for each in (third, call):
            each.caller.state, each.state = LegState.ANSWERED, CallState.TALKING
            self._notify(each, Moment.LEFT)

    # Routing

    @override
    def _ringing_legs(self, leg: Leg, caller: str = "") -> list[Leg]:
        """Return the members of a ring group, an extension with its mobile phone, or the leg."""
        service = self.services.by_number.get(leg.number)
        if leg.kind is LegKind.SERVICE and service and service.kind is ServiceKind.RING_GROUP:
            return [self._phone(each) for each in self._free(service, caller)]
        legs = [leg]
        extension = self._directory.extensions.get(leg.number)
        if leg.kind is LegKind.EXTENSION and extension and extension.mobile:
            legs.append(self._line(LegKind.OUTBOUND, None, leg.number, extension.mobile))
        return legs

    @override
    def _leg_for(self, call: Call, number: str) -> Leg:
        if number in self.services.by_number:
            return self.service(number)
        if number in self._directory.extensions or not self._directory.trunks:
            return self._phone(number)
        origin = next((leg.number for leg in call.legs if leg.kind is LegKind.EXTENSION), "")
        return self._line(LegKind.OUTBOUND, None, origin, number)

    @override
    def _callee(self, number: str) -> Leg:
        extension = self._directory.extensions.get(number)
        if extension and extension.forwarding.always:
            target = extension.forwarding.destination(extension.mobile)
            if target == VOICEMAIL:
                return self.service(VOICEMAIL)
            if target not in self._directory.extensions:
                return self._line(LegKind.OUTBOUND, None, number, target)
            return self._phone(target)
        return self.service(number) if number in self.services.by_number else self._phone(number)

    def _free(self, service: Service, without: str = "") -> list[str]:
        free = (member for member in service.members if not self._obstacle(member))
        return [member for member in free if member != without]

    @override
    def forget_all(self) -> None:
        """Lose every live call and what was to follow."""
        self._follow_ups.clear()
        self._turns.clear()
        super().forget_all()

    # Services

    @override
    def _notify(self, call: Call, moment: Moment) -> None:
        super()._notify(call, moment)
        if moment is Moment.RINGING and call.callee.kind is LegKind.SERVICE:
            self._start_timer(call, self._serve(call))
        elif moment is Moment.KEY and call.waits:
            self._follow_keys(call)
        if not call.live:
            if call.united and call.united.live:
                call.united.end_with(call)
            self._follow_ups.pop(call.call_id, None)
            self._turns.pop(call.call_id, None)
            for hear in self.on_end:
                hear(call)

    async def _serve(self, call: Call) -> None:
        """Answer a call to the PBX itself at once."""
        service = self.services.by_number.get(call.callee.number)
        if service:
            call.caller.path = service.number
        with contextlib.suppress(CallStateError):
            await call.answer()
        queue = self._queue if service and service.kind is ServiceKind.QUEUE else None
        if call.waits and (follow_up := self._follow_ups.pop(call.call_id, queue)):
            self._start_timer(call, self._continue_serving(call, follow_up))

    async def _continue_serving(self, call: Call, follow_up: FollowUp) -> None:
        with contextlib.suppress(CallStateError):
            await follow_up(call)

    async def _queue(self, call: Call) -> None:
        """Ring the agents of a queue, all or the next one; without a free one the caller waits."""
        service = self.services.by_number[call.callee.number]
        if call.rung:
            await self._sleep(_QUEUE_RETRY)
            self._ids.skip()  # as an Asterisk does
        call.queued = True
        self._on_change()
        while not (agents := self._agents(call, service)):
            await self._sleep(_QUEUE_PAUSE)
        call.ring_agents([self._phone(each) for each in agents])

    def _agents(self, call: Call, service: Service) -> list[str]:
        """Return the agents to be rung next."""
        free = self._free(service, call.caller.number)
        if not service.in_turn:
            return free
        turns = self._turns.setdefault(call.call_id, deque())
        turns.extend(() if turns else service.members)
        while turns:
            if (agent := turns.popleft()) in free:
                return [agent]
        return []

    def _follow_keys(self, call: Call) -> None:
        """Route a caller to the extension or service with the number pressed in an IVR."""
        service = self.services.by_number.get(call.callee.number)
        if service is None or service.kind is not ServiceKind.IVR:
            return
        pressed = call.keys[call.keys_used :]
        if pressed in self._directory.extensions or pressed in self.services.by_number:
            call.keys_used = len(call.keys)
            self._start_timer(call, self._route_to(call, pressed))

    async def _route_to(self, call: Call, number: str) -> None:
        with contextlib.suppress(CallStateError):
            await call.route_to(self._callee(number))

    @override
    def _ring_time(self, call: Call) -> float:
        return AGENT_TIMEOUT if self._queue_of(call) else super()._ring_time(call)

    def _queue_of(self, call: Call) -> Service | None:
        """Return the queue with the agents that ring for a call; None once it was transferred."""
        service = self.services.by_number.get(call.caller.path)
        waits = call.queued and call.left is None
        queued = waits and service and service.kind is ServiceKind.QUEUE
        return service if queued else None

    @override
    async def _stop_ringing(self, call: Call) -> None:
        """Go on to the next agent, to the voicemail box, or end an unanswered call."""
        if queue := self._queue_of(call):
            call.return_to(self.service(queue.number))
            self._start_timer(call, self._continue_serving(call, self._queue))
        elif self._knobs.voicemail and call.type is not CallType.OUTBOUND:
            self.divert_to_voicemail(call)
        else:
            await super()._stop_ringing(call)

    def divert_to_voicemail(self, call: Call) -> None:
        """Divert a call that rings to a voicemail box.

        Raises:
            CallStateError: It does not ring.
        """
        call.voicemail = True
        if extension := self._directory.extensions.get(call.dialled):
            extension.messages.append(Message(caller=call.caller.number))
        call.return_to(self.service(VOICEMAIL))
