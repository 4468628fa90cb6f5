"""Phone numbers: what users and templates give becomes what can be dialled, and forms of one number are known alike."""

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
# What people write between digits: blanks, hyphens and dashes of all kinds, dots, slashes, brackets.
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212./()\[\]]+")
# "+49 (0)30": the zero is dialled within the country only.
_OPTIONAL_ZERO = re.compile(r"(?<=\d)\s*\(0\)")
_EXACT_FLOAT = 2**53
_MOST_TEXT = 255  # nobody writes a number so long
# Digits behind a prefix that make an outside number; what is shorter is an extension or a service: 0112, 007.
_SHORTEST_OUTSIDE = 5

# What a canonical form begins with, and how many characters that replaces.
type _Reading = tuple[str, int]


class InvalidNumberError(ValueError):
    """It is no number that can be dialled. The text does not show it."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("not a phone number")


def dialable(value: object) -> str:
    """Return a number as it is dialled: digits, "*" and "#", with a leading "+" at most.

    A leading "tel:" is taken off. Templates turn "+49301" into the number 49301: whole numbers are taken as they
    are, and what was lost is not guessed.

    Args:
        value: what a user, a template or a contact list gives: text, or a whole number.

    Raises:
        InvalidNumberError: it is none.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOAT:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**MAX_DIGITS:
        value = str(value)
    if not isinstance(value, str) or len(value) > _MOST_TEXT:
        raise InvalidNumberError
    number = compact(value)
    if not _DIALABLE.fullmatch(number):
        raise InvalidNumberError
    return number


def compact(text: str) -> str:
    """Return a text without "tel:" and without what people write between digits; it may be no number all the same."""
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
        code: calling code, such as "49"; empty where the country is not known.
        international: what stands for "+", longest first.
        trunk: what a national number begins with, and loses behind a calling code; may be empty.
        length: digits of a national number, where all have as many and need no prefix.
    """

    code: str = ""
    international: tuple[str, ...] = (INTERNATIONAL,)
    trunk: str = ""
    length: int | None = None

    def canonical(self, number: str) -> str:
        """Return the one form of a number that can be dialled in several ways: "+49301234" for 0049301234 and 0301234.

        What is neither international nor national stays as it is: an extension, a local number, a service code, 112.
        A "?" stands for any digit.
        """
        return self._with(self._reading(number, _SHORTEST_OUTSIDE), number)

    def canonical_begin(self, begin: str) -> str:
        """Return the same for the begin of numbers: "+49" for 0049."""
        return self._with(self._reading(begin, None), begin)

    def bare(self, canonical: str) -> str:
        """Return a national number as it is dialled without any prefix; empty where that cannot be."""
        national = canonical.removeprefix(f"+{self.code}")
        return national if national != canonical and len(national) == self.length else ""

    def readings(self, number: str) -> tuple[str, ...]:
        """Return the forms under which a number may be known, the surest first: to look a caller up.

        Some trunks give "49301234" for "+49301234", so that is tried too.
        """
        first = self.canonical(number)
        has_code = bool(self.code) and number.isdecimal() and number.startswith(self.code)
        long_enough = len(number) - len(self.code) >= _SHORTEST_OUTSIDE
        return (first, f"+{number}") if first == number and has_code and long_enough else (first,)

    def same(self, one: str, other: str) -> bool:
        """Tell whether two numbers that can be dialled lead to the same place."""
        return self.canonical(one) == self.canonical(other)

    def _with(self, reading: _Reading, number: str) -> str:
        begin, replaced = reading
        return begin + number[replaced:]

    def _reading(self, number: str, shortest: int | None) -> _Reading:
        """Return what a number begins with in its canonical form, and how many characters that replaces.

        Args:
            shortest: digits that must follow; None for the begin of numbers, of any length.
        """
        number = number.replace("?", "9")
        if not number.isdecimal():
            return "", 0
        for prefix in self.international:
            if number.startswith(prefix) and len(number) - len(prefix) >= (shortest or 0):
                return "+", len(prefix)
        replaced = self._national_prefix(number, shortest)
        return ("", 0) if replaced is None else (f"+{self.code}", replaced)

    def _national_prefix(self, number: str, shortest: int | None) -> int | None:
        """Return how many characters of a national number are its prefix; None where it is none."""
        if not self.code:
            return None
        if self.trunk and number.startswith(self.trunk):
            return len(self.trunk) if self._fits(number[len(self.trunk) :], shortest) else None
        if shortest is not None and len(number) == self.length:
            return 0
        is_national = not self.trunk and number.startswith("0")
        return 0 if is_national and len(number) >= (shortest or 0) else None

    def _fits(self, digits: str, shortest: int | None) -> bool:
        """Tell whether so many digits can follow the prefix of a national number."""
        if shortest is None:
            return True
        return len(digits) >= shortest if self.length is None else len(digits) == self.length


UNKNOWN_COUNTRY = Numbering()


def numbering_for(country: str | None) -> Numbering:
    """Return how numbers are dialled in a country.

    Args:
        country: two letters, as in Home Assistant's own settings.
    """
    code = CALLING_CODES.get((country or "").upper())
    if code is None:
        return UNKNOWN_COUNTRY
    return Numbering(
        code=code,
        international=(*INTERNATIONAL_PREFIXES.get(code, ()), INTERNATIONAL),
        trunk=TRUNK_PREFIXES.get(code, TRUNK),
        length=LENGTHS.get(code),
    )
