"""Inputs with which each blueprint can be used."""

from collections.abc import Callable
from typing import Any

from tests.conftest import SERIAL
from tests.house import House
from tests.live import entity_id

from .automations import device, status
from .mobile_app import add_mobile_app

NOTHING = [{"action": "test.run"}]


def sensor(house: House, key: str) -> list[str]:
    return [entity_id(house.hass, "binary_sensor", f"{SERIAL}_{key}")]


def problem(house: House, trunk: str) -> list[str]:
    """Return the problem sensor of a trunk."""
    (key,) = (key for key, each in house.runtime.store.trunks.items() if each.name == trunk)
    return sensor(house, f"trunk_{key}_problem")


def phones(house: House) -> list[str]:
    return [status(house, "1001"), status(house, "1002")]


OPTIONS = {"door_phones": ["1003"]}
"""What the options must be for them."""
INPUTS: dict[str, Callable[[House], dict[str, Any]]] = {
    "announce_caller": lambda _: {"speakers": ["media_player.hall"], "voice": "tts.voice"},
    "call_on_alarm": lambda house: {
        "alarm": ["binary_sensor.smoke", *problem(house, "trunk-2")],
        "phones": phones(house),
        "prompt": "fire",
    },
    "door_phone": lambda house: {
        "doorbell": entity_id(house.hass, "event", f"{SERIAL}_ext_1003_doorbell"),
        "camera": "camera.door",
        "app": add_mobile_app(house.hass).device_id,
        "open": NOTHING,
    },
    "extension_offline": lambda house: {
        "phones": [*sensor(house, "ext_1001_registered"), *sensor(house, "ext_1004_registered")],
        "offline": NOTHING,
    },
    "flash_lights_on_ring": lambda house: {
        "phones": phones(house),
        "lights": {"entity_id": "light.hall"},
    },
    "missed_call_notification": lambda house: {
        "app": add_mobile_app(house.hass).device_id,
        "extension": device(house, "ext_1002"),
    },
    "open_door_by_key": lambda house: {
        "door_phone": [device(house, "ext_1001")],
        "keys": "4",
        "open": NOTHING,
    },
    "pause_media_during_calls": lambda house: {
        "phones": phones(house),
        "players": ["media_player.hall"],
    },
    "refuse_blocked_callers": lambda _: {"blocked": ["*"], "withheld": True},
    "trunk_down_or_back": lambda house: {
        "trunks": [
            *problem(house, "trunk-1"),
            *problem(house, "trunk-2"),
        ],
        "down": NOTHING,
        "back": NOTHING,
    },
}
