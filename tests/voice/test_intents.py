"""What is said is done by the extension of the room or of the person, and answered in words."""

from datetime import timedelta
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, intent
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser, async_mock_service

from custom_components.ippbx import voice
from custom_components.ippbx.calls.history.entries import LogEntry
from custom_components.ippbx.const import CONF_ALLOWED_NUMBERS, CONF_CALL_LOG_SIZE, DOMAIN
from custom_components.ippbx.contacts.merge import row_of
from custom_components.ippbx.contacts.shared import async_get_contacts
from custom_components.ippbx.pbx.model.tracked import CallDirection, CallOutcome
from custom_components.ippbx.pbx.uc.dialects import DIALECTS
from custom_components.ippbx.voice.intents import INTENTS
from custom_components.ippbx.voice.languages import CALL
from tests.conftest import SERIAL, StartSimulator
from tests.live import entity_id
from tests.voice.house import OUTSIDE, House, move_in

TRANSLATIONS = Path(voice.__file__).parents[1] / "translations"
ASKED = {
    "en": ("who called", "how many calls did I miss"),
    "de": ("wer hat angerufen", "wie viele Anrufe habe ich verpasst"),
    "es": ("quién ha llamado", "cuántas llamadas he perdido"),
    "fr": ("qui a appelé", "combien d'appels ai-je manqués"),
    "pt-BR": ("quem ligou", "quantas chamadas eu perdi"),
    "zh-CN": ("谁来过电话", "我有几个未接来电"),
}
OPEN = {CONF_ALLOWED_NUMBERS: ["+49*"]}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_call(hass: HomeAssistant, start_simulator: StartSimulator, dialect: str) -> None:
    house = await move_in(hass, start_simulator, dialect=dialect, options=OPEN)
    said = await house.say("call Bob Builder", room="kitchen")
    assert said == "Calling Bob Builder. User 1001 rings first."
    assert house.dialled() == [("1001", "+49301234567")]


@pytest.mark.parametrize(
    ("text", "language", "dialled"),
    [
        ("call Anna Sample", "en", ("1001", "1002")),  # of two numbers the extension
        ("ruf anna an", "de", ("1001", "1002")),
        ("call extension 1002", "en", ("1001", "1002")),
        ("ruf Nebenstelle 1002 an", "de", ("1001", "1002")),
        ("call user 1004", "en", ("1001", "1004")),  # the PBX's own name
        ("call Carla Cook", "en", ("1001", "1003")),  # the name of a person
        ("call builder", "en", ("1001", "+49301234567")),
        ("wähle 0171 5550101", "de", ("1001", "01715550101")),
        ("call extension 1002 from extension 1003", "en", ("1003", "1002")),
        ("call 1002 from user 1003", "en", ("1003", "1002")),
        ("ruf 1002 aus der Küche an", "de", ("1001", "1002")),
        ("llama al 1002", "es", ("1001", "1002")),
        ("llama a la extensión 1002 desde la extensión 1003", "es", ("1003", "1002")),
        ("appelle le poste 1002", "fr", ("1001", "1002")),
        ("appelle Carla Cook depuis la Küche", "fr", ("1001", "1003")),
        ("appelle le 1002 depuis l'office", "fr", ("1001", "1002")),
        ("ligue para o ramal 1002 a partir do ramal 1003", "pt-BR", ("1003", "1002")),
        ("ligue para Carla Cook pela cozinha", "pt-BR", ("1001", "1003")),
        ("呼叫分机1002", "zh-CN", ("1001", "1002")),
        ("从分机1003呼叫 Anna Sample", "zh-CN", ("1003", "1002")),
        ("从厨房给Carla Cook打电话", "zh-CN", ("1001", "1003")),
    ],
)
async def test_who_is_called_from_where(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    text: str,
    language: str,
    dialled: tuple[str, str],
) -> None:
    house = await move_in(hass, start_simulator, options=OPEN)
    await house.say(text, language, room="kitchen")
    assert house.dialled() == [dialled]


