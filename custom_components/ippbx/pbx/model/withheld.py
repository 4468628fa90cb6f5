"""What PBXes send in place of the number of a caller; no document lists the words."""

from typing import Final

NOT_TOLD: Final = frozenset(("", "unknown"))
"""For a number that they do not tell, for whatever reason, in lower case."""
WITHHELD: Final = NOT_TOLD | {"anonymous", "private", "restricted", "unavailable", "withheld"}
"""For a withheld number as well, in lower case."""


def is_withheld(number: str) -> bool:
    """Return whether it stands for a number that is withheld, or not told."""
    return number.casefold() in WITHHELD
