"""Calls beside other calls of the same extensions, as random office days on an Asterisk had them.

Each was told wrongly although a call alone was right.
"""

from custom_components.ippbx.pbx.model.events import CallEvent, CallReport
from custom_components.ippbx.pbx.model.lines import CallLeg, ExtensionStatus, LegKind, LegState
from custom_components.ippbx.pbx.model.tracked import CallOutcome

from .call_stage import ONE, OUTSIDE, Stage, call_id

BUSY, IDLE, RINGING = ExtensionStatus.BUSY, ExtensionStatus.IDLE, ExtensionStatus.RINGING
TWO = call_id(61, later=5)


def ringing(stage: Stage, call: str, callee: str, caller: str) -> None:
    """Let an extension ring for another one, as OpenVox reports it."""
    stage.ring(call, callee, caller)
    stage.alert(call, caller)
    stage.phone(callee, RINGING)


def hang_up(stage: Stage, call: str, *parties: str) -> None:
    """Let two extensions hang up, the first one first, as OpenVox reports it."""
    number = int(call.partition(".")[2]) + 2
    stage.bye(call, *parties)
    stage.bye(call_id(number), *parties[::-1])
    for each in parties:
        stage.phone(each, IDLE)


def plain_call(stage: Stage) -> None:
    """Let an extension call another one, which answers: its record has the id of its RING."""
    ringing(stage, call_id(10), "105", "106")
    stage.wait(2)
    stage.answer(call_id(10), "105", "106")
    stage.wait(5)
    hang_up(stage, call_id(10), "105", "106")
    stage.cdr(call_id(10), "answered", "106", "105", duration=7, talk_duration=5)
    stage.wait(5)
    stage.changes.clear()


def transferred_to(stage: Stage, service: str) -> None:
    """Let 101 call 102, which answers and transfers it to a group that rings 103."""
    ringing(stage, ONE, "102", "101")
    stage.wait(2)
    stage.answer(ONE, "102", "101")
    stage.wait(5)
    stage.say(CallEvent.TRANSFER, ONE, service, "101")
    stage.phone("102", IDLE)
    ringing(stage, ONE, "103", "101")
    stage.wait(1)


def ends(stage: Stage) -> dict[str, tuple[CallOutcome | None, str, tuple[str, ...]]]:
    """Return how calls ended: outcome, who answered, who missed it."""
    over = [each.call for each in stage.changes if each.type == "ended"]
    assert len(over) == len({each.call_id for each in over})
    return {each.call_id: (each.outcome, each.answered_by, each.missed_by) for each in over}


class TestTransferred:
    """A call that was transferred ends when nobody is left, without a snapshot."""

    def test_the_caller_hangs_up_in_an_ivr(self) -> None:
        stage = Stage()
        ringing(stage, ONE, "102", "101")
        stage.wait(2)
        stage.answer(ONE, "102", "101")
        stage.wait(5)
        stage.say(CallEvent.TRANSFER, ONE, "6500", "101")
        stage.phone("102", IDLE)
        stage.wait(2.8)
        hang_up(stage, ONE, "102", "101")
        stage.cdr(ONE, "answered", "101", "102", duration=10, talk_duration=8)
        stage.wait(3)
        assert stage.end().talk_seconds == 8

    def test_the_phone_of_the_group_rings_on_for_another_call(self) -> None:
        stage = Stage()
        transferred_to(stage, "6200")
        ringing(stage, TWO, "103", "104")
        hang_up(stage, ONE, "102", "101")
        stage.cdr(ONE, "answered", "101", "6200", duration=8, talk_duration=6)
        stage.wait(3)
        assert ends(stage) == {ONE: (CallOutcome.ANSWERED, "102", ())}
        assert list(stage.tracker.active) == [TWO]

    def test_a_line_hangs_up_at_its_other_end_too(self) -> None:
        stage = Stage()
        line = f"in {OUTSIDE}>102"
        stage.ring(call_id(42), "102", line, leg_id=ONE)
        stage.answer(ONE, "102", line, leg_id=ONE)
        stage.wait(5)
        stage.say(CallEvent.TRANSFER, ONE, "6500", line, leg_id=ONE)
        stage.wait(2)
        stage.bye(ONE, line, "102", leg_id=ONE)
        stage.bye(call_id(42), "102", line, leg_id=ONE)
        stage.cdr(ONE, "answered", OUTSIDE, "6500", direction="inbound", talk_duration=7)
        stage.wait(3)
        assert stage.end().talk_seconds == 7

    def test_the_new_partner_hears_ringing_under_another_id(self) -> None:
        """Asterisk numbers the ALERT of an outside line or a mobile phone by its own channel."""
        stage = Stage()
        transferred_to(stage, "01701")
        stage.ring(ONE, "out 101>01701", "101", leg_id=ONE)
        stage.alert(call_id(69, later=5), "101")
        assert list(stage.tracker.active) == [ONE]

    def test_a_channel_that_has_ended_does_not_come_back(self) -> None:
        """A parked party was retrieved, and has hung up, before the transfer is reported."""
        stage = Stage(keeps_records=True)

        def status(*legs: tuple[str, str, LegState | None]) -> tuple[CallLeg, ...]:
            return tuple(
                CallLeg(kind=LegKind.EXTENSION, extension=number, leg_id=channel, state=state)
                for number, channel, state in legs
            )

        def say(event: CallEvent, *legs: tuple[str, str, LegState | None]) -> None:
            report = CallReport(name="CallStatus", call_id=ONE, event=event, legs=status(*legs))
            stage.take(report)

        dials, rings = LegState.DIALING, LegState.RINGING
        say(CallEvent.STATUS, ("101", "PJSIP/101-1", dials), ("102", "PJSIP/102-2", rings))
        talk = LegState.TALKING
        say(CallEvent.STATUS, ("101", "PJSIP/101-1", talk), ("102", "PJSIP/102-2", talk))
        stage.wait(5)
        say(CallEvent.TRANSFER, ("6900", "", None), ("102", "PJSIP/102-2", None))
        say(CallEvent.STATUS, ("101", "PJSIP/101-1", LegState.ENDED))
        stage.wait(10)
        say(CallEvent.STATUS, ("103", "PJSIP/103-3", LegState.ENDED))
        say(CallEvent.TRANSFER, ("103", "", None), ("101", "PJSIP/101-1", None))
        say(CallEvent.STATUS, ("102", "PJSIP/102-2", LegState.ENDED))
        stage.cdr(ONE, "answered", "101", "102", duration=16, talk_duration=15)
        stage.wait(3)
        assert stage.end().talk_seconds == 15


