"""Extensions whose changes the PBX does not report, while it reports others: they are not monitored."""

from collections import Counter
from collections.abc import Set as AbstractSet

MISSES = 2  # changes in a row that were not reported: one report may be lost


class UnmonitoredExtensions:
    """Finds the extensions for which the PBX's Status Monitor is off.

    One is unmonitored once so many of its changes were found by reading, each while reports arrived before and after.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._reported: set[str] = set()
        self._reported_since_read: set[str] = set()
        self._missed: Counter[str] = Counter()
        self._unmonitored: set[str] = set()

    @property
    def numbers(self) -> list[str]:
        """Return the unmonitored ones, in order."""
        return sorted(self._unmonitored)

    def any_reported(self, numbers: AbstractSet[str]) -> bool:
        """Return whether one of these was ever reported."""
        return not self._reported.isdisjoint(numbers)

    def status_reported(self, number: str) -> None:
        """Note the report of an extension's status."""
        self._reported.add(number)
        self._reported_since_read.add(number)
        self._missed.pop(number, None)
        self._unmonitored.discard(number)

    def compare(self, changed: AbstractSet[str], *, proven: bool) -> set[str]:
        """Note a read.

        Args:
            changed: extensions that it found changed without a report.
            proven: whether reports are known to arrive.

        Returns:
            Those of them that cast doubt on the delivery of reports. One that reported since the read before does not:
            its report and the list differ.
        """
        doubtful = set(changed) - self._reported_since_read if proven else set(changed)
        if proven:
            self.confirm()
            self._missed.update(doubtful)
            doubtful -= self._unmonitored
        self._reported_since_read.clear()
        return doubtful

    def confirm(self) -> None:
        """Note that reports arrive: an extension that was missed often enough by now is unmonitored."""
        self._unmonitored.update(n for n, times in self._missed.items() if times >= MISSES)
