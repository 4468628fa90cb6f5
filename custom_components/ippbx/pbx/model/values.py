"""Decorators of frozen classes: values, which are compared, and bundles, which are not.

Type checkers ensure that nothing changes them; nothing enforces it while Python runs. That halves
the cost of making one, and of defining the class, which every set-up pays.
"""

from dataclasses import dataclass, field
from typing import dataclass_transform


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def value[T](cls: type[T]) -> type[T]:
    """Make a class a value: compared by what it holds."""
    return dataclass(slots=True, kw_only=True, unsafe_hash=True)(cls)


@dataclass_transform(
    kw_only_default=True, frozen_default=True, eq_default=False, field_specifiers=(field,)
)
def bundle[T](cls: type[T]) -> type[T]:
    """Make a class a bundle of parts or callbacks that belong together: itself and no other."""
    return dataclass(slots=True, kw_only=True, eq=False, repr=False)(cls)
