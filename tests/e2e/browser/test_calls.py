"""Calls as one sees them: who calls, on the device page and in the logbook."""

import pytest

from pbx_simulator import Simulator

from .frontend import Frontend, label

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

STATUS = ("entity", "sensor", "extension_status", "state")
NAME = "<i>Grandma</i> 👵"  # shown as it is
TEXTS = ("selector", "call_text", "options")


def line(key: str, party: str) -> str:
    return label(*TEXTS, key).format(party=party)


async def test_call_that_is_answered_and_one_that_is_missed(
    frontend: Frontend, simulator: Simulator
) -> None:
    await simulator.rename_extension("1000", NAME)
    await frontend.add(simulator)
    await frontend.open_device("1001")
    await frontend.shows(label(*STATUS, "idle"))

    call = await simulator.calls.place("1000", "1001")
    await call.ring()
    await frontend.shows(label(*STATUS, "ringing"))
    await frontend.shows(NAME)
    await call.answer()
    await frontend.shows(label(*STATUS, "busy"))
    await call.hang_up()
    await frontend.shows(label(*STATUS, "idle"))
    await frontend.shows_not(NAME, exact=True)

    call = await simulator.calls.place("1000", "1001")
    await call.ring()
    await call.hang_up()
    await frontend.open_device()
    await frontend.shows(f"{NAME} → User 1001, {label(*TEXTS, 'missed')}")

    await frontend.open_logbook("1001")
    for key in ("incoming_from", "call_with", "missed_from"):
        await frontend.shows(line(key, NAME))
    await frontend.open_logbook()
    await frontend.shows(f"{NAME} → User 1001, {label(*TEXTS, 'answered')}, ")
