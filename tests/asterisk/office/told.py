"""What the call engine tells of a day, and a day of some of its calls only."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
import json
from typing import override

from custom_components.ippbx.pbx.model.tracked import CallChange
from tests.asterisk.ami import Event
from tests.asterisk.judge import Replay
from tests.asterisk.play import Trace
from tests.asterisk.translation import MOMENT, Report

from .truth import Day
from .verdict import Telling


@dataclass
class Listening(Replay):
    """A replay that keeps when what is told.

    Attributes:
        tellings: what is told of whole calls.
        lines: reports and what is told, as text, with the time of each.
    """

    tellings: list[Telling] = field(default_factory=list)
    lines: list[tuple[float, str]] = field(default_factory=list)

    @override
    def _note(self, changes: Iterable[CallChange]) -> None:
        for change in changes:
            call = change.call
            if change.first:
                self.tellings.append((self._time, change))
                end = f"{call.outcome} {call.ring_seconds}/{call.talk_seconds} {call.missed_by}"
                text = f">>> {change.type} {call.call_id} {call.caller}>{call.callee}"
                text += f" by {call.answered_by or 'nobody'} {end if call.outcome else ''}"
                self.lines.append((self._time, text))
            super()._note([change])

    @override
    def _hand_in(self, reports: Iterable[Report]) -> None:
        for report in reports:
            self.lines.append((self._time, json.dumps(report)))
            super()._hand_in([report])

    @override
    def _wait(self, until: float) -> None:
        if (due := self._time + 2 * MOMENT) < until:  # a record does not wait for the next event
            super()._wait(due)
            self._hand_in(self._translation.due(due))
        super()._wait(until)

    @override
    def _give_records(self) -> None:
        super()._give_records()
        if self._tracker.termination.wants_snapshot:
            self._read()


def part(trace: Trace, ids: Collection[str]) -> Trace:
    """Return what a trace would be had there been only the calls with these ids, or numbers.

    The states of devices are made anew from the channels that are left.
    """
    calls, found = Day(trace).call_of, list[tuple[float, Event]]()
    left = {uid for uid, call in calls.items() if {call, call.partition(".")[2]} & set(ids)}
    channels: dict[str, dict[str, str]] = defaultdict(dict)  # device -> channel -> its state
    states: dict[str, str] = {}
    for at, event in trace:
        named = {each for key, each in event.items() if key.endswith(("Uniqueid", "UniqueID"))}
        named &= calls.keys()  # bridges have such ids, too
        if event["Event"] == "DeviceStateChange" or (named and not named & left):
            continue
        found.append((at, event))
        device = event.get("Channel", "").rpartition("-")[0]
        if "ChannelStateDesc" in event:
            channels[device][event["Uniqueid"]] = event["ChannelStateDesc"]
        elif event["Event"] == "Hangup":
            channels[device].pop(event["Uniqueid"], None)
        state = _device_state(channels[device].values())
        if device.startswith("PJSIP/") and states.get(device, "NOT_INUSE") != state:
            states[device] = state
            found.append((at, {"Event": "DeviceStateChange", "Device": device, "State": state}))
    return found if left else []


def _device_state(channels: Collection[str]) -> str:
    """Return what Asterisk says of a phone whose channels are in these states."""
    talks = "INUSE" if {"Up", "Ring"} & set(channels) else ""
    return f"RING{talks or 'ING'}" if "Ringing" in channels else talks or "NOT_INUSE"
