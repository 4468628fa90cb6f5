"""The calls that are known, as others see them."""

from collections.abc import Collection, Iterator, Mapping
from typing import override

from ..model.lines import ExtensionStatus, LegState
from ..model.tracked import TrackedCall
from .legs import Party
from .live import LiveCall
from .registry import CallIndex, Finished, known_extensions
from .status import status_in
from .summary import summary

type Doings = tuple[tuple[str, LegState | None], ...]
"""Ids of the calls of an extension, and what it does in each."""


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


class CallViews:
    """What can be asked about calls.

    Attributes:
        active: the calls that are not over.
    """

    def __init__(self, index: CallIndex, ending: Mapping[str, LiveCall]) -> None:
        """Look at the calls of an index, but for those that are over, as far as can be told."""
        self._index, self._ending = index, ending
        self.active: Mapping[str, TrackedCall] = ActiveCalls(index.live, ending)

    def calls_of(self, extension: str) -> tuple[TrackedCall, ...]:
        """Return the calls in which an extension takes part now, the oldest first."""
        return tuple(summary(call) for call, _ in self._live_of(extension))

    def find(self, any_id: str) -> TrackedCall | None:
        """Return the call that an id names, one that ended lately as well."""
        found = self._index.by_id(any_id)
        if found is None:
            return None
        return found.call if isinstance(found, Finished) else summary(found)

    def status_of(self, extension: str) -> ExtensionStatus | None:
        """Return what the calls of an extension show it to do; None without a call."""
        return status_in([party.state for _, party in self._live_of(extension)])

    def doings_of(self, extension: str) -> Doings:
        """Return the ids of the calls of an extension, and what it does in each.

        Cheaper than `calls_of`.
        """
        return tuple([(call.call_id, party.state) for call, party in self._live_of(extension)])

    def is_in_call(self, extension: str) -> bool:
        """Return True if an extension takes part in a call now; cheaper than `calls_of`."""
        return bool(self._live_of(extension))

    def parties_of(self, any_id: str) -> Collection[str]:
        """Return the extensions that take or took part in the call that an id names.

        Cheaper than `find`.
        """
        found = self._index.by_id(any_id)
        return () if found is None else known_extensions(found)

    @property
    def unsure_extensions(self) -> frozenset[str]:
        """Return the extensions whose calls no list of trunk calls shows.

        Those to be queried one by one.
        """
        return frozenset(
            party.extension
            for call_id, call in self._index.live.items()
            if call_id not in self._ending and not call.on_trunk
            for party in call.present()
        )

    def _live_of(self, extension: str) -> list[tuple[LiveCall, Party]]:
        """Return the calls in which an extension takes part, and what it is in each.

        The oldest call comes first.
        """
        return [
            (call, party)
            for call in self._index.live_of(extension)
            if call.call_id not in self._ending
            and (party := call.of_extension(extension)) is not None
            and party.live
        ]
