"""What nobody would send by mistake must neither be kept for ever nor break the engine."""

from datetime import UTC, datetime, timedelta

from custom_components.ippbx.pbx.model.events import CallEvent
from custom_components.ippbx.pbx.tracking.calls import MAX_IDS, MAX_TEXTS
from custom_components.ippbx.pbx.tracking.facts import MAX_RECORDS
from custom_components.ippbx.pbx.tracking.tracker import CallTracker
from custom_components.ippbx.pbx.uc.reports.parse import parse_report
from fuzz.memory import hostile_reports, measure

from .call_stage import ONE, OUTSIDE, Stage, active, call_id, record, shown

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_calls_without_a_name_are_not_kept() -> None:
    """They could not be found again, so that nothing would ever end them."""
    tracker = CallTracker(now=lambda: NOW)
    for number in range(500):
        body = b'{"action":"RING","ext":{"extid":"%d"},"ext":{"extid":"9%d"}}' % (number, number)
        assert tracker.receive(parse_report(body)) == ()
    assert not tracker.active
    assert not tracker.calls_of("7")


def test_a_reading_may_show_a_call_without_a_name_or_parties() -> None:
    stage = Stage()
    stage.resync(shown(""))
    assert stage.told == []
    assert not active(stage)


def test_a_call_without_a_name_has_that_of_its_line() -> None:
    tracker = CallTracker(now=lambda: NOW)
    body = (
        b'{"action":"RING","inbound":{"from":"0551","to":"0552","trunk":"t",'
        b'"inboundid":"1780000000.4"},"ext":{"extid":"201"}}'
    )
    assert tracker.receive(parse_report(body))
    assert list(tracker.active) == ["1780000000.4"]
    assert tracker.find("1780000000.4") is not None


def test_a_line_that_is_stated_names_its_call_whatever_the_clock_of_the_pbx() -> None:
    """A box without a battery starts in 1970; its ids pair with none, but may be stated."""
    stage = Stage()
    stage.ring("47.2", "102", f"in {OUTSIDE}>102", leg_id="47.0")
    stage.answer("47.0", "102", f"in {OUTSIDE}>102", leg_id="47.0")
    assert stage.told == ["ringing 102", "answered 102"]
    assert len(stage.tracker.active) == 1


def test_a_transfer_without_members_of_a_call_without_members() -> None:
    """It ends as its record says, which is from before the transfer."""
    stage = Stage()
    stage.say(CallEvent.INVITE, ONE)
    stage.wait(30)
    stage.say(CallEvent.TRANSFER, ONE)
    stage.cdr(ONE, "no_answer", "101", "102")
    assert stage.end().talk_seconds == 0


def test_what_is_kept_of_all_calls_is_bounded() -> None:
    """However many calls reports tell of, and however much they tell of each."""
    held = [size for _, size in measure(640)]
    assert held[-1] < 60  # MiB; there is no end to it where calls are merely counted
    assert held[-1] < held[3] * 1.2


def test_calls_that_are_over_give_way_to_live_ones() -> None:
    now = NOW
    tracker = CallTracker(now=lambda: now)
    ring = b'{"action":"RING","callid":"%b","ext":{"extid":"201"},"ext":{"extid":"202"}}'
    tracker.receive(parse_report(ring % b"1780000000.2"))
    tracker.receive(
        parse_report(b'{"action":"NewCdr","callid":"1780000000.2","status":"NO ANSWER"}')
    )
    now += timedelta(minutes=1)
    assert tracker.settle()
    tracker.receive(parse_report(ring % b"1780000060.4"))
    for body in hostile_reports(4000, legs=1):
        if b'"BYE"' not in body and b'"NewCdr"' not in body:
            tracker.receive(parse_report(body))
        if tracker.find("1780000000.2") is None:
            break
    assert tracker.find("1780000000.2") is None
    assert tracker.find("1780000060.4") is not None
    assert tracker.index._texts <= MAX_TEXTS


def test_records_of_many_calls_do_not_pile_up_in_one() -> None:
    """Records of nothing are given to the call beside which they stand."""
    now = NOW
    tracker = CallTracker(now=lambda: now)
    for number in range(12, 60, 2):
        body = b'{"action":"NewCdr","callid":"1780000000.%d","callfrom":"201","callto":"%d"%b}'
        tail = b',"callduration":"0","talkduration":"0","status":"NO ANSWER"'
        for callee in (202, 203):
            tracker.receive(parse_report(body % (number, callee, tail)))
    home = b'{"action":"ALERT","callid":"1780000000.10","ext":{"extid":"201"}}'
    tracker.receive(parse_report(home))
    now += timedelta(minutes=1)
    tracker.settle()
    assert all(len(call.facts.records) <= MAX_RECORDS for call in tracker.index.live.values())


def test_lines_of_many_readings_do_not_pile_up_in_one_call() -> None:
    """Each reading shows the call on other lines."""
    stage = Stage()
    stage.ring(call_id(2), "101", "102")
    for number in range(3 * MAX_IDS):
        stage.wait(1)
        stage.resync(shown(call_id(2), "in 0551>101", leg_id=call_id(1_000 + number)))
    (call,) = stage.tracker.index.live.values()
    assert len(call.ids) <= MAX_IDS


def test_memory_is_bounded() -> None:
    stage = Stage()
    for number in range(3000):
        stage.ring(f"x{number}", f"p{number}", "101")
    up = len(stage.tracker.active)
    assert 1000 < up < 2000, "the oldest ones give way"
    for number in range(1500):
        stage.cdr(call_id(1000 + number), "answered", f"q{number}", "101")
        stage.wait(3)
    index = stage.tracker.index
    up -= 1  # for the first that was over
    assert len(index.live) == up, "what is over gives way first"
    assert len(index._finished) < 1000
    assert len(index.by_id) == up + len(index._finished)
    assert len(index._by_number) <= 2 * (up + len(index._finished))
    for number in range(1000):
        stage.ring(ONE, f"m{number}", "101")
    assert len(stage.tracker.active[ONE].legs) <= 64


def test_nonsense_raises_nothing_and_leaves_nothing() -> None:
    stage = Stage()
    for event in CallEvent:
        for legs in ((), ("101",), ("101", "101"), (f"in {OUTSIDE}>",), ("out >", "out >")):
            for each in ("", "nonsense", ONE, "9999999999.999999999999"):
                stage.say(event, each, *legs)
    stage.cdr(ONE, "", "", "", started=None, duration=None, talk_duration=None)
    stage.cdr("9999999999.1", "answered", "", "", duration=10**12)
    stage.read(record(call_id(9), "odd", "a", "b", started=None))
    stage.wait(60)
    stage.resync()
    stage.wait(60)
    assert not stage.tracker.active
