"""Lets the benchmark look into Home Assistant: a Unix socket that takes one JSON command a line.

It costs nothing while no command runs, and it is in every Home Assistant that is measured.
"""

import asyncio
from collections.abc import Awaitable, Callable
import gc
import json
from pathlib import Path
import time
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.storage import Store
from homeassistant.helpers.typing import ConfigType

from .loop_watch import LoopWatch
from .sampler import Sampler
from .set_up import async_set_up
from .shape import read_shape, shape_of
from .watch import Watch

SOCKET = "control.sock"
SHAPE = "shape.json"
DATA_SHAPE = "bench_shape"
# Seconds between two looks, and CPU seconds meanwhile of a process that rests; so many looks in a
# row must show it, for somebody else may have the core.
LOOK, IDLE, LOOKS = 0.05, 0.001, 4

type Command = Callable[[dict[str, Any]], Awaitable[Any]]


class Control:
    """The commands."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with the commands; nothing is watched yet."""
        self._hass = hass
        self._watch = Watch(hass)
        self._sampler = Sampler()
        self._loop_watch = LoopWatch(hass.loop)
        self._commands: dict[str, Command] = {
            "cpu": self._cpu,
            "fetched": self._fetched,
            "held": self._held,
            "loop": self._start_loop_watch,
            "looped": self._stop_loop_watch,
            "watch": self._start_watch,
            "watched": self._stop_watch,
            "rest": self._rest,
            "sample": self._start_samples,
            "sampled": self._stop_samples,
            "set_up": self._set_up,
            "shape": self._shape,
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one benchmark until it hangs up."""
        try:
            while line := await reader.readline():
                command = json.loads(line)
                answer = await self._commands[command["do"]](command)
                writer.write(json.dumps(answer).encode() + b"\n")
        finally:
            writer.close()

    async def _cpu(self, _command: dict[str, Any]) -> float:
        """Return the CPU seconds that this process has used, once nothing is under way."""
        await self._hass.async_block_till_done()
        return time.process_time()

    async def _fetched(self, _command: dict[str, Any]) -> int:
        """Return how many reports arrived over the event feed."""
        (entry,) = self._hass.config_entries.async_entries("ippbx")
        objects: int = entry.runtime_data.channel.feed_facts["objects"]
        return objects

    async def _held(self, _command: dict[str, Any]) -> dict[str, int]:
        """Return how much there is of what could pile up, and how many reports counted so far.

        A file that waits to be written has a timer and a listener. They do not count: there is one
        of each for a file at most, and whether there is depends on the moment.
        """
        (entry,) = self._hass.config_entries.async_entries("ippbx")
        runtime: Any = entry.runtime_data
        scheduled: Any = self._hass.loop._scheduled  # type: ignore[attr-defined]  # noqa: SLF001
        gc.collect()
        return {
            "tasks": len(asyncio.all_tasks()),
            "timers": sum(not (each.cancelled() or _writes(each)) for each in scheduled),
            "listeners": sum(
                count
                for event, count in self._hass.bus.async_listeners().items()
                if event != EVENT_HOMEASSISTANT_FINAL_WRITE
            ),
            "reports": runtime.receiver.accepted.total(),
            "active": len(runtime.calls.active),
        }

    async def _start_loop_watch(self, _command: dict[str, Any]) -> None:
        self._loop_watch.start()

    async def _stop_loop_watch(self, _command: dict[str, Any]) -> list[dict[str, Any]]:
        """Stop watching the event loop; return the longest times in which it was blocked."""
        return self._loop_watch.stop()

    async def _start_watch(self, _command: dict[str, Any]) -> None:
        self._watch.start()

    async def _stop_watch(self, _command: dict[str, Any]) -> int:
        await self._hass.async_block_till_done()
        return self._watch.stop()

    async def _rest(self, _command: dict[str, Any]) -> None:
        await self._async_rest()

    async def _async_rest(self) -> None:
        """Return once this process has next to nothing left to do, later callbacks included."""
        idle, before = 0, time.process_time()
        while idle < LOOKS:
            await asyncio.sleep(LOOK)
            used, before = time.process_time() - before, time.process_time()
            idle = idle + 1 if used <= IDLE else 0

    async def _start_samples(self, _command: dict[str, Any]) -> None:
        self._sampler.start()

    async def _stop_samples(self, _command: dict[str, Any]) -> dict[str, Any]:
        await self._hass.async_block_till_done()
        return self._sampler.stop()

    async def _set_up(self, command: dict[str, Any]) -> dict[str, Any]:
        return await async_set_up(self._hass, command["entry_id"], self._async_rest)

    async def _shape(self, command: dict[str, Any]) -> dict[str, Any]:
        return shape_of(self._hass, command["entry_id"])


def _writes(handle: Any) -> bool:
    """Return whether a timer is that of a file that waits to be written."""
    return isinstance(getattr(handle._callback, "__self__", None), Store)  # noqa: SLF001


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Read the shape of the bare integration; listen once Home Assistant has started."""
    hass.data[DATA_SHAPE] = await hass.async_add_executor_job(
        read_shape, Path(hass.config.path(SHAPE))
    )
    control = Control(hass)

    async def listen(hass: HomeAssistant) -> None:
        server = await asyncio.start_unix_server(control.serve, hass.config.path(SOCKET))

        @callback
        def stop(_event: Event) -> None:
            server.close()

        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop)

    async_at_started(hass, listen)
    return True
