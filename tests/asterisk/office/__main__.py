"""Plays random days of an office on the Asterisk, and judges what is told of their calls.

    python -m tests.asterisk.office play --days 2 --seed 7 [--seconds 165] [--keep FOLDER]
    python -m tests.asterisk.office replay FOLDER [--reading NAME]... [--show] [--only ID...]

The first plays a day for each seed from the given one on, and keeps their traces in a folder; the
second judges kept days again, without an Asterisk. --show prints what is reported and told, in
order of time; --only keeps the calls whose first channel has one of these ids, or of these numbers
behind the dot. What is wrong is printed, and how often; that is no error.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

from tests.asterisk.bed import Bed
from tests.asterisk.judge import RUNS
from tests.asterisk.play import Trace, save, saved

from .day import Office
from .told import Listening, part
from .truth import Day
from .verdict import Finding, Kind, findings

DIALECTS = ("openvox", "yeastar-v1", "yeastar-v2")
BED = 4
"""The end-to-end tests have those before it."""


async def play(seeds: Collection[int], seconds: float, folder: Path | None) -> dict[str, Trace]:
    """Play a day for each seed, and return their traces; keep them if there is a folder."""
    bed, days = Bed(BED), dict[str, Trace]()
    await bed.start()
    try:
        for seed in seeds:
            begin, name = len(bed.log), f"day{seed}"
            try:
                await Office(bed, seed).play(seconds)
            finally:
                days[name] = bed.log[begin:]
                if folder is not None:
                    save(name, days[name], folder)
    finally:
        await bed.stop()
    return days


def judge(days: Mapping[str, Trace], readings: Collection[str], *, show: bool = False) -> None:
    """Print what is told wrongly of some days, and how often."""
    table: Counter[tuple[Kind, str, str]] = Counter()
    truths = {name: Day(trace) for name, trace in days.items()}
    for name, trace in days.items():
        for reading in readings:
            replay = Listening(*RUNS[reading])
            replay.play(trace)
            found = list(findings(replay.tellings, truths[name]))
            if replay.still_up:
                found.append(Finding(Kind.WRONG, "", "up for ever", f"{replay.still_up} calls"))
            table.update((each.kind, each.what, reading) for each in found)
            true = truths[name].truths
            if show:
                begins = [(truth.began, f"=== {truth}") for truth in true.values()]
                for at, text in sorted([*begins, *replay.lines], key=lambda line: line[0]):
                    print(f"{at - trace[0][0]:8.2f} {text}")
            for each in found:
                if show or each.kind is Kind.WRONG:
                    print(name, reading, f"{each.kind.value}: {each.what}: {each.text}", end=" | ")
                    print(true.get(each.call_id, each.call_id))
    calls = sum(len(day.truths) for day in truths.values())
    print(f"\n{calls} calls in {len(days)} days, each in:", *(f"{name:>12}" for name in readings))
    for kind in Kind:
        print(kind.value)
        for what in sorted({what for of, what, _ in table if of is kind}):
            print(f"  {what:24}", *(f"{table[kind, what, name]:12}" for name in readings))


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.asterisk.office", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    verbs = parser.add_subparsers(dest="verb", required=True)
    played, replayed = verbs.add_parser("play"), verbs.add_parser("replay")
    played.add_argument("--days", type=int, default=1)
    played.add_argument("--seed", type=int, default=1)
    played.add_argument("--seconds", type=float, default=165)
    played.add_argument("--keep", type=Path, metavar="FOLDER")
    replayed.add_argument("folder", type=Path)
    replayed.add_argument("--reading", action="append", choices=RUNS, metavar="NAME")
    replayed.add_argument("--show", action="store_true")
    replayed.add_argument("--only", nargs="+", default=[], metavar="ID")
    wish = parser.parse_args()
    if wish.verb == "play":
        if wish.keep is not None:
            wish.keep.mkdir(parents=True, exist_ok=True)
        seeds = range(wish.seed, wish.seed + wish.days)
        judge(asyncio.run(play(seeds, wish.seconds, wish.keep)), DIALECTS)
        return
    paths = sorted(wish.folder.glob("*.jsonl"))
    if not paths:
        parser.exit(1, f"{wish.folder} has no days\n")
    days = {path.stem: saved(path.stem, wish.folder) for path in paths}
    if wish.only:
        days = {name: left for name, trace in days.items() if (left := part(trace, wish.only))}
    judge(days, wish.reading or DIALECTS, show=wish.show)


if __name__ == "__main__":
    main()
