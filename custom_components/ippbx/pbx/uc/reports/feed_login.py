"""The login of the event stream, and what a PBX may say to it (pbx-api, "Event transport").

No document gives the answer. Silence, a report, an answer like those of the API and one like those
of Asterisk's manager interface, after which the login is modelled, are understood.
"""

from dataclasses import field
import re

from ...errors import (
    PbxApiDisabledError,
    PbxAuthError,
    PbxBusyError,
    PbxInputError,
    PbxLockedOutError,
    PbxProtocolError,
    PbxRequestError,
)
from ...model.values import value
from ...net.login_guard import LoginGuard
from ..decode import decode_answer, raise_failure
from ..error_codes import ERRNO_REFUSED, refused_login

_LINE_ENDS = re.compile(r"[\r\n\x00]")
# Blanks only, no line ends, which `^` finds by itself: linear in the length of any input.
_RESPONSE = re.compile(rb"^[ \t]*response:[ \t]*(\w+)", re.IGNORECASE | re.MULTILINE)
_ACCEPTED = b"success"
_REPORT_KEYS = ("event", "action")


@value
class FeedLogin:
    """The address of the event stream of a PBX, and the credentials for it.

    Attributes:
        port: port of its events.
        password: its password, which the stream wants in plain.
    """

    host: str
    port: int
    username: str
    password: str = field(repr=False)

    @property
    def digest(self) -> str:
        """Return what the guard knows this login by: another one than that of the API.

        A stream that is refused, or not really one, must not keep the API from being used.
        """
        return LoginGuard.digest(f"{self.host}:{self.port}", self.username, self.password)

    def request(self) -> bytes:
        """Return the login as it is sent.

        Raises:
            PbxInputError: a name or a password with a line break would be another login.
        """
        for name, text in (("username", self.username), ("password", self.password)):
            if _LINE_ENDS.search(text):
                raise PbxInputError(name)
        lines = (
            "Action: login",
            f"Username: {self.username}",
            f"Secret: {self.password}",
            "Version: 2.0.0",
            "",
            "",
        )
        return "\r\n".join(lines).encode("utf-8", "replace")


def is_accepted_by_text(text: bytes) -> bool:
    """Return whether lines that a PBX sends say that it accepted the login.

    Raises:
        PbxAuthError: they say that it did not.
    """
    found = _RESPONSE.search(text)
    if found and found[1].lower() != _ACCEPTED:
        raise refused_login()
    return found is not None


def is_answer(body: bytes) -> bool:
    """Return whether an object is an answer that accepts the login, and not a report.

    Raises:
        PbxAuthError: the login is refused, or failed for a reason that nobody knows.
        PbxLockedOutError: no login is accepted.
        PbxBusyError: it cannot be accepted now.
        PbxApiDisabledError: the API is switched off, or does not run.
    """
    try:
        answer = decode_answer(body)
    except PbxProtocolError:
        return False
    if any(str(key).casefold() in _REPORT_KEYS for key in answer):
        return False
    try:
        raise_failure(answer)
    except (PbxLockedOutError, PbxBusyError, PbxApiDisabledError):
        raise
    except PbxRequestError as error:
        if error.errno in (0, ERRNO_REFUSED):
            raise refused_login() from None
        raise PbxAuthError(error.errno, error.key) from None
    return True
