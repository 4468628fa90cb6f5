"""The calls that are not over, as others see them."""

from collections.abc import Iterator, Mapping
from typing import override

from .call_live import LiveCall
from .call_models import TrackedCall
from .call_summary import summary


class ActiveCalls(Mapping[str, TrackedCall]):
    """The calls that are not over, by their first id. Its length costs nothing."""

    def __init__(self, live: Mapping[str, LiveCall], ending: Mapping[str, LiveCall]) -> None:
        """Look at the calls of an index."""
        self._live, self._ending = live, ending

    @override
    def __getitem__(self, call_id: str) -> TrackedCall:
        """Return a call by its first id."""
        if call_id in self._ending:
            raise KeyError(call_id)
        return summary(self._live[call_id])

    @override
    def __iter__(self) -> Iterator[str]:
        """Yield the ids."""
        return (call_id for call_id in self._live if call_id not in self._ending)

    @override
    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._live) - len(self._ending)
