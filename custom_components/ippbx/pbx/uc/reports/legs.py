"""Who takes part in a call, in every shape that PBXes put it (pbx-api, "Reports, v1 family")."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain, islice

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
    legs = [_LEGS[key](value) for place in places for key, value in place.items() if key in _LEGS]
    return tuple(islice(chain.from_iterable(legs), MAX_LEGS))


def _extension_legs(value: object) -> Iterator[CallLeg]:
    """Yield extensions: a bare number, or an array of them, is taken as well."""
    for party in objects_of(value) or [{"extid": value}]:
        leg_id, path = text_of(party.get("channelid")), text_of(party.get("callpath"))
        word = party.get("memberstatus")
        state, calls = leg_state(word), leg_calls(word)
        for key in _EXTENSION_KEYS:
            for number in texts_of(party.get(key)):
                yield CallLeg(
                    kind=LegKind.EXTENSION,
                    extension=number,
                    leg_id=leg_id,
                    state=state,
                    path=path,
                    calls=calls,
                )


def _trunk_legs(kind: LegKind, id_keys: tuple[str, ...], value: object) -> Iterator[CallLeg]:
    for party in objects_of(value):
        yield CallLeg(
            kind=kind,
            caller=text_of(party.get("from")),
            callee=text_of(party.get("to")),
            trunk=first_text(party, _TRUNK_KEYS),
            leg_id=first_text(party, id_keys),
            state=leg_state(party.get("memberstatus")),
            path=text_of(party.get("callpath")),
            calls=leg_calls(party.get("memberstatus")),
        )


_LEGS: Mapping[str, Callable[[object], Iterator[CallLeg]]] = {
    "ext": _extension_legs,
    "inbound": partial(_trunk_legs, LegKind.INBOUND, _INBOUND_IDS),
    "outbound": partial(_trunk_legs, LegKind.OUTBOUND, _OUTBOUND_IDS),
}
