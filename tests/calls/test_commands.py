"""What was commanded of calls that go on: kept over a restart, and no call by itself."""

from collections.abc import Callable
import json
from typing import Any

import pytest

from custom_components.ippbx.calls.commands import commands_of, restore_commands
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallOutcome, CallState
from tests.pbx.tracking.call_stage import ONE, OUTSIDE, Stage, call_id, shown

INBOUND: dict[str, Any] = {"direction": "inbound", "source_trunk": "line-1"}


def kept(stage: Stage) -> list[dict[str, Any]]:
    """Return what is stored of a stage, as it is read again."""
    found: list[dict[str, Any]] = json.loads(json.dumps(commands_of(stage.tracker.index)))
    return found


def started_again(stored: object, *, keeps_records: bool = True) -> Stage:
    stage = Stage(keeps_records=keeps_records, started=False)
    restore_commands(stage.tracker.index, stored)
    stage.resync(x101=ExtensionStatus.RINGING, x102=ExtensionStatus.IDLE)
    assert not stage.tracker.active
    assert stage.told == []
    return stage


def dialling(callee: str = "102", *, keeps_records: bool = True) -> Stage:
    """Return a stage on which 101 is rung, to call somebody by command."""
    stage = Stage(keeps_records=keeps_records)
    stage.tracker.dialled(ONE, "101", callee)
    stage.phone("101", ExtensionStatus.RINGING)
    stage.wait(2)
    return stage


@pytest.mark.parametrize("callee", ["102", ""])
@pytest.mark.parametrize("keeps_records", [False, True])
def test_a_phone_that_never_rang_missed_nothing(callee: str, keeps_records: bool) -> None:
    """The phone of who calls rang in vain."""
    stored = kept(dialling(callee, keeps_records=keeps_records))
    stage = started_again(stored, keeps_records=keeps_records)
    stage.wait(30)
    stage.phone("101", ExtensionStatus.IDLE)
    stage.cdr(ONE, "no_answer", "101", callee or "101")
    assert stage.end().outcome is CallOutcome.CANCELLED
    assert kept(stage) == []


@pytest.mark.parametrize("keeps_records", [False, True])
def test_a_callee_who_rings_afterwards_misses_it(keeps_records: bool) -> None:
    stage = started_again(kept(dialling(keeps_records=keeps_records)), keeps_records=keeps_records)
    stage.answer(ONE, "101")
    stage.ring(ONE, "102", "101")
    assert stage.told == ["ringing 102"]  # not once more that 101 calls
    stage.bye(ONE, "101", "102")
    stage.cdr(ONE, "no_answer", "101", "102")
    call = stage.end()
    assert (call.outcome, call.caller, call.missed_by) == (CallOutcome.MISSED, "101", ("102",))


def test_a_reading_shows_the_call() -> None:
    stage = started_again(kept(dialling()))
    stage.resync(shown(ONE, "101 ring"), x101=ExtensionStatus.RINGING)
    assert stage.told == []
    (call,) = stage.tracker.calls_of("101")
    assert (call.state, call.caller, call.callee) == (CallState.DIALING, "101", "102")
    assert stage.status_of("101") is ExtensionStatus.RINGING


def test_the_end_of_a_call_that_is_found_in_records_is_late() -> None:
    stage = started_again(kept(dialling()))
    stage.wait(60)
    recorded = dialling()
    recorded.cdr(ONE, "no_answer", "101", "102")
    (record,) = recorded.tracker.index.by_id[ONE].facts.records
    stage.read(record)
    stage.wait(10)
    (change,) = stage.changes
    assert (change.late, change.call.outcome) == (True, CallOutcome.CANCELLED)


@pytest.mark.parametrize(("accepted", "outcome"), [(False, "refused"), (True, "missed")])
def test_a_decision_counts(accepted: bool, outcome: str) -> None:
    stage = Stage(keeps_records=True)
    stage.ring(ONE, f"in {OUTSIDE}>101", leg_id=ONE)
    stage.tracker.decided(ONE, accepted=accepted)
    stored = kept(stage)
    stage.bye(ONE, f"in {OUTSIDE}>101", leg_id=ONE)
    stage.wait(3)
    assert kept(stage) == stored
    again = started_again(stored)
    again.cdr(ONE, "no_answer", OUTSIDE, "101", duration=2, **INBOUND)
    assert again.end().outcome == outcome


def test_what_was_not_heard_of_is_kept_on() -> None:
    stored = kept(dialling())
    stage = started_again(stored)
    assert kept(stage) == stored
    stage.boot()  # ids may come anew
    assert kept(stage) == []


def test_the_newest_are_kept() -> None:
    stage = Stage(keeps_records=True)
    for number in range(40):
        stage.tracker.dialled(call_id(number), "101", "102")
    assert [each["ids"] for each in kept(stage)] == [[call_id(n)] for n in range(8, 40)]


def _without(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda item: {name: what for name, what in item.items() if name != key}


@pytest.mark.parametrize(
    "spoil",
    [
        _without("ids"),
        _without("caller"),
        lambda item: item | {"ids": [5]},
        lambda item: item | {"callee": None},
        lambda item: item | {"accepted": "yes"},
        lambda _item: None,
    ],
)
def test_what_is_spoilt_is_left_out(spoil: Callable[[dict[str, Any]], object]) -> None:
    (item,) = kept(dialling())
    assert kept(started_again([spoil(item)])) == []
    assert kept(started_again({"5": item})) == []
