"""Nobody gets an outside number past the options, by whatever action.

Nobody without the right does anything.
"""

from contextlib import nullcontext
from datetime import UTC, datetime
import re
from typing import Any

from homeassistant.auth.models import User
from homeassistant.components.conversation import async_converse
from homeassistant.const import CONF_NAME
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.intent import UnknownIntent, async_handle
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.ippbx.actions.table import ACTIONS, _number
from custom_components.ippbx.calls.history.entries import LogEntry
from custom_components.ippbx.const import (
    CONF_ALLOW_LISTENING,
    CONF_ALLOWED_NUMBERS,
    CONF_CONTACTS,
    CONF_NUMBER,
    CONF_OUTSIDE_LIMIT,
    CONF_READ_ONLY,
    CONF_VOICE,
    DOMAIN,
)
from custom_components.ippbx.contacts.merge import row_of
from custom_components.ippbx.contacts.shared import async_get_contacts
from custom_components.ippbx.dashboard.register import COMMANDS
from custom_components.ippbx.pbx.model.lines import ExtensionSettings
from custom_components.ippbx.pbx.model.tracked import CallDirection
from custom_components.ippbx.pbx.uc.dialects import DIALECTS
from custom_components.ippbx.voice.languages import CALL
from pbx_simulator.directory import Forwarding
from tests.conftest import SERIAL, StartSimulator
from tests.house import log_levels
from tests.live import entity_id
from tests.pbx.uc.control.stage import Stage
from tests.repository.source import ROOT
from tests.test_services_refused import call, refusal

from .house import OPEN, know, move_in, runtime_of, tracked

type Fields = dict[str, Any]

OUTSIDE = "+49301234567"
EXTENSION: Fields = {"extension": "2001"}
PROMPT: Fields = {"prompts": ["welcome"]}
# One case for each field of each action with a number that is rung.
WAYS: dict[tuple[str, str], Fields] = {
    ("dial", "number"): EXTENSION,
    ("dial", "from_number"): {"number": "2002", "permission": "2001"},
    ("transfer", "number"): EXTENSION,
    ("attended_transfer", "number"): EXTENSION,
    ("retrieve", "slot"): EXTENSION,
    ("play_prompt", "number"): {**PROMPT, "permission": "2001"},
    ("send_message", "number"): {"trunk": "gsm-1", "message": "hello"},
    **{
        ("dial", f"number, {field}"): {field: number, "permission": "2001"}
        for field, number in (
            ("from_ivr", "6500"), ("from_queue", "6700"), ("from_ring_group", "6200"),
        )
    },
    **{
        ("transfer", f"number, {kind}"): {**EXTENSION, "kind": kind}
        for kind in ("ivr", "queue", "ring_group")
    },
    # What should be an extension is one, or nothing is done.
    **{
        (action.name, "extension"): {}
        for action in ACTIONS
        if action.fields.get("extension") is _number
    },
    **{(name, "monitor"): EXTENSION for name in ("listen", "whisper", "barge_in")},
}  # fmt: skip
# What is never rung, or what the PBX reads as the number of an IVR, a queue or a group alone.
NOT_RUNG = {"permission", "from_ivr", "from_queue", "from_ring_group"}
NOT_RUNG_BY = {("park", "slot")}
MORE: dict[str, Fields] = {
    "dial": {"number": "2002"},
    "call_back": {"call_id": "{call}"},
    "transfer": {"number": "2002"},
    "attended_transfer": {"number": "2002"},
    "retrieve": {"slot": "6900"},
    "play_prompt": PROMPT,
    **{name: {"monitor": "2005"} for name in ("listen", "whisper", "barge_in")},
}


def test_every_number_of_every_action_is_tried() -> None:
    numbers = {
        (action.name, str(field))
        for action in ACTIONS
        for field, check in action.fields.items()
        if check is _number
    }
    tried = {(action, field.partition(",")[0]) for action, field in WAYS}
    rung = {(action, field) for action, field in numbers if field not in NOT_RUNG} - NOT_RUNG_BY
    assert tried == rung


