"""Random requests and random phones: no request fails, and in the end every phone is free."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any

import pytest

from pbx_simulator import Simulator
from pbx_simulator.calls.model import Call, CallState, CallStateError

from .conftest import Client
from .test_control_endpoints import GOOD, REQUIRED

STEPS = 120
NUMBERS = ("1000", "1001", "1002", "1003", "1004", "6500", "6700", "6200", "6900", "0301234")
CHOICES = {
    "operate": ("complete", "abort", "swap", "threeway"),
    "type": ("listen", "whisper", "barge"),
    "ivrid": ("6500",),
    "queueid": ("6700", "6701"),
    "ringgroupid": ("6200",),
    **{key: (GOOD[key],) for key in ("prompt", "trunk", "message", "outto", "fromext")},
}


def any_id(chance: random.Random, sim: Simulator, key: str) -> str:
    """Return an id of that kind of one of the calls."""
    found = [
        value
        for call in sim.calls.live.values()
        for leg in call.legs
        for value in ({"channelid": leg.channel_id, "callid": call.call_id}.get(key, leg.leg_id),)
        if value
    ]
    return chance.choice(found) if found else "1.1"


def random_body(chance: random.Random, sim: Simulator, endpoint: str) -> dict[str, Any]:
    body = {"dialpermission": "1003", "autoanswer": chance.choice(("yes", "no"))}
    for key in (*REQUIRED[endpoint][1].split(), "fromext"):
        if key in ("channelid", "callid", "inboundid", "outboundid"):
            body[key] = any_id(chance, sim, key)
        else:
            body[key] = chance.choice(CHOICES.get(key, NUMBERS))
    return body


async def phone_acts(chance: random.Random, sim: Simulator) -> None:
    """Act at a phone or as an outside caller, if the call's state allows it."""
    with contextlib.suppress(CallStateError):
        calls = list(sim.calls.live.values())
        if not calls or chance.random() < 0.2:
            call = await sim.calls.inbound("trunk-1", "0309999", chance.choice(NUMBERS[:5]))
            await (call.ring() if call.state is CallState.DIALING else call.accept())
            return
        call = chance.choice(calls)
        await chance.choice((call.pick_up, call.answer, call.answer, call.hang_up))()


def assert_sound(sim: Simulator) -> None:
    """Check that live calls have two different parties, and busy extensions a call."""
    for call in sim.calls.live.values():
        assert call.live
        assert call.caller not in call.called
    for number, extension in sim.directory.extensions.items():
        if extension.status in ("busy", "ringing", "on_hold"):
            assert sim.calls.of_extension(number)


async def end_all(sim: Simulator) -> list[Call]:
    ended = []
    while sim.calls.live:
        call = next(iter(sim.calls.live.values()))
        await call.hang_up()
        ended.append(call)
        await asyncio.sleep(0)
    return ended


@pytest.mark.parametrize("seed", range(4))
async def test_no_request_fails(sim: Simulator, client: Client, dialect: str, seed: int) -> None:
    chance = random.Random(f"{dialect} {seed}")
    await client.login()
    gsm = sim.directory.add_trunk("gsm")
    gsm.type, gsm.status = "GSM", "idle"
    sim.knobs.call_waiting = bool(seed % 2)
    sim.directory.trunks["trunk-1"].control_answering = seed > 1
    offered = [name for name, (dialects, _) in REQUIRED.items() if dialect in dialects]
    succeeded = set()
    for _ in range(STEPS):
        if chance.random() < 0.4:
            await phone_acts(chance, sim)
        else:
            endpoint = chance.choice(offered)
            answer = await client.ask(endpoint, **random_body(chance, sim, endpoint))
            assert answer["status"] in ("Success", "Failed")
            succeeded |= {endpoint} if answer["status"] == "Success" else set()
        assert_sound(sim)
        if len(sim.calls.live) > 8:
            await end_all(sim)
    assert len(succeeded) > 5
    await end_all(sim)
    assert {each.status for each in sim.directory.extensions.values()} == {"idle"}
    assert not sim.parking.parked
    assert not sim.monitoring.active
    assert not sim.attended_transfers.active
    assert all(record.duration >= record.talk >= 0 for record in sim.calls.records)
