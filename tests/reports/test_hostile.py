"""What anybody may send to webhook and listener.

Nothing changes, nothing grows, nothing is betrayed.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
import logging
import tracemalloc
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.ippbx.const import (
    CHANNEL_LISTENER,
    CHANNEL_WEBHOOK,
    CONF_CHANNEL,
    CONF_LISTENER_PORT,
    DOMAIN,
)
from custom_components.ippbx.runtime import PbxRuntime
from pbx_simulator import Simulator
from tests.conftest import SERIAL, WEBHOOK_ID, add_entry
from tests.live import free_port, load, serve

from .raw_requests import exchange, own_lines, post, request, states, status_report

KIB = 1024


@dataclass(slots=True, kw_only=True)
class Target:
    """A loaded entry and the port where it receives reports."""

    hass: HomeAssistant
    simulator: Simulator
    runtime: PbxRuntime
    port: int
    before: list[str]
    requests: int

    def untouched(self) -> bool:
        """Return whether no state changed and the PBX was not asked anything."""
        return states(self.hass) == self.before and len(self.simulator.requests) == self.requests


@pytest.fixture(params=[CHANNEL_WEBHOOK, CHANNEL_LISTENER])
async def target(
    hass: HomeAssistant,
    simulator: Simulator,
    request: pytest.FixtureRequest,
    caplog: pytest.LogCaptureFixture,
) -> AsyncGenerator[Target]:
    """Return an entry; whatever is sent there must not betray its secrets."""
    port = await serve(hass)
    options: dict[str, Any] = {}
    if request.param == CHANNEL_LISTENER:
        port = free_port()
        options = {CONF_CHANNEL: CHANNEL_LISTENER, CONF_LISTENER_PORT: port}
    runtime = await load(hass, add_entry(hass, simulator, options=options))
    yield Target(
        hass=hass,
        simulator=simulator,
        runtime=runtime,
        port=port,
        before=states(hass),
        requests=len(simulator.requests),
    )
    lines = "\n".join(own_lines(caplog, logging.INFO))
    for secret in (WEBHOOK_ID, SERIAL, "1001", "555666"):
        assert secret not in lines


GARBAGE = {
    "wrong serial number": status_report("1001", sn="STRANGER00001"),
    "64 KiB of zeros": bytes(64 * KIB),
    "2 MiB of letters": b"x" * (2 * KIB * KIB),
    "2 MiB of a report": status_report("1001", pad="x" * (2 * KIB * KIB)),
    "deep arrays": b'{"action":' + b"[" * 30_000,
    "deep objects": b'{"a":' * 12_000 + b"1" + b"}" * 12_000,
    "invalid UTF-8": b'{"action":"\xff\xfe","sn":"\xc3\x28"}',
    "only invalid UTF-8": b"\xff\xfe\x80" * 1000,
    "no object": b'["ExtensionStatus","1001","Ringing"]',
    "half a report": status_report("1001")[:-9],
    "a name that is none": b'{"action":{"a":1},"extension":"1001"}',
    "XML": b"<?xml version='1.0'?><a>555666</a>",
    "null": b"null",
    "blank": b"   \r\n",
}
WITHOUT_EVENTS = {
    "an unknown name": b'{"action":"' + b"Z" * 500 + b'","sn":"' + SERIAL.encode() + b'"}',
    "a status that nobody knows": status_report("1001", "555666"),
    "a number of 60,000 digits": b'{"action":"ExtensionStatus","extension":' + b"9" * 60_000 + b"}",
    "a number of 60,000 digits as status": status_report("1001", "9" * 60_000),
}


async def test_garbage(target: Target, caplog: pytest.LogCaptureFixture) -> None:
    for name, body in GARBAGE.items():
        assert b" 200 " in await post(target.port, body), name
        assert states(target.hass) == target.before, name
    await target.hass.async_block_till_done(wait_background_tasks=True)

    assert target.untouched()
    assert not target.runtime.receiver.accepted
    assert set(target.runtime.receiver.rejected) <= {"malformed", "serial"}
    assert len(own_lines(caplog, logging.INFO)) == 1


async def test_reports_without_content(target: Target, caplog: pytest.LogCaptureFixture) -> None:
    """They are this PBX's reports, so they count; no extension changes."""
    for name, body in WITHOUT_EVENTS.items():
        assert b" 200 " in await post(target.port, body), name
    await target.hass.async_block_till_done(wait_background_tasks=True)

    changed = [state for state in states(target.hass) if state not in target.before]
    assert changed == ["binary_sensor.pbx_reports_arriving on"]
    assert len(target.simulator.requests) == target.requests + 4  # one read, for a number unknown
    assert target.runtime.receiver.accepted == {"UnknownReport": 1, "ExtensionStatusReport": 3}
    assert not own_lines(caplog, logging.INFO)


