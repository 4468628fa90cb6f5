"""Actions on calls known from the PBX's own reports, from the first ring to the call back."""

from dataclasses import dataclass
import json

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import Event, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ippbx.calls.attributes import EVENT_CALL
from custom_components.ippbx.const import CONF_ALLOWED_NUMBERS
from custom_components.ippbx.diagnostics import async_get_config_entry_diagnostics
from custom_components.ippbx.pbx.uc.dialects import DIALECTS
from pbx_simulator import Simulator
from pbx_simulator.calls.model import Call
from tests.conftest import StartSimulator, add_entry
from tests.live import load, serve
from tests.test_services_refused import call, refusal

CALLER = "+4930555123"
OPTIONS = {CONF_ALLOWED_NUMBERS: ["030 555 123"]}


async def reported(hass: HomeAssistant, simulator: Simulator) -> None:
    """Wait until all reports have come and all that follows from them is done."""
    await simulator.settle()
    await hass.async_block_till_done()


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_call_from_outside(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    hass.config.country = "DE"
    simulator = await start_simulator(dialect=dialect)
    await serve(hass)
    entry = add_entry(hass, simulator, options=OPTIONS)
    await load(hass, entry)
    incoming = await simulator.calls.inbound("trunk-1", CALLER, "1001")
    await incoming.ring()
    await reported(hass, simulator)
    (known,) = (await call(hass, "get_calls"))["calls"]
    assert (known["caller"], known["state"]) == (CALLER, "ringing")

    await incoming.answer()
    await reported(hass, simulator)
    (of_1001,) = (await call(hass, "get_calls", extension="1001"))["calls"]
    assert of_1001["call_id"] == known["call_id"]
    before = len(simulator.requests)
    await call(hass, "mute", call_id=known["call_id"])
    assert len(simulator.requests) == before + 1
    assert [leg.muted for leg in incoming.legs] == [False, True]  # the extension, not the caller

    await call(hass, "hang_up", call_id=known["call_id"])
    assert not incoming.live
    assert incoming.released_by is incoming.caller  # the call as a whole: by its trunk
    await reported(hass, simulator)
    assert await refusal(hass, "hang_up", call_id=known["call_id"]) == "call_unknown"

    await call(hass, "call_back", call_id=known["call_id"])
    (made,) = simulator.calls.live.values()
    assert [leg.number for leg in made.legs] == ["1001", CALLER]

    shown = json.dumps(await async_get_config_entry_diagnostics(hass, entry))
    assert "30555123" not in shown
    assert '"allowed_numbers": 1' in shown


@pytest.mark.parametrize("dialect", ["yeastar-v1", "yeastar-v2"])
async def test_one_request_each(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    """The reports are enough.

    Nothing is asked again to hold, resume, pass on and end a call.
    """
    started = await talk(hass, await start_simulator(dialect=dialect))
    simulator, talking = started.simulator, started.at

    async def one(action: str, **fields: str) -> None:
        before = len(simulator.requests)
        await call(hass, action, **fields)
        asked = [request.endpoint for request in simulator.requests[before:]]
        assert len(asked) == 1, (action, asked)
        await reported(hass, simulator)

    await one("hold", extension="1001")
    await one("resume", extension="1001")
    await one("transfer", extension="1001", number="1002")
    assert {leg.number for leg in talking.legs} == {CALLER, "1002"}
    await talking.answer()
    await reported(hass, simulator)
    await one("hang_up", extension="1002")
    assert not talking.live


@dataclass(slots=True, kw_only=True)
class Talk:
    """A call from outside with 1001, and the events of it.

    Attributes:
        at: the call at the PBX; known: its id in Home Assistant.
    """

    simulator: Simulator
    at: Call
    known: str
    events: list[Event]

    @property
    def transferred(self) -> list[str]:
        """Return the calls of which the PBX's own event entity published a transfer."""
        pbx = next(e.data["device_id"] for e in self.events if e.data["type"] == "answered")
        events = [e.data for e in self.events if e.data["type"] == "transferred"]
        return [data["call_id"] for data in events if data["device_id"] == pbx]


async def talk(hass: HomeAssistant, simulator: Simulator) -> Talk:
    """Connect an outside caller with 1001."""
    await serve(hass)
    await load(hass, add_entry(hass, simulator, options=OPTIONS))
    events = async_capture_events(hass, EVENT_CALL)
    at = await simulator.calls.inbound("trunk-1", CALLER, "1001")
    await at.ring()
    await at.answer()
    await reported(hass, simulator)
    (known,) = (await call(hass, "get_calls"))["calls"]
    return Talk(simulator=simulator, at=at, known=known["call_id"], events=events)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_hold_is_shown_at_once(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    freezer: FrozenDateTimeFactory,
    dialect: str,
) -> None:
    """Whether the PBX reports it (Yeastar v2) or a reading shows it by and by."""
    talking = await talk(hass, await start_simulator(dialect=dialect))

    for action, event, state in (("hold", "held", "on_hold"), ("resume", "resumed", "talking")):
        talking.events.clear()
        freezer.tick(10)
        await call(hass, action, extension="1001")
        await reported(hass, talking.simulator)
        (known,) = (await call(hass, "get_calls"))["calls"]
        assert known["state"] == state
        types = [each.data["type"] for each in talking.events if not each.data.get("extension")]
        assert set(types) == {event}, types


@pytest.mark.parametrize("dialect", ["yeastar-v1", "yeastar-v2"])
async def test_a_transfer_without_a_report_is_published(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    talking = await talk(hass, await start_simulator(dialect=dialect))

    await call(hass, "transfer", extension="1001", number="1002")
    await reported(hass, talking.simulator)
    assert talking.transferred == [talking.known]
    await talking.at.answer()
    await talking.at.hang_up()
    await reported(hass, talking.simulator)
    assert talking.transferred == [talking.known], "once"


@pytest.mark.parametrize("named_by", ["phone", "call", "second call"])
async def test_a_transfer_after_a_consultation_is_of_the_call_that_remains(
    hass: HomeAssistant, start_simulator: StartSimulator, named_by: str
) -> None:
    talking = await talk(hass, await start_simulator(dialect="yeastar-v2"))
    await call(hass, "attended_transfer", extension="1001", number="1002")
    (asked,) = (each for each in talking.simulator.calls.live.values() if each is not talking.at)
    await asked.answer()
    await reported(hass, talking.simulator)
    assert talking.transferred == []

    target = {"call": {"call_id": talking.known}, "second call": {"call_id": asked.call_id}}
    named = target.get(named_by, {"extension": "1001"})
    await call(hass, "attended_transfer_step", step="complete", **named)
    await reported(hass, talking.simulator)
    assert talking.transferred == [talking.known]
    (goes_on,) = (await call(hass, "get_calls"))["calls"]
    assert (goes_on["call_id"], goes_on["state"]) == (talking.known, "talking")
    assert (await call(hass, "get_calls", extension="1002"))["calls"] == [goes_on]
    assert (await call(hass, "get_calls", extension="1001"))["calls"] == []


async def test_diagnostics_show_no_message(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    simulator = await start_simulator(dialect="yeastar-v2")
    gsm = simulator.directory.add_trunk("gsm-1")
    gsm.type, gsm.status = "GSM", "idle"
    entry = add_entry(hass, simulator, options={CONF_ALLOWED_NUMBERS: ["*"]})
    await load(hass, entry)
    await call(hass, "send_message", trunk="gsm-1", number="01715550199", message="Gate 4711 open")
    shown = json.dumps(await async_get_config_entry_diagnostics(hass, entry))
    assert "sms/send" in shown
    assert not [text for text in ("1715550199", "open", "Gate") if text in shown]
