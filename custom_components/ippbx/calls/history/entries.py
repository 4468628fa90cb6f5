"""Items of the call log: calls that are over, and gaps of which nothing is known."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import compress
from operator import attrgetter
from typing import Any, Final, Literal, Self

from ...numbers.masking import masked
from ...pbx.model.tracked import CallDirection, CallOutcome, TrackedCall
from ...pbx.model.values import value

_MAX_TEXT: Final = 256  # characters; a longer text is not from this integration


@value
class LogEntry:
    """A call that is over. The fields are those of `TrackedCall`.

    Attributes:
        rang: kept of outbound calls alone, where it tells extensions from outside numbers.
        also_answered: further extensions that answered, as the call was passed on to them.
        also_rang: extensions that rang, and that no other field names.
        late: whether it is retroactive: published from a record, after a gap.
        masked: whether outside numbers lack their last digits.
    """

    call_id: str
    direction: CallDirection | None = None
    caller: str = ""
    callee: str = ""
    trunk: str = ""
    did: str = ""
    path: str = ""
    rang: tuple[str, ...] = ()
    answered_by: str = ""
    missed_by: tuple[str, ...] = ()
    started: datetime
    answered: datetime | None = None
    ended: datetime | None = None
    outcome: CallOutcome | None = None
    ring_seconds: int | None = None
    talk_seconds: int | None = None
    recording: str = ""
    also_answered: tuple[str, ...] = ()
    also_rang: tuple[str, ...] = ()
    late: bool = False
    masked: bool = False

    @classmethod
    def of(cls, call: TrackedCall, *, late: bool, answered: Collection[str] = ()) -> Self:
        """Return the entry of a call that is over.

        Args:
            answered: the extensions that answered, or were answered, as far as that was reported.
        """
        values = dict(zip(_OF_CALL, _values_of_call(call), strict=True))
        if call.direction is not CallDirection.OUTBOUND:
            values["rang"] = ()
        named = _parties(call)  # nearly always all of them, so that most entries do not grow
        values["also_answered"] = tuple(each for each in answered if each not in named)
        named = named.union(answered)
        values["also_rang"] = tuple(each for each in call.rang if each not in named)
        return cls(**values, late=late)

    @property
    def numbers(self) -> frozenset[str]:
        """Return the numbers that took part, extensions included."""
        parties = self.caller, self.callee, self.answered_by
        return frozenset((*parties, *self.missed_by, *self.also_answered)) - {""}

    @property
    def inside_numbers(self) -> frozenset[str]:
        """Return the numbers that took part and may be those of extensions."""
        return _parties(self).union(self.also_answered)

    def is_of(self, extension: str) -> bool:
        """Return whether an extension took part in the call, missed it, or rang for it."""
        return extension in self.inside_numbers or extension in self.also_rang

    def as_masked(self) -> "LogEntry":
        """Return the entry with masked outside numbers and no recording: its name has them."""
        hidden = masked_numbers(self)
        return replace(self, **hidden, recording="", masked=True) if hidden else self

    def as_row(self) -> dict[str, Any]:
        """Return the entry as JSON values; unknown ones are left out."""
        values = _values(self)
        row = dict(compress(zip(_READERS, values, strict=True), values))
        for name, plain in _PLAIN.items():
            if name in row:
                row[name] = plain(row[name])
        for name in _SECONDS:
            if (seconds := getattr(self, name)) is not None:
                row[name] = seconds
        return row


@value
class LogGap:
    """A period whose calls are unknown (UTC)."""

    started: datetime
    ended: datetime

    def as_row(self) -> dict[str, Any]:
        """Return the gap as JSON values."""
        return {
            _GAP: True,
            "started": self.started.isoformat(),
            "ended": self.ended.isoformat(),
        }


type LogItem = LogEntry | LogGap
type Role = Literal["caller", "callee", "answered_by"]

ROLES: Final[tuple[Role, ...]] = ("caller", "callee", "answered_by")
_GAP = "gap"  # marks the row of a gap
_OUTSIDE: Mapping[CallDirection | None, tuple[str, ...]] = {
    CallDirection.INBOUND: ("caller",),
    CallDirection.OUTBOUND: ("callee", "answered_by"),
    CallDirection.INTERNAL: (),
    None: ROLES,
}


def inside_number(call: TrackedCall | LogEntry, role: Role) -> str:
    """Return the number of a party that may be an extension; empty for an outside one.

    An outside number may equal that of an extension: PBXes joined by a trunk may have one
    numbering plan. The callee of an outbound call is an extension if it rang itself: with its
    mobile phone.
    """
    number: str = getattr(call, role)
    outside = call.direction is not None and role in _OUTSIDE[call.direction]
    return "" if outside and (role == "caller" or number not in call.rang) else number


def masked_numbers(call: TrackedCall | LogEntry) -> dict[str, Any]:
    """Return the outside numbers of a call, masked, by role; without those that are already."""
    outside = _OUTSIDE[call.direction]
    hidden = {role: masked(getattr(call, role), outside=role in outside) for role in ROLES}
    return {role: number for role, number in hidden.items() if number != getattr(call, role)}


def _parties(call: TrackedCall | LogEntry) -> frozenset[str]:
    parties = (inside_number(call, role) for role in ROLES)
    return frozenset((*parties, *call.missed_by)) - {""}


def item_from(row: object) -> LogItem:
    """Return the item of a row from a file.

    Raises:
        ValueError: the row is invalid; the message does not contain it.
    """
    known = row if isinstance(row, dict) else {}
    try:
        if _GAP in known:
            return LogGap(started=_time(known["started"]), ended=_time(known["ended"]))
        return LogEntry(
            **{name: read(known[name]) for name, read in _READERS.items() if name in known}
        )
    except (TypeError, ValueError, KeyError, OverflowError):
        raise ValueError("no row") from None


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise ValueError("no text")
    return value


def _texts(value: list[object]) -> tuple[str, ...]:
    return tuple(map(_text, value))


def _time(value: str) -> datetime:
    """Return a time (UTC) from ISO 8601."""
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError("no zone")
    return time.astimezone(UTC)


def _seconds(value: object) -> int:
    if type(value) is not int:
        raise ValueError("no seconds")
    return value


def _flag(value: object) -> bool:
    return value is True


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "call_id": _text,
    "direction": CallDirection,
    "caller": _text,
    "callee": _text,
    "trunk": _text,
    "did": _text,
    "path": _text,
    "rang": _texts,
    "answered_by": _text,
    "missed_by": _texts,
    "started": _time,
    "answered": _time,
    "ended": _time,
    "outcome": CallOutcome,
    "ring_seconds": _seconds,
    "talk_seconds": _seconds,
    "recording": _text,
    "also_answered": _texts,
    "also_rang": _texts,
    "late": _flag,
    "masked": _flag,
}
_OWN = ("also_answered", "also_rang", "late", "masked")  # fields that a tracked call lacks
_OF_CALL = tuple(name for name in _READERS if name not in _OWN)
_values: Callable[[LogEntry], tuple[Any, ...]] = attrgetter(*_READERS)
_values_of_call: Callable[[TrackedCall], tuple[Any, ...]] = attrgetter(*_OF_CALL)
_SECONDS = ("ring_seconds", "talk_seconds")  # of which 0 is known, too
_PLAIN: Mapping[str, Callable[[Any], object]] = {
    "direction": str,
    "rang": list,
    "missed_by": list,
    "also_answered": list,
    "also_rang": list,
    "started": datetime.isoformat,
    "answered": datetime.isoformat,
    "ended": datetime.isoformat,
    "outcome": str,
}
