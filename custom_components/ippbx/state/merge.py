"""Compares what the PBX tells with what was known of it."""

from collections.abc import Iterable, Mapping, Set as AbstractSet
from dataclasses import dataclass, field, replace

from ..pbx.model.lines import Extension, ExtensionStatus, Trunk
from ..pbx.uc.reports.parse import TrunkStatusReport
from .store import EXTENSIONS, TRUNKS, Key, extension_key, trunk_key

PUSHED = frozenset(
    (
        ExtensionStatus.IDLE,
        ExtensionStatus.RINGING,
        ExtensionStatus.BUSY,
        ExtensionStatus.UNAVAILABLE,
    )
)
"""What a PBX reports of an extension; hold and faults are only read (pbx-api, "Reports")."""


@dataclass(slots=True)
class Changes:
    """What a read found.

    Attributes:
        keys: what changed.
        unreported: extensions that changed in a way that the PBX should have reported.
    """

    keys: list[Key] = field(default_factory=list)
    unreported: set[str] = field(default_factory=set)


def merge_extensions(
    known: dict[str, Extension], read: Iterable[Extension], fresher: AbstractSet[str]
) -> tuple[dict[str, Extension], Changes]:
    """Return the extensions as they are now, and what that changes.

    Args:
        known: what was known before.
        read: what the PBX listed.
        fresher: numbers of extensions that reported while the list was on its way: their status stays.
    """
    changes = Changes()
    merged: dict[str, Extension] = {}
    for listed in read:
        extension, before = listed, known.get(listed.number)
        if before is not None and listed.number in fresher:
            extension = replace(listed, status=before.status)
        merged[extension.number] = extension
        if before == extension or before is None:
            continue
        changes.keys.append(extension_key(extension.number))
        if before.status != extension.status and {before.status, extension.status} <= PUSHED:
            changes.unreported.add(extension.number)
    changes.keys += [extension_key(number) for number in known.keys() - merged.keys()]
    if _names(known) != _names(merged):
        changes.keys.append(EXTENSIONS)
    return merged, changes


def apply_trunk_status(trunks: dict[str, Trunk], report: TrunkStatusReport) -> list[Key]:
    """Take over what a report says of a trunk; return the key of what that changes."""
    for key, trunk in trunks.items():
        if report.trunk in (key, trunk.name) and report.status not in (None, trunk.status):
            trunks[key] = replace(trunk, status=report.status)
            return [trunk_key(key)]
    return []


def merge_trunks(
    known: dict[str, Trunk], read: Iterable[Trunk]
) -> tuple[dict[str, Trunk], list[Key]]:
    """Return the trunks as they are now, and the keys of what that changes."""
    merged = {trunk.key: trunk for trunk in read}
    keys = [
        trunk_key(key)
        for key in known.keys() | merged.keys()
        if key in known and known[key] != merged.get(key)
    ]
    if _names(known) != _names(merged):
        keys.append(TRUNKS)
    return merged, keys


def _names(items: Mapping[str, Extension] | Mapping[str, Trunk]) -> dict[str, str]:
    """Return what the device registry shows of items: which there are, and their names."""
    return {key: item.name for key, item in items.items()}
