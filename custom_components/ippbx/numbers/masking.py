"""Masked numbers: what is kept of an outside number if the user wants it masked."""

from typing import Final

from ..pbx.model.withheld import is_withheld
from .phone_numbers import compact

HIDDEN: Final = "xxx"
"""Replaces the last digits of a masked number; no key of a phone, so that nobody dials it."""
_MAX_PUBLIC: Final = 5  # characters of numbers of services, which are not personal
_MAX_INSIDE: Final = 7  # digits of numbers of extensions and of what else a PBX has


def masked(number: str, *, outside: bool) -> str:
    """Return a number without its last digits if it is an outside one; else as it is.

    Args:
        number: as the PBX gives it.
        outside: whether it is outside. Otherwise it may be: a call is forwarded to a mobile phone.
    """
    plain = compact(number)
    if outside:
        personal = len(plain) > _MAX_PUBLIC and not is_withheld(plain)
    else:
        digits = plain.removeprefix("+")
        personal = len(digits) > _MAX_INSIDE and digits.isdecimal()
    if not personal or plain.endswith(HIDDEN):
        return number
    return plain[: -len(HIDDEN)] + HIDDEN
