"""Watches how long the event loop is blocked, and by what.

A timer that is late shows it, but timers are late on a machine with too few cores, too. The kernel
counts how long each thread was ready to run and had no core: that time does not count, neither the
loop's own nor, while the loop waits for the interpreter, that of the thread that has it.
"""

import asyncio
from contextlib import suppress
from dataclasses import asdict, dataclass
import gc
from itertools import islice
import os
from pathlib import Path
import sys
import threading
import time
import traceback
from typing import Any

TICK = 0.01  # seconds
WORTH_A_LOOK = 0.03  # seconds late: the watchdog looks where the loop is
THREADS_EVERY = 100  # ticks
WORST = 5  # blockings that are kept
DEPTH = 8  # functions that are kept of each
TASKS = Path("/proc/self/task")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocking:
    """The event loop was not free for a while. All times are seconds.

    Attributes:
        blocked: how late its timer was, without the time in which there was no core.
        kept_waiting: that time.
        computed: CPU time of its own thread.
        collected: time of garbage collections, in whichever thread.
        where: functions that it was in, the innermost first; empty if nobody looked.
    """

    blocked: float
    kept_waiting: float
    computed: float
    collected: float
    where: tuple[str, ...]


class _Cores:
    """How long the threads of this process have waited for a core so far, in seconds."""

    def __init__(self) -> None:
        self._files: dict[str, int] = {}

    def look_for_threads(self) -> None:
        """Find threads that are new."""
        for thread in {str(each.native_id) for each in threading.enumerate()} - self._files.keys():
            with suppress(OSError):  # it has ended meanwhile
                self._files[thread] = os.open(TASKS / thread / "schedstat", os.O_RDONLY)

    def waits(self) -> dict[str, float]:
        """Return the time of each thread by its id."""
        waits = {}
        for thread, file in list(self._files.items()):
            try:
                waits[thread] = int(os.pread(file, 64, 0).split()[1]) / 1e9
            except OSError:  # it has ended
                os.close(self._files.pop(thread))
        return waits

    def close(self) -> None:
        while self._files:
            os.close(self._files.popitem()[1])


class LoopWatch:
    """Watches one event loop from `start` to `stop`, as often as wanted."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Watch this loop from `start` on."""
        self._loop = loop
        self._worst: list[Blocking] = []
        self._timer: asyncio.TimerHandle | None = None
        self._thread = ""
        self._ticks = 0
        self._due = 0.0
        self._computed = self._collected = self._collects_since = 0.0
        self._waits: dict[str, float] = {}
        self._where: tuple[str, ...] = ()
        self._ended = threading.Event()
        self._cores = _Cores()

    def start(self) -> None:
        """Begin, in the loop's own thread."""
        self._thread = str(threading.get_native_id())
        self._ticks = 0
        self._ended.clear()
        threading.Thread(target=self._look, args=(threading.get_ident(),), daemon=True).start()
        gc.callbacks.append(self._collection)
        self._arm()

    def stop(self) -> list[dict[str, Any]]:
        """End; return the longest blockings since the start, the longest first."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._ended.set()
            gc.callbacks.remove(self._collection)
            self._cores.close()
        worst, self._worst = self._worst, []
        return [asdict(each) for each in worst]

    def _arm(self) -> None:
        if self._ticks % THREADS_EVERY == 0:
            self._cores.look_for_threads()
        self._ticks += 1
        self._waits = self._cores.waits()
        self._computed, self._collected, self._where = time.thread_time(), 0.0, ()
        self._due = time.perf_counter() + TICK
        self._timer = self._loop.call_later(TICK, self._tick)

    def _tick(self) -> None:
        late, computed = time.perf_counter() - self._due, time.thread_time() - self._computed
        if late > TICK / 10:
            self._note(late, computed)
        self._arm()

    def _note(self, late: float, computed: float) -> None:
        waits = {
            thread: wait - self._waits.get(thread, wait)
            for thread, wait in self._cores.waits().items()
        }
        own = waits.pop(self._thread, 0.0)
        idle = max(0.0, late - own - computed)
        waited = own + min(idle, max(waits.values(), default=0.0))
        found = Blocking(
            blocked=max(0.0, late - waited),
            kept_waiting=waited,
            computed=computed,
            collected=self._collected,
            where=self._where,
        )
        self._worst = sorted([*self._worst, found], key=lambda each: -each.blocked)[:WORST]

    def _collection(self, phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            self._collects_since = time.perf_counter()
        else:
            self._collected += time.perf_counter() - self._collects_since

    def _look(self, thread: int) -> None:
        """Note where the loop is whenever it is late."""
        while not self._ended.wait(TICK):
            if time.perf_counter() - self._due > WORTH_A_LOOK and not self._where:
                frame = sys._current_frames().get(thread)  # noqa: SLF001
                self._where = tuple(
                    f"{'/'.join(Path(each.f_code.co_filename).parts[-2:])}:{line}"
                    for each, line in islice(traceback.walk_stack(frame), DEPTH)
                )