def fields_with(action: str, field: str, number: str) -> Fields:
    fields = WAYS[action, field]
    if field in ("extension", "monitor"):
        fields = {**MORE.get(action, {}), **fields}
    return {**fields, field.partition(",")[0]: number}


async def house(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str, **options: Any
) -> Stage:
    """Return a house in which 2001 talks to an outside caller."""
    hass.config.country = "DE"
    stage = await move_in(hass, start_simulator, dialect, options)
    await stage.inbound()
    know(hass, tracked(stage))
    return stage


# IVRs, queues and groups whose numbers nobody listed are outside numbers, where any number would
# do.
REFUSED = {
    *("number_not_allowed", "action_unsupported", "extension_unknown", "slot_empty"),
    "digits_only",
}


@pytest.mark.parametrize(
    "number",
    [
        OUTSIDE, f"tel:{OUTSIDE}", "0049301234567", "0301234567", "301234567", "112", "*72",
        49301234567,
    ],
)  # fmt: skip
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_no_action_gets_outside(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    caplog: pytest.LogCaptureFixture,
    dialect: str,
    number: Any,
) -> None:
    """By all actions with a number: nothing is sent, and nothing of it is in the log."""
    stage = await house(
        hass,
        start_simulator,
        dialect,
        **{CONF_ALLOWED_NUMBERS: ["+44*"], CONF_ALLOW_LISTENING: True},
    )
    before = len(stage.sim.requests)
    for action, field in WAYS:
        # v1 names the kind of target to the PBX, which then accepts no outside number.
        if dialect == "yeastar-v1" and action == "transfer" and "," in field:
            continue
        refused = await refusal(hass, action, **filled(fields_with(action, field, number), stage))
        assert refused in REFUSED, (action, field)
    asked = {request.endpoint for request in stage.sim.requests[before:]}
    assert asked <= {"call/callpark_status"}  # a short number may be a parking slot
    assert list(stage.sim.calls.live.values()) == [stage.live]
    assert log_levels(caplog) == []


@pytest.mark.parametrize("number", [OUTSIDE, "0049301234567", "0301234567", "112", "*72"])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_no_voice_gets_outside(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str, number: str
) -> None:
    """Nor by the name of a contact: not understood by default, and refused where it is."""
    contacts = await async_get_contacts(hass)
    await contacts.async_set([row_of(number, "Mallory")])
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(hass, component, {})
    for voice in (False, True):
        options = {CONF_ALLOWED_NUMBERS: ["+44*"], CONF_VOICE: voice}
        if not voice:
            stage = await house(hass, start_simulator, dialect, **options)
        else:
            (entry,) = hass.config_entries.async_loaded_entries(DOMAIN)
            hass.config_entries.async_update_entry(entry, options=options)
            await hass.config_entries.async_reload(entry.entry_id)
        before = len(stage.sim.requests)
        for text in (f"call {number} from extension 2001", "call Mallory from extension 2001"):
            said = await async_converse(hass, text, None, Context(), language="en")
            answer = said.response.speech["plain"]["speech"]
            assert ("not allowed" in answer) is voice, answer
        with pytest.raises(UnknownIntent) if not voice else nullcontext():
            slots = {"name": {"value": number}, "phone": {"value": "2001"}}
            await async_handle(hass, "test", CALL, slots)
        asked = {request.endpoint for request in list(stage.sim.requests)[before:]}
        assert not {endpoint for endpoint in asked if "dial" in endpoint}
        assert list(stage.sim.calls.live.values()) == [stage.live]


