"""What a failed exchange over HTTP means, whatever aiohttp and OpenSSL call it."""

import ssl

import aiohttp

from ..errors import (
    PbxConnectionError,
    PbxCutAnswerError,
    PbxDisconnectedError,
    PbxError,
    PbxHandshakeError,
    PbxProtocolError,
    PbxTimeoutError,
    PbxWrongSchemeError,
)
from .tls import tls_error

# How a TLS alert begins where aiohttp quotes a line that is not HTTP.
_TLS_ALERT = "\\x15\\x03"

# What may go wrong on the way, first match first.
_MEANINGS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], type[PbxError], str], ...] = (
    (TimeoutError, PbxTimeoutError, "no answer in time"),
    (aiohttp.ClientPayloadError, PbxCutAnswerError, "the answer is cut off"),
    (aiohttp.ClientResponseError, PbxProtocolError, "the answer is not HTTP"),
    (aiohttp.ClientConnectorError, PbxConnectionError, "no connection"),
    (
        (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError),
        PbxDisconnectedError,
        "the connection was closed without an answer",
    ),
)
_CUT = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)


def translated(err: Exception, *, tls: bool) -> PbxError:
    """Return what a failed exchange means; the text holds neither address nor token."""
    cause = getattr(err, "certificate_error", None) or getattr(err, "os_error", None) or err
    if isinstance(cause, ssl.SSLError):
        return tls_error(cause)
    if tls and isinstance(err, aiohttp.ClientConnectorError) and isinstance(cause, _CUT):
        return PbxHandshakeError("the connection was closed during the handshake")
    if isinstance(err, aiohttp.ClientResponseError) and _TLS_ALERT in err.message:
        return PbxWrongSchemeError("the port speaks TLS")
    for kinds, meaning, text in _MEANINGS:
        if isinstance(err, kinds):
            return meaning(text)
    return PbxConnectionError(f"no connection: {type(err).__name__}")
