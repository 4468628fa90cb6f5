"""What people read in the logbook, through Home Assistant's own logbook component."""

from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
import logging
from typing import Any

from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.ippbx.calls.history.entries import LogEntry
from custom_components.ippbx.calls.lines import EVENT_LINE
from custom_components.ippbx.const import CONF_CALL_LOG_SIZE, CONF_CONTACTS, DOMAIN
from custom_components.ippbx.contacts.shared import async_get_contacts
from custom_components.ippbx.logbook import async_describe_events
from custom_components.ippbx.pbx.model.tracked import CallDirection, CallEventType, CallOutcome
from pbx_simulator.calls.services import ServiceKind
from tests.calls.changes import call, change
from tests.conftest import SERIAL, StartSimulator
from tests.house import House, move_in
from tests.time_travel import TimeTraveller

CALLER, GRANDMA = "030555831", {"number": "+4930555831", "name": "Grandma", "vip": False}
GROUP = "6500"
TURN = 45.0

type Lines = list[dict[str, Any]]
type Read = Callable[..., Coroutine[Any, Any, Lines]]


@pytest.fixture(autouse=True)
def _integration_ready(request: pytest.FixtureRequest) -> None:
    """Record from the start: Home Assistant's recorder is to be there before all else."""
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)  # it prints every statement
    request.getfixturevalue("recorder_mock")
    request.getfixturevalue("enable_custom_integrations")
    request.getfixturevalue("socket_enabled")


@pytest.fixture(params=["openvox", "yeastar-v2"])
async def house(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    traveller: TimeTraveller,
) -> House:
    """Return a house that knows one caller by name."""
    await hass.config.async_update(country="DE", time_zone="Europe/Berlin")
    simulator = await start_simulator(dialect=request.param)
    simulator.calls.set_group(ServiceKind.RING_GROUP, GROUP, "1001", "1002")
    house = await move_in(hass, simulator, traveller, options={CONF_CONTACTS: [GRANDMA]})
    assert await async_setup_component(hass, "logbook", {})
    await simulator.set_extension_status("1004", "busy")  # proves that reports arrive
    await traveller.travel(TURN)
    return house


@pytest.fixture
async def read(house: House, hass_ws_client: Any) -> Read:
    """Return what reads the logbook since then, as the frontend does, of all or of some devices."""
    since = (dt_util.utcnow() - timedelta(seconds=1)).isoformat()

    async def read(*devices: str, **chosen: list[str]) -> Lines:
        await async_wait_recording_done(house.hass)
        client = await hass_ws_client()  # one that is silent in time that flies is cut off
        if devices:
            chosen["device_ids"] = list(devices)
        await client.send_json_auto_id(
            {"type": "logbook/get_events", "start_time": since, **chosen}
        )
        answer = await client.receive_json()
        assert answer["success"], answer
        lines: Lines = answer["result"]
        return lines

    return read


def own(lines: Lines) -> list[tuple[str, str]]:
    """Return name and message of our own lines; others are of states."""
    return [(each["name"], each["message"]) for each in lines if each.get("domain") == DOMAIN]


def device(house: House, item: str = "") -> str:
    found = dr.async_entries_for_config_entry(dr.async_get(house.hass), house.entry.entry_id)
    return next(each.id for each in found if (DOMAIN, f"{SERIAL}{item}") in each.identifiers)


async def phone(house: House, *, to: str = "1001", caller: str = CALLER, talk: float = 0) -> None:
    """Let somebody call from outside, and hang up after some seconds of talking."""
    call = await house.simulator.calls.inbound("trunk-1", caller=caller, did="4930120", to=to)
    await call.ring()
    await house.traveller.travel(5)
    if talk:
        await call.answer()
        await house.traveller.travel(talk)
    await call.hang_up("caller")
    await house.traveller.travel(TURN)


