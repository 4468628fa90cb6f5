"""Reports about calls: for each moment of a call, one for each party that it changes.

Source: pbx-api, section 9; API v2.0.0 is in `members`. OpenVox's call ids and array shapes follow
its samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pbx_simulator.calls.ids import later
from pbx_simulator.calls.legs import Leg, LegKind
from pbx_simulator.calls.model import Call, CallType, Moment
from pbx_simulator.calls.record import CallRecord
from pbx_simulator.knobs import Knobs

from ..dialects import ReportFormat
from .members import render_members
from .records import RECORD_WRITERS
from .reporter import Reporter
from .wire import Fields
from .writer import Writer, lacks_parties, member


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReports:
    """Writes the reports of calls in every format.

    Attributes:
        monitored: Returns True if reports about a leg are sent at all.
    """

    serial: str
    knobs: Knobs
    monitored: Callable[[Leg], bool]
    reporter: Reporter

    # Observing calls

    def call_changed(self, call: Call, moment: Moment) -> None:
        """Report a moment of a call."""
        self.reporter.send(lambda fmt: self.render(call, moment, fmt))

    def call_recorded(self, record: CallRecord) -> None:
        """Report a call record."""
        self.reporter.send(lambda fmt: [self.record(record, fmt)])

    def prompt_ended(self, call: Call, prompts: str) -> None:
        """Report the end of the prompts that were played to the caller."""
        leg, call_id = call.caller, call.call_id
        members = [member(leg, stated=False)]

        def fields(fmt: ReportFormat) -> list[tuple[str, Any]]:
            party: tuple[str, Any] = _prompt_party(leg)
            if fmt is ReportFormat.MEMBERS:
                party = ("members", members)
            return [("callid", call_id), party, ("prompt", prompts)]

        self.reporter.send(lambda fmt: [self._writer(fmt).plain("PlayPromptEnd", fields(fmt))])

    def message_sent(self, message_id: str, *, success: bool) -> None:
        """Report a text message that was sent, or could not be."""
        fields = [("status", "Success" if success else "Failed"), ("smsid", message_id)]
        self.reporter.send(lambda fmt: [self._writer(fmt).plain("sms-send", fields)])

    # Moments in every format

    def render(self, call: Call, moment: Moment, fmt: ReportFormat) -> list[Fields]:
        """Return all reports about a moment, in the order in which they are sent."""
        if moment is Moment.STOPPED and not self.knobs.group_byes:
            return []
        writer = self._writer(fmt)
        if fmt is ReportFormat.MEMBERS:
            return render_members(call, moment, writer)
        render = _WRITERS.get(moment)
        found = render(self, call, writer) if render else []
        return [report for report in found if not lacks_parties(report)]

    def record(self, record: CallRecord, fmt: ReportFormat) -> Fields:
        """Return the NewCdr report."""
        return [*RECORD_WRITERS[fmt](record), *self._writer(fmt).tail]

    def ringing(self, call: Call, writer: Writer) -> list[Fields]:
        """Return RING for every called party, ALERT for the caller."""
        ids, openvox = self._ids(call), writer.fmt is ReportFormat.OPENVOX
        reports = []
        for at, leg in enumerate(call.called):
            if writer.reports_on(leg):
                bare = openvox and leg.kind is LegKind.OUTBOUND
                ring = later(ids.ring, 2 * at) if self.knobs.split_call_ids else ids.ring
                parties = (leg, call.caller)
                reports.append(writer.report("RING", ring, parties, leg_id=ids.leg, bare=bare))
        if writer.reports_on(call.caller):
            bare = openvox and call.callee.kind is LegKind.OUTBOUND
            as_list = call.callee.kind is LegKind.EXTENSION
            alert = writer.report(
                "ALERT", ids.alert, (call.caller,), leg_id=ids.leg, bare=bare, as_list=as_list
            )
            reports.append(alert)
        return reports

    def answered(self, call: Call, writer: Writer) -> list[Fields]:
        """Return ANSWER for the callee, ANSWERED for the caller; none for the PBX itself."""
        ids = self._ids(call)
        word = "ANSWER" if writer.fmt is ReportFormat.OPENVOX else "ANSWERED"
        both = (("ANSWER", call.callee, call.caller), (word, call.caller, call.callee))
        return [
            writer.report(action, ids.answer, (subject, other), leg_id=ids.leg)
            for action, subject, other in both
            if subject.kind is not LegKind.SERVICE
        ]

    def stopped(self, call: Call, writer: Writer) -> list[Fields]:
        """Return BYE for each member of a group that stops ringing while the call goes on."""
        ids = self._ids(call)
        return [
            writer.report("BYE", ids.first, (leg, call.caller), leg_id=ids.leg)
            for leg in call.stopped
            if writer.reports_on(leg)
        ]

    def transferred(self, call: Call, writer: Writer) -> list[Fields]:
        """Return Tranfer, as every sample spells it."""
        ids = self._ids(call)
        parties = (call.callee, call.caller)
        return [writer.report("Tranfer", ids.first, parties, leg_id=ids.leg)]

    def released(self, call: Call, writer: Writer) -> list[Fields]:
        """Return BYE for the leg that hung up first, then BYE for the other one."""
        ids = self._ids(call)
        first = call.released_by or call.caller
        second = call.callee if first is call.caller else call.caller
        both = ((ids.first, first, second), (ids.second, second, first))
        byes = [bye for bye in both if bye[1].kind is not LegKind.SERVICE]
        return [
            writer.report("BYE", call_id, (subject, other), leg_id=ids.leg)
            for call_id, subject, other in byes[: 2 if self.knobs.both_byes else 1]
        ]

    def failed(self, call: Call, writer: Writer) -> list[Fields]:
        """Return CallFailed."""
        parties, leg_id = (call.callee, call.caller), self._ids(call).leg
        return [writer.failed(call.call_id, call.failure, parties, leg_id=leg_id)]

    def invited(self, call: Call, writer: Writer) -> list[Fields]:
        """Return Invite: the API may accept or refuse."""
        ids = self._ids(call)
        return [writer.report("Invite", ids.first, (call.caller,), leg_id=ids.leg)]

    def incoming(self, call: Call, writer: Writer) -> list[Fields]:
        """Return Incoming: the API may direct the call."""
        ids = self._ids(call)
        return [writer.report("Incoming", ids.first, (call.caller,), leg_id=ids.leg)]

    def key(self, call: Call, writer: Writer) -> list[Fields]:
        """Return DTMF: one key of the caller."""
        ids = self._ids(call)
        extra = [("info", call.keys[-1:]), ("flag", str(len(call.keys) - 1))]
        return [writer.report("DTMF", ids.first, (call.caller,), extra, leg_id=ids.leg)]

    def _writer(self, fmt: ReportFormat) -> Writer:
        return Writer(fmt=fmt, serial=self.serial, monitored=self.monitored)

    def _ids(self, call: Call) -> _Ids:
        return _Ids.of(call, split=self.knobs.split_call_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ids:
    """The ids that one call's reports carry; `leg` replaces the trunk leg's own, if set."""

    ring: str
    alert: str
    answer: str
    first: str
    second: str
    leg: str = ""

    @classmethod
    def of(cls, call: Call, *, split: bool) -> _Ids:
        one, two = call.call_id, later(call.call_id, 2) if split else call.call_id
        if not split:
            return cls(ring=one, alert=one, answer=one, first=one, second=one)
        if call.type is CallType.OUTBOUND:
            return cls(ring=one, alert=two, answer=two, first=one, second=two, leg=one)
        if call.type is CallType.INBOUND:
            return cls(ring=two, alert=two, answer=one, first=one, second=two, leg=one)
        return cls(ring=one, alert=one, answer=one, first=one, second=two)


_WRITERS: dict[Moment, Callable[[CallReports, Call, Writer], list[Fields]]] = {
    Moment.INVITED: CallReports.invited,
    Moment.INCOMING: CallReports.incoming,
    Moment.RINGING: CallReports.ringing,
    Moment.ANSWERED: CallReports.answered,
    Moment.STOPPED: CallReports.stopped,
    Moment.TRANSFERRED: CallReports.transferred,
    Moment.KEY: CallReports.key,
    Moment.RELEASED: CallReports.released,
    Moment.FAILED: CallReports.failed,
}


def _prompt_party(leg: Leg) -> tuple[str, dict[str, str]]:
    """Return the party that hears a prompt, at top level in all v1 formats as in the samples."""
    if leg.kind is LegKind.EXTENSION:
        return ("ext", {"extid": leg.number})
    return ("outbound", {"trunkname": leg.trunk})
