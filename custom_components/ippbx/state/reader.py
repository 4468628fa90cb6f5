"""Reads the lists of the PBX and compares them with what is known."""

from collections.abc import Callable

from homeassistant.core import callback

from ..pbx.errors import PbxUnsupportedError
from ..pbx.model.lines import Extension, Trunk
from ..pbx.uc.backend import UcBackend
from .merge import Changes, merge_extensions, merge_trunks
from .store import Key


class PbxReader:
    """Reads lists; what was reported while one was on its way is newer than the list."""

    def __init__(self, client: UcBackend, clock: Callable[[], float]) -> None:
        """Prepare.

        Args:
            clock: returns the event loop's time, in seconds.
        """
        self._client = client
        self._clock = clock
        self._reported: dict[str, float] = {}  # extension: when it last reported

    @callback
    def has_reported(self, number: str) -> None:
        """Note that an extension has just reported its status."""
        self._reported[number] = self._clock()

    async def async_extensions(
        self, known: dict[str, Extension]
    ) -> tuple[dict[str, Extension], Changes]:
        """Return the extensions as they are now, and what that changes.

        Args:
            known: what is known of them; it may change while the list is on its way.

        Raises:
            PbxError: they could not be read.
        """
        asked_at = self._clock()
        read = await self._client.extensions()
        fresher = {number for number, at in self._reported.items() if at >= asked_at}
        merged, changes = merge_extensions(known, read, fresher)
        self._reported = {n: at for n, at in self._reported.items() if n in merged}
        return merged, changes

    async def async_trunks(self, known: dict[str, Trunk]) -> tuple[dict[str, Trunk], list[Key]]:
        """Return the trunks as they are now, and the keys of what that changes; none where the PBX lists none.

        Raises:
            PbxError: they could not be read.
        """
        try:
            read = await self._client.trunks()
        except PbxUnsupportedError:
            if known:
                raise
            read = ()
        return merge_trunks(known, read)
