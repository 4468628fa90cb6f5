"""A sampling profiler: looks every millisecond of CPU time where the event loop is.

Unlike cProfile it hardly slows down what it looks at, so that its shares are those of a real run.
Time spent in C code counts for the Python function that called it.
"""

from collections import Counter
from pathlib import Path
import signal
from types import CodeType, FrameType
from typing import Any

INTERVAL = 0.001  # seconds of CPU time


class Sampler:
    """Counts samples by function: where they were, and through which functions they got there."""

    def __init__(self) -> None:
        """Start without samples."""
        self._samples = 0
        self._own: Counter[CodeType] = Counter()
        self._total: Counter[CodeType] = Counter()

    def start(self) -> None:
        """Begin to look."""
        self._samples = 0
        self._own.clear()
        self._total.clear()
        signal.signal(signal.SIGPROF, self._take)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)

    def stop(self) -> dict[str, Any]:
        """Stop looking; return the samples: how many, and of each function its own and all."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        return {
            "samples": self._samples,
            "functions": [
                {"name": _name(code), "own": self._own[code], "total": total}
                for code, total in self._total.most_common()
            ],
        }

    def _take(self, _number: int, frame: FrameType | None) -> None:
        self._samples += 1
        if frame is not None:
            self._own[frame.f_code] += 1
        seen = set()
        while frame is not None:
            seen.add(frame.f_code)
            frame = frame.f_back
        self._total.update(seen)


def _name(code: CodeType) -> str:
    """Return a function's name behind the last two parts of its file's name."""
    return f"{'/'.join(Path(code.co_filename).parts[-2:])}:{code.co_qualname}"
