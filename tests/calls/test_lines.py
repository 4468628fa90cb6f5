"""The calls that lines of the logbook are about; what lines say is in tests/test_logbook.py."""

from homeassistant.core import HomeAssistant

from custom_components.ippbx.calls.lines import CallLines
from custom_components.ippbx.pbx.model.tracked import CallEventType
from tests.conftest import SERIAL

from .changes import call, change

REMEMBERED = 256


async def test_the_last_calls_are_remembered(hass: HomeAssistant) -> None:
    lines = CallLines(hass, "an_entry", lambda: SERIAL)
    ids = [f"1772357400.{number}" for number in range(REMEMBERED + 1)]
    for call_id in ids:
        lines.record(change(CallEventType.ANSWERED, call=call(call_id=call_id)))
    assert lines.find(ids[0]) is None
    assert [found.call_id for each in ids[1:] if (found := lines.find(each))] == ids[1:]
