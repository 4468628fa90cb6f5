"""Triggers as automations attach them, and the variables of their runs."""

from collections.abc import Callable
from dataclasses import dataclass, field
import logging
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.trigger import async_initialize_triggers, async_validate_trigger_config


@dataclass
class Attached:
    """A trigger that is attached.

    Attributes:
        runs: the variables of each run so far.
        detach: detaches it.
    """

    runs: list[dict[str, Any]] = field(default_factory=list)
    detach: Callable[[], None] = lambda: None

    def values(self, name: str) -> list[Any]:
        """Return one of the values that each run got."""
        return [run[name] for run in self.runs]


async def attach(
    hass: HomeAssistant, name: str, target: dict[str, Any] | None = None, **options: Any
) -> Attached:
    """Attach a trigger of the integration.

    Args:
        options: its fields.
    """
    config = {"trigger": f"ippbx.{name}", "options": options}
    if target is not None:
        config["target"] = target
    attached = Attached()

    async def run(variables: dict[str, Any], context: Context | None = None) -> None:
        attached.runs.append(variables["trigger"])

    def log(level: int, message: str, **_: Any) -> None:
        assert level < logging.WARNING, message

    checked = await async_validate_trigger_config(hass, cv.TRIGGER_SCHEMA(config))
    detach = await async_initialize_triggers(hass, checked, run, "test", name, log)
    assert detach is not None
    attached.detach = detach
    return attached
