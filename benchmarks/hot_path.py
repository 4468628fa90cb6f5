"""A profile of the hot path: where the time of a report goes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .cases import Case
from .rounds import send
from .session import Session

REPORTS = 32_000
LINES = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One function.

    Attributes:
        own: microseconds of a report that it spends itself, C functions that it calls included.
        total: microseconds of a report with all that it calls.
    """

    name: str
    own: float
    total: float


def profile(session: Session, case: Case, say: Callable[[str], None]) -> list[Line]:
    """Return the functions that spend a case's time, those with the largest totals first."""
    say(f"Profiling case {case.key}")
    host, load = session.host(case), session.load(case)
    reports = load.round_up(REPORTS / 2 if case.burst else REPORTS)
    send(host, load, load.round_up(reports / 10), case.burst)
    host.ask("sample")
    before = host.ask("cpu")
    send(host, load, reports, case.burst)
    cpu = host.ask("cpu") - before
    return lines(host.ask("sampled"), cpu / reports * 1e6)


def lines(sampled: dict[str, Any], microseconds: float) -> list[Line]:
    """Return samples as parts of the time of a report.

    What every sample passes through is left out.
    """
    samples = sampled["samples"]
    return [
        Line(
            name=each["name"],
            own=each["own"] / samples * microseconds,
            total=each["total"] / samples * microseconds,
        )
        for each in sampled["functions"]
        if each["total"] < samples * 0.99
    ]


def shown(found: list[Line]) -> str:
    """Return the profile as text.

    The largest totals, then whatever of the integration is below them.
    """
    chosen = found[:LINES] + [line for line in found[LINES:] if "ippbx/" in line.name]
    rows = [f"{line.own:8.2f} {line.total:8.2f}  {line.name}" for line in chosen]
    return "\n".join(["     own    total  µs per report", *rows])
