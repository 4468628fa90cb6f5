"""What can go wrong between Home Assistant and a PBX: how each fault begins, and how it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
import socket
from typing import Any

from homeassistant.helpers.storage import Store
from homeassistant.util.file import WriteError

from custom_components.ippbx.const import CHANNEL_LISTENER, CONF_CHANNEL, CONF_LISTENER_PORT
from tests.live import free_port

from .stage import Stage

type Step = Callable[[Stage], Awaitable[None]]

HALF_OPEN = 40  # connections whose other ends are gone
STORM = 2000  # reports per second
STORM_STEP = 0.1  # seconds


async def nothing(_stage: Stage) -> None:
    """Happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong for a while.

    Attributes:
        begin: makes it begin.
        end: makes it end; some end by themselves.
        seconds: how long it lasts.
        concerns: faults that concern the same thing are never combined.
        right_within: seconds from its end until everything shown must be right.
        warnings: lines at warning or above that it may cost.
        forgets: whether calls are lost that no record tells of, so that nobody can count them.
    """

    begin: Step
    end: Step = nothing
    seconds: float = 90
    concerns: str = "answers"
    right_within: float = 10
    warnings: int = 1
    forgets: bool = False


def knobs(**turned: Any) -> tuple[Step, Step]:
    """Return what turns knobs of the PBX, and what turns them back."""

    async def begin(stage: Stage) -> None:
        stage.kept |= {name: getattr(stage.simulator.knobs, name) for name in turned}
        for name, value in turned.items():
            setattr(stage.simulator.knobs, name, value)

    async def end(stage: Stage) -> None:
        for name in turned:
            setattr(stage.simulator.knobs, name, stage.kept.pop(name))

    return begin, end


def turned(seconds: float = 90, right_within: float = 10, **values: Any) -> Fault:
    """Return a fault of the PBX's answers that knobs make."""
    begin, end = knobs(**values)
    return Fault(begin=begin, end=end, seconds=seconds, right_within=right_within)


def reporting(seconds: float = 60, right_within: float = 10, **values: Any) -> Fault:
    """Return a fault of the reports that knobs make; nobody notices it, and no line tells of it."""
    begin, end = knobs(**values)
    return Fault(
        begin=begin,
        end=end,
        seconds=seconds,
        right_within=right_within,
        concerns="reports",
        warnings=0,
    )


async def go_away(stage: Stage) -> None:
    """Refuse connections."""
    await stage.simulator.go_away()


async def come_back(stage: Stage) -> None:
    """Accept connections again."""
    await stage.simulator.come_back()


async def mislabel(stage: Stage) -> None:
    """Label answers as web pages."""
    api: Any = stage.simulator.api
    stage.kept["proper"] = api._proper
    api._proper = partial(api._proper, content_type="text/html")


async def label(stage: Stage) -> None:
    """Label answers as what they are."""
    stage.simulator.api._proper = stage.kept.pop("proper")  # type: ignore[method-assign]


async def drop_tokens(stage: Stage) -> None:
    """Drop all tokens of the PBX, half a minute before the end."""

    async def drop() -> None:
        await asyncio.sleep(35)  # of the frozen clock, which the traveller moves: nobody waits
        stage.simulator.drop_tokens()

    stage.spawn(drop())


def reboot(seconds: float, *, keep_tokens: bool) -> Fault:
    """Return a PBX that starts anew, which loses all calls."""

    async def begin(stage: Stage) -> None:
        stage.kept["reboot"] = stage.spawn(
            stage.simulator.reboot(keep_tokens=keep_tokens, seconds=seconds)
        )

    async def end(stage: Stage) -> None:
        await stage.traveller.wait_for(stage.kept.pop("reboot"))

    return Fault(
        begin=begin,
        end=end,
        seconds=seconds - 1 if seconds else 62,
        concerns="network",
        forgets=True,
        warnings=1 if seconds else 0,
    )


def put_pbx_clock(seconds: float) -> Fault:
    """Return a PBX whose clock is put, and put back."""

    async def begin(stage: Stage) -> None:
        stage.pbx_clock.ahead += seconds

    async def end(stage: Stage) -> None:
        stage.pbx_clock.ahead -= seconds

    return Fault(begin=begin, end=end, concerns="pbx clock", warnings=0)


def put_host_clock(seconds: float) -> Fault:
    """Return a host whose clock is put, and put back."""

    async def begin(stage: Stage) -> None:
        stage.host_clock.ahead += seconds

    async def end(stage: Stage) -> None:
        stage.host_clock.ahead -= seconds

    return Fault(begin=begin, end=end, concerns="host clock", warnings=0)


async def move_pbx(stage: Stage) -> None:
    """Move the PBX to another address; its name leads there from now on."""
    await stage.simulator.go_away()
    stage.kept["pbx"] = stage.addresses.pbx
    stage.addresses.pbx = stage.simulator.host = "127.0.0.2"
    stage.simulator.knobs.report_source = "127.0.0.2"


async def move_host(stage: Stage) -> None:
    """Give Home Assistant another address.

    What goes to the old one is lost until the PBX is told.
    """
    stage.addresses.host = "127.0.0.77"
    stage.simulator.knobs.lose_reports = 1.0

    async def arrive() -> None:
        while (told := stage.simulator.report_target) and told.ipaddr != stage.addresses.host:
            await asyncio.sleep(0.5)  # of the frozen clock, too
        stage.simulator.knobs.lose_reports = 0.0

    stage.spawn(arrive())


