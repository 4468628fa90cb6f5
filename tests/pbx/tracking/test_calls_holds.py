"""Calls on hold, by what reports, statuses and readings tell."""

from custom_components.ippbx.pbx.model.events import CallEvent, ExtensionStatusReport
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallState

from .call_stage import ONE, Stage, answered_inside, call_id, report


def test_a_hold_of_two_seconds_is_held_and_resumed() -> None:
    stage = Stage(keeps_records=True)
    stage.status(ONE, "101 talk", "102 talk")
    stage.wait(10)
    stage.status(ONE, "101 hold", "102 talk")
    stage.wait(2)
    stage.status(ONE, "101 talk", "102 talk")
    assert stage.told == ["answered 101 102", "held 101 102", "resumed 101 102"]


def test_hold_and_resume() -> None:
    stage = Stage()
    stage.status(ONE, "101 talk", "102 talk")
    stage.wait(5)
    assert stage.told == ["answered 101 102"]
    stage.status(ONE, "101 hold", "102 talk")
    assert stage.told == ["held 101 102"]
    assert stage.status_of("101") is ExtensionStatus.ON_HOLD
    assert stage.tracker.active[ONE].state is CallState.ON_HOLD
    stage.wait(12)
    stage.status(ONE, "101 talk", "102 talk")
    assert stage.told == ["resumed 101 102"]
    assert stage.tracker.active[ONE].state is CallState.TALKING


def test_hold_before_the_answer_it_follows_is_not_undone_by_it() -> None:
    stage = Stage()
    stage.status(ONE, "101 alert", "102 ring")
    stage.wait(5)
    stage.status(ONE, "101 hold", "102 talk")
    stage.status(ONE, "101 talk", "102 talk")
    assert stage.tracker.active[ONE].state is CallState.ON_HOLD
    assert stage.told == ["dialing 101", "ringing 102", "answered 101 102", "held 101 102"]


def test_hold_that_only_the_phone_tells() -> None:
    stage = Stage()
    stage.answer(ONE, "102", "101")
    stage.phone("101", ExtensionStatus.ON_HOLD)
    assert stage.told == ["answered 102 101", "held 102 101"]
    stage.wait(2)
    stage.phone("101", ExtensionStatus.BUSY)
    assert stage.told == ["resumed 102 101"]


def test_a_hold_by_command_may_be_taken_back_at_once() -> None:
    stage = Stage()
    answered_inside(stage)
    for status in (ExtensionStatus.ON_HOLD, ExtensionStatus.BUSY):
        stage.take(ExtensionStatusReport(name="", extension="102", status=status))
        stage.wait(0.02)
    assert stage.told[-2:] == ["held 102 101", "resumed 102 101"]


def test_a_resume_by_command_right_after_another_call_of_the_phone() -> None:
    """The caller is on hold while 102 calls 103, who is busy: that call is over, but not ended."""
    stage = Stage()
    answered_inside(stage)
    busy = ExtensionStatus.BUSY
    stage.take(
        ExtensionStatusReport(name="", extension="102", status=ExtensionStatus.ON_HOLD),
        report(CallEvent.FAILED, call_id(60, later=5), "103", "102", reason="busy"),
    )
    stage.wait(0.5)
    stage.changes = []
    stage.take(ExtensionStatusReport(name="", extension="102", status=busy))
    assert stage.told[-1] == "resumed 102 101"
    assert stage.status_of("102") is busy


def test_hold_that_only_a_reading_of_the_phones_shows() -> None:
    stage = Stage()
    stage.answer(ONE, "102", "101")
    assert stage.told == ["answered 102 101"]
    busy, held = ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD
    for _ in range(2):
        stage.wait(30)
        stage.resync(x101=held, x102=busy)
        assert stage.told == ["held 102 101"]
        stage.wait(30)
        stage.resync(x101=held, x102=busy)
        assert not stage.told
        assert stage.tracker.active[ONE].state is CallState.ON_HOLD
        stage.wait(30)
        stage.resync(x101=busy, x102=busy)
        assert stage.told == ["resumed 102 101"]


def test_a_reading_does_not_tell_which_of_two_calls_is_on_hold() -> None:
    stage = Stage()
    stage.answer(ONE, "102", "101")
    stage.answer(call_id(60), "103", "101")
    assert stage.told
    stage.wait(30)
    stage.resync(x101=ExtensionStatus.ON_HOLD, x102=ExtensionStatus.BUSY, x103=ExtensionStatus.BUSY)
    assert not stage.told


def test_hold_and_resume_soon_after_the_answer() -> None:
    """The report of the resume equals that of the answer, and is no repeat of it."""
    stage = Stage(keeps_records=True)
    stage.status(ONE, "101 alert", "102 ring")
    stage.status(ONE, "101 talk", "102 talk")
    assert stage.told
    stage.wait(4)
    stage.status(ONE, "101 talk", "102 hold")
    assert stage.told == ["held 101 102"]
    stage.status(ONE, "101 talk", "102 talk")  # the answer once more, late
    assert not stage.told
    stage.wait(4)
    stage.status(ONE, "101 talk", "102 talk")
    assert stage.told == ["resumed 101 102"]
    stage.wait(4)
    stage.status(ONE, "101 talk", "102 hold")
    assert stage.told == ["held 101 102"]


def test_a_hold_by_command_that_no_status_shows() -> None:
    """The device of a phone on hold stays in use on an Asterisk."""
    busy, hold = ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD
    stage = Stage()
    stage.answer(ONE, "101", "102")
    stage.wait(10)
    stage.take(ExtensionStatusReport(name="", extension="101", status=hold))
    stage.wait(10)
    stage.resync(x101=busy, x102=busy)
    assert stage.told == ["answered 101 102", "held 101 102"]
    stage.resync(x101=hold, x102=busy)
    stage.resync(x101=busy, x102=busy)  # this PBX shows it
    assert stage.told == ["resumed 101 102"]


def test_who_is_rung_holds_the_call_in_which_it_talks() -> None:
    busy, hold = ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD
    stage = Stage()
    stage.answer(ONE, "102", "101")
    stage.wait(10)
    stage.ring(call_id(48), "101", "103")
    stage.phone("101", hold)
    assert stage.tracker.active[ONE].state is CallState.ON_HOLD
    stage.phone("101", busy)  # it goes on there, or takes the other
    assert stage.tracker.active[ONE].state is CallState.ON_HOLD
