"""The parties of a call in a report, in every format (pbx-api, sections 8 to 10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pbx_simulator.calls.legs import Leg, LegKind

from ..dialects import ReportFormat
from .wire import Fields

type Extra = Sequence[tuple[str, Any]]

PARTY_KEYS = {
    LegKind.EXTENSION: "ext",
    LegKind.INBOUND: "inbound",
    LegKind.OUTBOUND: "outbound",
}
"""The key of a party of this kind, in reports and answers."""
REASONS = {
    404: "404 NOT found",
    480: "480 Temporarily unavailable",
    484: "484 Address Incomplete",
    486: "486 Busy Here",
    487: "487 Request Terminated",
    503: "503 Service Unavailable",
    603: "603 Declined",
}
"""Why a call failed: SIP status -> the text in reports (pbx-api, section 9, CallFailed)."""
OLD_REASONS = {
    403: "NO Outbound Restriction",
    480: "Line unreachable",
    486: "User busy",
    603: "DND",
}
"""The texts of the default format; any other failure is an unreachable line."""


_PARTIES = frozenset({"call", *PARTY_KEYS.values()})
_NAMING = frozenset(
    {
        *("RING", "ALERT", "ANSWER", "ANSWERED", "BYE", "Tranfer"),
        *("Invite", "Incoming", "DTMF", "PlayPromptEnd"),
    }
)


def lacks_parties(report: Fields) -> bool:
    """Return True if a report of API v1 lacks the parties that it is about: no PBX sends it."""
    named = any(value for key, value in report if key in _PARTIES)
    word, name = report[0]
    return not named and word == "action" and name in _NAMING


def reason(fmt: ReportFormat, failure: int) -> str | int:
    """Return the reason of a failure in a format: a number, an old text or a SIP status line."""
    if fmt is ReportFormat.OPENVOX:
        return failure
    if fmt is ReportFormat.FLAT:
        return OLD_REASONS.get(failure, "Line unreachable")
    return REASONS.get(failure, str(failure))


def member(leg: Leg, *, stated: bool = True) -> dict[str, Any]:
    """Return one element of `members`, with or without its `memberstatus`."""
    if leg.kind is LegKind.EXTENSION:
        inner = {"number": leg.number}
    else:
        inner = {"from": leg.origin, "to": leg.to, "trunkname": leg.trunk}
    inner["channelid"] = leg.channel_id
    if stated:
        inner["memberstatus"] = leg.state.value
    if leg.path:
        inner["callpath"] = leg.path
    return {PARTY_KEYS[leg.kind]: inner}


def party(leg: Leg) -> dict[str, str]:
    """Return the data of a party in API v1."""
    if leg.kind is LegKind.EXTENSION:
        return {"extid": leg.number}
    return {
        "from": leg.origin,
        "to": leg.to,
        "trunk": leg.trunk,
        f"{PARTY_KEYS[leg.kind]}id": leg.leg_id,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes reports about calls in one format.

    Attributes:
        monitored: Returns True if reports about a leg are sent at all.
    """

    fmt: ReportFormat
    serial: str
    monitored: Callable[[Leg], bool]

    @property
    def tail(self) -> list[tuple[str, Any]]:
        """The serial number, where the format has it."""
        return [] if self.fmt is ReportFormat.FLAT else [("sn", self.serial)]

    def shown(self, parties: Sequence[Leg]) -> list[Leg]:
        """Return the parties that a report names: no unmonitored trunk, nor the PBX itself."""
        return [leg for leg in parties if leg.kind is LegKind.EXTENSION or self.reports_on(leg)]

    def reports_on(self, leg: Leg) -> bool:
        """Return True if reports are sent about a leg: not about the PBX itself."""
        return leg.kind is not LegKind.SERVICE and self.monitored(leg)

    def plain(self, name: str, fields: Fields) -> Fields:
        """Return a report that names no parties of its own."""
        word = "event" if self.fmt is ReportFormat.MEMBERS else "action"
        return [(word, name), *fields, *self.tail]

    def event(
        self,
        name: str,
        call_id: str,
        legs: Sequence[Leg],
        extra: Extra = (),
        *,
        stated: bool = True,
    ) -> Fields:
        """Return an event of API v2.0.0."""
        members = [member(leg, stated=stated) for leg in self.shown(legs)]
        head = [("event", name), ("callid", call_id), ("members", members)]
        return [*head, *extra, *self.tail]

    def report(
        self,
        action: str,
        call_id: str,
        parties: Sequence[Leg],
        extra: Extra = (),
        *,
        bare: bool = False,
        as_list: bool = True,
    ) -> Fields:
        """Return a report of API v1.

        Args:
            action: The report's name.
            call_id: Its `callid`.
            parties: The parties, in this order.
            extra: The fields behind the parties.
            bare: Without the serial number.
            as_list: OpenVox: True if a single party stands in a list.
        """
        head = [("action", action), ("callid", call_id)]
        tail = [*extra, *([] if bare else self.tail)]
        if self.fmt is ReportFormat.CALL_ARRAY:
            array = [{PARTY_KEYS[leg.kind]: party(leg)} for leg in self.shown(parties)]
            return [*head, ("call", array), *tail]
        return [*head, *self.flat(parties, as_list=as_list), *tail]

    def failed(self, call_id: str, failure: int, parties: Sequence[Leg]) -> Fields:
        """Return CallFailed of API v1; its parties stand at top level in every format."""
        head = [
            ("action", "CallFailed"),
            ("reason", reason(self.fmt, failure)),
            ("callid", call_id),
        ]
        return [*head, *self.flat(parties), *self.tail]

    def flat(self, parties: Sequence[Leg], *, as_list: bool = True) -> list[tuple[str, Any]]:
        """Return parties as top-level members: keys repeated, or OpenVox's lists of extensions."""
        shown = self.shown(parties)
        if self.fmt is not ReportFormat.OPENVOX:
            return [(PARTY_KEYS[leg.kind], party(leg)) for leg in shown]
        numbers = [leg.number for leg in shown if leg.kind is LegKind.EXTENSION]
        alone = len(parties) > 1 and len(numbers) == 1
        extension = numbers[0] if numbers and (alone or not as_list) else numbers
        fields: dict[str, Any] = {}
        for leg in shown:
            is_extension = leg.kind is LegKind.EXTENSION
            fields[PARTY_KEYS[leg.kind]] = {"extid": extension} if is_extension else party(leg)
        return list(fields.items())
