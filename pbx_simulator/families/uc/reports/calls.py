"""Reports about calls: for each moment of a call, one for each party that it changes.

Source: pbx-api, section 9; API v2.0.0 is in `members`. OpenVox's call ids and array shapes follow
its samples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pbx_simulator.calls.legs import Leg, LegKind
from pbx_simulator.calls.model import Call, CallType, Moment
from pbx_simulator.calls.record import CallRecord
from pbx_simulator.knobs import Knobs

from ..dialects import ReportFormat
from .members import render_members
from .records import RECORD_WRITERS
from .reporter import Sender
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
    reporter: Sender

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
        writer = self._writer(fmt)
        members = fmt is ReportFormat.MEMBERS
        reached = {Moment.TRANSFERRED: call.target, Moment.KEY: None}
        self._reach(call, reached.get(moment, call.callee))
        if members:
            return render_members(call, moment, writer, self.knobs)
        render = _WRITERS.get(moment)
        found = render(self, call, writer) if render else []
        return [report for report in found if not lacks_parties(report)]

    def record(self, record: CallRecord, fmt: ReportFormat) -> Fields:
        """Return the NewCdr report."""
        return [*RECORD_WRITERS[fmt](record), *self._writer(fmt).tail]

    def ringing(self, call: Call, writer: Writer) -> list[Fields]:
        """Return RING for each called party, each with ALERT for the caller."""
        openvox = writer.fmt is ReportFormat.OPENVOX
        if self.knobs.rings == "api" and not call.by_api:
            return []
        reports = []
        for leg in call.called:
            if leg.kind is LegKind.SERVICE:
                continue
            bare = openvox and leg.kind is LegKind.OUTBOUND
            self._reach(call, leg)
            if writer.reports_on(leg):
                ring = self._id("RING", call, leg)
                reports.append(writer.report("RING", ring, (leg, call.caller), bare=bare))
            if writer.reports_on(call.caller):
                alert, listed = self._id("ALERT", call, leg), leg.kind is LegKind.EXTENSION
                reports.append(
                    writer.report("ALERT", alert, (call.caller,), bare=bare, as_list=listed)
                )
        self._reach(call, call.callee)
        return reports

    def calling(self, call: Call, writer: Writer) -> list[Fields]:
        """Return RING for the phone for which the API calls, alone."""
        if not self.knobs.rings_own or not writer.reports_on(call.caller):
            return []
        return [writer.report("RING", call.call_id, (call.caller,))]

    def picked_up(self, call: Call, writer: Writer) -> list[Fields]:
        """Return ANSWER for the phone for which the API calls, alone."""
        if not self.knobs.rings_own:
            return []
        return [writer.report("ANSWER", call.call_id, (call.caller,), as_list=False)]

    def answered(self, call: Call, writer: Writer) -> list[Fields]:
        """Return ANSWER for the callee, ANSWERED for the caller; none for the PBX itself."""
        served = call.callee.kind is LegKind.SERVICE
        if served and not self.knobs.line_answers:
            return []
        word = "ANSWER" if writer.fmt is ReportFormat.OPENVOX else "ANSWERED"
        both = (("ANSWER", call.callee, call.caller), (word, call.caller, call.callee))
        call_id = self._id("ANSWER", call, call.callee)
        return [
            writer.report(action, call_id, (subject, other))
            for action, subject, other in both
            if subject.kind is not LegKind.SERVICE
        ]

    def stopped(self, call: Call, writer: Writer) -> list[Fields]:
        """Return BYE for each phone that stops ringing, unanswered."""
        return self._byes_of(call, call.stopped, writer)

    def _byes_of(self, call: Call, legs: Sequence[Leg], writer: Writer) -> list[Fields]:
        if self.knobs.byes != "phones":
            return []
        return [
            writer.report("BYE", self._id("BYE 2", call, leg), (leg, call.caller))
            for leg in legs
            if writer.reports_on(leg)
        ]

    def transferred(self, call: Call, writer: Writer) -> list[Fields]:
        """Return Tranfer, as every sample spells it: to whom, and who is passed on."""
        assert call.target
        return [writer.report("Tranfer", call.call_id, (call.target, call.caller))]

    def left(self, call: Call, writer: Writer) -> list[Fields]:
        """Return BYE if the channel that began the call has ended with who left it."""
        if call.spoke is None or call.left is not call.begun_by or not call.first_left:
            return []
        return [writer.report("BYE", call.call_id, (call.left, call.spoke))]

    def released(self, call: Call, writer: Writer) -> list[Fields]:
        """Return BYE for the leg that hung up first, then BYE for the other one.

        They come of the ends of the channel that began the call, and of the one that called who
        answered last; whether a call that nobody answered has any is a knob.
        """
        phone, caller = call.spoke, call.spoke_with
        if phone is None and self.knobs.byes == "both":
            phone, caller = call.callee, call.caller
            if phone.kind is LegKind.SERVICE or not phone.far:
                phone, caller = caller, None
        if phone is None:
            return self._byes_of(call, call.called, writer)
        self._reach(call, phone)
        parties = [phone, *([caller] if caller else [])]
        if call.released_by is not phone:
            parties.reverse()
        ids = (call.call_id, self._id("BYE 2", call, phone))
        byes = [writer.report("BYE", ids[0], parties), writer.report("BYE", ids[1], parties[::-1])]
        return byes[call.first_left : 2 if self.knobs.both_byes else 1]

    def failed(self, call: Call, writer: Writer) -> list[Fields]:
        """Return CallFailed, or the end of a call that the API made and whose caller is there."""
        if call.spoke:
            return self.released(call, writer)
        call_id = self._id("CallFailed", call, call.callee)
        return [writer.failed(call_id, call.failure, (call.callee, call.caller))]

    def invited(self, call: Call, writer: Writer) -> list[Fields]:
        """Return Invite: the API may accept or refuse."""
        return [writer.report("Invite", call.call_id, (call.caller,))]

    def incoming(self, call: Call, writer: Writer) -> list[Fields]:
        """Return Incoming: the API may direct the call."""
        return [writer.report("Incoming", call.call_id, (call.caller,))]

    def key(self, call: Call, writer: Writer) -> list[Fields]:
        """Return DTMF: one key."""
        assert call.keys_by
        extra = [("info", call.keys[-1:]), ("flag", str(len(call.keys) - 1))]
        return [writer.report("DTMF", call.call_id, (call.keys_by,), extra)]

    def _writer(self, fmt: ReportFormat) -> Writer:
        return Writer(fmt=fmt, serial=self.serial, monitored=self.monitored)

    def _reach(self, call: Call, leg: Leg | None) -> None:
        """Let `to` of an inbound leg name who is called, or what was dialled."""
        if leg and leg.kind is LegKind.SERVICE and call.rung_at is not None:
            if call.spoke is None:
                return  # whom it reached last
            leg = call.spoke
        if call.caller.kind is LegKind.INBOUND:
            member = self.knobs.to_member and leg and leg.kind is not LegKind.SERVICE
            dialled = call.caller.path or call.did or call.dialled
            call.caller.to = leg.number if leg and member else dialled

    def _id(self, report: str, call: Call, leg: Leg) -> str:
        """Return the id that a report bears; `leg` is who is called."""
        second = (report, call.type) in _SECOND
        if self.knobs.inside_second and call.type is CallType.INTERNAL:
            second |= report in _INSIDE
        split = self.knobs.split_call_ids and second
        return (leg.far if split else "") or call.call_id


_SECOND = {
    ("RING", CallType.INBOUND),
    ("ALERT", CallType.INBOUND),
    ("ALERT", CallType.OUTBOUND),
    ("ANSWER", CallType.OUTBOUND),
    *(("BYE 2", kind) for kind in CallType),
}
"""OpenVox's reports that bear the id of the channel that calls who is called, by their samples."""
_INSIDE = ("RING", "ALERT", "ANSWER", "CallFailed")
_WRITERS: dict[Moment, Callable[[CallReports, Call, Writer], list[Fields]]] = {
    Moment.INVITED: CallReports.invited,
    Moment.INCOMING: CallReports.incoming,
    Moment.CALLING: CallReports.calling,
    Moment.PICKED_UP: CallReports.picked_up,
    Moment.RINGING: CallReports.ringing,
    Moment.ANSWERED: CallReports.answered,
    Moment.STOPPED: CallReports.stopped,
    Moment.TRANSFERRED: CallReports.transferred,
    Moment.LEFT: CallReports.left,
    Moment.KEY: CallReports.key,
    Moment.RELEASED: CallReports.released,
    Moment.FAILED: CallReports.failed,
}


def _prompt_party(leg: Leg) -> tuple[str, dict[str, str]]:
    """Return the party that hears a prompt, at top level in all v1 formats as in the samples."""
    if leg.kind is LegKind.EXTENSION:
        return ("ext", {"extid": leg.number})
    return ("outbound", {"trunkname": leg.trunk})
