"""What is kept of calls that are over: the log, and what finds the calls that nobody saw."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ...const import CONF_CALL_LOG_SIZE, CONF_MASK_NUMBERS, DEFAULT_CALL_LOG_SIZE
from ...pbx.backend import PbxBackend
from ..monitor import CallMonitor
from .backfill import Backfill
from .log import CallLog


class CallHistory:
    """Keeps what happened to the calls of an entry, over restarts.

    Attributes:
        log: the calls that are over.
        backfill: looks for calls afterwards.
    """

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, client: PbxBackend, calls: CallMonitor
    ) -> None:
        """Listen to the changes of calls."""
        self.log = CallLog(
            hass,
            entry.entry_id,
            size=entry.options.get(CONF_CALL_LOG_SIZE, DEFAULT_CALL_LOG_SIZE),
            masked=entry.options.get(CONF_MASK_NUMBERS, False),
        )
        self.backfill = Backfill(hass, entry.entry_id, client, calls, self.log)
        calls.listen(self.log.take)
        calls.listen(self.backfill.take)

    async def async_open(self) -> None:
        """Read what earlier runs kept."""
        await self.log.async_load()
        await self.backfill.async_load()

    async def async_close(self) -> None:
        """Write what is not written yet."""
        await self.log.async_save()
        await self.backfill.async_save()
