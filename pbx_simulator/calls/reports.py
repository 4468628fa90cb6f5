"""From a moment in a call to the reports that a PBX sends about it: one for each party's change.

Source: pbx-api, section 9; API v2.0.0 is in `members`. OpenVox's call ids and array shapes follow its samples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pbx_simulator.dialects import ReportFormat
from pbx_simulator.knobs import Knobs
from pbx_simulator.report_wire import Fields

from .ids import later
from .legs import Leg, LegKind
from .members import reason_text, render_members
from .model import Call, CallType, Moment
from .record import CallRecord
from .record_reports import RECORD_WRITERS

_OLD_REASONS = {480: "Line unreachable", 486: "User busy", 603: "DND"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReports:
    """Writes the reports of calls in every format.

    Attributes:
        trunk_key: What the dialect calls the trunk inside a party.
        monitored: Whether reports about a leg are sent at all.
    """

    serial: str
    knobs: Knobs
    trunk_key: str
    monitored: Callable[[Leg], bool]

    def render(self, call: Call, moment: Moment, fmt: ReportFormat) -> list[Fields]:
        """All reports about a moment, in the order in which they are sent."""
        if fmt is ReportFormat.MEMBERS:
            return render_members(call, moment, self._shown, self.serial)
        writer = _WRITERS.get(moment)
        return writer(self, call, fmt) if writer else []

    def record(self, record: CallRecord, fmt: ReportFormat) -> Fields:
        """The NewCdr report."""
        return [*RECORD_WRITERS[fmt](record), *self._serial(fmt)]

    def ringing(self, call: Call, fmt: ReportFormat) -> list[Fields]:
        """RING for the callee, ALERT for the caller."""
        if self.knobs.api_calls_only and not call.by_api:
            return []
        ids = self._ids(call)
        bare = fmt is ReportFormat.OPENVOX and call.callee.kind is LegKind.OUTBOUND
        reports = []
        if self._tells_of(call.callee):
            parties = (call.callee, call.caller)
            reports.append(self._report("RING", ids.ring, parties, fmt, ids, bare=bare))
        if self._tells_of(call.caller):
            as_list = call.callee.kind is LegKind.EXTENSION
            reports.append(
                self._report(
                    "ALERT", ids.alert, (call.caller,), fmt, ids, bare=bare, as_list=as_list
                )
            )
        return reports

    def answered(self, call: Call, fmt: ReportFormat) -> list[Fields]:
        """ANSWER for the callee, ANSWERED for the caller."""
        ids = self._ids(call)
        word = self.knobs.answered_word if fmt is ReportFormat.OPENVOX else "ANSWERED"
        both = (("ANSWER", call.callee, call.caller), (word, call.caller, call.callee))
        return [
            self._report(action, ids.answer, (subject, other), fmt, ids)
            for action, subject, other in both
            if subject.kind is not LegKind.SERVICE
        ]

    def transferred(self, call: Call, fmt: ReportFormat) -> list[Fields]:
        """Tranfer, as every sample spells it."""
        ids = self._ids(call)
        return [self._report("Tranfer", ids.first, (call.callee, call.caller), fmt, ids)]

    def released(self, call: Call, fmt: ReportFormat) -> list[Fields]:
        """BYE of the leg that hung up first, then BYE of the other one."""
        ids = self._ids(call)
        first = call.released_by or call.caller
        second = call.callee if first is call.caller else call.caller
        both = ((ids.first, first, second), (ids.second, second, first))
        told = [bye for bye in both if bye[1].kind is not LegKind.SERVICE]
        return [
            self._report("BYE", call_id, (subject, other), fmt, ids)
            for call_id, subject, other in told[: 2 if self.knobs.both_byes else 1]
        ]

    def failed(self, call: Call, fmt: ReportFormat) -> list[Fields]:
        """CallFailed; the reason is a number, an old text or a SIP status line."""
        reason: Any = call.failure
        if fmt is ReportFormat.FLAT:
            reason = _OLD_REASONS.get(call.failure, "Line unreachable")
        elif fmt is not ReportFormat.OPENVOX:
            reason = reason_text(call)
        parties = self._flat((call.callee, call.caller), fmt, self._ids(call), as_list=True)
        head = [("action", "CallFailed"), ("reason", reason), ("callid", call.call_id)]
        return [[*head, *parties, *self._serial(fmt)]]

    def invited(self, call: Call, fmt: ReportFormat) -> list[Fields]:
        """Invite: the API may accept or refuse."""
        ids = self._ids(call)
        return [self._report("Invite", ids.first, (call.caller,), fmt, ids)]

    def incoming(self, call: Call, fmt: ReportFormat) -> list[Fields]:
        """Incoming: the API may direct the call."""
        ids = self._ids(call)
        return [self._report("Incoming", ids.first, (call.caller,), fmt, ids)]

    def key(self, call: Call, fmt: ReportFormat) -> list[Fields]:
        """DTMF: one key of the caller."""
        ids = self._ids(call)
        report = list(self._report("DTMF", ids.first, (call.caller,), fmt, ids))
        extra = [("info", call.keys[-1:]), ("flag", str(len(call.keys) - 1))]
        at = len(report) - len(self._serial(fmt))
        return [[*report[:at], *extra, *report[at:]]]

    def _report(
        self,
        action: str,
        call_id: str,
        parties: Sequence[Leg],
        fmt: ReportFormat,
        ids: _Ids,
        *,
        bare: bool = False,
        as_list: bool = True,
    ) -> Fields:
        head = [("action", action), ("callid", call_id)]
        tail = [] if bare else self._serial(fmt)
        if fmt is ReportFormat.CALL_ARRAY:
            array = [{leg.kind.value: self._party(leg, ids)} for leg in self._shown(parties)]
            return [*head, ("call", array), *tail]
        return [*head, *self._flat(parties, fmt, ids, as_list=as_list), *tail]

    def _flat(
        self, parties: Sequence[Leg], fmt: ReportFormat, ids: _Ids, *, as_list: bool
    ) -> list[tuple[str, Any]]:
        shown = self._shown(parties)
        if fmt is not ReportFormat.OPENVOX:
            return [(leg.kind.value, self._party(leg, ids)) for leg in shown]
        numbers = [leg.number for leg in shown if leg.kind is LegKind.EXTENSION]
        alone = len(parties) > 1 and len(numbers) == 1
        extension = numbers[0] if numbers and (alone or not as_list) else numbers
        fields: dict[str, Any] = {}
        for leg in shown:
            is_extension = leg.kind is LegKind.EXTENSION
            fields[leg.kind.value] = {"extid": extension} if is_extension else self._party(leg, ids)
        return list(fields.items())

    def _party(self, leg: Leg, ids: _Ids) -> dict[str, str]:
        if leg.kind is LegKind.EXTENSION:
            return {"extid": leg.number}
        return {
            "from": leg.origin,
            "to": leg.to,
            "trunk": leg.trunk,
            f"{leg.kind.value}id": ids.leg or leg.leg_id,
        }

    def _tells_of(self, leg: Leg) -> bool:
        return leg.kind is not LegKind.SERVICE and self.monitored(leg)

    def _shown(self, parties: Sequence[Leg]) -> list[Leg]:
        """The parties that a report names: a service never, an unmonitored trunk neither."""
        return [leg for leg in parties if leg.kind is LegKind.EXTENSION or self._tells_of(leg)]

    def _serial(self, fmt: ReportFormat) -> list[tuple[str, Any]]:
        return [] if fmt is ReportFormat.FLAT else [("sn", self.serial)]

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


_WRITERS: dict[Moment, Callable[[CallReports, Call, ReportFormat], list[Fields]]] = {
    Moment.INVITED: CallReports.invited,
    Moment.INCOMING: CallReports.incoming,
    Moment.RINGING: CallReports.ringing,
    Moment.ANSWERED: CallReports.answered,
    Moment.TRANSFERRED: CallReports.transferred,
    Moment.KEY: CallReports.key,
    Moment.RELEASED: CallReports.released,
    Moment.FAILED: CallReports.failed,
}
