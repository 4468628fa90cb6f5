"""The live calls of a PBX, their phones and their records."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
import contextlib
from typing import Any, Protocol

from pbx_simulator.config import SimulatorConfig
from pbx_simulator.directory import Directory
from pbx_simulator.knobs import Knobs
from pbx_simulator.traffic import BoundedList
from pbx_simulator.waiting import Clock, Sleep, Task, Tasks

from .ids import Identifiers
from .legs import Leg, LegKind, LegState
from .model import Call, CallState, CallStateError, CallType, Moment
from .phone_status import PhoneStatuses
from .record import CallRecord, branch_records_of, record_of

_OVER = frozenset({Moment.RELEASED, Moment.FAILED})
_DIALS = frozenset({Moment.CALLING, Moment.FORWARDED, Moment.RINGING, Moment.FAILED})


class CallObserver(Protocol):
    """Observes every call, as the reports of an API do."""

    def call_changed(self, call: Call, moment: Moment) -> None:
        """Observe what has just happened to a call."""

    def call_recorded(self, record: CallRecord) -> None:
        """Observe the record of a call that is over."""

    def prompt_ended(self, call: Call, prompts: str) -> None:
        """Observe the end of the prompts that were played to the caller of a call."""

    def message_sent(self, message_id: str, *, success: bool) -> None:
        """Observe a text message that was sent, or could not be."""


class CallRegistry:
    """Starts calls and follows them to their end. Times are seconds.

    Attributes:
        observers: The observers of every call, in their order.
        live: The live calls by their call id.
        records: The records of the calls that are over.
    """

    def __init__(
        self,
        *,
        config: SimulatorConfig,
        directory: Directory,
        knobs: Knobs,
        clock: Clock,
        sleep: Sleep,
        set_status: Callable[[str, str, bool], None],
        on_change: Callable[[], None],
        tasks: Tasks = asyncio,
        last_number: int = 100,
    ) -> None:
        """Start without any call.

        Args:
            config: The configuration.
            directory: The extensions and trunks.
            knobs: The knobs.
            clock: The time.
            sleep: Waits.
            set_status: Changes an extension's status and, if its last argument is true, reports it.
            on_change: Called after each change.
            tasks: Runs what waits.
            last_number: The number of the last channel that the PBX has made.
        """
        self._config = config
        self._directory = directory
        self._knobs = knobs
        self._clock = clock
        self._sleep = sleep
        self._on_change = on_change
        self._tasks = tasks
        self._ids = Identifiers(clock, last_number)
        self._timers: dict[str, Task] = {}
        self._phones = PhoneStatuses(directory, knobs, set_status, self.of_extension)
        self.observers: list[CallObserver] = []
        self.live: dict[str, Call] = {}
        self.records: BoundedList[CallRecord] = BoundedList(config.keep)

    async def place(self, caller: str, callee: str) -> Call:
        """Dial another extension, or a service of the PBX, from an extension.

        Raises:
            CallStateError: The caller has no registered phone (as in all such methods).
        """
        self._expect_phone(caller)
        call = self._new(CallType.INTERNAL, self._phone(caller), self._callee(callee), callee)
        self._notify(call, Moment.STARTED)
        return call

    async def outbound(
        self, caller: str, number: str, trunk: str | None = None, *, strip: int = 0
    ) -> Call:
        """Dial an outside number from an extension; the route strips the first `strip` digits."""
        self._expect_phone(caller)
        line = self._line(LegKind.OUTBOUND, trunk, caller, number[strip:])
        call = self._new(CallType.OUTBOUND, self._phone(caller), line, number)
        self._notify(call, Moment.STARTED)
        return call

    async def inbound(
        self, trunk: str | None, caller: str, did: str = "", to: str | None = None
    ) -> Call:
        """Call a trunk from outside; the inbound route leads to `to`, an extension or a service.

        Without `to` it is the extension with the number `did`, else the first one. On a trunk that
        the API controls the call waits to be accepted or directed (pbx-api, section 9).
        """
        number = to or (did if did in self._directory.extensions else "")
        number = number or next(iter(self._directory.extensions))
        call_id = self._ids.next()
        line = self._line(LegKind.INBOUND, trunk, caller, number, call_id)
        call = self._new(CallType.INBOUND, line, self._callee(number), number, call_id)
        call.did = did
        line_set = self._directory.trunks[line.trunk]
        call.control_destination = line_set.control_destination
        if line_set.control_answering:
            call.state = CallState.INVITED
            self._notify(call, Moment.INVITED)
        elif line_set.control_destination:
            call.state = CallState.INCOMING
            self._notify(call, Moment.INCOMING)
        else:
            self._notify(call, Moment.STARTED)
        return call

    async def _ring_first(self, call: Call, *, auto_answer: bool = False) -> None:
        """Ring the caller of a new call that the API makes; the callee is rung after that."""
        call.by_api = True
        call.state = CallState.CALLING_BACK
        call.caller.state = LegState.RING
        self._notify(call, Moment.CALLING)
        if auto_answer:
            await call.pick_up()
        elif self._knobs.answer_after is not None:
            self._start_timer(call, self._answer_by_themselves(call, self._knobs.answer_after))

    def of_extension(self, number: str) -> tuple[Call, ...]:
        """Return the live calls of an extension, oldest first."""
        return tuple(call for call in self.live.values() if call.has_extension(number))

    def find(self, id_: str) -> Call | None:
        """Return the live call with a call id, a trunk leg's id or a channel id."""
        for call in self.live.values():
            ids = {call.call_id}
            for leg in call.legs:
                ids |= {leg.leg_id, leg.near, leg.far, leg.channel_id}
            if id_ in ids - {""}:
                return call
        return None

    def forget_all(self) -> None:
        """Lose every live call, unreported, as a PBX that loses its power does."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self.live.clear()
        self._phones.forget_all()

    async def stop(self) -> None:
        """Lose every live call and wait for the timers to end."""
        timers = list(self._timers.values())
        self.forget_all()
        for timer in timers:
            with contextlib.suppress(asyncio.CancelledError):
                await timer

    def _new(
        self, kind: CallType, caller: Leg, callee: Leg, dialled: str, call_id: str = ""
    ) -> Call:
        call = Call(
            call_id=call_id or self._ids.next(),
            type=kind,
            caller=caller,
            callee=callee,
            dialled=dialled,
            started=self._clock(),
            clock=self._clock,
            notify=self._notify,
            obstacle=self._obstacle,
            ringing_legs=self._ringing_legs,
            leg_for=self._leg_for,
            trunk=caller.trunk or callee.trunk,
            origin=caller.origin or caller.number,
        )
        self.live[call.call_id] = call
        return call

    def _expect_phone(self, number: str) -> None:
        extension = self._directory.extensions.get(number)
        if extension is None or not extension.registered:
            raise CallStateError(f"Extension {number} has no phone")

    def _phone(self, number: str) -> Leg:
        return Leg(kind=LegKind.EXTENSION, number=number, channel_of=self._ids.channel_id)

    def _line(
        self, kind: LegKind, trunk: str | None, origin: str, to: str, leg_id: str = ""
    ) -> Leg:
        name = trunk or next(iter(self._directory.trunks), "")
        if name not in self._directory.trunks:
            raise CallStateError(f"There is no trunk {name!r}")
        return Leg(
            kind=kind,
            number=origin if kind is LegKind.INBOUND else to,
            channel_of=self._ids.channel_id,
            origin=origin,
            to=to,
            trunk=name,
            leg_id=leg_id,
        )

    def _callee(self, number: str) -> Leg:
        """Return the leg of a number inside the PBX."""
        return self._phone(number)

    def _ringing_legs(self, leg: Leg, caller: str = "") -> list[Leg]:
        """Return the legs that ring for one that is called, without the caller's own."""
        return [leg]

    def _leg_for(self, call: Call, number: str) -> Leg:
        """Return the leg of a number that an extension dials."""
        return self._phone(number)

    def is_monitored(self, leg: Leg) -> bool:
        """Return True if reports about a leg are sent at all."""
        if leg.kind is LegKind.EXTENSION:
            extension = self._directory.extensions.get(leg.number)
            return extension is None or extension.monitored
        trunk = self._directory.trunks.get(leg.trunk)
        return trunk is None or trunk.monitored

    def _obstacle(self, number: str) -> int:
        """Return the SIP status with which a phone cannot be rung, or 0."""
        extension = self._directory.extensions.get(number)
        if extension is None:
            return 404
        if extension.status == "unavailable":
            return 480
        if extension.dnd:
            return 603
        waits = self._knobs.call_waiting and extension.status in ("busy", "on_hold")
        return 0 if extension.free or waits else 486

    def _dial(self, call: Call) -> None:
        """Give ids to the channels of the legs that are called now, as an Asterisk does."""
        if call.state is CallState.CALLING_BACK:
            # The API calls through a Local channel, which begins the call.
            call.caller.near, call.caller.far = call.call_id, self._ids.next()
            self._ids.skip()
            return
        legs = [leg for leg in call.called if not (leg.far or leg.kind is LegKind.SERVICE)]
        for leg in legs:
            for _ in range(leg.hops):
                leg.near, leg.far = self._ids.next(), self._ids.next()
            if leg.kind is LegKind.OUTBOUND:
                leg.leg_id = call.call_id if self._knobs.split_call_ids else leg.near
        for _ in legs:
            self._ids.skip()

    def _notify(self, call: Call, moment: Moment) -> None:
        """Update phones and records, and publish what has just happened."""
        if not (moment is Moment.STOPPED and call.state is CallState.RINGING):
            self._stop_timer(call)
        if moment in _DIALS:
            self._dial(call)
        elif moment is Moment.LEFT and call.first_left and call.left is call.begun_by:
            self._ids.skip()  # as an Asterisk does when the caller leaves
        if moment in _OVER:
            self.live.pop(call.call_id, None)
        else:
            self._phones.refresh(call)
        for observer in self.observers:
            observer.call_changed(call, moment)
        if moment in _OVER:
            self._phones.refresh(call)
            self._phones.forget(call)
        self._record(call, moment)
        self._start_timer_for(call, moment)
        self._on_change()

    def _record(self, call: Call, moment: Moment) -> None:
        """Write and publish the records of a call that is over, or of phones that stopped."""
        offset, found = self._config.utc_offset, []
        if self._knobs.record_per_branch and moment in (*_OVER, Moment.STOPPED):
            found = branch_records_of(call, over=moment in _OVER, utc_offset=offset)
        elif moment in _OVER:
            found = [record_of(call, utc_offset=offset)]
        if self._knobs.records_calls:
            found = [each.recorded() for each in found]
        for record in found:
            self.records.append(record)
            for observer in self.observers:
                observer.call_recorded(record)

    def _start_timer_for(self, call: Call, moment: Moment) -> None:
        if moment in (Moment.INVITED, Moment.INCOMING):
            call.window_ends = self._clock() + self._knobs.call_window
            self._start_timer(call, self._end_window(call, moment))
        elif moment is Moment.RINGING and (after := self._ring_time(call)):
            self._start_timer(call, self._end_ringing(call, after))
        elif moment is Moment.RINGING and call.by_api and self._knobs.answer_after is not None:
            self._start_timer(call, self._answer_by_themselves(call, self._knobs.answer_after))

    def _start_timer(self, call: Call, work: Coroutine[Any, Any, None]) -> None:
        self._stop_timer(call)
        name = f"pbx_simulator call {call.call_id}"
        self._timers[call.call_id] = self._tasks.create_task(work, name=name)

    def _stop_timer(self, call: Call) -> None:
        timer = self._timers.pop(call.call_id, None)
        if timer and timer is not self._tasks.current_task():
            timer.cancel()

    async def _end_window(self, call: Call, moment: Moment) -> None:
        """Accept the call, or route it inbound, after the time-out (pbx-api, section 9)."""
        await self._sleep(self._knobs.call_window)
        with contextlib.suppress(CallStateError):
            await (call.accept() if moment is Moment.INVITED else call.direct())

    def _ring_time(self, call: Call) -> float:
        """Return how long a call may ring; 0 = for ever."""
        return self._knobs.ring_timeout

    async def _end_ringing(self, call: Call, after: float) -> None:
        await self._sleep(after)
        with contextlib.suppress(CallStateError):
            await self._stop_ringing(call)

    async def _stop_ringing(self, call: Call) -> None:
        """End a call that was not answered in time."""
        await call.ring_out()

    async def _answer_by_themselves(self, call: Call, after: float) -> None:
        await self._sleep(after)
        with contextlib.suppress(CallStateError):
            await (call.pick_up() if call.state is CallState.CALLING_BACK else call.answer())
