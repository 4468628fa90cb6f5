"""Simultaneous bodies: one that cannot be applied does not cost the others."""

from custom_components.ippbx.pbx.model.events import ExtensionStatusReport, PbxEvent
from custom_components.ippbx.pbx.trace.trace import Trace
from custom_components.ippbx.pbx.uc.reports.parse import parse_report
from custom_components.ippbx.reports.receiver import ReceiverHooks, ReportReceiver
from custom_components.ippbx.reports.sources import SourceCheck
from custom_components.ippbx.state.publications import Publications
from tests.conftest import SERIAL

from .raw_requests import status_report

SOURCE = "192.0.2.10"


def test_a_faulty_body_does_not_stop_the_others() -> None:
    applied: list[str] = []

    def apply(report: PbxEvent) -> None:
        assert isinstance(report, ExtensionStatusReport)
        if report.extension == "1002":
            raise RuntimeError("a fault of ours")
        applied.append(report.extension)

    hooks = ReceiverHooks(
        title="PBX",
        serial=lambda: SERIAL,
        parse=lambda body: (parse_report(body),),
        dispatch=apply,
        on_unknown_source=lambda _source: None,
    )
    publications = Publications(list[Exception]().append)
    receiver = ReportReceiver(hooks, SourceCheck(SOURCE, ()), Trace(), publications)
    bodies = [status_report("1001"), b"garbage", status_report("1002"), status_report("1003")]

    receiver.receive([(body, SOURCE) for body in bodies])

    assert applied == ["1001", "1003"]
    assert receiver.rejected == {"malformed": 1, "not_applied": 1}