async def test_an_answered_call_is_three_lines(house: House, read: Read) -> None:
    await phone(house, talk=180)

    lines = await read()

    assert own(lines) == [
        ("User 1001", "was called by Grandma"),
        (house.entry.title, "had a call: Grandma → User 1001, answered, 3 min"),
        ("User 1001", "had a call with Grandma, 3 min"),
    ]
    made_of_states = Counter(each["entity_id"] for each in lines if "domain" not in each)
    assert made_of_states == {
        "sensor.user_1001_status": 3,
        "sensor.user_1001_in_a_call_with": 2,
        "event.user_1001_call": 3,
        "event.pbx_call": 3,
        "sensor.pbx_last_call": 1,
    }


async def test_a_missed_call_is_three_lines(house: House, read: Read) -> None:
    await phone(house)

    lines = own(await read())

    assert sorted(lines) == sorted(
        [
            ("User 1001", "was called by Grandma"),
            (house.entry.title, "had a call: Grandma → User 1001, missed"),
            ("User 1001", "missed a call from Grandma"),
        ]
    )
    assert own(await read(device(house))) == [
        (house.entry.title, "had a call: Grandma → User 1001, missed")
    ]
    assert len(own(await read(device(house, "_ext_1001")))) == 2
    assert not own(await read(device(house, "_ext_1002")))


async def test_a_device_that_is_chosen_on_the_page_has_its_lines(house: House, read: Read) -> None:
    """The page asks for the entities of a device, not for the device."""
    await phone(house)
    entities = [f"sensor.user_1001_{name}" for name in ("status", "in_a_call_with")]

    assert len(own(await read(entity_ids=entities))) == 2
    assert not own(await read(entity_ids=["sensor.user_1002_status"]))


async def test_who_only_rang_has_no_line_when_another_took_the_call(
    house: House, read: Read
) -> None:
    call = await house.simulator.calls.inbound("trunk-1", caller="030555832", to=GROUP)
    await call.ring()
    await house.traveller.travel(5)
    await call.answer(by="1002")
    await house.traveller.travel(30)
    await call.hang_up()
    await house.traveller.travel(TURN)

    assert own(await read(device(house, "_ext_1001"))) == [("User 1001", "was called by 030555832")]
    assert own(await read(device(house, "_ext_1002"))) == [
        ("User 1002", "was called by 030555832"),
        ("User 1002", "had a call with 030555832, 30 s"),
    ]


async def test_an_outside_caller_with_the_number_of_an_extension(house: House, read: Read) -> None:
    await phone(house, caller="1002", talk=30)
    members = ("1001", "1002")
    group = {"callee": GROUP, "rang": members, "answered_by": "1001", "talk_seconds": 30}
    over = call(caller="1002", outcome=CallOutcome.ANSWERED, **group)
    ended = change(CallEventType.ENDED, call=over, extensions=members)
    house.runtime.calls.listeners.publish([ended])
    await house.traveller.travel(1)

    call_with, ends = (
        ("User 1001", "had a call with 1002, 30 s"),
        "had a call: 1002 → User 1001, answered, 30 s",
    )
    assert own(await read(device(house))) == [(house.entry.title, ends)] * 2
    incoming = ("User 1001", "was called by 1002")
    assert own(await read(device(house, "_ext_1001"))) == [incoming, call_with, call_with]
    assert own(await read(device(house, "_ext_1002"))) == []


async def test_whoever_makes_a_call_has_a_line_of_it(house: House, read: Read) -> None:
    call = await house.simulator.calls.outbound("1001", CALLER)
    await call.ring()
    await house.traveller.travel(5)
    await call.fail(486)
    await house.traveller.travel(TURN)

    assert own(await read()) == [
        (house.entry.title, "had a call: User 1001 → Grandma, busy"),
        ("User 1001", "called Grandma, busy"),
    ]


async def test_the_bus_has_neither_names_nor_numbers(house: House, read: Read) -> None:
    seen: list[Event] = []
    house.hass.bus.async_listen(EVENT_LINE, seen.append)
    await phone(house, talk=10)

    assert [set(event.data) for event in seen] == [
        {"device_id", "entity_id", "config_entry_id", "type", "call_id"}
    ] * 3
    assert not [event for event in seen if {CALLER, "Grandma", "1001"} & {*event.data.values()}]


