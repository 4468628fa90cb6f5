"""How the parties of a call are written into a report, in every format (pbx-api, sections 8 to 10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pbx_simulator.calls.legs import AnyLeg, Leg, LegKind

from ..dialects import ReportFormat
from .wire import Fields

type Extra = Sequence[tuple[str, Any]]

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


_PARTIES = frozenset({"call", "ext", "inbound", "outbound"})
_NAMING = frozenset(
    {
        *("RING", "ALERT", "ANSWER", "ANSWERED", "BYE", "Tranfer"),
        *("Invite", "Incoming", "DTMF", "PlayPromptEnd"),
    }
)


def names_nobody(report: Fields) -> bool:
    """Whether a report of API v1 that is about somebody shows nobody: no PBX would send it."""
    named = any(value for key, value in report if key in _PARTIES)
    word, name = report[0]
    return not named and word == "action" and name in _NAMING


def reason(fmt: ReportFormat, failure: int) -> str | int:
    """Why a call failed, as a format spells it: a number, an old text or a SIP status line."""
    if fmt is ReportFormat.OPENVOX:
        return failure
    if fmt is ReportFormat.FLAT:
        return OLD_REASONS.get(failure, "Line unreachable")
    return REASONS.get(failure, str(failure))


def member(leg: AnyLeg, *, stated: bool = True) -> dict[str, Any]:
    """One element of `members`, with or without its `memberstatus`."""
    if leg.kind is LegKind.EXTENSION:
        inner = {"number": leg.number}
    else:
        inner = {"from": leg.origin, "to": leg.to, "trunkname": leg.trunk}
    inner["channelid"] = leg.channel_id
    if stated:
        inner["memberstatus"] = leg.state.value
    if leg.path:
        inner["callpath"] = leg.path
    return {leg.kind.value: inner}


def party(leg: AnyLeg, leg_id: str = "") -> dict[str, str]:
    """What stands behind the kind of a party in API v1; `leg_id` replaces a trunk leg's own id."""
    if leg.kind is LegKind.EXTENSION:
        return {"extid": leg.number}
    return {
        "from": leg.origin,
        "to": leg.to,
        "trunk": leg.trunk,
        f"{leg.kind.value}id": leg_id or leg.leg_id,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes reports about calls in one format.

    Attributes:
        monitored: Whether reports about a leg are sent at all.
    """

    fmt: ReportFormat
    serial: str
    monitored: Callable[[Leg], bool]

    @property
    def tail(self) -> list[tuple[str, Any]]:
        """The serial number, where the format has it."""
        return [] if self.fmt is ReportFormat.FLAT else [("sn", self.serial)]

    def shown(self, parties: Sequence[Leg]) -> list[Leg]:
        """The parties that a report names: an unmonitored trunk is not, nor the PBX itself."""
        return [leg for leg in parties if leg.kind is LegKind.EXTENSION or self.tells_of(leg)]

    def tells_of(self, leg: Leg) -> bool:
        """Whether what happens to a leg is reported: the PBX itself is nobody."""
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
        """An event of API v2.0.0."""
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
        leg_id: str = "",
        bare: bool = False,
        as_list: bool = True,
    ) -> Fields:
        """A report of API v1.

        Args:
            action: The report's name.
            call_id: Its `callid`.
            parties: Who takes part, in this order.
            extra: What stands behind the parties.
            leg_id: Stands in for the trunk leg's own id, if set.
            bare: Without the serial number.
            as_list: OpenVox: whether a party that is alone stands in a list.
        """
        head = [("action", action), ("callid", call_id)]
        tail = [*extra, *([] if bare else self.tail)]
        if self.fmt is ReportFormat.CALL_ARRAY:
            array = [{leg.kind.value: party(leg, leg_id)} for leg in self.shown(parties)]
            return [*head, ("call", array), *tail]
        return [*head, *self.flat(parties, leg_id=leg_id, as_list=as_list), *tail]

    def failed(
        self, call_id: str, failure: int, parties: Sequence[Leg], *, leg_id: str = ""
    ) -> Fields:
        """CallFailed of API v1; its parties stand at top level in every format."""
        head = [
            ("action", "CallFailed"),
            ("reason", reason(self.fmt, failure)),
            ("callid", call_id),
        ]
        return [*head, *self.flat(parties, leg_id=leg_id), *self.tail]

    def flat(
        self, parties: Sequence[Leg], *, leg_id: str = "", as_list: bool = True
    ) -> list[tuple[str, Any]]:
        """Parties as top-level members: keys repeated, or OpenVox's lists of extensions."""
        shown = self.shown(parties)
        if self.fmt is not ReportFormat.OPENVOX:
            return [(leg.kind.value, party(leg, leg_id)) for leg in shown]
        numbers = [leg.number for leg in shown if leg.kind is LegKind.EXTENSION]
        alone = len(parties) > 1 and len(numbers) == 1
        extension = numbers[0] if numbers and (alone or not as_list) else numbers
        fields: dict[str, Any] = {}
        for leg in shown:
            is_extension = leg.kind is LegKind.EXTENSION
            fields[leg.kind.value] = {"extid": extension} if is_extension else party(leg, leg_id)
        return list(fields.items())
