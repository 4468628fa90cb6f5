"""The requests that are sent.

What a PBX reports of its extensions and calls, and what bare webhooks take.
"""

from collections.abc import Iterator, Sequence
from itertools import count, cycle
import json
import time
from typing import Any

from .pbx import SERIAL

CONNECTIONS = 4
WORDS = ("Ringing", "Busy", "Idle")
LINE_WORDS = [[f"{word} {line}" for word in WORDS] for line in range(CONNECTIONS)]
"""Words of its own for each connection.

Reports of one extension over several connections may overtake each other; so each of them is a
change all the same.
"""
CALLER, TRUNK, DID = "0301234567", "trunk-1", "0307654321"
_FIRST_ID, _IDS_PER_CALL = 1000, 4


class Target:
    """Where requests go and how they are framed."""

    def __init__(self, port: int, path: str, *, fresh: bool) -> None:
        """Make the head of all requests.

        Args:
            port: on 127.0.0.1.
            path: the request's target.
            fresh: whether the connection ends after each.
        """
        self._start = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Connection: {'close' if fresh else 'keep-alive'}\r\nContent-Length: "
        ).encode()

    def request(self, content: Any) -> bytes:
        """Return a whole request with a compact JSON body."""
        body = json.dumps(content, separators=(",", ":")).encode()
        return b"%b%d\r\n\r\n%b" % (self._start, len(body), body)


def status_lines(target: Target, numbers: Sequence[str]) -> list[Iterator[bytes]]:
    """Return reports of extensions, each another status than the one before of the same extension.

    Each extension belongs to one connection, which keeps its reports in order.
    """
    if len(numbers) < CONNECTIONS:
        shares, words = [numbers] * CONNECTIONS, LINE_WORDS
    else:
        shares, words = _shares(numbers), [list(WORDS)] * CONNECTIONS
    return [
        cycle(
            [
                target.request({**_common("ExtensionStatus"), "extension": number, "status": word})
                for word in line_words
                for number in share
            ]
        )
        for share, line_words in zip(shares, words, strict=True)
    ]


def call_lines(target: Target, numbers: Sequence[str], at_once: int) -> list[Iterator[bytes]]:
    """Return the reports of inbound calls that are answered.

    To so many extensions at once, then to the next ones.

    Requests are made while they are sent, for every call has an id of its own.
    """
    ids = count(_FIRST_ID, _IDS_PER_CALL)
    return [_calls(target, share, at_once // CONNECTIONS, ids) for share in _shares(numbers)]


def write_lines(
    target: Target, numbers: Sequence[str], writes: Sequence[int]
) -> list[Iterator[bytes]]:
    """Return requests for the bare webhook, each of which writes the next so many sensors."""
    return [_writes(target, share, writes) for share in _shares(numbers)]


def _shares(numbers: Sequence[str]) -> list[Sequence[str]]:
    """Share extensions out among the connections."""
    return [numbers[line::CONNECTIONS] for line in range(CONNECTIONS)]


def _common(action: str) -> dict[str, Any]:
    return {"action": action, "sn": SERIAL}


def _calls(
    target: Target, numbers: Sequence[str], at_once: int, ids: Iterator[int]
) -> Iterator[bytes]:
    turn = cycle(numbers)
    while True:
        began = int(time.time())
        calls = [(next(turn), f"{began}.{next(ids)}") for _ in range(at_once)]
        reports = [_call(number, call_id, began) for number, call_id in calls]
        for moment in zip(*reports, strict=True):
            yield from (target.request(report) for report in moment)


def _call(number: str, call_id: str, began: int) -> list[dict[str, Any]]:
    """Return what an OpenVox PBX reports of one call, in that order."""
    inbound = {"from": CALLER, "to": number, "trunk": TRUNK, "inboundid": call_id}
    parties = {"callid": call_id, "inbound": inbound}
    extension = {"ext": {"extid": number}}
    status = {**_common("ExtensionStatus"), "extension": number}
    return [
        {**status, "status": "Ringing"},
        {**_common("RING"), **parties, **extension},
        {**_common("ALERT"), **parties},
        {**status, "status": "Busy"},
        {**_common("ANSWER"), **parties, **extension},
        {**_common("ANSWERED"), **parties, **extension},
        {**_common("BYE"), **parties, **extension},
        {**status, "status": "Registered"},
        {
            **_common("NewCdr"),
            "callid": call_id,
            "timestart": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(began)),
            "callfrom": CALLER,
            "callto": number,
            "callduraction": "10",
            "talkduraction": "4",
            "srctrunkname": TRUNK,
            "status": "ANSWERED",
            "type": "Inbound",
            "didnumber": DID,
        },
    ]


def _writes(target: Target, numbers: Sequence[str], writes: Sequence[int]) -> Iterator[bytes]:
    turn = cycle([(number, word) for word in WORDS for number in numbers])
    for wanted in cycle(writes):
        content = dict(next(turn) for _ in range(wanted))
        yield target.request({**_common("Writes"), "call": CALLER, "states": content})
