"""What can go wrong between an application and the PBX, and what each error number asks for."""

from math import ceil

from .uc.error_codes import KEYS, UNKNOWN


class PbxError(Exception):
    """Any failure of a conversation with the PBX. Its text never holds credentials or numbers."""


class PbxInputError(PbxError):
    """A value cannot be sent; nothing was. The text names it and does not show it.

    Attributes:
        field: what the value is for, such as "prompt".
    """

    def __init__(self, field: str) -> None:
        """Keep what the value is for."""
        super().__init__(f"the value for {field} cannot be sent")
        self.field = str(field)


class PbxNumberError(PbxInputError):
    """What should be a number has more in it than digits, "*", "#" and a leading "+", or nothing."""


class PbxConnectionError(PbxError):
    """The PBX cannot be reached, or it did not answer in time."""


class PbxWrongSchemeError(PbxConnectionError):
    """The port speaks the other scheme: a redirect, TLS where none was expected, or the reverse."""


class PbxTimeoutError(PbxConnectionError):
    """The PBX did not answer in time."""


class PbxHandshakeError(PbxConnectionError):
    """TLS could not be agreed upon: worth one try with the ciphers and versions of old PBXes."""


class PbxDisconnectedError(PbxConnectionError):
    """The PBX closed the connection without an answer."""


class PbxCertificateError(PbxConnectionError):
    """The certificate is not trusted, or it is not the one that was pinned.

    Attributes:
        fingerprint: SHA-256 of the certificate that was shown, in hex; None where unknown.
    """

    def __init__(self, message: str, fingerprint: str | None = None) -> None:
        """Keep the fingerprint that the PBX showed."""
        super().__init__(message)
        self.fingerprint = fingerprint


class PbxProtocolError(PbxError):
    """The answer is not one of this protocol: HTML, an empty body, half of a body."""


class PbxRequestError(PbxError):
    """The PBX answered with an error number (pbx-api, "Error numbers").

    Attributes:
        errno: the number, 0 where the PBX gave none that can be read.
        key: what the number means, in one word that stays: "extension_missing".
    """

    def __init__(self, errno: int) -> None:
        """Keep the number."""
        super().__init__(f"error {errno}" if errno else "an error without a number")
        self.errno = errno
        self.key = KEYS.get(errno, UNKNOWN)


class PbxAuthError(PbxRequestError):
    """The PBX refused user name or password. Never repeat the same ones unasked."""


class PbxLockedOutError(PbxRequestError):
    """Too many refused logins: the PBX takes none from this address for ten minutes.

    Attributes:
        remaining: seconds until another login makes sense.
    """

    def __init__(self, errno: int = 20002, remaining: float = 600) -> None:
        """Keep how long to wait."""
        super().__init__(errno)
        self.args = (f"error {errno}: no login for {ceil(remaining / 60)} minutes",)
        self.remaining = remaining


class PbxTokenError(PbxRequestError):
    """The token is missing, unknown or timed out: log in again."""


class PbxBusyError(PbxRequestError):
    """The PBX cannot serve the request now: try again later."""


class PbxApiDisabledError(PbxRequestError):
    """The API is switched off on the PBX, or its process does not run."""


class PbxUnsupportedError(PbxRequestError):
    """The PBX, or its dialect, has no such request."""


class PbxActionUnsupportedError(PbxUnsupportedError):
    """The dialect has no request for an action; nothing was sent.

    Attributes:
        action: the action, such as "park".
    """

    def __init__(self, action: str) -> None:
        """Keep the action."""
        super().__init__(0)
        self.args = (f"this PBX cannot do: {action}",)
        self.action = str(action)


_BY_ERRNO: dict[int, type[PbxRequestError]] = {
    10003: PbxUnsupportedError,
    10025: PbxBusyError,
    20002: PbxLockedOutError,
    20003: PbxAuthError,
    20004: PbxTokenError,
    20005: PbxTokenError,
    20006: PbxTokenError,
    20010: PbxApiDisabledError,
    30001: PbxBusyError,
    30003: PbxApiDisabledError,
}


def error_for(errno: int) -> PbxRequestError:
    """Return the exception that an error number stands for."""
    return _BY_ERRNO.get(errno, PbxRequestError)(errno)