class TestWaiting:
    """The caller of a call that no extension has answered makes another call (OpenVox)."""

    def test_a_call_with_an_earlier_id_that_rings_later(self) -> None:
        """The caller waits in a queue; calls somebody; then an agent of the queue rings."""
        stage = Stage()
        ringing(stage, TWO, "103", "101")
        stage.wait(2)
        ringing(stage, ONE, "102", "101")
        stage.wait(5)
        stage.phone("103", IDLE)
        stage.cdr(TWO, "no_answer", "101", "103", duration=7)
        stage.answer(ONE, "102", "101")
        stage.wait(3)
        hang_up(stage, ONE, "102", "101")
        stage.cdr(ONE, "answered", "101", "6700", duration=15, talk_duration=3)
        stage.wait(3)
        assert ends(stage) == {
            TWO: (CallOutcome.MISSED, "", ("103",)),
            ONE: (CallOutcome.ANSWERED, "102", ()),
        }

    def test_a_queue_that_was_put_on_hold_answers_with_its_agent(self) -> None:
        stage = Stage(keeps_records=True)
        stage.status(ONE, "101 hold via 6700")
        stage.wait(3)
        stage.status(ONE, "101 hold via 6700", "102 ring via 6700")
        stage.wait(6)
        stage.status(ONE, "101 hold via 6700", "102 talk via 6700")
        stage.wait(3)
        stage.status(ONE, "101 talk via 6700", "102 talk via 6700")
        stage.status(ONE, "101 bye via 6700")
        stage.status(ONE, "102 bye via 6700")
        stage.cdr(ONE, "answered", "101", "6700", duration=12, talk_duration=12)
        call = stage.end()
        assert (call.caller, call.answered_by) == ("101", "102")
        assert (call.ring_seconds, call.talk_seconds) == (6, 3)


class TestSnapshots:
    """A snapshot that does not show an internal call does not end it."""

    def test_while_its_caller_talks_to_a_mailbox(self) -> None:
        stage = Stage()
        ringing(stage, ONE, "102", "101")
        stage.wait(6)
        stage.phone("102", IDLE)
        stage.wait(2)
        stage.resync(queried=("101",), x101=BUSY, x102=IDLE)
        stage.wait(10)
        assert stage.told == ["dialing 101", "ringing 102"]
        stage.phone("101", IDLE)
        stage.cdr(ONE, "voicemail", "101", "102", duration=18, talk_duration=12)
        stage.wait(3)
        assert stage.end().outcome is CallOutcome.VOICEMAIL

    def test_while_its_mobile_phone_alone_was_given_up(self) -> None:
        stage = Stage()
        ringing(stage, ONE, "102", "101")
        stage.ring(ONE, "out 101>01701", "101", leg_id=ONE)
        stage.wait(3)
        stage.answer(ONE, "102", "101")
        stage.wait(5)
        assert stage.tracker.unsure_extensions == {"101", "102"}
        stage.resync(x101=BUSY, x102=BUSY)
        stage.wait(10)
        assert ONE in stage.tracker.active
        hang_up(stage, ONE, "102", "101")
        stage.cdr(ONE, "answered", "101", "102", duration=18, talk_duration=15)
        stage.wait(3)
        assert ends(stage) == {ONE: (CallOutcome.ANSWERED, "102", ())}


def test_a_group_of_which_one_member_is_busy_is_missed_by_the_others() -> None:
    """Asterisk's record says BUSY then, whatever the others did."""
    stage = Stage()
    ringing(stage, ONE, "102", "101")
    ringing(stage, ONE, "103", "101")
    stage.wait(12)
    stage.phone("102", IDLE)
    stage.phone("103", IDLE)
    stage.say(CallEvent.FAILED, ONE, "103", "101", reason="unreachable")
    stage.phone("101", IDLE)
    stage.cdr(ONE, "busy", "101", "6200", duration=12)
    stage.wait(3)
    assert ends(stage) == {ONE: (CallOutcome.MISSED, "", ("102", "103"))}


def test_a_group_that_is_consulted_is_one_call() -> None:
    """Its members ring under ids of their own (OpenVox)."""
    stage = Stage()
    line = f"in {OUTSIDE}>101"
    stage.ring(call_id(42), "101", line, leg_id=ONE)
    stage.answer(ONE, "101", line, leg_id=ONE)
    stage.wait(8)
    stage.changes.clear()
    later = (call_id(63, later=9), "102"), (call_id(61, later=9), "103")
    for call, member in later:
        ringing(stage, call, member, "101")
    assert stage.told == ["dialing 101", "ringing 102", "ringing 103 too"]
    assert len(stage.tracker.active) == 2
