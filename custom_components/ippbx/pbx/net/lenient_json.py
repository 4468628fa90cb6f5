"""JSON as PBXes write it: duplicate keys count, and small slips of the pen are forgiven."""

from functools import partial
import json
import re
from typing import Any

from ..errors import ReportError
from ..model.events import MAX_BODY

MAX_BRACKETS = 2048
MAX_TEXT = 255

type Object = dict[str, Any]


def read_object(body: bytes) -> Object:
    """Return the first JSON object of a body.

    Numbers stay the text that they were, so that no digit is lost and none costs time. A key that
    comes twice with an object each becomes a list of them (pbx-api, "Reports, v1 family"). What
    stands before or after the object is ignored; trailing commas and unquoted keys are forgiven.

    Raises:
        ReportError: there is no complete object, or it is too large or too deep.
    """
    if len(body) > MAX_BODY:
        raise ReportError("body too large")
    brackets = body.count(b"{") + body.count(b"[")
    if brackets > MAX_BRACKETS:
        raise ReportError("nested too deeply")
    decoder = _PLAIN if brackets < _BRACKETS_OF_TWINS else _DECODER
    text = body.decode("utf-8", "replace")
    try:
        value = _decode(decoder, text)
    except ValueError:
        try:
            value = _decode(decoder, _SLIPS.sub(_mend, text))
        except ValueError:
            raise ReportError("not a JSON object") from None
    if not isinstance(value, dict):
        raise ReportError("not a JSON object")
    return value


def is_deeper(body: bytes, depth: int) -> bool:
    """Return True if brackets in JSON are nested deeper than that; strings are skipped.

    The decoder must not find out: it recurses, and a thread has little room for that.
    """
    body = body.replace(rb"\\", b"").replace(rb"\"", b"")
    level, position = 0, 0
    while (match := _UP_TO_BRACKET.match(body, position)) and match[0]:
        position = match.end()
        level += _LEVELS[match[1]]
        if level > depth:
            return True
    return False


def values_in(body: bytes) -> int:
    """Return how many values JSON has at the most; decoding takes as long as there are many."""
    return sum(map(body.count, (b"{", b"[", b",")))


def text_of(value: object) -> str:
    """Return a JSON value as clean text: printable, stripped, at most 255 characters.

    The first element stands for a list of texts; an object, null or anything odd is "".
    """
    if type(value) is str and len(value) <= MAX_TEXT and value.isprintable():  # nearly always
        return value.strip()
    return _cleaned(value)


def _cleaned(value: object) -> str:
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, str):
        return ""
    text = value.strip()[:MAX_TEXT]
    if not text.isprintable():  # control characters, NUL, lone surrogates
        text = "".join(char if char.isprintable() else " " for char in text)
    return text.strip()


def texts_of(value: object) -> list[str]:
    """Return the texts of a string, of "1000,1001", or of an array of strings."""
    if value is None:  # a key that is not there
        return []
    if isinstance(value, str) and "," not in value:  # nearly always
        return [text] if (text := text_of(value)) else []
    parts = value if isinstance(value, list) else [value]
    texts = (piece for part in parts if isinstance(part, str) for piece in part.split(","))
    return [text for text in map(text_of, texts) if text]


def first_text(data: Object, keys: tuple[str, ...]) -> str:
    """Return the first text that is not empty under one of several spellings of a key."""
    for key in keys:
        if text := text_of(data.get(key)):
            return text
    return ""


def objects_of(value: object) -> list[Object]:
    """Return the objects of an object or of an array."""
    if isinstance(value, dict):  # nearly always
        return [value]
    parts = value if isinstance(value, list) else [value]
    return [part for part in parts if isinstance(part, dict)]


def whole_number(text: str) -> int | None:
    """Return a small number that is not negative; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _decode(decoder: json.JSONDecoder, text: str) -> object:
    try:
        return decoder.raw_decode(text, max(text.find("{"), 0))[0]
    except RecursionError:
        raise ReportError("nested too deeply") from None


def _keep_duplicates(pairs: list[tuple[str, Any]]) -> Object:
    data = dict(pairs)
    if len(data) == len(pairs):
        return data
    data.clear()
    for key, value in pairs:
        earlier = data.get(key)
        if isinstance(earlier, list) and isinstance(value, dict):
            earlier.append(value)
        elif isinstance(earlier, dict) and isinstance(value, dict):
            data[key] = [earlier, value]
        else:
            data[key] = value
    return data


# So many strings at once that other threads wait for milliseconds alone.
_UP_TO_BRACKET = re.compile(rb'(?:[^{}\[\]"]++|"[^"]*+"?){0,4096}+([{}\[\]]?)')
_LEVELS = {b"{": 1, b"[": 1, b"}": -1, b"]": -1, b"": 0}
# Whole strings are matched, and handed back as they are, so that nothing inside one is mended;
# the closing quote is optional, which keeps the time linear for a body that lacks it.
_SLIPS = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*+"?)'
    r"|(?P<comma>,(?=\s*[}\]]))"
    r"|(?P<before>[{,]\s*)(?P<key>[A-Za-z_]\w*+)(?=\s*:)",
    re.DOTALL,
)


def _mend(match: re.Match[str]) -> str:
    if match["string"] is not None:
        return match["string"]
    if match["comma"] is not None:
        return ""
    return f'{match["before"]}"{match["key"]}"'


_decoder = partial(
    json.JSONDecoder, parse_int=str, parse_float=str, parse_constant=str, strict=False
)
_DECODER = _decoder(object_pairs_hook=_keep_duplicates)
_PLAIN = _decoder()  # faster
_BRACKETS_OF_TWINS = 3  # of the body itself, and of what two equal keys have
