"""Translates errors of the PBX into those of Home Assistant."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

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
    PbxDisconnectedError,
    PbxError,
    PbxForbiddenError,
    PbxInputError,
    PbxLockedOutError,
    PbxLoginLimitError,
    PbxNoSerialError,
    PbxOtherPbxError,
    PbxProtocolError,
    PbxRequestError,
    PbxTimeoutError,
    PbxUnsupportedError,
    PbxWrongSchemeError,
)
from .pbx.model.actions import Action, Field

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
    PbxNoSerialError: "no_serial",
    PbxOtherPbxError: "wrong_pbx",
    PbxLoginLimitError: "too_many_attempts",
    PbxError: "cannot_connect",
}
"""From the class of an error, or its nearest base, to the translation key."""

_UNANSWERED = (PbxTimeoutError, PbxDisconnectedError, PbxProtocolError)
_ACTION_KEYS = _KEYS | dict.fromkeys(_UNANSWERED, "unanswered")
"""The same for an action: after some errors nobody knows whether it was done."""

_IN_YAML: Final[Mapping[str, str]] = {
    Action.ACCEPT: "accept_call",
    Action.DIAL_EXTENSION_FROM_IVR: "from_ivr",
    Action.DIAL_OUTSIDE_FROM_IVR: "from_ivr",
    Action.DIAL_OUTSIDE_FROM_QUEUE: "from_queue",
    Action.DIAL_OUTSIDE_FROM_RING_GROUP: "from_ring_group",
    Action.OPERATE_TRANSFER: "attended_transfer_step",
    Action.PLAY_PROMPT_OUTSIDE: "number",
    Action.PLAY_PROMPT_TO_GROUP: "play_prompt",
    Action.REFUSE: "refuse_call",
    Action.TRANSFER_TO_EXTENSION: "transfer",
    Action.TRANSFER_TO_IVR: "transfer",
    Action.TRANSFER_TO_NUMBER: "transfer",
    Action.TRANSFER_TO_QUEUE: "transfer",
    Action.TRANSFER_TO_RING_GROUP: "transfer",
    Field.CALL: "call_id",
    Field.CALLEE: "number",
    Field.CALLER: "extension",
    Field.FORWARD_NUMBER: "number",
    Field.IVR: "from_ivr",
    Field.LEG: "call_id",
    Field.PROMPT: "prompts",
    Field.QUEUE: "from_queue",
    Field.RING_GROUP: "from_ring_group",
    Field.TARGET: "number",
}
"""What an action or a field is in YAML, if it is not of that name."""


def translation_key(error: PbxError, keys: Mapping[type[PbxError], str] = _KEYS) -> str:
    """Return the translation key of an error."""
    if isinstance(error, PbxForbiddenError):
        return error.reason
    return next(keys[kind] for kind in type(error).__mro__ if kind in keys)


def action_key(error: PbxError) -> str:
    """Return the translation key of an action's error, by its error number where known."""
    if isinstance(error, PbxInputError):
        return error.reason
    if isinstance(error, PbxActionUnsupportedError):
        return "action_unsupported"
    if isinstance(error, PbxRequestError) and error.key != UNKNOWN:
        return error.key
    return translation_key(error, _KEYS if error.in_login else _ACTION_KEYS)


def placeholders(error: PbxError) -> dict[str, str]:
    """Return the translation placeholders of an error."""
    if isinstance(error, PbxForbiddenError):
        return error.placeholders
    if isinstance(error, PbxActionUnsupportedError):
        return {"action": name_in_yaml(error.action)}
    if isinstance(error, PbxInputError):
        return {**error.placeholders, "field": name_in_yaml(error.field)}
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


def name_in_yaml(name: str) -> str:
    """Return the key of an action or a field, for a message of whatever language."""
    return _IN_YAML.get(name, name)


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
