"""The command line of scripts/fuzz, see docs/development.md."""

import argparse
import importlib.util
import json
from pathlib import Path
import subprocess
import sys
from typing import Any

from .blind import fuzz
from .corpus import seeds
from .memory import measure, shown
from .targets import TARGETS
from .watch import repeat_slowest

_INTERRUPTED = 72  # what libFuzzer ends with where somebody stopped it
_FOLDER = Path(".cache/fuzz")


def main() -> int:
    """Run what the command line asks for; return 1 where a target raised, hung or crashed."""
    arguments = _parse()
    if arguments.target == "memory":
        print(shown(measure(arguments.inputs or 100_000, legs=1)))
        return 0
    folder = arguments.folder / arguments.target
    folder.mkdir(parents=True, exist_ok=True)
    guided = importlib.util.find_spec("atheris") is not None and not arguments.blind
    figures = _guided(arguments, folder) if guided else _blind(arguments, folder)
    slow = [(0.0, path.read_bytes()) for path in sorted(folder.glob("slow-*"))]
    alone = repeat_slowest(TARGETS[arguments.target], slow)
    figures["worst_alone_ms"] = [round(seconds * 1000, 2) for seconds in alone[:5]]
    (folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps({"target": arguments.target, "guided": guided} | figures, indent=2))
    return 1 if figures["faults"] else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("target", choices=[*TARGETS, "memory"])
    parser.add_argument("--seconds", type=float, help="how long (60, unless --inputs is given)")
    parser.add_argument("--inputs", type=int, help="how many inputs")
    parser.add_argument("--longest", type=int, default=0, help="bytes of an input at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--blind", action="store_true", help="do not use atheris, if it is there")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="where faults are kept")
    arguments = parser.parse_args()
    if arguments.seconds is None and arguments.inputs is None:
        arguments.seconds = 60.0
    return arguments


def _guided(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Let atheris guide a process of its own, and return its figures."""
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for index, data in enumerate(seeds(arguments.target)):
        (corpus / f"seed-{index:05}").write_bytes(data)
    limits = (arguments.seconds or 0, arguments.inputs or 0, arguments.seed, arguments.longest)
    command = [sys.executable, "-m", "fuzz.guided", arguments.target, folder, *limits]
    for stale in folder.glob("*-*"):
        stale.unlink()
    code = subprocess.run(list(map(str, command)), check=False).returncode
    figures: dict[str, Any] = json.loads((folder / "figures.json").read_text())
    if code not in (0, _INTERRUPTED):
        figures["faults"].append(f"the process ended with {code}, see {folder}/crash-*")
    return figures


def _blind(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    return fuzz(
        arguments.target,
        seconds=arguments.seconds,
        inputs=arguments.inputs,
        seed=arguments.seed,
        longest=arguments.longest,
        folder=folder,
    ).figures()


if __name__ == "__main__":
    sys.exit(main())
