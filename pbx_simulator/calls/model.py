"""One call and its two legs: a state machine that knows no wire format.

Whoever wants to hear of it (the call book) passes a function that takes each `Moment`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from .legs import Leg, LegKind, LegState


class CallType(StrEnum):
    """As call records spell it (pbx-api, section 9, NewCdr)."""

    INTERNAL = "Internal"
    INBOUND = "Inbound"
    OUTBOUND = "Outbound"


class CallState(StrEnum):
    """Where a call stands."""

    INVITED = "invited"
    """Inbound, waits for the API to accept or refuse it."""
    INCOMING = "incoming"
    """Inbound and accepted, waits for the API to direct it."""
    CALLING_BACK = "calling back"
    """Made over the API: the caller's own phone rings first."""
    DIALING = "dialing"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    ENDED = "ended"


class Moment(StrEnum):
    """What has just happened to a call."""

    STARTED = "started"
    INVITED = "invited"
    INCOMING = "incoming"
    RINGING = "ringing"
    ANSWERED = "answered"
    HELD = "held"
    RESUMED = "resumed"
    TRANSFERRED = "transferred"
    KEY = "key"
    RELEASED = "released"
    FAILED = "failed"


class CallStateError(Exception):
    """The call cannot do this in the state it is in."""


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """A call between two legs. Times are epoch seconds, UTC.

    Attributes:
        call_id: The first of its ids.
        caller, callee: The two legs; after a transfer the leg that stayed is the caller.
        dialled: The number as it was dialled.
        did: The number that an inbound caller dialled.
        by_api: Whether it was made over the API.
        released_by: The leg that hung up first.
        failure: Why it failed: a SIP status number, or 0.
        keys: The keys pressed so far.
    """

    call_id: str
    type: CallType
    caller: Leg
    callee: Leg
    dialled: str
    started: float
    clock: Callable[[], float]
    notify: Callable[[Call, Moment], None]
    phone_of: Callable[[str], int]
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
    window_ends: float = 0.0
    control_destination: bool = False

    @property
    def legs(self) -> tuple[Leg, Leg]:
        """Caller and callee."""
        return (self.caller, self.callee)

    @property
    def live(self) -> bool:
        """Whether it is not over yet."""
        return self.state is not CallState.ENDED

    def leg_of(self, number: str) -> Leg | None:
        """The leg of an extension."""
        for leg in self.legs:
            if leg.kind is LegKind.EXTENSION and leg.number == number:
                return leg
        return None

    def has_extension(self, number: str) -> bool:
        """Whether an extension takes part."""
        return self.leg_of(number) is not None

    async def accept(self) -> None:
        """Accept an invited call; it goes on to the API or to its inbound route."""
        self._expect(CallState.INVITED)
        if self.control_destination:
            self._enter(CallState.INCOMING, Moment.INCOMING)
        else:
            await self._go_on()

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
        await self._go_on()

    async def pick_up(self) -> None:
        """The caller of a call made over the API takes the phone off the hook; it rings on."""
        self._expect(CallState.CALLING_BACK)
        await self._go_on()

    async def _go_on(self) -> None:
        self.state = CallState.DIALING
        self.caller.state = LegState.ALERT
        self.notify(self, Moment.STARTED)
        await self.ring()

    async def ring(self) -> None:
        """The callee's phone rings, or the call fails because it cannot."""
        self._expect(CallState.DIALING)
        if failure := self._obstacle(self.callee):
            await self.fail(failure)
            return
        self.caller.state, self.callee.state = LegState.ALERT, LegState.RING
        self._enter(CallState.RINGING, Moment.RINGING)

    def _obstacle(self, leg: Leg) -> int:
        return self.phone_of(leg.number) if leg.kind is LegKind.EXTENSION else 0

    async def answer(self) -> None:
        """The callee answers."""
        self._expect(CallState.RINGING)
        self.answered = self.clock() if self.answered is None else self.answered
        self.caller.state, self.callee.state = LegState.ANSWERED, LegState.ANSWER
        self._enter(CallState.TALKING, Moment.ANSWERED)

    async def hold(self, by: str | None = None) -> None:
        """An extension (the callee's, if it is one) puts the other side on hold."""
        self._expect(CallState.TALKING)
        leg = self._extension_leg(by)
        leg.before_hold, leg.state = leg.state, LegState.HOLD
        self._enter(CallState.HELD, Moment.HELD)

    async def resume(self) -> None:
        """Whoever held the call takes it up again."""
        self._expect(CallState.HELD)
        for leg in self.legs:
            if leg.state is LegState.HOLD:
                leg.state = leg.before_hold
        self._enter(CallState.TALKING, Moment.RESUMED)

    async def transfer(self, to: str, by: str | None = None) -> None:
        """An extension passes its partner on to another extension, whose phone rings.

        Raises:
            CallStateError: Nobody talks, or the other extension cannot be rung.
        """
        self._expect(CallState.TALKING, CallState.HELD)
        leaving = self._extension_leg(by)
        if self.has_extension(to) or self.phone_of(to):
            raise CallStateError(f"Extension {to} cannot take the call")
        staying = self.callee if leaving is self.caller else self.caller
        self.caller, self.callee = staying, leaving.replaced_by(to)
        if staying.kind is LegKind.INBOUND:
            staying.to = to
        self.caller.state, self.callee.state = LegState.ALERT, LegState.RING
        self.state = CallState.RINGING
        self.notify(self, Moment.TRANSFERRED)
        self.notify(self, Moment.RINGING)

    async def press(self, key: str) -> None:
        """Somebody presses a key during the call."""
        self._expect(CallState.TALKING)
        self.keys += key
        self.notify(self, Moment.KEY)

    async def hang_up(self, by: str | None = None) -> None:
        """Somebody hangs up: an extension, or "callee"; the caller if nobody is named."""
        self._expect(*(state for state in CallState if state is not CallState.ENDED))
        leg = self.callee if by == "callee" else self.leg_of(by or "") or self.caller
        self._end(leg, Moment.RELEASED)

    async def reject(self) -> None:
        """The callee's phone declines while it rings."""
        self._expect(CallState.RINGING)
        await self.fail(603)

    async def fail(self, status: int) -> None:
        """The call fails with a SIP status, such as 480 or 486, before anybody answers."""
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
            raise CallStateError(f"Extension {by} takes no part in the call")
        return leg

    def _expect(self, *states: CallState) -> None:
        if self.state not in states:
            raise CallStateError(f"Call {self.call_id} is {self.state}")

    def _enter(self, state: CallState, moment: Moment) -> None:
        self.state = state
        self.notify(self, moment)
