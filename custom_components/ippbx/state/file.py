"""The file of one PBX: what it is and what it listed, for a start while the PBX is away."""

from typing import Any

from homeassistant.core import HomeAssistant, callback

from ..pbx.model.lines import Extension, SystemInfo, Trunk
from ..storage import PBX, StoredFile
from .store import StateStore


class StateFile:
    """What identifies a PBX, its extensions and its trunks, kept over restarts.

    A status is not kept: nothing says that it is still true.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str, store: StateStore) -> None:
        """Keep the arguments; nothing is read yet."""
        self._store = store
        self._content: dict[str, Any] = {}
        self._changed = False  # since the file was read
        self._file = StoredFile(hass, entry_id, PBX, lambda: self._content)

    async def async_restore(self, serial: str | None) -> SystemInfo | None:
        """Restore the lists in the store; return the system information.

        Returns:
            None if there is no whole file of the PBX with this serial number.
        """
        self._content = kept = await self._file.async_load()
        try:
            number, name, hardware, firmware = _texts(kept["pbx"])
            info = SystemInfo(serial=number, name=name, hardware=hardware, firmware=firmware)
            extensions = [
                Extension(number=number, name=name, kind=kind)
                for number, name, kind in map(_texts, kept["extensions"])
            ]
            trunks = [
                Trunk(key=key, name=name, kind=kind)
                for key, name, kind in map(_texts, kept["trunks"])
            ]
        except (KeyError, TypeError, ValueError):
            return None
        if info.serial != serial:
            return None
        self._store.restore(extensions, trunks)
        return info

    @callback
    def update(self) -> None:
        """Write the file soon, if the store holds something else."""
        info, extensions, trunks = self._store.info, self._store.extensions, self._store.trunks
        content = {
            "pbx": [info.serial, info.name, info.hardware, info.firmware],
            "extensions": [[each.number, each.name, each.kind] for each in extensions.values()],
            "trunks": [[each.key, each.name, each.kind] for each in trunks.values()],
        }
        if content != self._content:
            self._content, self._changed = content, True
            self._file.save_soon()

    async def async_close(self) -> None:
        """Write the file, unless it is unchanged; earlier writes may have failed unnoticed."""
        if self._changed:
            await self._file.async_save()


def _texts(row: object) -> list[str]:
    """Return a stored row; TypeError where it is none."""
    if not isinstance(row, list) or not all(isinstance(text, str) for text in row):
        raise TypeError
    return row
