"""The memory of refused logins, kept over restarts, so that no PBX locks us out."""

from collections.abc import Mapping
import secrets
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_SSL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.singleton import singleton
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_DIALECT, CONF_EVENT_PORT, DOMAIN
from ..pbx.backend import Connection
from ..pbx.backends import backend_of
from ..pbx.net.login_guard import LoginGuard
from ..storage import LOGINS, async_load_stored, shared_store

DATA_LOGIN_GUARDS: HassKey["LoginGuards"] = HassKey(f"{DOMAIN}_login_guards")


_SALT = "salt"
_HOSTS = "hosts"


class LoginGuards:
    """The guards of all PBXs, by host, in one storage file with the salt of their digests."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start empty; nothing is read yet."""
        self._hass = hass
        self._store = shared_store(hass, LOGINS)
        self._salt = secrets.token_hex()
        self._guards: dict[str, LoginGuard] = {}

    async def async_load(self) -> None:
        """Read the stored guards; what is older than 30 days, or without a salt, is left out."""
        stored = await async_load_stored(self._store)
        salt, hosts = stored.get(_SALT), stored.get(_HOSTS)
        if isinstance(salt, str) and salt and isinstance(hosts, Mapping):
            self._salt = salt
            self._guards = {host: self._guard(state) for host, state in hosts.items()}
        for host in list(self._guards):
            self.async_get(host)
        if self._as_dict() != stored:
            self._store.async_delay_save(self._as_dict)

    @callback
    def async_get(self, host: str) -> LoginGuard:
        """Return the guard of a host, a new one where there is none."""
        if (guard := self._guards.get(host)) is None:
            guard = self._guards[host] = self._guard(None)
        guard.forget_old(
            [
                login
                for entry in self._hass.config_entries.async_entries(DOMAIN, include_ignore=False)
                if entry.data[CONF_HOST] == host
                for login in _logins(entry)
            ]
        )
        return guard

    @callback
    def async_forget(self, host: str) -> None:
        """Remove the guard of a host."""
        if self._guards.pop(host, None) is not None:
            self._store.async_delay_save(self._as_dict)

    def _guard(self, state: dict[str, Any] | None) -> LoginGuard:
        return LoginGuard(
            state,
            salt=self._salt,
            now=lambda: dt_util.utcnow().timestamp(),
            on_change=self._async_changed,
        )

    @callback
    def _async_changed(self, _state: dict[str, Any]) -> None:
        """Write at once: a crash must not forget a refusal."""
        self._store.async_delay_save(self._as_dict)

    @callback
    def _as_dict(self) -> dict[str, Any]:
        hosts = {host: state for host, guard in self._guards.items() if (state := guard.as_dict())}
        return {_SALT: self._salt, _HOSTS: hosts} if hosts else {}


def _logins(entry: ConfigEntry) -> tuple[str, ...]:
    """Return the digests of an entry's logins."""
    backend = backend_of(entry.data[CONF_DIALECT])
    return backend.logins(
        Connection(
            host=entry.data[CONF_HOST],
            port=entry.data[CONF_PORT],
            tls=entry.data[CONF_SSL],
            ssl=True,
            credentials={field.key: entry.data[field.key] for field in backend.credentials},
            event_port=entry.options.get(CONF_EVENT_PORT),
        )
    )


@singleton(DATA_LOGIN_GUARDS, async_=True)
async def async_get_login_guards(hass: HomeAssistant) -> LoginGuards:
    """Return the one collection of guards of this Home Assistant."""
    guards = LoginGuards(hass)
    await guards.async_load()
    return guards
