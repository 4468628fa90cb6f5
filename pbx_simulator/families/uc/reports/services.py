"""Reports of what the PBX did by itself: a prompt that ended, a message that was sent.

Source: pbx-api, sections 9 and 10. The parties stand at top level in all v1 formats, as in the samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pbx_simulator.calls.legs import Leg, LegKind

from ..dialects import ReportFormat
from .reporter import Reporter
from .wire import Fields
from .writer import member

if TYPE_CHECKING:
    from pbx_simulator.calls.model import Call


class ServiceReports:
    """PlayPromptEnd and sms-send."""

    def __init__(self, serial: str, reporter: Reporter) -> None:
        """Send through this reporter."""
        self._serial = serial
        self._reporter = reporter

    def prompt_end(self, call: Call, prompts: str) -> None:
        """The prompts that were played to the caller have ended."""
        leg, call_id = call.caller, call.call_id
        members = [member(leg, stated=False)]

        def fields(fmt: ReportFormat) -> list[tuple[str, Any]]:
            party: tuple[str, Any] = _party(leg)
            if fmt is ReportFormat.MEMBERS:
                party = ("members", members)
            return [("callid", call_id), party, ("prompt", prompts)]

        self._reporter.send(lambda fmt: [self._report(fmt, "PlayPromptEnd", fields(fmt))])

    def message(self, message_id: str, *, sent: bool) -> None:
        """A text message was sent, or could not be."""
        fields = [("status", "Success" if sent else "Failed"), ("smsid", message_id)]
        self._reporter.send(lambda fmt: [self._report(fmt, "sms-send", fields)])

    def _report(self, fmt: ReportFormat, name: str, fields: Fields) -> Fields:
        word = "event" if fmt is ReportFormat.MEMBERS else "action"
        tail = [] if fmt is ReportFormat.FLAT else [("sn", self._serial)]
        return [(word, name), *fields, *tail]


def _party(leg: Leg) -> tuple[str, dict[str, str]]:
    if leg.kind is LegKind.EXTENSION:
        return ("ext", {"extid": leg.number})
    return ("outbound", {"trunkname": leg.trunk})
