"""Tries the settings of a form at the PBX, and says in the form's words what is wrong with them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from homeassistant.components import webhook
from homeassistant.const import (
    CONF_HOST,
    CONF_PORT,
    CONF_SSL,
    CONF_VERIFY_SSL,
    CONF_WEBHOOK_ID,
)
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..const import CONF_DIALECT, CONF_FINGERPRINT, CONF_OLD_TLS, LOGGER
from ..exceptions import placeholders, translation_key
from ..link.create import async_detect, async_get_guard, create_backend
from ..pbx.backend import Delivery, PbxBackend
from ..pbx.backends import backend_of, variant_of, variants
from ..pbx.errors import (
    PbxApiDisabledError,
    PbxAuthError,
    PbxCertificateError,
    PbxError,
    PbxHandshakeError,
    PbxLockedOutError,
    PbxProtocolError,
)
from ..pbx.model.lines import Extension, ReportAddress, SystemInfo
from ..pbx.net.login_guard import LoginGuard
from ..pbx.net.tls import fetch_fingerprint
from ..reports.address import Endpoint, report_address, server_port

CANNOT_CONNECT = "cannot_connect"
CERTIFICATE_CHANGED = "certificate_changed"


class FlowError(Exception):
    """What a form says instead of going on.

    Attributes:
        key: key of the translated message.
        field: where the form shows it.
        placeholders: what the message shows.
    """

    def __init__(
        self, key: str, *, field: str = "base", placeholders: Mapping[str, str] | None = None
    ) -> None:
        """Keep what to say and where."""
        super().__init__(key)
        self.key = key
        self.field = field
        self.placeholders = dict(placeholders or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPbx:
    """A PBX that took our login.

    Attributes:
        data: the data of an entry for it.
        extensions: all of them; empty where nobody asked.
    """

    data: dict[str, Any] = field(repr=False)
    info: SystemInfo
    extensions: tuple[Extension, ...] = ()

    @property
    def title(self) -> str:
        """Return what the entry is called: as the PBX calls itself."""
        return self.info.name or f"{variant_of(self.data[CONF_DIALECT]).manufacturer} PBX"


async def async_find(hass: HomeAssistant, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with what a PBX shows without a login: port, dialect, TLS, certificate.

    Args:
        hass: for its sessions.
        settings: an entry's data, in which the port and the dialect may be missing.

    Raises:
        FlowError: there is no PBX, or it cannot be talked to.
    """
    failures: list[FlowError] = []
    for port in _ports(settings):
        try:
            with _in_words_of_the_form(settings):
                return await _async_find_at(hass, {**settings, CONF_PORT: port})
        except FlowError as error:
            failures.append(error)
    # What answers wrongly says more than what does not answer.
    raise next((error for error in failures if error.key != CANNOT_CONNECT), failures[0])


async def async_log_in(
    hass: HomeAssistant,
    settings: Mapping[str, Any],
    options: Mapping[str, Any],
    *,
    refine: bool = False,
    with_extensions: bool = False,
) -> CheckedPbx:
    """Return what the PBX says after one login, which is ended again.

    The login registers the same report address as the entry will.

    Args:
        hass: for its sessions and its own address.
        settings: an entry's data.
        options: an entry's options; they may say where reports go.
        refine: whether the dialect is a finding, for which what the PBX says of itself counts more.
        with_extensions: whether to read all extensions, too.

    Raises:
        FlowError: the login did not work, or the PBX does not say who it is.
    """
    for wanted in backend_of(settings[CONF_DIALECT]).credentials:
        if wanted.key not in settings:  # the form asks for those of several protocols
            raise FlowError("invalid_auth", field=wanted.key)
    guard = await async_get_guard(hass, settings[CONF_HOST])
    with _in_words_of_the_form(settings, guard):
        _check_lockout(settings, guard)
        backend = create_backend(hass, settings, guard)
        await backend.probe()  # which shows our own address, too
        await backend.open(_address(hass, backend, settings, options), by_user=True)
        try:
            info = await backend.system_info()
            if refine:
                backend.refine(info)
            extensions = await backend.extensions() if with_extensions else ()
        finally:
            await backend.close()
        if not info.serial:
            raise FlowError("no_serial")
    data = {**settings, CONF_DIALECT: backend.variant.key}
    return CheckedPbx(data=data, info=info, extensions=extensions)


