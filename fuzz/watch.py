"""Counts what a run of a target did: inputs, faults, and the slowest inputs."""

from collections.abc import Callable
from dataclasses import dataclass, field
import hashlib
import heapq
import json
from pathlib import Path
import time
import traceback
from typing import Any

TOO_LONG = 1.0  # CPU seconds that no input may take
_SLOWEST = 5
_EVERY = 10_000  # inputs between two notes of how far it is


@dataclass(slots=True, kw_only=True)
class Watch:
    """Runs a target, and keeps what it raises.

    Attributes:
        target: what takes the inputs.
        inputs: how many it took.
        faults: what it raised, by where: place -> the shortest input that does it.
        slowest: CPU seconds and input of the slowest ones, least first.
    """

    target: Callable[[bytes], None]
    inputs: int = 0
    faults: dict[str, bytes] = field(default_factory=dict)
    slowest: list[tuple[float, bytes]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def run(self, data: bytes) -> None:
        """Run one input."""
        self.inputs += 1
        start = time.process_time_ns()
        try:
            self.target(data)
        except Exception as error:
            self._note(place_of(error), data)
        took = (time.process_time_ns() - start) / 1e9
        if took > TOO_LONG:
            self._note(f"took more than {TOO_LONG} s", data)
        if len(self.slowest) < _SLOWEST:
            heapq.heappush(self.slowest, (took, data))
        elif took > self.slowest[0][0]:
            heapq.heapreplace(self.slowest, (took, data))

    @property
    def seconds(self) -> float:
        """Return how long it runs."""
        return time.monotonic() - self.began

    def is_done(self, seconds: float | None, inputs: int | None) -> bool:
        """Return whether a limit is reached."""
        if inputs is not None and self.inputs >= inputs:
            return True
        return seconds is not None and self.seconds >= seconds

    @property
    def is_round(self) -> bool:
        """Return whether it is time to save."""
        return self.inputs % _EVERY == 0

    def save(self, folder: Path) -> None:
        """Write everything down."""
        folder.mkdir(parents=True, exist_ok=True)
        for kind, inputs in (("fault", self.faults.values()), ("slow", _inputs(self.slowest))):
            for data in inputs:
                (folder / f"{kind}-{hashlib.sha256(data).hexdigest()[:12]}").write_bytes(data)
        (folder / "figures.json").write_text(json.dumps(self.figures(), indent=2) + "\n")

    def figures(self) -> dict[str, Any]:
        """Return the figures."""
        return {
            "inputs": self.inputs,
            "seconds": round(self.seconds, 1),
            "faults": sorted(self.faults),
            "worst_ms": [round(took * 1000, 2) for took, _ in sorted(self.slowest, reverse=True)],
        }

    def _note(self, place: str, data: bytes) -> None:
        known = self.faults.get(place)
        if known is None or len(data) < len(known):
            self.faults[place] = data


def _inputs(timed: list[tuple[float, bytes]]) -> list[bytes]:
    return [data for _, data in timed]


def place_of(error: Exception) -> str:
    """Return what tells faults apart.

    The kind, the text where it is ours, and the line that raised it.
    """
    last = traceback.extract_tb(error.__traceback__)[-1]
    said = f" ({error})" if isinstance(error, AssertionError) else ""
    return f"{type(error).__name__}{said} in {Path(last.filename).name}:{last.lineno}"


def repeat_slowest(
    target: Callable[[bytes], None], timed: list[tuple[float, bytes]]
) -> list[float]:
    """Return the CPU seconds of the slowest inputs, each run alone, the best of five."""
    return sorted((_best(target, data) for data in _inputs(timed)), reverse=True)


def _best(target: Callable[[bytes], None], data: bytes) -> float:
    times = []
    for _ in range(5):
        start = time.process_time()
        try:
            target(data)
        except Exception:
            return float("inf")
        times.append(time.process_time() - start)
    return min(times)
