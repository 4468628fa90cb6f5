"""Reports that come again, late, in another order, or not at all."""

from dataclasses import replace
from itertools import permutations

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent, CallReport
from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallOutcome

from .call_stage import ONE, OUTSIDE, Stage, answered_call, leg

BUSY, ON_HOLD = ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD
IDLE, RINGING = ExtensionStatus.IDLE, ExtensionStatus.RINGING


def test_a_word_about_a_phone_that_comes_again_after_another_one_is_no_news() -> None:
    stage = Stage()
    stage.answer(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    stage.wait(5)
    stage.phone("102", ON_HOLD)
    stage.wait(1)
    stage.phone("102", BUSY)
    stage.phone("102", ON_HOLD)  # a late copy
    assert stage.told[-2:] == ["held 102", "resumed 102"]
    stage.wait(5)
    stage.phone("102", ON_HOLD)
    assert stage.told == ["held 102"]


def test_reports_sent_three_times_are_told_once() -> None:
    stage = Stage()
    for each in answered_call():
        stage.take(each, each, each)
        stage.wait(0.5)
    assert stage.told == ["dialing 101", "ringing 102", "answered 102 101", "ended 102 101"]


def test_reports_in_any_order_make_one_answered_call() -> None:
    for order in permutations(answered_call()[1:6]):
        stage = Stage()
        for each in (*order, answered_call()[-1]):
            stage.take(each)
            stage.wait(0.2)
        told = [change.type for change in stage.changes]
        assert len(told) == len(set(told)), order
        stage.wait(10)
        call = stage.end_of_all()
        assert call.outcome is CallOutcome.ANSWERED, order


@pytest.mark.parametrize("lost", range(7))
def test_any_one_report_may_be_lost(lost: int) -> None:
    stage = Stage()
    for index, each in enumerate(answered_call()):
        if index != lost:
            stage.take(each)
            stage.wait(1)
    assert stage.end_of_all().outcome is CallOutcome.ANSWERED


def test_everything_after_the_record_is_ignored() -> None:
    stage = Stage()
    for each in answered_call():
        stage.take(each)
    stage.end_of_all()
    stage.wait(20)
    for each in answered_call():
        stage.take(each)
    stage.status(ONE, "101 talk", "102 talk")
    stage.status(ONE)
    stage.wait(20)
    assert stage.told == []
    assert not stage.tracker.active
    assert stage.tracker.find(ONE) is not None


def test_what_the_caller_hears_again_teaches_nothing() -> None:
    """Nobody need look at its parties then."""
    stage, line = Stage(), f"in {OUTSIDE}>102"
    stage.ring(ONE, "102", line, leg_id=ONE)
    assert stage.tracker.learnt
    stage.alert(ONE, line, leg_id=ONE)
    assert not stage.tracker.learnt
    stage.answer(ONE, "102", line, leg_id=ONE)
    assert stage.tracker.learnt
    stage.say(CallEvent.ANSWERED, ONE, "102", line, leg_id=ONE)
    assert not stage.tracker.learnt
    stage.bye(ONE, line, "102", leg_id=ONE)
    assert stage.tracker.learnt


def test_a_transfer_that_is_sent_again_after_five_seconds_is_no_second_one() -> None:
    """A report that was not answered with 200 is repeated (protocol-notes, `repeats`)."""
    stage = Stage()
    line = f"in {OUTSIDE}>102"
    stage.answer(ONE, "102", line, leg_id=ONE)
    stage.wait(5)
    for _ in range(2):
        stage.say(CallEvent.TRANSFER, ONE, "103", line, leg_id=ONE)
        stage.wait(5)
    assert [each for each in stage.told if each.startswith("transferred")] == [
        "transferred 102 103"
    ]


def test_of_the_statuses_of_a_phone_few_teach_anything() -> None:
    stage = Stage()
    stage.phone("102", RINGING)
    assert not stage.tracker.learnt
    stage.ring(ONE, "102", f"in {OUTSIDE}>102", leg_id=ONE)
    stage.phone("102", RINGING)
    assert not stage.tracker.learnt
    stage.phone("102", IDLE)
    assert stage.tracker.learnt
    assert stage.tracker.leg_states_of("102") == ()


def test_a_phone_rings_anew_though_nothing_was_reported_between() -> None:
    """An agent of a queue: that it left the turn before bore an id that tells nothing."""
    stage = Stage()
    for _ in range(2):
        stage.ring(ONE, "102", "101")
        stage.alert(ONE, "101")
        stage.wait(15)
        stage.phone("102", IDLE)
        stage.wait(1)
    assert stage.told == ["dialing 101", "ringing 102", "ringing 102 too"]
    stage.ring(ONE, "102", "101")
    stage.answer(ONE, "102", "101")
    stage.wait(30)
    assert ONE in stage.tracker.active


@pytest.mark.parametrize("phone", ["102", "103"], ids=["who stopped", "who talks"])
def test_a_phone_rings_no_more_after_the_answer_though_that_is_reported_again(phone: str) -> None:
    stage = Stage(keeps_records=True)
    line = f"in {OUTSIDE}>6200"
    stage.ring(ONE, "102", line, leg_id=ONE)
    stage.ring(ONE, "103", line, leg_id=ONE)
    stage.wait(4)
    stage.answer(ONE, "103", line, leg_id=ONE)
    stage.wait(2)
    stage.ring(ONE, phone, line, leg_id=ONE)
    assert stage.told == ["ringing 102", "ringing 103 too", "answered 103"]
    assert (stage.status_of("102"), stage.status_of("103")) == (None, BUSY)


@pytest.mark.parametrize("first", [True, False], ids=["its status first", "its status after"])
def test_a_phone_of_a_group_that_stopped_rings_anew_where_its_own_status_says_so(
    first: bool,
) -> None:
    """Who answered passes the call on to a colleague of the group, which nothing else reports."""
    stage = Stage(keeps_records=True)
    line = f"in {OUTSIDE}>6200"
    for phone in "102", "103":
        stage.ring(ONE, phone, line, leg_id=ONE)
        stage.phone(phone, RINGING)
    stage.wait(4)
    stage.answer(ONE, "103", line, leg_id=ONE)
    stage.phone("102", IDLE)
    stage.phone("103", BUSY)
    stage.wait(5)
    steps = [
        lambda: stage.phone("102", RINGING),
        lambda: stage.ring(ONE, "102", line, leg_id=ONE),
    ]
    for step in steps if first else steps[::-1]:
        step()
    assert stage.told[-1] == "ringing 102 too"
    assert (stage.status_of("102"), stage.status_of("103")) == (RINGING, None)


def test_of_rings_that_may_be_older_ones_few_are_kept() -> None:
    stage = Stage()
    line = f"in {OUTSIDE}>6200"
    phones = [str(number) for number in range(101, 161)]
    for phone in phones:
        stage.ring(ONE, phone, line, leg_id=ONE)
    stage.say(CallEvent.RINGING, ONE)
    stage.wait(5)
    stage.answer(ONE, "101", line, leg_id=ONE)
    stage.wait(5)
    for phone in phones[1:]:
        stage.ring(ONE, phone, line, leg_id=ONE)
    stage.say(CallEvent.RINGING, ONE)
    for phone in phones:
        stage.phone(phone, RINGING)
    assert stage.status_of("102") is None
    assert stage.status_of("160") is RINGING


def test_members_that_ring_by_the_channel_that_stopped_are_an_older_report() -> None:
    stage = Stage(keeps_records=True)

    def members(*states: str) -> CallReport:
        said = (f"in {OUTSIDE}>6200 {states[0]}", f"102 {states[1]}", f"103 {states[2]}")
        legs = tuple(replace(leg(text), leg_id=f"PJSIP/{text[:3]}-1") for text in said)
        return CallReport(name="CallStatus", call_id=ONE, event=CallEvent.STATUS, legs=legs)

    ring = members("alert", "ring", "ring")
    stage.take(ring)
    stage.wait(4)
    stage.take(members("talk", "bye", "talk"))
    stage.wait(4)
    stage.take(ring)
    assert stage.told == ["ringing 102 103", "answered 103"]
    assert stage.status_of("102") is None
