"""The history of calls: the log, and the back-fill."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ...const import CONF_CALL_LOG_SIZE, CONF_MASK_NUMBERS, DEFAULT_CALL_LOG_SIZE
from ...pbx.backend import PbxBackend
from ..monitor import CallMonitor
from .backfill import Backfill
from .log import CallLog


class CallHistory:
    """The calls of an entry that are over, kept over restarts.

    Attributes:
        log: the calls that are over.
        backfill: finds calls of which no report arrived.
    """

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, backend: PbxBackend, calls: CallMonitor
    ) -> None:
        """Subscribe the log and the back-fill to changes of calls."""
        self.log = CallLog(
            hass,
            entry.entry_id,
            size=entry.options.get(CONF_CALL_LOG_SIZE, DEFAULT_CALL_LOG_SIZE),
            masked=entry.options.get(CONF_MASK_NUMBERS, False),
        )
        self.backfill = Backfill(hass, entry.entry_id, backend, calls, self.log)
        calls.listen(self.log.record)
        calls.listen(self.backfill.record_ended)
        calls.completions.listen(self.log.complete)

    async def async_open(self) -> None:
        """Load what earlier runs saved."""
        await self.log.async_load()
        await self.backfill.async_load()

    async def async_close(self) -> None:
        """Save what is not saved yet."""
        await self.log.async_save()
        await self.backfill.async_save()
