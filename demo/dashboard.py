"""A page of Home Assistant that shows who calls, and has the buttons that people would press."""

from typing import Any

from .check import DOMAIN
from .home_assistant import HomeAssistant

PATH = "pbx-demo"
_CALL_BACK = "call_back"

_CALLS_NOW = """\
{{%- set icons = {{
  'ringing': 'mdi:phone-ring', 'busy': 'mdi:phone-in-talk', 'on_hold': 'mdi:phone-paused'
}} -%}}
{{%- set ns = namespace(quiet=true) -%}}
{{%- for name, status, party in {phones} if states(status) in icons -%}}
{{%- set ns.quiet = false %}}
<ha-icon icon="{{{{ icons[states(status)] }}}}"></ha-icon> **{{{{ name }}}}** · \
{{{{ state_translated(status) | lower }}}}{{%- if has_value(party) %}} · {{{{ states(party) }}}}
{{%- endif %}}
{{% endfor -%}}
{{%- if ns.quiet %}}<ha-icon icon="mdi:phone"></ha-icon> Nobody is on the phone{{% endif -%}}
"""


class _Entities:
    """The entities of one PBX by their devices and keys."""

    def __init__(self, devices: list[dict[str, Any]], entities: list[dict[str, Any]]) -> None:
        """Sort what the registries list."""
        ours = {
            device["id"]: (device, identifier)
            for device in devices
            for domain, identifier in device["identifiers"]
            if domain == DOMAIN
        }
        self.names = {
            key: device["name_by_user"] or device["name"] for device, key in ours.values()
        }
        self.devices = {key: device["id"] for device, key in ours.values()}
        self._ids = {
            each["unique_id"]: each["entity_id"] for each in entities if each["platform"] == DOMAIN
        }
        self.pbx = min(self.names, key=len)

    def of(self, kind: str) -> list[str]:
        """Return the identifiers of the extensions ("ext") or trunks."""
        return sorted(key for key in self.names if key.startswith(f"{self.pbx}_{kind}_"))

    def id(self, key: str, device: str = "") -> str:
        """Return an entity of a device; the PBX's by default."""
        return str(self._ids[f"{device or self.pbx}_{key}"])


def _tile(entity: str, name: str, *, wide: bool = False, **more: Any) -> dict[str, Any]:
    size = {"grid_options": {"columns": 12}} if wide else {}
    return {"type": "tile", "entity": entity, "name": name, **size, **more}


def _button(name: str, icon: str, action: str, **call: Any) -> dict[str, Any]:
    press = {"action": "perform-action", "perform_action": action, **call}
    size = {"columns": 6, "rows": 2}
    return {"type": "button", "name": name, "icon": icon, "tap_action": press, "grid_options": size}


def _calls(found: _Entities) -> list[dict[str, Any]]:
    phones = [
        [found.names[key], found.id("status", key), found.id("in_call_with", key)]
        for key in found.of("ext")
    ]
    return [
        {"type": "markdown", "content": _CALLS_NOW.format(phones=phones)},
        _tile(found.id("last_call"), "Last call", wide=True),
        _tile(found.id("active_calls"), "Active"),
        _tile(found.id("missed_calls"), "Missed"),
    ]


def _last_calls(found: _Entities) -> list[dict[str, Any]]:
    size = {"columns": 12, "rows": 6}
    entities = [found.id("connected")]  # bears the PBX's lines about calls
    return [{"type": "logbook", "entities": entities, "hours_to_show": 24, "grid_options": size}]


def _buttons(found: _Entities) -> list[dict[str, Any]]:
    first, second, *_ = found.of("ext")
    names = found.names
    phone = {"target": {"device_id": found.devices[first]}}
    number = {"data": {"number": second.rpartition("_")[2]}}
    reset = {"target": {"entity_id": found.id("reset_missed_calls")}}
    return [
        _button(f"Call {names[second]}", "mdi:phone-outgoing", f"{DOMAIN}.dial", **phone, **number),
        _button(f"Hang up {names[first]}", "mdi:phone-hangup", f"{DOMAIN}.hang_up", **phone),
        _button("Call back", "mdi:phone-return", f"script.{_CALL_BACK}"),
        _button("Reset missed calls", "mdi:phone-missed", "button.press", **reset),
    ]


def _extensions(found: _Entities) -> list[dict[str, Any]]:
    return [_tile(found.id("status", key), found.names[key]) for key in found.of("ext")]


def _lines(found: _Entities) -> list[dict[str, Any]]:
    return [
        *(_tile(found.id("status", key), found.names[key]) for key in found.of("trunk")),
        _tile(found.id("connected"), "Link"),
        _tile(found.id("reports_arriving"), "Reports"),
    ]


_SECTIONS = {
    "Calls": _calls,
    "Extensions": _extensions,
    "Last calls": _last_calls,
    "Buttons": _buttons,
    "Lines": _lines,
}


async def add_dashboard(home_assistant: HomeAssistant) -> None:
    """Add the page to Home Assistant's side bar.

    Raises:
        DemoError: Home Assistant refused it.
    """
    devices, entities = await home_assistant.commands(
        {"type": "config/device_registry/list"}, {"type": "config/entity_registry/list"}
    )
    found = _Entities(devices, entities)
    # A button cannot look up whom to call back: a script can.
    call = f"{{{{ state_attr('{found.id('last_call')}', 'call_id') }}}}"
    script = {
        "alias": "Call back",
        "sequence": [{"action": f"{DOMAIN}.call_back", "data": {"call_id": call}}],
    }
    path = f"/api/config/script/config/{_CALL_BACK}"
    await home_assistant.request("POST", path, json=script)
    sections = [
        {"type": "grid", "cards": [{"type": "heading", "heading": title}, *cards(found)]}
        for title, cards in _SECTIONS.items()
    ]
    view = {"title": "PBX", "type": "sections", "max_columns": 3, "sections": sections}
    dashboard = {"url_path": PATH, "title": "PBX", "icon": "mdi:phone", "mode": "storage"}
    await home_assistant.commands(
        {"type": "lovelace/dashboards/create", **dashboard},
        {"type": "lovelace/config/save", "url_path": PATH, "config": {"views": [view]}},
    )
