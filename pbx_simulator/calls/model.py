"""One call and its legs: a state machine that knows no wire format.

Each `Moment` is published to the function that the call registry passes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .legs import Leg, LegKind, LegState
from .states import CallState, CallStateError, CallType, Moment

__all__ = ["Call", "CallState", "CallStateError", "CallType", "Moment"]


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """A call between a caller and a callee. Times are epoch seconds, UTC.

    Attributes:
        call_id: The first of its ids.
        caller, callee: The two legs; after a transfer the leg that stayed is the caller.
        others: Further legs that ring with the callee's: a group, a mobile phone.
        stopped: The legs that stopped ringing last, while the call went on.
        spoke, spoke_with: The leg that answered last, and whom it was connected with.
        reached: The leg that answered first.
        left: The leg that left last, by a transfer; `first_left` if the channel that began the
            call has so ended, which that of a call over the API does not.
        begun_by: The leg that began the call.
        target: The leg that was transferred to last.
        united: The call whose party this one's talks with, since a phone united both.
        obstacle: Returns the SIP status with which an extension cannot be rung, or 0.
        ringing_legs: Returns the legs that ring for a callee's: all members of a group, an
            extension with its mobile phone; none if no phone can be rung.
        leg_for: Makes the leg of a number to which an extension transfers a call.
        dialled: The number as it was dialled; where an IVR is, the one that its caller chose.
        did: The number that an inbound caller dialled.
        by_api: True if it was made over the API.
        released_by: The leg that hung up first.
        failure: Why it failed: a SIP status number, or 0.
        keys: The keys pressed so far, the last one by `keys_by`; an IVR has acted on the first
            `keys_used`.
        consults_for: The call with the partner whom the caller wants to transfer to the callee.
        rung: The extensions that were rung, in that order, without repeats.
        rung_at: When somebody was rung last.
        served_at: When the PBX itself first answered: an IVR, a queue, a prompt.
        queued: True if it came to a queue.
        voicemail: True if it ended in a voicemail box.
    """

    call_id: str
    type: CallType
    caller: Leg
    callee: Leg
    dialled: str
    started: float
    clock: Callable[[], float]
    notify: Callable[[Call, Moment], None]
    obstacle: Callable[[str], int]
    ringing_legs: Callable[[Leg, str], list[Leg]]
    leg_for: Callable[[Call, str], Leg]
    others: list[Leg] = field(default_factory=list)
    stopped: list[Leg] = field(default_factory=list)
    spoke: Leg | None = None
    spoke_with: Leg | None = None
    reached: Leg | None = None
    left: Leg | None = None
    first_left: bool = False
    begun_by: Leg = field(init=False)
    target: Leg | None = None
    united: Call | None = None
    state: CallState = CallState.DIALING
    did: str = ""
    trunk: str = ""
    origin: str = ""
    by_api: bool = False
    answered: float | None = None
    ended: float | None = None
    released_by: Leg | None = None
    failure: int = 0
    refused: bool = False
    keys: str = ""
    keys_by: Leg | None = None
    keys_used: int = 0
    consults_for: Call | None = None
    rung: dict[str, None] = field(default_factory=dict)
    rung_at: float | None = None
    served_at: float | None = None
    queued: bool = False
    voicemail: bool = False
    window_ends: float = 0.0
    control_destination: bool = False

    def __post_init__(self) -> None:
        """Let the caller begin it."""
        self.begun_by = self.caller

    @property
    def legs(self) -> tuple[Leg, ...]:
        """Caller and callee, and the legs that ring with the callee's."""
        return (self.caller, self.callee, *self.others)

    @property
    def called(self) -> tuple[Leg, ...]:
        """All legs but the caller's."""
        return (self.callee, *self.others)

    @property
    def parties(self) -> tuple[Leg, ...]:
        """Who takes part now: the caller, and whoever rings or talks; not the PBX itself."""
        legs = self.legs if self.state in _WITH_CALLEE else (self.caller,)
        return tuple(leg for leg in legs if leg.kind is not LegKind.SERVICE)

    @property
    def waits(self) -> bool:
        """True if the caller is connected to the PBX itself."""
        return self.state is CallState.TALKING and self.callee.kind is LegKind.SERVICE

    @property
    def live(self) -> bool:
        """True if it is not over yet."""
        return self.state is not CallState.ENDED

    def leg_of(self, number: str) -> Leg | None:
        """Return the leg of an extension."""
        for leg in self.legs:
            if leg.kind is LegKind.EXTENSION and leg.number == number:
                return leg
        return None

    def has_extension(self, number: str) -> bool:
        """Return True if an extension is a party."""
        return self.leg_of(number) is not None

    async def accept(self) -> None:
        """Accept an invited call; it goes on to the API or to its inbound route."""
        self._expect(CallState.INVITED)
        if self.control_destination:
            self._enter(CallState.INCOMING, Moment.INCOMING)
        else:
            await self._continue()

    async def refuse(self) -> None:
        """Refuse an invited call."""
        self._expect(CallState.INVITED)
        self.refused = True
        self._end(self.callee, Moment.RELEASED)

    async def direct(self, number: str | None = None) -> None:
        """Direct an incoming call to an extension, or to its inbound route."""
        self._expect(CallState.INCOMING)
        if number is not None:
            self.callee.number = self.caller.to = number
        await self._continue()

    async def pick_up(self) -> None:
        """Answer the caller's own phone, in a call made over the API; the callee is rung."""
        self._expect(CallState.CALLING_BACK)
        self.spoke, self.caller.state = self.caller, LegState.ANSWER
        self.caller.answered_at = self.clock()
        self.notify(self, Moment.PICKED_UP)
        await self._continue()

    async def _continue(self) -> None:
        self.state = CallState.DIALING
        self.caller.state = LegState.ALERT
        self.notify(self, Moment.STARTED)
        await self.ring()

    async def ring(self) -> None:
        """Ring the callee and the phones that ring with it, or fail if none can be rung."""
        self._expect(CallState.DIALING)
        if failure := self._obstacle(self.callee):
            await self.fail(failure)
            return
        legs = self.ringing_legs(self.callee, self.caller.number)
        if not legs:
            await self.fail(480)
            return
        self._ring(legs)

    def ring_agents(self, legs: list[Leg]) -> None:
        """Ring agents of the queue in which the caller waits."""
        self._expect(CallState.TALKING)
        self._ring(legs)

    def _ring(self, legs: list[Leg]) -> None:
        if legs[0].kind is not LegKind.SERVICE and self.callee.kind is LegKind.SERVICE:
            self.caller.path = self.callee.number
        self.callee, self.others = legs[0], legs[1:]
        self.caller.state = LegState.ALERT
        if legs[0].kind is not LegKind.SERVICE:
            self.rung_at = self.clock()
        for leg in legs:
            leg.state, leg.path, leg.rung_at = LegState.RING, self.caller.path, self.rung_at
            if leg.kind is LegKind.EXTENSION:
                self.rung.setdefault(leg.number)
        self._enter(CallState.RINGING, Moment.RINGING)

    def _obstacle(self, leg: Leg) -> int:
        return self.obstacle(leg.number) if leg.kind is LegKind.EXTENSION else 0

    async def answer(self, by: str | None = None) -> None:
        """Answer by an extension or outside number that rings, by default the callee."""
        self._expect(CallState.RINGING)
        leg = self._ringing(by) if by else self.callee
        lost = [each for each in self.called if each is not leg]
        self._connect(leg, lost)
        if lost:
            self._stop(lost)

    def _ringing(self, number: str) -> Leg:
        for leg in self.called:
            if leg.number == number:
                return leg
        raise CallStateError(f"{number} does not ring")

    def _connect(self, leg: Leg, others: list[Leg]) -> None:
        if leg.kind is LegKind.SERVICE:
            self.served_at = self.clock() if self.served_at is None else self.served_at
        else:
            self.spoke, self.spoke_with, self.left = leg, self.caller, None
            self.reached = self.reached or leg
            leg.answered_at = self.clock()
            if self.answered is None:
                self.answered = self.clock()
        self.callee, self.others = leg, others
        self.caller.state, leg.state = LegState.ANSWERED, LegState.ANSWER
        self._enter(CallState.TALKING, Moment.ANSWERED)

    def _stop(self, legs: list[Leg]) -> None:
        """Stop ringing some legs while the call goes on."""
        self.stopped = legs
        self.others = [each for each in self.others if each not in legs]
        for each in legs:
            each.state = LegState.BYE
        self.notify(self, Moment.STOPPED)

    async def route_to(self, to: Leg) -> None:
        """Route a caller who is connected to the PBX itself, as an IVR does.

        Raises:
            CallStateError: The caller is not connected to the PBX.
        """
        if not self.waits:
            raise CallStateError(f"Call {self.call_id} is {self.state}")
        self.callee, self.state, self.dialled = to, CallState.DIALING, to.number
        if self.caller.kind is LegKind.INBOUND:
            self.caller.to = to.number
        await self.ring()

    async def forward(self, to: str) -> None:
        """Forward the call, at the phone that is called, to another number.

        Raises:
            CallStateError: More than one phone rings.
        """
        self._expect(CallState.DIALING, CallState.RINGING)
        if self.others:
            raise CallStateError("More than one phone rings")
        target, before, rings = self.leg_for(self, to), self.callee, self.state is CallState.RINGING
        target.hops, self.state = 2, CallState.DIALING
        self.notify(self, Moment.FORWARDED)
        self.callee = target
        if rings:
            self._stop([before])
        await self.ring()

    def return_to(self, service: Leg) -> None:
        """Stop ringing, unanswered, and connect the caller to a service of the PBX (again)."""
        self._expect(CallState.RINGING)
        lost = list(self.called)
        self.callee, self.others, self.state = service, [], CallState.TALKING
        self._stop(lost)
        if self.served_at is None:
            self._connect(service, [])

    async def hold(self, by: str | None = None) -> None:
        """Put the other party on hold, by an extension (the callee's, if it is one)."""
        self._expect(CallState.TALKING)
        leg = self._extension_leg(by)
        leg.before_hold, leg.state = leg.state, LegState.HOLD
        self._enter(CallState.HELD, Moment.HELD)

    async def resume(self) -> None:
        """End the hold."""
        self._expect(CallState.HELD)
        for leg in self.legs:
            if leg.state is LegState.HOLD:
                leg.state = leg.before_hold
        self._enter(CallState.TALKING, Moment.RESUMED)

    async def transfer(self, to: str, by: str | None = None) -> None:
        """Transfer an extension's partner to any number, which rings.

        Raises:
            CallStateError: The call is not answered, or no phone can be rung there.
        """
        self._expect(CallState.TALKING, CallState.HELD)
        leaving = self._extension_leg(by)
        target = self.leg_for(self, to)
        if self.has_extension(to) or self._obstacle(target) or not self.ringing_legs(target, ""):
            raise CallStateError(f"{to} cannot be rung")
        await self.resume_if_held()
        self.leave(leaving, target)
        self.notify(self, Moment.TRANSFERRED)
        self.notify(self, Moment.LEFT)
        await self.ring()

    def leave(self, leaving: Leg, joining: Leg) -> None:
        """Let one leg leave; the other one waits for a third party to be rung."""
        self.first_left |= leaving is self.begun_by and not self.by_api
        leaving.successor = joining
        staying = self.callee if leaving is self.caller else self.caller
        self.caller, self.callee, self.others = staying, joining, []
        if staying.kind is LegKind.INBOUND:
            staying.to = joining.number
        leaving.state, staying.state = LegState.BYE, LegState.ALERT
        self.left, self.target, self.state = leaving, joining, CallState.DIALING

    async def resume_if_held(self) -> None:
        """End the hold, if there is one."""
        if self.state is CallState.HELD:
            await self.resume()

    async def press(self, key: str, by: str | None = None) -> None:
        """Press a key during the call, at the caller's phone unless one is named."""
        self._expect(CallState.TALKING)
        self.keys += key
        self.keys_by = self.leg_of(by or "") or self.caller
        self.notify(self, Moment.KEY)

    async def hang_up(self, by: str | None = None) -> None:
        """Hang up, by an extension or "callee"; by the caller unless one is named."""
        self._expect(*(state for state in CallState if state is not CallState.ENDED))
        leg = self.callee if by == "callee" else self.leg_of(by or "") or self.caller
        self._end(leg, Moment.RELEASED)

    def end_with(self, other: Call) -> None:
        """End this call since the other one of those that a phone has united is over."""
        self._end(
            self.caller if other.released_by is other.callee else self.callee, Moment.RELEASED
        )

    async def reject(self, by: str | None = None) -> None:
        """Decline the call at a phone that rings, by default the callee's.

        It goes on while others ring.
        """
        self._expect(CallState.RINGING)
        leg = self._ringing(by) if by else self.callee
        rest = [each for each in self.called if each is not leg]
        if not rest:
            await self.fail(603)
            return
        self.callee, self.others = rest[0], rest[1:]
        self._stop([leg])

    async def ring_out(self) -> None:
        """End the call, since nobody answers it."""
        self._expect(CallState.RINGING)
        self._end(self.callee, Moment.RELEASED)

    async def fail(self, status: int) -> None:
        """Fail with a SIP status, such as 480 or 486, before the call is answered."""
        self._expect(CallState.DIALING, CallState.RINGING, CallState.CALLING_BACK)
        self.failure = status
        self._end(self.callee, Moment.FAILED)

    def _end(self, leg: Leg, moment: Moment) -> None:
        self.released_by = leg
        self.ended = self.clock()
        for each in self.legs:
            each.state = LegState.BYE
        self._enter(CallState.ENDED, moment)

    def _extension_leg(self, by: str | None) -> Leg:
        if by is not None:
            leg = self.leg_of(by)
        else:
            leg = next((x for x in reversed(self.legs) if x.kind is LegKind.EXTENSION), None)
        if leg is None:
            raise CallStateError(f"Extension {by} is no party of the call")
        return leg

    def _expect(self, *states: CallState) -> None:
        if self.state not in states:
            raise CallStateError(f"Call {self.call_id} is {self.state}")

    def _enter(self, state: CallState, moment: Moment) -> None:
        self.state = state
        self.notify(self, moment)


_WITH_CALLEE = (CallState.RINGING, CallState.TALKING, CallState.HELD)
