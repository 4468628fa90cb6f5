"""Unmonitored extensions: the PBX reports no changes of them, but changes of others."""

from collections import Counter
from collections.abc import Set as AbstractSet

MISSES = 2  # unreported changes in a row: a single report may be lost


class UnmonitoredExtensions:
    """The extensions for which the PBX's Status Monitor is off.

    An extension is unmonitored after `MISSES` changes that were read without a report, each while
    other reports arrived before and after.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._reported: set[str] = set()
        self._reported_since_read: set[str] = set()
        self._missed: Counter[str] = Counter()
        self._unmonitored: set[str] = set()

    @property
    def numbers(self) -> list[str]:
        """Return the numbers of unmonitored extensions, sorted."""
        return sorted(self._unmonitored)

    def any_reported(self, numbers: AbstractSet[str]) -> bool:
        """Return True if one of these extensions was ever reported."""
        return not self._reported.isdisjoint(numbers)

    def status_reported(self, number: str) -> None:
        """Record the report of an extension's status."""
        self._reported.add(number)
        self._reported_since_read.add(number)
        self._missed.pop(number, None)
        self._unmonitored.discard(number)

    def compare(self, changed: AbstractSet[str], *, proven: bool) -> set[str]:
        """Record a read.

        Args:
            changed: extensions that changed without a report.

        Returns:
            Those that question the delivery of reports. An extension that was reported since the
            last read does not: its report and the list merely differ.
        """
        missing = set(changed) - self._reported_since_read if proven else set(changed)
        if proven:
            self.confirm()
            self._missed.update(missing)
            missing -= self._unmonitored
        self._reported_since_read.clear()
        return missing

    def confirm(self) -> None:
        """Record that reports arrive: extensions with enough misses are now unmonitored."""
        self._unmonitored.update(n for n, times in self._missed.items() if times >= MISSES)
