"""Phone numbers: from input of users and templates to numbers to dial, and canonical forms."""

from dataclasses import dataclass
from functools import lru_cache
import re

from .countries import CALLING_CODES, PLANS

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
_SHORTEST_WITH_ZERO = 7
_LONGEST_PREFIX = 8
_LONGEST_CODE = 3  # of a country
_NOTHING = re.compile("(?!)")
# Many trunks know it, also where people dial another one; in some countries a carrier follows.
_INTERNATIONAL = re.compile("00")
_WITH_CARRIER = re.compile("00[0-9]")

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


def as_written(text: str) -> str:
    """Return a number without what a URI adds: +49-30-555 for tel:+49-30-555;ext=12 (RFC 3966)."""
    text = text.strip()
    return text[4:].partition(";")[0].strip() if text[:4].lower() == "tel:" else text


def compact(text: str) -> str:
    """Return a text without "tel:" and separators; the result need not be a number."""
    text = as_written(text)
    if text.startswith("-"):
        return text
    if text.startswith("+"):
        text = _OPTIONAL_ZERO.sub("", text, count=1)
    return _SEPARATORS.sub("", text)


@dataclass(frozen=True, kw_only=True)
class Numbering:
    """How numbers are dialled in a country.

    Attributes:
        code: calling code, such as "49"; empty if the country is unknown.
        trunk: prefix of a national number, which a calling code replaces; may be empty.
        whole: digits from which on a national number without its trunk prefix is no local one.
        international: pattern of the prefixes that replace "+", beside "00".
        trunks: pattern of all that may precede a national number: `trunk`, codes of carriers.
        national: pattern of national numbers without prefixes.
        inserted: replaces what `trunks` matches where that has a group; none mostly.
    """

    code: str = ""
    trunk: str = ""
    whole: int = 0
    international: re.Pattern[str] = _NOTHING
    trunks: re.Pattern[str] = _NOTHING
    national: re.Pattern[str] = _NOTHING
    inserted: str = ""

    def canonical(self, number: str) -> str:
        """Return the canonical form of a number: "+49301234" for 0049301234 and 0301234.

        A number that is neither international nor national is returned as it is: an extension, a
        local number, a service code, 112; so is one that may be either of two. A "?" is any digit.
        """
        found = self.meanings(number)
        return found[0] if len(found) == 1 else number

    def canonical_start(self, start: str) -> str:
        """Return the canonical form of the start of a number: "+49" for 0049."""
        digits = start.replace("?", "9")
        if not digits.isdecimal():
            return start
        if lengths := self._international_prefixes(digits):
            return f"+{start[max(lengths) :]}"
        if self.trunk and digits.startswith(self.trunk):
            lengths = [n for n in _prefixes(self.trunks, digits) if n >= len(self.trunk)]
            # A number has no zero behind the prefix, where a longer prefix ends with one.
            replaced = next((n for n in lengths if digits[n : n + 1] != "0"), lengths[0])
            return f"+{self.code}{start[replaced:]}"
        has_zero = bool(self.code) and not self.trunk and digits.startswith("0")
        return f"+{self.code}{start}" if has_zero else start

    def meanings(self, number: str) -> tuple[str, ...]:
        """Return the canonical forms of all outside numbers that may be meant when it is dialled.

        There are two or more in doubt, and none for a number that can only be dialled as it is.
        """
        if number.startswith("+"):
            return (number,)
        return tuple(start + number[replaced:] for start, replaced in self._readings(number))

    def is_foreign(self, canonical: str) -> bool:
        """Return whether a canonical form is a number of another country."""
        return canonical.startswith("+") and not canonical.startswith(f"+{self.code}")

    def bare(self, canonical: str) -> str:
        """Return a national number without any prefix; empty if it is not usually dialled so."""
        national = canonical.removeprefix(f"+{self.code}")
        if national == canonical or self.trunk.startswith("0"):
            return ""
        return national if self.canonical(national) == canonical else ""

    def readings(self, number: str) -> tuple[str, ...]:
        """Return the forms by which to look up a caller, the surest first.

        Some trunks send "49301234" or "301234" for "+49301234"; where just one of them can be
        meant that is the second form.
        """
        first = self.canonical(number)
        if first != number or not self.code or not number.isdecimal() or self.meanings(number):
            return (first,)
        rest = number.removeprefix(self.code)
        has_code = rest != number and len(rest) >= _SHORTEST_OUTSIDE
        is_national = len(number) >= _SHORTEST_OUTSIDE and self._is_national(number)
        if is_national and has_code and self._is_national(rest):
            return (first,)
        if is_national:
            return first, f"+{self.code}{number}"
        return (first, f"+{number}") if has_code else (first,)

    def fewest_digits(self, number: str) -> int:
        """Return the number of digits of the shortest form that a number may have.

        Unlike in a canonical form, whatever may be a prefix is one, however little remains: 00112,
        000112 and +49112 have three digits, and so has 49112, for some trunks need no "+".
        """
        abroad = {number[length:] for length in self._international_prefixes(number)}
        abroad |= {number[length:] for length in _prefixes(_WITH_CARRIER, number)}
        abroad |= {form.removeprefix("+") for form in self.meanings(number)}
        has_trunk = number.startswith(self.trunk)
        if not abroad or not has_trunk or len(number) - len(self.trunk) < self.whole:
            abroad.add(number)
        national = {rest.lstrip("0").removeprefix(self.code) for rest in abroad} | {number}
        return min(
            len(rest[length:].lstrip("0"))
            for rest in national
            for length in (0, *_prefixes(self.trunks, rest))
        )

    def _international_prefixes(self, digits: str) -> list[int]:
        """Return the lengths of all international prefixes that a number may begin with."""
        lengths = {*_prefixes(self.international, digits), *_prefixes(_INTERNATIONAL, digits)}
        return sorted(lengths)

    def _readings(self, number: str) -> list[_Reading]:
        """Return the starts of all canonical forms, and the numbers of characters they replace."""
        digits = number.replace("?", "9")
        if not digits.isdecimal():
            return []
        prefixes = self._international_prefixes(digits)
        abroad = _abroad(digits, _prefixes(self.international, digits))
        abroad = abroad or _abroad(digits, prefixes)
        national = self._national_readings(digits)
        if prefixes and digits.startswith(("0", self.trunk or "0")):
            return abroad or self._new_abroad(digits, max(prefixes)) + national
        return abroad + national or self._new_national(digits)

    # Numbers that the table does not know, of ranges that were opened since.

    def _new_abroad(self, digits: str, prefix: int) -> list[_Reading]:
        rest = digits[prefix:]
        is_outside = len(rest) >= _SHORTEST_OUTSIDE and not rest.startswith("0")
        return [("+", prefix)] if is_outside else []

    def _new_national(self, digits: str) -> list[_Reading]:
        """Return the reading as a national number; none where a local one may begin so."""
        prefix = len(self.trunk)
        has_prefix = self.trunk.startswith("0") and digits.startswith(self.trunk)
        is_outside = has_prefix and len(digits) - prefix >= _SHORTEST_OUTSIDE
        return [(f"+{self.code}", prefix)] if is_outside else []

    def _national_readings(self, digits: str) -> list[_Reading]:
        found: list[_Reading] = []
        for length in _prefixes(self.trunks, digits):
            prefix = self.trunks.fullmatch(digits, 0, length)
            start = prefix.expand(self.inserted) if self.inserted and prefix and prefix[1] else ""
            if self._is_national(start + digits[length:]):
                found.append((f"+{self.code}{start}", length))
                break
        # No local number begins with zero.
        whole = _SHORTEST_WITH_ZERO if digits.startswith("0") else self.whole
        if len(digits) >= whole and self._is_national(digits):
            found.append((f"+{self.code}", 0))
            if digits.startswith(self.code) and self._is_national(digits[len(self.code) :]):
                found.append(("+", 0))
        return found

    def _is_national(self, digits: str) -> bool:
        """Return whether digits are a national number without its trunk prefix."""
        return self.national.fullmatch(digits) is not None


