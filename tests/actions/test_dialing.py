"""Calling back: the number on the wire is the number that called."""

from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.calls.history.entries import LogEntry
from custom_components.ippbx.const import CONF_ALLOWED_NUMBERS, CONF_MASK_NUMBERS
from custom_components.ippbx.pbx.model.tracked import (
    CallDirection,
    CallEventType,
    CallOutcome,
    TrackedCall,
)
from custom_components.ippbx.pbx.uc.dialects import DIALECTS
from tests.calls.changes import call as call_from_outside, change
from tests.conftest import StartSimulator
from tests.test_services_refused import call, refusal

from .house import device_of, know, move_in, runtime_of

ANYBODY = {CONF_ALLOWED_NUMBERS: ["*", "+*", "007"]}
CALL_ID = "1790000001.10"
CALLERS = ("+493012345", "00493012345", "0049301234567", "03012345", "03012345678", "007", "2003")


def missed(caller: str, **changes: Any) -> TrackedCall:
    """Return a call to 2001 that nobody answered."""
    known: dict[str, Any] = {
        "call_id": CALL_ID,
        "callee": "2001",
        "rang": ("2001",),
        "missed_by": ("2001",),
    }
    if caller.startswith("20"):
        known["direction"] = CallDirection.INTERNAL
    return call_from_outside(caller=caller, outcome=CallOutcome.MISSED, **known | changes)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_exact_number_of_the_caller(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str, caller: str
) -> None:
    """A call that ended lately, and one that only the call log has.

    The numbers are never formed anew.
    """
    hass.config.country = "DE"
    stage = await move_in(hass, start_simulator, dialect, ANYBODY)
    for known_by in ("calls", "log"):
        runtime = runtime_of(hass)
        if known_by == "calls":
            know(hass, missed(caller))
        else:
            know(hass)
            runtime.history.log._keep(LogEntry.of(missed(caller), late=False))
        answer = await call(hass, "call_back", call_id=CALL_ID)
        assert answer["extension"] == "2001"
        sent = {"extid", "outto", "callee", "caller"} & set(stage.asked.params)
        assert caller in [stage.asked.params[key] for key in sent]
        assert [leg.number for leg in stage.made.legs] == ["2001", caller]
        await stage.made.hang_up()


