"""Calls shown by a reading: answers without an id, of lines alone, of calls just begun."""

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallEventType, CallOutcome

from .call_stage import Stage, call_id, shown

A, SECOND = call_id(40), call_id(42)
"""The id of a call, and the other one under which OpenVox reports it."""
IDLE, BUSY, RINGING = ExtensionStatus.IDLE, ExtensionStatus.BUSY, ExtensionStatus.RINGING


class TestAnswersWithoutAnId:
    """API v1 reports only the other party of an extension: maybe in another call than the known."""

    def test_two_who_call_each_other_again_are_in_the_later_call(self) -> None:
        stage = Stage(keeps_records=True)
        again = call_id(60, later=11)
        stage.say(CallEvent.FAILED, A, "102", "101", reason="603 Declined")
        stage.wait(10)
        stage.answer(again, "102", "101")
        stage.wait(10)
        stage.resync(shown("", "101", "102"), queried=("101", "102"), x101=BUSY, x102=BUSY)
        stage.wait(10)
        stage.resync(shown("", "104", "103"), queried=("101", "102"), x101=IDLE, x102=IDLE)
        stage.wait(10)
        ends = [change.call for change in stage.changes if change.type is CallEventType.ENDED]
        assert (A, CallOutcome.REFUSED) in [(call.call_id, call.outcome) for call in ends]

    def test_one_who_failed_to_be_reached_is_in_no_call_that_is_shown(self) -> None:
        stage = Stage()
        stage.say(CallEvent.FAILED, A, "102", "101", reason="486 Busy Here")
        stage.wait(10)
        stage.resync(shown("", "101", "102"), queried=("101",), x101=BUSY, x102=RINGING)
        stage.wait(20)
        stage.resync(queried=("101",), x101=IDLE, x102=IDLE)
        assert stage.end().outcome is CallOutcome.BUSY

    def test_an_answer_that_names_no_partner_is_of_no_call_for_sure(self) -> None:
        stage = Stage()
        stage.alert(A, "101")
        stage.say(CallEvent.FAILED, A, "102", "101", reason="603 Declined")
        stage.wait(10)
        stage.resync(shown("", "101"), queried=("101",), x101=BUSY)
        stage.wait(20)
        stage.resync(queried=("101",), x101=IDLE)
        assert stage.end().outcome is CallOutcome.REFUSED

    def test_it_shows_somebody_who_may_be_in_a_call_of_which_one_party_is_known(self) -> None:
        stage = Stage()
        group = call_id(60)
        stage.ring(group, "101", "104")
        stage.say(CallEvent.TRANSFER, A, "103")
        stage.wait(1)
        stage.resync(
            shown("", "101"),
            shown("", "104", "101"),
            queried=("101", "103", "104"),
            x101=BUSY,
            x103=IDLE,
            x104=BUSY,
        )
        assert A in stage.tracker.active, "101 may have made it"

    def test_an_unknown_partner_may_be_in_the_call_that_all_others_have_left(self) -> None:
        stage = Stage()
        asking = call_id(60)
        stage.ring(A, "102", "101")
        stage.bye(A, "102", "101")
        stage.wait(10)
        stage.ring(asking, "104", "101")
        stage.wait(5)
        stage.resync(
            shown("", "101", "103"), queried=("101",), x101=BUSY, x102=IDLE, x103=BUSY, x104=RINGING
        )
        assert A in stage.tracker.active, "103 may have answered it"


def test_an_extension_stays_in_its_call_whose_line_alone_a_reading_shows() -> None:
    stage = Stage()
    stage.ring(A, "out 101>01701", "101", leg_id=A)
    stage.answer(SECOND, "out 101>01701", "101", leg_id=A)
    stage.wait(10)
    stage.resync(shown(A, "out 101>01701 talk", leg_id=A), x101=BUSY)
    assert [call.call_id for call in stage.tracker.calls_of("101")] == [A]


def test_a_call_that_has_just_begun_is_not_gone_though_a_reading_does_not_show_it_yet() -> None:
    stage = Stage()
    stage.say(CallEvent.TRANSFER, A, "102")
    stage.wait(0.1)
    stage.resync(queried=("102",), x102=IDLE)
    assert A in stage.tracker.active
    stage.wait(10)
    stage.resync(queried=("102",), x102=IDLE)
    assert A not in stage.tracker.active
