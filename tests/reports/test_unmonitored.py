"""Which extensions and trunks count as unmonitored."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from custom_components.ippbx.pbx.model.events import CallEvent, CallRecordReport, CallReport
from custom_components.ippbx.pbx.model.lines import CallLeg, CallRecord, LegKind, Trunk
from custom_components.ippbx.reports.unmonitored import UnmonitoredExtensions, UnmonitoredTrunks
from custom_components.ippbx.state.store import StateStore


@pytest.fixture
def unmonitored() -> UnmonitoredExtensions:
    return UnmonitoredExtensions()


def test_an_extension_without_reports_for_two_changes_is_unmonitored(
    unmonitored: UnmonitoredExtensions,
) -> None:
    for times in (1, 2):
        assert unmonitored.compare({"101"}, proven=True) == {"101"}, times
        assert unmonitored.numbers == []
    unmonitored.confirm()
    assert unmonitored.numbers == ["101"]
    assert unmonitored.compare({"101", "102"}, proven=True) == {"102"}  # it is known not to report


def test_its_first_report_ends_that(unmonitored: UnmonitoredExtensions) -> None:
    unmonitored.compare({"101"}, proven=True)
    unmonitored.compare({"101"}, proven=True)
    unmonitored.confirm()
    unmonitored.status_reported("101")
    assert unmonitored.numbers == []
    unmonitored.compare(set(), proven=True)
    assert unmonitored.compare({"101"}, proven=True) == {"101"}
    unmonitored.confirm()
    assert unmonitored.numbers == []


def test_one_lost_report_makes_no_extension_unmonitored(unmonitored: UnmonitoredExtensions) -> None:
    unmonitored.compare({"101"}, proven=True)
    unmonitored.status_reported("101")
    unmonitored.compare(set(), proven=True)
    unmonitored.compare({"101"}, proven=True)
    unmonitored.confirm()
    assert unmonitored.numbers == []


def test_a_channel_without_reports_says_nothing_of_extensions(
    unmonitored: UnmonitoredExtensions,
) -> None:
    for _ in range(5):
        assert unmonitored.compare({"101"}, proven=False) == {"101"}
    unmonitored.confirm()
    assert unmonitored.numbers == []


def test_a_list_that_differs_from_a_report_questions_nothing(
    unmonitored: UnmonitoredExtensions,
) -> None:
    unmonitored.status_reported("101")
    assert unmonitored.compare({"101"}, proven=True) == set()
    assert unmonitored.compare({"101"}, proven=True) == {"101"}
    assert unmonitored.any_reported({"101", "102"})
    assert not unmonitored.any_reported({"102"})


def test_a_dead_channel_explains_the_misses_of_what_was_reported_before(
    unmonitored: UnmonitoredExtensions,
) -> None:
    unmonitored.status_reported("101")
    unmonitored.compare(set(), proven=True)
    for _ in range(2):
        unmonitored.compare({"101", "102"}, proven=True)
    unmonitored.forget_reported()
    unmonitored.confirm()
    assert unmonitored.numbers == ["102"]


class Calls:
    """Reports of calls from outside that extension 101 answers, and the clock."""

    def __init__(self) -> None:
        self.now = 1000.0
        store = SimpleNamespace(
            extensions={"101": None, "102": None},
            trunks={"1": Trunk(key="1", name="south"), "2": Trunk(key="2", name="north")},
        )
        self.read = ""  # the trunk of calls that a read has shown
        self.trunks = UnmonitoredTrunks(
            cast("StateStore", store), lambda _call_id: self.read, lambda: self.now
        )

    def report(self, *legs: CallLeg, event: CallEvent = CallEvent.ANSWER) -> None:
        """Report something of a call."""
        self.trunks.receive(CallReport(name="", call_id="1", event=event, legs=legs))

    def record(self, **changes: Any) -> None:
        """Report the record of a call over the trunk "south" that lasted a minute."""
        known: dict[str, Any] = {
            "call_id": "1",
            "caller": "030555811",
            "callee": "101",
            "source_trunk": "south",
            "duration": 60,
            "talk_duration": 50,
            "outcome": "answered",
        }
        self.trunks.receive(CallRecordReport(name="", record=CallRecord(**known | changes)))

    def call(self, *legs: CallLeg, **changes: Any) -> None:
        """Let 101 talk for a minute."""
        self.report(CallLeg(kind=LegKind.EXTENSION, extension="101"), *legs)
        self.now += 60
        self.record(**changes)
        self.now += 600


SOUTH = CallLeg(kind=LegKind.INBOUND, caller="030555811", trunk="south")


@pytest.fixture
def calls() -> Calls:
    return Calls()


def test_a_trunk_that_records_name_and_no_report_of_a_call_is_unmonitored(calls: Calls) -> None:
    calls.call()
    calls.call()
    assert calls.trunks.names == []  # the first one only showed that there is such a trunk
    calls.call(source_trunk="", destination_trunk="south", caller="101", callee="030555811")
    assert calls.trunks.names == ["south"]


def test_a_trunk_that_only_reads_name_is_unmonitored(calls: Calls) -> None:
    calls.read = "north"
    for _ in range(3):
        calls.call(source_trunk="")
    assert calls.trunks.names == ["north"]


def test_the_first_report_that_names_a_trunk_ends_that(calls: Calls) -> None:
    for _ in range(3):
        calls.call()
    calls.report(SOUTH, event=CallEvent.DIALING)
    assert calls.trunks.names == []
    calls.record()
    calls.call()
    assert calls.trunks.names == []


def test_calls_at_once_over_a_monitored_trunk(calls: Calls) -> None:
    """A report that names it may be of either call."""
    for _ in range(5):
        calls.report(SOUTH, event=CallEvent.RINGING)
        for number in ("101", "102"):
            calls.report(CallLeg(kind=LegKind.EXTENSION, extension=number))
        calls.now += 60
        calls.record()
        calls.record(callee="102")
        calls.now += 600
    assert calls.trunks.names == []


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "no_answer"},
        {"talk_duration": 0},
        {"source_trunk": "east"},  # no such trunk
        {"destination_trunk": "north"},  # a mobile phone may have taken it
        {"callee": "6500"},  # an IVR has it: no document says that this is reported
        {"duration": 2},  # the report of its answer is older: the record came late
    ],
)
def test_records_that_show_nothing(calls: Calls, changes: dict[str, Any]) -> None:
    for _ in range(5):
        calls.call(**changes)
    assert calls.trunks.names == []


def test_trunks_that_reports_name_otherwise_than_records(calls: Calls) -> None:
    for _ in range(5):
        calls.call(CallLeg(kind=LegKind.INBOUND, caller="030555811", trunk="SIP-south"))
    assert calls.trunks.names == []


def test_a_repeated_record_counts_once(calls: Calls) -> None:
    calls.call()
    calls.call()
    calls.record()
    assert calls.trunks.names == []


def test_names_that_nobody_knows_are_not_kept(calls: Calls) -> None:
    for number in range(1000):
        calls.report(CallLeg(kind=LegKind.EXTENSION, extension=f"9{number}"))
        calls.record(source_trunk=f"trunk {number}")
    assert not calls.trunks._answered
    assert not calls.trunks._named
