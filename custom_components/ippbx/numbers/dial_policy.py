"""What may be asked of a PBX: which outside numbers, how often, and whether anything at all.

The backend asks here before every command (`CallControl.permit`), with every number that the PBX
may ring for it, so no action can pass by. Its extensions are inside; all other numbers are outside,
those of IVRs, queues and ring groups too where the PBX would accept any number in their place.
"""

from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
import re
from typing import Any

from ..const import (
    CONF_ALLOW_LISTENING,
    CONF_ALLOWED_NUMBERS,
    CONF_OUTSIDE_LIMIT,
    CONF_READ_ONLY,
    DEFAULT_OUTSIDE_LIMIT,
    OUTSIDE_LIMIT_PERIOD,
)
from ..pbx.errors import PbxForbiddenError
from ..pbx.model.actions import Action
from .phone_numbers import MAX_DIGITS, InvalidNumberError, Numbering, compact

_LISTENING = frozenset({Action.LISTEN, Action.WHISPER, Action.BARGE_IN})
_PATTERN = re.compile(rf"\+?[0-9*#?]{{0,{MAX_DIGITS}}}")
# Digits of emergency and short service numbers, in any country, a prefix included.
MAX_SHORT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPattern:
    """An entry of the list of allowed numbers.

    "*" at its end stands for any further digits, "?" for any one digit; a "*" elsewhere is the key
    of that name. Short numbers, which emergency calls and costly services have, and codes with "*"
    or "#" must be listed in full (so a code that ends with "*" cannot be).

    Attributes:
        begin: the canonical form, without the "*" at the end.
        open_end: whether there was one.
        text: the number as it was written, to find codes by.
    """

    begin: str
    open_end: bool
    text: str

    @classmethod
    def of(cls, text: str, numbering: Numbering) -> "NumberPattern":
        """Return the pattern that a user has written.

        Raises:
            InvalidNumberError: it is none.
        """
        text = compact(text)
        begin = text.removesuffix("*")
        if not text or text == "+" or not _PATTERN.fullmatch(begin):
            raise InvalidNumberError
        open_end = begin != text
        shown = numbering.canonical_begin(begin) if open_end else numbering.canonical(begin)
        return cls(begin=shown, open_end=open_end, text=text)

    def covers(self, number: str, forms: Collection[str]) -> bool:
        """Return whether a number that can be dialled is covered.

        Args:
            number: as it is dialled.
            forms: what `forms_of` returns for it.
        """
        if number == self.text and not self.open_end:
            return True
        if any(len(form.removeprefix("+")) <= MAX_SHORT for form in forms):
            return not self.open_end and self.begin in forms
        return any(self._fits(form) for form in forms)

    def _fits(self, form: str) -> bool:
        if not self.begin:  # an open end alone: any number
            return True
        begin = re.escape(self.begin).replace(r"\?", "[0-9]")
        return re.fullmatch(begin + ("[0-9]*" if self.open_end else ""), form) is not None


def forms_of(number: str, numbering: Numbering) -> Collection[str]:
    """Return the forms in which a number may be listed; none for a code with "*" or "#".

    A number that is international in one form is so in each: 0044 is not listed by a leading 0.
    """
    if not number.removeprefix("+").isdecimal():
        return ()
    canonical = numbering.canonical(number)
    forms = {canonical} if number.startswith("0") else {canonical, number}
    return forms | {form for form in (numbering.bare(canonical),) if form}


class DialPolicy:
    """Decides for one entry; `permit` is what the client asks.

    Attributes:
        parked: slots in which the PBX has calls now: to dial one of these is no way outside.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        numbering: Numbering,
        *,
        is_extension: Callable[[str], bool],
        now: Callable[[], float],
    ) -> None:
        """Make a policy for one entry.

        Args:
            options: those of the entry.
            numbering: how numbers are dialled where the PBX is.
            is_extension: returns whether the PBX has an extension of that number.
            now: time in seconds, from any moment on.
        """
        self.parked: frozenset[str] = frozenset()
        self._is_extension = is_extension
        self._now = now
        self._read_only = bool(options.get(CONF_READ_ONLY, False))
        self._allow_listening = bool(options.get(CONF_ALLOW_LISTENING, False))
        self._limit = int(options.get(CONF_OUTSIDE_LIMIT, DEFAULT_OUTSIDE_LIMIT))
        self._listed: tuple[str, ...] = tuple(options.get(CONF_ALLOWED_NUMBERS, ()))
        self._outside: deque[float] = deque()
        self.dial_as(numbering)

    def dial_as(self, numbering: Numbering) -> None:
        """Read the list and all numbers from now on as they are dialled in another country."""
        self._numbering = numbering
        self._allowed = patterns(self._listed, numbering)

    def permit(self, action: Action, numbers: tuple[str, ...]) -> None:
        """Permit an action, and count the outside numbers in it, before anything is sent.

        Raises:
            PbxForbiddenError: it may not be. The message says why, and shows no number.
        """
        self._count(len(self._checked(action, numbers)))

    def check(self, action: Action, *numbers: str) -> None:
        """Raise what `permit` would, short of the limit, before the PBX is read for an action."""
        self._checked(action, numbers)

    def _checked(self, action: Action, numbers: tuple[str, ...]) -> list[str]:
        """Return which of the numbers are outside ones, all of them allowed."""
        if self._read_only:
            raise PbxForbiddenError("read_only")
        if action in _LISTENING and not self._allow_listening:
            raise PbxForbiddenError("listening_off")
        outside = [number for number in numbers if not self._is_inside(action, number)]
        if not all(map(self.allows, outside)):
            raise PbxForbiddenError("number_not_allowed")
        return outside

    def allows(self, number: str) -> bool:
        """Return whether the list has a number."""
        forms = forms_of(number, self._numbering)
        return any(pattern.covers(number, forms) for pattern in self._allowed)

    def _is_inside(self, action: Action, number: str) -> bool:
        return self._is_extension(number) or (action is Action.RETRIEVE and number in self.parked)

    def _count(self, numbers: int) -> None:
        now = self._now()
        while self._outside and self._outside[0] <= now - OUTSIDE_LIMIT_PERIOD:
            self._outside.popleft()
        if numbers and len(self._outside) + numbers > self._limit:
            raise PbxForbiddenError("outside_limit", {"limit": str(self._limit)})
        self._outside.extend([now] * numbers)


def patterns(texts: Collection[str], numbering: Numbering) -> tuple[NumberPattern, ...]:
    """Return the patterns that a user has written; what is none is left out."""
    found = []
    for text in texts:
        try:
            found.append(NumberPattern.of(text, numbering))
        except InvalidNumberError:
            continue
    return tuple(found)
