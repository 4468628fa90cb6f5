"""Calls passed on by command: no report says so, and one that comes anyway is no second news."""

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallState

from .call_stage import OUTSIDE, Stage, call_id

A, B, LINE = call_id(40), call_id(56), f"in {OUTSIDE}>101"


def talking() -> Stage:
    """Return a stage on which somebody outside talks to 101."""
    stage = Stage()
    stage.ring(A, "101", LINE)
    stage.answer(A, "101", LINE)
    stage.wait(10)
    return stage


def transfers(stage: Stage) -> list[str]:
    return [told for told in stage.told if told.startswith("transferred")]


def test_it_is_told_of_who_takes_part() -> None:
    stage = talking()
    (change,) = stage.tracker.sent_on(A)
    assert (change.type, change.extensions) == (CallEventType.TRANSFERRED, ("101",))


def test_a_report_of_it_is_no_second_news() -> None:
    stage = talking()
    stage.tracker.sent_on(A)
    stage.wait(1)
    stage.say(CallEvent.TRANSFER, A, "102", LINE)
    assert not transfers(stage)


def test_a_later_one_by_a_phone_is() -> None:
    stage = talking()
    stage.tracker.sent_on(A)
    stage.wait(30)
    stage.say(CallEvent.TRANSFER, A, "102", LINE)
    assert transfers(stage)


def test_nothing_is_told_of_one_that_nobody_answered() -> None:
    stage = Stage()
    stage.ring(A, "101", LINE)
    assert stage.tracker.sent_on(A) == ()
    assert stage.tracker.sent_on(call_id(99)) == ()


def consulting() -> Stage:
    """Return a stage with 101 consulting 102, an outside caller on hold (API v2.0.0)."""
    stage = Stage(keeps_records=True)
    stage.status(A, f"{LINE} talk", "101 talk")
    stage.wait(10)
    stage.status(A, f"{LINE} talk", "101 hold")
    stage.status(B, "101 alert", "102 ring")
    stage.wait(10)
    stage.status(B, "101 talk", "102 talk")
    stage.wait(10)
    stage.changes = []
    return stage


def complete(stage: Stage, *, asked_first: bool) -> None:
    """Let 101 leave, and report it: after or before the PBX has answered."""
    joined = (f"{LINE} talk", "102 talk")
    if not asked_first:
        stage.status(A, *joined)
    stage.changes += stage.tracker.sent_on(A, "101")
    if asked_first:
        stage.status(A, *joined)


@pytest.mark.parametrize(
    ("asked_first", "told"),
    [
        (True, ["transferred 101", "answered 102 too", "resumed 102"]),
        (False, ["answered 102 too", "transferred 101 102", "resumed 102"]),
    ],
)
def test_whoever_passes_a_call_on_is_in_it_no_more(asked_first: bool, told: list[str]) -> None:
    stage = consulting()
    complete(stage, asked_first=asked_first)
    assert stage.tracker.active[A].extensions == ("102",)
    assert stage.tracker.active[A].state is CallState.TALKING
    assert stage.told == told


def test_a_late_word_of_him_brings_nobody_back() -> None:
    stage = consulting()
    complete(stage, asked_first=True)
    stage.wait(1)
    stage.status(A, f"{LINE} talk", "101 hold")
    assert stage.tracker.active[A].extensions == ("102",)


@pytest.mark.parametrize("holder", ["101", "102"])
def test_a_call_on_hold_that_its_holder_ends_is_not_resumed(holder: str) -> None:
    stage = consulting()
    talks = "102" if holder == "101" else "101"
    stage.status(B, f"{holder} hold", f"{talks} talk")
    stage.wait(5)
    assert stage.told == ["held 101 102"]
    stage.status(B, f"{holder} bye")
    stage.status(B, f"{talks} bye")
    stage.wait(10)
    assert [told for told in stage.told if not told.startswith("ended")] == []