async def storm(stage: Stage) -> None:
    """Repeat the report of one extension without end."""

    async def blow() -> None:
        words = ("Ringing", "Busy", "Idle")
        for step in range(round(stage.storm_seconds / STORM_STEP)):
            for number in range(round(STORM * STORM_STEP)):
                word = "Idle" if number == STORM * STORM_STEP - 1 else words[(step + number) % 3]
                await stage.simulator.send_report(
                    {"action": "ExtensionStatus", "extension": "1003", "status": word}
                )
            await asyncio.sleep(STORM_STEP)
        await stage.simulator.settle()

    stage.kept["storm"] = stage.spawn(blow())


async def storm_is_over(stage: Stage) -> None:
    """Wait until the storm has gone."""
    await stage.traveller.wait_for(stage.kept.pop("storm"), seconds=120)


async def leave_half_open(stage: Stage) -> None:
    """Open connections to Home Assistant whose other ends fall silent."""
    port = stage.hass.http.server_port
    head = b"POST /api/webhook/x HTTP/1.1\r\nContent-Length: 100\r\n\r\n{"
    stage.kept["half open"] = writers = []
    for _ in range(HALF_OPEN):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        writers.append(writer)


async def close_half_open(stage: Stage) -> None:
    """Cut those connections."""
    for writer in stage.kept.pop("half open"):
        writer.transport.abort()


async def occupy_listener_port(stage: Stage) -> None:
    """Occupy the port of the own listener, and choose the listener."""
    port = free_port()
    stage.kept["port"] = taken = socket.create_server(("", port))
    stage.kept["options"] = before = dict(stage.entry.options)
    options = {**before, CONF_CHANNEL: CHANNEL_LISTENER, CONF_LISTENER_PORT: port}
    stage.hass.config_entries.async_update_entry(stage.entry, options=options)
    assert taken.getsockname()[1] == port
    await stage.reload()


async def free_listener_port(stage: Stage) -> None:
    """Free the port, undo the choice, and set the entry up anew."""
    stage.kept.pop("port").close()
    options = stage.kept.pop("options")
    stage.hass.config_entries.async_update_entry(stage.entry, options=options)
    await stage.reload()


async def fill_disk(stage: Stage) -> None:
    """Make every write of ours fail."""
    store: Any = Store._async_write_data  # hass_storage's
    stage.kept["write"] = write = store.side_effect

    async def full(store: Store[Any], data: dict[str, Any]) -> None:
        if not store.key.startswith("ippbx."):
            await write(store, data)
            return
        if "data_func" in data:
            data["data"] = data.pop("data_func")()  # as the real one does before it writes
        raise WriteError(OSError(28, "No space left on device"))

    store.side_effect = full


async def empty_disk(stage: Stage) -> None:
    """Let writes succeed again."""
    store: Any = Store._async_write_data
    store.side_effect = stage.kept.pop("write")


async def unload(stage: Stage) -> None:
    """Unload the entry in the middle of a beat."""
    stage.runtime.link.async_heartbeat_soon()
    await asyncio.sleep(0)
    await stage.unload()


async def load(stage: Stage) -> None:
    """Load the entry."""
    await stage.load()


async def reload(stage: Stage) -> None:
    """Load the entry anew a few times in a row, in the middle of whatever it does."""
    for _ in range(5):
        stage.runtime.coordinator.async_read_soon()
        await stage.traveller.travel(0.01)
        await stage.reload()


FAULTS: dict[str, Fault] = {
    "connection refused": Fault(begin=go_away, end=come_back, concerns="network"),
    "cut before an answer": turned(reset=True),
    "cut in the middle of a body": turned(half_answers=True, answer_content_length=True),
    "no answer ever": turned(hang=True),
    "answers after 30 s": turned(seconds=150, answer_delay=30.0),
    "web pages": turned(html_answers=True),
    "wrong content type": Fault(begin=mislabel, end=label, warnings=0),
    "API stopped": turned(api_running=False),
    "half-open senders": Fault(
        begin=leave_half_open, end=close_half_open, concerns="senders", warnings=0
    ),
    "tokens dropped": Fault(begin=drop_tokens, seconds=66, concerns="tokens", warnings=0),
    "reboot, tokens lost": reboot(60, keep_tokens=False),
    "reboot, tokens kept": reboot(60, keep_tokens=True),
    "quick reboot": reboot(0, keep_tokens=False),
    "clock of the PBX an hour ahead": put_pbx_clock(3600),
    "clock of the PBX an hour behind": put_pbx_clock(-3600),
    "clock of the host two hours ahead": put_host_clock(7200),
    "clock of the host two hours behind": put_host_clock(-7200),
    "PBX has another address": Fault(begin=move_pbx, end=come_back, concerns="network"),
    "host has another address": Fault(begin=move_host, seconds=65, concerns="reports", warnings=0),
    "reports lost": reporting(lose_reports=1.0),
    "half of the reports lost": reporting(lose_reports=0.5),
    "reports repeated": reporting(duplicate_reports=2),
    "reports reordered": reporting(reorder_reports=True),
    "reports 4 s late": reporting(delay_reports=4.0),
    "report storm": Fault(
        begin=storm, end=storm_is_over, seconds=70, concerns="reports", warnings=0
    ),
    "listener port taken": Fault(
        begin=occupy_listener_port, end=free_listener_port, concerns="entry", warnings=1
    ),
    "disk full": Fault(begin=fill_disk, end=empty_disk, concerns="disk", warnings=0),
    "unloaded for a while": Fault(begin=unload, end=load, concerns="entry", warnings=0),
    "reloads in a row": Fault(begin=nothing, end=reload, seconds=62, concerns="entry", warnings=0),
}
