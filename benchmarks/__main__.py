"""The benchmark's command line, see docs/performance.md."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
import sys
import time

from .cases import CASES, Case
from .errors import BenchmarkError
from .growth import growth_verdicts
from .hot_path import profile, shown
from .rounds import Measured, run_rounds
from .session import Session
from .setup_cost import measure_set_up
from .table import Results, markdown, write_json, write_markdown
from .verdicts import report_verdicts, set_up_verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How thorough a run is.

    Attributes:
        rounds: of each case.
        seconds: of a case in a round.
        set_ups: pairs of the integration's and the bare one's.
        lenient: whether rounds count in which another process had Home Assistant's core.
    """

    name: str
    rounds: int
    seconds: float
    set_ups: int
    lenient: bool


QUICK = Depth(name="quick", rounds=3, seconds=0.4, set_ups=3, lenient=True)
FULL = Depth(name="full", rounds=9, seconds=2, set_ups=9, lenient=False)


def main() -> int:
    """Run what the command line asks for; return the exit code."""
    arguments = _parse()
    say = _Sayer()
    try:
        if arguments.profile:
            _profile(arguments.cases or "c", say)
            return 0
        results = _measure(QUICK if arguments.quick else FULL, arguments.cases, say)
    except BenchmarkError as error:
        print(f"Broken: {error}", file=sys.stderr)
        return 1
    print(markdown(results))
    if arguments.json:
        write_json(arguments.json, results)
    if arguments.markdown:
        write_markdown(arguments.markdown, results)
    return _exit_code(results, strict=arguments.strict)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="some minutes instead of many; proves little")
    add("--strict", action="store_true", help="fail if something wanted is missed or void")
    add("--cases", metavar="a,b1,...", help="only these, without set-up and growth")
    add("--json", type=Path, metavar="FILE", help="write everything that was measured")
    add("--markdown", type=Path, metavar="FILE", help="put the tables between a document's marks")
    add(
        "--profile",
        action="store_true",
        help="show where the time of a report goes (of case c, or those of --cases)",
    )
    return parser.parse_args()


def _measure(depth: Depth, chosen: str | None, say: Callable[[str], None]) -> Results:
    cases = _chosen(chosen) if chosen else CASES
    set_up = None if chosen else measure_set_up(depth.set_ups, say)
    say(f"Starting Home Assistant {len({case.host for case in cases})} times")
    with Session(cases) as session:
        measured = run_rounds(
            session, cases, depth.rounds, depth.seconds, lenient=depth.lenient, say=say
        )
    verdicts = report_verdicts(measured)
    if set_up is not None:
        verdicts += set_up_verdicts(set_up) + growth_verdicts()
    run = (
        f"{depth.name} run, medians of {depth.rounds} rounds"
        f" and of {depth.set_ups} pairs of set-ups"
    )
    return Results(run=run, measured=measured, set_up=set_up, verdicts=verdicts)


def _chosen(keys: str) -> tuple[Case, ...]:
    """Return the cases that are named, with commas between.

    Raises:
        BenchmarkError: one of them does not exist.
    """
    wanted = keys.split(",")
    cases = tuple(case for case in CASES if case.key in wanted)
    if unknown := set(wanted) - {case.key for case in cases}:
        raise BenchmarkError(f"No such case: {', '.join(sorted(unknown))}")
    return cases


def _profile(keys: str, say: Callable[[str], None]) -> None:
    for case in _chosen(keys):
        with Session((case,)) as session:
            print(shown(profile(session, case, say)))


def _exit_code(results: Results, *, strict: bool) -> int:
    """Return 1 if a case means nothing, or with `strict` if something that is wanted is not so."""
    broken: list[Measured] = [each for each in results.measured if each.load_failed]
    for each in broken:
        print(f"Broken: case {each.case.key}: Home Assistant waited for reports", file=sys.stderr)
    missed = [verdict.claim for verdict in results.verdicts if not verdict.met]
    for claim in missed:
        print(f"Not met: {claim}", file=sys.stderr)
    return int(bool(broken) or (strict and bool(missed)))


class _Sayer:
    """Tells on the terminal how far the run is."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def __call__(self, text: str) -> None:
        print(f"{time.monotonic() - self._started:6.1f} s  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
