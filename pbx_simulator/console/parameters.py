"""The parameters of a command of the control API."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any


class CommandError(Exception):
    """A command is wrong; the text says how."""


class Params:
    """A command's parameters."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Wrap a JSON object."""
        self.values = values

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; a number is a text, too.

        Raises:
            CommandError: It is missing, or neither text nor number.
        """
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            raise CommandError(f"{key!r} is missing or no text")
        return str(value)

    def optional(self, key: str) -> str | None:
        """Return a text, or None when it is missing or empty."""
        return self.text(key) if self.values.get(key) not in (None, "") else None

    def number(self, key: str, default: float) -> float:
        """Return a number of at least 0.

        Raises:
            CommandError: It is none.
        """
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            raise CommandError(f"{key!r} is no number of at least 0")
        return float(value)

    def signed(self, key: str) -> float:
        """Return a finite number.

        Raises:
            CommandError: It is missing or none.
        """
        value = self.values.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise CommandError(f"{key!r} is no number")
        return float(value)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return a flag.

        Raises:
            CommandError: It is neither.
        """
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise CommandError(f"{key!r} is neither true nor false")
        return value
