"""A call that follows another one on the same Asterisk within a second is a call of its own."""

import re

import pytest

from .ami import Event
from .judge import RUNS, Replay, seen
from .play import Trace, saved
from .stories import STORIES

DIALECTS = ("openvox", "yeastar-v1", "yeastar-v2")
_ID = re.compile(r"\b(\d{10})\.(\d+)\b")
_BETWEEN = 3
"""Numbers from the last channel of a call to the first one of the next."""

ROWS = [
    ("internal", "internal"),
    ("internal", "internal-busy"),
    ("internal-busy", "internal-given-up"),
    ("internal-given-up", "internal"),
    ("internal-unreachable", "internal-unreachable"),
    ("inbound-given-up", "inbound"),
    ("inbound-busy", "inbound"),
    ("outbound-busy", "internal"),
    ("outbound-given-up", "outbound"),
    ("group", "group"),
    ("attended-by-keys", "inbound"),
]


def in_a_row(first: Trace, second: Trace) -> Trace:
    """Return the second trace behind the first one, half a second or a little more later."""
    later = int(first[-1][0] + 1.5 - second[0][0])
    number = max(_numbers(first)) + _BETWEEN - min(_numbers(second))

    def moved(event: Event) -> Event:
        new = lambda found: f"{int(found[1]) + later}.{int(found[2]) + number}"  # noqa: E731
        return {key: _ID.sub(new, value) for key, value in event.items()}

    return first + [(at + later, moved(event)) for at, event in second]


def _numbers(trace: Trace) -> list[int]:
    return [int(n) for _, event in trace for v in event.values() for _, n in _ID.findall(v)]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("first", "second"), ROWS)
def test_both_end(first: str, second: str, dialect: str) -> None:
    replay = Replay(*RUNS[dialect])
    replay.play(in_a_row(saved(first), saved(second)))
    calls = {story.name: len(story.calls) for story in STORIES}
    assert len(seen(replay)) == calls[first] + calls[second]
