"""What nobody would send by mistake must neither be kept for ever nor break the engine."""

from datetime import UTC, datetime

from custom_components.ippbx.pbx.calls import CallTracker
from custom_components.ippbx.pbx.reports import parse_report

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
