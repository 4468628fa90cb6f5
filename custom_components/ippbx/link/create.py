"""Creates the backend of a PBX from the settings of an entry."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from ssl import SSLContext
from types import MappingProxyType
from typing import Any

from aiohttp import ClientSession, DummyCookieJar
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_SSL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.util.ssl import SSLCipherList, client_context

from ..const import CONF_DIALECT, CONF_EVENT_PORT, CONF_FINGERPRINT, CONF_OLD_TLS
from ..pbx.backend import Connection, PbxBackend, Variant
from ..pbx.backends import BACKENDS, backend_of
from ..pbx.errors import PbxApiDisabledError, PbxError, PbxProtocolError
from ..pbx.net.login_guard import LoginGuard
from ..pbx.net.tls import insecure_context
from ..pbx.trace.trace import Exchange
from .login_memory import async_get_login_guards


@callback
def async_create_session(hass: HomeAssistant) -> ClientSession:
    """Return a session without cookies; its owner detaches it when nothing is to be sent any more.

    Home Assistant's own would keep a PBX's cookies for all integrations, and send them back.
    """
    return async_create_clientsession(hass, auto_cleanup=False, cookie_jar=DummyCookieJar())


@contextmanager
def short_session(hass: HomeAssistant) -> Iterator[ClientSession]:
    """Return a session as `async_create_session` does, for the length of a `with` block."""
    session = async_create_session(hass)
    try:
        yield session
    finally:
        session.detach()


def ssl_for(settings: Mapping[str, Any]) -> SSLContext | bool:
    """Return the TLS context for the settings of an entry or form; True without TLS."""
    if not settings[CONF_SSL]:
        return True
    old = settings.get(CONF_OLD_TLS, False)
    if settings[CONF_VERIFY_SSL]:
        return client_context(SSLCipherList.INSECURE if old else SSLCipherList.PYTHON_DEFAULT)
    return insecure_context(old=old, pin=settings.get(CONF_FINGERPRINT))


def connection_of(
    settings: Mapping[str, Any],
    options: Mapping[str, Any] = MappingProxyType({}),
    serial: str | None = None,
) -> Connection:
    """Return the connection for the settings of an entry or form.

    Args:
        settings: data of the entry, or fields of the form; credentials and variant are optional.
        options: options of the entry.
        serial: serial number that the PBX must have; None for any.
    """
    variant = settings.get(CONF_DIALECT)
    fields = backend_of(variant).credentials if variant else ()
    return Connection(
        host=settings[CONF_HOST],
        port=settings[CONF_PORT],
        tls=settings[CONF_SSL],
        ssl=ssl_for(settings),
        credentials={field.key: settings[field.key] for field in fields if field.key in settings},
        event_port=options.get(CONF_EVENT_PORT),
        serial=serial,
    )


def create_backend(
    session: ClientSession,
    settings: Mapping[str, Any],
    guard: LoginGuard,
    on_exchange: Callable[[Exchange], None] | None = None,
    options: Mapping[str, Any] = MappingProxyType({}),
    *,
    serial: str | None = None,
) -> PbxBackend:
    """Return the backend for the PBX of these settings; it sends nothing by itself.

    Args:
        session: carries the requests.
        settings: data of the entry, or fields of the form, with the variant.
        guard: the lock-out rules of that PBX.
        on_exchange: receives every request with its answer.
        options: options of the entry.
        serial: serial number that the PBX must have; None for any.
    """
    variant = settings[CONF_DIALECT]
    return backend_of(variant).create(
        session,
        connection_of(settings, options, serial),
        variant,
        guard,
        on_exchange,
    )


async def async_detect(hass: HomeAssistant, settings: Mapping[str, Any]) -> Variant:
    """Return the variant that answers at a host and port, without a login.

    A variant in the settings limits detection to its backend. Otherwise all backends are tried,
    those with a matching default port first.

    Raises:
        PbxError: none answers.
    """
    if variant := settings.get(CONF_DIALECT):
        backends = [backend_of(variant)]
    else:
        backends = sorted(
            BACKENDS.values(), key=lambda backend: settings[CONF_PORT] not in backend.ports
        )
    connection = connection_of(settings)
    failures: list[PbxError] = []
    with short_session(hass) as session:
        for backend in backends:
            try:
                return await backend.detect(session, connection)
            except (PbxProtocolError, PbxApiDisabledError) as error:
                failures.append(error)
    raise failures[0]


async def async_get_guard(hass: HomeAssistant, data: Mapping[str, Any]) -> LoginGuard:
    """Return the login guard of a PBX, by the data of its entry or by a form."""
    return (await async_get_login_guards(hass)).async_get(data)


async def async_allow_feed(
    hass: HomeAssistant, data: Mapping[str, Any], options: Mapping[str, Any]
) -> None:
    """Permit one more attempt of a refused feed login, because a user asks for the feed."""
    guard = await async_get_guard(hass, data)
    with short_session(hass) as session:
        create_backend(session, data, guard, options=options).allow_feed()
