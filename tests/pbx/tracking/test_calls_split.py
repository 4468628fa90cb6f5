"""Phones that ring in one second under ids of their own, lines hidden: for one call or for two."""

from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallOutcome

from .call_stage import OUTSIDE, Stage, call_id, shown

ONE, ITS_SECOND, ITS_LEG = call_id(40), call_id(42), call_id(44)
OTHER, OTHER_LEG = call_id(46, later=1), call_id(50, later=1)
"""Ids of two calls: their own ones come before those of the phones that ring for them."""


def two_ring() -> Stage:
    """Return a stage with 102 ringing for one call and 103 for another: published as one so far."""
    stage = Stage()
    stage.ring(ITS_LEG, "102")
    stage.ring(OTHER_LEG, "103")
    assert stage.told == ["ringing 102", "ringing 103 too"]
    assert len(stage.tracker.active) == 1
    return stage


def calls_of(stage: Stage, *extensions: str) -> list[tuple[str, ...]]:
    """Return who takes part in the calls of extensions."""
    return [call.extensions for each in extensions for call in stage.tracker.calls_of(each)]


def test_a_reading_shows_two_calls_under_the_ids_of_their_reports() -> None:
    stage = Stage()
    stage.ring(ONE, "102")
    stage.ring(OTHER, "103")
    stage.wait(1)
    stage.resync(
        shown(ONE, f"in {OUTSIDE}>102 alert", "102 ring", leg_id=ONE),
        shown(OTHER, "in 0309999>103 alert", "103 ring", leg_id=OTHER),
    )
    assert calls_of(stage, "102", "103") == [("102",), ("103",)]
    assert {stage.tracker.find(ONE), stage.tracker.find(OTHER)} == set(
        stage.tracker.active.values()
    )


def test_a_call_whose_caller_is_rung_first_is_not_that_of_others() -> None:
    stage = Stage()
    stage.ring(OTHER, "101")
    stage.ring(ONE, "102")
    stage.ring(ONE, "103")
    stage.answer(OTHER, "101")  # who makes the call picks up
    assert calls_of(stage, "101", "102") == [("101",), ("102", "103")]


def test_a_report_of_two_sides_is_of_a_call_for_which_nobody_rings_alone() -> None:
    stage = Stage()
    stage.ring(ONE, "101")
    stage.ring(OTHER, "104")
    stage.ring(ONE, "105", "101")
    assert calls_of(stage, "104", "105") == [("104",), ("101", "105")]


def test_a_phone_rings_on_when_only_the_line_is_said_to_have_gone() -> None:
    """That word is also sent of another phone of the call, which is not shown."""
    stage = Stage()
    line = f"in {OUTSIDE}>102"
    stage.ring(ITS_LEG, "102", line, leg_id=ONE)
    stage.wait(5)
    stage.bye(ONE, line, leg_id=ONE)
    stage.wait(20)
    assert stage.told == ["ringing 102"]
    stage.resync(shown(ONE, f"{line} talk", "102 talk", leg_id=ONE), x102=ExtensionStatus.BUSY)
    assert stage.told == ["answered 102"]
    stage.wait(100)
    assert list(stage.tracker.active) == [ITS_LEG]


def test_a_phone_does_not_ring_for_ever_when_its_line_has_gone() -> None:
    stage = Stage()
    line = f"in {OUTSIDE}>102"
    stage.ring(ITS_LEG, "102", line, leg_id=ONE)
    stage.bye(ONE, line, leg_id=ONE)
    stage.wait(70)
    assert [change.call.outcome for change in stage.changes if change.type == "ended"] == [
        CallOutcome.UNKNOWN
    ]


def test_who_rings_for_a_later_call_too_has_not_left_the_one_that_he_rang_for() -> None:
    stage = Stage()
    stage.ring(ITS_LEG, "102")
    stage.ring(call_id(46), "103")
    stage.answer(ONE, "102")
    stage.wait(5)
    stage.resync(shown(ONE, f"in {OUTSIDE}>102 talk", "102 talk", leg_id=ONE))
    later = call_id(60, later=20)
    stage.ring(call_id(64, later=20), "103")
    stage.wait(5)
    stage.changes.clear()
    stage.resync(
        shown(ONE, f"in {OUTSIDE}>102 talk", "102 talk", leg_id=ONE),
        shown(later, "in 0309999>103 alert", "103 ring", leg_id=later),
    )
    assert len(stage.tracker.active) == 2
    assert not any(told.startswith("answered") for told in stage.told)
