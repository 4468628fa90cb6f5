"""Mobile phones that ring with an extension, on an outside line."""

from custom_components.ippbx.pbx.model.lines import ExtensionStatus, LegKind
from custom_components.ippbx.pbx.model.tracked import CallOutcome

from .call_stage import ONE, OUTSIDE, Stage, call_id, shown

IDLE, RINGING = ExtensionStatus.IDLE, ExtensionStatus.RINGING


def test_api_v1_lists_the_two_lines_of_a_mobile_call_apart() -> None:
    stage = Stage()
    stage.ring(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    stage.wait(5)
    stage.resync(
        shown(ONE, f"in {OUTSIDE}>102 alert", "102 ring", leg_id=ONE),
        shown(call_id(41), "out 102>01701 ring", leg_id=call_id(41)),
    )
    assert len(stage.tracker.active) == 1
    kinds = {leg.kind for leg in stage.tracker.active[ONE].legs}
    assert kinds == {LegKind.EXTENSION, LegKind.INBOUND, LegKind.OUTBOUND}


class TestMobilePhone:
    """An outside caller on a hidden line, unanswered at the extension and at its mobile phone."""

    def test_its_outbound_record_to_an_extension_is_of_a_call_that_came_in(self) -> None:
        stage = Stage()
        stage.resync(x102=RINGING)
        stage.wait(10)
        stage.bye(ONE, "102")
        stage.cdr(ONE, "no_answer", OUTSIDE, "102", direction="outbound")
        call = stage.end()
        assert (call.outcome, call.direction) == (CallOutcome.MISSED, "inbound")


def test_a_call_on_a_line_that_is_not_monitored_does_not_go_out_to_a_mobile_phone() -> None:
    stage = Stage()
    stage.status(ONE, "102 ring", "out 102>01701 ring")
    call = stage.tracker.active[ONE]
    assert (call.direction, call.callee) == ("inbound", "102")


def test_mobile_phone_of_an_extension_answers() -> None:
    stage = Stage()
    inbound, mobile = f"in {OUTSIDE}>102", "out 102>01701"
    stage.status(ONE, f"{inbound} alert", "102 ring", f"{mobile} ring")
    stage.status(ONE, f"{inbound} talk", f"{mobile} talk")
    stage.status(ONE, "102 bye")
    stage.status(ONE, f"{inbound} bye")
    stage.status(ONE, f"{mobile} bye")
    stage.cdr(ONE, "answered", OUTSIDE, "102", direction="outbound", source_trunk="line-1")
    call = stage.end()
    assert (call.outcome, call.direction, call.answered_by) == ("answered", "inbound", "01701")


def test_its_answer_is_told_while_the_line_of_the_caller_is_hidden() -> None:
    stage = Stage()
    stage.status(ONE, "102 ring", "out 102>01701 ring")
    stage.wait(4)
    stage.status(ONE, "out 102>01701 talk")
    stage.wait(3)
    assert stage.told[-1] == "answered"
    assert stage.tracker.active[ONE].answered_by == "01701"


def test_who_answers_on_a_line_that_no_report_shows_is_unknown() -> None:
    """The record names the extension, and the line on which its mobile phone was rung."""
    stage = Stage(keeps_records=True)
    stage.resync(x102=IDLE)
    stage.status(ONE, f"in {OUTSIDE}>102 alert", "102 ring")
    stage.wait(4)
    stage.status(ONE, f"in {OUTSIDE}>01701 talk", "102 ring")
    stage.status(ONE, "102 bye")
    stage.wait(9)
    stage.status(ONE, f"in {OUTSIDE}>01701 bye")
    trunks = {"source_trunk": "line-1", "destination_trunk": "line-2"}
    stage.cdr(ONE, "answered", OUTSIDE, "102", direction="outbound", **trunks)
    call = stage.end()
    assert (call.outcome, call.answered_by) == (CallOutcome.ANSWERED, "")
    assert call.ring_seconds is None


def test_a_mobile_phone_rang_as_long_as_the_extension_whose_status_alone_shows_it() -> None:
    """Yeastar v1, whose English page has RING for calls over the API alone."""
    stage = Stage(keeps_records=True)
    inbound, mobile = f"in {OUTSIDE}>01701", "out 102>01701"
    stage.phone("102", RINGING)
    stage.wait(9)
    stage.answer(ONE, mobile, inbound, leg_id=ONE)
    stage.phone("102", IDLE)
    stage.wait(20)
    stage.bye(ONE, inbound, mobile, leg_id=ONE)
    stage.cdr(ONE, "answered", OUTSIDE, "102", direction="outbound", duration=30, talk_duration=20)
    call = stage.end()
    assert (call.answered_by, call.ring_seconds) == ("01701", 9)


def test_the_record_of_a_mobile_phone_is_of_its_call_after_the_end_too() -> None:
    """What it calls is no extension, but outside; its record follows that of the call."""
    stage = Stage(keeps_records=True)
    stage.resync(x102=IDLE)
    line = f"in {OUTSIDE}>102"
    stage.ring(ONE, "102", line, leg_id=ONE)
    stage.alert(ONE, f"in {OUTSIDE}>01701", leg_id=ONE)
    stage.wait(5)
    stage.answer(ONE, f"in {OUTSIDE}>01701", leg_id=ONE)
    stage.wait(5)
    stage.bye(ONE, f"in {OUTSIDE}>01701", leg_id=ONE)
    way = {"direction": "outbound", "source_trunk": "line-1", "destination_trunk": "line-2"}
    stage.cdr(ONE, "answered", OUTSIDE, "102", **way)
    stage.cdr(call_id(44), "answered", OUTSIDE, "01701", **way)
    assert stage.end_of_all().call_id == ONE


def test_an_inside_call_that_rings_a_mobile_phone_too_is_to_the_extension() -> None:
    stage = Stage()
    stage.ring(ONE, "102", "101")
    stage.wait(1)
    stage.ring(ONE, "out 101>01701", "101", leg_id=ONE)
    assert stage.tracker.active[ONE].callee == "102"
    stage.wait(4)
    stage.answer(call_id(42), "102", "101")
    call = stage.tracker.active[ONE]
    assert (call.callee, call.answered_by) == ("102", "102")