async def test_from_another_extension(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    stage = await move_in(hass, start_simulator, "yeastar-v2", ANYBODY)
    know(hass, missed("03012345"))
    await call(
        hass, "call_back", call_id=CALL_ID, device_id=device_of(hass, "2004"), auto_answer=True
    )
    assert stage.asked.params == {"caller": "2004", "callee": "03012345", "autoanswer": "yes"}


@pytest.mark.parametrize(
    ("changes", "extension"),
    [
        ({"answered_by": "2002", "missed_by": ()}, "2002"),
        ({"missed_by": ("2003", "2001")}, "2003"),
        ({"missed_by": (), "callee": "2004"}, "2004"),
        ({"missed_by": (), "callee": "6200"}, None),
    ],
)
async def test_the_extension_that_calls_back(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    changes: dict[str, object],
    extension: str | None,
) -> None:
    stage = await move_in(hass, start_simulator, "openvox", ANYBODY)
    know(hass, missed("03012345", **changes))
    if extension is None:
        assert await refusal(hass, "call_back", call_id=CALL_ID) == "no_target"
        return
    assert (await call(hass, "call_back", call_id=CALL_ID))["extension"] == extension
    assert stage.asked.params["extid"] == extension


async def test_an_outbound_call_is_made_again(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    stage = await move_in(hass, start_simulator, "openvox", ANYBODY)
    outbound = missed("2002", callee="03012345", direction=CallDirection.OUTBOUND, missed_by=())
    know(hass, outbound)
    await call(hass, "call_back", call_id=CALL_ID)
    assert stage.asked.params == {"extid": "2002", "outto": "03012345", "autoanswer": "no"}


async def test_an_internal_call_is_made_again_by_its_caller(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    """Anybody else calls its caller, whose own number an extension cannot call."""
    stage = await move_in(hass, start_simulator, "openvox", ANYBODY)
    know(hass, missed("2002"))
    for extension, dialled in (("2002", "2001"), ("2001", "2002")):
        await call(hass, "call_back", call_id=CALL_ID, extension=extension)
        params = {"caller": extension, "callee": dialled, "autoanswer": "no"}
        assert stage.asked.params == params
        await stage.made.hang_up()


SPELLINGS = {
    "+49 30 1234": "+49301234",
    "+49 (0)30 / 12-34": "+49301234",
    "tel:+49301234;phone-context=sip": "+49301234",
    "030\xa01234": "0301234",
    " 0049.30.1234 ": "0049301234",
    "20 03": "2003",
}


@pytest.mark.parametrize(("caller", "number"), SPELLINGS.items())
async def test_a_number_with_separators(
    hass: HomeAssistant, start_simulator: StartSimulator, caller: str, number: str
) -> None:
    hass.config.country = "DE"
    stage = await move_in(hass, start_simulator, "openvox", {CONF_ALLOWED_NUMBERS: ["+49301234"]})
    know(hass, missed(caller))
    await call(hass, "call_back", call_id=CALL_ID)
    assert [leg.number for leg in stage.made.legs] == ["2001", number]


@pytest.mark.parametrize("caller", ["", "anonymous", "030 12a4", "+", "+ ", "0301234;1", "-1234"])
async def test_no_number_to_call(
    hass: HomeAssistant, start_simulator: StartSimulator, caller: str
) -> None:
    """Nobody, and somebody who hides."""
    stage = await move_in(hass, start_simulator, "openvox", ANYBODY)
    know(hass, missed(caller))
    before = len(stage.sim.requests)
    assert await refusal(hass, "call_back", call_id=CALL_ID) == "caller_unknown"
    assert len(stage.sim.requests) == before


@pytest.mark.parametrize("listed", [[], ["+4940*", "00 7"]])
@pytest.mark.parametrize(
    "caller",
    ["+49301234", "0049301234", "0301234", "6500", "+49 30 1234", "0 03 01 23 4", "11 2", "0-0-8"],
)
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_caller_that_is_not_allowed(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    dialect: str,
    caller: str,
    listed: list[str],
) -> None:
    stage = await move_in(hass, start_simulator, dialect, {CONF_ALLOWED_NUMBERS: listed})
    know(hass, missed(caller))
    before = len(stage.sim.requests)
    assert await refusal(hass, "call_back", call_id=CALL_ID) == "number_not_allowed"
    assert len(stage.sim.requests) == before


@pytest.mark.parametrize("remembered", [True, False])
async def test_a_number_that_the_log_has_masked(
    hass: HomeAssistant, start_simulator: StartSimulator, remembered: bool
) -> None:
    """Also while the call is remembered for late reports."""
    stage = await move_in(hass, start_simulator, "openvox", ANYBODY | {CONF_MASK_NUMBERS: True})
    call = missed("0301234567")
    know(hass, *[call] if remembered else [])
    log = runtime_of(hass).history.log
    log.record(change(CallEventType.ENDED, call=call))
    before = len(stage.sim.requests)
    assert await refusal(hass, "call_back", call_id=CALL_ID) == "number_masked"
    assert len(stage.sim.requests) == before


async def test_a_call_that_nobody_knows(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    await move_in(hass, start_simulator, "openvox", ANYBODY)
    know(hass, replace(missed("0301234"), call_id="1790000001.11"))
    assert await refusal(hass, "call_back", call_id=CALL_ID) == "call_unknown"


@pytest.mark.parametrize("direction", [CallDirection.INBOUND, CallDirection.OUTBOUND])
@pytest.mark.parametrize("extension", ["2001", "2003"])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_outside_number_that_is_also_one_of_an_extension(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    dialect: str,
    extension: str,
    direction: CallDirection,
) -> None:
    """Of another PBX, say: 2003 here is neither rung nor called itself, and costs what it costs."""
    sides = {"caller": "2003", "callee": "2001"}
    if direction is CallDirection.OUTBOUND:
        sides = {"caller": "2001", "callee": "2003"}
    known = missed(**sides, direction=direction)
    refused = "caller_unknown" if dialect == "yeastar-v2" else "number_not_allowed"
    stage = await move_in(hass, start_simulator, dialect, {CONF_ALLOWED_NUMBERS: ["*"]})
    before, fields = len(stage.sim.requests), {"call_id": CALL_ID, "extension": extension}
    for kept in (False, True):
        know(hass, *[] if kept else [known])
        if kept:
            runtime_of(hass).history.log._keep(LogEntry.of(known, late=False))
        assert await refusal(hass, "call_back", **fields) == refused
    assert len(stage.sim.requests) == before

    runtime_of(hass).policy._listed = ("2003",)
    runtime_of(hass).policy.set_numbering(runtime_of(hass).policy._numbering)
    if dialect == "yeastar-v2":
        assert await refusal(hass, "call_back", **fields) == refused
        assert len(stage.sim.requests) == before
        return
    dialled: list[tuple[str, ...]] = []
    runtime_of(hass).calls.dialled = lambda *which: dialled.append(which)  # type: ignore[method-assign]
    answer = await call(hass, "call_back", **fields)
    assert stage.asked.endpoint == "extension/dial_outbound"
    assert stage.asked.params == {"extid": extension, "outto": "2003", "autoanswer": "no"}
    assert dialled == [(answer["call_id"], extension, "")]
