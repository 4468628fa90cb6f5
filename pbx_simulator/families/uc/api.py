"""The API of one PBX: wires its sessions, reports, event stream and endpoints together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
import json
from typing import Any

from aiohttp import web

from pbx_simulator.family import PbxParts
from pbx_simulator.net.connections import Connection, RawAnswer
from pbx_simulator.traffic import BoundedList, Delivery, Request

from . import faults
from .dialects import DIALECTS
from .endpoints.context import Context
from .endpoints.endpoint import Download
from .events import EventStream
from .reports.calls import CallReports
from .reports.reporter import Reporter
from .reports.system import SystemReports
from .reports.wire import Fields, encode as encode_report
from .router import Router, encode, split
from .sessions import Sessions

_NO_ENDPOINT = b'{"status":"Failed","errno":"10003"}'


class UcApi:
    """The API of one simulated PBX.

    Attributes:
        sessions: The living tokens.
        reporter: Sends the reports.
        events: The TCP event stream (API v2.0.0).
        reports: The reports that are not about calls.
        router: Answers requests.
    """

    def __init__(self, parts: PbxParts) -> None:
        """Serve this PBX, and report its calls."""
        self._parts = parts
        self._knobs = parts.knobs
        self._dialect = DIALECTS[parts.config.dialect]
        self.sessions = Sessions(self._dialect, parts.knobs, parts.clock, parts.statistics)
        self.reporter = Reporter(
            config=parts.config,
            dialect=self._dialect,
            knobs=parts.knobs,
            sessions=self.sessions,
            clock=parts.clock,
            sleep=parts.sleep,
            on_change=parts.changed,
        )
        serial = parts.config.serial
        self.reports = SystemReports(serial, self._dialect, parts.knobs, self.reporter)
        self.events = EventStream(
            knobs=parts.knobs,
            account=parts.account,
            lockout=parts.lockout,
            statistics=parts.statistics,
            reporter=self.reporter,
            on_change=parts.changed,
        )
        self.router = Router(self._context(), parts.recorded)
        parts.calls.observers.append(
            CallReports(
                serial=serial,
                knobs=parts.knobs,
                monitored=parts.calls.is_monitored,
                reporter=self.reporter,
            )
        )

    def _context(self) -> Context:
        parts = self._parts
        return Context(
            config=parts.config,
            dialect=self._dialect,
            knobs=parts.knobs,
            clock=parts.clock,
            device=parts.device,
            account=parts.account,
            lockout=parts.lockout,
            statistics=parts.statistics,
            sessions=self.sessions,
            directory=parts.directory,
            calls=parts.calls,
            parking=parts.parking,
            monitoring=parts.monitoring,
            attended_transfers=parts.attended_transfers,
            streaming=lambda: bool(self.events.port),
        )

    @property
    def deliveries(self) -> BoundedList[Delivery]:
        """The reports sent, or lost, so far."""
        return self.reporter.deliveries

    # Starting and stopping

    def start(self) -> None:
        """Start sending reports."""
        self.reporter.start()

    async def listen(self, host: str) -> None:
        """Serve the event stream, where there is one."""
        port = self._parts.config.event_port
        if port is not None and self._dialect.events:
            await self.events.start(host, self.events.port or port)

    async def stop(self) -> None:
        """Stop sending reports and end the event stream."""
        await self.reporter.stop()
        await self.events.stop()

    async def go_away(self) -> None:
        """Give up all reports and end the event stream."""
        self.reporter.muted = True
        self.reporter.discard()
        await self.events.stop()

    def come_back(self) -> None:
        """Send reports again."""
        self.reporter.muted = False

    # Reports as they stand

    def send_report(self, report: Mapping[str, Any] | bytes) -> None:
        """Send a report as it stands to all sessions that receive reports now."""
        if isinstance(report, bytes):
            self.reporter.send_raw(_fields(report), report)
        else:
            fields = list(report.items())
            self.reporter.send_raw(fields, encode_report(fields))

    async def settle(self) -> None:
        """Wait until every report was answered or given up."""
        await self.reporter.settle()

    # Requests

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer an HTTP request, or do what a knob puts in place of an answer."""
        knobs = self._knobs
        record = await self._record(request)
        faulty = faults.applies(knobs, record.endpoint)
        if knobs.answer_delay and faulty:
            await self._parts.sleep(knobs.answer_delay)
        if knobs.hang and faulty:
            await asyncio.Event().wait()
        if faulty and (answer := faults.substitute(knobs, self._dialect)) is not None:
            return RawAnswer(answer)
        if not record.endpoint:
            record.errno = "10003"
            return RawAnswer(self._proper(_NO_ENDPOINT))
        result = await self.router.answer(record, request.method, request.query)
        if isinstance(result, Download):
            return RawAnswer(self._proper(encode(result), result.content_type))
        return RawAnswer(self._proper(encode(result), faulty=faulty))

    def _proper(
        self, body: bytes, content_type: str = "application/json", *, faulty: bool = False
    ) -> bytes:
        return faults.proper(body, content_type, self._knobs, self._dialect, faulty=faulty)

    async def _record(self, request: web.BaseRequest) -> Request:
        connection = request.protocol
        version, endpoint = split(request.path) or ("", "")
        record = Request(
            time=self._parts.clock(),
            raw_head=connection.pop_head() if isinstance(connection, Connection) else b"",
            body=await request.read(),
            endpoint=endpoint,
            version=version,
            source=request.remote or "",
        )
        self._parts.requests.append(record)
        self._parts.changed()
        return record


def _fields(body: bytes) -> Fields:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return list(value.items()) if isinstance(value, dict) else []
