"""Phones and outside lines made of SIPp, whose behaviour is a line of text.

For example "ring 1, answer, talk 2, hold, talk 1, resume, stay" or "dial 1001, talk 3, hang up".
"dial 1001 for 2" gives up after two seconds of ringing. The words are made of the files in
`phones/`.
"""

from collections.abc import Mapping
from itertools import count
from pathlib import Path
import re

PARTS = Path(__file__).parent / "phones"

_WORDS = {
    "ring": ("ring",),
    "answer": ("answer",),
    "busy": ("refuse",),
    "decline": ("refuse",),
    "forward": ("refuse",),
    "dial": ("dial", "await_answer"),
    "speak": ("speak",),
    "talk": ("talk",),
    "stay": ("talk",),
    "hold": ("hold",),
    "resume": ("hold",),
    "press": ("press",),
    "refer": ("refer",),
    "consult": ("consult",),
    "unite": ("refer_asked",),
    "hang": ("hang_up",),
}
"""What a phone can do -> the parts of SIPp's scenario for it."""
_CODES = {"busy": "486", "decline": "603", "forward": "302"}
"""The word -> the SIP status with which a phone refuses a call."""
_CALLED, _CALLING = "peer,self,target,invite,via,me", "peer,target,me"
"""The variables of both kinds; SIPp refuses one that is set and not used."""

_runs = count(1)


def scenario(number: str, script: str, stamp: str, place: Mapping[str, str]) -> str:
    """Return the scenario for SIPp of a phone, or of somebody outside.

    Args:
        number: its own number.
        script: what it does, its words separated by commas.
        stamp: what makes its SIP identifiers its own.
        place: what the parts of SIPp's scenarios have to know of the bed.
    """
    steps = [step.split() for step in _one_key_each(script).split(",")]
    calling = steps[0][0] == "dial"
    fields = {"number": number, "run": f"{stamp}x{next(_runs)}", **place}
    names = [] if calling else [("invited", fields)]
    for position, (word, *details) in enumerate(steps, start=1):
        detail = details[0] if details else ""
        seconds = float(detail) if word in ("ring", "talk") else 600
        own = fields | {
            "cseq": str(position),
            "label": str(position),
            "ms": str(round(seconds * 1000)),
            "target": detail or number,
            "direction": "sendonly" if word == "hold" else "sendrecv",
            "code": _CODES.get(word, ""),
        }
        parts = _WORDS[word]
        if "for" in details:
            own["ms"] = str(round(float(details[2]) * 1000))
            parts = ("dial", "await_briefly")
        names += [(part, own) for part in parts]
    first = names[0][1]
    names += [("end", fields), ("given_up" if calling else "cancelled", first), ("over", first)]
    body = "".join(_part(name, own) for name, own in names)
    variables = _CALLING if calling else _CALLED
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
        f'<scenario name="{number}">\n{body}<Reference variables="{variables}"/>\n</scenario>\n'
    )


def _one_key_each(script: str) -> str:
    """Return a script with "press 1, press 2" for "keys 12"."""
    return re.sub(
        r"keys (\S+)(?=,|$)", lambda keys: ", ".join(f"press {key}" for key in keys[1]), script
    )


def _part(name: str, fields: dict[str, str]) -> str:
    text = (PARTS / f"{name}.xml").read_text()
    for field, value in fields.items():
        text = text.replace(f"{{{field}}}", value)
    return text
