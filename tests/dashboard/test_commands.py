"""What the cards ask for over the websocket: calls as they go, and pages of the call log."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
import logging
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.ippbx.calls.history.entries import LogEntry
from custom_components.ippbx.const import CONF_CONTACTS, CONF_RECORDINGS, DOMAIN
from custom_components.ippbx.contacts.merge import row_of
from custom_components.ippbx.contacts.shared import async_get_contacts
from custom_components.ippbx.dashboard import commands
from custom_components.ippbx.dashboard.feed import CallFeed, CardSource
from custom_components.ippbx.pbx.model.lines import Extension, ExtensionStatus
from custom_components.ippbx.pbx.model.tracked import CallDirection, CallOutcome
from pbx_simulator import Simulator
from tests.calls.changes import BEGAN
from tests.conftest import SERIAL, StartSimulator, add_entry
from tests.house import LOGGER_NAME
from tests.live import load, serve
from tests.time_travel import TimeTraveller

SUBSCRIBE = "ippbx/calls/subscribe"
LOG = "ippbx/calls/log"
CALLER = "0305550144"
CONTACTS = [{"name": "<b>Anna</b>", "number": CALLER}]

type Open = Callable[..., Awaitable[MockHAClientWebSocket]]


@pytest.fixture
async def entry(hass: HomeAssistant, simulator: Simulator) -> MockConfigEntry:
    """A loaded entry that knows one contact."""
    await serve(hass)
    entry = add_entry(hass, simulator, options={CONF_CONTACTS: CONTACTS})
    await load(hass, entry)
    return entry


@pytest.fixture
async def client(
    hass: HomeAssistant, entry: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> MockHAClientWebSocket:
    """A browser of an administrator."""
    return await hass_ws_client(hass)


async def ask(client: MockHAClientWebSocket, command: str, **fields: Any) -> dict[str, Any]:
    """Send a command and return its answer."""
    await client.send_json_auto_id({"type": command, **fields})
    async with asyncio.timeout(5):
        answer: dict[str, Any] = await client.receive_json()
    return answer


async def heard(client: MockHAClientWebSocket) -> dict[str, Any]:
    """Return the next event."""
    async with asyncio.timeout(5):
        message = await client.receive_json()
    event: dict[str, Any] = message["event"]
    return event


async def until(
    client: MockHAClientWebSocket, reached: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Return the first event that is what is waited for."""
    while not reached(event := await heard(client)):
        pass
    return event


def in_state(state: str) -> Callable[[dict[str, Any]], bool]:
    """Return what recognises an event with a call in a state."""
    return lambda event: any(call and call["state"] == state for call in event["calls"].values())


def only(event: dict[str, Any]) -> dict[str, Any]:
    """Return the only call of an event."""
    (call,) = event["calls"].values()
    assert isinstance(call, dict)
    return call


def fill(entry: MockConfigEntry, number: int) -> None:
    """Add calls to the log, a minute apart; every tenth is missed, every third outbound."""
    for index in range(number):
        missed, outbound = index % 10 == 0, index % 3 == 0
        started = BEGAN + timedelta(minutes=index)
        entry.runtime_data.history.log._keep(
            LogEntry(
                call_id=f"1772357400.{index}",
                direction=CallDirection.OUTBOUND if outbound else CallDirection.INBOUND,
                caller="1001" if outbound else CALLER,
                callee=f"0305559{index:03}" if outbound else "1001",
                started=started,
                ended=started + timedelta(seconds=20),
                outcome=CallOutcome.MISSED if missed else CallOutcome.ANSWERED,
                missed_by=("1001",) if missed else (),
            )
        )


async def test_a_call_as_it_goes(
    entry: MockConfigEntry, client: MockHAClientWebSocket, simulator: Simulator
) -> None:
    answer = await ask(client, SUBSCRIBE, config_entry_id=entry.entry_id)
    assert answer["success"]
    first = await heard(client)
    assert first["calls"] == {}
    assert {"hang_up", "hold"} <= {*first["actions"]}
    assert "park" not in first["actions"]
    call = await simulator.calls.inbound(None, caller=CALLER, to="1001")
    await call.ring()
    shown = only(await until(client, in_state("ringing")))
    assert shown["caller_name"] == "<b>Anna</b>"
    assert shown["direction"] == "inbound"
    party = {"other": CALLER, "other_name": "<b>Anna</b>", "outside": True}
    assert shown["legs"] == [{"extension": "1001", "state": "ringing", **party}]
    await call.answer()
    talking = only(await until(client, in_state("talking")))
    assert talking["answered"]
    assert talking["call_id"] == shown["call_id"]
    await call.hang_up()
    over = await until(client, lambda event: "logged" in event)
    assert over["calls"] == {shown["call_id"]: None}
    (logged,) = over["logged"]
    assert logged["kind"] == "call"
    assert logged["call_id"] == shown["call_id"]
    assert logged["outcome"] == "answered"


