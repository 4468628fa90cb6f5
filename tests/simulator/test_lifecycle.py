"""Starting, going away, rebooting, TLS, the event stream, and a clean stop."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import aiohttp
import pytest

from pbx_simulator import Simulator

from .conftest import Client, Clock, Receiver


async def test_away_and_back_on_the_same_port(
    sim: Simulator, client: Client, receiver: Receiver, clock: Clock
) -> None:
    await client.login_for_reports(receiver)
    port = sim.port
    await sim.go_away()
    await sim.set_extension_status("1000", "ringing")
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.ask("heartbeat")
    clock.move(60)
    await sim.come_back()
    assert sim.port == port
    assert (await client.ask("heartbeat"))["status"] == "Success"
    await sim.settle()
    assert receiver.received == [], "what happened meanwhile is not reported"


async def test_going_away_cuts_waiting_requests(sim: Simulator, client: Client) -> None:
    sim.knobs.hang = True
    asking = asyncio.create_task(client.ask("heartbeat"))
    await sim.wait_until(lambda: bool(sim.requests))
    await sim.go_away()
    with pytest.raises(aiohttp.ClientConnectionError):
        await asking


@pytest.mark.parametrize("keep", [True, False])
async def test_a_reboot(sim: Simulator, client: Client, receiver: Receiver, keep: bool) -> None:
    await client.login_for_reports(receiver)
    call = await sim.calls.place("1000", "1001")
    await call.ring()
    await sim.settle()
    receiver.received.clear()
    await sim.reboot(keep_tokens=keep)
    await sim.settle()
    [report] = receiver.reports
    assert (report.get("action") or report["event"]) == "BootUp"
    assert sim.calls.live == {}
    assert {each.status for each in sim.directory.extensions.values()} == {"idle"}
    answer = await client.ask("heartbeat")
    assert answer.get("errno") == (None if keep else "20004")


async def test_nothing_is_left_running(sim: Simulator, client: Client, receiver: Receiver) -> None:
    before = asyncio.all_tasks()
    receiver.answer = b""
    sim.knobs.ring_timeout = 30
    await client.login_for_reports(receiver)
    call = await sim.calls.place("1000", "1001")
    await call.ring()
    await sim.stop()
    await sim.settle()
    left = [task for task in asyncio.all_tasks() - before if "pbx_simulator" in task.get_name()]
    assert left == []
    assert len(sim.deliveries) >= 3, "something was left to be done"


class TestTls:
    """The API over TLS."""

    @staticmethod
    def context(ciphers: str, *, old: bool = False) -> ssl.SSLContext:
        """Return a client's context that trusts every certificate."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
        made.set_ciphers(ciphers)
        if old:
            made.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        return made

    @staticmethod
    async def ask(session: aiohttp.ClientSession, sim: Simulator, checked: Any) -> str:
        """Ask over TLS and return the error number."""
        url = f"https://127.0.0.1:{sim.port}/api/v1.1.0/deviceinfo/query?token="
        async with session.post(url, ssl=checked) as response:
            return str((await response.json(content_type=None))["errno"])

    async def test_a_self_signed_certificate(
        self, make_sim: Any, session: aiohttp.ClientSession
    ) -> None:
        sim = await make_sim("yeastar-v1", tls=True)
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await self.ask(session, sim, True)
        pin = aiohttp.Fingerprint(bytes.fromhex(sim.certificate.fingerprint))
        assert await self.ask(session, sim, pin) == "20005"
        await sim.renew_certificate()
        with pytest.raises(aiohttp.ServerFingerprintMismatch):
            await self.ask(session, sim, pin)

    @pytest.mark.parametrize("old_tls", ["rsa", "1.0"])
    async def test_old_boxes(
        self, clock: Clock, make_sim: Any, session: aiohttp.ClientSession, old_tls: str
    ) -> None:
        sim = await make_sim("yeastar-v1", tls=True)
        sim.knobs.old_tls = old_tls
        await sim.renew_certificate()
        new = self.context("ECDH+AESGCM:@SECLEVEL=2")
        with pytest.raises(aiohttp.ClientConnectorError):
            await self.ask(session, sim, new)
        assert await self.ask(session, sim, self.context("ALL:@SECLEVEL=0", old=True)) == "20005"

    async def test_a_plain_port_that_redirects(
        self, make_sim: Any, session: aiohttp.ClientSession
    ) -> None:
        sim = await make_sim("yeastar-v1", tls=True, redirect_port=0)
        url = f"http://127.0.0.1:{sim.redirect_port}/api/v1.1.0/login"
        async with session.post(url, allow_redirects=False) as response:
            assert response.status == 302
            wanted = f"https://127.0.0.1:{sim.port}/api/v1.1.0/login"
            assert response.headers["Location"] == wanted


class TestEventStream:
    """The TCP events of API v2.0.0."""

    LOGIN = b"Action: login\r\nUsername: api\r\nSecret: %s\r\nVersion: 2.0.0\r\n\r\n"

    async def test_objects_one_after_another(self, make_sim: Any) -> None:
        sim = await make_sim("yeastar-v2", event_port=0)
        reader, writer = await asyncio.open_connection("127.0.0.1", sim.event_port)
        writer.write(self.LOGIN % b"Pa55word")
        await sim.wait_until(lambda: sim.logins == 1)
        sim.knobs.join_events = True
        await sim.set_extension_status("1000", "ringing")
        await sim.set_extension_status("1000", "busy")
        data = await reader.readuntil(b"}{")
        data += await reader.readuntil(b"}")
        assert data.count(b'"event":"ExtensionStatus"') == 2
        sim.knobs.join_events, sim.knobs.split_events = False, True
        await sim.set_extension_status("1000", "idle")
        assert b'"Registered"' in await reader.readuntil(b"}")
        writer.close()

    async def test_a_wrong_password(self, make_sim: Any) -> None:
        sim = await make_sim("yeastar-v2", event_port=0)
        for _ in range(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", sim.event_port)
            writer.write(self.LOGIN % b"wrong")
            assert await reader.read() == b""
            writer.close()
        assert sim.failed_logins == 5
        assert sim.lockout.locked("127.0.0.1")
