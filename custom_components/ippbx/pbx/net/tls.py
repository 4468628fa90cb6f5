"""TLS towards PBXes: certificates that nobody signed, versions that nobody speaks any more."""

import asyncio
from datetime import UTC, datetime
import hashlib
import ssl
from typing import override

from ..errors import (
    PbxCertificateError,
    PbxCertificateExpiredError,
    PbxConnectionError,
    PbxHandshakeError,
    PbxTimeoutError,
    PbxWrongSchemeError,
)

_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED
# What OpenSSL makes of an answer that is not TLS.
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "PACKET_LENGTH_TOO_LONG")


class FingerprintError(ssl.SSLCertVerificationError):
    """The certificate is not the pinned one.

    Attributes:
        fingerprint: SHA-256 of the one that was shown, hex.
    """

    fingerprint: str = ""


def insecure_context(*, old: bool = False, pin: str | None = None) -> ssl.SSLContext:
    """Return a context that verifies nothing but, where given, the one certificate's fingerprint.

    Args:
        old: whether to offer the ciphers and versions of old PBXes: TLS 1.0, RSA key exchange, and
            servers that cannot renegotiate safely (pbx-api, "Transport").
        pin: SHA-256 of the certificate, hex, colons allowed. It is compared at the end of the
            handshake, before anything is sent to the PBX.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if old:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.options |= ssl.OP_LEGACY_SERVER_CONNECT
    if pin is not None:
        context.sslobject_class = _pinned(pin.replace(":", "").lower())
    return context


def _pinned(pin: str) -> type[ssl.SSLObject]:
    """Return a kind of connection that ends with the handshake if the certificate is another."""

    class PinnedObject(ssl.SSLObject):
        @override
        def do_handshake(self) -> None:
            super().do_handshake()
            shown = _fingerprint(self)
            if shown != pin:
                error = FingerprintError("the certificate is not the pinned one")
                error.fingerprint = shown
                raise error

    return PinnedObject


def _fingerprint(connection: ssl.SSLObject) -> str:
    return hashlib.sha256(connection.getpeercert(binary_form=True) or b"").hexdigest()


def expiry(connection: ssl.SSLObject) -> datetime | None:
    """Return when (UTC) the certificate of a connection expires; None where it was not verified."""
    until = (connection.getpeercert() or {}).get("notAfter")
    if not isinstance(until, str):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC)


def bare_host(host: str) -> str:
    """Return a host as sockets want it: an IPv6 address without its brackets."""
    return host.strip().removeprefix("[").removesuffix("]")


def tls_error(error: ssl.SSLError) -> PbxConnectionError:
    """Return what a failed handshake means."""
    if getattr(error, "verify_code", 0) == _EXPIRED:
        return PbxCertificateExpiredError("the certificate has expired")
    if isinstance(error, ssl.SSLCertVerificationError):
        return PbxCertificateError(
            "the certificate is not trusted", getattr(error, "fingerprint", None)
        )
    reason = getattr(error, "reason", None) or type(error).__name__
    if reason in _NOT_TLS:
        return PbxWrongSchemeError("the port does not speak TLS")
    return PbxHandshakeError(f"TLS failed: {reason}")


def legible(fingerprint: str) -> str:
    """Return a fingerprint as browsers and PBXes show it: AA:BB:CC."""
    return bytes.fromhex(fingerprint).hex(":").upper()


async def fetch_fingerprint(host: str, port: int, old: bool = False, *, timeout: float = 10) -> str:
    """Return the SHA-256 of the certificate that a port shows, hex.

    Args:
        old: whether to offer the ciphers and versions of old PBXes.
        timeout: seconds for the whole.

    Raises:
        PbxWrongSchemeError: the port does not speak TLS.
        PbxHandshakeError: no common ciphers or version.
        PbxConnectionError: the port cannot be reached.
    """
    try:
        async with asyncio.timeout(timeout):
            _, writer = await asyncio.open_connection(
                bare_host(host), port, ssl=insecure_context(old=old)
            )
    except ssl.SSLError as err:
        raise tls_error(err) from None
    except (ConnectionResetError, ConnectionAbortedError):
        raise PbxHandshakeError("the connection was closed during the handshake") from None
    except TimeoutError:
        raise PbxTimeoutError("no answer in time") from None
    except (OSError, ValueError, OverflowError) as err:
        raise PbxConnectionError(f"no connection: {type(err).__name__}") from None
    try:
        return _fingerprint(writer.get_extra_info("ssl_object"))
    finally:
        writer.transport.abort()


async def other_scheme_answers(host: str, port: int, *, tls: bool, timeout: float = 3) -> bool:
    """Return whether a port answers to the scheme that was not tried.

    Args:
        tls: whether TLS was tried, so that plain HTTP is looked for now.
        timeout: seconds for the whole.
    """
    if not tls:
        try:
            await fetch_fingerprint(host, port, True, timeout=timeout)
        except PbxConnectionError as err:
            # An alert is TLS, too, even where nothing can be agreed upon.
            return isinstance(err, PbxHandshakeError) and "ALERT" in str(err)
        return True
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection(bare_host(host), port)
            try:
                writer.write(b"HEAD / HTTP/1.0\r\n\r\n")
                return await reader.read(5) == b"HTTP/"
            finally:
                writer.transport.abort()
    except (OSError, ValueError, OverflowError):
        return False
