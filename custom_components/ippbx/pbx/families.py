"""Which make a PBX is of, by what it says about itself, and which dialects that make speaks."""

from dataclasses import dataclass
import re

from .dialects import OPENVOX, YEASTAR_V1, YEASTAR_V2, Dialect, lower_dialects
from .models import SystemInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What a PBX of some make calls itself.

    Attributes:
        name: pattern in the device name.
        firmware: pattern of the whole firmware version, for makes whose name the user may change.
        dialects: its dialects, each with the firmware that brought it, newest first. A firmware
            counts within its own series (its first number).
    """

    name: str
    firmware: str
    dialects: tuple[tuple[tuple[int, ...], Dialect], ...]


# Firmware 30 is the S-Series, 81 the Cloud PBX; that of K2 and OpenVox is not documented.
FAMILIES = (
    Family(name=r"openvox|\buc-?\d", firmware="", dialects=(((), OPENVOX),)),
    Family(
        name=r"yeastar|\bs(20|50|100|300|412|500|1000)\b|\bk2\b",
        firmware=r"(30|81)\.\d+\.\d+\.\d+",
        dialects=(
            ((30, 13, 0, 30), YEASTAR_V2),
            ((81, 13, 0, 30), YEASTAR_V2),
            ((), YEASTAR_V1),
        ),
    ),
)


def refine(dialect: Dialect, info: SystemInfo) -> Dialect:
    """Return the dialect that fits what the PBX says it is.

    Another make's dialect is exchanged; within one make this only steps down, since a newer
    dialect was either chosen against or did not answer.
    """
    family = next((family for family in FAMILIES if _belongs(family, info)), None)
    if family is None:
        return dialect
    firmware = _firmware(info.firmware)
    fitting = next(
        found
        for since, found in family.dialects
        if not since or (since[:1] == firmware[:1] and since <= firmware)
    )
    known = firmware[:1] in {since[:1] for since, _ in family.dialects}
    if dialect.manufacturer != fitting.manufacturer:
        return fitting
    return fitting if known and fitting in lower_dialects(dialect) else dialect


def _belongs(family: Family, info: SystemInfo) -> bool:
    """Tell whether a PBX is of a family, by its name, else by its firmware."""
    if re.search(family.name, info.name, re.IGNORECASE):
        return True
    return bool(family.firmware and re.fullmatch(family.firmware, info.firmware, re.ASCII))


def _firmware(version: str) -> tuple[int, ...]:
    """Return the numbers of a firmware version."""
    return tuple(int(number) for number in re.findall(r"[0-9]{1,6}", version)[:6])
