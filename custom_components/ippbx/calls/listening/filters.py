"""The filters of triggers and conditions: which calls are meant."""

from collections.abc import Callable, Collection, Iterable, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Final

from homeassistant.const import CONF_OPTIONS, CONF_TARGET
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from ...numbers.phone_numbers import Numbering
from ...pbx.model.tracked import CallChange, CallDirection, CallOutcome, TrackedCall
from ...pbx.model.values import bundle
from ...pbx.model.withheld import is_withheld
from ..names import Names

CALLER = "caller"
CALLER_IS = "caller_is"
DID = "did"
TRUNK = "trunk"
DIRECTION = "direction"
OUTCOME = "outcome"
KEYS = "keys"

_KEYS_OF_PHONES: Final = frozenset("0123456789*#ABCD")
_SEPARATORS = str.maketrans("", "", " -./()")


class CallerKind(StrEnum):
    """Kinds of callers."""

    VIP = "vip"
    NAMED = "named"
    UNNAMED = "unnamed"
    WITHHELD = "withheld"


def _text(value: Any) -> str:
    """Return a text; refuse a number, which YAML has stripped of its plus or leading zeros."""
    if not isinstance(value, str) or not value.strip():
        raise vol.Invalid("numbers must be in quotes, and not be empty")
    return value.strip()


def _keys(value: Any) -> str:
    """Return keys as a text in capitals; refuse what no phone can send."""
    keys = _text(value).upper()
    if not _KEYS_OF_PHONES.issuperset(keys):
        raise vol.Invalid("phones only have the keys 0 to 9, *, # and A to D")
    return keys


TEXTS: Final = vol.All(cv.ensure_list, [_text])
"""Accepts one text or several."""


def some_of(kinds: Iterable[StrEnum]) -> vol.All:
    """Return what accepts one or several of some words."""
    return vol.All(cv.ensure_list, [vol.In([str(kind) for kind in kinds])])


SCHEMAS: Final[Mapping[str, vol.All]] = {
    CALLER: TEXTS,
    CALLER_IS: some_of(CallerKind),
    DID: TEXTS,
    TRUNK: TEXTS,
    DIRECTION: some_of(CallDirection),
    OUTCOME: some_of(CallOutcome),
    KEYS: vol.All(cv.ensure_list, [_keys]),
}
"""The schema of each filter: one or several values, any of which must match."""


def checked(config: ConfigType, options: Mapping[str, Any]) -> ConfigType:
    """Return the configuration of a trigger or a condition: a target, and options.

    Args:
        options: the schema of each option.

    Raises:
        vol.Invalid: it is none.
    """
    schema = vol.Schema(
        {
            vol.Optional(CONF_TARGET): dict,
            vol.Optional(CONF_OPTIONS, default=dict): {
                vol.Optional(name): each for name, each in options.items()
            },
        }
    )
    found: ConfigType = schema(config)
    return found


@bundle
class Known:
    """What filters compare with.

    Attributes:
        names: names of numbers.
        numbering: the numbers of the country.
        trunks: the name of the call's trunk, and the ids of its device.
    """

    names: Names
    numbering: Numbering
    trunks: Collection[str]


def passes(filters: Mapping[str, Any], change: CallChange, known: Known) -> bool:
    """Return whether a change passes all filters; an empty filter passes everything."""
    return all(
        any(fits(wanted, change, known) for wanted in filters[name])
        for name, fits in _FITS.items()
        if filters.get(name)
    )


def matches(number: str, pattern: str, numbering: Numbering) -> bool:
    """Return whether a number matches a pattern, in which * is any digits and ? one.

    "+4930*" also matches 0301234 where that is the same number.
    """
    number, pattern = _bare(number), _bare(pattern)
    start, star, rest = pattern.partition("*")
    is_start = bool(star) or "?" in start
    start = numbering.canonical_start(start) if is_start else numbering.canonical(start)
    forms = numbering.readings(number)
    return fnmatchcase(number, pattern) or any(
        fnmatchcase(form, start + star + rest) for form in forms
    )


def is_with(wanted: Collection[str], call: TrackedCall, names: Names, numbering: Numbering) -> bool:
    """Return whether a call has a party with one of these numbers or names; with none, any has."""
    parties = [number for number in (call.caller, call.callee) if number]
    known = {names.name_in(call, "caller").casefold(), names.name_in(call, "callee").casefold()}
    return not wanted or any(
        each.casefold() in known or any(matches(number, each, numbering) for number in parties)
        for each in wanted
    )


def _bare(number: str) -> str:
    return number.translate(_SEPARATORS).removeprefix("tel:")


def _kinds(call: TrackedCall, names: Names) -> set[CallerKind]:
    """Return all kinds of the caller."""
    if is_withheld(call.caller):
        return {CallerKind.WITHHELD}
    named = CallerKind.NAMED if names.name_in(call, "caller") else CallerKind.UNNAMED
    return {named, CallerKind.VIP} if names.is_vip(call.caller) else {named}


_FITS: Final[Mapping[str, Callable[[str, CallChange, Known], bool]]] = {
    CALLER: lambda wanted, change, known: matches(change.call.caller, wanted, known.numbering),
    CALLER_IS: lambda wanted, change, known: wanted in _kinds(change.call, known.names),
    DID: lambda wanted, change, known: matches(change.call.did, wanted, known.numbering),
    TRUNK: lambda wanted, _, known: wanted in known.trunks,
    DIRECTION: lambda wanted, change, _: wanted == change.call.direction,
    OUTCOME: lambda wanted, change, _: wanted == change.call.outcome,
    KEYS: lambda wanted, change, _: (change.keys or change.key).upper().endswith(wanted),
}
