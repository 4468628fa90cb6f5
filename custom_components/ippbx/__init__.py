"""IP PBX: extensions, trunks and calls of an OpenVox or Yeastar PBX in Home Assistant."""

from typing import cast

from homeassistant.const import (
    CONF_HOST,
    EVENT_CORE_CONFIG_UPDATE,
    EVENT_HOMEASSISTANT_STOP,
    Platform,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .actions.log_query import async_setup_call_log_service
from .actions.table import async_setup_call_services
from .const import DOMAIN
from .coordinator import PbxConfigEntry, PbxCoordinator
from .exceptions import translated
from .issues.registry import UNKNOWN_SOURCE, async_clear_issues, async_clear_issues_of_disabled
from .issues.rules import async_report_setup_failure
from .link.create import create_client
from .link.login_memory import async_get_login_guards
from .numbers.contacts import async_use_contacts
from .numbers.phone_numbers import numbering_for
from .pbx.errors import PbxAuthError, PbxError
from .pbx.trace.trace import Trace
from .pbx.uc.backend import UcBackend
from .services import async_setup_services
from .state.devices import async_sync_devices
from .storage import async_forget

PLATFORMS = [Platform.BINARY_SENSOR, Platform.BUTTON, Platform.EVENT, Platform.SENSOR]

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up what all entries share: the actions, and Repairs that forgets who is switched off."""
    async_clear_issues_of_disabled(hass)
    async_setup_services(hass)
    async_setup_call_services(hass)
    async_setup_call_log_service(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: PbxConfigEntry) -> bool:
    """Connect to a PBX, read it, and keep the link from then on."""
    guard = (await async_get_login_guards(hass)).async_get(entry.data[CONF_HOST])
    trace = Trace()
    client = cast("UcBackend", create_client(hass, entry.data, guard, trace.record, entry.options))
    coordinator = PbxCoordinator(hass, entry, client, trace)
    entry.async_on_unload(coordinator.async_close)
    entry.runtime_data = coordinator  # before it works: diagnostics tell why it does not
    async_use_contacts(hass, entry, coordinator.calls)
    await _async_connect(hass, entry, coordinator)
    async_clear_issues(hass, entry)
    async_sync_devices(hass, entry, coordinator.data)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    coordinator.async_start()
    _follow_home_assistant(hass, entry)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: PbxConfigEntry) -> bool:
    """Let go of a PBX."""
    async_clear_issues(hass, entry, UNKNOWN_SOURCE)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: PbxConfigEntry) -> None:
    """Forget what was kept of a PBX."""
    async_clear_issues(hass, entry)
    await async_forget(hass, entry.entry_id)
    host = entry.data[CONF_HOST]
    if all(other.data[CONF_HOST] != host for other in hass.config_entries.async_entries(DOMAIN)):
        (await async_get_login_guards(hass)).async_forget(host)


async def _async_connect(
    hass: HomeAssistant, entry: PbxConfigEntry, coordinator: PbxCoordinator
) -> None:
    """Connect, or say what Home Assistant is to do about it: ask the user, or try again."""
    try:
        await coordinator.async_connect()
        if coordinator.data.info.serial != entry.unique_id:
            raise ConfigEntryError(translation_domain=DOMAIN, translation_key="wrong_pbx")
        await coordinator.async_read()
    except PbxAuthError as error:
        raise translated(error, ConfigEntryAuthFailed) from error
    except PbxError as error:
        async_report_setup_failure(hass, entry, error)
        raise translated(error, ConfigEntryNotReady) from error


@callback
def _follow_home_assistant(hass: HomeAssistant, entry: PbxConfigEntry) -> None:
    """Tell the PBX at once when our address changes, and good-bye when Home Assistant stops."""
    coordinator = entry.runtime_data

    @callback
    def core_changed(_event: Event) -> None:
        coordinator.link.async_beat_soon()
        coordinator.policy.dial_as(numbering_for(hass.config.country))

    async def stopping(_event: Event) -> None:
        await coordinator.async_close()

    entry.async_on_unload(hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, core_changed))
    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stopping))
