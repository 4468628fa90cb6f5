"""An unexpected exception is never silent, and gives nothing away."""

from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.diagnostics import async_get_config_entry_diagnostics
from custom_components.ippbx.failures import PAUSE, FailureLog
from custom_components.ippbx.flows import check
from pbx_simulator import Simulator

from .conftest import add_entry, entry_data
from .reports.raw_requests import status_report

NUMBER = "030555820"


def fail(*_args: object, **_named: object) -> None:
    try:
        raise KeyError(NUMBER)
    except KeyError as error:
        raise ValueError(f"nobody has {NUMBER}") from error


def record(log: FailureLog) -> None:
    try:
        fail()
    except ValueError as error:
        log.record(error)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.get_records("call") if each.levelname == "ERROR"]


def assert_shown_once(caplog: pytest.LogCaptureFixture) -> None:
    (line,) = errors(caplog)
    assert "in fail" in line
    assert "ValueError" in line
    assert "KeyError" in line
    assert NUMBER not in caplog.text


def test_once_an_hour_with_its_place_and_without_its_text(
    caplog: pytest.LogCaptureFixture, freezer: FrozenDateTimeFactory
) -> None:
    log = FailureLog("It failed")
    record(log)
    freezer.tick(PAUSE - 1)
    record(log)
    assert_shown_once(caplog)
    freezer.tick(2)
    record(log)
    assert len(errors(caplog)) == 2
    assert log.count == 3


async def test_a_report_that_cannot_be_applied(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    entry = add_entry(hass, simulator)
    assert await hass.config_entries.async_setup(entry.entry_id)
    receiver = entry.runtime_data.receiver
    with patch.object(entry.runtime_data._dispatcher, "dispatch", side_effect=fail):
        receiver.receive([(status_report("1001"), "127.0.0.1")] * 5)
    assert_shown_once(caplog)
    shown = await async_get_config_entry_diagnostics(hass, entry)
    assert shown["reports"]["rejected"] == {"not_applied": 5}


async def test_a_read_that_cannot_be_applied(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    entry = add_entry(hass, simulator)
    assert await hass.config_entries.async_setup(entry.entry_id)
    with patch.object(entry.runtime_data.store, "merge_extensions", side_effect=fail):
        for _ in range(3):
            await entry.runtime_data.coordinator.async_refresh()
    assert_shown_once(caplog)
    shown = await async_get_config_entry_diagnostics(hass, entry)
    assert shown["reads"]["failed_runs"] == 3


async def test_a_form(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    entry = add_entry(hass, simulator)
    with (
        patch.object(check, "FORM_FAILURES", FailureLog("A form")) as failures,
        patch("custom_components.ippbx.diagnostics.FORM_FAILURES", failures),
        patch.object(check, "create_backend", side_effect=fail),
    ):
        for _ in range(3):
            with pytest.raises(check.FlowError, match="unknown"):
                await check.async_log_in(hass, entry_data(simulator), {})
        assert (await async_get_config_entry_diagnostics(hass, entry))["failed_forms"] == 3
    assert_shown_once(caplog)
