"""How long the engine waits, and for what: all waiting times in one table."""

from datetime import timedelta
from enum import Enum, auto
from typing import Final


class Wait(Enum):
    """What is waited for."""

    SETTLE = auto()
    RECORD = auto()
    SNAPSHOT = auto()
    RECORDS = auto()
    ANSWER = auto()


WAITS: Final = {
    # Other records of a call whose first one was reported: branches, and the call itself.
    Wait.SETTLE: timedelta(seconds=2),
    # The record of a call of which somebody hung up, or which a reading does not show any more.
    Wait.RECORD: timedelta(seconds=6),
    # A reading that shows whether a call is over that seems to be.
    Wait.SNAPSHOT: timedelta(seconds=50),
    # Records that are read because none was reported; they are read with the calls, every 30 s.
    Wait.RECORDS: timedelta(seconds=28),
    # Ringing at somebody else: the one that was answered alone is then the caller, rung first.
    Wait.ANSWER: timedelta(seconds=2),
}
