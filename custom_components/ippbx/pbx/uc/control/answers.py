"""What the answers about live and parked calls say, from any dialect."""

from collections.abc import Iterable

from ...model.lines import Call, CallLeg, LegKind
from ...net.lenient_json import Object, first_text, objects_of, text_of
from ..decode import Answer
from ..dialects import CALL_ID_KEYS, EXTENSION_KEYS
from ..reports.legs import call_legs

# What an answer about an extension's calls holds them under: v2, then v1.
_EXTENSION_CALLS_KEY, _CALLS_OF_NUMBER_KEY = "calllist", "numbercalls"
_EXTENSION_INFO_KEY = "extinfos"
_PARKED_KEY, _SLOT_KEY = "parkinfos", "parkingslot"
_PAGING_GROUPS_KEY, _GROUP_NUMBER_KEY = "paginggrouplist", "number"


def extension_calls(answer: Answer, number: str) -> tuple[Call, ...]:
    """Return the live calls of an extension.

    Args:
        number: the extension; every call has its leg.

    A dialect that gives no id for a call between extensions leaves its `call_id` empty.
    """
    if _EXTENSION_CALLS_KEY in answer:
        return _of_number(objects_of(answer[_EXTENSION_CALLS_KEY]), number)
    found = objects_of(answer.get(_EXTENSION_INFO_KEY))
    own = (item for item in found if first_text(item, EXTENSION_KEYS["number"]) in ("", number))
    return tuple(call for item in own for call in _beside_settings(item, number))


def parked_slots(answer: Answer) -> frozenset[str]:
    """Return the slots in which calls are parked."""
    return _numbers(answer, _PARKED_KEY, _SLOT_KEY)


def paging_groups(answer: Answer) -> frozenset[str]:
    """Return the numbers of the paging groups."""
    return _numbers(answer, _PAGING_GROUPS_KEY, _GROUP_NUMBER_KEY)


def _numbers(answer: Answer, items: str, key: str) -> frozenset[str]:
    numbers = (text_of(item.get(key)) for item in objects_of(answer.get(items)))
    return frozenset(filter(None, numbers))


def _of_number(items: Iterable[Object], number: str) -> tuple[Call, ...]:
    """Return the calls that stand under a number in an answer of v2."""
    return tuple(
        Call(call_id=first_text(each, CALL_ID_KEYS), legs=call_legs(each))
        for item in items
        if first_text(item, EXTENSION_KEYS["number"]) in ("", number)
        for each in objects_of(item.get(_CALLS_OF_NUMBER_KEY))
    )


def _beside_settings(item: Object, number: str) -> Iterable[Call]:
    """Yield a call for each party that the settings of an extension name (v1, OpenVox)."""
    own = CallLeg(kind=LegKind.EXTENSION, extension=number)
    for leg in call_legs(item):
        if leg.kind is LegKind.EXTENSION and leg.extension == number:
            continue
        yield Call(call_id=leg.leg_id, legs=(leg, own))
