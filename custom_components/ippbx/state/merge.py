"""Merges lists and reports of the PBX into the known state, and finds the changes."""

from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Final

from ..pbx.model.events import TrunkStatusReport
from ..pbx.model.lines import Extension, ExtensionStatus, Trunk

DOUBTED_READS: Final = 3
DOUBTED_PAUSE: Final = 60.0  # seconds between two of them, at least
EMPTY_FOR: Final = 86_400.0  # seconds for which lists are empty before that is believed


@dataclass(slots=True)
class Changes:
    """The changes that a list brought.

    Attributes:
        items: the keys of changed items.
        membership: whether items appeared, vanished or were renamed.
        unreported: extensions with a change that the PBX should have reported.
        missing: the keys of items that are kept although the list lacks them.
    """

    items: list[str] = field(default_factory=list)
    membership: bool = False
    unreported: set[str] = field(default_factory=set)
    missing: AbstractSet[str] = frozenset()


class ListDoubt:
    """The doubt in lists that lack more than half of what was known.

    Devices and entity ids of what is removed are gone for good, so one wrong answer must not do it:
    such a list is believed when `DOUBTED_READS` in a row, `DOUBTED_PAUSE` apart, were like it. An
    empty one says no more than that there is nothing yet, as while a backup is restored: it is
    believed after `EMPTY_FOR`.
    """

    def __init__(self) -> None:
        """Start without doubt."""
        self.dispel()

    def dispel(self) -> None:
        """Begin anew: something else shows that the lists are wrong."""
        self._known: AbstractSet[str] | None = None  # before the first doubted list
        self._doubted_at: list[float] = []
        self._empty_since: float | None = None

    def missing(
        self, known: AbstractSet[str], read: AbstractSet[str], now: float
    ) -> AbstractSet[str]:
        """Return the known keys to keep although the list that was read lacks them."""
        if self._known is None:
            self._known = known
        if 2 * len(self._known & read) >= len(self._known) or self._is_believed(read, now):
            self.dispel()
            return frozenset()
        return known - read

    def _is_believed(self, read: AbstractSet[str], now: float) -> bool:
        """Return whether lists like the one that was read have come long enough."""
        if not read:
            if self._empty_since is None:
                self._doubted_at, self._empty_since = [], now
            return now - self._empty_since >= EMPTY_FOR
        self._empty_since = None
        if not self._doubted_at or now - self._doubted_at[-1] >= DOUBTED_PAUSE:
            self._doubted_at.append(now)
        return len(self._doubted_at) >= DOUBTED_READS


def merge_extensions(
    known: Mapping[str, Extension],
    read: Mapping[str, Extension],
    missing: AbstractSet[str],
    fresher: AbstractSet[str],
    pushed: AbstractSet[ExtensionStatus | None],
) -> tuple[dict[str, Extension], Changes]:
    """Return the merged extensions and the changes.

    Args:
        known: the extensions before.
        read: the extensions that the PBX listed, by their number.
        missing: known extensions that are kept although they are not listed.
        fresher: extensions that were reported after the list was requested: their status stays.
        pushed: statuses that the PBX reports.
    """
    changes = Changes(missing=missing)
    merged = {number: extension for number, extension in known.items() if number in missing}
    for listed in read.values():
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
    known: Mapping[str, Trunk], read: Mapping[str, Trunk], missing: AbstractSet[str]
) -> tuple[dict[str, Trunk], Changes]:
    """Return the merged trunks and the changes; the arguments are those of `merge_extensions`."""
    merged = {key: trunk for key, trunk in known.items() if key in missing} | dict(read)
    items = [key for key, trunk in known.items() if trunk != merged.get(key)]
    membership = _names(known) != _names(merged)
    return merged, Changes(items=items, membership=membership, missing=missing)


def trunk_of(trunks: Mapping[str, Trunk], report: TrunkStatusReport) -> Trunk | None:
    """Return the reported trunk with its new status; None where nothing changes."""
    for key, trunk in trunks.items():
        if report.trunk in (key, trunk.name) and report.status not in (None, trunk.status):
            return replace(trunk, status=report.status)
    return None


def _names(items: Mapping[str, Extension] | Mapping[str, Trunk]) -> dict[str, str]:
    """Return the names of items by their key, as the device registry shows them."""
    return {key: item.name for key, item in items.items()}
