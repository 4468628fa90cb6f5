"""What values are made of that come with each report."""

from dataclasses import dataclass, field
from typing import dataclass_transform


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def value[T](cls: type[T]) -> type[T]:
    """Make a class a value: compared by what it holds, and frozen, which type checkers ensure.

    Nothing enforces it while Python runs: that would make a value cost more than twice as much.
    Where that does not matter, since no report makes one, values are frozen dataclasses.
    """
    return dataclass(slots=True, kw_only=True, unsafe_hash=True)(cls)
