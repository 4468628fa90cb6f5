"""What the stories see of their Home Assistant is what it shows."""

from pathlib import Path
from typing import Any

import pytest

from .home import Home
from .stage import STATUS
from .stand_in import OPENVOX

pytestmark = pytest.mark.usefixtures("socket_enabled")  # to find a free port

SENSOR = "sensor.room_2001_status"
PLACE = (OPENVOX, "2001", STATUS)
DEVICE = {"id": "phone", "name": "Room 2001", "config_entries": ["pbx"], "via_device_id": "pbx"}
ENTITY = {
    "entity_id": SENSOR,
    "platform": "ippbx",
    "device_id": "phone",
    "translation_key": STATUS,
}


def state(value: str, second: int) -> dict[str, Any]:
    """Return a state of the sensor that was written in a second of some minute."""
    at = f"2026-12-01T05:44:{second:02}.130188+00:00"
    return {"entity_id": SENSOR, "state": value, "attributes": {}, "last_updated": at}


class Read(Home):
    """A Home Assistant that shows "idle"; the phone rings while that is on its way."""

    news = state("ringing", 33)

    async def command(self, **content: Any) -> Any:
        """Answer a command."""
        if content["type"] == "get_states":
            self._state_changed({"data": {"entity_id": SENSOR, "new_state": self.news}})
            return [state("idle", 9)]
        return [DEVICE if content["type"] == "config/device_registry/list" else ENTITY]


async def test_what_was_read_does_not_undo_what_came_since(tmp_path: Path) -> None:
    home = Read(tmp_path, {})
    home.entries = {OPENVOX: "pbx"}
    await home._learn()
    assert home.states[PLACE]["state"] == "ringing"
    assert [told.type for told in home.told] == ["ringing"]


async def test_what_was_read_after_a_gap_counts(tmp_path: Path) -> None:
    home = Read(tmp_path, {})
    home.entries = {OPENVOX: "pbx"}
    home.news = state("busy", 5)
    await home._learn()
    assert home.states[PLACE]["state"] == "idle"
