"""Answers of a scenario's PBX to queries at a moment (pbx-api, sections 7 and 8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pbx_simulator.calls.legs import LegKind

from .. import live_calls
from ..dialects import Dialect
from .models import Change, LiveCall, Picture, ScenarioExtension, ScenarioTrunk


def picture(
    at: float,
    *,
    dialect: Dialect,
    extensions: Sequence[ScenarioExtension],
    trunks: Sequence[ScenarioTrunk],
    changes: Iterable[Change],
) -> Picture:
    """Return what queries show at a moment, changes at this very moment included."""
    live: dict[int, LiveCall] = {}
    statuses: dict[str, str] = {}
    for change in changes:
        if change.at > at:
            break
        statuses.update(change.statuses)
        if change.live:
            live[change.call] = change.live
        else:
            live.pop(change.call, None)
    calls = tuple(live.values())
    return Picture(
        at=at,
        calls=calls,
        statuses=statuses,
        inbound=_query(dialect, calls, LegKind.INBOUND),
        outbound=_query(dialect, calls, LegKind.OUTBOUND),
        extension_list=_extension_list(extensions, dialect, statuses),
        trunk_list=_trunk_list(trunks, dialect),
        extension_calls=_extension_calls(extensions, dialect, statuses, calls),
    )


def _success(key: str, found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"status": "Success", key: list(found)}


def _query(dialect: Dialect, calls: Iterable[LiveCall], kind: LegKind) -> dict[str, Any]:
    if dialect.events:
        found = [call for call in calls if any(leg.kind is kind for leg in call.legs)]
        return _success("calls", [live_calls.members(call) for call in found])
    trunk_calls = [live_calls.trunk_call(call, kind) for call in calls]
    return _success(kind.value, [each for each in trunk_calls if each])


def _extension_list(
    extensions: Sequence[ScenarioExtension], dialect: Dialect, statuses: dict[str, str]
) -> dict[str, Any]:
    found = [
        {
            dialect.number_key: each.number,
            "status": dialect.extension_words[statuses[each.number]][1],
            "type": dialect.extension_type,
            "username": each.name,
            "agentid": "",
        }
        for each in extensions
    ]
    return _success("extlist", found)


def _trunk_list(trunks: Sequence[ScenarioTrunk], dialect: Dialect) -> dict[str, Any]:
    word = "Registered" if dialect.trunk_capitals else "registered"
    found = [
        {
            "trunkname": each.name,
            **({"id": each.id} if dialect.events else {}),
            "status": word,
            "type": "SIP",
        }
        for each in trunks
    ]
    return _success(dialect.trunks_key, found)


def _extension_calls(
    extensions: Sequence[ScenarioExtension],
    dialect: Dialect,
    statuses: dict[str, str],
    calls: Sequence[LiveCall],
) -> dict[str, Any]:
    numbers = [each.number for each in extensions]
    of = {number: [call for call in calls if _has(call, number)] for number in numbers}
    if dialect.events:
        found: list[dict[str, Any]] = [
            {"number": number, "numbercalls": [live_calls.members(call) for call in of[number]]}
            for number in numbers
        ]
        return _success("calllist", found)
    found = [
        {
            "extnumber": number,
            "status": dialect.extension_words[statuses[number]][1],
            **(live_calls.partner(of[number][0], number) if of[number] else {}),
        }
        for number in numbers
    ]
    return _success("extinfos", found)


def _has(call: LiveCall, number: str) -> bool:
    return any(leg.kind is LegKind.EXTENSION and leg.number == number for leg in call.legs)
