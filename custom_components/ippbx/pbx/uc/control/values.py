"""The values of commands as these PBXes spell them."""

from collections.abc import Callable, Mapping
import re
from typing import Any
from urllib.parse import quote

from ...errors import PbxInputError
from ...model.actions import Field
from ...model.lines import CallLeg
from .tables import AUTO_ANSWER_WORDS, STEP_WORDS

# So long may a message be after it was encoded (pbx-api, "Call control").
MAX_MESSAGE = 2000
_LAST_PLAIN = "\uffff"  # beyond it are the emojis, which no PBX accepts
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


def joined_prompts(prompts: tuple[str, ...]) -> str:
    """Return names of prompts as one value; each needs a letter and must not have a "+".

    Raises:
        PbxInputError: one of them cannot be sent, or there is none.
    """
    if not prompts or not all(
        prompt.isprintable() and _PROMPT.fullmatch(prompt) for prompt in prompts
    ):
        raise PbxInputError(Field.PROMPT)
    return "+".join(prompts)


def encoded_message(text: str) -> str:
    """Return the text of a message as PBXes want it, percent-encoded.

    Raises:
        PbxInputError: it is empty, has emojis, or is too long.
    """
    if not text or max(text) > _LAST_PLAIN:
        raise PbxInputError(Field.MESSAGE)
    message = quote(text, safe="", errors="replace")
    if len(message) > MAX_MESSAGE:
        raise PbxInputError(Field.MESSAGE)
    return message


_ENCODERS: Mapping[Field, Callable[[Any], str]] = {
    Field.AUTO_ANSWER: AUTO_ANSWER_WORDS.__getitem__,
    Field.STEP: STEP_WORDS.__getitem__,
    Field.PROMPT: joined_prompts,
    Field.MESSAGE: encoded_message,
}
