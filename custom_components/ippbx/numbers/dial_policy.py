"""The dial policy: allowed actions, allowed outside numbers, and a limit on their calls.

The backend calls it before every command (`CallControl.permit`) with all numbers that the PBX may
ring for it, so that no action bypasses it. Extensions are inside numbers; all others are outside,
also those of IVRs, queues and ring groups where the PBX would accept any number instead.
"""

from collections import deque
from collections.abc import Callable, Collection, Mapping
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
from ..pbx.model.values import value
from .phone_numbers import MAX_DIGITS, InvalidNumberError, Numbering, compact

_LISTENING = frozenset({Action.LISTEN, Action.WHISPER, Action.BARGE_IN})
_PATTERN = re.compile(rf"\+?[0-9*#?]{{0,{MAX_DIGITS}}}")
MAX_SHORT = 6
"""Digits of emergency and short service numbers, in any country.

A number is short if any of its forms has no more: what is dialled, or what remains of it without
the prefixes that it may begin with.
"""


@value
class NumberPattern:
    """An entry of the list of allowed numbers.

    A "*" at the end is any further digits, a "?" any one digit; a "*" elsewhere is the key. Short
    numbers, as of emergency calls and costly services, and codes with "*" or "#" must be listed in
    full, so that a code that ends with "*" cannot be.

    Attributes:
        start: the canonical form, without the "*" at the end.
        open_end: whether the entry ends with "*".
        text: the number as written, to compare codes with.
    """

    start: str
    open_end: bool
    text: str

    @classmethod
    def of(cls, text: str, numbering: Numbering) -> "NumberPattern":
        """Return the pattern of a text that a user has written.

        Raises:
            InvalidNumberError: the text is no pattern.
        """
        text = compact(text)
        start = text.removesuffix("*")
        if not text or text == "+" or not _PATTERN.fullmatch(start):
            raise InvalidNumberError
        open_end = start != text
        start = numbering.canonical_start(start) if open_end else numbering.canonical(start)
        return cls(start=start, open_end=open_end, text=text)

    def covers(self, forms: Collection[str]) -> bool:
        """Return whether the pattern covers a number that need not be listed in full."""
        return any(self._fits(form) for form in forms)

    def _fits(self, form: str) -> bool:
        if not self.start:  # an open end alone: any number
            return True
        start = re.escape(self.start).replace(r"\?", "[0-9]")
        return re.fullmatch(start + ("[0-9]*" if self.open_end else ""), form) is not None


def forms_of(number: str, numbering: Numbering) -> list[Collection[str]]:
    """Return the forms in which a number may be listed, for each outside number that it may be.

    None for a code with "*" or "#". An international number is so in each form: a pattern that
    starts with 0 does not cover 0044.
    """
    if not number.removeprefix("+").isdecimal():
        return []
    return [
        {
            form
            for form in (
                meaning,
                numbering.bare(meaning),
                "" if number.startswith("0") or numbering.is_foreign(meaning) else number,
            )
            if form
        }
        for meaning in numbering.meanings(number)
    ] or [{number}]


class DialPolicy:
    """The dial policy of one entry.

    Attributes:
        inside: what are inside numbers for one action: slots with parked calls, paging groups.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        numbering: Numbering,
        *,
        is_extension: Callable[[str], bool],
        now: Callable[[], float],
    ) -> None:
        """Start with no outside calls counted.

        Args:
            numbering: how numbers are dialled where the PBX is.
            is_extension: returns whether a number is an extension of the PBX.
            now: returns a monotonic time in seconds.
        """
        self.inside: dict[Action, frozenset[str]] = {}
        self._is_extension = is_extension
        self._now = now
        self._read_only = bool(options.get(CONF_READ_ONLY, False))
        self._allow_listening = bool(options.get(CONF_ALLOW_LISTENING, False))
        self._limit = int(options.get(CONF_OUTSIDE_LIMIT, DEFAULT_OUTSIDE_LIMIT))
        self._listed: tuple[str, ...] = tuple(options.get(CONF_ALLOWED_NUMBERS, ()))
        self._outside: deque[float] = deque()
        self.set_numbering(numbering)

    def set_numbering(self, numbering: Numbering) -> None:
        """Interpret the list and all numbers by the rules of another country."""
        self._numbering = numbering
        self._allowed = patterns(self._listed, numbering)
        numbers = [pattern for pattern in self._allowed if not pattern.open_end]
        self._in_full = {form for pattern in numbers for form in (pattern.start, pattern.text)}

    def permit(self, action: Action, numbers: tuple[str, ...]) -> None:
        """Permit an action, and count its outside numbers.

        Raises:
            PbxForbiddenError: the action is not allowed; the reason contains no number.
        """
        self._count(len(self._checked(action, numbers)))

    def check(self, action: Action, *numbers: str) -> None:
        """Raise as `permit` does, but count nothing: for actions that first read from the PBX."""
        self._checked(action, numbers)

    def _checked(self, action: Action, numbers: tuple[str, ...]) -> list[str]:
        """Return the outside numbers of an action, all of which are allowed."""
        if self._read_only:
            raise PbxForbiddenError("read_only")
        if action in _LISTENING and not self._allow_listening:
            raise PbxForbiddenError("listening_off")
        # What is dialled as an outside number may be that of an extension, too, and goes outside.
        dialled = numbers[-1:] if action is Action.DIAL_OUTSIDE else ()
        inner = numbers[: len(numbers) - len(dialled)]
        outside = [number for number in inner if not self._is_inside(action, number)]
        outside.extend(dialled)
        if not all(map(self.allows, outside)):
            raise PbxForbiddenError("number_not_allowed")
        return outside

    def allows(self, number: str) -> bool:
        """Return whether the list covers an outside number, and all that it may be in doubt."""
        if number in self._in_full:
            return True
        meanings = forms_of(number, self._numbering)
        if not meanings:
            return False
        if not any(self._in_full.isdisjoint(forms) for forms in meanings):
            return True
        if self._numbering.fewest_digits(number) <= MAX_SHORT:
            return False
        return all(any(pattern.covers(forms) for pattern in self._allowed) for forms in meanings)

    def _is_inside(self, action: Action, number: str) -> bool:
        # Over a GSM trunk, an extension's number is one of the mobile network, and may cost much.
        listed = action is not Action.SEND_MESSAGE and self._is_extension(number)
        return listed or number in self.inside.get(action, ())

    def _count(self, numbers: int) -> None:
        now = self._now()
        while self._outside and self._outside[0] <= now - OUTSIDE_LIMIT_PERIOD:
            self._outside.popleft()
        if numbers and len(self._outside) + numbers > self._limit:
            raise PbxForbiddenError("outside_limit", {"limit": str(self._limit)})
        self._outside.extend([now] * numbers)


def patterns(texts: Collection[str], numbering: Numbering) -> tuple[NumberPattern, ...]:
    """Return the patterns of checked texts; an invalid one is left out."""
    found = []
    for text in texts:
        try:
            found.append(NumberPattern.of(text, numbering))
        except InvalidNumberError:
            continue
    return tuple(found)
