"""A phone with Home Assistant's app, as far as notifications go.

Home Assistant's own `mobile_app` needs packages that the test environments leave out; this
stand-in has its device action with the same fields, and records the notifications.
"""

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import config_validation as cv, device_registry as dr, template
from homeassistant.helpers.typing import ConfigType, TemplateVarsType
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    mock_integration,
    mock_platform,
)
import voluptuous as vol

DOMAIN = "mobile_app"


@dataclass
class MobileApp:
    """A phone that shows notifications.

    Attributes:
        shown: the notifications so far.
        delay: seconds until a notification is sent.
    """

    hass: HomeAssistant
    device_id: str
    shown: list[dict[str, Any]] = field(default_factory=list)
    delay: float = 0

    def press(self, button: int = 0, notification: int = -1) -> None:
        """Press a button of a notification that is shown."""
        actions = self.shown[notification]["data"]["actions"]
        self.hass.bus.async_fire(
            "mobile_app_notification_action", {"action": actions[button]["action"]}
        )


def add_mobile_app(hass: HomeAssistant) -> MobileApp:
    """Return a phone that is known to Home Assistant."""
    entry = MockConfigEntry(domain=DOMAIN)
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, "phone")}, name="Phone"
    )
    app = MobileApp(hass, device.id)

    async def call_action(
        hass: HomeAssistant,
        config: ConfigType,
        variables: TemplateVarsType,
        context: Context | None,
    ) -> None:
        await asyncio.sleep(app.delay)
        fields = {key: config[key] for key in ("title", "message", "data") if key in config}
        app.shown.append(
            {key: template.render_complex(value, variables) for key, value in fields.items()}
        )

    schema = cv.DEVICE_ACTION_BASE_SCHEMA.extend(
        {
            vol.Required("type"): "notify",
            vol.Required("message"): cv.template,
            vol.Optional("title"): cv.template,
            vol.Optional("data"): cv.template_complex,
        }
    )
    mock_integration(hass, MockModule(DOMAIN))
    platform: Any = SimpleNamespace(ACTION_SCHEMA=schema, async_call_action_from_config=call_action)
    mock_platform(hass, f"{DOMAIN}.device_action", platform)
    return app
