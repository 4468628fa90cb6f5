"""The blueprints that have the PBX do something: what goes over the wire."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ippbx.calls.history.backfill import MAX_RECORDS
from custom_components.ippbx.const import (
    CONF_ALLOWED_NUMBERS,
    CONF_CONTACTS,
    CONF_MASK_NUMBERS,
)
from custom_components.ippbx.contacts.merge import one_line
from custom_components.ippbx.pbx.model.lines import CallRecord
from pbx_simulator import Simulator
from tests.conftest import SERIAL, StartSimulator, add_entry
from tests.house import House, move_in
from tests.live import entity_id
from tests.time_travel import TimeTraveller

from .automations import DIALECTS, Automation, automate, device, record, ring, status
from .mobile_app import MobileApp, add_mobile_app

OUTSIDE = ("+49301234", "0049301234", "0301234", "007")
ASKED = ("extension/dial_extension", "extension/dial_outbound", "call/dial")
REFUSED = ("inbound/refuse", "call/refuse_inbound")
PROMPTS = ("extension/playprompt", "outbound/playprompt", "call/playprompt")

pytestmark = pytest.mark.usefixtures("no_faulty_automation")


@pytest.fixture(params=DIALECTS)
async def simulator(start_simulator: StartSimulator, request: pytest.FixtureRequest) -> Simulator:
    return await start_simulator(dialect=request.param)


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator, traveller: TimeTraveller) -> House:
    hass.config.country = "DE"
    return await move_in(
        hass, simulator, traveller, options={CONF_ALLOWED_NUMBERS: ["+49301234", "007"]}
    )


def asked(house: House, *endpoints: str) -> list[dict[str, Any]]:
    """Return what the PBX was asked at some of its endpoints."""
    return [each.params for each in house.simulator.requests if each.endpoint in endpoints]


async def miss(house: House, caller: str) -> None:
    """End a call to 1001 that was not answered."""
    if caller in house.simulator.directory.extensions:
        call = await house.simulator.calls.place(caller, "1001")
        await call.ring()
    else:
        call = await ring(house, caller=caller)
    await house.traveller.travel(5)
    await call.hang_up()
    await house.traveller.travel(60)


async def notify(house: House, folder: Path) -> MobileApp:
    """Notify an app of missed calls; 1002 calls back."""
    app = add_mobile_app(house.hass)
    extension = device(house, "ext_1002")
    await automate(
        house.hass, folder, "missed_call_notification", app=app.device_id, extension=extension
    )
    return app


@pytest.mark.parametrize("caller", [*OUTSIDE, "1003"])
async def test_the_number_on_the_wire_is_the_one_that_called(
    house: House, tmp_path: Path, caller: str
) -> None:
    app = await notify(house, tmp_path)
    await miss(house, caller)
    assert len(app.shown) == 1
    app.press()
    await house.traveller.travel(1)
    (request,) = asked(house, *ASKED)
    numbers = {key: value for key, value in request.items() if value == caller}
    assert len(numbers) == 1, request
    assert "1002" in request.values()
    (call,) = house.simulator.calls.of_extension("1002")
    assert call.dialled == caller


async def test_a_caller_who_left_a_voicemail_was_missed(house: House, tmp_path: Path) -> None:
    app = await notify(house, tmp_path)
    call = await ring(house, caller="0301234")
    await house.traveller.travel(5)
    house.simulator.calls.divert_to_voicemail(call)
    await house.traveller.travel(5)
    await call.hang_up()
    await house.traveller.travel(60)
    (shown,) = app.shown
    assert shown["message"].startswith("0301234, ")
    app.press()
    await house.traveller.travel(1)
    assert len(asked(house, *ASKED)) == 1


async def test_each_notification_calls_its_own_caller(house: House, tmp_path: Path) -> None:
    app = await notify(house, tmp_path)
    when = dt_util.now()
    await miss(house, "007")
    await miss(house, "0301234")
    assert [each["title"] for each in app.shown] == ["Missed call"] * 2
    assert app.shown[0]["message"] == f"007, {when:%Y-%m-%d %H:%M}"
    house.hass.bus.async_fire("mobile_app_notification_action", {"action": "something else"})
    house.hass.bus.async_fire("mobile_app_notification_action", {"action": None})
    app.press(notification=0)
    await house.traveller.travel(1)
    (request,) = asked(house, *ASKED)
    assert "007" in request.values()


async def test_the_extension_says_which_pbx_if_several_have_the_id(
    house: House, start_simulator: StartSimulator, tmp_path: Path
) -> None:
    app = await notify(house, tmp_path)
    await miss(house, "007")
    barn = await start_simulator(serial="BARN000000002")
    entry = add_entry(house.hass, barn, webhook_id="bb22bb22bb22bb22bb22bb22bb22bb22")
    await house.traveller.wait_for(house.hass.config_entries.async_setup(entry.entry_id))
    entry.runtime_data.calls.tracker.find = house.runtime.calls.tracker.find
    app.press()
    await house.traveller.travel(1)
    (request,) = asked(house, *ASKED)
    assert {"1002", "007"} <= set(request.values())
    assert not barn.calls.live


async def test_only_the_pbx_of_the_extension_can_call_back(
    house: House, start_simulator: StartSimulator, tmp_path: Path
) -> None:
    """A call that was missed at another one is announced without the button."""
    app = await notify(house, tmp_path)
    barn = await start_simulator(serial="BARN000000002")
    entry = add_entry(house.hass, barn, webhook_id="bb22bb22bb22bb22bb22bb22bb22bb22")
    await house.traveller.wait_for(house.hass.config_entries.async_setup(entry.entry_id))
    for simulator in (barn, house.simulator):
        call = await simulator.calls.inbound(None, "007", to="1001")
        await call.ring()
        await house.traveller.travel(5)
        await call.hang_up()
        await house.traveller.travel(60)
    assert [[each["title"] for each in shown["data"]["actions"]] for shown in app.shown] == [
        [],
        ["Call back"],
    ]


@pytest.mark.parametrize(
    "name",
    [
        "N" * 300,
        "שלום\u200f",
        "👨‍👩‍👧 home",
        "<b onclick=alert(1)>Bob</b>",
        "a: [b, {c: *d}] - e",
        "{{ states }}{% raw %}",
        "[1, 2]",
        "!secret password",
    ],
)
async def test_odd_names_are_text_in_a_notification(
    house: House, tmp_path: Path, name: str
) -> None:
    contact = {"number": "+49301234", "name": name, "vip": False}
    house.hass.config_entries.async_update_entry(house.entry, options={CONF_CONTACTS: [contact]})
    await house.traveller.wait_for(house.hass.config_entries.async_reload(house.entry.entry_id))
    app = await notify(house, tmp_path)
    when = dt_util.now()
    await miss(house, "0301234")
    (shown,) = app.shown
    assert shown["message"] == f"{one_line(name)}, {when:%Y-%m-%d %H:%M}"


async def test_nobody_can_be_called_back_without_a_number(house: House, tmp_path: Path) -> None:
    app = await notify(house, tmp_path)
    await miss(house, "anonymous")
    (shown,) = app.shown
    assert shown["message"].startswith("anonymous, ")
    assert shown["data"]["actions"] == []


async def test_nobody_can_be_called_back_by_a_masked_number(house: House, tmp_path: Path) -> None:
    options = {**house.entry.options, CONF_MASK_NUMBERS: True}
    house.hass.config_entries.async_update_entry(house.entry, options=options)
    await house.traveller.wait_for(house.hass.config_entries.async_reload(house.entry.entry_id))
    app = await notify(house, tmp_path)
    for caller in ("0301234", "007", "1003"):
        await miss(house, caller)
    assert [len(each["data"]["actions"]) for each in app.shown] == [0, 1, 1]


async def test_each_of_many_calls_missed_meanwhile_is_announced(
    yeastar: House, tmp_path: Path
) -> None:
    """As many as are found at once after a stop, in order, though each needs a moment."""
    app = await notify(yeastar, tmp_path)
    app.delay = 0.2
    began = dt_util.utcnow().replace(microsecond=0) - timedelta(hours=1)
    yeastar.runtime.calls.apply_records(
        CallRecord(
            call_id=f"{began.timestamp() + number:.0f}.{number}",
            started=began + timedelta(seconds=number),
            caller=f"030555{number:04}",
            callee="1001",
            duration=9,
            outcome="no_answer",
            direction="inbound",
        )
        for number in range(MAX_RECORDS)
    )
    await yeastar.traveller.travel(60)
    notified = [each["message"].partition(",")[0] for each in app.shown]
    assert notified == [f"030555{number:04}" for number in range(MAX_RECORDS)]


async def test_the_button_outlives_a_restart(house: House, tmp_path: Path) -> None:
    app = await notify(house, tmp_path)
    await miss(house, "007")
    await house.traveller.wait_for(house.hass.config_entries.async_reload(house.entry.entry_id))
    app.press()
    await house.traveller.travel(1)
    assert len(asked(house, *ASKED)) == 1


def ask_first(house: House, *, answers: bool = True) -> None:
    """Make the PBX ask about calls on a trunk."""
    house.simulator.directory.trunks["trunk-1"].control_answering = answers


@pytest.fixture
def yeastar(house: House) -> House:
    if house.simulator.config.dialect == "openvox":
        pytest.skip("OpenVox documents no calls that can be refused")
    return house


async def test_blocked_callers_are_refused(yeastar: House, tmp_path: Path) -> None:
    house = yeastar
    ask_first(house)
    automation = await automate(house.hass, tmp_path, "refuse_blocked_callers", blocked=["+4990*"])
    welcome = await house.simulator.calls.inbound("trunk-1", "+49301234", to="1001")
    await house.traveller.travel(3)
    assert automation.runs == []
    await house.traveller.travel(10)
    assert welcome.state == "ringing", "nobody answered in time: it goes its usual way"
    blocked = await house.simulator.calls.inbound("trunk-1", "0900123", to="1003")
    await house.traveller.travel(1)
    assert blocked.refused
    assert blocked.state == "ended"
    (request,) = asked(house, *REFUSED)
    assert {blocked.caller.leg_id, blocked.caller.channel_id} & set(request.values())
    assert welcome.state == "ringing"
    await house.traveller.travel(30)
    known = house.runtime.calls.tracker.find(blocked.call_id)
    assert known is not None
    assert known.outcome == "refused", "a caller who is not wanted has not been missed"
    assert house.state("sensor", "missed_calls") == "0"


@pytest.mark.parametrize("withheld", [False, True])
async def test_an_empty_list_blocks_nobody(yeastar: House, tmp_path: Path, withheld: bool) -> None:
    ask_first(yeastar)
    await automate(yeastar.hass, tmp_path, "refuse_blocked_callers", withheld=withheld)
    refused = []
    for caller in ("+49301234", "anonymous"):
        call = await yeastar.simulator.calls.inbound("trunk-1", caller, to="1001")
        await yeastar.traveller.travel(3)
        refused.append(call.refused)
        if not call.refused:
            await call.hang_up()
        await yeastar.traveller.travel(30)
    assert refused == [False, withheld]


SMOKE, OTHER = "binary_sensor.smoke", "binary_sensor.other"


async def set_off(house: House, folder: Path, **inputs: Any) -> Automation:
    """Set off an alarm that rings extensions."""
    house.hass.states.async_set(SMOKE, "off")
    fixed = {"alarm": [SMOKE, OTHER], "prompt": "alarm", "rounds": 2}
    automation = await automate(house.hass, folder, "call_on_alarm", **fixed, **inputs)
    house.hass.states.async_set(SMOKE, "on")
    await house.traveller.travel(1)
    return automation


async def test_an_alarm_rings_phones_until_somebody_answers(house: House, tmp_path: Path) -> None:
    await set_off(house, tmp_path, phones=[status(house, "1001"), status(house, "1002")])
    (first,) = house.simulator.calls.of_extension("1001")
    await house.traveller.travel(26)
    other = await ring(house, "1003")
    await other.answer()
    await house.traveller.travel(1)
    assert len(asked(house, *PROMPTS)) == 2, "somebody else's answer does not count"
    (second,) = house.simulator.calls.of_extension("1002")
    await second.pick_up()
    await house.traveller.travel(300)
    requests = asked(house, *PROMPTS)
    assert len(requests) == 2
    assert ["1001" in requests[0].values(), "1002" in requests[1].values()] == [True, True]
    assert "alarm" in requests[0].values()
    assert first is not second


async def test_an_alarm_gives_up_after_some_rounds(house: House, tmp_path: Path) -> None:
    await set_off(house, tmp_path, phones=[status(house, "1001")])
    await house.traveller.travel(300)
    assert len(asked(house, *PROMPTS)) == 2


@pytest.mark.parametrize(
    ("later", "inputs", "rings"),
    [
        ({SMOKE: "off"}, {}, 1),
        ({SMOKE: "off"}, {"until_over": False}, 4),
        ({SMOKE: "off", OTHER: "on"}, {}, 4),
        ({SMOKE: "off", OTHER: "unavailable"}, {}, 1),
        ({SMOKE: "unavailable"}, {}, 4),
        ({SMOKE: "unknown"}, {}, 4),
        ({}, {}, 4),
    ],
)
async def test_an_alarm_that_is_over_rings_no_further_phone(
    house: House, tmp_path: Path, later: dict[str, str], inputs: dict[str, Any], rings: int
) -> None:
    """One that is out of reach is not over: what reports a fire may burn."""
    phones = [status(house, "1001"), status(house, "1002")]
    await set_off(house, tmp_path, phones=phones, **inputs)
    for entity, state in later.items():
        house.hass.states.async_set(entity, state)
    await house.traveller.travel(300)
    assert len(asked(house, *PROMPTS)) == rings


async def test_an_alarm_that_goes_off_again_rings_again(house: House, tmp_path: Path) -> None:
    automation = await set_off(house, tmp_path, phones=[status(house, "1001")])
    house.hass.states.async_set(SMOKE, "off")
    await house.traveller.travel(30)
    house.hass.states.async_set(SMOKE, "on")
    await house.traveller.travel(300)
    assert len(asked(house, *PROMPTS)) == 3
    assert len(automation.runs) == 2


async def test_an_alarm_that_is_tried_by_hand_rings_all(house: House, tmp_path: Path) -> None:
    automation = await set_off(house, tmp_path, phones=[status(house, "1001")], state=["never"])
    assert asked(house, *PROMPTS) == []
    await house.hass.services.async_call(
        "automation", "trigger", {"entity_id": automation.entity_id}
    )
    await house.traveller.travel(300)
    assert len(asked(house, *PROMPTS)) == 2


async def test_an_alarm_rings_outside_numbers(yeastar: House, tmp_path: Path) -> None:
    house = yeastar
    await set_off(house, tmp_path, numbers=["0301234"], permission="1001")
    (request,) = asked(house, *PROMPTS)
    assert "0301234" in request.values()
    (call,) = house.simulator.calls.live.values()
    await call.pick_up()
    await house.traveller.travel(300)
    assert len(asked(house, *PROMPTS)) == 1


@pytest.mark.parametrize(
    "number",
    ["0301234", "+49 30 1234", "0049 30-1234", "030/1234", "tel:+49301234", " TEL:030 1234"],
)
@pytest.mark.parametrize("reported", ["", "+49301234", "1234"])
async def test_an_alarm_rings_a_number_in_any_form(
    yeastar: House, tmp_path: Path, number: str, reported: str
) -> None:
    """The form in the list, and the one in which the line reports it."""
    house = yeastar
    await set_off(house, tmp_path, numbers=[number], permission="1001")
    (call,) = house.simulator.calls.live.values()
    call.caller.to = reported or call.caller.to
    await call.pick_up()
    await house.traveller.travel(300)
    assert len(asked(house, *PROMPTS)) == 1


async def test_an_alarm_rings_one_phone_at_a_time(house: House, tmp_path: Path) -> None:
    await set_off(house, tmp_path, phones=[status(house, "1001"), status(house, "1002")])
    await house.traveller.travel(23)
    (first,) = house.simulator.calls.live.values()
    await house.traveller.travel(3)
    (second,) = house.simulator.calls.live.values()
    assert first.state == "ended"
    assert [first.caller.number, second.caller.number] == ["1001", "1002"]
    await house.traveller.travel(300)
    assert not house.simulator.calls.live
    assert len(asked(house, *PROMPTS)) == 4


async def test_an_outside_number_that_cannot_be_hung_up_may_answer_late(
    yeastar: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """API v1.1.0 tells no id with which one that still rings could be hung up."""
    house = yeastar
    await set_off(house, tmp_path, numbers=["0301234", "007"], permission="1001")
    await house.traveller.travel(46)
    calls = list(house.simulator.calls.live.values())
    v1 = house.simulator.config.dialect == "yeastar-v1"
    assert [call.caller.number for call in calls] == [*(["0301234"] if v1 else ()), "007"]
    await calls[0].pick_up()
    await house.traveller.travel(300)
    assert len(asked(house, *PROMPTS)) == 2
    if v1:
        assert "Nobody in this call" in caplog.text
        caplog.clear()


async def test_calls_of_others_do_not_end_an_alarm(house: House, tmp_path: Path) -> None:
    """Nor does a listed phone that makes a call of its own, which keeps it."""
    await set_off(house, tmp_path, phones=[status(house, "1001"), status(house, "1002")])
    (prompt,) = house.simulator.calls.live.values()
    inside = await house.simulator.calls.place("1002", "1003")
    outside = await house.simulator.calls.outbound("1004", "0309999")
    for call in (inside, outside):
        await call.ring()
        await call.answer()
        await house.traveller.travel(5)
    assert len(asked(house, *PROMPTS)) == 1
    await prompt.pick_up()
    await house.traveller.travel(300)
    assert len(asked(house, *PROMPTS)) == 1


async def test_an_outside_call_of_others_does_not_end_an_alarm(
    yeastar: House, tmp_path: Path
) -> None:
    house = yeastar
    await set_off(house, tmp_path, numbers=["0301234", "007"], permission="1001")
    call = await house.simulator.calls.outbound("1002", "0309999")
    await call.ring()
    await call.answer()
    await house.traveller.travel(5)
    await call.hang_up()
    await house.traveller.travel(5)
    assert len(asked(house, *PROMPTS)) == 1


async def test_a_phone_that_answers_somebody_else_has_not_answered_an_alarm(
    house: House, tmp_path: Path
) -> None:
    """It rings already when the alarm goes off: the PBX refuses to ring it for that, too."""
    other = await ring(house, "1001")
    await set_off(house, tmp_path, phones=[status(house, "1001")])
    await other.answer()
    await house.traveller.travel(5)
    await other.hang_up()
    await house.traveller.travel(300)
    assert len(asked(house, *PROMPTS)) == 2


async def test_a_phone_that_cannot_ring_for_an_alarm_does_not_delay_the_next(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The last one of a round waits, so that rounds outlast what passes."""
    house.simulator.knobs.wrong_errno = dict.fromkeys(PROMPTS, "10008")
    phones = [status(house, "1001"), status(house, "1002")]
    await set_off(house, tmp_path, phones=phones)
    await house.traveller.travel(2)
    assert len(asked(house, *PROMPTS)) == 2
    await house.traveller.travel(15)
    assert len(asked(house, *PROMPTS)) == 2
    assert caplog.text.count("The extension is busy") >= 2
    caplog.clear()


