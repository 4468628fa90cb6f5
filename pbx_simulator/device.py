"""What a PBX says of itself when it is asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Device:
    """The data of a device query; a test may change them while the PBX runs.

    Attributes:
        serial: The serial number.
        booted: When it was started, in epoch seconds.
        clock_error: Seconds by which the time that it shows is ahead.
    """

    serial: str
    booted: float
    clock_error: float = 0.0
