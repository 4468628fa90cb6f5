"""Simultaneous bodies: one that cannot be applied does not cost the others."""

from custom_components.ippbx.pbx.trace.trace import Trace
from custom_components.ippbx.pbx.uc.reports.parse import ExtensionStatusReport, Report
from custom_components.ippbx.reports.receiver import ReportIntake
from custom_components.ippbx.reports.sources import SourceCheck
from tests.conftest import SERIAL

from .raw_requests import status_report

SOURCE = "192.0.2.10"


def test_a_faulty_body_does_not_stop_the_others() -> None:
    taken: list[str] = []

    def apply(report: Report) -> None:
        assert isinstance(report, ExtensionStatusReport)
        if report.extension == "1002":
            raise RuntimeError("a fault of ours")
        taken.append(report.extension)

    intake = ReportIntake(
        "PBX",
        lambda: SERIAL,
        SourceCheck(SOURCE, ()),
        trace=Trace(),
        apply=apply,
        on_unknown_source=lambda _source: None,
    )
    bodies = [status_report("1001"), b"garbage", status_report("1002"), status_report("1003")]

    intake.receive([(body, SOURCE) for body in bodies])

    assert taken == ["1001", "1003"]
    assert intake.rejected == {"malformed": 1, "not_applied": 1}
