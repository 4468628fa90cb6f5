"""The bare integration is set up from a file alone; Home Assistant wants a flow to exist."""

from homeassistant.config_entries import ConfigFlow

from .const import DOMAIN


class BareFlow(ConfigFlow, domain=DOMAIN):
    """A flow without steps."""
