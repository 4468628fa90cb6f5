"""A page of Home Assistant that shows all extensions and trunks at a glance."""

from typing import Any

import aiohttp

from .home_assistant import HomeAssistant
from .processes import DemoError

PATH = "pbx-demo"

# Name, entity and kind ("ext", "trunk" or "") of every entity of the integration that shows a
# status.
_SHOWN = """
{%- set found = namespace(rows=[]) -%}
{%- for entity in integration_entities('ippbx')
    if entity.startswith('sensor.') or entity.startswith('binary_sensor.') -%}
{%- set identifier = (device_attr(entity, 'identifiers') | list)[0][1] -%}
{%- set kind = 'ext' if '_ext_' in identifier else 'trunk' if '_trunk_' in identifier else '' -%}
{%- if states[entity] is not none and (not kind or entity.startswith('sensor.')) -%}
{%- set found.rows = found.rows + [[device_attr(entity, 'name'), entity, kind]] -%}
{%- endif -%}
{%- endfor -%}
{{ found.rows | sort | to_json }}
"""


def _section(title: str, cards: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "grid", "cards": [{"type": "heading", "heading": title}, *cards]}


async def add_dashboard(session: aiohttp.ClientSession, home_assistant: HomeAssistant) -> None:
    """Add the page to Home Assistant's side bar.

    Raises:
        DemoError: Home Assistant refused it.
    """
    rows = await home_assistant.template(_SHOWN)
    sections = []
    for title, kind in (("Extensions", "ext"), ("Trunks", "trunk"), ("PBX", "")):
        cards: list[dict[str, Any]] = [
            {"type": "tile", "entity": entity, **({"name": name} if kind else {})}
            for name, entity, its_kind in rows
            if its_kind == kind
        ]
        sections.append(_section(title, cards))
    view = {"title": "PBX", "type": "sections", "max_columns": 3, "sections": sections}
    async with session.ws_connect(f"{home_assistant.url}/api/websocket") as socket:
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": home_assistant.token})
        await socket.receive_json()
        dashboard = {"url_path": PATH, "title": "PBX", "icon": "mdi:phone", "mode": "storage"}
        commands: tuple[dict[str, Any], ...] = (
            {"type": "lovelace/dashboards/create", **dashboard},
            {"type": "lovelace/config/save", "url_path": PATH, "config": {"views": [view]}},
        )
        for number, command in enumerate(commands, 1):
            await socket.send_json({"id": number, **command})
            answer = await socket.receive_json()
            if not answer["success"]:
                raise DemoError(f"Home Assistant refused {command['type']}: {answer['error']}")
