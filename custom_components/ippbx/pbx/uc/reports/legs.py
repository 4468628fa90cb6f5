"""Who takes part in a call, in every shape that PBXes put it (pbx-api, "Reports, v1 family")."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain, islice
from typing import Any

from ...model.lines import CallLeg, LegKind
from ...net.lenient_json import Object, first_text, objects_of, text_of, texts_of
from ..status_words import leg_calls, leg_state

MAX_LEGS = 256

_PLACES = ("call", "members")
_EXTENSION_KEYS = ("extid", "number")
_TRUNK_KEYS = ("trunk", "trunkname")
_INBOUND_IDS, _OUTBOUND_IDS = ("inboundid", "channelid"), ("outboundid", "channelid")


def call_legs(data: Object) -> tuple[CallLeg, ...]:
    """Return the legs that a report names, in the order in which it names them.

    Parties stand at the top level (a repeated key, or an array of numbers inside one), in a `call`
    array or in `members`; whatever the dialect, each is read. Only `members` tell the state of a
    leg; elsewhere it is None and the kind of the report must do. The order is a hint, no more. Legs
    beyond 256 are dropped.
    """
    places = [data]
    for key in _PLACES:
        if key in data:
            places += objects_of(data[key])
    legs = [_LEGS[key](each[key]) for each in places for key in filter(_LEGS.__contains__, each)]
    return tuple(islice(chain.from_iterable(legs), MAX_LEGS))


def _extension_legs(value: object) -> Iterator[CallLeg]:
    """Yield extensions: a bare number, or an array of them, is taken as well."""
    for party in objects_of(value) or [{"extid": value}]:
        details = {} if _DETAILS.isdisjoint(party) else _details(party, ("channelid",))
        for key in _EXTENSION_KEYS:
            for number in texts_of(party.get(key)):
                yield CallLeg(kind=LegKind.EXTENSION, extension=number, **details)


def _trunk_legs(kind: LegKind, id_keys: tuple[str, ...], value: object) -> Iterator[CallLeg]:
    for party in objects_of(value):
        yield CallLeg(
            kind=kind,
            caller=text_of(party.get("from")),
            callee=text_of(party.get("to")),
            trunk=first_text(party, _TRUNK_KEYS),
            **_details(party, id_keys),
        )


def _details(party: Object, id_keys: tuple[str, ...]) -> dict[str, Any]:
    """Return what is told of parties of either kind."""
    leg_id = first_text(party, id_keys)
    if _WORDS.isdisjoint(party):
        return {"leg_id": leg_id}
    word = party.get("memberstatus")
    return {
        "leg_id": leg_id,
        "state": leg_state(word),
        "path": text_of(party.get("callpath")),
        "calls": leg_calls(word),
    }


_WORDS = frozenset(("memberstatus", "callpath"))
_DETAILS = _WORDS | {"channelid"}
_LEGS: Mapping[str, Callable[[object], Iterator[CallLeg]]] = {
    "ext": _extension_legs,
    "inbound": partial(_trunk_legs, LegKind.INBOUND, _INBOUND_IDS),
    "outbound": partial(_trunk_legs, LegKind.OUTBOUND, _OUTBOUND_IDS),
}
