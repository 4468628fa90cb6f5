"""Filters: what a call must be like before an automation runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Final

from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from ...numbers.phone_numbers import Numbering
from ...pbx.model.tracked import CallChange, CallDirection, CallOutcome
from ..names import Contacts

CALLER = "caller"
CALLER_IS = "caller_is"
DID = "did"
TRUNK = "trunk"
DIRECTION = "direction"
OUTCOME = "outcome"
KEYS = "keys"

# What PBXes send where a number was withheld, in lower case.
_NO_NUMBER: Final = frozenset(("", "anonymous", "private", "restricted", "unavailable", "unknown"))
_SEPARATORS = str.maketrans("", "", " -./()")


class CallerKind(StrEnum):
    """Kinds of callers, as far as names are known."""

    VIP = "vip"
    NAMED = "named"
    UNNAMED = "unnamed"
    WITHHELD = "withheld"


def _text(value: Any) -> str:
    """Return a text. A number was one before YAML took its plus or its leading zeros."""
    if not isinstance(value, str) or not value.strip():
        raise vol.Invalid("numbers must be in quotes, and not be empty")
    return value.strip()


TEXTS: Final = vol.All(cv.ensure_list, [_text])
"""Accepts one text or several."""


def _some_of(kinds: type[StrEnum]) -> vol.All:
    return vol.All(cv.ensure_list, [vol.In([str(kind) for kind in kinds])])


SCHEMAS: Final[Mapping[str, vol.All]] = {
    CALLER: TEXTS,
    CALLER_IS: _some_of(CallerKind),
    DID: TEXTS,
    TRUNK: TEXTS,
    DIRECTION: _some_of(CallDirection),
    OUTCOME: _some_of(CallOutcome),
    KEYS: TEXTS,
}
"""What each filter accepts: several values, one of which must fit."""


@dataclass(frozen=True, slots=True)
class Known:
    """What filters need to compare numbers."""

    names: Contacts
    numbering: Numbering


def passes(filters: Mapping[str, Any], change: CallChange, known: Known) -> bool:
    """Return whether a change passes all filters; an empty filter lets everything pass."""
    return all(
        any(fits(wanted, change, known) for wanted in filters[name])
        for name, fits in _FITS.items()
        if filters.get(name)
    )


def is_like(number: str, pattern: str, numbering: Numbering) -> bool:
    """Return whether a number fits a pattern, in which * stands for any digits and ? for one.

    "+4930*" fits 0301234, too, where that is the same number.
    """
    number, pattern = _bare(number), _bare(pattern)
    begin, star, rest = pattern.partition("*")
    is_begin = bool(star) or "?" in begin
    begin = numbering.canonical_begin(begin) if is_begin else numbering.canonical(begin)
    forms = numbering.readings(number)
    return fnmatchcase(number, pattern) or any(
        fnmatchcase(form, begin + star + rest) for form in forms
    )


def _bare(number: str) -> str:
    return number.translate(_SEPARATORS).removeprefix("tel:")


def _kinds(caller: str, names: Contacts) -> set[CallerKind]:
    """Return all kinds that a caller is of."""
    if caller.lower() in _NO_NUMBER:
        return {CallerKind.WITHHELD}
    named = CallerKind.NAMED if names.name_of(caller) else CallerKind.UNNAMED
    return {named, CallerKind.VIP} if names.is_vip(caller) else {named}


_FITS: Final[Mapping[str, Callable[[str, CallChange, Known], bool]]] = {
    CALLER: lambda wanted, change, known: is_like(change.call.caller, wanted, known.numbering),
    CALLER_IS: lambda wanted, change, known: wanted in _kinds(change.call.caller, known.names),
    DID: lambda wanted, change, known: is_like(change.call.did, wanted, known.numbering),
    TRUNK: lambda wanted, change, _: wanted == change.call.trunk,
    DIRECTION: lambda wanted, change, _: wanted == change.call.direction,
    OUTCOME: lambda wanted, change, _: wanted == change.call.outcome,
    KEYS: lambda wanted, change, _: (change.keys or change.key).endswith(wanted),
}
