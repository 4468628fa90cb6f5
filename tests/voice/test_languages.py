"""Every sentence is understood by Home Assistant's own agent, in each language."""

from collections.abc import Iterator
import itertools
from pathlib import Path
import re
from string import Formatter
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.const import CONF_ALLOWED_NUMBERS
from custom_components.ippbx.voice.languages import (
    CALL,
    DO_NOT_DISTURB,
    LANGUAGES,
    MISSED_CALLS,
    WHO_CALLED,
    language_of,
)
from tests.conftest import StartSimulator
from tests.voice.house import OUTSIDE, move_in

README = Path(__file__).parents[2] / "README.md"
NAMED = {
    "English": "en",
    "Brazilian Portuguese": "pt-BR",
    "Chinese": "zh-Hans",
    "French": "fr",
    "German": "de",
    "Spanish": "es",
}
"""How README.md calls the languages."""

type Said = tuple[str, str, dict[str, str]]

SAID: dict[str, list[Said]] = {
    "en": [
        ("call Anna", CALL, {"name": "Anna"}),
        ("Call Anna Sample.", CALL, {"name": "Anna Sample"}),
        ("please phone Bob", CALL, {"name": "Bob"}),
        ("dial 0171 555", CALL, {"name": "0171 555"}),
        ("call extension 1001 from the kitchen", CALL,
         {"name": "extension 1001", "phone": "kitchen"}),
        ("call Anna from extension 1002", CALL, {"name": "Anna", "phone": "extension 1002"}),
        ("who called?", WHO_CALLED, {}),
        ("who has called me", WHO_CALLED, {}),
        ("how many calls did I miss?", MISSED_CALLS, {}),
        ("how many calls have we missed", MISSED_CALLS, {}),
        ("did I miss any calls", MISSED_CALLS, {}),
        ("how many missed calls are there", MISSED_CALLS, {}),
        ("do not disturb on", DO_NOT_DISTURB, {"state": "on"}),
        ("turn do not disturb off", DO_NOT_DISTURB, {"state": "off"}),
        ("turn on do not disturb", DO_NOT_DISTURB, {"state": "on"}),
        ("turn on do not disturb in the kitchen", DO_NOT_DISTURB,
         {"state": "on", "phone": "kitchen"}),
        ("disable do not disturb", DO_NOT_DISTURB, {"state": "off"}),
        ("do not disturb off in the kitchen", DO_NOT_DISTURB,
         {"state": "off", "phone": "kitchen"}),
    ],
    "de": [
        ("ruf Anna an", CALL, {"name": "Anna"}),
        ("Rufe bitte Anna Sample an.", CALL, {"name": "Anna Sample"}),
        ("wähle 0171 555", CALL, {"name": "0171 555"}),
        ("ruf Nebenstelle 1001 aus der Küche an", CALL,
         {"name": "Nebenstelle 1001", "phone": "Küche"}),
        ("ruf Anna von Nebenstelle 1002 an", CALL,
         {"name": "Anna", "phone": "Nebenstelle 1002"}),
        ("ruf Anna im Büro an", CALL, {"name": "Anna", "phone": "Büro"}),
        ("schalte nicht stören am Empfang aus", DO_NOT_DISTURB,
         {"state": "off", "phone": "Empfang"}),
        ("wer hat angerufen?", WHO_CALLED, {}),
        ("wer hat mich angerufen", WHO_CALLED, {}),
        ("wie viele Anrufe habe ich verpasst?", MISSED_CALLS, {}),
        ("habe ich Anrufe verpasst", MISSED_CALLS, {}),
        ("nicht stören ein", DO_NOT_DISTURB, {"state": "on"}),
        ("bitte nicht stören in der Küche ein", DO_NOT_DISTURB,
         {"state": "on", "phone": "Küche"}),
        ("aktiviere nicht stören in der Küche", DO_NOT_DISTURB,
         {"state": "on", "phone": "Küche"}),
        ("deaktiviere bitte nicht stören", DO_NOT_DISTURB, {"state": "off"}),
        ("schalte bitte nicht stören aus", DO_NOT_DISTURB, {"state": "off"}),
        ("schalte nicht stören in der Küche an", DO_NOT_DISTURB,
         {"state": "on", "phone": "Küche"}),
    ],
    "es": [
        ("llama a Ana", CALL, {"name": "Ana"}),
        ("Por favor, llama al 1001.", CALL, {"name": "1001"}),
        ("llama a la extensión 1001 desde la cocina", CALL,
         {"name": "la extensión 1001", "phone": "cocina"}),
        ("marca el número 0171 555", CALL, {"name": "0171 555"}),
        ("¿quién ha llamado?", WHO_CALLED, {}),
        ("quién me llamó", WHO_CALLED, {}),
        ("¿Cuántas llamadas he perdido?", MISSED_CALLS, {}),
        ("tengo alguna llamada perdida", MISSED_CALLS, {}),
        ("llama a Ana desde los dormitorios", CALL, {"name": "Ana", "phone": "dormitorios"}),
        ("activa no molestar del salón", DO_NOT_DISTURB, {"state": "on", "phone": "salón"}),
        ("activa el modo no molestar", DO_NOT_DISTURB, {"state": "on"}),
        ("desactiva no molestar en la cocina", DO_NOT_DISTURB,
         {"state": "off", "phone": "cocina"}),
    ],
    "fr": [
        ("appelle Anna", CALL, {"name": "Anna"}),
        ("Appelez le poste 1001 depuis la cuisine.", CALL,
         {"name": "le poste 1001", "phone": "cuisine"}),
        ("appelle l'accueil depuis l’entrée", CALL, {"name": "accueil", "phone": "entrée"}),
        ("appelle Anna depuis cuisine", CALL, {"name": "Anna", "phone": "cuisine"}),
        ("active ne pas déranger dans l'entrée", DO_NOT_DISTURB,
         {"state": "on", "phone": "entrée"}),
        ("désactive ne pas déranger au salon", DO_NOT_DISTURB,
         {"state": "off", "phone": "salon"}),
        ("compose le 0171 555", CALL, {"name": "0171 555"}),
        ("qui a appelé ?", WHO_CALLED, {}),
        ("qui m'a appelé", WHO_CALLED, {}),
        ("Combien d'appels ai-je manqués ?", MISSED_CALLS, {}),
        ("combien d'appels manqués", MISSED_CALLS, {}),
        ("active ne pas déranger", DO_NOT_DISTURB, {"state": "on"}),
        ("désactive le mode ne pas déranger dans la cuisine", DO_NOT_DISTURB,
         {"state": "off", "phone": "cuisine"}),
    ],
    "pt-BR": [
        ("ligue para Ana", CALL, {"name": "Ana"}),
        ("Por favor, ligue para o ramal 1001.", CALL, {"name": "o ramal 1001"}),
        ("liga pra Ana a partir da cozinha", CALL, {"name": "Ana", "phone": "cozinha"}),
        ("ligue para João da Silva pelo ramal 1002", CALL,
         {"name": "João da Silva", "phone": "ramal 1002"}),
        ("disque o número 0171 555", CALL, {"name": "0171 555"}),
        ("quem ligou?", WHO_CALLED, {}),
        ("quem me ligou", WHO_CALLED, {}),
        ("Quantas chamadas eu perdi?", MISSED_CALLS, {}),
        ("tenho alguma chamada perdida", MISSED_CALLS, {}),
        ("ative o modo não perturbe", DO_NOT_DISTURB, {"state": "on"}),
        ("desligue o não perturbe na cozinha", DO_NOT_DISTURB,
         {"state": "off", "phone": "cozinha"}),
    ],
    "zh-Hans": [
        ("呼叫安娜", CALL, {"name": "安娜"}),
        ("给安娜打个电话。", CALL, {"name": "安娜"}),
        ("请打电话给 Bob Builder", CALL, {"name": "Bob Builder"}),
        ("从厨房呼叫分机1002", CALL, {"name": "分机1002", "phone": "厨房"}),
        ("用厨房的电话给安娜打电话", CALL, {"name": "安娜", "phone": "厨房"}),
        ("拨打 0171 555", CALL, {"name": "0171 555"}),
        ("谁来过电话？", WHO_CALLED, {}),
        ("谁给我打了电话", WHO_CALLED, {}),
        ("我有几个未接来电？", MISSED_CALLS, {}),
        ("有未接来电吗", MISSED_CALLS, {}),
        ("打开免打扰", DO_NOT_DISTURB, {"state": "on"}),
        ("关闭厨房的免打扰", DO_NOT_DISTURB, {"state": "off", "phone": "厨房"}),
    ],
}  # fmt: skip


