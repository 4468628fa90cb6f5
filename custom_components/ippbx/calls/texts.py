"""Calls in words: for states, which Home Assistant shows as they are, and the logbook."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant

from ..numbers.masking import masked
from ..pbx.model.tracked import CallEventType, CallOutcome, TrackedCall
from ..pbx.model.values import bundle
from ..pbx.model.withheld import NOT_TOLD, is_withheld
from ..translation import translation
from .dates import day_of, time_of
from .history.entries import LogEntry, Role, inside_number, masked_numbers
from .names import Names

MAX_PARTY: Final = 100
"""Characters of a name; a text with two of them fits into a state, which has 255 at most."""
_TEXTS: Final = "selector.call_text.options"
_WITHOUT: Final = {
    **dict.fromkeys((*range(0x20), 0x7F, 0x85, 0x2028, 0x2029), " "),
    # Embedding, override and isolation turn round what stands behind the name.
    **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), None),
}


@bundle
class CallTexts:
    """Puts calls into words, in the language of Home Assistant.

    Attributes:
        names: names for numbers.
        masked: whether to mask outside numbers: states and the logbook are kept.
    """

    hass: HomeAssistant
    names: Names
    masked: bool = False

    def masked_in(self, call: TrackedCall | LogEntry) -> dict[str, Any]:
        """Return the numbers of a call, by role, that are masked in texts of it."""
        return masked_numbers(call) if self.masked else {}

    def party_in(self, call: TrackedCall | LogEntry, role: Role) -> str:
        """Return a party of a call, by name or else number."""
        number = self.masked_in(call).get(role, getattr(call, role))
        return self._party(self.names.name_in(call, role), number)

    def party(self, number: str, *, outside: bool = False) -> str:
        """Return the name of a number, else the number, as one line; a word without either.

        Args:
            outside: whether it is no extension, even if one has that number.
        """
        name = self.names.name_of(number, outside=outside)
        return self._party(name, masked(number, outside=outside) if self.masked else number)

    def _party(self, *texts: str) -> str:
        """Return the first text that tells who it is, as one line; a word without any."""
        line = ""
        for text in texts:
            line = " ".join(text.translate(_WITHOUT).split())
            if not is_withheld(line):  # `unknown` would be a state of another meaning
                return line if len(line) <= MAX_PARTY else f"{line[: MAX_PARTY - 1]}…"
        return self._text("number_unknown" if line.casefold() in NOT_TOLD else "withheld")

    def last_call(self, call: TrackedCall | LogEntry) -> str:
        """Return a sentence with caller, callee and outcome."""
        caller = self.party_in(call, "caller")
        return f"{caller} → {self._called(call)}, {self._text(call.outcome or CallOutcome.UNKNOWN)}"

    def without_parties(self, direction: str | None, outcome: str | None) -> str:
        """Return which way a call went, and how it ended."""
        return f"{self._text(direction or 'call')}, {self._text(outcome or CallOutcome.UNKNOWN)}"

    def line(self, kind: str, call: TrackedCall | LogEntry | None, extension: str) -> str:
        """Return what the logbook says of a call, behind the name of the device.

        Args:
            kind: what happened: ringing, missed or ended.
            call: the call; None if nothing is known of it any more.
            extension: whose line it is; empty for the PBX.
        """
        if call is None:
            return self._text(_ALONE.get(kind, "had_call"))
        text = self._line(kind, call, extension)
        if isinstance(call, LogEntry) and call.late:
            day = day_of(call.started, self.hass.config.language)
            text += f" ({f'{day} {time_of(call.started)}'.strip()})"
        return text

    def _line(self, kind: str, call: TrackedCall | LogEntry, extension: str) -> str:
        took = call.talk_seconds if call.outcome is CallOutcome.ANSWERED else None
        if not extension:
            text = self._text("had_call_of", self.last_call(call))
            return text if took is None else f"{text}, {_duration(took)}"
        if (key := _FROM.get(kind)) is not None:
            return self._text(key, self.party_in(call, "caller"))
        end = self._text(call.outcome or CallOutcome.UNKNOWN) if took is None else _duration(took)
        if extension == inside_number(call, "caller"):
            what = self._text("call_to", self._called(call))
        else:
            key = "call_with" if call.outcome is CallOutcome.ANSWERED else "call_from"
            what = self._text(key, self.party_in(call, "caller"))
        return f"{what}, {end}"

    def _called(self, call: TrackedCall | LogEntry) -> str:
        return self.party_in(call, "answered_by" if call.answered_by else "callee")

    def _text(self, key: str, party: str = "") -> str:
        """Return a text of the translations, with a party in its place."""
        return translation(self.hass, f"{_TEXTS}.{key}", key, party=party)


_ALONE: Final[Mapping[str, str]] = {
    CallEventType.RINGING: "incoming",
    CallEventType.MISSED: "missed_call",
}
_FROM: Final[Mapping[str, str]] = {
    CallEventType.RINGING: "incoming_from",
    CallEventType.MISSED: "missed_from",
}


def _duration(seconds: int) -> str:
    """Return a duration in units that every language has: 45 s, 3 min, 1 h 5 min."""
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min")) if n)
