"""What the PBX's time is: both can be replaced, so that a day passes in seconds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

type Clock = Callable[[], float]
"""Returns the time in epoch seconds, UTC; every decision about time asks it."""

type Sleep = Callable[[float], Awaitable[None]]
"""Waits for a number of seconds; every wait (delays, repeats, ringing) awaits it."""
