"""The code against translations/en.json, both ways.

Nothing used is missing, nothing there is unused.
"""

import ast
from collections.abc import Mapping
from pathlib import Path
import re
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass
import pytest
import voluptuous as vol

from custom_components.ippbx import exceptions, system_health
from custom_components.ippbx.actions.forwarding import VOICEMAIL_WORDS
from custom_components.ippbx.flows import (
    contact_forms,
    forms as flow_forms,
    option_forms,
    options as options_flow,
)
from custom_components.ippbx.issues.registry import KINDS
from custom_components.ippbx.pbx.errors import PbxError
from custom_components.ippbx.pbx.model.lines import Extension
from custom_components.ippbx.pbx.model.tracked import CallDirection, CallOutcome
from custom_components.ippbx.pbx.uc.error_codes import KEYS

from .source import INTEGRATION, described_choices, english, read_json
from .test_translations import LANGUAGES, PLACEHOLDER, texts
from .words import (
    TRANSLATED_ERRORS,
    arguments,
    entity_descriptions,
    fields,
    keywords,
    returned,
    translated_parts,
    words,
)

EXTENSIONS = (Extension(number="4711"),)
# Home Assistant's own helpers end a flow with these.
ABORTS_OF_HELPERS = {
    "already_configured",
    "already_in_progress",
    "reauth_successful",
    "reconfigure_successful",
    "unique_id_mismatch",
}
PLACEHOLDERS_OF_HELPERS = {"name"}


def _forms() -> dict[str, list[vol.Schema]]:
    """Return all forms of a step, by its path in the translations."""
    return {
        "config.step.user": [flow_forms.user_form()],
        "config.step.extensions": [flow_forms.extensions_form(EXTENSIONS)],
        "config.step.discovered": [flow_forms.reauth_form("openvox")],
        "config.step.reauth_confirm": [flow_forms.reauth_form("openvox")],
        "config.step.reconfigure": [
            flow_forms.reconfigure_form(),
            flow_forms.reconfigure_form(certificate_changed=True),
        ],
        "options.step.init": [],  # a menu
        **{
            f"options.step.{step}": [vol.Schema(form.fields(EXTENSIONS))]
            for step, form in option_forms.FORMS.items()
        },
        "options.step.contacts": [],  # a menu
        "options.step.contacts_nothing": [],  # a menu
        **{
            f"options.step.{step}": [vol.Schema(form(()))]
            for step, form in contact_forms.FORMS.items()
        },
    }


def _at(path: str) -> Mapping[str, Any]:
    part = english()
    for key in path.split("."):
        part = part.get(key, {})
    return part


def _errors_of_the_pbx() -> set[str]:
    """Return the key of every error of the PBX."""
    kinds = [PbxError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    return {exceptions._KEYS[kind] for kind in kinds if kind in exceptions._KEYS}


def _reasons() -> set[str]:
    return set(arguments("reason", "InvalidReportAddressError", position=0))


def _flow_errors() -> set[str]:
    """Return the keys that a form can show, of the config flow and the options flow alike."""
    raised = set(arguments("key", "FlowError", "VCardError", position=0)) | returned(
        "flows.check", "_key"
    )
    return raised | _errors_of_the_pbx() | _reasons()


def test_steps() -> None:
    steps = {
        f"{flow}.step.{step}" for flow in ("config", "options") for step in english()[flow]["step"]
    }
    assert steps == set(_forms())
    shown = {
        *arguments("step_id", "async_show_form", "async_show_menu"),
        *arguments("step_id", "_show", position=0),
        *arguments("step_id", "_async_edit", position=0),
        *options_flow.MENU,
    }
    ours = {path.rpartition(".")[2] for path in _forms()}
    assert shown - {"confirm"} == ours, "a step that this test does not know"


def test_menu_of_the_options() -> None:
    assert {*option_forms.FORMS, "contacts"} == {*options_flow.MENU}
    for step in options_flow.MENU:
        assert hasattr(options_flow.PbxOptionsFlow, f"async_step_{step}")
    for texts_of in ("menu_options", "menu_option_descriptions"):
        assert tuple(english()["options"]["step"]["init"][texts_of]) == options_flow.MENU


@pytest.mark.parametrize(
    "step", ["user", "discovered", "extensions", "reauth_confirm", "reconfigure"]
)
def test_fields_of_the_config_flow(step: str) -> None:
    _check_fields(f"config.step.{step}")


@pytest.mark.parametrize("step", [*option_forms.FORMS, *contact_forms.FORMS])
def test_fields_of_the_options_flow(step: str) -> None:
    _check_fields(f"options.step.{step}")


def _check_fields(path: str) -> None:
    asked: dict[str, set[str]] = {}
    for form in _forms()[path]:
        for section, name, _ in fields(form):
            asked.setdefault(section, set()).add(name)
    translated = {"": set(_at(path).get("data", {}))} if _at(path).get("data") else {}
    for section, content in _at(path).get("sections", {}).items():
        translated[section] = set(content["data"])
    assert translated == asked


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.stem)
def test_ranges_of_numbers_are_said(path: Path) -> None:
    """A form says of a number that is out of range no more than that it is wrong."""
    steps, found = read_json(path)["options"]["step"], 0
    for step, form in option_forms.FORMS.items():
        for _, name, field in fields(vol.Schema(form.fields(EXTENSIONS))):
            if field is flow_forms.PORT or not isinstance(field, vol.All):
                continue
            config, found = field.validators[0].config, found + 1
            said = re.findall(r"\d+", steps[step]["data_description"][name])
            assert said[:2] == [f"{config['min']:.0f}", f"{config['max']:.0f}"], name
    assert found == 3


