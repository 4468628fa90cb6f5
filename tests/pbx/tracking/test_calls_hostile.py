"""What nobody would send by mistake must neither be kept for ever nor break the engine."""

from datetime import UTC, datetime, timedelta

from custom_components.ippbx.pbx.tracking.calls import MAX_IDS, MAX_TEXTS
from custom_components.ippbx.pbx.tracking.facts import MAX_RECORDS
from custom_components.ippbx.pbx.tracking.tracker import CallTracker
from custom_components.ippbx.pbx.uc.reports.parse import parse_report
from fuzz.memory import hostile_reports, measure

from .call_stage import Stage, call_id, shown

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_calls_without_a_name_are_not_kept() -> None:
    """They could not be found again, so that nothing would ever end them."""
    tracker = CallTracker(now=lambda: NOW)
    for number in range(500):
        body = b'{"action":"RING","ext":{"extid":"%d"},"ext":{"extid":"9%d"}}' % (number, number)
        assert tracker.take(parse_report(body)) == ()
    assert not tracker.active
    assert not tracker.calls_of("7")


def test_a_call_without_a_name_has_that_of_its_line() -> None:
    tracker = CallTracker(now=lambda: NOW)
    body = (
        b'{"action":"RING","inbound":{"from":"0551","to":"0552","trunk":"t",'
        b'"inboundid":"1780000000.4"},"ext":{"extid":"201"}}'
    )
    assert tracker.take(parse_report(body))
    assert list(tracker.active) == ["1780000000.4"]
    assert tracker.find("1780000000.4") is not None


def test_what_is_kept_of_all_calls_is_bounded() -> None:
    """However many calls reports tell of, and however much they tell of each."""
    held = [size for _, size in measure(640)]
    assert held[-1] < 60  # MiB; there is no end to it where calls are merely counted
    assert held[-1] < held[3] * 1.2


def test_calls_that_are_over_give_way_to_live_ones() -> None:
    now = NOW
    tracker = CallTracker(now=lambda: now)
    ring = b'{"action":"RING","callid":"%b","ext":{"extid":"201"},"ext":{"extid":"202"}}'
    tracker.take(parse_report(ring % b"1780000000.2"))
    tracker.take(parse_report(b'{"action":"NewCdr","callid":"1780000000.2","status":"NO ANSWER"}'))
    now += timedelta(minutes=1)
    assert tracker.settle()
    tracker.take(parse_report(ring % b"1780000060.4"))
    for body in hostile_reports(450):
        if b'"BYE"' not in body and b'"NewCdr"' not in body:
            tracker.take(parse_report(body))
        if tracker.find("1780000000.2") is None:
            break
    assert tracker.find("1780000000.2") is None
    assert tracker.find("1780000060.4") is not None
    assert tracker._index._texts <= MAX_TEXTS


def test_records_of_many_calls_do_not_pile_up_in_one() -> None:
    """Records of nothing are given to the call beside which they stand."""
    now = NOW
    tracker = CallTracker(now=lambda: now)
    for number in range(12, 60, 2):
        body = b'{"action":"NewCdr","callid":"1780000000.%d","callfrom":"201","callto":"%d"%b}'
        tail = b',"callduration":"0","talkduration":"0","status":"NO ANSWER"'
        for callee in (202, 203):
            tracker.take(parse_report(body % (number, callee, tail)))
    home = b'{"action":"ALERT","callid":"1780000000.10","ext":{"extid":"201"}}'
    tracker.take(parse_report(home))
    now += timedelta(minutes=1)
    tracker.settle()
    assert all(len(call.facts.records) <= MAX_RECORDS for call in tracker._index.live.values())


def test_lines_of_many_readings_do_not_pile_up_in_one_call() -> None:
    """Each reading shows the call on other lines."""
    stage = Stage()
    stage.ring(call_id(2), "101", "102")
    for number in range(3 * MAX_IDS):
        stage.wait(1)
        stage.resync(shown(call_id(2), "in 0551>101", leg_id=call_id(1_000 + number)))
    (call,) = stage.tracker._index.live.values()
    assert len(call.ids) <= MAX_IDS
