"""Translates errors of the PBX into those of Home Assistant."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .pbx.errors import (
    UNKNOWN,
    PbxActionUnsupportedError,
    PbxApiDisabledError,
    PbxAuthError,
    PbxBusyError,
    PbxCertificateError,
    PbxConnectionError,
    PbxError,
    PbxForbiddenError,
    PbxInputError,
    PbxLockedOutError,
    PbxLoginLimitError,
    PbxNumberError,
    PbxOtherPbxError,
    PbxProtocolError,
    PbxRequestError,
    PbxUnsupportedError,
    PbxWrongSchemeError,
)

_KEYS: dict[type[PbxError], str] = {
    PbxAuthError: "invalid_auth",
    PbxLockedOutError: "locked_out",
    PbxApiDisabledError: "api_disabled",
    PbxUnsupportedError: "unsupported",
    PbxBusyError: "busy",
    PbxRequestError: "refused",
    PbxCertificateError: "certificate",
    PbxWrongSchemeError: "wrong_scheme",
    PbxConnectionError: "cannot_connect",
    PbxProtocolError: "not_a_pbx",
    PbxOtherPbxError: "wrong_pbx",
    PbxLoginLimitError: "too_many_attempts",
    PbxError: "cannot_connect",
}
"""From the class of an error, or its nearest base, to the translation key."""

_KEYS_OF_ACTIONS: dict[type[PbxError], str] = {
    PbxActionUnsupportedError: "action_unsupported",
    PbxInputError: "value_refused",
    PbxNumberError: "invalid_number",
}
"""The same for errors that only actions raise."""


def translation_key(error: PbxError) -> str:
    """Return the translation key of an error."""
    if isinstance(error, PbxForbiddenError):
        return error.reason
    return next(_KEYS[kind] for kind in type(error).__mro__ if kind in _KEYS)


def action_key(error: PbxError) -> str:
    """Return the translation key of an action's error, by its error number where known."""
    if isinstance(error, PbxRequestError) and error.key != UNKNOWN:
        return error.key
    return _KEYS_OF_ACTIONS.get(type(error)) or translation_key(error)


def placeholders(error: PbxError) -> dict[str, str]:
    """Return the translation placeholders of an error."""
    if isinstance(error, PbxForbiddenError):
        return error.placeholders
    if isinstance(error, PbxActionUnsupportedError):
        return {"action": _words(error.action)}
    if isinstance(error, PbxInputError):
        return {"field": _words(error.field)}
    if isinstance(error, PbxLockedOutError | PbxLoginLimitError):
        return {"until": local_time(dt_util.utcnow(), error.remaining)}
    if isinstance(error, PbxRequestError):
        return {"errno": str(error.errno or "?")}
    return {}


def local_time(moment: datetime, seconds: float) -> str:
    """Return the local time of day, such as 21:47, some seconds after a moment; never too early."""
    after = dt_util.as_local(moment + timedelta(seconds=seconds + 59.999))
    return f"{after:%H:%M}"


# Nothing was sent: the caller can mend these.
_OF_CALLER = (PbxActionUnsupportedError, PbxForbiddenError, PbxInputError)


def _words(name: str) -> str:
    return name.replace("_", " ")


def translated[E: HomeAssistantError](error: PbxError, kind: type[E]) -> E:
    """Return the translated Home Assistant error of class `kind`."""
    return kind(
        translation_domain=DOMAIN,
        translation_key=translation_key(error),
        translation_placeholders=placeholders(error),
    )


@contextmanager
def translated_errors() -> Iterator[None]:
    """Translate errors of the PBX that leave the block."""
    try:
        yield
    except PbxError as error:
        raise translated(error, HomeAssistantError) from error


@contextmanager
def action_errors() -> Iterator[None]:
    """Translate errors of the PBX that leave the block into errors of an action."""
    try:
        yield
    except PbxError as error:
        kind = ServiceValidationError if isinstance(error, _OF_CALLER) else HomeAssistantError
        raise kind(
            translation_domain=DOMAIN,
            translation_key=action_key(error),
            translation_placeholders=placeholders(error),
        ) from error
