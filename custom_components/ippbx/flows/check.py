"""The check of a form's settings against a live PBX, with errors in terms of the form."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
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

from ..const import CONF_DIALECT, CONF_FINGERPRINT, CONF_OLD_TLS
from ..exceptions import placeholders, translation_key
from ..failures import FailureLog
from ..link.create import async_detect, async_get_guard, create_backend, short_session
from ..pbx.backend import Delivery, PbxBackend
from ..pbx.backends import backend_of, variant_of, variants
from ..pbx.errors import (
    PbxApiDisabledError,
    PbxCertificateError,
    PbxError,
    PbxHandshakeError,
    PbxProtocolError,
)
from ..pbx.model.lines import Extension, ReportAddress, SystemInfo
from ..pbx.model.values import value
from ..pbx.net.tls import fetch_fingerprint
from ..reports.address import Endpoint, report_address, server_port

HTTPS_PORT = 443
"""Where a PBX in the cloud answers (pbx-api, "Transport")."""
CANNOT_CONNECT = "cannot_connect"
CERTIFICATE_CHANGED = "certificate_changed"
NOT_A_PBX = "not_a_pbx"
WRONG_SCHEME = "wrong_scheme"
FORM_FAILURES = FailureLog("The check of a form failed")  # a form may belong to no entry yet


class FlowError(Exception):
    """An error that a form shows.

    Attributes:
        key: translation key of the message.
        field: field or section beside which it is shown.
        placeholders: values for the message.
    """

    def __init__(
        self, key: str, *, field: str = "base", placeholders: Mapping[str, str] | None = None
    ) -> None:
        """Set the message and its place."""
        super().__init__(key)
        self.key = key
        self.field = field
        self.placeholders = dict(placeholders or {})


@value
class CheckedPbx:
    """A PBX that accepted a login.

    Attributes:
        data: the data for its config entry.
        extensions: all extensions; empty unless they were requested.
    """

    data: dict[str, Any] = field(repr=False)
    info: SystemInfo
    extensions: tuple[Extension, ...] = ()

    @property
    def title(self) -> str:
        """Return the title of the entry: the name of the PBX."""
        return self.info.name or f"{variant_of(self.data[CONF_DIALECT]).manufacturer} PBX"


async def async_find(hass: HomeAssistant, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings completed without a login: port, dialect, TLS mode, certificate.

    Args:
        hass: for its sessions.
        settings: an entry's data, in which the port and the dialect may be missing.

    Raises:
        FlowError: no PBX was found, or it did not answer as one.
    """
    failures: list[FlowError] = []
    for port in _ports(settings):
        try:
            with _flow_errors(settings):
                return await _async_find_at(hass, {**settings, CONF_PORT: port})
        except FlowError as error:
            failures.append(error)
    # The error of a port that answers explains more than that of one that does not.
    raise next((error for error in failures if error.key != CANNOT_CONNECT), failures[0])


async def async_log_in(
    hass: HomeAssistant,
    settings: Mapping[str, Any],
    options: Mapping[str, Any],
    *,
    refine: bool = False,
    with_extensions: bool = False,
    serial: str | None = None,
) -> CheckedPbx:
    """Return the PBX as read in one session, which is closed again.

    The login registers the same report address as that of the entry.

    Args:
        hass: for its sessions and its own address.
        settings: an entry's data.
        options: an entry's options; they may contain the report address.
        refine: whether the dialect was detected, and may be corrected by the system information.
        with_extensions: whether to read the extensions, too.
        serial: serial number that the PBX must have; None for any that a user's form leads to.

    Raises:
        FlowError: the login failed, another PBX answered, or the PBX has no serial number.
    """
    for wanted in backend_of(settings[CONF_DIALECT]).credentials:
        if wanted.key not in settings:  # the form has those of several protocols
            raise FlowError("invalid_auth", field=wanted.key)
    guard = await async_get_guard(hass, settings)
    with _flow_errors(settings), short_session(hass) as session:
        backend = create_backend(session, settings, guard, serial=serial)
        await backend.probe()  # finds our own address, too
        async with guard.form:
            where = _address(hass, backend, settings, options)
            await backend.open(where, by_user=serial is None)
        try:
            info = await backend.system_info()
            if refine:
                backend.refine(info)
            extensions = await backend.extensions() if with_extensions else ()
        finally:
            await backend.close()
    data = {**settings, CONF_DIALECT: backend.variant.key}
    return CheckedPbx(data=data, info=info, extensions=extensions)


def _ports(settings: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the ports to try: the user's, or the usual ones, with TLS that of HTTPS at last."""
    if port := settings.get(CONF_PORT):
        return (port,)
    dialect = settings.get(CONF_DIALECT)
    usual = (variant_of(dialect).default_port,) if dialect else _usual_ports()
    return (*usual, HTTPS_PORT) if settings[CONF_SSL] else usual


def _usual_ports() -> tuple[int, ...]:
    return tuple(dict.fromkeys(variant.default_port for variant in variants()))


async def _async_find_at(hass: HomeAssistant, settings: dict[str, Any]) -> dict[str, Any]:
    """Probe one port; after a failed TLS handshake, once more with the TLS of old PBXes."""
    try:
        return await _async_probe(hass, {**settings, CONF_OLD_TLS: False})
    except PbxHandshakeError:
        return await _async_probe(hass, {**settings, CONF_OLD_TLS: True})


async def _async_probe(hass: HomeAssistant, settings: dict[str, Any]) -> dict[str, Any]:
    host, port, tls = settings[CONF_HOST], settings[CONF_PORT], settings[CONF_SSL]
    if not tls or settings[CONF_VERIFY_SSL]:
        settings[CONF_FINGERPRINT] = None
    elif not settings.get(CONF_FINGERPRINT):
        settings[CONF_FINGERPRINT] = await fetch_fingerprint(host, port, settings[CONF_OLD_TLS])
    try:
        found = await async_detect(hass, settings)
    except (PbxProtocolError, PbxApiDisabledError):
        # The user chose a dialect since detection does not know the PBX.
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


@contextmanager
def _flow_errors(settings: Mapping[str, Any]) -> Iterator[None]:
    """Turn every exception into a FlowError."""
    try:
        yield
    except FlowError:
        raise
    except PbxError as error:
        raise FlowError(_key(error, settings), placeholders=placeholders(error)) from error
    except Exception as error:
        FORM_FAILURES.record(error)
        raise FlowError("unknown") from error


def _key(error: PbxError, settings: Mapping[str, Any]) -> str:
    """Return the key of the message; the form may know more than the error."""
    if isinstance(error, PbxCertificateError) and not settings[CONF_VERIFY_SSL]:
        return CERTIFICATE_CHANGED
    if isinstance(error, PbxApiDisabledError) and not error.errno:
        return NOT_A_PBX  # HTTP 404, as any web server may answer
    return translation_key(error)
