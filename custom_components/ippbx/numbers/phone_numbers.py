"""Phone numbers: from input of users and templates to numbers to dial, and canonical forms."""

from dataclasses import dataclass
import re

from .countries import (
    CALLING_CODES,
    INTERNATIONAL,
    INTERNATIONAL_PREFIXES,
    LENGTHS,
    TRUNK,
    TRUNK_PREFIXES,
)

MAX_DIGITS = 31
_DIALABLE = re.compile(rf"\+?[0-9*#]{{1,{MAX_DIGITS}}}")
# Between digits: blanks, hyphens and dashes of all kinds, dots, slashes, brackets.
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212./()\[\]]+")
# "+49 (0)30": the zero is dialled within the country only.
_OPTIONAL_ZERO = re.compile(r"(?<=\d)\s*\(0\)")
_EXACT_FLOAT = 2**53
_MAX_TEXT = 255  # characters of input, separators included
# Digits behind a prefix; with fewer it is an extension or a service: 0112, 007.
_SHORTEST_OUTSIDE = 5

# The start of a canonical form, and the number of characters that it replaces.
type _Reading = tuple[str, int]


class InvalidNumberError(ValueError):
    """Input that is no number to dial; the message does not contain it."""

    def __init__(self) -> None:
        """Set the message."""
        super().__init__("not a phone number")


def dialable(value: object) -> str:
    """Return a number to dial: digits, "*" and "#", with an optional leading "+".

    A leading "tel:" is removed. Templates turn "+49301" into the integer 49301, whose lost plus
    is not restored.

    Args:
        value: text or an integer, from a user, a template or a contact list.

    Raises:
        InvalidNumberError: the value is no number to dial.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOAT:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**MAX_DIGITS:
        value = str(value)
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise InvalidNumberError
    number = compact(value)
    if not _DIALABLE.fullmatch(number):
        raise InvalidNumberError
    return number


def compact(text: str) -> str:
    """Return a text without "tel:" and separators; the result need not be a number."""
    text = text.strip()
    if text[:4].lower() == "tel:":
        text = text[4:].partition(";")[0].strip()
    if text.startswith("-"):
        return text
    if text.startswith("+"):
        text = _OPTIONAL_ZERO.sub("", text, count=1)
    return _SEPARATORS.sub("", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """How numbers are dialled in a country.

    Attributes:
        code: calling code, such as "49"; empty if the country is unknown.
        international: prefixes that replace "+", longest first.
        trunk: prefix of a national number, which a calling code replaces; may be empty.
        length: digits of a national number, if all have as many and need no prefix.
    """

    code: str = ""
    international: tuple[str, ...] = (INTERNATIONAL,)
    trunk: str = ""
    length: int | None = None

    def canonical(self, number: str) -> str:
        """Return the canonical form of a number: "+49301234" for 0049301234 and 0301234.

        A number that is neither international nor national is returned as it is: an extension, a
        local number, a service code, 112. A "?" is any digit.
        """
        return self._with(self._reading(number, _SHORTEST_OUTSIDE), number)

    def canonical_start(self, start: str) -> str:
        """Return the canonical form of the start of a number: "+49" for 0049."""
        return self._with(self._reading(start, None), start)

    def bare(self, canonical: str) -> str:
        """Return a national number without any prefix; empty if it cannot be dialled so."""
        national = canonical.removeprefix(f"+{self.code}")
        return national if national != canonical and len(national) == self.length else ""

    def readings(self, number: str) -> tuple[str, ...]:
        """Return the forms by which to look up a caller, the surest first.

        Some trunks send "49301234" for "+49301234", so that is the second form.
        """
        first = self.canonical(number)
        has_code = bool(self.code) and number.isdecimal() and number.startswith(self.code)
        long_enough = len(number) - len(self.code) >= _SHORTEST_OUTSIDE
        return (first, f"+{number}") if first == number and has_code and long_enough else (first,)

    def fewest_digits(self, number: str) -> int:
        """Return the number of digits of the shortest form that a number may have.

        Unlike in a canonical form, whatever may be a prefix is one, however little remains: 00112,
        000112 and +49112 have three digits, and so has 49112, for some trunks need no "+".
        """
        canonical = self.canonical(number)
        abroad = {
            text.removeprefix(prefix)
            for text in (number, canonical)
            for prefix in ("+", *self.international)
            if text.startswith(prefix)
        } or {number}
        national = {rest.lstrip("0").removeprefix(self.code) for rest in abroad} | {number}
        return min(
            len(each.removeprefix("+").removeprefix(self.trunk).lstrip("0")) for each in national
        )

    def _with(self, reading: _Reading, number: str) -> str:
        start, replaced = reading
        return start + number[replaced:]

    def _reading(self, number: str, shortest: int | None) -> _Reading:
        """Return the canonical start of a number, and the number of characters that it replaces.

        Args:
            number: the number, or the start of one.
            shortest: digits that must follow; None for the start of a number, of any length.
        """
        number = number.replace("?", "9")
        if not number.isdecimal():
            return "", 0
        for prefix in self.international:
            if number.startswith(prefix) and len(number) - len(prefix) >= (shortest or 0):
                return "+", len(prefix)
        if number.startswith(self.international):  # too short, and no national number either
            return "", 0
        replaced = self._national_prefix(number, shortest)
        return ("", 0) if replaced is None else (f"+{self.code}", replaced)

    def _national_prefix(self, number: str, shortest: int | None) -> int | None:
        """Return the length of the prefix of a national number; None if it is not national."""
        if not self.code:
            return None
        if self.trunk and number.startswith(self.trunk):
            return len(self.trunk) if self._fits(number[len(self.trunk) :], shortest) else None
        if shortest is not None and len(number) == self.length:
            return 0
        is_national = not self.trunk and number.startswith("0")
        return 0 if is_national and len(number) >= (shortest or 0) else None

    def _fits(self, digits: str, shortest: int | None) -> bool:
        """Return whether digits can follow the prefix of a national number."""
        if shortest is None:
            return True
        return len(digits) >= shortest if self.length is None else len(digits) == self.length


UNKNOWN_COUNTRY = Numbering()


def numbering_for(country: str | None) -> Numbering:
    """Return how numbers are dialled in a country (ISO 3166, two letters)."""
    code = CALLING_CODES.get((country or "").upper())
    if code is None:
        return UNKNOWN_COUNTRY
    return Numbering(
        code=code,
        international=(*INTERNATIONAL_PREFIXES.get(code, ()), INTERNATIONAL),
        trunk=TRUNK_PREFIXES.get(code, TRUNK),
        length=LENGTHS.get(code),
    )
