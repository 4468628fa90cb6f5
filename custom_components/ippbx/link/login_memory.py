"""The memory of refused logins, kept over restarts, so that no PBX locks us out."""

from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.singleton import singleton
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..pbx.net.login_guard import LoginGuard
from ..storage import LOGINS, async_load_stored, shared_store

DATA_LOGIN_GUARDS: HassKey["LoginGuards"] = HassKey(f"{DOMAIN}_login_guards")


class LoginGuards:
    """The guards of all PBXs, by host, in one storage file."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start empty; nothing is read yet."""
        self._store = shared_store(hass, LOGINS)
        self._guards: dict[str, LoginGuard] = {}

    async def async_load(self) -> None:
        """Read the stored guards."""
        for host, state in (await async_load_stored(self._store)).items():
            self._guards[host] = self._guard(state)

    @callback
    def async_get(self, host: str) -> LoginGuard:
        """Return the guard of a host, a new one where there is none."""
        if (guard := self._guards.get(host)) is None:
            guard = self._guards[host] = self._guard(None)
        return guard

    @callback
    def async_forget(self, host: str) -> None:
        """Remove the guard of a host."""
        if self._guards.pop(host, None) is not None:
            self._store.async_delay_save(self._as_dict)

    def _guard(self, state: dict[str, Any] | None) -> LoginGuard:
        return LoginGuard(
            state, now=lambda: dt_util.utcnow().timestamp(), on_change=self._async_changed
        )

    @callback
    def _async_changed(self, _state: dict[str, Any]) -> None:
        """Write at once: a crash must not forget a refusal."""
        self._store.async_delay_save(self._as_dict)

    @callback
    def _as_dict(self) -> dict[str, dict[str, Any]]:
        return {host: state for host, guard in self._guards.items() if (state := guard.as_dict())}


@singleton(DATA_LOGIN_GUARDS, async_=True)
async def async_get_login_guards(hass: HomeAssistant) -> LoginGuards:
    """Return the one collection of guards of this Home Assistant."""
    guards = LoginGuards(hass)
    await guards.async_load()
    return guards