async def test_the_name_that_a_phone_has_in_home_assistant(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    """It is understood beside that at the PBX, and answered with."""
    house = await move_in(hass, start_simulator)
    devices = dr.async_get(hass)
    for number, name in (("1001", "Kitchen phone"), ("1004", "Office phone")):
        identifier = (DOMAIN, f"{SERIAL}_ext_{number}")
        (device,) = (
            each
            for each in dr.async_entries_for_config_entry(devices, house.entry.entry_id)
            if identifier in each.identifiers
        )
        devices.async_update_device(device.id, name_by_user=name)
    for said in (
        "call Office phone from Kitchen phone",
        "call user 1004 from user 1001",
        "call office from the kitchen",
        "call 1004",
    ):
        answer = await house.say(said, room="kitchen")
        assert answer.endswith("Kitchen phone rings first.")
        assert "1004" not in answer or said == "call 1004"
    assert house.dialled() == [("1001", "1004")] * 4
    assert await house.say("do not disturb on", room="kitchen") == (
        "Kitchen phone has no switch for do not disturb, or it is disabled."
    )


async def test_the_phone_of_a_person(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    """Where the room has none; of several in the room theirs."""
    house = await move_in(hass, start_simulator)
    await house.say("call extension 1000", user=house.carla)
    contacts = await async_get_contacts(hass)
    await contacts.async_set([row_of("1004", "Carla", person="person.carla")])
    await house.say("call extension 1000", room="hall", user=house.carla)
    await house.say("call extension 1000", room="kitchen", user=house.carla)
    assert house.dialled() == [("1003", "1000"), ("1004", "1000"), ("1001", "1000")]


WHICH = "Which phone do you mean? Say, for example:"
NO_SWITCH = "hat keinen Schalter für „Bitte nicht stören“, oder er ist deaktiviert."
SEVERAL = "There are several: Bob Builder, Bob Baker"
SPANISH = "¿A qué teléfono te refieres? Di, por ejemplo:"
FRENCH = "De quel téléphone parlez-vous ? Dites par exemple :"
PORTUGUESE = "Qual telefone você quer dizer? Diga, por exemplo:"
GERMAN = "Welches Telefon meinst du? Sag zum Beispiel:"


@pytest.mark.parametrize(
    ("text", "language", "room", "answer"),
    [
        ("call Anna", "en", "", f"{WHICH} call Anna from the kitchen."),
        ("ruf Anna an", "de", "", f"{GERMAN} ruf Anna aus der Küche an."),
        ("call Anna from the moon", "en", "kitchen", "I know no phone moon."),
        ("call Anna from the attic", "en", "kitchen", "I know no phone attic."),
        ("call Dora", "en", "kitchen", "I know nobody called Dora."),
        ("call Dora", "en", "", "I know nobody called Dora."),
        ("call 0171 555", "en", "", f"{WHICH} call 0171 555 from the kitchen."),
        ("ruf Dora an", "de", "kitchen", "Ich kenne niemanden namens Dora."),
        ("llama a Dora", "es", "kitchen", "No conozco a nadie llamado Dora."),
        ("appelle Dora", "fr", "kitchen", "Je ne connais personne nommé Dora."),
        ("call Bob", "en", "kitchen", f"{SEVERAL}. Say the whole name."),
        ("llama a Anna", "es", "", f"{SPANISH} llama a Anna desde la cocina."),
        ("appelle Anna", "fr", "", f"{FRENCH} appelle Anna depuis la cuisine."),
        ("ligue para a Dora", "pt-BR", "kitchen", "Não conheço ninguém chamado a Dora."),
        ("ligue para Anna", "pt-BR", "", f"{PORTUGUESE} ligue para Anna a partir da cozinha."),
        ("呼叫Dora", "zh-CN", "kitchen", "没有找到名为Dora的人。"),
        ("呼叫Anna", "zh-CN", "", "您指的是哪部电话？例如可以说：从厨房呼叫Anna。"),
        ("从月亮呼叫Anna", "zh-CN", "kitchen", "没有找到名为月亮的电话。"),
        ("打开免打扰", "zh-CN", "", "您指的是哪部电话？例如可以说：打开厨房的免打扰。"),
        ("do not disturb on", "en", "", f"{WHICH} do not disturb on in the kitchen."),
        ("nicht stören ein", "de", "", f"{GERMAN} nicht stören in der Küche ein."),
        ("nicht stören aus", "de", "", f"{GERMAN} nicht stören in der Küche aus."),
        ("nicht stören ein", "de", "kitchen", f"User 1001 {NO_SWITCH}"),
    ],
)  # fmt: skip
async def test_what_is_not_known_is_asked(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    text: str,
    language: str,
    room: str,
    answer: str,
) -> None:
    house = await move_in(hass, start_simulator, options=OPEN)
    assert await house.say(text, language, room=room) == answer
    assert house.dialled() == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("call Carla Cook from the hall", "en"),
        ("ruf Carla Cook an", "de"),
        ("llama a Carla Cook", "es"),
        ("appelle Carla Cook", "fr"),
        ("ligue para Carla Cook", "pt-BR"),
        ("呼叫Carla Cook", "zh-CN"),
    ],
)
async def test_the_example_for_several_phones_is_understood(
    hass: HomeAssistant, start_simulator: StartSimulator, text: str, language: str
) -> None:
    """It names a phone, where the room would only be asked for again."""
    house = await move_in(hass, start_simulator)
    asked = await house.say(text, language, room="hall")
    assert "User 1002" in asked
    assert "User 1004" in asked
    example = re.split("[:：]", asked)[-1].strip(" .。")
    await house.say(example, language, room="hall")
    assert house.dialled() == [("1002", "1003")]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("do not disturb on", "en"),
        ("nicht stören aus", "de"),
        ("activa no molestar", "es"),
        ("désactive ne pas déranger", "fr"),
        ("ative não perturbe", "pt-BR"),
        ("关闭免打扰", "zh-CN"),
    ],
)
async def test_the_example_for_several_phones_to_silence_is_understood(
    hass: HomeAssistant, start_simulator: StartSimulator, text: str, language: str
) -> None:
    """An OpenVox has no such switch; the answer names the phone."""
    house = await move_in(hass, start_simulator)
    asked = await house.say(text, language, room="hall")
    example = re.split("[:：]", asked)[-1].strip(" .。")
    assert (await house.say(example, language)).startswith("User 1002")


