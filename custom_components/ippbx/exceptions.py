"""Translates errors of the PBX into those of Home Assistant."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import async_get_hass
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
    PbxCutAnswerError,
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
from .translation import translation

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

_UNANSWERED = (PbxTimeoutError, PbxDisconnectedError, PbxCutAnswerError)
"""After these nobody knows whether an action was done."""

_IN_EDITOR: Final[Mapping[str, str]] = {
    Action.ACCEPT: "accept_call",
    Action.DIAL_EXTENSION_FROM_IVR: "dial.fields.from_ivr",
    Action.DIAL_OUTSIDE_FROM_IVR: "dial.fields.from_ivr",
    Action.DIAL_OUTSIDE_FROM_QUEUE: "dial.fields.from_queue",
    Action.DIAL_OUTSIDE_FROM_RING_GROUP: "dial.fields.from_ring_group",
    Action.OPERATE_TRANSFER: "attended_transfer_step",
    Action.PLAY_PROMPT_OUTSIDE: "play_prompt",
    Action.PLAY_PROMPT_TO_GROUP: "play_prompt",
    Action.REFUSE: "refuse_call",
    Action.TRANSFER_TO_EXTENSION: "transfer",
    Action.TRANSFER_TO_IVR: "transfer",
    Action.TRANSFER_TO_NUMBER: "transfer",
    Action.TRANSFER_TO_QUEUE: "transfer",
    Action.TRANSFER_TO_RING_GROUP: "transfer",
    Field.CALL: "hang_up.fields.call_id",
    Field.CALLEE: "dial.fields.number",
    Field.CALLER: "dial.fields.extension",
    Field.EXTENSION: "dial.fields.extension",
    Field.FORWARD_NUMBER: "dial.fields.number",
    Field.IVR: "dial.fields.from_ivr",
    Field.LEG: "hang_up.fields.call_id",
    Field.MESSAGE: "send_message.fields.message",
    Field.MONITOR: "listen.fields.monitor",
    Field.NUMBER: "dial.fields.number",
    Field.PERMISSION: "dial.fields.permission",
    Field.PROMPT: "play_prompt.fields.prompts",
    Field.QUEUE: "dial.fields.from_queue",
    Field.RING_GROUP: "dial.fields.from_ring_group",
    Field.SLOT: "park.fields.slot",
    Field.TARGET: "transfer.fields.number",
    Field.TRUNK: "send_message.fields.trunk",
    "from_ivr": "dial.fields.from_ivr",
    "from_number": "dial.fields.from_number",
    "from_queue": "dial.fields.from_queue",
    "from_ring_group": "dial.fields.from_ring_group",
}
"""Where the translations name an action or a field, if it is no action of that name."""


def translation_key(error: PbxError) -> str:
    """Return the translation key of an error."""
    if isinstance(error, PbxForbiddenError):
        return error.reason
    return next(_KEYS[kind] for kind in type(error).__mro__ if kind in _KEYS)


def action_key(error: PbxError) -> str:
    """Return the translation key of an action's error, by its error number where known."""
    if isinstance(error, PbxInputError):
        return error.reason
    if isinstance(error, PbxActionUnsupportedError):
        return "action_unsupported"
    if isinstance(error, _UNANSWERED):
        return "unanswered"
    if isinstance(error, PbxRequestError) and error.key != UNKNOWN:
        return error.key
    return translation_key(error)


def placeholders(error: PbxError) -> dict[str, str]:
    """Return the translation placeholders of an error."""
    if isinstance(error, PbxForbiddenError):
        return error.placeholders
    if isinstance(error, PbxActionUnsupportedError):
        return {"action": name_in_editor(error.action)}
    if isinstance(error, PbxInputError):
        return {**error.placeholders, "field": name_in_editor(error.field)}
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


def name_in_editor(name: str) -> str:
    """Return what the editor of automations calls an action or a field, in its language."""
    path = f"services.{_IN_EDITOR.get(name, name)}.name"
    return translation(async_get_hass(), path, name.replace("_", " "))


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
