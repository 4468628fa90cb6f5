"""What can go wrong between Home Assistant and a PBX: how each fault begins, and how it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
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
RELOADS = 5

LISTS = frozenset({"extensionlist/query", "extension/list", "trunklist/query", "trunk/list"})
CALLS = frozenset(
    {"inbound/query", "outbound/query", "call/query", "extension/query", "extension/query_call"}
)
# Seconds from the end of a fault until everything must be right.
SOON = 10
DAY = 86_400
RARE_LOGIN = 310  # once three were granted within a minute, one in five minutes


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
        extra_logins: logins that it costs because somebody loads the entry again and again.
    """

    begin: Step
    end: Step = nothing
    seconds: float = 90
    concerns: str = "answers"
    right_within: float = SOON
    warnings: int = 1
    forgets: bool = False
    extra_logins: int = 0


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


def turned(seconds: float = 90, right_within: float = SOON, **values: Any) -> Fault:
    """Return a fault of the PBX's answers that knobs make."""
    begin, end = knobs(**values)
    return Fault(begin=begin, end=end, seconds=seconds, right_within=right_within)


def reporting(seconds: float = 60, right_within: float = SOON, **values: Any) -> Fault:
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
    asyncio.get_running_loop().call_later(35, stage.simulator.drop_tokens)  # of the frozen clock


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
        pbx, host = stage.simulator, stage.addresses.host
        await pbx.wait_until(
            lambda: not (told := pbx.report_target) or told.ipaddr == host, timeout=DAY
        )
        pbx.knobs.lose_reports = 0.0

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
    for _ in range(RELOADS):
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
    "reloads in a row": Fault(
        begin=nothing, end=reload, seconds=62, concerns="entry", warnings=0, extra_logins=RELOADS
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The endpoints that are concerned, and how long that lasts.

    Attributes:
        endpoints: none means all.
        without_token: whether the PBX forgets all tokens when it begins.
    """

    endpoints: frozenset[str] = frozenset()
    seconds: float = 90
    right_within: float = SOON
    without_token: bool = False


ALL = Scope()
READS = Scope(endpoints=LISTS, seconds=240)
READS_OF_CALLS = replace(READS, endpoints=CALLS)
HEARTBEAT = Scope(endpoints=frozenset({"heartbeat"}), seconds=400)
LOGIN = Scope(endpoints=frozenset({"login"}), seconds=150, without_token=True)


def spoilt(scope: Scope, **values: Any) -> Fault:
    """Return a fault of the answers of some endpoints that knobs make; two lines may tell of it."""
    begin, end = knobs(**values, fault_endpoints=set(scope.endpoints))

    async def begin_without_token(stage: Stage) -> None:
        await begin(stage)
        stage.simulator.drop_tokens()

    return Fault(
        begin=begin_without_token if scope.without_token else begin,
        end=end,
        seconds=scope.seconds,
        right_within=scope.right_within,
        warnings=2,
    )


def answered(scope: Scope, errno: str) -> Fault:
    """Return endpoints that answer with an error number."""
    return spoilt(scope, wrong_errno=dict.fromkeys(scope.endpoints or ("*",), errno))


def at_start(fault: Fault) -> Fault:
    """Return a fault that is there when the entry is loaded, as in a start of Home Assistant."""

    async def begin(stage: Stage) -> None:
        await stage.unload()
        await fault.begin(stage)
        await stage.load()

    return replace(fault, begin=begin, warnings=2)


async def swap_pbx(stage: Stage) -> None:
    """Put another PBX in the place of the known one; what it reports is not for us."""
    stage.kept["serial"] = stage.simulator.device.serial
    stage.simulator.device.serial = "SIM0000000002"
    stage.simulator.knobs.lose_reports = 1.0
    stage.simulator.drop_tokens()


async def swap_back(stage: Stage) -> None:
    """Put the known PBX back; it has other tokens than the one that goes."""
    stage.simulator.device.serial = stage.kept.pop("serial")
    stage.simulator.knobs.lose_reports = 0.0
    stage.simulator.drop_tokens()


async def refuse_token_once(stage: Stage) -> None:
    """Answer the next heartbeat as if the credentials were wrong."""
    stage.simulator.knobs.wrong_next = {"heartbeat": "20003"}


async def heartbeat_went_out(stage: Stage) -> None:
    """Show that there was that heartbeat."""
    assert not stage.simulator.knobs.wrong_next


SET_COOKIES, KEEP_COOKIES = knobs(set_cookies=True)


async def no_cookie_came_back(stage: Stage) -> None:
    """Set no more cookies, and show that none came back."""
    await KEEP_COOKIES(stage)
    assert not any(b"\ncookie:" in each.raw_head.lower() for each in stage.simulator.requests)


ANSWERS: dict[str, dict[str, Any]] = {
    "error page": {"error_page": 500},
    "status Nope": {"answer_text": '{"status":"Nope"}'},
    "status 500": {"answer_text": '{"status":500}'},
    "redirect": {"redirect_to": "/login.html"},
    "compressed": {"gzip_answers": True},
    "4 MiB of empty objects": {"padding_objects": 4 * 1024 * 1024 // 3 - 1024},
    "arrays 100,000 deep": {"padding_depth": 100_000},
}
SWAPPED = Fault(begin=swap_pbx, end=swap_back, right_within=RARE_LOGIN, warnings=2)

# These are never combined with others: how soon all is right depends on the logins that are left.
LONE_FAULTS: dict[str, Fault] = {
    **{name: spoilt(ALL, **values) for name, values in ANSWERS.items()},
    **{f"lists: {name}": spoilt(READS, **values) for name, values in ANSWERS.items()},
    "lists: none of the items": spoilt(replace(READS, seconds=90), list_share=0),
    "lists: a fifth of the items": spoilt(replace(READS, seconds=90), list_share=0.2),
    "lists: 20010": answered(READS, "20010"),
    "calls: error page": spoilt(READS_OF_CALLS, error_page=500),
    "heartbeat: error page": spoilt(HEARTBEAT, error_page=500),
    "heartbeat: status Nope": spoilt(HEARTBEAT, answer_text='{"status":"Nope"}'),
    "heartbeat: status 500": spoilt(HEARTBEAT, answer_text='{"status":500}'),
    "heartbeat: redirect": spoilt(HEARTBEAT, redirect_to="/login.html"),
    "heartbeat: cut": spoilt(HEARTBEAT, reset=True),
    "heartbeat: 20010": answered(HEARTBEAT, "20010"),
    "heartbeat: one 20003": Fault(begin=refuse_token_once, end=heartbeat_went_out, warnings=0),
    "heartbeat: 20003": answered(replace(HEARTBEAT, right_within=RARE_LOGIN), "20003"),
    "heartbeat: 20004": answered(replace(HEARTBEAT, right_within=RARE_LOGIN), "20004"),
    "login: error page": spoilt(LOGIN, error_page=500),
    "login: status Nope": spoilt(LOGIN, answer_text='{"status":"Nope"}'),
    "login: redirect": spoilt(LOGIN, redirect_to="/login.html"),
    "login: cut": spoilt(LOGIN, reset=True),
    "login: 20010": answered(LOGIN, "20010"),
    "login: 30001": answered(LOGIN, "30001"),
    "login: 30003": answered(LOGIN, "30003"),
    "login: granted, half of the answer": spoilt(
        replace(LOGIN, right_within=RARE_LOGIN), half_answers=True
    ),
    "cookies": Fault(begin=SET_COOKIES, end=no_cookie_came_back, warnings=0),
    "another PBX": SWAPPED,
    "start: connection refused": at_start(FAULTS["connection refused"]),
    "start: no answer ever": at_start(FAULTS["no answer ever"]),
    "start: error page": at_start(spoilt(ALL, error_page=500)),
    "start: lists: error page": at_start(spoilt(READS, error_page=500)),
    "start: login: 30003": at_start(answered(LOGIN, "30003")),
    "start: another PBX": at_start(SWAPPED),
}