async def test_a_record_that_comes_after_the_end_completes_the_entry(
    traveller: TimeTraveller,
    entry: MockConfigEntry,
    client: MockHAClientWebSocket,
    simulator: Simulator,
) -> None:
    """What it adds is sent with the same key, and not as a new entry."""
    await traveller.travel(30)
    await ask(client, SUBSCRIBE, config_entry_id=entry.entry_id)
    await heard(client)
    call_id = f"{int(traveller.now())}.300"
    line = {"from": CALLER, "to": "", "trunk": "trunk-1", "inboundid": call_id}
    of_call = {"callid": call_id, "sn": SERIAL}
    for action in ("RING", "ANSWER", "BYE"):
        report = {"action": action, **of_call, "ext": {"extid": "1001"}, "inbound": line}
        await simulator.send_report(report)
        await simulator.settle()
        await traveller.travel(9)
    over = await until(client, lambda event: "logged" in event)
    (logged,) = over["logged"]
    record = {"callfrom": CALLER, "callto": "6500", "callduration": "18", "talkduration": "9"}
    record |= {"status": "ANSWERED", "type": "Inbound", "srctrunkname": "trunk-1"}
    await simulator.send_report({"action": "NewCdr", **of_call, **record})
    await simulator.settle()
    await traveller.travel(1)
    # Its answer is what is heard if there is no event: no timeout passes while time stands still.
    await client.send_json_auto_id({"type": LOG, "config_entry_id": entry.entry_id})
    event = await heard(client)
    assert "logged" not in event
    (completed,) = event["completed"]
    assert (logged["callee"], completed["callee"]) == ("1001", "6500")
    assert (completed["kind"], completed["call_id"]) == ("call", logged["call_id"])


