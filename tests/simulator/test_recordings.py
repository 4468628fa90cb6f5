"""Recordings as files, in two steps."""

from __future__ import annotations

import io
import wave

import pytest

from pbx_simulator import Simulator

from .conftest import Client, Clock

YEASTAR = pytest.mark.parametrize("dialect", ["yeastar-v1", "yeastar-v2"])


async def recorded(sim: Simulator, clock: Clock) -> str:
    """Let two talk for ten seconds; return the name of the recording."""
    sim.knobs.records_calls = True
    call = await sim.calls.place("1000", "1001")
    await call.ring()
    await call.answer()
    clock.move(10)
    await call.hang_up()
    return sim.calls.records[-1].recording


async def fetch(client: Client, name: str, random: str) -> bytes:
    url = client.url("recording/download", None, client.token)
    query = f"&recording={name}&random={random}"
    async with client.session.get(url + query) as response:
        return await response.read()


@YEASTAR
async def test_a_recording(sim: Simulator, client: Client, clock: Clock) -> None:
    """A ticket is good for one download within 30 seconds."""
    await client.login()
    name = await recorded(sim, clock)
    assert name.endswith(f"-{sim.calls.records[-1].call_id}-1000-1001-Internal.wav")
    answer = await client.ask("recording/get_random", recording=name)
    content = await fetch(client, name, answer["random"])
    with wave.open(io.BytesIO(content)) as file:
        assert file.getnframes() == 10 * file.getframerate()
    assert b"20012" in await fetch(client, name, answer["random"])
    late = await client.ask("recording/get_random", recording=name)
    clock.move(31)
    assert b"20012" in await fetch(client, name, late["random"])


@YEASTAR
async def test_there_is_none(sim: Simulator, client: Client, clock: Clock) -> None:
    await client.login()
    assert (await client.ask("recording/get_random", recording="x.wav"))["errno"] == "20014"
    call = await sim.calls.place("1000", "1001")
    sim.knobs.records_calls = True
    await call.hang_up()
    assert sim.calls.records[-1].recording == ""


async def test_who_has_them(client: Client, dialect: str) -> None:
    await client.login()
    answer = await client.ask("recording/get_random", recording="x.wav")
    assert answer["errno"] == ("10003" if dialect == "openvox" else "20014")
