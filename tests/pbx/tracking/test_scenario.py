"""Random scenarios: the same each time, and consistent in themselves."""

from collections import Counter
from functools import cache
import json
from typing import Any

import pytest

from pbx_simulator.calls.legs import LegKind
from pbx_simulator.families.uc.dialects import DIALECTS, ReportFormat

from .scenario import CallTruth, Scenario, scenario

SEEDS = range(150)

pytestmark = pytest.mark.parametrize("dialect", list(DIALECTS))


@cache
def some(dialect: str) -> tuple[Scenario, ...]:
    """Return scenarios of a dialect."""
    return tuple(scenario(seed, dialect) for seed in SEEDS)


def calls(dialect: str) -> list[tuple[Scenario, int, CallTruth]]:
    """Return all calls of all scenarios."""
    return [(each, at, call) for each in some(dialect) for at, call in enumerate(each.calls)]


def bodies(each: Scenario, call: int) -> list[dict[str, Any]]:
    """Return the reports of a call, as JSON."""
    return [json.loads(report.body) for report in each.reports if report.call == call]


def test_the_same_seed_makes_the_same(dialect: str) -> None:
    again = [scenario(seed, dialect) for seed in SEEDS]
    assert [each.reports for each in again] == [each.reports for each in some(dialect)]
    assert [each.calls for each in again] == [each.calls for each in some(dialect)]
    assert len({each.reports for each in some(dialect)}) == len(SEEDS)


def test_reports_parse_and_are_in_order(dialect: str) -> None:
    for each in some(dialect):
        times = [report.at for report in each.reports]
        assert times == sorted(times)
        assert each.started < times[0] <= times[-1] < each.ended
        word = "event" if each.fmt is ReportFormat.MEMBERS else "action"
        for report in each.reports:
            body = json.loads(report.body)
            assert body[word] == report.name
            assert body.get("sn") in (each.serial, None)


def test_reports_of_the_old_api_name_a_party(dialect: str) -> None:
    unnamed = {"NewCdr", "ExtensionStatus", "CallFailed"}
    for each in some(dialect):
        for report in each.reports:
            body = json.loads(report.body)
            if "action" in body and report.name not in unnamed:
                assert {"ext", "inbound", "outbound"} & set(body) or body["call"]


def test_reports_name_their_call_by_its_ids(dialect: str) -> None:
    for each, at, call in calls(dialect):
        for body in bodies(each, at):
            assert body.get("callid", call.call_id) in call.ids
    for each in some(dialect):
        owners = Counter(id_ for call in each.calls for id_ in call.ids)
        assert not [id_ for id_, count in owners.items() if count > 1]


def test_every_call_begins_and_ends(dialect: str) -> None:
    for each, _, call in calls(dialect):
        assert each.started < call.started <= call.ended_at <= each.ended
        for moment in (call.rang_at, call.answered_at):
            assert moment is None or call.started <= moment <= call.ended_at
        assert int(call.call_id.partition(".")[0]) == int(call.started)


def test_outcomes_fit_what_happened(dialect: str) -> None:
    for _, _, call in calls(dialect):
        if call.answered_at is not None:
            assert call.outcome == "answered"
            assert call.answered_by
        assert call.outcome != "missed" or call.direction != "outbound"
        assert call.outcome != "cancelled" or call.direction == "outbound"


def test_records_fit_the_truth(dialect: str) -> None:
    for each, _, call in calls(dialect):
        found = [record for _, record in each.records if record.call_id in call.ids]
        assert found
        lasting = int(call.ended_at) - int(call.started)
        real = [record for record in found if record.call_id == call.call_id]
        assert any(record.duration == lasting for record in real)
        if call.answered_at is not None:
            assert any(record.status == "ANSWERED" for record in real)
        assert all(0 <= record.talk <= record.duration for record in found)


def test_records_of_a_time(dialect: str) -> None:
    for each in some(dialect):
        assert each.records_at(each.ended, each.started) == [record for _, record in each.records]
        assert not each.records_at(each.started, each.started)
        assert not each.records_at(each.ended, each.ended)


def test_some_report_decides_every_outcome_but_where_a_record_is_coarser(dialect: str) -> None:
    for each, at, call in calls(dialect):
        mine = {index for index, report in enumerate(each.reports) if report.call == at}
        deciding = {index for index in mine if each.reports[index].deciding}
        assert call.outcome in each.acceptable(at, mine - deciding)
        assert "unknown" in each.acceptable(at, set())
        if deciding:
            assert each.acceptable(at, mine) == {call.outcome} | call.also
        else:
            assert call.outcome == "refused"


def test_statuses_follow_the_legs(dialect: str) -> None:
    for each in some(dialect):
        for change in each.changes[1:]:
            if not change.statuses:
                continue
            seen = each.queries_at(change.at)
            busy = {
                leg.number
                for call in seen.calls
                for leg in call.parties
                if leg.kind is LegKind.EXTENSION
            }
            for number, status in seen.statuses.items():
                assert (status in ("idle", "unavailable")) == (number not in busy)
        end = each.queries_at(each.ended)
        assert not end.calls
        assert set(end.statuses.values()) <= {"idle", "unavailable"}


def test_queries_are_spelt_as_the_dialect_does(dialect: str) -> None:
    spoken = DIALECTS[dialect]
    seen = 0
    for each in some(dialect):
        middle = each.queries_at(each.calls[0].started + 3)
        numbers = {call.call_id for call in middle.calls}
        assert each.calls[0].call_id in numbers or each.calls[0].ended_at <= middle.at
        key = "calls" if spoken.events else "inbound"
        seen += len(middle.inbound[key])
        listed = [item[spoken.number_key] for item in middle.extension_list["extlist"]]
        assert listed == [extension.name for extension in each.extensions]
        assert len(middle.trunk_list[spoken.trunks_key]) == len(each.trunks)
        assert json.loads(json.dumps(middle.extension_calls)) == middle.extension_calls
    assert seen > 10


def test_all_kinds_come_up(dialect: str) -> None:
    kinds = Counter(part for _, _, call in calls(dialect) for part in call.kind.split(", "))
    expected = {
        *("internal", "inbound", "outbound", "API", "mobility", "asked"),
        *("ring group", "queue", "IVR", "extension", "forwarded"),
        *("answered", "unanswered", "given up", "voicemail", "refused", "busy", "failed"),
        *("blind transfer", "attended transfer", "transfer by the API", "hung up in the IVR"),
    }
    assert expected <= set(kinds)
    assert {call.outcome for _, _, call in calls(dialect)} == {
        *("answered", "missed", "busy", "failed", "voicemail", "refused", "cancelled")
    }
    assert any(call.holds for _, _, call in calls(dialect))
    assert any(call.keys for _, _, call in calls(dialect))
    assert any(len(each.calls) > 2 for each in some(dialect))
