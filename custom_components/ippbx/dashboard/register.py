"""Registers the websocket commands and the cards; what they need is loaded when they are used."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from homeassistant.components import websocket_api
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.importlib import async_import_module
import voluptuous as vol

from ..const import DOMAIN

COMMANDS: Final = {"subscribe": f"{DOMAIN}/calls/subscribe", "log": f"{DOMAIN}/calls/log"}
"""The types of messages, by the function in `commands` that answers them."""

type Handler = Callable[
    [HomeAssistant, websocket_api.ActiveConnection, dict[str, Any]], Awaitable[None]
]


@callback
def async_register_commands(hass: HomeAssistant) -> None:
    """Register the websocket commands."""
    for name, command in COMMANDS.items():
        # The command itself checks what else a message has, as a refusal is none of the log's.
        schema = {vol.Required("type"): command, vol.Extra: object}
        decorated = websocket_api.async_response(_handler(name))
        websocket_api.async_register_command(
            hass,
            command,
            decorated,
            websocket_api.BASE_COMMAND_MESSAGE_SCHEMA.extend(schema),
        )


def _handler(name: str) -> Handler:
    async def answer(
        hass: HomeAssistant, connection: websocket_api.ActiveConnection, message: dict[str, Any]
    ) -> None:
        commands = await async_import_module(hass, f"{__package__}.commands")
        getattr(commands, name)(hass, connection, message)

    return answer


async def async_add_cards(hass: HomeAssistant) -> None:
    """Let browsers load the cards, if there is a frontend."""
    if "frontend" in hass.config.components:
        bundle = await async_import_module(hass, f"{__package__}.bundle")
        await bundle.async_add(hass)


async def async_remove_cards(hass: HomeAssistant) -> None:
    """Let browsers load the cards no more."""
    if "frontend" in hass.config.components:
        bundle = await async_import_module(hass, f"{__package__}.bundle")
        bundle.async_remove(hass)
