"""One call of a scenario while it is written: what happens to it, one step after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pbx_simulator.calls.legs import Leg, LegKind, LegState
from pbx_simulator.calls.record import CallRecord

from ..reports.wire import Fields
from .models import LiveCall, Step, live_leg
from .outcomes import by_failure, by_record
from .stage import Stage
from .teller import CallIds

_DIRECT = 2
"""Seconds within which a call rings that no IVR and no queue has answered."""
_DIALPLAN = 0.002
"""Seconds that an Asterisk takes to give the ids of the first branches."""


class PowerLossError(Exception):
    """The PBX has lost its power."""


@dataclass(slots=True, kw_only=True, eq=False)
class Script:
    """A call; what happens to it is a method, and takes place at `at`, in epoch seconds.

    Attributes:
        present: The legs that take part now, the caller first.
        other: The leg that the caller talks to.
        ringing: The legs that ring now.
    """

    stage: Stage
    index: int
    kind: str
    ids: CallIds
    caller: Leg
    caller_number: str
    callee: str
    at: float
    trunk: str = ""
    did: str = ""
    by_api: bool = False
    started: float = 0.0
    present: list[Leg] = field(default_factory=list)
    ringing: list[Leg] = field(default_factory=list)
    other: Leg | None = None
    state: str = "dialing"
    all_legs: list[Leg] = field(default_factory=list)
    more_ids: set[str] = field(default_factory=set)
    path: list[str] = field(default_factory=list)
    rang: dict[str, None] = field(default_factory=dict)
    rang_at: float | None = None
    answered_at: float | None = None
    answered_by: str = ""
    line_at: float | None = None
    ended_at: float = 0.0
    transfers: int = 0
    forwards: int = 0
    holds: int = 0
    keys: str = ""
    outcome: str = ""
    lost: bool = False
    decision: str = ""
    doubtful: set[str] = field(default_factory=set)
    joined_into: int | None = None
    records: list[CallRecord] = field(default_factory=list)

    def wait(self, low: float, high: float) -> None:
        """Let some time pass, in seconds.

        Raises:
            PowerLossError: The PBX loses its power meanwhile.
        """
        self.at = round(self.at + self.stage.dice.uniform(low, high), 3)
        if self.at >= self.stage.power_until:
            raise PowerLossError

    # Beginning

    def begin(self) -> None:
        """Dial; no phone rings yet."""
        self.started = self.at
        self._join(self.caller, LegState.ALERT)
        self._step()

    def begin_by_api(self) -> None:
        """Ring the caller's own phone first."""
        self.started, self.by_api = self.at, True
        self._join(self.caller, LegState.RING)
        self._step(self.stage.teller.own_ring(self.ids, self.caller))

    def caller_picks_up(self) -> None:
        """Answer the caller's own phone, in an API call."""
        self.caller.state = LegState.ANSWER
        reports = self.stage.teller.own_ring(self.ids, self.caller)
        self.caller.state = LegState.ALERT
        self._step(reports)

    def ask(self, name: str) -> None:
        """Send Invite or Incoming: the API decides about an inbound call."""
        self.state = "invited"
        self._step(self.stage.teller.plain(name, self.ids, self.caller))

    # Ringing

    def ring(self, *legs: Leg) -> None:
        """Ring some legs."""
        for leg in legs:
            if self.stage.habits.path_on == "all":
                leg.path = self.caller.path
            self._join(leg, LegState.RING)
            self.ringing.append(leg)
            if leg.kind is LegKind.EXTENSION:
                self.rang.setdefault(leg.number)
        if not self.stage.habits.answered_rings:
            self.caller.state = LegState.ALERT
        if self.rang_at is None:
            self.rang_at = self.at
        self.state = "ringing"
        teller = self.stage.teller
        self._step(teller.ring(self.ids, self.caller, self.ringing, legs, by_api=self.by_api))

    def stop_ringing(self, *legs: Leg) -> None:
        """Stop ringing some legs while the call goes on."""
        self._leave(*legs)
        if not self.ringing:
            self.state = "waiting"
        self._step(self.stage.teller.stop(self.ids, self.caller, legs))

    def leg_fails(self, leg: Leg, failure: int) -> None:
        """Fail one leg of several; the call goes on."""
        self._leave(leg)
        self.state = "ringing" if self.ringing else "waiting"
        tells = by_failure(failure, self.stage.fmt)
        self.doubtful.add(tells)
        self._step(self.stage.teller.failed(self.ids, failure, leg, self.caller), tells)

    # Talking

    def through(self, number: str) -> None:
        """Pass through an IVR, a queue or a ring group."""
        self.path.append(number)
        self.caller.path = number
        if self.caller.kind is LegKind.INBOUND:
            self.caller.to = number

    def line_answers(self) -> None:
        """Answer by an IVR, a queue or a voicemail box."""
        self.line_at = self.line_at or self.at
        self.caller.state = LegState.ANSWERED
        self.state = "waiting"
        self._step(self.stage.teller.line(self.ids, self.caller))

    def answer(self, leg: Leg) -> None:
        """Answer a leg that rings; all others stop ringing."""
        lost = [each for each in self.ringing if each is not leg]
        self._leave(*lost, leg)
        self.present.append(leg)
        self.caller.state, leg.state = LegState.ANSWERED, LegState.ANSWER
        self.other, self.state = leg, "talking"
        by_extension = self.path and self.stage.habits.inbound_to == "extension"
        if self.caller.kind is LegKind.INBOUND and by_extension:
            self.caller.to = leg.number
        if self.answered_at is None:
            self.answered_at, self.answered_by = self.at, leg.number
        teller = self.stage.teller
        self._step(teller.answer(self.ids, leg, self.caller), self._told_talk())
        if lost:
            self._step(teller.stop(self.ids, self.caller, lost))

    def _told_talk(self) -> str:
        """Return the outcome by the report of two talking legs: none unless it shows both."""
        assert self.other
        return "answered" if self.stage.teller.shows(self.caller, self.other) else ""

    def hold(self, leg: Leg) -> None:
        """Put the other leg on hold."""
        self.holds += 1
        held = leg if self.stage.habits.holder == "self" else self._partner(leg)
        held.before_hold, held.state = held.state, LegState.HOLD
        self.state = "held"
        self._step(self.stage.teller.status(self.ids, self.present))

    def resume(self) -> None:
        """End the hold."""
        for leg in self.present:
            if leg.state is LegState.HOLD:
                leg.state = leg.before_hold
        self.state = "talking"
        self._step(self.stage.teller.status(self.ids, self.present), self._told_talk())

    def press(self, leg: Leg, key: str) -> None:
        """Press a key."""
        self.keys += key
        self._step(self.stage.teller.key(self.ids, leg, self.keys))

    def prompt_ends(self, ivr: str) -> None:
        """Report the end of an IVR's prompt."""
        self._step(self.stage.teller.prompt_end(self.ids, self.caller, ivr))

    def pass_on(self, leaving: Leg, joining: Leg, *, talking: bool) -> None:
        """Transfer an extension's partner to another leg, which talks already or will ring."""
        self.transfers += 1
        staying = self._partner(leaving)
        leaving.state = LegState.BYE
        self.present.remove(leaving)
        if staying is not self.caller:
            # From here on the leg that stayed is the one that waits for an answer.
            self.caller = staying
        if staying.kind is LegKind.INBOUND:
            staying.to = joining.number
        staying.state = LegState.ANSWERED if talking else LegState.ALERT
        if talking:
            self._join(joining, LegState.ANSWER)
        self.other, self.state = (joining, "talking") if talking else (None, "dialing")
        self._step(self.stage.teller.transfer(self.ids, [joining, staying]))
        if talking:
            self._step(self.stage.teller.status(self.ids, self.present), self._told_talk())

    def forward(self, leg: Leg, to: Leg) -> None:
        """Forward the call at a phone that is called; `leg` may ring already."""
        self.forwards += 1
        if leg in self.ringing:
            self._leave(leg)
            self.state = "dialing"
        named = leg if self.stage.habits.forwarder == "self" else to
        self._step(self.stage.teller.transfer(self.ids, [named]))

    # Ending

    def end(self, first: Leg | None = None, *, outcome: str, told: bool = True) -> None:
        """End the call: `first` (the caller) hangs up, then the other party; BYE only if `told`."""
        first = first or self.caller
        legs = [self.caller, *([self.other] if self.other else self.ringing)]
        second = next((leg for leg in legs if leg is not first), None)
        for leg in self.present:
            leg.state = LegState.BYE
        self._over(outcome)
        self._step(self.stage.teller.bye(self.ids, first, second) if told else ())

    def fail(self, failure: int, callee: Leg, *, outcome: str) -> None:
        """End the call because a leg could not be reached."""
        callee.state = self.caller.state = LegState.BYE
        self._note(callee)
        self._over(outcome)
        tells = by_failure(failure, self.stage.fmt)
        self._step(self.stage.teller.failed(self.ids, failure, callee, self.caller), tells)

    def vanish(self, into: Script) -> None:
        """End this call as an attended transfer is complete: the other party goes on in `into`."""
        self.joined_into = into.index
        self.end(outcome="answered", told=self.stage.habits.bye_of_losers)

    def _over(self, outcome: str) -> None:
        self.stage.place(self.ids.two, self.at, self.ids.one)
        self.ended_at, self.outcome, self.state = self.at, outcome, "over"
        self.present.clear()
        self.ringing.clear()

    def close(self, *records: CallRecord) -> None:
        """Write the records."""
        for record in records:
            if record.call_id != self.ids.one:
                self.more_ids.add(record.call_id)
            self.records.append(record)
            tells = by_record(record.status, record.type)
            self._step([self.stage.teller.record(record)], tells, record)
            self.wait(0.005, 0.05)

    def late_status(self, legs: Sequence[Leg]) -> None:
        """Send a CallStatus after the record."""
        self._step(self.stage.teller.status(self.ids, legs))

    def lose(self, at: float) -> None:
        """Lose the call with the PBX's power: its end is not reported, and there is no record."""
        self.at, self.lost = at, True
        if self.answered_at is None:
            self.doubtful |= {"missed", "cancelled"}
        self._over("unknown" if self.answered_at is None else "answered")
        self._step(silent=True)

    # Parts

    def _partner(self, leg: Leg) -> Leg:
        assert self.other
        return self.other if leg is self.caller else self.caller

    def _join(self, leg: Leg, state: LegState) -> None:
        leg.state = state
        self.present.append(leg)
        self._note(leg)

    def _note(self, leg: Leg) -> None:
        if leg not in self.all_legs:
            self.all_legs.append(leg)
            direct = self.line_at is None and self.at - self.started < _DIRECT and not self.by_api
            at = self.started + _DIALPLAN if direct else self.at
            if leg.leg_id:
                self.stage.place(leg.leg_id, at, self.ids.one)
            if leg.kind is LegKind.OUTBOUND:  # through the far end of a Local channel
                self.stage.place(self.ids.two, at, self.ids.one)
                self.stage.branches.add(self.ids.two)

    def _leave(self, *legs: Leg) -> None:
        for leg in legs:
            leg.state = LegState.BYE
            self.present.remove(leg)
            self.ringing.remove(leg)

    def _step(
        self,
        reports: Sequence[Fields] = (),
        tells: str = "",
        record: CallRecord | None = None,
        *,
        silent: bool = False,
    ) -> None:
        live = None
        if self.present:
            legs = tuple(live_leg(leg) for leg in self.present)
            live = LiveCall(call=self.index, call_id=self.ids.one, state=self.state, legs=legs)
        step = Step(
            at=self.at,
            call=self.index,
            live=live,
            reports=reports,
            tells=tells,
            record=record,
            silent=silent,
        )
        self.stage.steps.append(step)