async def test_a_refusal_in_words(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    """Those of the actions."""
    house = await move_in(hass, start_simulator)
    said = await house.say("call Bob Builder", room="kitchen")
    assert "number" in said
    assert said.endswith(".")
    assert OUTSIDE not in said
    assert house.dialled() == []


@pytest.mark.parametrize(
    ("text", "language", "texts"),
    [
        ("call Bob Builder", "en-GB", "en"),
        ("ruf Bob Builder an", "de-AT", "de"),
        ("llama a Bob Builder", "es-419", "es"),
        ("appelle Bob Builder", "fr-CA", "fr"),
        ("ligue para Bob Builder", "pt-PT", "pt-BR"),
        ("呼叫Bob Builder", "zh-CN", "zh-Hans"),
    ],
)
async def test_a_refusal_in_the_language_of_a_region(
    hass: HomeAssistant, start_simulator: StartSimulator, text: str, language: str, texts: str
) -> None:
    """Home Assistant has texts of few regions; its agent speaks no Chinese without one."""
    house = await move_in(hass, start_simulator)
    said = await house.say(text, language, room="kitchen")
    known = json.loads((TRANSLATIONS / f"{texts}.json").read_text())["exceptions"]
    assert said == known["number_not_allowed"]["message"]


async def test_a_phone_calls_not_itself(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    house = await move_in(hass, start_simulator)
    said = await house.say("ruf Nebenstelle 1001 an", "de", room="kitchen")
    assert said.startswith("Eine Nebenstelle kann weder sich selbst anrufen")
    assert house.dialled() == []


async def test_who_may_not(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    """A user without the right to control an entity of the PBX."""
    house = await move_in(hass, start_simulator, options=OPEN)
    guest = MockUser().add_to_hass(hass)
    said = await house.say("call Anna", room="kitchen", user=guest)
    assert said == "You may not do that."
    said = await house.say("ruf Anna an", "de", room="kitchen", user=guest)
    assert said == "Das darfst du nicht."
    assert house.dialled() == []


def log(house: House, *calls: tuple[str, str, CallOutcome, timedelta]) -> None:
    """Log calls: who called whom, how it ended, how long ago."""
    now = dt_util.utcnow()
    runtime = house.entry.runtime_data
    for index, (caller, callee, outcome, ago) in enumerate(calls):
        missed = (callee,) if outcome is CallOutcome.MISSED else ()
        internal = len(caller) == 4 and caller.isdigit()
        runtime.history.log._keep(
            LogEntry(
                call_id=f"{index}",
                started=now - ago,
                ended=now,
                direction=CallDirection.INTERNAL if internal else CallDirection.INBOUND,
                outcome=outcome,
                caller=caller,
                callee=callee,
                missed_by=missed,
            )
        )
        runtime.calls.missed.count += bool(missed)
    runtime.calls.missed.since = now - timedelta(days=2)


async def test_who_called(
    hass: HomeAssistant, start_simulator: StartSimulator, freezer: Any
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to("2026-11-28 12:00:00+00:00")
    house = await move_in(hass, start_simulator)
    assert await house.say("who called?") == "Nobody called."
    log(
        house,
        ("+49301234567", "1001", CallOutcome.ANSWERED, timedelta(days=1)),
        ("anonymous", "1002", CallOutcome.MISSED, timedelta(hours=2)),
        ("1003", "1001", CallOutcome.MISSED, timedelta(minutes=30)),
        ("030999", "1001", CallOutcome.MISSED, timedelta(minutes=10)),
    )
    assert await house.say("who called?") == (
        "Last callers: 030999 at 12:50, a withheld number at 11:00,"
        " Bob Builder on November 27 at 13:00."
    )
    assert await house.say("wer hat angerufen?", "de", room="kitchen") == (
        "Zuletzt angerufen haben: 030999 um 12:50, Carla Cook um 12:30, Bob Builder am 27.11. um"
        " 13:00."
    )
    assert await house.say("how many calls did I miss?", room="kitchen") == (
        "2 missed calls, most recently from 030999, Carla Cook."
    )
    assert await house.say("wie viele Anrufe haben wir verpasst", "de") == (
        "3 verpasste Anrufe, zuletzt: 030999, eine unterdrückte Nummer."
    )
    assert await house.say("¿quién ha llamado?", "es") == (
        "Últimas llamadas: 030999 a las 12:50, un número oculto a las 11:00,"
        " Bob Builder el 27/11 a las 13:00."
    )
    assert await house.say("combien d'appels ai-je manqués", "fr", room="kitchen") == (
        "2 appels manqués, en dernier : 030999, Carla Cook."
    )
    assert await house.say("quem ligou?", "pt-BR") == (
        "Últimas chamadas: 030999 às 12:50, um número oculto às 11:00, Bob Builder em 27/11 às"
        " 13:00."
    )
    assert await house.say("谁来过电话？", "zh-CN") == (
        "最近的来电：12:50 030999、11:00 隐藏号码、11月27日 13:00 Bob Builder。"
    )
    assert await house.say("我有几个未接来电？", "zh-CN", room="kitchen") == (
        "有 2 个未接来电，最近的来自030999、Carla Cook。"
    )


@pytest.mark.parametrize(
    ("language", "who", "missed"),
    [
        ("en", "Last caller: Anna Sample at 12:50.", "One missed call, from Anna Sample."),
        (
            "de",
            "Zuletzt angerufen hat: Anna Sample um 12:50.",
            "Ein verpasster Anruf: Anna Sample.",
        ),
        ("es", "Última llamada: Anna Sample a las 12:50.", "Una llamada perdida, de Anna Sample."),
        ("fr", "Dernier appel : Anna Sample à 12:50.", "Un appel manqué : Anna Sample."),
        ("pt-BR", "Última chamada: Anna Sample às 12:50.", "Uma chamada perdida, de Anna Sample."),
        ("zh-CN", "最近的来电：12:50 Anna Sample。", "有一个未接来电，来自Anna Sample。"),
    ],
)
async def test_one_call_is_told_in_the_singular(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    freezer: Any,
    language: str,
    who: str,
    missed: str,
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to("2026-11-28 12:00:00+00:00")
    house = await move_in(hass, start_simulator)
    log(house, (OUTSIDE, "1001", CallOutcome.MISSED, timedelta(minutes=10)))
    assert [await house.say(text, language) for text in ASKED[language]] == [who, missed]


async def test_a_number_that_is_not_told(
    hass: HomeAssistant, start_simulator: StartSimulator, freezer: Any
) -> None:
    """It is unknown, as everywhere, and not withheld."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to("2026-11-28 12:00:00+00:00")
    house = await move_in(hass, start_simulator)
    log(
        house,
        ("unknown", "1001", CallOutcome.MISSED, timedelta(hours=2)),
        ("anonymous", "1001", CallOutcome.MISSED, timedelta(hours=1)),
    )
    assert await house.say("who called") == (
        "Last callers: a withheld number at 12:00, an unknown number at 11:00."
    )


async def test_missed_calls_without_a_log(
    hass: HomeAssistant, start_simulator: StartSimulator
) -> None:
    house = await move_in(hass, start_simulator)
    assert await house.say("how many calls did I miss") == "No missed calls."
    house.entry.runtime_data.calls.missed.count = 2
    assert await house.say("how many calls did I miss") == "Missed calls: 2."


@pytest.mark.parametrize(
    ("text", "language", "answer"),
    [
        ("who called", "en", "I do not know: the call log is off."),
        ("how many calls did I miss", "en", "I do not know: the call log is off."),
        ("wer hat angerufen", "de", "Das weiß ich nicht: Die Anrufliste ist ausgeschaltet."),
    ],
)
async def test_what_a_call_log_that_is_off_does_not_know(
    hass: HomeAssistant, start_simulator: StartSimulator, text: str, language: str, answer: str
) -> None:
    """The count is that of all extensions together, so it tells nothing of one."""
    house = await move_in(hass, start_simulator, options={CONF_CALL_LOG_SIZE: 0})
    house.entry.runtime_data.calls.missed.count = 2
    assert await house.say(text, language, user=house.carla) == answer
    assert await house.say("how many calls did I miss") == "Missed calls: 2."


@pytest.mark.parametrize("dialect", ["yeastar-v1", "yeastar-v2"])
async def test_do_not_disturb(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    entity_registry_enabled_by_default: None,
    dialect: str,
) -> None:
    """By the switch of the extension, if there is one that is enabled."""
    house = await move_in(hass, start_simulator, dialect=dialect)
    said = await house.say("schalte nicht stören in der Küche ein", "de")
    assert said == "User 1001 wird nicht gestört."
    assert house.simulator.directory.extensions["1001"].dnd is True
    switch = entity_id(hass, "switch", f"{SERIAL}_ext_1001_do_not_disturb")
    turned = async_mock_service(hass, "switch", "turn_off")
    assert await house.say("do not disturb off", room="kitchen") == "User 1001 rings again."
    assert turned[0].data["entity_id"] == switch
    disabled = er.RegistryEntryDisabler.USER
    er.async_get(hass).async_update_entity(switch, disabled_by=disabled)
    assert "disabled" in await house.say("do not disturb on", room="kitchen")


async def test_a_language_model(hass: HomeAssistant, start_simulator: StartSimulator) -> None:
    """It has the intents as tools, with what it must know of costs."""
    house = await move_in(hass, start_simulator, options=OPEN)
    known = {each.intent_type: each for each in intent.async_get(hass)}
    for handler in INTENTS:
        assert known[handler.intent_type].description
        assert known[handler.intent_type].slot_schema
    assert "cost money" in str(known[CALL].description)
    assert "allowed numbers" in str(known[CALL].description)
    response = await intent.async_handle(
        hass, "test", CALL, {"name": {"value": "Bob Builder"}, "phone": {"value": "1001"}}
    )
    assert response.response_type is intent.IntentResponseType.ACTION_DONE
    assert house.dialled() == [("1001", "+49301234567")]
    response = await intent.async_handle(
        hass, "test", CALL, {"name": {"value": "Dora"}, "phone": {"value": "1001"}}
    )
    assert response.response_type is intent.IntentResponseType.ERROR
    assert response.speech["plain"]["speech"] == "I know nobody called Dora."
    with pytest.raises(intent.InvalidSlotInfo):
        await intent.async_handle(hass, "test", CALL, {}, context=Context())