@pytest.mark.parametrize("serial", [SERIAL, "", "STRANGER00001"])
async def test_wrong_source(target: Target, caplog: pytest.LogCaptureFixture, serial: str) -> None:
    """The secret path alone is not enough."""
    for _ in range(5):
        body = status_report("1001", sn=serial)
        assert b" 200 " in await post(target.port, body, source="127.0.0.2")

    assert target.untouched()
    reason = "serial" if serial == "STRANGER00001" else "source"
    assert target.runtime.receiver.rejected == {reason: 5}
    assert len(own_lines(caplog, logging.INFO)) == 1
    issue = ir.async_get(target.hass).async_get_issue(
        DOMAIN, f"unknown_source_{target.runtime.entry.entry_id}"
    )
    assert (issue is not None) is (serial == SERIAL)


async def test_the_simulated_pbx_from_another_address(target: Target) -> None:
    target.simulator.knobs.report_source = "127.0.0.2"
    await target.simulator.set_extension_status("1001", "busy")
    await target.simulator.settle()
    assert target.simulator.deliveries[-1].status == 200
    assert target.untouched()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_methods_that_carry_no_report(
    target: Target, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    data = request(status_report("1001"), method=method, head="Connection: close\r\n")
    assert (await exchange(target.port, data)).startswith(b"HTTP/1.1 200 ")
    assert target.untouched()
    assert not own_lines(caplog, logging.INFO)
    assert not [
        r for r in caplog.records if r.levelno >= logging.WARNING and WEBHOOK_ID in r.getMessage()
    ]  # nor anybody else


async def test_reports_for_a_thousand_unknown_extensions(target: Target) -> None:
    """One read looks for them all."""
    await post(target.port, status_report("1001", "Idle"))
    for number in range(1_000):
        await post(target.port, status_report(f"9{number:04}"))
    await target.hass.async_block_till_done(wait_background_tasks=True)

    endpoints = [r.endpoint for r in target.simulator.requests[target.requests :]]
    assert len(endpoints) == 4, endpoints  # extensions, calls both ways, trunks: once
    assert target.runtime.receiver.accepted == {"ExtensionStatusReport": 1_001}
    assert set(target.runtime.store.extensions) == {f"100{n}" for n in range(5)}


async def test_nothing_grows_with_what_strangers_say(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator))
    receive = runtime.receiver.receive
    bodies = [
        status_report("9" * 60_000),
        status_report("1001", pad="x" * 60_000),
        b"[" * 60_000,
        bytes(60_000),
    ]

    def flood(times: int) -> None:
        for number in range(times):
            receive([(b'{"action":"Event%d"}' % number, "127.0.0.1")])
            receive([(status_report(f"9{number}"), "127.0.0.1")])
            receive([(b"garbage", f"10.9.{number // 250}.{number % 250}")])
            receive([(bodies[number % 4] + b" " * number, "127.0.0.1")])

    flood(400)
    tracemalloc.start()
    flood(400)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert used < KIB * KIB
    assert set(runtime.receiver.accepted) == {"ExtensionStatusReport", "UnknownReport"}
    assert set(runtime.receiver.rejected) == {"malformed"}
    assert len(runtime.trace) == 200
    assert len(own_lines(caplog, logging.INFO)) == 1


async def test_a_sender_that_goes_away_in_the_middle(
    target: Target, caplog: pytest.LogCaptureFixture
) -> None:
    for end in (20, 90, -5):
        _, writer = await asyncio.open_connection("127.0.0.1", target.port)
        writer.write(request(status_report("1001"))[:end])
        await writer.drain()
        writer.transport.abort()
    await post(target.port, b"{}")
    assert target.untouched()
    assert len(own_lines(caplog, logging.INFO)) <= 1


async def test_the_complaint_comes_at_most_once_an_hour(
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator))
    receive = runtime.receiver.receive

    def complain() -> int:
        for _ in range(10):
            receive([(b"garbage", "127.0.0.1")])
            receive([(status_report("1001", sn="STRANGER00001"), "127.0.0.1")])
            receive([(status_report("1001"), "10.9.9.9")])
        return len(own_lines(caplog, logging.INFO))

    assert complain() == 1
    freezer.tick(3599)
    assert complain() == 1
    freezer.tick(2)
    assert complain() == 2
    assert runtime.receiver.rejected == {"malformed": 30, "serial": 30, "source": 30}


async def test_a_report_that_cannot_be_applied_does_not_reach_the_server(
    target: Target, caplog: pytest.LogCaptureFixture
) -> None:
    with patch.object(target.runtime._dispatcher, "dispatch", side_effect=KeyError("1001")):
        assert b" 200 " in await post(target.port, status_report("1001"))
    assert target.untouched()
    assert target.runtime.receiver.rejected == {"not_applied": 1}
    assert len(own_lines(caplog, logging.INFO)) == 1
