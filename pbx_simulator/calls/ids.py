"""Call ids and channel ids (pbx-api, section 12)."""

from __future__ import annotations

from collections.abc import Callable


class Identifiers:
    """Hands out ids like Asterisk's: `<epoch seconds>.<running number>`."""

    def __init__(self, clock: Callable[[], float], first: int = 100) -> None:
        """Count from `first` on."""
        self._clock = clock
        self._number = first
        self._channel = 0

    def call_id(self) -> str:
        """Return a new call id; the next numbers are left for the call's other legs."""
        self._number += 16
        return f"{int(self._clock())}.{self._number}"

    def channel_id(self, name: str) -> str:
        """Return a new channel id of an extension or a trunk endpoint."""
        self._channel += 1
        return f"PJSIP/{name}-{self._channel:08x}"


def later(call_id: str, steps: int) -> str:
    """Return the id `steps` numbers after another one."""
    epoch, _, number = call_id.partition(".")
    return f"{epoch}.{int(number) + steps}"