def test_choices() -> None:
    offered: dict[str, dict[str, set[str]]] = {}
    for forms in _forms().values():
        for form in forms:
            for _, _, field in fields(form):
                if (found := translated_parts(field)) is not None:
                    offered.setdefault(found[0], {}).update(found[1])
    for key, options in described_choices().items():
        offered.setdefault(key, {}).setdefault("options", set()).update(options)
    translated = {
        key: {kind: set(texts) for kind, texts in parts.items()}
        for key, parts in english()["selector"].items()
    }
    assert translated.pop("call_text")
    assert translated == offered


def test_calls_in_words() -> None:
    there = set(english()["selector"]["call_text"]["options"])
    stated = {*CallOutcome, *CallDirection}
    code = ast.walk(ast.parse((INTEGRATION / "calls" / "texts.py").read_text()))
    texts = {node.value for node in code if isinstance(node, ast.Constant)}
    assert stated <= there
    assert there - stated <= texts, "texts that no code shows"


@pytest.mark.parametrize("flow", ["config", "options"])
def test_errors_of_forms_are_used(flow: str) -> None:
    unused = set(english()[flow].get("error", {})) - _flow_errors()
    assert not unused, f"{flow}.error has keys that no form shows"


def test_errors_of_forms_are_translated() -> None:
    translated = set(english()["config"]["error"]) | set(english()["options"].get("error", {}))
    of_actions_alone = _reasons() - translated
    fixes = [issue.get("fix_flow", {}) for issue in english()["issues"].values()]
    translated |= {key for fix in fixes for key in fix.get("error", {})}
    assert not _flow_errors() - translated - of_actions_alone, "errors without a text"
    assert _errors_of_the_pbx() <= set(english()["config"]["error"])


def test_aborts() -> None:
    aborts = set(arguments("reason", "async_abort", "AbortFlow", position=0))
    fixes = [issue["fix_flow"] for issue in english()["issues"].values() if "fix_flow" in issue]
    of_fixes = {key for fix in fixes for key in fix.get("abort", {})}
    assert of_fixes <= aborts, "aborts of fixes that no code asks for"
    assert set(english()["config"]["abort"]) == (aborts - of_fixes) | ABORTS_OF_HELPERS


def test_exceptions() -> None:
    numbered = set(KEYS.values())
    raised = (
        set(arguments("translation_key", *TRANSLATED_ERRORS))
        | _errors_of_the_pbx()
        | _reasons()
        | numbered
    )
    keys_in_words = {key for key in english()["exceptions"] if key in words() | numbered}
    assert not raised - set(english()["exceptions"]), "exceptions without a text"
    assert keys_in_words == set(english()["exceptions"]), "texts of exceptions that nothing raises"


def test_issues() -> None:
    assert set(english()["issues"]) == set(KINDS)


def test_lines_of_system_health() -> None:
    lines = {system_health.LOADED, system_health.REACHABLE, *system_health.ROWS}
    assert set(english()["system_health"]["info"]) == lines


def test_entities() -> None:
    for platform, descriptions in entity_descriptions().items():
        assert descriptions, f"{platform}.py describes no entity"
        used = {
            description.translation_key
            for description in descriptions
            if description.translation_key is not None
        }
        assert used == set(english()["entity"].get(platform, {})), f"entity.{platform}"
        for description in descriptions:
            named = description.translation_key is not None or description.device_class is not None
            assert named, f"{platform}: {description.key} has neither a text nor a device class"
    assert set(english()["entity"]) <= set(entity_descriptions())


def test_states_of_enums() -> None:
    for description in entity_descriptions()["sensor"]:
        if description.device_class is SensorDeviceClass.ENUM:
            translated = english()["entity"]["sensor"][description.translation_key]["state"]
            assert set(translated) == {str(option) for option in description.options}, (
                description.key
            )


def test_words_for_voicemail() -> None:
    """What is typed for it in a language is how that language shows it, and what its help says."""
    shown = set[str]()
    for language in LANGUAGES:
        words_of = read_json(language)
        word = words_of["entity"]["text"]["forward_to"]["state"]["voicemail"].casefold()
        assert word in words_of["exceptions"]["forward_target_invalid"]["message"].casefold()
        shown.add(word)
    assert shown == VOICEMAIL_WORDS


def test_types_of_events() -> None:
    for description in entity_descriptions()["event"]:
        entity = english()["entity"]["event"][description.translation_key]
        translated = entity["state_attributes"]["event_type"]["state"]
        assert set(translated) == {str(each) for each in description.event_types}, description.key


def test_devices() -> None:
    unused = {
        key
        for key in english()["device"]
        if not {key, f"device.{key}.name"} & words()  # a part of the path, or the whole of it
    }
    assert not unused


def test_placeholders_are_given() -> None:
    asked = {name: path for path, text in texts(english()) for name in PLACEHOLDER.findall(text)}
    given = words() | PLACEHOLDERS_OF_HELPERS | keywords("translation")
    unknown = {name: path for name, path in asked.items() if name not in given}
    assert not unknown, "placeholders that no code fills in"
