"""What a scenario's PBX answers to queries at a moment (pbx-api, sections 7 and 8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from pbx_simulator.dialects import DIALECTS, Dialect

from .legs import LegKind
from .scenario_models import LiveCall, LiveLeg, Picture

if TYPE_CHECKING:
    from .scenarios import Scenario

_TRUNK_STATUS = {
    "talking": "Talking",
    "held": "Talking",
    "ringing": "Progress",
    "dialing": "Progress",
}
"""The state of a call -> `status` in inbound and outbound query; else "Wait"."""


def picture(scenario: Scenario, at: float) -> Picture:
    """What queries show at a moment: what happened at this very moment is seen."""
    live: dict[int, LiveCall] = {}
    statuses: dict[str, str] = {}
    for change in scenario.changes:
        if change.at > at:
            break
        statuses.update(change.statuses)
        if change.live:
            live[change.call] = change.live
        else:
            live.pop(change.call, None)
    dialect = DIALECTS[scenario.dialect]
    calls = tuple(live.values())
    return Picture(
        at=at,
        calls=calls,
        statuses=statuses,
        inbound=_query(dialect, calls, LegKind.INBOUND),
        outbound=_query(dialect, calls, LegKind.OUTBOUND),
        extension_list=_extension_list(scenario, dialect, statuses),
        trunk_list=_trunk_list(scenario, dialect),
        extension_calls=_extension_calls(scenario, dialect, statuses, calls),
    )


def _success(key: str, found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"status": "Success", key: list(found)}


def _query(dialect: Dialect, calls: Iterable[LiveCall], kind: LegKind) -> dict[str, Any]:
    found = [(call, leg) for call in calls for leg in call.legs if leg.kind is kind]
    if dialect.events:
        once = {call.call: call for call, _ in found}
        return _success("calls", [_members(call) for call in once.values()])
    return _success(kind.value, [_trunk_call(call, leg, kind) for call, leg in found])


def _trunk_call(call: LiveCall, leg: LiveLeg, kind: LegKind) -> dict[str, Any]:
    answer: dict[str, Any] = {
        **_line(leg),
        "status": _TRUNK_STATUS.get(call.state, "Wait"),
    }
    if kind is LegKind.INBOUND:
        others = [other for other in call.legs if other is not leg]
        answer["callee"] = [_callee(other) for other in others] or _service(leg)
    return answer


def _line(leg: LiveLeg) -> dict[str, Any]:
    return {
        f"{leg.kind.value}id": leg.leg_id,
        "from": leg.origin,
        "to": leg.to,
        "trunk": leg.trunk,
    }


def _callee(leg: LiveLeg) -> dict[str, Any]:
    if leg.kind is LegKind.EXTENSION:
        return {"extid": leg.number}
    return {"outbound": _line(leg)}


def _service(leg: LiveLeg) -> list[dict[str, Any]]:
    return [{"ivrid": leg.path}] if leg.path else []


def _members(call: LiveCall) -> dict[str, Any]:
    return {"members": [_member(leg) for leg in call.legs], "callid": call.call_id}


def _member(leg: LiveLeg) -> dict[str, Any]:
    if leg.kind is LegKind.EXTENSION:
        inner = {"number": leg.number}
    else:
        inner = {"from": leg.origin, "to": leg.to, "trunkname": leg.trunk}
    inner |= {"channelid": leg.channel_id, "memberstatus": leg.state.value}
    return {leg.kind.value: inner | ({"callpath": leg.path} if leg.path else {})}


def _extension_list(
    scenario: Scenario, dialect: Dialect, statuses: dict[str, str]
) -> dict[str, Any]:
    found = [
        {
            dialect.number_key: each.number,
            "status": dialect.extension_words[statuses[each.number]][1],
            "type": dialect.extension_type,
            "username": each.name,
            "agentid": "",
        }
        for each in scenario.extensions
    ]
    return _success("extlist", found)


def _trunk_list(scenario: Scenario, dialect: Dialect) -> dict[str, Any]:
    word = "Registered" if dialect.trunk_capitals else "registered"
    found = [
        {
            "trunkname": each.name,
            **({"id": each.id} if dialect.events else {}),
            "status": word,
            "type": "SIP",
        }
        for each in scenario.trunks
    ]
    return _success(dialect.trunks_key, found)


def _extension_calls(
    scenario: Scenario, dialect: Dialect, statuses: dict[str, str], calls: Sequence[LiveCall]
) -> dict[str, Any]:
    numbers = [each.number for each in scenario.extensions]
    of = {number: [call for call in calls if _has(call, number)] for number in numbers}
    if dialect.events:
        found: list[dict[str, Any]] = [
            {"number": number, "numbercalls": [_members(call) for call in of[number]]}
            for number in numbers
        ]
        return _success("calllist", found)
    found = [
        {
            "extnumber": number,
            "status": dialect.extension_words[statuses[number]][1],
            **(_partner(of[number][0], number) if of[number] else {}),
        }
        for number in numbers
    ]
    return _success("extinfos", found)


def _has(call: LiveCall, number: str) -> bool:
    return any(leg.kind is LegKind.EXTENSION and leg.number == number for leg in call.legs)


def _partner(call: LiveCall, number: str) -> dict[str, Any]:
    """The other side of an extension's call, as `extension/query` adds it."""
    for leg in call.legs:
        if leg.kind is not LegKind.EXTENSION:
            return {leg.kind.value: _line(leg)}
        if leg.number != number:
            return {"ext": {"extid": leg.number}}
    return {}
