"""Extensions whose changes the PBX does not report, while it reports others: they are not monitored."""

from collections import Counter
from collections.abc import Set as AbstractSet

MISSES = 2  # changes in a row that were not reported: one report may be lost


class SilentExtensions:
    """Finds the extensions for which the PBX's Status Monitor is off.

    One is silent once so many of its changes were found by reading, each on a way that brought reports before and after.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._spoken: set[str] = set()
        self._spoken_since_read: set[str] = set()
        self._missed: Counter[str] = Counter()
        self._silent: set[str] = set()

    @property
    def numbers(self) -> list[str]:
        """Return the silent ones."""
        return sorted(self._silent)

    def has_spoken(self, numbers: AbstractSet[str]) -> bool:
        """Tell whether one of these was ever reported."""
        return not self._spoken.isdisjoint(numbers)

    def has_reported(self, number: str) -> None:
        """Note the report of an extension's status."""
        self._spoken.add(number)
        self._spoken_since_read.add(number)
        self._missed.pop(number, None)
        self._silent.discard(number)

    def has_read(self, changed: AbstractSet[str], *, proven: bool) -> set[str]:
        """Note a read.

        Args:
            changed: extensions that it found changed without a report.
            proven: whether reports are known to come.

        Returns:
            Those of them that cast doubt on the way of the reports. One that reported since the read before does not:
            its report and the list differ.
        """
        doubtful = set(changed) - self._spoken_since_read if proven else set(changed)
        if proven:
            self.confirm()
            self._missed.update(doubtful)
            doubtful -= self._silent
        self._spoken_since_read.clear()
        return doubtful

    def confirm(self) -> None:
        """Note that reports come: whoever was missed often enough by now is silent."""
        self._silent.update(number for number, times in self._missed.items() if times >= MISSES)
