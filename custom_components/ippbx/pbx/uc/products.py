"""What follows from what a PBX says about itself: its make, the make's dialect, known faults."""

import re

from ..model.lines import SystemInfo
from ..model.values import value
from .dialects import OPENVOX, YEASTAR_V1, YEASTAR_V2, Dialect, lower_dialects


@value
class Family:
    """How to know a make, and what it speaks (pbx-api, "Versions and families").

    Attributes:
        name: pattern in the device name.
        firmware: pattern of the whole firmware version, for boxes with a name that says nothing.
        oldest: what all of its boxes speak.
        newer: firmware versions from which on another dialect is spoken, one for each series; a
            series is a firmware's first number.
    """

    name: str
    firmware: str = ""
    oldest: Dialect
    newer: tuple[tuple[tuple[int, ...], Dialect], ...] = ()


# Firmware 30 is the S-Series, 81 the Cloud PBX; that of K2 and OpenVox is not documented.
FAMILIES = (
    Family(name=r"openvox|\buc-?\d", oldest=OPENVOX),
    Family(
        name=r"yeastar|\bs(20|50|100|300|412|500|1000)\b|\bk2\b",
        firmware=r"(30|81)\.\d+\.\d+\.\d+",
        oldest=YEASTAR_V1,
        newer=(((30, 13, 0, 30), YEASTAR_V2), ((81, 13, 0, 30), YEASTAR_V2)),
    ),
)

# Firmware that loses or garbles reports, by its first number, and where the makers name no fault
# any more. The S-Series' change log: no status reports, DTMF reports without the keys, an API that
# dies.
_MENDED_IN = {30: (30, 11, 0, 7)}
_VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){3}", re.ASCII)


def refine(dialect: Dialect, info: SystemInfo) -> Dialect:
    """Return the dialect that fits what the PBX says it is.

    Another make's dialect is exchanged. Within one make this only steps down, since a newer
    dialect did not answer or was not wanted.
    """
    family = next((family for family in FAMILIES if _belongs(family, info)), None)
    if family is None:
        return dialect
    firmware = tuple(int(number) for number in re.findall(r"[0-9]{1,6}", info.firmware)[:6])
    series = [(since, newer) for since, newer in family.newer if since[:1] == firmware[:1]]
    fitting = next((newer for since, newer in series if since <= firmware), family.oldest)
    if dialect.manufacturer != fitting.manufacturer:
        return fitting
    return fitting if series and fitting in lower_dialects(dialect) else dialect


def mended_in(info: SystemInfo) -> str:
    """Return the version to which a PBX is to be updated; empty without a known fault."""
    if not _VERSION.fullmatch(info.firmware):
        return ""
    version = tuple(map(int, info.firmware.split(".")))
    mended = _MENDED_IN.get(version[0], ())
    return ".".join(map(str, mended)) if version < mended else ""


def names_make(info: SystemInfo) -> bool:
    """Return whether the device name of a PBX tells its make."""
    return any(re.search(family.name, info.name, re.IGNORECASE) for family in FAMILIES)


def _belongs(family: Family, info: SystemInfo) -> bool:
    """Return whether a PBX is of a family, by its name, else by its firmware."""
    if re.search(family.name, info.name, re.IGNORECASE):
        return True
    return bool(family.firmware and re.fullmatch(family.firmware, info.firmware, re.ASCII))
