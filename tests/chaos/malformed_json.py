"""JSON with one wrong key or value, and the errors that it caused."""

import logging
from random import Random
from typing import Any

import pytest

ODD: tuple[Any, ...] = (
    *("", " ", "x" * 300, "\x00\n", "\u202e1001", "é" * 200, "1000,1001", "-1", "1e999", "None"),
    *("1780000000.1", "9999999999.9", "0000-00-00 00:00:00", "9999-12-31 23:59:59", "٣"),
    "\ufeff1000",
    *(None, True, 0, -1, 10**30, 1.5, [], {}, [[]], [None], ["1000", 5], {"extid": "1000"}),
    [{}] * 3,
)  # fmt: skip
NAMES = 10  # the first of them can be keys


def corrupt(data: Any, chance: Random) -> None:
    """Change a key or a value of an object or an array."""
    key = chance.choice(list(data) if isinstance(data, dict) else range(len(data)))
    if key == "sn":
        return
    value = data[key]
    if isinstance(value, dict | list) and value and chance.random() < 0.7:
        corrupt(value, chance)
    elif chance.random() < 0.2 and isinstance(data, dict):
        data[chance.choice(ODD[:NAMES])] = data.pop(key)
    else:
        data[key] = chance.choice((*ODD, [value, value], {"number": value}))


def errors_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the errors in the log.

    Newer servers cannot write their access log under a frozen clock.
    """
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.ERROR and record.name != "aiohttp.access"
    ]
