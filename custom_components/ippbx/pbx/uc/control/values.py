"""The values of commands as these PBXes spell them."""

from collections.abc import Callable, Mapping
import re
from typing import Any
from urllib.parse import quote

from ...errors import PbxInputError
from ...model.actions import Field, TransferStep
from ...model.lines import CallLeg

# So long may a message be after it was encoded (pbx-api, "Call control").
MAX_MESSAGE = 2000
_LAST_PLAIN = "\uffff"  # beyond it are the emojis, which no PBX accepts
_FORWARD_NUMBER = re.compile(r"[0-9]{1,15}")
_PROMPT = re.compile(r"(?=.*[^\W\d_])[^+/\\]{1,128}")


def encoded(values: Mapping[Field, Any]) -> dict[Field, str]:
    """Return the values of a command as text; a leg is its id and its extension.

    Raises:
        PbxInputError: one of them cannot be sent.
    """
    words: dict[Field, Any] = {
        field: _ENCODERS[field](value) if field in _ENCODERS else value
        for field, value in values.items()
    }
    leg: CallLeg | None = words.get(Field.LEG)
    if leg is not None:
        words |= {Field.LEG: leg.leg_id, Field.EXTENSION: leg.extension}
    return words


def _prompts(names: tuple[str, ...]) -> str:
    """Return names of prompts as one value; each needs a letter and must not have a "+"."""
    if not names or not all(name.isprintable() and _PROMPT.fullmatch(name) for name in names):
        raise PbxInputError(Field.PROMPT)
    return "+".join(names)


def _forward_number(number: str) -> str:
    """Return an outside number that calls may be forwarded to: digits alone."""
    if not _FORWARD_NUMBER.fullmatch(number):
        raise PbxInputError(Field.FORWARD_NUMBER)
    return number


def _message(text: str) -> str:
    """Return the text of a message as PBXes want it, percent-encoded."""
    message = quote(text, safe="", errors="replace")
    if not text:
        raise PbxInputError(Field.MESSAGE, "value_empty")
    if max(text) > _LAST_PLAIN:
        raise PbxInputError(Field.MESSAGE, "value_characters")
    if len(message) > MAX_MESSAGE:
        sizes = {"length": str(len(message)), "limit": str(MAX_MESSAGE)}
        raise PbxInputError(Field.MESSAGE, "value_too_long", **sizes)
    return message


# What attended_transfer_operate calls the steps (pbx-api, "Endpoints, v2.0.0").
_STEPS: Mapping[TransferStep, str] = {
    **{step: str(step) for step in TransferStep},
    TransferStep.THREE_WAY: "threeway",
}
_ENCODERS: Mapping[Field, Callable[[Any], str]] = {
    Field.AUTO_ANSWER: {True: "yes", False: "no"}.__getitem__,
    Field.STEP: _STEPS.__getitem__,
    Field.PROMPT: _prompts,
    Field.MESSAGE: _message,
    Field.ENABLED: {True: "on", False: "off"}.__getitem__,
    Field.FORWARD_NUMBER: _forward_number,
}
