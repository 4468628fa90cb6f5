"""The results as Markdown and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
import json
import os
from pathlib import Path
import platform
from typing import Any

from homeassistant.const import __version__ as home_assistant_version

from .rounds import Measured
from .setup_cost import SetUp, SetUpCost
from .verdicts import Verdict

START, END = "<!-- scripts/bench: start -->", "<!-- scripts/bench: end -->"
NO_VALUE = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything that one run showed.

    Attributes:
        run: in words, how thorough it was.
        set_up: what the set-up cost; None if it was not measured.
    """

    run: str
    measured: Sequence[Measured]
    set_up: SetUpCost | None
    verdicts: Sequence[Verdict]


def markdown(results: Results) -> str:
    """Return the results as tables."""
    parts = [f"{_machine()}; {results.run}.", _cases(results.measured)]
    if results.set_up is not None:
        parts.append(_set_up(results.set_up))
    parts.append(_verdicts(results.verdicts))
    return "\n\n".join(parts) + "\n"


def replace_table(text: str, table: str) -> str:
    """Return a document with the table between its two marks replaced.

    Raises:
        ValueError: it has not both marks, each once.
    """
    if text.count(START) != 1 or text.count(END) != 1 or text.index(START) > text.index(END):
        raise ValueError(f"the document needs {START} and {END}, once each")
    head, tail = text[: text.index(START)], text[text.index(END) :]
    return f"{head}{START}\n\n{table}\n{tail}"


def write_markdown(file: Path, results: Results) -> None:
    """Put the tables into a document, which need not exist."""
    text = file.read_text(encoding="utf-8") if file.exists() else f"{START}\n{END}\n"
    file.write_text(replace_table(text, markdown(results)), encoding="utf-8")


def write_json(file: Path, results: Results) -> None:
    """Write everything that was measured."""
    content: dict[str, Any] = {
        "home_assistant": home_assistant_version,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "run": results.run,
        "cases": [
            {
                "case": each.case.key,
                "title": each.case.title,
                "microseconds": each.microseconds,
                "per_second": each.per_second,
                "busy": each.busy,
                "rounds": [asdict(r) for r in each.rounds],
                "void": [asdict(r) for r in each.void],
            }
            for each in results.measured
        ],
        "set_up": asdict(results.set_up) if results.set_up is not None else None,
        "verdicts": [{**asdict(each), "met": each.met} for each in results.verdicts],
    }
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _machine() -> str:
    return (
        f"Home Assistant {home_assistant_version}, Python {platform.python_version()},"
        f" {os.cpu_count()} cores ({platform.machine()})"
    )


def _cases(measured: Sequence[Measured]) -> str:
    rows = [
        (
            each.case.key,
            each.case.title,
            _number(each.microseconds),
            _number(each.per_second),
            f"{each.busy:.0%}",
            f"{len(each.rounds)} ({len(each.void)} void)" if each.void else str(len(each.rounds)),
        )
        for each in measured
    ]
    return _table(
        ("", "who takes the report", "CPU µs per report", "reports per s", "busy", "rounds"),
        rows,
        align="llrrrr",
    )


def _set_up(cost: SetUpCost) -> str:
    def row(name: str, set_up: SetUp, requests: str) -> tuple[str, ...]:
        return (
            name,
            f"{set_up.loading * 1000:.0f} ms",
            f"{set_up.wall * 1000:.0f} ms",
            f"{set_up.cpu * 1000:.0f} ms",
            f"{set_up.memory:.1f} MiB",
            requests,
        )

    title = f"Set-up, {cost.devices} devices and {cost.entities} entities"
    rows = [
        row("the integration", cost.integration, str(cost.requests)),
        row("a bare integration", cost.bare, "0"),
    ]
    return _table(
        (title, "loading its code", "time", "CPU time", "memory", "requests"), rows, align="lrrrrr"
    )


def _verdicts(verdicts: Sequence[Verdict]) -> str:
    words = {True: "yes", False: "**no**", None: NO_VALUE}
    rows = [
        (
            each.claim,
            NO_VALUE if each.value is None else f"{_number(each.value)}{each.unit}",
            f"{'at least' if each.at_least else 'at most'} {each.limit:g}{each.unit}",
            words[each.met],
        )
        for each in verdicts
    ]
    return _table(("", "measured", "wanted", "met"), rows, align="lrrl")


def _number(value: float | None) -> str:
    if value is None:
        return NO_VALUE
    if value == int(value) or value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, align: str) -> str:
    rules = ["---:" if side == "r" else "---" for side in align]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rules, *rows))
