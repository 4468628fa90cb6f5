"""The vendors' words for states of extensions, trunks and legs (pbx-api, "Query", "Reports")."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from ..model.events import FailureReason
from ..model.lines import ExtensionStatus, LegKind, LegState, TrunkStatus


def _by_word[T](words: Mapping[T, str]) -> dict[str, T]:
    """Return a table from each of the words, separated by blanks, to its meaning."""
    return {word: meaning for meaning, text in words.items() for word in text.split()}


# The words in lower case, without blanks and hyphens.
_EXTENSION_STATUS = _by_word(
    {
        ExtensionStatus.IDLE: "idle registered notinuse",
        ExtensionStatus.RINGING: "ringing ringinuse",
        ExtensionStatus.BUSY: "busy inuse",
        ExtensionStatus.ON_HOLD: "hold onhold",
        ExtensionStatus.NOT_REGISTERED: "unavailable unregistered",
        ExtensionStatus.FAULT: "malfunction fxsnoport",
    }
)
PUSHED_STATUSES: Final = frozenset(ExtensionStatus) - {
    ExtensionStatus.ON_HOLD,
    ExtensionStatus.FAULT,
}
"""Statuses that a PBX reports; hold and faults are only read (pbx-api, "Reports")."""
_TRUNK_STATUS = _by_word(
    {
        TrunkStatus.REGISTERED: "registered",
        TrunkStatus.REGISTERING: "registering",
        TrunkStatus.UNREGISTERED: "unregister unregistered",
        TrunkStatus.FAILURE: "failure failed",
        TrunkStatus.DISABLED: "disable disabled",
        TrunkStatus.IDLE: "idle",
        TrunkStatus.BUSY: "busy",
        TrunkStatus.UP: "up",
        TrunkStatus.DOWN: "down",
        TrunkStatus.FAULT: "fault",
        TrunkStatus.ALARM: "alarm",
        TrunkStatus.POWER_OFF: "poweroff",
        TrunkStatus.NO_SIM: "nosim",
        TrunkStatus.NO_SIGNAL: "nosignal",
        TrunkStatus.PIN_ERROR: "pinerror",
    }
)
_LEG_STATE = _by_word(
    {
        LegState.DIALING: "alert",
        LegState.RINGING: "ring",
        LegState.TALKING: "answer answered talking",
        LegState.ON_HOLD: "hold",
        LegState.WAITING: "wait",
        LegState.ENDED: "bye",
    }
)
_FAILURE = {
    # pbx-api, "Reports", CallFailed: SIP's numbers, and the words of 2017.
    FailureReason.CANCELLED: ("487", "terminated"),
    FailureReason.BUSY: ("486", "600", "busy"),
    FailureReason.REFUSED: ("603", "dnd", "decline"),
    FailureReason.UNREACHABLE: ("480", "408", "unreachable", "unavailable"),
}
_SWITCH = {"on": True, "off": False}
_CALLS = {"alert": True, "answered": True, "ring": False, "answer": False}
_PROGRESS: Mapping[LegKind, LegState] = {
    LegKind.EXTENSION: LegState.RINGING,
    LegKind.INBOUND: LegState.DIALING,
    LegKind.OUTBOUND: LegState.RINGING,
}


def extension_status(word: object) -> ExtensionStatus | None:
    """Return what a status word of an extension means; None for an unknown word.

    "Registered" is what an idle SIP phone shows (pbx-api, "Query"). The words of Asterisk's device
    states are taken, too, since OpenVox's InUse is one of them.
    """
    return _EXTENSION_STATUS.get(_letters(word))


def failure_reason(text: str) -> FailureReason:
    """Return why a call failed; the text may be "480", "486 Busy Here" or "DND"."""
    said = text.casefold()
    known = (each for each, words in _FAILURE.items() if any(word in said for word in words))
    return next(known, FailureReason.OTHER)


def trunk_status(word: object) -> TrunkStatus | None:
    """Return what a status word of a trunk means; None for an unknown word.

    A remark in parentheses is left out: "Registered (Unmonitored)" is registered.
    """
    if not isinstance(word, str):
        return None
    main = word.partition("(")[0].strip() or word
    return _TRUNK_STATUS.get(_letters(main))


def leg_state(word: object, kind: LegKind | None = None) -> LegState | None:
    """Return what a status word of a party means; None for an unknown word.

    "Progress" is ringing seen from the side that the leg of that kind is on.
    """
    if word is None:  # a party without one
        return None
    letters = _letters(word)
    if letters == "progress" and kind is not None:
        return _PROGRESS[kind]
    return _LEG_STATE.get(letters)


def leg_calls(word: object) -> bool | None:
    """Return whether a status word of a party is that of a caller; None where it is of either."""
    return None if word is None else _CALLS.get(_letters(word))


def is_on(word: object) -> bool | None:
    """Return what the word of a switch means; None for an unknown word."""
    return _SWITCH.get(_letters(word))


def _letters(word: object) -> str:
    """Return the letters of a word in lower case: PBXes differ in case and blanks."""
    if not isinstance(word, str) or len(word) > 64:
        return ""
    return _letters_of(word)


@lru_cache(maxsize=256)
def _letters_of(word: str) -> str:
    return "".join(filter(str.isalpha, word.casefold()))
