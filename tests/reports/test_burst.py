"""Five hundred reports at once, each on a connection of its own.

None is lost, and each costs what it costs alone.
"""

import asyncio
from collections.abc import Callable

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.const import (
    CHANNEL_LISTENER,
    CHANNEL_WEBHOOK,
    CONF_CHANNEL,
    CONF_EXTENSIONS,
    CONF_LISTENER_PORT,
)
from tests.conftest import SERIAL, StartSimulator, add_entry
from tests.counted import Counted
from tests.live import entity_id, free_port, load, serve

from .raw_requests import CLOSE, request, status_report

EXTENSIONS = 500
MOST = 2500  # bytecodes of ours for a report, over the dearer channel; some 1,900 are usual


@pytest.mark.parametrize("channel", [CHANNEL_WEBHOOK, CHANNEL_LISTENER])
async def test_a_burst_loses_no_report(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    channel: str,
    record_property: Callable[[str, object], None],
) -> None:
    simulator = await start_simulator(extensions=EXTENSIONS)
    port = await serve(hass)
    options = {CONF_EXTENSIONS: "all", CONF_CHANNEL: channel}
    if channel == CHANNEL_LISTENER:
        port = options[CONF_LISTENER_PORT] = free_port()
    runtime = await load(hass, add_entry(hass, simulator, options=options))
    numbers = sorted(runtime.store.extensions)
    pairs = await asyncio.gather(
        *(asyncio.open_connection("127.0.0.1", port) for _ in range(EXTENSIONS))
    )
    hass.loop.set_debug(False)  # it would write down where each task came from
    with Counted() as counted:
        for number, (_, writer) in zip(numbers, pairs, strict=True):
            writer.write(request(status_report(number, "Busy"), head=CLOSE))
        answers = await asyncio.gather(*(reader.read() for reader, _ in pairs))
        await hass.async_block_till_done()
    record_property("bytecodes", counted.count)

    assert {answer.partition(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 200 OK"}
    assert runtime.receiver.accepted["ExtensionStatusReport"] == EXTENSIONS
    shown = [
        hass.states.get(entity_id(hass, "sensor", f"{SERIAL}_ext_{number}_status"))
        for number in numbers
    ]
    assert {state.state if state else None for state in shown} == {"busy"}
    assert counted.count <= MOST * EXTENSIONS, counted.count / EXTENSIONS
    for _, writer in pairs:
        writer.close()
