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
_PBXS = "pbxs"


class LoginGuards:
    """The guards of all PBXes, by host and port, in one file with the salt of their digests."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start empty; nothing is read yet."""
        self._hass = hass
        self._store = shared_store(hass, LOGINS)
        self._salt = secrets.token_hex()
        self._guards: dict[str, LoginGuard] = {}

    async def async_load(self) -> None:
        """Read the stored guards; what is older than 30 days, or of an old format, is left out."""
        stored = await async_load_stored(self._store)
        salt, pbxs = stored.get(_SALT), stored.get(_PBXS)
        if isinstance(salt, str) and salt and isinstance(pbxs, Mapping):
            self._salt = salt
            self._guards = {key: self._guard(state) for key, state in pbxs.items()}
        for key in self._guards:
            self._forget_old(key)
        if self._as_dict() != stored:
            self._store.async_delay_save(self._as_dict)

    @callback
    def async_get(self, data: Mapping[str, Any]) -> LoginGuard:
        """Return the guard of a PBX, by the data of its entry or by a form."""
        key = _key(data)
        if key not in self._guards:
            self._guards[key] = self._guard(None)
        self._forget_old(key)
        return self._guards[key]

    async def async_forget(self, data: Mapping[str, Any]) -> None:
        """Remove the guard of a removed entry, unless another one has the same PBX."""
        key = _key(data)
        if self._entries(key) or self._guards.pop(key, None) is None:
            return
        if self._as_dict():
            self._store.async_delay_save(self._as_dict)
        else:
            await self._store.async_remove()

    def _entries(self, key: str) -> list[ConfigEntry]:
        entries = self._hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        return [entry for entry in entries if _key(entry.data) == key]

    def _forget_old(self, key: str) -> None:
        kept = [login for entry in self._entries(key) for login in _logins(entry)]
        self._guards[key].forget_old(kept)

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
        pbxs = {key: state for key, guard in self._guards.items() if (state := guard.as_dict())}
        return {_SALT: self._salt, _PBXS: pbxs} if pbxs else {}


def _key(data: Mapping[str, Any]) -> str:
    """Return what stands for the host and the port of a PBX, which blocks addresses by itself."""
    # An entry without either must not cost the others, whose set-up looks at all.
    return f"{data.get(CONF_HOST)} {data.get(CONF_PORT)}"


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
