"""What can go wrong between an application and a PBX, whatever protocol it speaks.

The numbers that a PBX gives its errors are those of its protocol: a backend says what they mean.
"""

from collections.abc import Mapping
from math import ceil

UNKNOWN = "unknown"
"""Key of an error with an unknown number."""


class PbxError(Exception):
    """Any failure of a conversation with the PBX. Its text never holds credentials or numbers.

    Attributes:
        endpoint: the request that failed, in the words of the protocol; empty where unknown.
        in_login: whether that was a login.
    """

    endpoint = ""
    in_login = False


class PbxInputError(PbxError):
    """A value cannot be sent; nothing was. The text names it and does not show it.

    Attributes:
        field: what the value is for, such as "prompt".
        reason: key of the message that says why.
        placeholders: what that message shows beside the field; nothing of the value is among it.
    """

    def __init__(self, field: str, reason: str = "value_refused", **placeholders: str) -> None:
        """Keep what the value is for, and why it cannot be sent."""
        super().__init__(f"the value for {field} cannot be sent")
        self.field = str(field)
        self.reason = reason
        self.placeholders = placeholders


class PbxNumberError(PbxInputError):
    """A number has more in it than digits, "*", "#" and a leading "+"."""

    def __init__(self, field: str) -> None:
        """Keep what the number is for."""
        super().__init__(field, "invalid_number")


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


class PbxCertificateExpiredError(PbxCertificateError):
    """The certificate, or one of those that it rests on, has expired."""


class PbxProtocolError(PbxError):
    """The answer is not one of this protocol: HTML, an empty body, half of a body."""


class PbxCutAnswerError(PbxProtocolError):
    """The answer broke off: what was asked for may have been done."""


class PbxNoSerialError(PbxProtocolError):
    """The PBX does not give the serial number that tells it from others."""


class PbxOtherPbxError(PbxError):
    """Another PBX answers: its serial number is not the expected one.

    Attributes:
        serial: its serial number.
    """

    def __init__(self, serial: str) -> None:
        """Keep the serial number of the PBX that answers."""
        super().__init__("another PBX answers")
        self.serial = serial


class PbxLoginLimitError(PbxError):
    """Too many logins in a row came to nothing; no other one is sent for a while.

    Attributes:
        remaining: seconds until the next one may be sent.
    """

    def __init__(self, remaining: float) -> None:
        """Keep how long to wait."""
        super().__init__(
            f"no login for {ceil(remaining / 60)} minutes: the last ones came to nothing"
        )
        self.remaining = remaining


class ReportError(PbxError):
    """The body is no report that anybody could understand. The text never quotes it."""


class PbxForbiddenError(PbxError):
    """A command is forbidden on our side; nothing was sent.

    Attributes:
        reason: key of the message that says why.
        placeholders: what that message shows; no number is among it.
    """

    def __init__(self, reason: str, placeholders: Mapping[str, str] | None = None) -> None:
        """Keep the reason."""
        super().__init__(f"forbidden: {reason}")
        self.reason = reason
        self.placeholders = dict(placeholders or {})


class PbxRequestError(PbxError):
    """The PBX answered with an error.

    Attributes:
        errno: its number in the protocol of the PBX, 0 where it gave none that can be read.
        key: what the number means, in one word that stays: "extension_missing".
    """

    numberless = "an error without a number"

    def __init__(self, errno: int = 0, key: str = UNKNOWN) -> None:
        """Keep the number and its meaning."""
        super().__init__(f"error {errno}" if errno else self.numberless)
        self.errno = errno
        self.key = key


class PbxAddressRefusedError(PbxRequestError):
    """The PBX refuses the report address; the session lives."""


class PbxAuthError(PbxRequestError):
    """The PBX refused the credentials. Never repeat the same ones unasked."""

    numberless = "the credentials were refused"


class PbxLockedOutError(PbxRequestError):
    """Too many refused logins: the PBX accepts none from this address for some minutes.

    Attributes:
        remaining: seconds until another login makes sense.
    """

    def __init__(self, errno: int = 0, key: str = UNKNOWN, *, remaining: float = 600) -> None:
        """Keep how long to wait."""
        super().__init__(errno, key)
        cause = f"error {errno}: " if errno else ""
        self.args = (f"{cause}no login for {ceil(remaining / 60)} minutes",)
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
        super().__init__()
        self.args = (f"this PBX cannot do: {action}",)
        self.action = str(action)
