"""Says at the end how many calls were played on a real Asterisk, or why none was."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print one line."""
    stats = terminalreporter.stats
    for report in (*stats.get("passed", ()), *stats.get("failed", ()), *stats.get("skipped", ())):
        if "asterisk/test_end_to_end.py::test_calls" not in report.nodeid:
            continue
        properties = dict(report.user_properties)
        if "calls played" in properties and report.when == "call":
            count = properties["calls played"]
            terminalreporter.write_line(f"Asterisk: {count} calls were played")
            for name, found in properties["wrong once"].items():
                terminalreporter.write_line(f"Asterisk: {name} was wrong once: {found}")
        elif report.outcome == "skipped":
            reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else ""
            terminalreporter.write_line(f"Asterisk: no calls were played. {reason}")
