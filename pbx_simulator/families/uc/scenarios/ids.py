"""Ids in the order of time, as Asterisk counts its channels.

A call takes a number for its line or caller, two for the ends of each `Local` channel through which
somebody is called, and one for each phone; then come two that no channel shows, for each of these.
An id bears the second in which its channel was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
import re

from pbx_simulator.calls.record import CallRecord

from .models import CallTruth, Change, LiveCall, TimedReport
from .stage import PROVISIONAL, Stage

_ID = re.compile(r"\d{9,10}\.(9\d{9,})")


class FinalIds:
    """The final ids of a stage's provisional ones."""

    def __init__(self, stage: Stage) -> None:
        """Number all ids that were given, in the order of time."""
        self._final: dict[int, tuple[int, int]] = {}
        number = stage.number
        placed = sorted(stage.placed.items(), key=lambda item: (item[1][0], item[1][1]))
        for index, (any_id, (at, call_id)) in enumerate(placed):
            number += 1 if any_id == call_id else 2
            if any_id == call_id and not stage.habits.split_ids:
                self._final[int(any_id.partition(".")[2])] = int(at), number
                number += 3  # for its legs, which bear the call's id
                continue
            self._final[int(any_id.partition(".")[2])] = int(at), number
            following = placed[index + 1][1] if index + 1 < len(placed) else (0.0, "")
            if any_id != call_id and following != (at, call_id):  # no more branches at this time
                number += self._branches(placed, at, call_id)
                number += stage.dice.choice((0, 0, 2))

    @staticmethod
    def _branches(placed: Sequence[tuple[str, tuple[float, str]]], at: float, call_id: str) -> int:
        same = [each for each, where in placed if where == (at, call_id) and each != call_id]
        return len(same)

    def text(self, text: str) -> str:
        """Return a text with final ids."""
        return _ID.sub(self._replace, text)

    def _replace(self, found: re.Match[str]) -> str:
        number = int(found[1])
        steps = (number - PROVISIONAL) % 10
        epoch, final = self._final[number - steps]
        return f"{epoch}.{final + steps}"

    def of_report(self, report: TimedReport) -> TimedReport:
        """Return a report with final ids."""
        return replace(report, body=self.text(report.body.decode()).encode())

    def of_record(self, record: CallRecord) -> CallRecord:
        """Return a record with final ids."""
        return replace(record, call_id=self.text(record.call_id))

    def of_truth(self, truth: CallTruth) -> CallTruth:
        """Return the truth about a call with final ids."""
        ids = frozenset(map(self.text, truth.ids))
        return replace(truth, call_id=self.text(truth.call_id), ids=ids)

    def of_change(self, change: Change) -> Change:
        """Return a change with final ids."""
        live = change.live
        return change if live is None else replace(change, live=self._live(live))

    def _live(self, live: LiveCall) -> LiveCall:
        legs = tuple(replace(leg, leg_id=self.text(leg.leg_id)) for leg in live.legs)
        return replace(live, call_id=self.text(live.call_id), legs=legs)
