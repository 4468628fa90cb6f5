"""The call log in the options."""

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
import pytest

from custom_components.ippbx.const import (
    CONF_CALL_LOG_SIZE,
    CONF_MASK_NUMBERS,
    CONF_RECORDINGS,
    CONF_SHOW_CALLERS,
)

from .helpers import suggested
from .test_options import add_entry, ask, submit

pytestmark = pytest.mark.usefixtures("loadable")


async def test_the_log_has_a_size(hass: HomeAssistant) -> None:
    entry = await add_entry(hass)
    log = {CONF_CALL_LOG_SIZE: 250.0, CONF_MASK_NUMBERS: True, CONF_SHOW_CALLERS: False}
    await submit(hass, await ask(hass, entry, "privacy"), log)
    assert entry.options[CONF_CALL_LOG_SIZE] == 250
    assert type(entry.options[CONF_CALL_LOG_SIZE]) is int
    assert entry.options[CONF_MASK_NUMBERS] is True
    assert suggested(await ask(hass, entry, "privacy")) == {**log, CONF_RECORDINGS: False}


@pytest.mark.parametrize("size", [-1, 10_001])
async def test_no_such_size(hass: HomeAssistant, size: int) -> None:
    entry = await add_entry(hass)
    result = await ask(hass, entry, "privacy")
    with pytest.raises(InvalidData):
        await submit(hass, result, {CONF_CALL_LOG_SIZE: size})