def _ports(settings: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the ports to try: the user's, the variant's, or the usual ones of all variants."""
    if port := settings.get(CONF_PORT):
        return (port,)
    if dialect := settings.get(CONF_DIALECT):
        return (variant_of(dialect).default_port,)
    return _usual_ports()


def _usual_ports() -> tuple[int, ...]:
    return tuple(dict.fromkeys(variant.default_port for variant in variants()))


async def _async_find_at(hass: HomeAssistant, settings: dict[str, Any]) -> dict[str, Any]:
    """Look at one port; where TLS cannot be agreed upon, once more with that of old PBXes."""
    try:
        return await _async_look(hass, {**settings, CONF_OLD_TLS: False})
    except PbxHandshakeError:
        return await _async_look(hass, {**settings, CONF_OLD_TLS: True})


async def _async_look(hass: HomeAssistant, settings: dict[str, Any]) -> dict[str, Any]:
    host, port, tls = settings[CONF_HOST], settings[CONF_PORT], settings[CONF_SSL]
    if not tls or settings[CONF_VERIFY_SSL]:
        settings[CONF_FINGERPRINT] = None
    elif not settings.get(CONF_FINGERPRINT):
        settings[CONF_FINGERPRINT] = await fetch_fingerprint(host, port, settings[CONF_OLD_TLS])
    try:
        found = await async_detect(hass, settings)
    except (PbxProtocolError, PbxApiDisabledError):
        # A dialect chosen by hand is for a PBX that detection does not understand.
        if CONF_DIALECT not in settings:
            raise
        return settings
    return {CONF_DIALECT: found.key, **settings}


def _address(
    hass: HomeAssistant,
    backend: PbxBackend,
    settings: Mapping[str, Any],
    options: Mapping[str, Any],
) -> ReportAddress | None:
    """Return the report address of the PBX; None for one that posts no reports."""
    if Delivery.PUSH not in backend.capabilities.deliveries:
        return None
    endpoint = Endpoint(
        host=backend.session.local_address or "",
        port=server_port(hass),
        path=webhook.async_generate_path(settings[CONF_WEBHOOK_ID]),
    )
    return report_address(endpoint, settings, options)


def _check_lockout(settings: Mapping[str, Any], guard: LoginGuard) -> None:
    """Raise where a lock-out is known to last, before anything is sent."""
    fields = backend_of(settings[CONF_DIALECT]).credentials
    digest = LoginGuard.digest(settings[CONF_HOST], *(settings[each.key] for each in fields))
    with suppress(PbxAuthError):  # refused before, but the user may try again
        guard.check(digest)


@contextmanager
def _in_words_of_the_form(
    settings: Mapping[str, Any], guard: LoginGuard | None = None
) -> Iterator[None]:
    """Turn whatever leaves the block into a FlowError."""
    try:
        yield
    except FlowError:
        raise
    except PbxError as error:
        raise FlowError(_key(error, settings, guard), placeholders=placeholders(error)) from error
    except Exception as error:
        LOGGER.debug("Unexpected failure of a connection check", exc_info=True)
        raise FlowError("unknown") from error


def _key(error: PbxError, settings: Mapping[str, Any], guard: LoginGuard | None) -> str:
    """Return the key of the message, where the form knows more than the error."""
    if isinstance(error, PbxCertificateError) and not settings[CONF_VERIFY_SSL]:
        return CERTIFICATE_CHANGED
    if isinstance(error, PbxLockedOutError) and guard is not None and not _is_locked(guard):
        return "too_many_attempts"
    return translation_key(error)


def _is_locked(guard: LoginGuard) -> bool:
    """Return whether the PBX itself accepts no login; else the guard alone holds one back."""
    return bool(guard.as_dict().get("locked_until", 0) > dt_util.utcnow().timestamp())
