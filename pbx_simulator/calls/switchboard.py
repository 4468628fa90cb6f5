"""The switchboard: where calls lead that no single phone takes (pbx-api, sections 7 and 8).

Ring groups, queues, IVRs, voicemail boxes and mobile phones that ring with an extension.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
import contextlib
from dataclasses import replace
from typing import Any, override

from .ids import later
from .legs import Leg, LegKind, LegState
from .model import Call, CallState, CallStateError, CallType, Moment
from .registry import CallRegistry
from .services import Service, ServiceKind, Services

type Then = Callable[[Call], Awaitable[None]]
"""What the PBX does with a call that it has answered itself."""

VOICEMAIL = "voicemail"
"""The number of the leg that is a voicemail box."""
AGENT_TIMEOUT = 15
"""Seconds after which an agent of a queue stops ringing."""
_QUEUE_PAUSE = 2
"""Seconds after which a queue without a free agent tries again."""


class Switchboard(CallRegistry):
    """A call book whose calls can lead to more than one phone.

    Attributes:
        services: What the PBX serves by itself.
        on_end: Whoever wants to hear of every call that is over.
    """

    def __init__(self, **parts: Any) -> None:
        """Start without any call; the parts are those of a call book."""
        super().__init__(**parts)
        self.services = Services.of(self._directory)
        self.on_end: list[Callable[[Call], None]] = []
        self._then: dict[str, Then] = {}
        self._turns: dict[str, deque[str]] = {}

    def service(self, number: str) -> Leg:
        """The PBX's own leg."""
        return Leg(kind=LegKind.SERVICE, number=number, channel_of=self._ids.channel_id)

    def set_group(
        self, kind: ServiceKind, number: str, *members: str, in_turn: bool = False
    ) -> None:
        """Make a ring group, a queue or an IVR, or another one of an old one."""
        self.services.by_number[number] = Service(
            kind=kind, number=number, members=members, in_turn=in_turn
        )

    # People who pass calls on by phone

    async def ask(self, call: Call, to: str, by: str | None = None) -> Call:
        """An extension holds its partner and calls somebody; return that call.

        Raises:
            CallStateError: Nobody talks, or nobody can be rung there.
        """
        await call.hold(by)
        leg = next(leg for leg in call.legs if leg.state is LegState.HOLD)
        target = self._reach(call, to)
        kind = CallType.OUTBOUND if target.kind is LegKind.OUTBOUND else CallType.INTERNAL
        third = self._new(kind, self._phone(leg.number), target, to)
        third.asks_for = call
        self._notify(third, Moment.STARTED)
        await third.ring()
        return third

    async def complete(self, third: Call) -> None:
        """Whoever asked passes the partner on; the call that was for asking ends.

        Raises:
            CallStateError: Nobody was asked, or they have not answered.
        """
        call = third.asks_for
        if call is None or third.state is not CallState.TALKING or third.waits:
            raise CallStateError("There is nobody to pass a partner on to")
        leaving = call.leg_of(third.caller.number)
        if leaving is None:
            raise CallStateError("Whoever asked has left the call")
        staying = call.callee if leaving is call.caller else call.caller
        call.passed_on(staying, replace(third.callee))
        await third.hang_up()

    # Where calls lead

    @override
    def _spread(self, leg: Leg) -> list[Leg]:
        """The members of a ring group; an extension with its mobile phone; else the leg alone."""
        service = self.services.by_number.get(leg.number)
        if leg.kind is LegKind.SERVICE and service and service.kind is ServiceKind.RING_GROUP:
            return [self._phone(each) for each in self._free(service)]
        legs = [leg]
        extension = self._directory.extensions.get(leg.number)
        if leg.kind is LegKind.EXTENSION and extension and extension.mobile:
            leg_id = later(self._ids.call_id(), 1)
            legs.append(self._line(LegKind.OUTBOUND, None, leg.number, extension.mobile, leg_id))
        return legs

    @override
    def _reach(self, call: Call, number: str) -> Leg:
        if number in self.services.by_number:
            return self.service(number)
        if number in self._directory.extensions or not self._directory.trunks:
            return self._phone(number)
        leg_id = later(call.call_id, 3)
        origin = next((leg.number for leg in call.legs if leg.kind is LegKind.EXTENSION), "")
        return self._line(LegKind.OUTBOUND, None, origin, number, leg_id)

    @override
    def _callee(self, number: str) -> Leg:
        return self.service(number) if number in self.services.by_number else self._phone(number)

    def _free(self, service: Service) -> list[str]:
        return [member for member in service.members if not self._obstacle(member)]

    @override
    def forget_all(self) -> None:
        """Lose every live call and all that was to be done with one."""
        self._then.clear()
        self._turns.clear()
        super().forget_all()

    # What the PBX does by itself

    @override
    def _notify(self, call: Call, moment: Moment) -> None:
        super()._notify(call, moment)
        if moment is Moment.RINGING and call.callee.kind is LegKind.SERVICE:
            self._start_timer(call, self._serve(call))
        elif moment is Moment.KEY and call.waits:
            self._follow_keys(call)
        if not call.live:
            self._then.pop(call.call_id, None)
            self._turns.pop(call.call_id, None)
            for hear in self.on_end:
                hear(call)

    async def _serve(self, call: Call) -> None:
        """The PBX answers a call to itself at once."""
        service = self.services.by_number.get(call.callee.number)
        if service:
            call.caller.path = service.number
        with contextlib.suppress(CallStateError):
            await call.answer()
        queue = self._queue if service and service.kind is ServiceKind.QUEUE else None
        if call.waits and (then := self._then.pop(call.call_id, queue)):
            self._start_timer(call, self._go_on_serving(call, then))

    async def _go_on_serving(self, call: Call, then: Then) -> None:
        with contextlib.suppress(CallStateError):
            await then(call)

    async def _queue(self, call: Call) -> None:
        """Ring the agents of a queue, all or the next one; without a free one the caller waits."""
        service = self.services.by_number[call.callee.number]
        call.queued = True
        self._on_change()
        while not (agents := self._agents(call, service)):
            await self._sleep(_QUEUE_PAUSE)
        call.ring_agents([self._phone(each) for each in agents])

    def _agents(self, call: Call, service: Service) -> list[str]:
        """The agents to be rung next."""
        free = self._free(service)
        if not service.in_turn:
            return free
        turns = self._turns.setdefault(call.call_id, deque())
        turns.extend(() if turns else service.members)
        while turns:
            if (agent := turns.popleft()) in free:
                return [agent]
        return []

    def _follow_keys(self, call: Call) -> None:
        """Lead a caller to the extension or service whose number was pressed in an IVR."""
        service = self.services.by_number.get(call.callee.number)
        if service is None or service.kind is not ServiceKind.IVR:
            return
        pressed = call.keys[call.keys_seen :]
        if pressed in self._directory.extensions or pressed in self.services.by_number:
            call.keys_seen = len(call.keys)
            self._start_timer(call, self._lead(call, pressed))

    async def _lead(self, call: Call, number: str) -> None:
        with contextlib.suppress(CallStateError):
            await call.lead(self._callee(number))

    @override
    def _ring_time(self, call: Call) -> float:
        return AGENT_TIMEOUT if self._queue_of(call) else super()._ring_time(call)

    def _queue_of(self, call: Call) -> Service | None:
        """The queue whose agents ring for a call."""
        service = self.services.by_number.get(call.caller.path)
        queued = call.queued and service and service.kind is ServiceKind.QUEUE
        return service if queued else None

    @override
    async def _stop_ringing(self, call: Call) -> None:
        """Nobody answers in time: the next agent, the voicemail box, or the end."""
        if queue := self._queue_of(call):
            call.give_back(self.service(queue.number))
            self._start_timer(call, self._go_on_serving(call, self._queue))
        elif self._knobs.voicemail and call.type is not CallType.OUTBOUND:
            self.take_message(call)
        else:
            await super()._stop_ringing(call)

    def take_message(self, call: Call) -> None:
        """A voicemail box takes a call that rings.

        Raises:
            CallStateError: It does not ring.
        """
        call.give_back(self.service(VOICEMAIL))
        call.voicemail = True
