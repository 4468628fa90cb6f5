"""From the settings of an entry to a client that can talk to its PBX."""

from collections.abc import Callable, Mapping
from ssl import SSLContext
from typing import Any

from homeassistant.const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SSL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util.ssl import SSLCipherList, client_context

from ..const import CONF_DIALECT, CONF_FINGERPRINT, CONF_OLD_TLS
from ..pbx.net.login_guard import LoginGuard
from ..pbx.net.tls import insecure_context
from ..pbx.trace.trace import Exchange
from ..pbx.uc.backend import UcBackend
from ..pbx.uc.dialects import DIALECTS


def ssl_for(settings: Mapping[str, Any]) -> SSLContext | bool:
    """Return the TLS context that an entry's settings ask for.

    Args:
        settings: an entry's data, or the fields of a form.
    """
    if not settings[CONF_SSL]:
        return True
    old = settings.get(CONF_OLD_TLS, False)
    if settings[CONF_VERIFY_SSL]:
        return client_context(SSLCipherList.INSECURE if old else SSLCipherList.PYTHON_DEFAULT)
    return insecure_context(old=old, pin=settings.get(CONF_FINGERPRINT))


def create_client(
    hass: HomeAssistant,
    settings: Mapping[str, Any],
    guard: LoginGuard,
    on_exchange: Callable[[Exchange], None] | None = None,
) -> UcBackend:
    """Return a client for the PBX of these settings. It sends nothing by itself.

    Args:
        settings: an entry's data, or the fields of a form; the dialect is among them.
        guard: the lock-out rules of that PBX.
        on_exchange: told of every request and its answer.
    """
    return UcBackend(
        async_get_clientsession(hass),
        host=settings[CONF_HOST],
        port=settings[CONF_PORT],
        tls=settings[CONF_SSL],
        ssl=ssl_for(settings),
        username=settings[CONF_USERNAME],
        password=settings[CONF_PASSWORD],
        dialect=DIALECTS[settings[CONF_DIALECT]],
        guard=guard,
        on_exchange=on_exchange,
    )
