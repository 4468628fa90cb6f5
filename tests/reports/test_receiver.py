"""Received bodies: one that cannot be applied costs no other; a stranger's is not trusted."""

from collections.abc import Callable

import pytest

from custom_components.ippbx.pbx.model.events import ExtensionStatusReport, PbxEvent
from custom_components.ippbx.pbx.trace.trace import Trace
from custom_components.ippbx.pbx.uc.reports.parse import parse_report
from custom_components.ippbx.reports.receiver import ReceiverHooks, ReportReceiver
from custom_components.ippbx.reports.sources import SourceCheck
from custom_components.ippbx.state.publications import Publications
from tests.conftest import SERIAL

from .raw_requests import status_report

SOURCE = "192.0.2.10"
STRANGER = "203.0.113.7"


@pytest.fixture
def trusted_calls() -> list[bool]:
    """Return whether each body was parsed as trusted."""
    return []


@pytest.fixture
def make_receiver(trusted_calls: list[bool]) -> Callable[..., ReportReceiver]:
    """Return a factory of receivers, given what applies an event."""

    def parse(body: bytes, *, trusted: bool) -> tuple[PbxEvent, ...]:
        trusted_calls.append(trusted)
        return (parse_report(body),)

    def make(apply: Callable[[PbxEvent], None]) -> ReportReceiver:
        hooks = ReceiverHooks(
            title="PBX",
            serial=lambda: SERIAL,
            parse=parse,
            dispatch=apply,
            on_unknown_source=lambda _source: None,
        )
        publications = Publications(list[Exception]().append)
        return ReportReceiver(hooks, SourceCheck(SOURCE, ()), Trace(), publications)

    return make


def test_a_faulty_body_does_not_stop_the_others(
    make_receiver: Callable[..., ReportReceiver],
) -> None:
    applied: list[str] = []

    def apply(report: PbxEvent) -> None:
        assert isinstance(report, ExtensionStatusReport)
        if report.extension == "1002":
            raise RuntimeError("a fault of ours")
        applied.append(report.extension)

    receiver = make_receiver(apply)
    bodies = [status_report("1001"), b"garbage", status_report("1002"), status_report("1003")]

    receiver.receive([(body, SOURCE) for body in bodies])

    assert applied == ["1001", "1003"]
    assert receiver.rejected == {"malformed": 1, "not_applied": 1}


def test_only_a_body_of_the_pbx_is_parsed_as_trusted(
    make_receiver: Callable[..., ReportReceiver], trusted_calls: list[bool]
) -> None:
    applied: list[PbxEvent] = []
    receiver = make_receiver(applied.append)
    body = status_report("1001")

    receiver.receive([(body, STRANGER), (body, SOURCE)])

    assert receiver.claims(body, SOURCE)
    assert not receiver.claims(body, STRANGER)
    assert trusted_calls == [False, True, True]
    assert len(applied) == 1
    assert receiver.rejected == {"source": 1}
