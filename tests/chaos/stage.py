"""Where faults happen.

A loaded entry, its PBX, clocks that can be put, and people who phone meanwhile.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
import random
import socket
import time
from types import SimpleNamespace
from typing import Any, override

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util
import pytest
from pytest_socket import socket_allow_hosts

from custom_components.ippbx.calls.history.entries import LogEntry
from custom_components.ippbx.calls.history.log import LogQuery
from custom_components.ippbx.const import CONF_LISTENER_PORT
from custom_components.ippbx.pbx.net import login_guard
from pbx_simulator import Simulator
from pbx_simulator.calls.states import CallType
from tests.conftest import StartSimulator, add_entry
from tests.house import LOGGER_NAME, House
from tests.live import SHOWN_STATUS, free_port, load, serve
from tests.time_travel import TimeTraveller

from .calls import People

PBX_NAME = "pbx.example"
UNTOUCHED, UNTOUCHED_TRUNK = "1004", "trunk-2"  # nobody phones with them: tests change them
STORM_SECONDS = 1.0  # long storms take their time


@dataclass(slots=True)
class Clock:
    """A clock that somebody may put: `ahead` seconds before the true time."""

    ahead: float = 0.0

    def __call__(self) -> float:
        """Return what it shows, in seconds since the epoch."""
        return time.time() + self.ahead


@dataclass(slots=True, kw_only=True)
class Addresses:
    """Who has which address now. Home Assistant's is the system's choice where it is empty."""

    pbx: str = "127.0.0.1"
    host: str = ""


@dataclass(kw_only=True)
class Stage(House):
    """A house, and everything around it that can go wrong.

    Attributes:
        people: who phones.
            storm_seconds: how long report storms blow.
        kept: what faults keep that is to be undone at their end.
        devices: the ids of all devices before anything went wrong.
    """

    people: People
    pbx_clock: Clock
    host_clock: Clock
    addresses: Addresses
    patch: pytest.MonkeyPatch
    storm_seconds: float = STORM_SECONDS
    kept: dict[str, Any] = field(default_factory=dict)
    devices: frozenset[str] = frozenset()
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def spawn(self, work: Any) -> asyncio.Task[Any]:
        """Run something beside everything else."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        return task

    async def close(self) -> None:
        """End what was spawned."""
        for task in self.tasks:
            task.cancel()
        for task in self.tasks:
            with suppress(asyncio.CancelledError):
                await task

    def known_devices(self) -> frozenset[str]:
        """Return the ids of the devices that there are now."""
        found = dr.async_entries_for_config_entry(dr.async_get(self.hass), self.entry.entry_id)
        return frozenset(device.id for device in found)

    def outdated(self) -> list[str]:
        """Return what shows neither what the PBX says nor that this is not known."""
        extension = self.simulator.directory.extensions[UNTOUCHED].status
        trunk = self.simulator.directory.trunks[UNTOUCHED_TRUNK].status
        states = (
            (self.extension(UNTOUCHED), SHOWN_STATUS.get(extension, extension)),
            (self.trunk(UNTOUCHED_TRUNK), trunk),
        )
        return [
            f"{shown}, not {status}"
            for shown, status in states
            if shown not in (status, STATE_UNAVAILABLE, STATE_UNKNOWN)
        ]

    def is_right(self) -> bool:
        """Return whether the link is up and every extension and trunk shows what it is."""
        directory = self.simulator.directory
        return (
            self.known_devices() >= self.devices
            and self.state("binary_sensor", "connected") == "on"
            and all(
                self.extension(number) == SHOWN_STATUS.get(extension.status, extension.status)
                for number, extension in directory.extensions.items()
            )
            and all(self.trunk(name) == trunk.status for name, trunk in directory.trunks.items())
        )

    @override
    def trunk(self, name: str) -> str:
        known = self.runtime.store.trunks.values()
        key = next((trunk.key for trunk in known if trunk.name == name), name)
        return super().trunk(key)

    @override
    async def unload(self) -> None:
        await self.traveller.wait_for(
            self.hass.config_entries.async_unload(self.entry.entry_id), seconds=120
        )

    async def load(self) -> None:
        """Set the entry up; time passes if the PBX is slow."""
        await self.traveller.wait_for(
            self.hass.config_entries.async_setup(self.entry.entry_id), seconds=120
        )

    async def reload(self) -> None:
        """Set the entry up anew."""
        await self.traveller.wait_for(
            self.hass.config_entries.async_reload(self.entry.entry_id), seconds=120
        )

    # What is wrong

    def wrong_active(self) -> list[str]:
        """Return the calls that are followed but are none, and those that are not followed.

        A call between extensions that began unseen is in no list of a PBX that speaks version 1 of
        the API.
        """
        live, followed = Counter(self._live_calls()), Counter(self._followed_calls())
        missing = [each for each in (live - followed).elements() if each[0] != "internal"]
        return [f"not followed: {each}" for each in missing] + [
            f"followed: {each}" for each in (followed - live).elements()
        ]

    def _live_calls(self) -> Iterator[tuple[str, ...]]:
        for call in self.simulator.calls.live.values():
            leg = call.callee if call.type is CallType.OUTBOUND else call.caller
            yield (call.type.lower(), leg.number)

    def _followed_calls(self) -> Iterator[tuple[str, ...]]:
        for call in self.runtime.calls.tracker.active.values():
            direction = call.direction or ""
            yield (direction, call.callee if direction == "outbound" else call.caller)

    def log_of_calls(self) -> list[LogEntry]:
        """Return the calls that were told to be over."""
        items = self.runtime.history.log.select(LogQuery())
        return [item for item in items if isinstance(item, LogEntry)]