async def test_an_extension_that_is_added_while_a_card_is_open(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It is followed like the others: it may leave a call that others go on with."""
    runtime, sent = entry.runtime_data, list[dict[str, Any]]()
    feed = CallFeed(
        hass,
        CardSource(
            calls=runtime.calls,
            log=runtime.history.log,
            store=runtime.store,
            control=runtime.backend.control,
            acts=True,
            own=str,
            recordings=False,
        ),
        sent.append,
    )
    feed.async_start()
    known = runtime.store.extensions.values()
    runtime.store.merge_extensions((*known, Extension(number="1999")), hass.loop.time())
    del sent[:]
    runtime.store.set_extension_status("1999", ExtensionStatus.BUSY)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=1))
    await hass.async_block_till_done()
    assert sent == [{"calls": {}}]
    feed.async_stop()
    runtime.store.set_extension_status("1999", ExtensionStatus.IDLE)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=2))
    await hass.async_block_till_done()
    assert len(sent) == 1


async def test_a_contact_that_is_added_while_a_card_is_open(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    client: MockHAClientWebSocket,
    simulator: Simulator,
) -> None:
    """All is sent again: names of extensions, and of the parties of calls."""
    await ask(client, SUBSCRIBE, config_entry_id=entry.entry_id)
    assert (await heard(client))["names"] == {}
    call = await simulator.calls.inbound(None, caller=CALLER, to="1001")
    await call.ring()
    await until(client, in_state("ringing"))
    contacts = await async_get_contacts(hass)
    await contacts.async_set([row_of("1001", "Kitchen"), row_of(CALLER, "Berta")])
    again = await until(client, lambda event: "names" in event)
    assert again["names"] == {"1001": "Kitchen"}
    assert only(again)["caller_name"] == "Berta"
    assert "hang_up" in again["actions"]


async def test_calls_that_are_up_come_first(
    entry: MockConfigEntry, client: MockHAClientWebSocket, simulator: Simulator
) -> None:
    call = await simulator.calls.place("1001", "1002")
    await call.ring()
    await ask(client, SUBSCRIBE, config_entry_id=entry.entry_id)
    event = await heard(client)
    while not event["calls"]:
        event = await heard(client)
    shown = only(event)
    assert {leg["extension"]: leg["other"] for leg in shown["legs"]} == {
        "1001": "1002",
        "1002": "1001",
    }
    assert shown["callee_name"] == simulator.directory.extensions["1002"].name


async def test_a_phone_that_stops_ringing_is_shown(
    entry: MockConfigEntry, client: MockHAClientWebSocket, simulator: Simulator
) -> None:
    """A change of an extension is one of its call, though none of the call as a whole."""
    call = await simulator.calls.inbound(None, caller=CALLER, to="1001")
    await call.ring()
    await ask(client, SUBSCRIBE, config_entry_id=entry.entry_id)
    first = await heard(client)
    if not first["calls"]:
        first = await until(client, in_state("ringing"))
    await simulator.set_extension_status("1001", "idle")
    now = only(await until(client, in_state("dialing")))
    assert (now["call_id"], now["extensions"]) == (only(first)["call_id"], [])


@pytest.mark.parametrize(
    ("of", "numbers", "own"),
    [
        ("me", ["1001"], "1001"),
        ("me", ["1001", "1002"], ""),
        ("other", ["1001"], ""),
        ("me", [], ""),
    ],
)
async def test_the_extension_of_the_person(
    hass: HomeAssistant,
    hass_admin_user: MockUser,
    simulator: Simulator,
    hass_ws_client: WebSocketGenerator,
    of: str,
    numbers: list[str],
    own: str,
) -> None:
    """The contacts link it; of several nobody knows which."""
    await serve(hass)
    user = {"user_id": hass_admin_user.id if of == "me" else "somebody"}
    hass.states.async_set("person.anna", "home", user)
    contacts = [row_of(number, "Anna", person="person.anna") for number in numbers]
    entry = add_entry(hass, simulator, options={CONF_CONTACTS: contacts})
    await load(hass, entry)
    client = await hass_ws_client(hass)
    await ask(client, SUBSCRIBE, config_entry_id=entry.entry_id)
    assert (await heard(client))["own"] == own


@pytest.mark.parametrize(
    ("dialect", "component", "allowed", "for_administrators"),
    [
        ("yeastar-v2", "media_source", True, True),
        ("yeastar-v2", "media_source", False, False),
        ("yeastar-v2", "sun", True, False),
        ("openvox", "media_source", True, False),
    ],
)
async def test_who_may_listen_to_recordings(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    hass_ws_client: WebSocketGenerator,
    hass_access_token: str,
    hass_read_only_access_token: str,
    hass_read_only_user: MockUser,
    dialect: str,
    component: str,
    allowed: bool,
    for_administrators: bool,
) -> None:
    """Administrators, where an option allows it and both PBX and Home Assistant have them."""
    hass.config.components.add(component)
    hass_read_only_user.mock_policy({"entities": {"all": {"read": True}}})
    await serve(hass)
    options = {CONF_RECORDINGS: allowed}
    entry = add_entry(hass, await start_simulator(dialect=dialect), options=options)
    await load(hass, entry)
    for token, expected in (
        (hass_access_token, for_administrators),
        (hass_read_only_access_token, False),
    ):
        client = await hass_ws_client(hass, token)
        await ask(client, SUBSCRIBE, config_entry_id=entry.entry_id)
        assert (await heard(client))["recordings"] is expected


async def test_unsubscribing_leaves_nothing(
    entry: MockConfigEntry, client: MockHAClientWebSocket, simulator: Simulator
) -> None:
    calls, store = entry.runtime_data.calls, entry.runtime_data.store

    def count() -> list[int]:
        listeners = (calls.listeners, calls.completions)
        of_all = (len(each._listeners[None]) for each in listeners)
        return [*of_all, sum(map(len, store._subscribers.values()))]

    before = count()
    answer = await ask(client, SUBSCRIBE, config_entry_id=entry.entry_id)
    await heard(client)
    await simulator.set_extension_status("1001", "busy")  # a change that waits to be sent
    await ask(client, "unsubscribe_events", subscription=answer["id"])
    assert count() == before


async def test_unloading_ends_the_subscription(
    hass: HomeAssistant, entry: MockConfigEntry, client: MockHAClientWebSocket
) -> None:
    await ask(client, SUBSCRIBE, config_entry_id=entry.entry_id)
    await heard(client)
    await hass.config_entries.async_reload(entry.entry_id)
    assert await heard(client) == {"closed": True}
    again = await ask(client, SUBSCRIBE, config_entry_id=entry.entry_id)
    assert again["success"]


async def test_pages_of_the_log(entry: MockConfigEntry, client: MockHAClientWebSocket) -> None:
    fill(entry, 250)
    seen: list[str] = []
    offset: int | None = 0
    while offset is not None:
        answer = await ask(client, LOG, config_entry_id=entry.entry_id, offset=offset, limit=100)
        seen += [each["call_id"] for each in answer["result"]["entries"]]
        offset = answer["result"]["next"]
    assert seen == [f"1772357400.{index}" for index in reversed(range(250))]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"outcome": ["missed"]}, 25),
        ({"direction": ["outbound"]}, 84),
        ({"direction": ["inbound"], "outcome": ["missed"]}, 16),
        ({"extension": "1001"}, 250),
        ({"extension": "1002"}, 0),
        ({"search": "aNNa"}, 166),
        ({"search": "030555-9009"}, 1),
        ({"search": "nobody"}, 0),
        ({"search": "  "}, 250),
    ],
)
async def test_filters(
    entry: MockConfigEntry, client: MockHAClientWebSocket, wanted: dict[str, Any], found: int
) -> None:
    fill(entry, 250)
    offset: int | None = 0
    ids: set[str] = set()
    while offset is not None:
        answer = await ask(client, LOG, config_entry_id=entry.entry_id, offset=offset, **wanted)
        ids |= {each["call_id"] for each in answer["result"]["entries"]}
        offset = answer["result"]["next"]
    assert len(ids) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("+49 30 5550144", 1),
        ("+49305550", 1),
        ("0049 (30) 555", 1),
        ("030 5550144", 1),
        ("+49 40", 0),
        ("kitchen", 1),
        ("user 1001", 1),
        ("+", 1),
        ("hall", 0),
    ],
)
async def test_a_search_in_any_form(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_ws_client: WebSocketGenerator,
    text: str,
    found: int,
) -> None:
    """Numbers as they come and international, names in Home Assistant and at the PBX."""
    hass.config.country = "DE"
    await serve(hass)
    entry = add_entry(hass, simulator, options={CONF_CONTACTS: [{"name": "Bob", "number": "1002"}]})
    await load(hass, entry)
    devices = dr.async_get(hass)
    identifier = (DOMAIN, f"{entry.runtime_data.store.serial}_ext_1001")
    known = dr.async_entries_for_config_entry(devices, entry.entry_id)
    (device,) = [each for each in known if identifier in each.identifiers]
    devices.async_update_device(device.id, name_by_user="Kitchen phone")
    fill(entry, 2)
    client = await hass_ws_client(hass)
    query = {"config_entry_id": entry.entry_id, "search": text, "direction": ["inbound"]}
    answer = await ask(client, LOG, **query)
    assert len(answer["result"]["entries"]) == found
    await ask(client, SUBSCRIBE, config_entry_id=entry.entry_id)
    first = await heard(client)
    assert (first["code"], first["names"]) == ("49", {"1002": "Bob"})


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"extension": "1002"}, True),
        ({"extension": "1003"}, True),
        ({"search": "1002"}, True),
        ({"search": "user 1002"}, True),
        ({"search": "1003"}, False),  # it only rang
    ],
)
async def test_a_call_that_was_passed_on(
    entry: MockConfigEntry, client: MockHAClientWebSocket, wanted: dict[str, Any], found: bool
) -> None:
    logged = LogEntry(
        call_id="1772357400.1",
        direction=CallDirection.INBOUND,
        callee="1001",
        answered_by="1001",
        also_answered=("1002",),
        also_rang=("1003",),
        started=BEGAN,
    )
    entry.runtime_data.history.log._keep(logged)
    answer = await ask(client, LOG, config_entry_id=entry.entry_id, **wanted)
    assert bool(answer["result"]["entries"]) is found


async def test_a_search_looks_at_few_calls_at_once(
    entry: MockConfigEntry, client: MockHAClientWebSocket
) -> None:
    fill(entry, 2 * commands.SEARCHED)
    answer = await ask(client, LOG, config_entry_id=entry.entry_id, search="nobody")
    assert answer["result"] == {"entries": [], "next": commands.SEARCHED}


@pytest.mark.parametrize(
    ("command", "fields", "code"),
    [
        (SUBSCRIBE, {}, "invalid_format"),
        (SUBSCRIBE, {"config_entry_id": 7}, "invalid_format"),
        (SUBSCRIBE, {"config_entry_id": "no such entry"}, "not_found"),
        (SUBSCRIBE, {"config_entry_id": "no such entry", "more": 1}, "invalid_format"),
        (LOG, {"config_entry_id": "no such entry"}, "not_found"),
        (LOG, {"config_entry_id": None}, "invalid_format"),
        (LOG, {"offset": -1}, "invalid_format"),
        (LOG, {"offset": 1}, "invalid_format"),
        (LOG, {"offset": 10**9}, "invalid_format"),
        (LOG, {"offset": "0"}, "invalid_format"),
        (LOG, {"offset": 0.5}, "invalid_format"),
        (LOG, {"offset": True}, "invalid_format"),
        (LOG, {"limit": 0}, "invalid_format"),
        (LOG, {"limit": 101}, "invalid_format"),
        (LOG, {"direction": "inbound"}, "invalid_format"),
        (LOG, {"direction": ["sideways"]}, "invalid_format"),
        (LOG, {"outcome": [{}]}, "invalid_format"),
        (LOG, {"extension": 1001}, "invalid_format"),
        (LOG, {"search": "x" * 65}, "invalid_format"),
        (LOG, {"search": {"a": 1}}, "invalid_format"),
    ],
)
async def test_what_is_wrong_is_refused_and_not_logged(
    entry: MockConfigEntry,
    client: MockHAClientWebSocket,
    caplog: pytest.LogCaptureFixture,
    command: str,
    fields: dict[str, Any],
    code: str,
) -> None:
    given = fields if command == SUBSCRIBE else {"config_entry_id": entry.entry_id} | fields
    caplog.clear()
    answer = await ask(client, command, **given)
    assert not answer["success"]
    assert answer["error"]["code"] == code
    assert not [
        record.getMessage()
        for record in caplog.records
        if record.levelno > logging.DEBUG
        and record.name.startswith((LOGGER_NAME, "homeassistant.components.websocket_api"))
    ]


@pytest.mark.parametrize("command", [SUBSCRIBE, LOG])
async def test_who_may_read_the_entities_may_read_the_calls(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
    hass_read_only_user: MockUser,
    caplog: pytest.LogCaptureFixture,
    command: str,
) -> None:
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    readable = {each.entity_id: {"read": True} for each in entities}
    policies: list[tuple[dict[str, Any], bool]] = [
        ({"entities": {"all": {"read": True}}}, True),
        ({"entities": {"entity_ids": readable}}, True),
        ({"entities": {"entity_ids": dict(list(readable.items())[1:])}}, False),
        ({}, False),
    ]
    client = await hass_ws_client(hass, hass_read_only_access_token)
    caplog.clear()
    for policy, allowed in policies:
        hass_read_only_user.mock_policy(policy)
        answer = await ask(client, command, config_entry_id=entry.entry_id)
        assert answer["success"] is allowed, policy
        if not allowed:
            assert answer["error"]["code"] == "unauthorized"
        elif command == SUBSCRIBE:
            await heard(client)
    assert "Error handling message" not in caplog.text


async def test_who_may_only_look_is_offered_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
    hass_read_only_user: MockUser,
) -> None:
    """Actions want control of one of our entities."""
    one = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)[0].entity_id
    client = await hass_ws_client(hass, hass_read_only_access_token)
    for rules, acts in (
        ({"all": {"read": True}}, False),
        ({"all": {"read": True}, "entity_ids": {one: {"read": True, "control": True}}}, True),
        ({"all": True}, True),
    ):
        hass_read_only_user.mock_policy({"entities": rules})
        assert (await ask(client, SUBSCRIBE, config_entry_id=entry.entry_id))["success"]
        assert bool((await heard(client))["actions"]) is acts
