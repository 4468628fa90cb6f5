"""The control API, the console page, busy phones, replays and the command line."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
import signal
import subprocess
import sys
from typing import Any
import urllib.request

import aiohttp
import pytest

from pbx_simulator import CallState, Simulator, SimulatorConfig
from pbx_simulator.busy import BusyPhones
from pbx_simulator.console.state import pbx_state
from pbx_simulator.replay import Recording, TraceError

from .conftest import Client, Clock, Receiver


@pytest.fixture
def dialect() -> str:
    """Return one dialect: it is enough here."""
    return "openvox"


async def command(
    sim: Simulator, session: aiohttp.ClientSession, command_name: str, /, **params: Any
) -> tuple[int, dict[str, Any]]:
    """Send a command."""
    url = f"http://127.0.0.1:{sim.port}/simulator/api/{command_name}"
    async with session.post(url, json=params) as response:
        return response.status, await response.json()


async def test_a_call_from_the_console(sim: Simulator, session: aiohttp.ClientSession) -> None:
    status, made = await command(sim, session, "call/place", caller="1000", callee="1001")
    assert (status, made["state"]) == (200, "ringing")
    call = sim.calls.live[made["call_id"]]
    for name, state in (
        ("answer", CallState.TALKING),
        ("hold", CallState.HELD),
        ("resume", CallState.TALKING),
        ("hang_up", CallState.ENDED),
    ):
        assert (await command(sim, session, f"call/{name}", call_id=call.call_id))[0] == 200
        assert call.state is state
    assert (await command(sim, session, "call/answer", call_id=call.call_id))[0] == 400


@pytest.mark.parametrize(
    ("target", "always", "destination"),
    [
        ({"to": "1003"}, True, "1003"),
        ({"to": "0301234"}, True, "0301234"),
        ({"to": "voicemail"}, True, "voicemail"),
        ({}, False, "voicemail"),
    ],
)
async def test_forwarding_from_the_console(
    sim: Simulator,
    session: aiohttp.ClientSession,
    target: dict[str, str],
    always: bool,
    destination: str,
) -> None:
    assert (await command(sim, session, "extension/forward", number="1001", **target))[0] == 200
    forwarding = sim.directory.extensions["1001"].forwarding
    assert (forwarding.always, forwarding.destination("")) == (always, destination)


async def test_commands_change_the_pbx(
    sim: Simulator, session: aiohttp.ClientSession, client: Client
) -> None:
    await client.login()
    commands: dict[str, dict[str, Any]] = {
        "extension/unregister": {"number": "1001"},
        "extension/add": {"number": "2000", "name": "New"},
        "trunk/status": {"name": "trunk-1", "status": "failure"},
        "knobs": {"refuse_logins": True, "lose_reports": 0.5, "fault_endpoints": ["heartbeat"]},
        "tokens/drop": {},
        "logins/password": {"password": "Other1"},
        "clock": {"error": -600},
    }
    for name, params in commands.items():
        assert await command(sim, session, name, **params) == (200, {"ok": True})
    assert sim.directory.extensions["1001"].status == "unavailable"
    assert sim.directory.extensions["2000"].name == "New"
    assert sim.directory.trunks["trunk-1"].status == "failure"
    assert (sim.knobs.refuse_logins, sim.knobs.lose_reports) == (True, 0.5)
    assert sim.knobs.fault_endpoints == {"heartbeat"}
    assert sim.device.clock_error == -600
    assert (sim.token_alive, sim.account.password) == (False, "Other1")
    assert sim.max_in_flight == 1, "the console does not count"


@pytest.mark.parametrize(
    ("name", "params", "status"),
    [
        ("no/such", {}, 400),
        ("extension/register", {}, 400),
        ("extension/register", {"number": "77"}, 400),
        ("extension/add", {"number": "1000"}, 400),
        ("knobs", {"no_such": 1}, 400),
        ("knobs", {"hang": 1}, 400),
        ("knobs", {"token_ttl": "x"}, 400),
        ("knobs", {"token_ttl": True}, 400),
        ("clock", {"error": "late"}, 400),
        ("clock", {}, 400),
        ("call/place", {"caller": "77", "callee": "1000"}, 409),
        ("reports/send", {"report": 1}, 400),
    ],
)
async def test_wrong_commands(
    sim: Simulator,
    session: aiohttp.ClientSession,
    name: str,
    params: dict[str, Any],
    status: int,
) -> None:
    got, answer = await command(sim, session, name, **params)
    assert got == status
    assert answer["error"]


async def test_event_streams_are_cut(make_sim: Any, session: aiohttp.ClientSession) -> None:
    """A client may connect again at once."""
    sim = await make_sim("yeastar-v2", event_port=0)
    secret = sim.account.password
    login = f"Action: login\r\nUsername: api\r\nSecret: {secret}\r\nVersion: 2.0.0\r\n\r\n"
    for _ in range(2):
        reader, writer = await asyncio.open_connection("127.0.0.1", sim.event_port)
        writer.write(login.encode())
        await sim.wait_until(lambda: sim.events.count == 1)
        assert pbx_state(sim)["event_streams"] == 1
        assert await command(sim, session, "events/drop") == (200, {"ok": True})
        assert await reader.read() == b""
        writer.close()
        assert pbx_state(sim)["event_streams"] == 0
    async with session.get(f"http://127.0.0.1:{sim.port}/simulator/") as response:
        assert 'data-do="events/drop"' in await response.text()


async def test_where_no_event_stream_is(sim: Simulator, session: aiohttp.ClientSession) -> None:
    assert (await command(sim, session, "events/drop"))[0] == 400
    assert pbx_state(sim)["event_streams"] is None


async def test_foreign_pages_cannot_give_commands(
    sim: Simulator, session: aiohttp.ClientSession
) -> None:
    url = f"http://127.0.0.1:{sim.port}/simulator/api/tokens/drop"
    async with session.post(url, data="{}", headers={"Content-Type": "text/plain"}) as response:
        assert response.status == 415


async def test_the_state_holds_no_secret(
    sim: Simulator, session: aiohttp.ClientSession, client: Client, receiver: Receiver
) -> None:
    await client.login_for_reports(receiver)
    await sim.set_extension_status("1000", "ringing")
    await sim.settle()
    base = f"http://127.0.0.1:{sim.port}/simulator/"
    async with session.get(f"{base}api/state") as response:
        text = await response.text()
    state = json.loads(text)
    assert state["deliveries"][0]["note"] == "answered"
    assert state["requests"][0]["endpoint"] == "login"
    assert state["sessions"][0]["seconds_left"] == 1800
    assert client.token not in text
    assert sim.account.password not in text
    async with session.get(base) as response:
        page = await response.text()
    assert response.content_type == "text/html"
    async with session.get(f"{base}api/knobs") as response:
        knobs = await response.json()
    for name in ("refuse_logins", "lose_reports", "duplicate_reports", "reorder_reports"):
        assert f'data-knob="{name}"' in page
        assert name in knobs


async def test_a_reboot_from_the_console(
    sim: Simulator, session: aiohttp.ClientSession, client: Client, receiver: Receiver
) -> None:
    await client.login_for_reports(receiver)
    assert (await command(sim, session, "reboot", seconds=0))[0] == 200
    await sim.wait_until(lambda: bool(sim.deliveries))
    await sim.settle()
    assert receiver.reports[0]["action"] == "BootUp"


async def test_busy_phones_call_and_register() -> None:
    async def short(_seconds: float) -> None:
        await asyncio.sleep(0)

    sim = Simulator(SimulatorConfig(extensions=6), sleep=short)
    await sim.start()
    phones = asyncio.create_task(BusyPhones(sim, seed=7).run())
    states: set[str] = set()

    def seen() -> bool:
        states.update(each.status for each in sim.directory.extensions.values())
        kinds = {record.type for record in sim.calls.records}
        return kinds == {"Internal", "Inbound", "Outbound"} and len(states) >= 6

    try:
        await sim.wait_until(seen)
    finally:
        phones.cancel()
        await asyncio.gather(phones, return_exceptions=True)
        await sim.stop()
    assert {"unavailable", "registered", "ringing", "busy", "on_hold"} <= states


def trace(tmp_path: Path, **more: Any) -> Path:
    """Return a trace as diagnostics write it, inside a larger file."""
    extensions = {"status": "Success", "extlist": [{"extnumber": "47", "status": "Idle"}]}
    changed = {"status": "Success", "extlist": []}
    entries = [
        {"time": 10.0, "direction": "request", "path": "/api/v0.0.1/deviceinfo/query",
         "errno": None, "answer": {"status": "Success", "deviceinfo": {"sn": "s1"}}},
        {"time": 11.0, "direction": "request", "path": "extensionlist/query",
         "answer": extensions},
        {"time": 12.0, "direction": "request", "path": "/api/v0.0.1/heartbeat",
         "answer": {"status": "Success"}},
        {"time": 20.0, "direction": "report", "path": "/", "body": {"action": "BootUp"}},
        {"time": 26.0, "direction": "report", "path": "/", "raw": '{"action":"RING",}'},
        {"time": 27.0, "direction": "request", "path": "extensionlist/query", "answer": changed},
        {"time": "soon", "direction": "report", "body": {}},
        "nonsense",
    ]  # fmt: skip
    path = tmp_path / "diagnostics.json"
    inner = {"format": "ippbx-trace-1", "dialect": "openvox", "entries": entries, **more}
    path.write_text(json.dumps({"data": {"trace": inner}}))
    return path


async def test_a_trace_is_played(
    sim: Simulator, client: Client, receiver: Receiver, clock: Clock, tmp_path: Path
) -> None:
    recording = Recording.load(trace(tmp_path))
    assert (recording.dialect, recording.serial) == ("openvox", "s1")
    start = clock.now
    playing = asyncio.create_task(recording.play(sim, speed=2))
    await client.login_for_reports(receiver)
    assert (await client.ask("extensionlist/query"))["extlist"][0]["extnumber"] == "47"
    while not playing.done():
        await sim.settle()
        clock.move(0.25)
        await asyncio.sleep(0)
    assert await playing == 2
    await sim.settle()
    assert receiver.texts() == ['{"action":"BootUp"}', '{"action":"RING",}']
    assert 8.5 <= clock.now - start <= 12
    assert (await client.ask("extensionlist/query"))["extlist"] == []
    assert (await client.ask("deviceinfo/query"))["deviceinfo"] == {"sn": "s1"}


@pytest.mark.parametrize("content", ["", "[1]", '{"format":"other"}', "[" * 9000])
def test_what_is_no_trace(tmp_path: Path, content: str) -> None:
    path = tmp_path / "trace.json"
    path.write_text(content)
    with pytest.raises(TraceError):
        Recording.load(path)


def run(*options: str) -> subprocess.Popen[str]:
    """Start the command line."""
    return subprocess.Popen(
        [sys.executable, "-m", "pbx_simulator", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_line(signal_number: int) -> None:
    process = run("--port", "0", "--dialect", "yeastar-v1", "--busy", "--pace", "0.01")
    try:
        assert process.stdout
        greeting = [process.stdout.readline() for _ in range(5)]
        console = greeting[2].split()[1]
        with urllib.request.urlopen(f"{console}api/state", timeout=10) as answer:
            assert json.load(answer)["device"]["dialect"] == "yeastar-v1"
        process.send_signal(signal_number)
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--replay", "no-such-file"], 1, "no-such-file"),
        (["--speed", "0"], 2, "greater than 0"),
        (["--dialect", "other"], 2, "invalid choice"),
    ],
)
def test_wrong_options(options: list[str], code: int, says: str) -> None:
    process = run(*options)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == code
    assert says in errors
    assert "Traceback" not in errors


def test_the_simulator_knows_nothing_of_the_integration() -> None:
    program = (
        "import sys, pbx_simulator.cli; "
        "print([m for m in sys.modules if m.startswith(('custom_components', 'homeassistant'))])"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )
    assert out.stdout.strip() == "[]"
