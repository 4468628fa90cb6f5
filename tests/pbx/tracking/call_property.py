"""Runs the call engine on random scenarios with late, repeated and lost reports; counts errors.

    python -m tests.pbx.tracking.call_property --scenarios 100000 --seed 1
        [--dialect openvox] [--rates realistic]
    python -m tests.pbx.tracking.call_property --seed 40 --dialect openvox --show

The second shows one scenario: what is reported, and what the engine makes of it.

The scenarios are played by the simulator's own calls, in virtual time (`scenario`); they know
nothing of the engine.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
import sys
import time
from typing import Any

from custom_components.ippbx.pbx.model.tracked import CallChange

from .call_property_check import check
from .call_property_run import RATES, Run
from .scenario import scenario

DIALECTS = ("openvox", "yeastar-v1", "yeastar-v2")


@dataclass(slots=True)
class Figures:
    """What came out.

    Attributes:
        told: calls of which the end was published.
        unknown: what was left open, by kind.
        coarse: calls of which something else than the truth arrived, and was published.
        faults: what was wrong, by kind.
        hidden: faults of calls that nothing tells apart.
        delays: seconds from the end of calls until it was published.
        examples: the first faults of each kind: kind -> (seed, what).
    """

    scenarios: int = 0
    reports: int = 0
    calls: int = 0
    told: int = 0
    coarse: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    hidden: Counter[str] = field(default_factory=Counter)
    delays: list[float] = field(default_factory=list)
    examples: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def add(self, run: Run) -> None:
        """Add a run."""
        self.scenarios += 1
        self.reports += run.delivered
        self.calls += len(run.scenario.calls)
        verdict = check(run)
        self.told += verdict.told
        self.unknown += verdict.unknown
        self.coarse += verdict.coarse
        self.delays += verdict.delays
        for kind, what, hidden in verdict.faults:
            (self.hidden if hidden else self.faults)[kind] += 1
            examples = self.examples.setdefault(f"{kind} (hidden)" if hidden else kind, [])
            if len(examples) < 5:
                examples.append((run.scenario.seed, what))

    @property
    def delay(self) -> tuple[float, float]:
        """Return the delay of ends in seconds: median and ninth decile."""
        ordered = sorted(self.delays) or [0.0]
        return median(ordered), ordered[int(len(ordered) * 0.9)]


def measure(dialect: str, seeds: Sequence[int], rates: str = "stress") -> Figures:
    """Run scenarios of a dialect, one for each seed."""
    figures = Figures()
    for seed in seeds:
        chosen = RATES[rates]
        run = Run(scenario(seed, dialect, monitored=chosen.monitored), seed, rates=chosen)
        run.play()
        figures.add(run)
    return figures


def lines(dialect: str, figures: Figures, seconds: float) -> Iterator[str]:
    """Yield the figures as text."""
    share = {kind: f"{100 * n / max(1, figures.told):.2f}" for kind, n in figures.unknown.items()}
    middle, ninth = figures.delay
    yield (
        f"{dialect:11} scenarios {figures.scenarios}  calls {figures.calls}  told {figures.told}"
        f"  reports {figures.reports}  faults {sum(figures.faults.values())}"
        f"  hidden {sum(figures.hidden.values())}  coarse {figures.coarse}"
        f"  ended after {middle:.2f} s, {ninth:.2f} s  {seconds:.1f} s"
    )
    yield f"    unknown, %: {share}"
    for kind, count in sorted(figures.faults.items()):
        yield f"    {kind}: {count}"
        yield from (f"        seed {seed}: {what}" for seed, what in figures.examples[kind])
    for kind, count in sorted(figures.hidden.items()):
        yield f"    that nothing tells apart, {kind}: {count}"
        examples = figures.examples[f"{kind} (hidden)"]
        yield from (f"        seed {seed}: {what}" for seed, what in examples)


class _Shown(Run):
    """A run that prints what is reported, and what the engine publishes."""

    def _do(self, kind: str, what: Any) -> None:
        line = kind
        if kind == "report":
            report = self.scenario.reports[what]
            line = f"#{report.call} {report.body.decode()}"
        self._print(line)
        Run._do(self, kind, what)

    def _take(self, changes: tuple[CallChange, ...]) -> None:
        for change in changes:
            call = change.call
            self._print(
                f"    => {change.type} {call.call_id} {call.direction} {call.caller} -> "
                f"{call.callee}, answered by {call.answered_by or 'nobody'}, {call.outcome}, "
                f"ring {call.ring_seconds}, talk {call.talk_seconds}, missed by {call.missed_by}"
            )
        Run._take(self, changes)

    def _print(self, line: str) -> None:
        print(f"{self._time - self.scenario.started:8.3f} {line}")  # noqa: T201


def show(dialect: str, seed: int, rates: str) -> None:
    """Print one scenario, what the engine makes of it, the truth, and what is wrong."""
    chosen = RATES[rates]
    run = _Shown(scenario(seed, dialect, monitored=chosen.monitored), seed, rates=chosen)
    run.play()
    lines = [
        str(run.scenario.readings),
        *map(str, run.scenario.calls),
        *map(str, check(run).faults),
    ]
    print(*lines, sep="\n")  # noqa: T201


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return 1 where anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenarios", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dialect", choices=DIALECTS)
    parser.add_argument("--rates", choices=tuple(RATES), default="stress")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args(arguments)
    dialects = (options.dialect,) if options.dialect else DIALECTS
    if options.show:
        show(dialects[0], options.seed, options.rates)
        return 0
    faults = 0
    for index, dialect in enumerate(dialects):
        count = options.scenarios // len(dialects) + (index < options.scenarios % len(dialects))
        began = time.perf_counter()
        figures = measure(dialect, range(options.seed, options.seed + count), options.rates)
        faults += sum(figures.faults.values())
        for line in lines(dialect, figures, time.perf_counter() - began):
            print(line)  # noqa: T201 - a command line tool
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
