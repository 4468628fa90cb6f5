"""Ids that must be a call's own: reports under them are of another call, however near they are."""

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallOutcome

from .call_stage import OUTSIDE, Stage, call_id, shown

ONE, ITS_SECOND, ITS_LEG = call_id(40), call_id(42), call_id(44)
OTHER, OTHER_SECOND, OTHER_LEG = call_id(46), call_id(48), call_id(50)
IDLE, BUSY, RINGING = ExtensionStatus.IDLE, ExtensionStatus.BUSY, ExtensionStatus.RINGING


def ends(stage: Stage) -> list[tuple[str, CallOutcome | None]]:
    """Return the calls whose end was told, and how they ended."""
    told = [change.call for change in stage.changes if change.type is CallEventType.ENDED]
    return [(call.call_id, call.outcome) for call in told]


def members(stage: Stage) -> list[set[str]]:
    """Return who takes part in the calls that are up."""
    return [set(call.extensions) for call in stage.tracker.active.values()]


def test_a_record_has_no_id_beside_that_of_a_line() -> None:
    """Who calls out is called on that line meanwhile; the record is one of a leg that never was."""
    stage = Stage()
    line = f"in {OUTSIDE}>101"
    stage.ring(OTHER_LEG, "101", line, leg_id=OTHER)
    stage.cdr(ITS_LEG, "no_answer", "101", "01701", direction="outbound", duration=0)
    stage.wait(5)
    stage.answer(OTHER, "101", line, leg_id=OTHER)
    stage.wait(5)
    stage.bye(OTHER, "101", line, leg_id=OTHER)
    stage.cdr(OTHER, "answered", OUTSIDE, "101", direction="inbound")
    stage.wait(5)
    assert ends(stage) == [(OTHER_LEG, CallOutcome.ANSWERED)]


def test_an_id_under_which_two_phones_ring_is_that_of_no_leg() -> None:
    stage = Stage()
    stage.bye(ONE, "102")
    for member in ("103", "104"):
        stage.ring(ITS_LEG, member)
    stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="inbound")
    stage.wait(5)
    assert ends(stage) == [(ONE, CallOutcome.MISSED)]
    assert members(stage) == [{"103", "104"}]


def test_where_phones_ring_under_the_id_of_their_call_none_rings_for_it_under_another_one() -> None:
    stage = Stage()
    stage.ring(ONE, "102")
    stage.answer(ONE, "102")  # with whom is not shown
    stage.ring(ITS_LEG, "103")
    assert members(stage) == [{"102"}, {"103"}]


def test_a_line_that_calls_who_is_called_by_another_extension_makes_a_call_of_its_own() -> None:
    stage = Stage()
    stage.ring(OTHER, "102", "101")
    stage.ring(ITS_LEG, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    assert members(stage) == [{"101", "102"}, {"102"}]


def test_a_reading_shows_a_line_that_calls_who_is_in_another_call() -> None:
    stage = Stage()
    stage.answer(ONE, "101")  # an IVR
    stage.wait(5)
    stage.resync(
        shown(OTHER, f"in {OUTSIDE}>101 alert", "101 ring", leg_id=OTHER),
        shown("", "101", "102"),
        queried=("101",),
        x101=BUSY,
        x102=RINGING,
    )
    assert sorted(stage.tracker.active) == [ONE, OTHER]


def test_a_reading_that_shows_an_extension_alone_is_of_the_call_in_which_it_talks_to_the_pbx() -> (
    None
):
    """To a mailbox, after its callee did not answer, while a call is passed on to it."""
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.bye(ONE, "102", "101")
    stage.answer(ONE, "101")
    stage.say(CallEvent.TRANSFER, OTHER, "101")
    stage.wait(10)
    stage.resync(shown("", "101"), queried=("101",), x101=BUSY, x102=IDLE, x103=BUSY)
    stage.wait(10)
    assert ends(stage) == []
