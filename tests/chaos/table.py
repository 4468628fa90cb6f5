"""Prints what each fault did: `python -m tests.chaos.table [pytest's options]`."""

from pathlib import Path
import sys

import pytest

HEADER = (
    "fault",
    "right after",
    "devices gone",
    "outdated",
    "reports lost",
    "calls wrong",
    "warnings",
    "infos",
    "logins",
    "logins refused",
)


class Table:
    """Collects what the tests record."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        recorded = dict(report.user_properties)
        if report.when != "call" or "row" not in recorded:
            return
        row = recorded["row"]
        assert isinstance(row, dict)
        after, *counts = row.values()
        shown = (len(each) if isinstance(each, list) else each for each in counts)
        fault = f"{recorded['fault']}{'' if report.passed else ' (!)'}"
        self.rows.append([fault, f"{after:.1f} s", *map(str, shown)])

    def show(self) -> None:
        """Print a table in Markdown."""
        for row in (HEADER, ["---"] * len(HEADER), *self.rows):
            sys.stdout.write(f"| {' | '.join(row)} |\n")


if __name__ == "__main__":
    table = Table()
    code = pytest.main(
        [str(Path(__file__).parent / "test_chaos.py"), "-q", *sys.argv[1:]], plugins=[table]
    )
    table.show()
    sys.exit(code)
