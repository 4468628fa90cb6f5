"""Settings of extensions: what the API changes, what it refuses, and what they do."""

from __future__ import annotations

from typing import Any

import pytest

from pbx_simulator import Simulator
from pbx_simulator.calls.legs import LegKind
from pbx_simulator.directory import Forwarding

from .conftest import Client, Clock

KEYS = {"yeastar-v1": "extid", "yeastar-v2": "number"}
YEASTAR = pytest.mark.parametrize("dialect", KEYS)


async def update(client: Client, number: str = "1001", **params: str) -> str:
    """Change settings; return the error number."""
    key = KEYS.get(client.sim.config.dialect, "extid")
    answer = await client.ask("extension/update", **{key: number}, **params)
    errno: str = answer.get("errno", "")
    return errno


async def settings(client: Client) -> dict[str, Any]:
    """Return the settings of 1001 as they are read."""
    key = KEYS.get(client.sim.config.dialect, "extid")
    answer = await client.ask("extension/query", **{key: "1001"})
    (found,) = answer["extinfos"]
    return dict(found)


@YEASTAR
async def test_changes(sim: Simulator, client: Client, clock: Clock) -> None:
    """Are read afterwards; what is not named stays."""
    await client.login()
    assert "atransferto" not in await settings(client)
    assert await update(client, dnd="on") == ""
    clock.move(5)
    changed = {"alwaysforward": "on", "atransferto": "Extension", "atransferext": "1003"}
    assert await update(client, **changed) == ""
    assert {"dnd": "on", **changed}.items() <= (await settings(client)).items()
    clock.move(5)
    assert await update(client, alwaysforward="off") == ""
    assert (await settings(client))["atransferext"] == "1003"
    assert sim.directory.extensions["1001"].dnd


@YEASTAR
async def test_too_often(client: Client, clock: Clock) -> None:
    """10025 within five seconds, for whatever extension."""
    await client.login()
    assert await update(client, dnd="on") == ""
    clock.move(4.9)
    assert await update(client, "1002", dnd="on") == "10025"
    clock.move(0.1)
    assert await update(client, "1002", dnd="on") == ""


@pytest.mark.parametrize(
    ("params", "errno"),
    [
        ({"dnd": "maybe"}, "10017"),
        ({"alwaysforward": "1"}, "10017"),
        ({"atransferto": "Moon"}, "10017"),
        ({"atransferto": "Custom Number"}, "10017"),
        ({"atransferto": "Custom Number", "atransfernum": "+49301234"}, "10017"),
        ({"atransferto": "Custom Number", "atransfernum": "9" * 16}, "10017"),
        ({"atransferto": "Extension", "atransferext": "1999"}, "10006"),
    ],
)
@YEASTAR
async def test_refused(sim: Simulator, client: Client, params: dict[str, str], errno: str) -> None:
    """And nothing is changed."""
    await client.login()
    assert await update(client, **{"dnd": "on", **params}) == errno
    extension = sim.directory.extensions["1001"]
    assert (extension.dnd, extension.forwarding) == (False, Forwarding())


async def test_who_has_it(client: Client, dialect: str) -> None:
    """OpenVox documents no change of settings."""
    await client.login()
    assert await update(client, "1999") == ("10006" if dialect in KEYS else "10003")


@pytest.mark.parametrize(
    ("forwarding", "kind", "number"),
    [
        (Forwarding(always=True, kind="Extension", extension="1003"), LegKind.EXTENSION, "1003"),
        (Forwarding(always=True), LegKind.SERVICE, "voicemail"),
        (
            Forwarding(always=True, kind="Custom Number", prefix="9", number="0301234"),
            LegKind.OUTBOUND,
            "90301234",
        ),
        (Forwarding(kind="Extension", extension="1003"), LegKind.EXTENSION, "1001"),
    ],
)
@YEASTAR
async def test_forwarded_calls(
    sim: Simulator, forwarding: Forwarding, kind: LegKind, number: str
) -> None:
    """Go to the destination at once."""
    sim.directory.extensions["1001"].forwarding = forwarding
    call = await sim.calls.place("1000", "1001")
    assert (call.callee.kind, call.callee.number) == (kind, number)
