"""Find out which dialect a PBX speaks without spending a login."""

from collections.abc import Callable

import aiohttp

from ..backend import Connection
from ..errors import (
    UNKNOWN,
    PbxApiDisabledError,
    PbxBusyError,
    PbxConnectionError,
    PbxDisconnectedError,
    PbxError,
    PbxHandshakeError,
    PbxLockedOutError,
    PbxProtocolError,
    PbxRequestError,
    PbxTimeoutError,
    PbxTokenError,
    PbxUnsupportedError,
    PbxWrongSchemeError,
)
from ..net.tls import other_scheme_answers
from ..trace.trace import Exchange
from .dialects import DEVICE_INFO, Dialect, probe_order
from .transport import Transport

# Seconds to find out whether the port speaks the other scheme.
SCHEME_TIMEOUT = 3.0


async def detect(
    session: aiohttp.ClientSession,
    connection: Connection,
    *,
    request_timeout: float = 10,
    on_exchange: Callable[[Exchange], None] | None = None,
) -> Dialect:
    """Return the likeliest dialect: the first version that answers that the token is missing.

    Where none does, it is the first one with another error number of the API. A PBX may accept any
    version, so the client steps down later where lists are unknown.

    Args:
        connection: where the PBX is; the default port of a dialect has it tried first.
        request_timeout: seconds for each of at most three requests.
        on_exchange: called with each request and its answer.

    Raises:
        PbxWrongSchemeError: the port speaks the other scheme.
        PbxHandshakeError: TLS could not be agreed upon: try once more with old TLS.
        PbxCertificateError: the certificate is not the pinned or not a trusted one.
        PbxConnectionError: nothing answers.
        PbxApiDisabledError: the API is switched off.
        PbxLockedOutError: the PBX refuses to talk to this address for now.
        PbxBusyError: it cannot answer now.
        PbxUnsupportedError: it knows none of these versions, and says so by an error of the API.
        PbxProtocolError: this is not a PBX; a path that does not exist tells nothing else.
    """
    host, port, tls = connection.host, connection.port, connection.tls
    transport = Transport(session, connection, timeout=request_timeout, on_exchange=on_exchange)
    try:
        return await _first_that_answers(transport, port)
    except (PbxTimeoutError, PbxDisconnectedError, PbxHandshakeError, PbxProtocolError):
        if await other_scheme_answers(host, port, tls=tls, timeout=SCHEME_TIMEOUT):
            raise PbxWrongSchemeError("the port speaks the other scheme") from None
        raise


async def _first_that_answers(transport: Transport, port: int) -> Dialect:
    numbered: list[Dialect] = []
    unsupported: PbxUnsupportedError | None = None
    for dialect in probe_order(port):
        try:
            await transport.ask(dialect, DEVICE_INFO, token="")
        except PbxTokenError:
            return dialect
        except (PbxConnectionError, PbxLockedOutError, PbxBusyError):
            raise
        except PbxApiDisabledError as err:
            if err.errno:
                raise
        except PbxUnsupportedError as err:
            unsupported = err
        except PbxRequestError as err:
            if err.key != UNKNOWN:
                numbered.append(dialect)
        except PbxError:
            continue
        else:
            return dialect
    if numbered:
        return numbered[0]
    raise unsupported or PbxProtocolError("no version of the API answers")
