"""Sending reports: in order, one connection each, repeated until answered (pbx-api, section 11)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
import contextlib
from dataclasses import dataclass
import logging
import random
from typing import Protocol

from pbx_simulator.config import SimulatorConfig
from pbx_simulator.knobs import Knobs
from pbx_simulator.traffic import BoundedList, Delivery
from pbx_simulator.waiting import Clock, Sleep

from ..dialects import Dialect, ReportFormat
from ..sessions import ReportTarget, Session, Sessions
from .address import resolve
from .post import post
from .wire import Fields, encode, request_bytes

_LOGGER = logging.getLogger(__name__)
_ANSWER_TIMEOUT = 5
"""Seconds that the answer to a report is waited for."""
_PAIR_WAIT = 0.5
"""Seconds that a report waits for another one to change places with."""

type Render = Callable[[ReportFormat], list[Fields]]


class Sender(Protocol):
    """Sends reports."""

    def send(self, render: Render) -> None:
        """Send what `render` makes of a format."""

    def send_to_last(self, render: Render) -> None:
        """Send it to the address registered last."""


@dataclass(slots=True, kw_only=True)
class _Outgoing:
    delivery: Delivery
    session: Session | None
    target: ReportTarget | None = None


class Reporter:
    """Sends reports to the sessions that live and have registered an address."""

    def __init__(
        self,
        *,
        config: SimulatorConfig,
        dialect: Dialect,
        knobs: Knobs,
        sessions: Sessions,
        clock: Clock,
        sleep: Sleep,
        on_change: Callable[[], None],
    ) -> None:
        """Make a reporter that sends after `start`."""
        self._dialect = dialect
        self._knobs = knobs
        self._sessions = sessions
        self._clock = clock
        self._sleep = sleep
        self._on_change = on_change
        self._random = random.Random(config.seed)
        self._queue: asyncio.Queue[_Outgoing] = asyncio.Queue()
        self._open = 0
        self._settled = asyncio.Event()
        self._settled.set()
        self._worker: asyncio.Task[None] | None = None
        self._repeats: set[asyncio.Task[None]] = set()
        self.deliveries: BoundedList[Delivery] = BoundedList(config.keep)
        self.muted = False
        self.listeners: list[Callable[[bytes], None]] = []

    def start(self) -> None:
        """Start sending."""
        self._worker = asyncio.create_task(self._work(), name="pbx_simulator reports")

    async def stop(self) -> None:
        """Stop sending; open reports are given up."""
        tasks = [*self._repeats, *([self._worker] if self._worker else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._worker = None
        self.discard()
        self._open = 0
        self._settled.set()

    def discard(self) -> None:
        """Give up all that waits, as a PBX that loses its power does."""
        for task in self._repeats:
            task.cancel()
        while not self._queue.empty():
            self._finish(self._queue.get_nowait(), "away")

    async def settle(self) -> None:
        """Wait until every report was answered or given up."""
        await self._settled.wait()

    def send(self, render: Render) -> None:
        """Send what `render` makes of a format to all sessions that receive reports now."""
        for listener in self.listeners:
            for fields in render(ReportFormat.MEMBERS):
                listener(self._encode(fields))
        if self.muted or self._streams_only:
            return
        for session in self._sessions.receivers():
            for fields in render(session.format):
                self._enqueue(self._delivery(fields, self._encode(fields)), session)

    def send_raw(self, fields: Fields, body: bytes) -> None:
        """Send a body as it stands to all sessions that receive reports now."""
        for listener in self.listeners:
            listener(body)
        for session in self._sessions.receivers() if not (self.muted or self._streams_only) else ():
            self._enqueue(self._delivery(fields, body), session)

    def send_to_last(self, render: Render) -> None:
        """Send to the address registered last, token or not, as BootUp is sent."""
        for listener in self.listeners:
            for fields in render(ReportFormat.MEMBERS):
                listener(self._encode(fields))
        target = self._sessions.last_target
        if target and not self._streams_only:
            for fields in render(self._sessions.last_format):
                self._enqueue(self._delivery(fields, self._encode(fields)), None, target)

    @property
    def _streams_only(self) -> bool:
        """True if only event streams receive reports: a PBX has one report method at a time."""
        return bool(self.listeners) and not self._knobs.reports_beside_events

    def _encode(self, fields: Fields) -> bytes:
        if self._knobs.missing_sn:
            fields = [(key, value) for key, value in fields if key != "sn"]
        return encode(fields, pretty=self._knobs.pretty_reports)

    def _delivery(self, fields: Fields, body: bytes) -> Delivery:
        return Delivery(time=self._clock(), report=dict(fields), body=body)

    def _enqueue(
        self, delivery: Delivery, session: Session | None, target: ReportTarget | None = None
    ) -> None:
        if session:
            self._sessions.renew(session)
            target = session.target
        for copy in range(1 + self._knobs.duplicate_reports):
            if copy:
                delivery = self._delivery(list(delivery.report.items()), delivery.body)
            self.deliveries.append(delivery)
            self._open += 1
            self._settled.clear()
            self._queue.put_nowait(_Outgoing(delivery=delivery, session=session, target=target))

    async def _work(self) -> None:
        while True:
            batch = [await self._queue.get()]
            if self._knobs.reorder_reports:
                with contextlib.suppress(TimeoutError):
                    batch.insert(0, await asyncio.wait_for(self._queue.get(), _PAIR_WAIT))
            for outgoing in batch:
                try:
                    await self._send_first(outgoing)
                except Exception:
                    # One report that cannot be sent must not silence all others.
                    _LOGGER.exception("A report could not be sent")
                    self._finish(outgoing, "given up")

    async def _send_first(self, outgoing: _Outgoing) -> None:
        if self._knobs.delay_reports:
            await self._sleep(self._knobs.delay_reports)
        if self.is_lost():
            self._finish(outgoing, "lost")
        elif not await self._attempt(outgoing):
            task = asyncio.create_task(self._repeat(outgoing), name="pbx_simulator repeat")
            self._repeats.add(task)
            task.add_done_callback(self._repeats.discard)

    def is_lost(self) -> bool:
        """Return True if the next report is lost, by chance or because a knob wants it."""
        if self._knobs.lose_next > 0:
            self._knobs.lose_next -= 1
            return True
        return self._random.random() < self._knobs.lose_reports

    async def _repeat(self, outgoing: _Outgoing) -> None:
        try:
            for _ in range(self._knobs.repeat_limit):
                await self._sleep(self._knobs.repeat_interval)
                if await self._attempt(outgoing):
                    return
        finally:
            if not outgoing.delivery.note:
                self._finish(outgoing, "given up")

    async def _attempt(self, outgoing: _Outgoing) -> bool:
        """Send once; True when there is nothing more to do for this report."""
        delivery, session = outgoing.delivery, outgoing.session
        if session and not self._sessions.is_living(session):
            self._finish(outgoing, "no token")
            return True
        target = session.target if session else outgoing.target
        address = resolve(target, self._dialect, self._knobs) if target else None
        if address is None:
            self._finish(outgoing, "given up")
            return True
        delivery.attempts += 1
        delivery.target = str(address)
        delivery.raw = request_bytes(delivery.body, address, self._dialect, self._knobs)
        delivery.status = await post(
            delivery.raw,
            address,
            source=self._knobs.report_source,
            timeout=_ANSWER_TIMEOUT,
        )
        if delivery.status != 200:
            return False
        self._finish(outgoing, "answered")
        return True

    def _finish(self, outgoing: _Outgoing, note: str) -> None:
        outgoing.delivery.note = note
        self._open -= 1
        if not self._open:
            self._settled.set()
        self._on_change()