UNKNOWN_COUNTRY = Numbering()


@lru_cache(maxsize=8)
def numbering_for(country: str | None) -> Numbering:
    """Return how numbers are dialled in a country (ISO 3166, two letters)."""
    code = CALLING_CODES.get((country or "").upper())
    if code is None:
        return UNKNOWN_COUNTRY
    trunk, trunks, inserted, whole, international, national = _plan(code)
    return Numbering(
        code=code,
        trunk=trunk,
        whole=int(whole),
        international=re.compile(international),
        trunks=re.compile(trunks) if trunks else _NOTHING,
        national=re.compile(national),
        inserted=inserted,
    )


def _prefixes(pattern: re.Pattern[str], digits: str) -> list[int]:
    """Return the lengths of all prefixes of a kind that a number may begin with, shortest first."""
    lengths = range(1, min(_LONGEST_PREFIX, len(digits)) + 1)
    return [length for length in lengths if pattern.fullmatch(digits, 0, length)]


def _abroad(digits: str, prefixes: list[int]) -> list[_Reading]:
    """Return the readings of a number as an international one that exist."""
    return [("+", length) for length in prefixes if _exists(digits[length:])]


def _exists(digits: str) -> bool:
    """Return whether digits are a calling code and a national number of that country."""
    return any(
        (national := _national_pattern(digits[:length])) and national.fullmatch(digits, length)
        for length in range(1, _LONGEST_CODE + 1)
    )


@lru_cache(maxsize=64)
def _national_pattern(code: str) -> re.Pattern[str] | None:
    plan = _plan(code)
    return re.compile(plan[-1]) if plan else None


def _plan(code: str) -> list[str]:
    """Return the fields of the dialling rules of a calling code; none if there is no such code."""
    _, found, rows = PLANS.partition(f"\n{code} ")
    return rows.partition("\n")[0].split(" ") if found else []
