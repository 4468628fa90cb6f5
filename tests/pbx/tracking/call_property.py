"""Runs the call engine on random scenarios with late, repeated and lost reports; counts errors.

    python -m tests.pbx.tracking.call_property --scenarios 100000 --seed 1
        [--dialect openvox] [--drop 0.1]

The scenarios come from the simulator's model (`pbx_simulator.families.uc.scenarios`), which knows
nothing of the engine.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
import sys
import time

from pbx_simulator.families.uc.scenarios import scenario

from .call_property_check import check
from .call_property_run import Run

DIALECTS = ("openvox", "yeastar-v1", "yeastar-v2")


@dataclass(slots=True)
class Figures:
    """What came out.

    Attributes:
        faults: what was wrong, by kind.
        examples: the first faults of each kind: kind -> (seed, what).
    """

    scenarios: int = 0
    reports: int = 0
    calls: int = 0
    told: int = 0
    unknown: int = 0
    coarse: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def add(self, run: Run) -> None:
        """Take in a run."""
        self.scenarios += 1
        self.reports += run.delivered
        self.calls += len(run.scenario.calls)
        verdict = check(run)
        self.told += verdict.told
        self.unknown += verdict.unknown
        self.coarse += verdict.coarse
        for kind, what in verdict.faults:
            self.faults[kind] += 1
            examples = self.examples.setdefault(kind, [])
            if len(examples) < 5:
                examples.append((run.scenario.seed, what))


def measure(dialect: str, seeds: Sequence[int], drop: float = 0.1) -> Figures:
    """Run scenarios of a dialect, one for each seed."""
    figures = Figures()
    for seed in seeds:
        run = Run(scenario(seed, dialect), seed, drop=drop)
        run.play()
        figures.add(run)
    return figures


def lines(dialect: str, figures: Figures, seconds: float) -> Iterator[str]:
    """Yield the figures in words."""
    share = 100 * figures.unknown / max(1, figures.told)
    yield (
        f"{dialect:11} scenarios {figures.scenarios}  calls {figures.calls}  told {figures.told}"
        f"  reports {figures.reports}  ghosts {figures.faults['ghost']}"
        f"  wrong {figures.faults['wrong']}  double {figures.faults['double']}"
        f"  unknown {figures.unknown} ({share:.2f} %)  coarse {figures.coarse}  {seconds:.1f} s"
    )
    for kind, count in sorted(figures.faults.items()):
        yield f"    {kind}: {count}"
        yield from (f"        seed {seed}: {what}" for seed, what in figures.examples[kind])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return 1 where anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenarios", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dialect", choices=DIALECTS)
    parser.add_argument("--drop", type=float, default=0.1)
    options = parser.parse_args(arguments)
    dialects = (options.dialect,) if options.dialect else DIALECTS
    faults = 0
    for index, dialect in enumerate(dialects):
        count = options.scenarios // len(dialects) + (index < options.scenarios % len(dialects))
        began = time.perf_counter()
        figures = measure(dialect, range(options.seed, options.seed + count), options.drop)
        faults += sum(figures.faults.values())
        for line in lines(dialect, figures, time.perf_counter() - began):
            print(line)  # noqa: T201 - a command line tool
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
