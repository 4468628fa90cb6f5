"""What the PBX answers to questions about the calls that are up."""

from collections.abc import Iterable

from .channels import LINE
from .translation import LiveCall, Party, Report, member


def line_calls(calls: Iterable[LiveCall], kind: str) -> list[Report]:
    """Return the items of `inbound/query` or `outbound/query` (v1, OpenVox)."""
    found = []
    for call in calls:
        for party in (each for each in call.parties if each.kind == kind):
            others = [each for each in call.parties if each is not party]
            status = "Wait" if not others else _status(others)
            item: Report = {
                f"{kind}id": party.line_id,
                "from": party.caller,
                "to": party.callee,
                "trunk": LINE,
                "status": status,
            }
            if kind == "inbound":
                phones = [{"extid": each.number} for each in others if each.kind == "ext"]
                item["callee"] = phones or ([{"ivrid": call.path}] if call.path else [])
            found.append(item)
    return found


def _status(parties: Iterable[Party]) -> str:
    ringing = all(party.state in ("ALERT", "RING") for party in parties)
    return "Progress" if ringing else "Talking"


def calls(live: Iterable[LiveCall], kind: str) -> list[Report]:
    """Return the items of `call/query` (v2): the calls with such a leg."""
    return [_members(call) for call in live if any(party.kind == kind for party in call.parties)]


def calls_of(live: Iterable[LiveCall], number: str) -> list[Report]:
    """Return the calls of an extension, as `extension/query_call` has them (v2)."""
    return [_members(call) for call in live if _takes_part(call, number)]


def partner(live: Iterable[LiveCall], number: str) -> Report:
    """Return what `extension/query` adds for the first call of an extension (v1, OpenVox)."""
    for call in live:
        if _takes_part(call, number):
            others = [p for p in call.parties if not (p.kind == "ext" and p.number == number)]
            for party in sorted(others, key=lambda party: party.kind == "ext"):
                if party.kind == "ext":
                    return {"ext": {"extid": party.number}}
                return {party.kind: {"from": party.caller, "to": party.callee, "trunk": LINE}}
    return {}


def _takes_part(call: LiveCall, number: str) -> bool:
    return any(party.kind == "ext" and party.number == number for party in call.parties)


def _members(call: LiveCall) -> Report:
    return {"members": [member(party) for party in call.parties], "callid": call.call_id}
