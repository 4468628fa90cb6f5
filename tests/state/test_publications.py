"""What reports that came together change is published after all of them, and all of it."""

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback

from custom_components.ippbx.pbx.model.lines import ExtensionStatus
from custom_components.ippbx.state.publications import Publications
from pbx_simulator import Simulator
from tests.conftest import SERIAL, add_entry
from tests.live import entity_id, load, serve
from tests.reports.raw_requests import status_report


def test_what_is_held_is_passed_on_in_its_order() -> None:
    received, errors = list[object](), list[Exception]()
    publications = Publications(errors.append)

    def fail(what: object) -> None:
        publications.publish(received.append, f"beside {what}")
        raise RuntimeError(what)

    publications.publish(received.append, "at once")
    assert received == ["at once"]

    publications.hold()
    publications.publish(fail, "a fault")
    publications.publish(received.append, "later")
    assert received == ["at once"]
    publications.release()
    assert received == ["at once", "later", "beside a fault"]
    assert [str(error) for error in errors] == ["a fault"]

    publications.publish(fail, "another fault")
    assert received[-1] == "beside another fault"
    assert [str(error) for error in errors] == ["a fault", "another fault"]


async def test_simultaneous_reports_are_all_applied_and_then_all_shown(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await serve(hass)
    runtime = await load(hass, add_entry(hass, simulator))
    sensors = [
        entity_id(hass, "sensor", f"{SERIAL}_ext_{each}_status") for each in ("1000", "1001")
    ]
    shown: list[tuple[str, str]] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        assert runtime.store.extensions["1001"].status is ExtensionStatus.BUSY
        if (state := event.data["new_state"]) is not None and state.entity_id in sensors:
            shown.append((state.entity_id, state.state))

    hass.bus.async_listen("state_changed", changed)
    bodies = [
        status_report(number, word) for word in ("Ringing", "Busy") for number in ("1000", "1001")
    ]
    runtime.receiver.receive([(body, "127.0.0.1") for body in bodies])

    assert shown == [(sensor, status) for status in ("ringing", "busy") for sensor in sensors]
