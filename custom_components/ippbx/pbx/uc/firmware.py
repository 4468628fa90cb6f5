"""Firmware that is known to lose or garble reports (pbx-api, "Versions and families")."""

from dataclasses import dataclass
import re

from ..model.lines import SystemInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareFault:
    """What is known of a series of firmware; a series is a firmware's first number.

    Attributes:
        mended_in: the version from which on the makers name no fault of its reports.
    """

    series: int
    mended_in: tuple[int, ...]


# The S-Series' change log: no status reports, DTMF reports without the keys, an API that dies.
FAULTS = (FirmwareFault(series=30, mended_in=(30, 11, 0, 7)),)

_VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){3}", re.ASCII)


def mended_in(info: SystemInfo) -> str | None:
    """Return the version to which a PBX is to be updated; None without a known fault."""
    if not _VERSION.fullmatch(info.firmware):
        return None
    version = tuple(map(int, info.firmware.split(".")))
    for fault in FAULTS:
        if version[0] == fault.series and version < fault.mended_in:
            return ".".join(map(str, fault.mended_in))
    return None
