"""Who takes part in a call, in every shape that PBXes put it (pbx-api, "Reports, v1 family")."""

from collections.abc import Iterator
from itertools import islice

from .models import CallLeg, LegKind
from .report_json import Object, first_text, objects_of, text_of, texts_of
from .status_words import leg_state

MAX_LEGS = 256

_EXTENSION_KEYS = ("extid", "number")
_TRUNK_KEYS = ("trunk", "trunkname")
_TRUNK_LEGS = {
    "inbound": (LegKind.INBOUND, ("inboundid", "channelid")),
    "outbound": (LegKind.OUTBOUND, ("outboundid", "channelid")),
}


def call_legs(data: Object) -> tuple[CallLeg, ...]:
    """Return the legs that a report names, in the order in which it names them.

    Parties stand at the top level (a repeated key, or an array of numbers inside one), in a `call`
    array or in `members`; whatever the dialect, each is read. Only `members` tell the state of a
    leg; elsewhere it is None and the kind of the report must do. The order is a hint, no more. Legs beyond 256 are dropped.
    """
    places = [data, *objects_of(data.get("call")), *objects_of(data.get("members"))]
    return tuple(islice((leg for place in places for leg in _legs_at(place)), MAX_LEGS))


def _legs_at(place: Object) -> Iterator[CallLeg]:
    for key, value in place.items():
        if key == "ext":
            for party in _parties(value):
                yield from _extension_legs(party)
        elif key in _TRUNK_LEGS:
            for party in objects_of(value):
                yield _trunk_leg(key, party)


def _parties(value: object) -> list[Object]:
    """Return the objects; a bare number, or an array of them, is taken as well."""
    return objects_of(value) or [{"extid": value}]


def _extension_legs(party: Object) -> Iterator[CallLeg]:
    leg_id, path = text_of(party.get("channelid")), text_of(party.get("callpath"))
    state = leg_state(party.get("memberstatus"))
    for key in _EXTENSION_KEYS:
        for number in texts_of(party.get(key)):
            yield CallLeg(
                kind=LegKind.EXTENSION, extension=number, leg_id=leg_id, state=state, path=path
            )


def _trunk_leg(key: str, party: Object) -> CallLeg:
    kind, id_keys = _TRUNK_LEGS[key]
    return CallLeg(
        kind=kind,
        caller=text_of(party.get("from")),
        callee=text_of(party.get("to")),
        trunk=first_text(party, _TRUNK_KEYS),
        leg_id=first_text(party, id_keys),
        state=leg_state(party.get("memberstatus")),
        path=text_of(party.get("callpath")),
    )