# What is no outside number, by the refusal of one.
OWN: dict[str, list[tuple[str, Fields]]] = {
    "digits_only": [
        *(("dial", {"number": "2002", field: ""}) for field in sorted(NOT_RUNG - {"permission"})),
        *(
            ("transfer", {**EXTENSION, "kind": kind, "number": ""})
            for kind in ("ivr", "queue", "ring_group")
        ),
    ],
    "extension_unknown": [
        *(
            ("dial", {"number": OUTSIDE, caller: number, "permission": ""})
            for caller, number in (
                ("from_ivr", "6500"), ("from_queue", "6700"), ("from_ring_group", "6200"),
                ("from_number", OUTSIDE),
            )
        ),
        ("transfer", {**EXTENSION, "number": OUTSIDE, "permission": ""}),
        ("attended_transfer", {**EXTENSION, "number": OUTSIDE, "permission": ""}),
        ("play_prompt", {**PROMPT, "number": OUTSIDE, "permission": ""}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("number", [OUTSIDE, f"tel:{OUTSIDE}", "*72", "6500#"])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_what_is_the_own_pbx_s_is_no_outside_number(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str, number: str
) -> None:
    """Permission, IVR, queue and ring group, even if any number may be dialled."""
    options = {CONF_ALLOWED_NUMBERS: ["*", "+*", "*72", "6500#"]}
    stage = await house(hass, start_simulator, dialect, **options)
    before = len(stage.sim.requests)
    for expected, tries in OWN.items():
        for action, fields in tries:
            filled_in = {key: value or number for key, value in fields.items()}
            assert await refusal(hass, action, **filled_in) == expected, (action, fields)
    assert len(stage.sim.requests) == before


async def test_permission_of_no_extension(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    """Digits alone do not make one."""
    stage = await house(hass, start_simulator, "yeastar-v2", **OPEN)
    before = len(stage.sim.requests)
    for action, fields in OWN["extension_unknown"]:
        for number in ("2999", "6500", "0301234567"):
            given = {**fields, "permission": number}
            assert await refusal(hass, action, **given) == "extension_unknown", action
    assert len(stage.sim.requests) == before


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_what_is_listed_goes_out_as_it_was_given(
    hass: HomeAssistant, start_simulator: StartSimulator, dialect: str
) -> None:
    """By every action that accepts it: only the list prevented it before."""
    stage = await house(hass, start_simulator, dialect, **{CONF_ALLOWED_NUMBERS: ["030 1234567"]})
    for form in (OUTSIDE, "0049301234567", "0301234567"):
        await call(hass, "dial", extension="2002", number=form)
        assert form in stage.asked.params.values()
        await stage.made.hang_up()


async def test_the_limit_counts_every_action(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    options = {CONF_ALLOWED_NUMBERS: ["*"], CONF_OUTSIDE_LIMIT: 4}
    stage = await house(hass, start_simulator, "yeastar-v2", **options)
    await call(hass, "dial", extension="2002", number=OUTSIDE)
    await call(hass, "dial", from_number="0301111111", number=OUTSIDE, permission="2001")
    await call(hass, "send_message", trunk="gsm-1", number=OUTSIDE, message="hello")
    before = len(stage.sim.requests)
    for action, fields in (
        ("dial", {"extension": "2003", "number": OUTSIDE}),
        ("transfer", {"extension": "2001", "number": OUTSIDE}),
        ("attended_transfer", {"extension": "2001", "number": OUTSIDE}),
        ("play_prompt", {"number": OUTSIDE, "prompts": "alarm", "permission": "2001"}),
    ):
        assert await refusal(hass, action, **fields) == "outside_limit", action
    assert len(stage.sim.requests) == before
    await call(hass, "dial", extension="2003", number="2004")  # extensions are free


def missed_from(number: str) -> LogEntry:
    """Return a call from a number that 2001 missed."""
    return LogEntry(
        call_id="1790000009.1",
        direction=CallDirection.INBOUND,
        caller=number,
        callee="2001",
        missed_by=("2001",),
        started=datetime(2026, 11, 25, 9, tzinfo=UTC),
    )


def entity(hass: HomeAssistant, platform: str, key: str) -> str:
    return entity_id(hass, platform, f"{SERIAL}_{key}")


def message_key(dialect: str) -> str:
    return f"trunk_{'3' if dialect == 'yeastar-v2' else 'gsm-1'}_text_message"


type Press = tuple[str, str, str, Fields]

# The ways outside by entities: platform, action, end of the unique id and fields. "{number}" is the
# number; the extension's own forwarding leads there, and it missed a call from there.
CONTROLS: dict[str, Press] = {
    "forward to": ("text", "set_value", "ext_2001_forward_to", {"value": "{number}"}),
    "forward all calls": ("switch", "turn_on", "ext_2001_forward_all_calls", {}),
    "call back": ("button", "press", "ext_2001_call_back", {}),
    "text message": (
        "notify",
        "send_message",
        "{message}",
        {"title": "{number}", "message": "hello"},
    ),
    "text message to a contact": (
        "notify",
        "send_message",
        "{message}",
        {"title": "Anna", "message": "hello"},
    ),
}


@pytest.mark.parametrize("number", [OUTSIDE, "0049301234567", "0301234567", "112", "*72"])
@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("dialect", ["yeastar-v1", "yeastar-v2"])
async def test_no_entity_gets_outside(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    entity_registry_enabled_by_default: None,
    caplog: pytest.LogCaptureFixture,
    dialect: str,
    control: str,
    number: str,
) -> None:
    """By default: nothing is sent, and nothing of it is in the log."""
    contacts = [{CONF_NUMBER: number, CONF_NAME: "Anna"}]
    stage = await house(hass, start_simulator, dialect, **{CONF_CONTACTS: contacts})
    runtime = runtime_of(hass)
    runtime.history.log._keep(missed_from(number))
    leads_there = ExtensionSettings(number="2001", forwards=False, forward_to=number)
    runtime.store.merge_settings((leads_there,), hass.loop.time())
    before = len(stage.sim.requests)
    platform, action, key, fields = CONTROLS[control]
    given = {name: value.format(number=number) for name, value in fields.items()}
    given["entity_id"] = entity(hass, platform, key.format(message=message_key(dialect)))
    with pytest.raises(ServiceValidationError) as refused:
        await hass.services.async_call(platform, action, given, blocking=True)
    no_digits = control == "forward to" and number == OUTSIDE  # settings of a PBX have no plus
    key = "forward_target_invalid" if no_digits else "number_not_allowed"
    assert refused.value.translation_key == key
    assert not [
        each.endpoint
        for each in stage.sim.requests[before:]
        if each.endpoint.endswith(("update", "send", "dial", "dial_outbound"))
    ]
    assert stage.sim.directory.extensions["2001"].forwarding == Forwarding()
    assert log_levels(caplog) == []


OF_CARDS = "\n".join(path.read_text() for path in (ROOT / "frontend" / "src").glob("*.ts"))
# The ways outside by the cards, as they send them: a number that is typed, a call that is called
# back or transferred, and "own_extension" of their configuration. "{call}" is the present call,
# "{missed}" one that came from the number.
CARDS: dict[str, tuple[Fields, ...]] = {
    "dial": (
        {"extension": "2002", "number": "{number}"},
        {"extension": "{number}", "number": "2002"},
    ),
    "call_back": (
        {"call_id": "{missed}"},
        {"call_id": "{missed}", "extension": "2002"},
        {"call_id": "{missed}", "extension": "{number}"},
    ),
    "transfer": (
        {"call_id": "{call}", "number": "{number}"},
        {"call_id": "{call}", "number": "{number}", "extension": "2001"},
        {"call_id": "{call}", "number": "2002", "extension": "{number}"},
    ),
    "attended_transfer": (
        {"call_id": "{call}", "number": "{number}"},
        {"call_id": "{call}", "number": "{number}", "extension": "2001"},
        {"call_id": "{call}", "number": "2002", "extension": "{number}"},
    ),
    "retrieve": (
        {"extension": "2002", "slot": "{number}"},
        {"extension": "{number}", "slot": "6900"},
    ),
}
# What the cards ask for that rings nobody.
RINGS_NOBODY = {
    *("accept_call", "refuse_call", "hang_up", "hold", "resume", "park"),
    "attended_transfer_step",
}


def test_every_action_of_the_cards_is_tried() -> None:
    asked = {action.name for action in ACTIONS if f'"{action.name}"' in OF_CARDS}
    assert asked == CARDS.keys() | RINGS_NOBODY
    commands = set(re.findall(r'"(ippbx/[\w/]+)"', OF_CARDS))
    assert commands == set(COMMANDS.values()), "reading alone"


@pytest.mark.parametrize("number", [OUTSIDE, "0049301234567", "0301234567", "112", "*72"])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_no_card_gets_outside(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    hass_ws_client: WebSocketGenerator,
    caplog: pytest.LogCaptureFixture,
    dialect: str,
    number: str,
) -> None:
    """By default: a browser gets a refusal that has words, and nothing is sent."""
    stage = await house(hass, start_simulator, dialect)
    missed = missed_from(number)
    runtime_of(hass).history.log._keep(missed)
    values = {"number": number, "call": stage.live.call_id, "missed": missed.call_id}
    browser = await hass_ws_client(hass)
    before = len(stage.sim.requests)
    for action, tries in CARDS.items():
        for fields in tries:
            data = {name: value.format_map(values) for name, value in fields.items()}
            await browser.send_json_auto_id(
                {
                    "type": "call_service",
                    "domain": DOMAIN,
                    "service": action,
                    "service_data": {
                        "config_entry_id": runtime_of(hass).entry.entry_id,
                        **data,
                    },
                    "return_response": True,
                }
            )
            answer = await browser.receive_json()
            assert not answer["success"], (action, data)
            assert answer["error"]["translation_domain"] == DOMAIN
            assert answer["error"]["translation_key"] in REFUSED | {"not_in_call"}, (action, data)
    asked = {request.endpoint for request in list(stage.sim.requests)[before:]}
    assert asked <= {"call/callpark_status"}  # a short number may be a parking slot
    assert list(stage.sim.calls.live.values()) == [stage.live]
    assert log_levels(caplog) == []


async def test_every_entity_that_acts_is_tried(
    hass: HomeAssistant, start_simulator: StartSimulator, entity_registry_enabled_by_default: None
) -> None:
    """One that does without a number is none of the ways outside."""
    await house(hass, start_simulator, "yeastar-v1")
    tried = {
        entity(hass, platform, key.format(message=message_key("yeastar-v1")))
        for platform, _, key, _ in CONTROLS.values()
    }
    inside = {
        entity(hass, platform, key)
        for platform, key in (
            ("button", "ext_2001_hang_up"),
            ("button", "send_heartbeat"),
            ("button", "reset_missed_calls"),
            ("notify", "ext_2001_play_prompt"),
            ("switch", "ext_2001_do_not_disturb"),
        )
    }
    acting = {
        each.entity_id
        for each in er.async_get(hass).entities.values()
        if each.platform == DOMAIN
        and each.domain not in ("binary_sensor", "event", "sensor")
        and not any(f"_ext_{number}_" in each.unique_id for number in range(2002, 2006))
    }
    assert acting == tried | inside


async def test_read_only_entities(
    hass: HomeAssistant, start_simulator: StartSimulator, entity_registry_enabled_by_default: None
) -> None:
    """Every one that does something at the PBX is refused unsent."""
    options = {**OPEN, CONF_READ_ONLY: True}
    stage = await house(hass, start_simulator, "yeastar-v2", **options)
    leads_there = ExtensionSettings(number="2001", forwards=True, forward_to="2002")
    runtime_of(hass).store.merge_settings((leads_there,), hass.loop.time())
    before = len(stage.sim.requests)
    for platform, action, key, fields in (
        ("text", "set_value", "ext_2001_forward_to", {"value": "2003"}),
        ("switch", "turn_on", "ext_2001_forward_all_calls", {}),
        ("switch", "turn_off", "ext_2001_forward_all_calls", {}),
        ("switch", "turn_on", "ext_2001_do_not_disturb", {}),
        ("switch", "turn_off", "ext_2001_do_not_disturb", {}),
        ("button", "press", "ext_2001_hang_up", {}),
        ("notify", "send_message", "ext_2001_play_prompt", {"message": "welcome"}),
        (
            "notify",
            "send_message",
            message_key("yeastar-v2"),
            {"title": "0171555", "message": "hello"},
        ),
    ):
        given = {"entity_id": entity(hass, platform, key), **fields}
        with pytest.raises(ServiceValidationError) as refused:
            await hass.services.async_call(platform, action, given, blocking=True)
        assert refused.value.translation_key == "read_only", key
    assert len(stage.sim.requests) == before


def everything() -> list[tuple[str, Fields]]:
    """Return every action that does something, with fields that would do."""
    more: dict[str, Fields] = {
        **MORE,
        "dial": {"number": OUTSIDE},
        "transfer": {"number": OUTSIDE},
        "send_message": {"trunk": "gsm-1", "number": OUTSIDE, "message": "hello"},
        "accept_call": {"call_id": "{call}"},
        "refuse_call": {"call_id": "{call}"},
    }
    return [
        (
            action.name,
            {**more.get(action.name, {}), **(EXTENSION if "extension" in action.fields else {})},
        )
        for action in ACTIONS
        if not action.reads
    ]  # fmt: skip


def filled(fields: Fields, stage: Stage) -> Fields:
    return {
        key: stage.live.call_id if value == "{call}" else value for key, value in fields.items()
    }


async def test_read_only(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    """Every action that does something is refused unsent; reading goes on."""
    stage = await house(hass, start_simulator, "yeastar-v2", **{**OPEN, CONF_READ_ONLY: True})
    before = len(stage.sim.requests)
    for action, fields in everything():
        assert await refusal(hass, action, **filled(fields, stage)) == "read_only", action
    assert len(stage.sim.requests) == before
    assert (await call(hass, "get_calls"))["calls"]
    assert (await call(hass, "get_extension"))["extensions"]


@pytest.mark.parametrize("action", ["listen", "whisper", "barge_in"])
async def test_listening_in_is_off_at_first(
    hass: HomeAssistant, start_simulator: StartSimulator, action: str
) -> None:
    stage = await house(hass, start_simulator, "yeastar-v1")
    before = len(stage.sim.requests)
    assert await refusal(hass, action, extension="2001", monitor="2005") == "listening_off"
    assert len(stage.sim.requests) == before


async def test_who_may_what(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    hass_admin_user: User,
    hass_read_only_user: User,
) -> None:
    """Users who are no administrators get no admin action; read-only users get nothing done."""
    stage = await house(hass, start_simulator, "yeastar-v2", **OPEN)
    user = await hass.auth.async_create_user("Phones", group_ids=["system-users"])
    before = len(stage.sim.requests)
    for action, fields in everything():
        with pytest.raises(Unauthorized):
            await call(
                hass, action, Context(user_id=hass_read_only_user.id), **filled(fields, stage)
            )
    for action in ("listen", "whisper", "barge_in"):
        with pytest.raises(Unauthorized):
            await call(hass, action, Context(user_id=user.id), extension="2001", monitor="2005")
    assert len(stage.sim.requests) == before
    assert {action.name for action in ACTIONS if action.admin} == {"listen", "whisper", "barge_in"}

    await call(hass, "hold", Context(user_id=user.id), extension="2001")
    await call(
        hass, "barge_in", Context(user_id=hass_admin_user.id), extension="2001", monitor="2005"
    )
    for action in ("get_calls", "get_extension", "get_trunk"):
        assert await call(hass, action, Context(user_id=hass_read_only_user.id))