async def test_lines_outlive_the_call_log(house: House, read: Read) -> None:
    """What is not in the log any more, or of an entry that is not loaded, names nobody."""
    await phone(house)
    entry = house.entry
    house.hass.config_entries.async_update_entry(
        entry, options={**entry.options, CONF_CALL_LOG_SIZE: 0}
    )
    await house.traveller.wait_for(house.hass.config_entries.async_reload(entry.entry_id))

    expected = ["had a call", "missed a call", "was called"]
    assert sorted(message for _, message in own(await read())) == expected
    await house.unload()
    assert sorted(message for _, message in own(await read())) == expected


async def test_a_device_that_was_removed(hass: HomeAssistant) -> None:
    described: list[Any] = []
    async_describe_events(hass, lambda *given: described.append(given))
    ((domain, event_type, describe),) = described
    assert (domain, event_type) == (DOMAIN, EVENT_LINE)
    data = {"device_id": "gone", "config_entry_id": "gone", "type": "missed", "call_id": "1.2"}
    await async_setup_component(hass, DOMAIN, {})

    assert describe(Event(EVENT_LINE, data)) == {
        "name": "PBX",
        "message": "missed a call",
        "icon": "mdi:phone-missed",
    }


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("N" * 300, "N" * 99 + "…"),
        ("\u202eevil\u202c \u2067x\u2069", "evil x"),
        ("שלום\u200f", "שלום\u200f"),
        ("👨‍👩‍👧 home", "👨‍👩‍👧 home"),
        ("<b onclick=alert(1)>Bob</b>", "<b onclick=alert(1)>Bob</b>"),
        ("a: [b, {c: *d}]\n- e", "a: [b, {c: *d}] - e"),
        ("{party} {0}", "{party} {0}"),
        ("unknown", CALLER),  # a state of another meaning
    ],
)
async def test_odd_names_are_text(house: House, read: Read, name: str, shown: str) -> None:
    contact = {**GRANDMA, "name": name}
    await (await async_get_contacts(house.hass)).async_set([contact])
    await phone(house)

    lines = own(await read(device(house, "_ext_1001")))
    assert [message for _, message in lines] == [
        f"was called by {shown}",
        f"missed a call from {shown}",
    ]
    assert house.state("sensor", "last_call") == f"{shown} → User 1001, missed"


async def test_two_long_names_fit_into_a_state(house: House) -> None:
    names = {"1000": "M" * 300, "1001": "N" * 300}
    for number, name in names.items():
        house.simulator.directory.extensions[number].name = name
    await house.traveller.travel(400)  # until all is read
    call = await house.simulator.calls.place("1000", "1001")
    await call.ring()
    await house.traveller.travel(5)
    await call.hang_up("caller")
    await house.traveller.travel(TURN)

    last = house.state("sensor", "last_call")
    assert last == f"{'M' * 99}… → {'N' * 99}…, missed"
    assert len(last) <= 255


@pytest.mark.parametrize(
    ("language", "earlier", "today"),
    [
        ("en-GB", "March 1 09:30", "09:30"),
        ("de", "1.3. 09:30", "09:30"),
        ("fr", "1/3 09:30", "09:30"),
        ("zh-Hans", "3月1日 09:30", "09:30"),
        ("nl", "March 1 09:30", "09:30"),
    ],
)
async def test_a_call_that_is_found_out_afterwards_says_when_it_was(
    hass: HomeAssistant, house: House, language: str, earlier: str, today: str
) -> None:
    """As the language of Home Assistant writes it, in its time zone."""
    hass.config.language = language
    now = dt_util.now().replace(hour=9, minute=30)
    for started, shown in (datetime(2026, 3, 1, 8, 30, tzinfo=UTC), earlier), (now, today):
        call = LogEntry(
            call_id="1793700000.12",
            direction=CallDirection.INBOUND,
            caller=CALLER,
            callee="1001",
            started=started,
            outcome=CallOutcome.MISSED,
            late=True,
        )
        line = house.runtime.texts.line("missed", call, "1001")
        assert line.endswith(f" ({shown})")
