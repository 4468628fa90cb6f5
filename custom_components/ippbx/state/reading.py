"""Brings what is known of a PBX in line with what it lists: all of it, or what no report tells."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..pbx.errors import PbxProtocolError
from ..pbx.model.lines import SystemInfo
from .devices import async_sync_devices
from .reader import PbxReader
from .store import EXTENSIONS, TRUNKS, Key

if TYPE_CHECKING:
    from ..coordinator import PbxCoordinator

INFO_PERIOD: Final = timedelta(hours=1)
"""Time between two looks at the clock of the PBX, and at its firmware."""
CLOCK_TOLERANCE: Final = timedelta(minutes=1)


class PbxReading:
    """Reads the PBX for a coordinator and tells what changed by that.

    Attributes:
        reader: reads the lists.
        corrections: changes that reports should have told, and reads found.
        clock_error: how wrong the clock of the PBX is.
        started: whether devices follow what is read.
    """

    def __init__(self, coordinator: "PbxCoordinator") -> None:
        """Prepare; nothing is read yet."""
        self.reader = PbxReader(coordinator.client, coordinator.hass.loop.time)
        self.corrections = 0
        self.clock_error = timedelta(0)
        self.started = False
        self._coordinator = coordinator
        self._info_asked = False
        self._info_at: datetime | None = None

    @property
    def clock_is_wrong(self) -> bool:
        """Return whether the clock of the PBX is off by more than is worth a word."""
        return abs(self.clock_error) > CLOCK_TOLERANCE

    @callback
    def ask_info(self) -> None:
        """Have the next full read tell what a restart may have changed."""
        self._info_asked = True

    async def async_info(self) -> SystemInfo:
        """Return what the PBX says of itself, and look at its clock.

        Raises:
            PbxError: it could not be read.
        """
        info = await self._coordinator.client.system_info()
        self._info_asked, self._info_at = False, dt_util.utcnow()
        self.clock_error = info.clock_error or timedelta(0)
        return info

    async def async_all(self) -> None:
        """Read everything.

        Raises:
            PbxError: it could not be read; what was read before the failure counts.
        """
        asked_at = dt_util.utcnow()
        if self._is_info_due(asked_at):
            await self._async_renew_info()
        await self._async_extensions()
        await self._coordinator.calls.async_read(asked_at, listed=True)
        await self._async_trunks()

    async def async_live(self) -> None:
        """Read what no PBX is known to push, the calls, and the extensions, which show whether reports come.

        Raises:
            PbxError: as for `async_all`.
        """
        asked_at, calls = dt_util.utcnow(), self._coordinator.calls
        await self._async_trunks()
        await self._async_extensions()
        if calls.any_live:
            await calls.async_read(asked_at, listed=bool(calls.tracker.unsure_extensions))

    def _is_info_due(self, now: datetime) -> bool:
        old = self._info_at is None or now - self._info_at >= INFO_PERIOD
        return self._info_asked or self.clock_is_wrong or old

    async def _async_extensions(self) -> None:
        coordinator = self._coordinator
        extensions, changes = await self.reader.async_extensions(coordinator.data.extensions)
        coordinator.data.extensions = extensions
        self.corrections += len(changes.unreported)
        if coordinator.proof.has_read(changes.unreported):
            coordinator.async_read_often()
        self._tell(changes.keys)

    async def _async_trunks(self) -> None:
        data = self._coordinator.data
        data.trunks, keys = await self.reader.async_trunks(data.trunks)
        self._tell(keys)

    async def _async_renew_info(self) -> None:
        """Read what a restart may have changed: the firmware, or the whole PBX."""
        coordinator, entry = self._coordinator, self._coordinator.config_entry
        info = await self.async_info()
        if info.serial != coordinator.data.info.serial:
            coordinator.hass.config_entries.async_schedule_reload(entry.entry_id)
            raise PbxProtocolError("another PBX answers")
        coordinator.data.info = info
        async_sync_devices(coordinator.hass, entry, coordinator.data)

    @callback
    def _tell(self, keys: list[Key]) -> None:
        coordinator = self._coordinator
        if self.started and (EXTENSIONS in keys or TRUNKS in keys):
            async_sync_devices(coordinator.hass, coordinator.config_entry, coordinator.data)
        coordinator.subscriptions.tell(keys)
