"""The Home Assistants that are measured: what each of them holds."""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from benchmarks.bare.const import DOMAIN as BARE

from .host import Plan, entry
from .pbx import FIRST_EXTENSION, PASSWORD, SERIAL, USER
from .requests import LINE_WORDS, WORDS

IPPBX = "ippbx"
WEBHOOK_ID = "0123456789abcdef0123456789abcdef"
TEMPLATE_ID = "22222222222222222222222222222222"
_TEMPLATE = """\
template:
  - triggers:
      - trigger: webhook
        webhook_id: "{webhook_id}"
        allowed_methods: [POST]
    sensor:
"""
_TEMPLATE_SENSOR = """\
      - name: "Extension {number}"
        unique_id: "extension-{number}"
        state: >-
          {{{{ trigger.json.status if trigger.json.extension == '{number}' else this.state }}}}
"""


def numbers(count: int) -> tuple[str, ...]:
    """Return the numbers of so many extensions."""
    return tuple(str(FIRST_EXTENSION + index) for index in range(count))


def ippbx_plan(
    pbx_port: int,
    listener_port: int | None = None,
    event_port: int | None = None,
    *,
    dialect: str = "openvox",
    enabled: bool = True,
) -> Plan:
    """Return a Home Assistant with the integration.

    Args:
        pbx_port: where its PBX is.
        listener_port: where it listens, too, if anywhere.
        event_port: where it fetches reports, if anywhere; the dialect is one that can do so then.
        dialect: what its PBX speaks.
        enabled: whether its entry is.
    """
    data = {
        "host": "127.0.0.1",
        "port": pbx_port,
        "ssl": False,
        "verify_ssl": False,
        "username": USER,
        "password": PASSWORD,
        "dialect": dialect,
        "old_tls": False,
        "fingerprint": None,
        "webhook_id": WEBHOOK_ID,
    }
    options: dict[str, Any] = {"extensions": "all", "report_path": "webhook"}
    if listener_port is not None:
        options |= {"report_path": "listener", "listener_port": listener_port}
    if event_port is not None:
        options |= {"report_path": "stream", "event_port": event_port}
    return Plan(entries=[entry(IPPBX, SERIAL, data, options, enabled=enabled)])


def bare_plan(shape: Mapping[str, Any], *, enabled: bool = True) -> Plan:
    """Return a Home Assistant with the bare integration in this shape."""
    return Plan(entries=[entry(BARE, SERIAL, {}, {}, enabled=enabled)], shape=shape)


def bare_sensors_plan(count: int) -> Plan:
    """Return a Home Assistant with bare sensors.

    Enumerations on devices of their own, as the integration's are.
    """
    words = WORDS if count > 1 else ("Idle", *chain.from_iterable(LINE_WORDS))
    options = list(words)
    fields = dict.fromkeys(("manufacturer", "model", "serial_number", "sw_version"))
    devices = [
        {"id": number, "via": None, "name": f"Extension {number}", **fields}
        for number in numbers(count)
    ]
    entities: list[dict[str, Any]] = [
        {
            "domain": "sensor",
            "unique_id": number,
            "device": number,
            "enabled": True,
            "category": None,
            "capabilities": {"options": options},
            "state": "Idle",
            "original_device_class": "enum",
            "translation_key": None,
            "original_name": "Status",
        }
        for number in numbers(count)
    ]
    return bare_plan({"devices": devices, "entities": entities})


def template_plan(count: int) -> Plan:
    """Return a Home Assistant with template sensors that one webhook triggers."""
    sensors = "".join(_TEMPLATE_SENSOR.format(number=number) for number in numbers(count))
    return Plan(yaml=_TEMPLATE.format(webhook_id=TEMPLATE_ID) + sensors)
