"""Writes settings of extensions: one at a time, no oftener than a PBX can apply, and read back."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..pbx.backend import PbxBackend
from ..pbx.errors import (
    PbxActionUnsupportedError,
    PbxApiDisabledError,
    PbxBusyError,
    PbxConnectionError,
    PbxProtocolError,
)
from ..pbx.model.actions import Permit, Setting
from ..pbx.model.lines import ExtensionSettings
from ..pbx.model.values import bundle
from .store import StateStore, settings_key

PAUSE: Final = 5.0
"""Seconds between two writes: a PBX that must apply more refuses them (10025)."""
PATIENCE: Final = 600.0
"""Seconds for which a wish outlives a PBX that does not serve it, such as one that restarts."""

# What passes by itself: a write may have been done or not, and doing it twice does no harm.
_PASSING = (PbxConnectionError, PbxProtocolError, PbxBusyError, PbxApiDisabledError)


@bundle
class WriterHooks:
    """Callbacks of the writer.

    Attributes:
        is_up: returns whether the link is up; nothing is written while it is down.
        check: raises a `PbxError` if a setting is not allowed, with the numbers that it may ring.
    """

    is_up: Callable[[], bool]
    check: Permit


@dataclass(slots=True, kw_only=True)
class _Wish:
    """What a setting is to become.

    Attributes:
        until: when it is given up if the PBX does not serve it, in seconds of the event loop's
            clock.
        done: resolved when it was written, or will not be.
    """

    command: Setting
    until: float
    done: asyncio.Future[None]


class SettingsWriter:
    """The writer of one PBX. Of several wishes for one setting the last one counts."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        backend: PbxBackend,
        store: StateStore,
        hooks: WriterHooks,
    ) -> None:
        """Keep the arguments; nothing is sent yet."""
        self._hass = hass
        self._entry = entry
        self._backend = backend
        self._store = store
        self._hooks = hooks
        self._clock = hass.loop.time
        self._wishes: dict[tuple[type[Setting], str], _Wish] = {}  # the next one first
        self._next_at = 0.0  # when the next write may be sent
        self._task: asyncio.Task[None] | None = None

    @callback
    def settings_of(self, number: str) -> ExtensionSettings:
        """Return the settings of an extension as they were read, or are to become."""
        settings = self._store.settings.get(number) or ExtensionSettings(number=number)
        for (_, extension), wish in self._wishes.items():
            if extension == number:
                settings = wish.command.applied_to(settings)
        return settings

    async def async_set(self, command: Setting) -> None:
        """Change a setting; return when this wish, or a later one for it, was written and read.

        Raises:
            PbxForbiddenError: the options forbid it.
            PbxError: the PBX has no such setting, or refuses it, or did not serve it in time.
        """
        if not self._backend.control.offers(command.action):
            raise PbxActionUnsupportedError(command.action)
        self._hooks.check(command.action, command.outward)
        key = (type(command), command.extension)
        wish = self._wishes.get(key)
        if wish is None:
            wish = _Wish(command=command, until=0, done=self._hass.loop.create_future())
            wish.done.add_done_callback(lambda done: done.exception())  # may have lost its waiters
            self._wishes[key] = wish
        wish.command, wish.until = command, self._clock() + PATIENCE
        self._publish(command)
        if self._task is None:
            self._task = self._entry.async_create_background_task(
                self._hass, self._async_run(), f"{self._entry.title} settings"
            )
        await asyncio.shield(wish.done)

    @callback
    def stop(self) -> None:
        """Write no more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        while self._wishes:
            _, wish = self._wishes.popitem()
            wish.done.set_exception(PbxConnectionError("the PBX was unloaded"))

    async def _async_run(self) -> None:
        """Write all wishes, in turn."""
        while self._wishes:
            await asyncio.sleep(self._next_at - self._clock())
            key, wish = next(iter(self._wishes.items()))
            command, error = wish.command, None
            try:
                await self._async_write(command)
            except Exception as failure:  # noqa: BLE001 - a fault of ours must not stop the others
                error = failure
            self._next_at = self._clock() + PAUSE
            passing = isinstance(error, _PASSING) and self._clock() < wish.until
            if passing or wish.command is not command:
                self._wishes[key] = self._wishes.pop(key)  # after those that wait
                continue
            del self._wishes[key]
            self._publish(command)
            if error is None:
                wish.done.set_result(None)
            else:
                wish.done.set_exception(error)
        self._task = None

    async def _async_write(self, command: Setting) -> None:
        """Write a setting and read it back."""
        if not self._hooks.is_up():
            raise PbxConnectionError("the link is down")
        await self._backend.control.send(command)
        asked_at = self._clock()
        with self._backend.priority():
            read = await self._backend.extension_settings((command.extension,))
        self._store.merge_settings(read, asked_at)

    @callback
    def _publish(self, command: Setting) -> None:
        self._store.publish((settings_key(command.extension),))
