"""A trace as a user may show it: masked, for diagnostics and for the simulator's replay."""

import json
import re
from typing import Any

from .masking import Masker, is_model
from .trace import MAX_BODY, Exchange, Trace, is_cut

__all__ = ["FORMAT", "dump", "is_model", "masked"]

FORMAT = "ippbx-trace-1"

_MARKS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\],]', re.DOTALL)
_CLOSERS = {"{": "}", "[": "]"}


def dump(trace: Trace, dialect: str) -> dict[str, Any]:
    """Return what diagnostics show and what the simulator plays back."""
    return {"format": FORMAT, "dialect": dialect, "entries": masked(trace)}


def masked(trace: Trace) -> list[dict[str, Any]]:
    """Return the exchanges without numbers, names, secrets and addresses, oldest first.

    `body` and `answer` are JSON values. Where the body was no plain JSON (duplicate keys, or
    not well-formed), its masked text stands beside it in `raw` (`raw_answer`); where it was
    longer than what is kept, `body_cut` (`answer_cut`) is true.
    """
    entries = tuple(trace)
    texts = [_text(body) for entry in entries for body in (entry.request, entry.response)]
    masker = Masker([*texts, *(entry.path for entry in entries)])
    return [_masked(entry, masker) for entry in entries]


def _masked(entry: Exchange, masker: Masker) -> dict[str, Any]:
    path = entry.path.partition("?")[0]
    return {
        "time": round(entry.time, 3),
        "direction": entry.direction,
        "path": path if entry.direction == "request" else masker.words(path),
        "errno": entry.errno,
        "duration": None if entry.duration is None else round(entry.duration, 3),
        **_masked_body(entry.request, masker, "body", "raw"),
        **_masked_body(entry.response, masker, "answer", "raw_answer"),
    }


def _masked_body(body: object, masker: Masker, name: str, raw_name: str) -> dict[str, Any]:
    text = _text(body)
    if not text:
        return {name: None}
    shown = masker.json_text(text)
    try:
        if is_cut(body):
            return {name: json.loads(_closed(shown)), f"{name}_cut": True}
        duplicates: list[str] = []
        value = json.loads(shown, object_pairs_hook=lambda pairs: _object(pairs, duplicates))
    except (ValueError, RecursionError):
        return {name: None, raw_name: shown}
    return {name: value, raw_name: shown} if duplicates else {name: value}


def _object(pairs: list[tuple[str, Any]], duplicates: list[str]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        duplicates.append("")
    return value


def _closed(text: str) -> str:
    """Return JSON whose end is missing, up to its last whole item, with all brackets closed."""
    open_brackets: list[str] = []
    end, closing = 0, ""
    for match in _MARKS.finditer(text):
        mark = match[0]
        if mark in _CLOSERS:
            open_brackets.append(_CLOSERS[mark])
        elif mark in ("}", "]") and open_brackets:
            open_brackets.pop()
        elif mark == ",":
            end, closing = match.start(), "".join(reversed(open_brackets))
    return text[:end] + closing if end else text


def _text(body: object) -> str:
    kept = body[:MAX_BODY] if isinstance(body, bytes | str) else ""
    return kept.decode("utf-8-sig", "replace") if isinstance(kept, bytes) else kept
