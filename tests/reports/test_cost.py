"""What a report costs: the same with few extensions as with many."""

from collections.abc import Iterator
from itertools import islice

from homeassistant.core import HomeAssistant

from benchmarks.pbx import SERIAL as BENCH_SERIAL
from benchmarks.requests import Target, call_lines
from custom_components.ippbx.const import CONF_CONTROLS
from custom_components.ippbx.runtime import PbxRuntime
from tests.conftest import StartSimulator, add_entry
from tests.counted import Counted
from tests.live import load, serve

SOURCE = "127.0.0.1"
AT_ONCE = 8
REPORTS = 9  # of a call


async def feed(hass: HomeAssistant, runtime: PbxRuntime, bodies: Iterator[bytes]) -> None:
    """Deliver the reports of calls that go on at once."""
    for body in islice(bodies, REPORTS * AT_ONCE):
        runtime.receiver.receive([(body, SOURCE)])
    await hass.async_block_till_done()


async def bytecodes(hass: HomeAssistant, start_simulator: StartSimulator, extensions: int) -> float:
    """Return how many bytecodes of ours a report takes, with so many extensions."""
    simulator = await start_simulator(extensions=extensions, serial=BENCH_SERIAL)
    entry = add_entry(hass, simulator, options={CONF_CONTROLS: False})
    runtime = await load(hass, entry)
    numbers = [str(1000 + each) for each in range(extensions)]
    lines = call_lines(Target(1, "/", fresh=False), numbers, AT_ONCE)
    bodies = (next(line).partition(b"\r\n\r\n")[2] for line in _in_turn(lines))
    await feed(hass, runtime, bodies)  # what is learnt once
    with Counted() as counted:
        await feed(hass, runtime, bodies)
    assert not runtime.receiver.rejected
    assert not runtime.calls.tracker.active
    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.config_entries.async_remove(entry.entry_id)
    return counted.count / (REPORTS * AT_ONCE)


def _in_turn(lines: list[Iterator[bytes]]) -> Iterator[Iterator[bytes]]:
    while True:
        yield from lines


async def test_many_extensions_cost_no_more_than_few(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    await serve(hass)
    few = await bytecodes(hass, start_simulator, 10)
    many = await bytecodes(hass, start_simulator, 500)
    assert few > 500  # it counts
    assert many <= 1.1 * few, f"{few:.0f} with 10 extensions, {many:.0f} with 500"
