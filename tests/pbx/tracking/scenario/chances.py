"""What is left to chance: what no Asterisk tells of a PBX, and shares that are invented."""

import random
from typing import Any

SILENT_EXTENSIONS = 0.05
"""Share of extensions whose status monitor is off. Invented."""
SILENT_TRUNKS = 0.07
"""Share of trunks whose status monitor is off. Invented."""
REGISTERS_AGAIN = 0.03
"""Share of phones that register again meanwhile. Invented."""
COMMANDED = 0.6
"""Share of what the API does that Home Assistant's own commands do. Invented."""

_ROWS: dict[str, tuple[tuple[int, dict[str, Any]], ...]] = {
    "openvox": (
        (4, {}),
        (1, {"inside_second": True}),
        (1, {"record_per_branch": True, "byes": "phones"}),
        (1, {"to_member": False, "rings_own": False}),
    ),
    "yeastar-v1": ((4, {}), (1, {"record_per_branch": True, "byes": "phones"})),
    "yeastar-v2": ((4, {}), (1, {"record_per_branch": True})),
}
"""Dialect -> knobs of each row of `tests.asterisk.readings`, and how often it is chosen."""


def readings(dice: random.Random, dialect: str) -> dict[str, Any]:
    """Return the knobs of one PBX.

    Beside the rows it is open whether the PBX reports that an IVR or a queue takes the line, and
    for Yeastar's v1 whether RING and ALERT come for other calls than those made over the API, as
    its English page denies and the Chinese one says.
    """
    rows = _ROWS[dialect]
    row = dice.choices([row for _, row in rows], [weight for weight, _ in rows])[0]
    found = {"byes": "answered"} | row
    found["line_answers"] = dice.random() < 0.25
    if dialect == "yeastar-v1" and not found.get("record_per_branch") and dice.random() < 0.2:
        found["rings"] = "api"
    found["call_waiting"] = dice.random() < 0.7
    found["ring_timeout"] = dice.choice((15.0, 20.0, 30.0))
    return found