async def set_the_stage(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    patch: pytest.MonkeyPatch,
    *,
    seed: int = 1,
    options: dict[str, Any] | None = None,
    **config: Any,
) -> Stage:
    """Return a stage with a loaded entry, people who phone, and reports that are known to arrive.

    Args:
        config: as for SimulatorConfig.
    """
    pbx_clock, host_clock, addresses = Clock(), Clock(), Addresses()
    socket_allow_hosts(["127.0.0.1", "127.0.0.2", "127.0.0.77"])
    put_clock(patch, host_clock)
    simulator = await start_simulator(clock=pbx_clock, **config)
    await serve(hass, host="0.0.0.0")
    _resolve(hass, patch, addresses)
    _leave_from(hass, patch, addresses, simulator)
    options = {CONF_LISTENER_PORT: free_port(), **(options or {})}
    entry = add_entry(hass, simulator, options=options, host=PBX_NAME)
    stage = Stage(
        hass=hass,
        entry=entry,
        simulator=simulator,
        traveller=traveller,
        people=People(simulator=simulator, chance=random.Random(seed)),
        pbx_clock=pbx_clock,
        host_clock=host_clock,
        addresses=addresses,
        patch=patch,
    )
    await load(hass, entry)
    stage.runtime.history.backfill._since -= timedelta(days=1)  # the entry is there for long
    stage.spawn(stage.people.run())
    await simulator.set_extension_status(UNTOUCHED, "unavailable")
    await traveller.travel(90)
    stage.devices = stage.known_devices()
    assert stage.is_right()
    return stage


def log_lines(caplog: pytest.LogCaptureFixture) -> Counter[str]:
    """Return how many lines of each level the integration logged, debug left out.

    Newer Home Assistants tell of each try to set an entry up in the integration's name; older ones
    in their own.
    """
    return Counter(
        record.levelname
        for record in caplog.records
        if record.name.startswith(LOGGER_NAME)
        and record.levelno > logging.DEBUG
        and record.module != "config_entries"
    )


def put_clock(patch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Set Home Assistant's clock to ours.

    The event loop's goes on as ever, as a real one does.
    """
    utcnow = dt_util.utcnow

    def shown() -> datetime:
        return utcnow() + timedelta(seconds=clock.ahead)

    def monotonic() -> float:
        """Look the clock up late: it may be frozen."""
        return time.monotonic()

    patch.setattr(dt_util, "utcnow", shown)
    patch.setattr(login_guard, "time", SimpleNamespace(time=clock, monotonic=monotonic))


def _resolve(hass: HomeAssistant, patch: pytest.MonkeyPatch, addresses: Addresses) -> None:
    """Give the name of the PBX the address that it has now."""
    resolver: Any = async_get_clientsession(hass).connector._resolver  # type: ignore[union-attr]
    loop: Any = hass.loop
    resolve, getaddrinfo = resolver.resolve, loop.getaddrinfo

    async def resolved(host: str, port: int = 0, *args: Any, **kwargs: Any) -> Any:
        if host != PBX_NAME:
            return await resolve(host, port, *args, **kwargs)
        found = {"hostname": host, "host": addresses.pbx, "port": port, "proto": 0, "flags": 0}
        return [found | {"family": socket.AF_INET}]

    async def looked_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        return await getaddrinfo(addresses.pbx if host == PBX_NAME else host, *args, **kwargs)

    patch.setattr(resolver, "resolve", resolved)
    patch.setattr(loop, "getaddrinfo", looked_up)


def _leave_from(
    hass: HomeAssistant, patch: pytest.MonkeyPatch, addresses: Addresses, simulator: Simulator
) -> None:
    """Bind connections to the PBX to the address that Home Assistant has now."""
    loop: Any = hass.loop
    connect = loop.sock_connect

    async def connect_from_there(sock: socket.socket, address: tuple[str, int]) -> None:
        if addresses.host and address[1] == simulator.port:
            sock.bind((addresses.host, 0))
        await connect(sock, address)

    patch.setattr(loop, "sock_connect", connect_from_there)
