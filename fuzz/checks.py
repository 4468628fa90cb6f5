"""What holds of everything that was read from bytes, whoever sent them."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from custom_components.ippbx.pbx.net.lenient_json import MAX_TEXT

_MOST_PIECES = 32  # more would cost time and show nothing new
_LONGEST = MAX_TEXT + 1  # answers are cut one character later


def texts_in(value: Any) -> Iterator[str]:
    """Yield all texts in a model and in what it is made of."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts_in(item)
    else:
        for name in _names(value.__class__):
            yield from texts_in(getattr(value, name))


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def check_texts(value: object) -> None:
    """Check that all texts in a model can be shown, stored and sent on; none is endless."""
    for text in texts_in(value):
        assert len(text) <= _LONGEST, "text too long"
        assert text.isprintable(), "text that cannot be shown"
        text.encode()  # raises for a lone surrogate


def pieces(data: bytes) -> tuple[bytes, list[bytes]]:
    """Return an input's content, and the same in pieces.

    They are as long as the input's first byte says, or some longer ones.
    """
    content = data[1:]
    size = max((data[0] or len(data)) if data else 1, len(content) // _MOST_PIECES, 1)
    return content, [content[at : at + size] for at in range(0, len(content), size)]
