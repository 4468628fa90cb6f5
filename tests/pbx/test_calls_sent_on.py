"""Calls that the PBX was told to pass on: no report says so, and one that does all the same is no second news."""

from custom_components.ippbx.pbx.call_models import CallEventType
from custom_components.ippbx.pbx.reports import CallEvent

from .call_stage import OUTSIDE, Stage, call_id

A, LINE = call_id(40), f"in {OUTSIDE}>101"


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