def in_the_readme() -> Iterator[tuple[str, str]]:
    """Yield the language and the text of each sentence that README.md promises."""
    for name, language in NAMED.items():
        (row,) = re.findall(rf"^\| {name} \| (.*) \|$", README.read_text(), re.MULTILINE)
        for sentence in re.findall(r"[^.?。？]+[.?。？]", row):
            yield language, sentence.strip()


def expansions(template: str) -> Iterator[str]:
    """Yield everything that a template stands for; templates have no brackets in brackets."""
    parts = re.split(r"(\[[^\]]*\]|\([^)]*\))", template)
    choices = [
        [*part[1:-1].split("|"), *([""] if part.startswith("[") else [])]
        if part[:1] in ("[", "(")
        else [part]
        for part in parts
    ]
    for each in itertools.product(*choices):
        yield " ".join("".join(each).split())


async def test_each_sentence_reaches_its_intent(
    hass: HomeAssistant, start_simulator: StartSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a real agent: what it hands to the intents, and in which language."""
    house = await move_in(hass, start_simulator)
    handled: list[tuple[str, str, dict[str, str]]] = []

    async def handle(_self: Any, request: Any) -> Any:
        slots = {name: slot["value"] for name, slot in request.slots.items()}
        handled.append((request.language, request.intent_type, slots))
        response = request.create_response()
        response.async_set_speech("done")
        return response

    monkeypatch.setattr("custom_components.ippbx.voice.intents.PbxIntent.async_handle", handle)
    for language, said in SAID.items():
        for text, intent_type, slots in said:
            assert await house.say(text, language) == "done", text
            assert handled.pop() == (language, intent_type, slots), text
    for language, spoken in LANGUAGES.items():
        for meaning in spoken.sentences:
            for template in meaning.sentences:
                for expanded in expansions(template):
                    text = expanded.replace("{name}", "Anna").replace("{phone}", "kitchen")
                    assert await house.say(text, language) == "done", text
                    assert handled.pop()[1] == meaning.intent, text
    for language, text in in_the_readme():
        assert await house.say(text, language) == "done", text
        assert handled.pop()[0] == language, text
    assert handled == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_other_sentences_are_left_to_others(
    hass: HomeAssistant, start_simulator: StartSimulator, language: str
) -> None:
    house = await move_in(hass, start_simulator, options={CONF_ALLOWED_NUMBERS: [OUTSIDE]})
    for text in (
        "turn on the light",
        "schalte das Licht ein",
        "anna",
        "wie spät ist es",
        "marca leche como completado en mi lista de la compra",
        "enciende la luz",
        "allume la lumière",
        "ligue a luz",
        "打开灯",
    ):
        await house.say(text, language)
    assert house.dialled() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_say_the_same(language: str) -> None:
    """Each has all meanings and all answers, with the same values in them."""

    def meanings(key: str) -> set[Any]:
        return {(each.intent, each.slots) for each in LANGUAGES[key].sentences}

    def values(key: str) -> dict[str, set[str | None]]:
        answers = LANGUAGES[key].answers.items()
        return {
            answer: {name for _, name, _, _ in Formatter().parse(text) if name}
            for answer, text in answers
        }

    assert meanings(language) == meanings("en")
    assert values(language) == values("en")


@pytest.mark.parametrize(
    ("tag", "key"),
    [
        ("de-AT", "de"),
        ("DE", "de"),
        ("en_GB", "en"),
        ("fr-CA", "fr"),
        ("pt-BR", "pt"),
        ("zh-Hans", "zh"),
        ("pl", "en"),
        ("", "en"),
    ],
)
def test_tags(tag: str, key: str) -> None:
    assert language_of(tag) is LANGUAGES[key]
