"""Decorators of frozen classes: values, which are compared, and bundles, which are not.

Type checkers ensure that nothing changes them; nothing enforces it while Python runs. That halves
the cost of making one, and of defining the class, which every set-up pays.
"""

from dataclasses import dataclass, field, fields
from typing import Any, dataclass_transform


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def value[T](cls: type[T]) -> type[T]:
    """Make a class a value: compared by what it holds."""
    cls.__repr__ = _shown  # type: ignore[method-assign]
    return dataclass(slots=True, kw_only=True, unsafe_hash=True, repr=False)(cls)


@dataclass_transform(
    kw_only_default=True, frozen_default=True, eq_default=False, field_specifiers=(field,)
)
def bundle[T](cls: type[T]) -> type[T]:
    """Make a class a bundle of parts or callbacks that belong together: itself and no other."""
    return dataclass(slots=True, kw_only=True, eq=False, repr=False)(cls)


def _shown(self: Any) -> str:
    """Return a value as its dataclass would show it; one function for all classes costs less."""
    shown = ", ".join(
        f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr
    )
    return f"{type(self).__qualname__}({shown})"