async def test_a_second_call_of_a_phone_that_rings_for_an_alarm_does_not_count(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its status does not tell which of the two it answered."""
    automation = await set_off(house, tmp_path, phones=[status(house, "1001")])
    monkeypatch.setattr(house.simulator.calls, "_obstacle", lambda _: 0)
    other = await ring(house, "1001")
    await other.answer()
    await house.traveller.travel(5)
    assert house.extension("1001") == "busy"
    state = house.hass.states.get(automation.entity_id)
    assert state is not None
    assert state.attributes["current"] == 1
    await automation.switch("off")


async def test_an_alarm_that_only_appears_rings_nobody(house: House, tmp_path: Path) -> None:
    automation = await set_off(house, tmp_path, phones=[status(house, "1001")], state=["triggered"])
    house.hass.states.async_set(OTHER, "triggered")
    await house.traveller.travel(5)
    assert (asked(house, *PROMPTS), automation.runs) == ([], [])


@pytest.mark.parametrize("by_phone", [False, True])
async def test_an_alarm_rings_outside_numbers_by_one_of_two_pbxs(
    yeastar: House, start_simulator: StartSimulator, tmp_path: Path, *, by_phone: bool
) -> None:
    house, entries = yeastar, yeastar.hass.config_entries
    barn = add_entry(
        house.hass,
        await start_simulator(serial="BARN000000003"),
        webhook_id="cc33cc33cc33cc33cc33cc33cc33cc33",
    )
    await house.traveller.wait_for(entries.async_setup(barn.entry_id))
    chosen: dict[str, Any] = (
        {"phones": [status(house, "1001")]} if by_phone else {"pbx": house.entry.entry_id}
    )
    await set_off(house, tmp_path, numbers=["0301234"], permission="1001", **chosen)
    await house.traveller.travel(30)
    assert any("0301234" in request.values() for request in asked(house, *PROMPTS))


async def test_somebody_at_the_door(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    tmp_path: Path,
) -> None:
    """A notification for each ring; one button opens, the other ends the door phone's call."""
    options = {"door_phones": ["1003"]}
    house = await move_in(hass, await start_simulator(), traveller, options=options)
    app, opened = add_mobile_app(hass), record(hass, "test.open")["test.open"]
    await automate(
        hass,
        tmp_path,
        "door_phone",
        doorbell=entity_id(hass, "event", f"{SERIAL}_ext_1003_doorbell"),
        camera="camera.door",
        app=app.device_id,
        open=[{"action": "test.open"}],
    )
    call = await house.simulator.calls.place("1003", "1002")
    await call.ring()
    await house.traveller.travel(1)
    (shown,) = app.shown
    assert shown["title"] == "Somebody is at the door"
    assert shown["data"]["image"] == "/api/camera_proxy/camera.door"
    assert [each["title"] for each in shown["data"]["actions"]] == ["Open", "Decline"]

    hass.bus.async_fire("mobile_app_notification_action", {"action": "something else"})
    hass.bus.async_fire("mobile_app_notification_action", {"tag": "no action"})
    app.press(0)
    await house.traveller.travel(1)
    assert len(opened) == 1
    assert house.simulator.calls.of_extension("1003")
    app.press(1)
    await house.traveller.travel(1)
    assert not house.simulator.calls.of_extension("1003")
    app.press(1)  # once more: it is over
    await house.traveller.travel(1)
    assert len(opened) == 1

    other = await house.simulator.calls.place("1002", "1003")
    await other.ring()
    await house.traveller.travel(1)
    assert len(app.shown) == 1


async def test_a_doorbell_that_comes_and_goes_does_not_ring(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
    tmp_path: Path,
) -> None:
    """Its entity is disabled, and enabled again: it has the state of its last ring."""
    options = {"door_phones": ["1003"]}
    house = await move_in(hass, await start_simulator(), traveller, options=options)
    app = add_mobile_app(hass)
    doorbell = entity_id(hass, "event", f"{SERIAL}_ext_1003_doorbell")
    await automate(
        hass,
        tmp_path,
        "door_phone",
        doorbell=doorbell,
        camera="camera.door",
        app=app.device_id,
        open=[{"action": "test.open"}],
    )
    entities = er.async_get(hass)
    await ring_at_the_door(house)
    assert len(app.shown) == 1
    for by in (er.RegistryEntryDisabler.USER, None):
        entities.async_update_entity(doorbell, disabled_by=by)
        await traveller.travel(60)
        assert (hass.states.get(doorbell) is None) is (by is not None)
    assert len(app.shown) == 1
    await ring_at_the_door(house)
    assert len(app.shown) == 2


async def ring_at_the_door(house: House) -> None:
    call = await house.simulator.calls.place("1003", "1002")
    await call.ring()
    await house.traveller.travel(5)
    await call.hang_up()
    await house.traveller.travel(5)
