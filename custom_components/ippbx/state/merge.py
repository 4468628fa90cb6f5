"""Merges lists and reports of the PBX into the known state, and finds the changes."""

from collections.abc import Iterable, Mapping, Set as AbstractSet
from dataclasses import dataclass, field, replace

from ..pbx.model.events import TrunkStatusReport
from ..pbx.model.lines import Extension, ExtensionStatus, Trunk


@dataclass(slots=True)
class Changes:
    """The changes that a list brought.

    Attributes:
        items: the keys of changed items.
        membership: whether items appeared, vanished or were renamed.
        unreported: extensions with a change that the PBX should have reported.
    """

    items: list[str] = field(default_factory=list)
    membership: bool = False
    unreported: set[str] = field(default_factory=set)


def merge_extensions(
    known: Mapping[str, Extension],
    read: Iterable[Extension],
    fresher: AbstractSet[str],
    pushed: AbstractSet[ExtensionStatus | None],
) -> tuple[dict[str, Extension], Changes]:
    """Return the merged extensions and the changes.

    Args:
        known: the extensions before.
        read: the extensions that the PBX listed.
        fresher: extensions that were reported after the list was requested: their status stays.
        pushed: statuses that the PBX reports.
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
        changes.items.append(extension.number)
        if before.status != extension.status and {before.status, extension.status} <= pushed:
            changes.unreported.add(extension.number)
    changes.items += known.keys() - merged.keys()
    changes.membership = _names(known) != _names(merged)
    return merged, changes


def merge_trunks(
    known: Mapping[str, Trunk], read: Iterable[Trunk]
) -> tuple[dict[str, Trunk], Changes]:
    """Return the merged trunks and the changes."""
    merged = {trunk.key: trunk for trunk in read}
    items = [key for key, trunk in known.items() if trunk != merged.get(key)]
    return merged, Changes(items=items, membership=_names(known) != _names(merged))


def trunk_of(trunks: Mapping[str, Trunk], report: TrunkStatusReport) -> Trunk | None:
    """Return the reported trunk with its new status; None where nothing changes."""
    for key, trunk in trunks.items():
        if report.trunk in (key, trunk.name) and report.status not in (None, trunk.status):
            return replace(trunk, status=report.status)
    return None


def _names(items: Mapping[str, Extension] | Mapping[str, Trunk]) -> dict[str, str]:
    """Return the names of items by their key, as the device registry shows them."""
    return {key: item.name for key, item in items.items()}
