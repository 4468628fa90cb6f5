"""Days of calls as people write them, where Home Assistant puts them into no language itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from homeassistant.util import dt as dt_util

_DAYS: Final[Mapping[str, str]] = {
    "de": "%-d.%-m.",
    "en": "%B %-d",
    "es": "%-d/%-m",
    "fr": "%-d/%-m",
    "pt": "%-d/%-m",
    "zh": "%-m月%-d日",
}
"""Patterns as for strftime, by the code of a language without a country."""


def day_of(moment: datetime, language: str) -> str:
    """Return the local day of a moment; empty for today.

    Args:
        moment: of a year that goes without saying.
        language: a tag such as "de-AT"; English for one without a pattern.
    """
    local = dt_util.as_local(moment)
    if local.date() == dt_util.now().date():
        return ""
    code = language.replace("_", "-").partition("-")[0].lower()
    return local.strftime(_DAYS.get(code, _DAYS["en"]))


def time_of(moment: datetime) -> str:
    """Return the local time of a moment."""
    return f"{dt_util.as_local(moment):%H:%M}"
