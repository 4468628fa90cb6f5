"""What a text must not show, and how a test finds it."""

import re

_BY_CHANCE = 9
"""Digits from which on no time, port or age of a text contains a number by chance."""


def betrays(shown: str, secret: str) -> bool:
    """Find a secret; a short number counts as a whole number, since chance makes parts of any."""
    if secret.isdecimal() and len(secret) < _BY_CHANCE:
        return re.search(rf"(?<!\d){secret}(?!\d)", shown) is not None
    return secret in shown
