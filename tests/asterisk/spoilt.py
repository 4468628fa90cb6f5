"""Replays traces of which a report is lost, late or sent twice: nothing may be told wrongly then.

What is lost may be unknown; what is told has to be right, and of each call once.
`spoilt_wrong.json` has what is told wrongly now, for each report in turn.
`python -m tests.asterisk.spoilt --write` writes it anew.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
import json
from pathlib import Path
import sys
from typing import override

from custom_components.ippbx.pbx.uc.reports.parse import parse_report

from .judge import RUNS, Replay, Seen, dialled_in, seen
from .play import saved
from .readings import READINGS
from .stories import STORIES, Facts, Story
from .translation import Report, body

KNOWN = Path(__file__).parent / "spoilt_wrong.json"
"""What is told wrongly now: run -> fate -> a line for each report."""
TOLD = [story for story in STORIES if story.name not in ("paging", "conference")]
"""The stories of which more than a record tells; of the others nothing would be left."""
_LATE = 1.5  # seconds
_OUTAGE = 3.0  # seconds
_ONCE = ("dialing", "answered", "ended", "missed")
"""What is told of a call as a whole once."""


class Fate(StrEnum):
    """What happens to a report; with a BURST all that follow it for some seconds are lost, too."""

    LOST = "lost"
    LATE = "late"
    TWICE = "twice"
    BURST = "burst"


@dataclass(slots=True)
class Spoilt(Replay):
    """A replay in which something happens to a report.

    Attributes:
        index: which report it is, from 0 on; -1 for none.
        fate: what happens to it.
    """

    index: int = -1
    fate: Fate = Fate.LOST
    _heard: int = 0
    _held: tuple[float, Report] | None = None
    _lost_until: float = 0.0

    @override
    def _hand_in(self, reports: Iterable[Report]) -> None:
        for report in reports:
            spoilt = self._heard == self.index or self._time < self._lost_until
            if self._heard == self.index and self.fate is Fate.BURST:
                self._lost_until = self._time + _OUTAGE
            self._heard += 1
            if not spoilt:
                Replay._hand_in(self, (report,))
            elif self.fate is Fate.TWICE:
                Replay._hand_in(self, (report, report))
            else:
                self.reports.append((self._time, report))  # the PBX knows it all the same
                if "extension" in report:
                    self._words[str(report["extension"])] = str(report["status"])
                if self.fate is Fate.LATE:
                    self._held = self._time + _LATE, report

    @override
    def _pass(self, at: float) -> None:
        if self._held is not None and self._held[0] <= at:
            (then, report), self._held = self._held, None
            Replay._pass(self, then)
            self._note(self._tracker.receive(parse_report(body(report))))
        Replay._pass(self, at)


def told_wrongly(run: str, story: Story, fate: Fate) -> list[str]:
    """Return what is told wrongly of a story when something happens to one of its reports."""
    found, whole = [], _played(run, story, -1, fate)
    for index in range(len(whole.reports)):
        replay = _played(run, story, index, fate)
        wrong = [*_differences(story, seen(replay), fewer=fate is Fate.BURST)]
        if replay.still_up:
            wrong.append(f"{replay.still_up} calls never end")
        if wrong:
            found.append(f"{story.name}, report {index}: {'; '.join(wrong)}")
    return found


def _played(run: str, story: Story, index: int, fate: Fate) -> Spoilt:
    reading, period = RUNS[run]
    replay = Spoilt(reading, period, index=index, fate=fate)
    replay.play(saved(story.name), dialled_in(story))
    return replay


def _differences(story: Story, calls: list[Seen], *, fewer: bool) -> Iterator[str]:
    """Yield what is wrong; calls that begin together are told apart by what fits best.

    Args:
        fewer: whether all reports of a call may be lost.
    """
    left = list(calls)
    if len(left) > len(story.calls) or (len(left) < len(story.calls) and not fewer):
        yield f"{len(left)} calls instead of {len(story.calls)}"
    for facts in story.calls:
        if left:
            wrong, call = min(((_wrong_of(call, facts), call) for call in left), key=_how_much)
            left.remove(call)
            yield from wrong


def _how_much(candidate: tuple[list[str], Seen]) -> int:
    return len(candidate[0])


def _wrong_of(call: Seen, facts: Facts) -> list[str]:
    told = {
        "direction": (call.direction, (facts.direction,)),
        "caller": (call.caller, (facts.caller,)),
        "callee": (call.callee, facts.callee),
        "answered_by": (call.answered_by, facts.answered_by.split("|")),
        "outcome": (call.outcome, (*facts.outcome.split("|"), "unknown")),
    }
    wrong = [f"{name} {said}" for name, (said, right) in told.items() if said and said not in right]
    if facts.missed_by is not None and not call.missed_by <= facts.missed_by:
        wrong.append(f"missed_by {' '.join(sorted(call.missed_by))}")
    return wrong + [f"{event} twice" for event in _ONCE if call.events.count(event) > 1]


def known_wrong() -> dict[str, dict[str, list[str]]]:
    """Return the committed table of what is told wrongly now."""
    table: dict[str, dict[str, list[str]]] = json.loads(KNOWN.read_text())
    return table


def all_of(run: str, fate: Fate) -> list[str]:
    """Return what is told wrongly of all stories; a PBX that was killed reports nothing late."""
    stories = (story for story in TOLD if fate is not Fate.LATE or story.name != "killed")
    return [line for story in stories for line in told_wrongly(run, story, fate)]


def write_known() -> None:
    """Write the table anew, from what the engine does now."""
    jobs = [(run, fate) for run in READINGS for fate in Fate]
    with ProcessPoolExecutor() as pool:
        lines = list(pool.map(all_of, *zip(*jobs, strict=True)))
    table: dict[str, dict[str, list[str]]] = {run: {} for run in READINGS}
    for (run, fate), found in zip(jobs, lines, strict=True):
        table[run][fate] = found
    KNOWN.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    write_known()
