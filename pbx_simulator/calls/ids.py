"""Call ids and channel ids (pbx-api, section 12), as an Asterisk gives them (docs/asterisk.md)."""

from __future__ import annotations

from collections.abc import Callable


class Identifiers:
    """Hands out ids like Asterisk's: `<epoch seconds>.<running number>`, one for each channel."""

    def __init__(self, clock: Callable[[], float], last: int = 100) -> None:
        """Count from the number behind `last` on."""
        self._clock = clock
        self._number = last
        self._channel = 0

    def next(self) -> str:
        """Return the id of a new channel; that of a call is the id of the one that begins it."""
        self._number += 1
        return f"{int(self._clock())}.{self._number}"

    def skip(self) -> None:
        """Leave out a number that no channel of a call shows."""
        self._number += 1

    def channel_id(self, name: str) -> str:
        """Return a new channel id of an extension or a trunk endpoint."""
        self._channel += 1
        return f"PJSIP/{name}-{self._channel:08x}"
