"""IP PBX: extensions, trunks and calls of an OpenVox or Yeastar PBX in Home Assistant."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN
from .exceptions import translated
from .issues.registry import (
    UNKNOWN_SOURCE,
    async_clear_issues,
    async_clear_issues_of_disabled,
    async_open_setup_issues,
)
from .issues.rules import setup_problems
from .link.create import async_create_session, create_backend
from .link.login_memory import async_get_login_guards
from .pbx.errors import PbxAuthError, PbxError
from .pbx.trace.trace import Trace
from .runtime import PbxConfigEntry, PbxRuntime
from .services import async_setup_services
from .state.devices import async_forget_device
from .storage import async_forget

PLATFORMS = [Platform.BINARY_SENSOR, Platform.BUTTON, Platform.EVENT, Platform.SENSOR]

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the actions and the clean-up of issues, which all entries share."""
    async_clear_issues_of_disabled(hass)
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: PbxConfigEntry) -> bool:
    """Connect to a PBX, read it, and keep the link."""
    guard = (await async_get_login_guards(hass)).async_get(entry.data[CONF_HOST])
    trace = Trace()
    session = async_create_session(hass)
    backend = create_backend(session, entry.data, guard, trace.record, entry.options)
    runtime = PbxRuntime(hass, entry, session, backend, trace)
    entry.async_on_unload(runtime.async_close)
    entry.runtime_data = runtime  # before the connection, so that diagnostics show its failure
    runtime.async_use_contacts()
    await _async_connect(hass, entry, runtime)
    async_clear_issues(hass, entry)
    runtime.async_sync_devices()
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    runtime.async_start()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: PbxConfigEntry) -> bool:
    """Unload the platforms of a PBX; `async_on_unload` closes its parts."""
    async_clear_issues(hass, entry, UNKNOWN_SOURCE)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: PbxConfigEntry, device: DeviceEntry
) -> bool:
    """Return whether a user may remove a device: that of something which the PBX lacks."""
    loaded = entry.state is ConfigEntryState.LOADED
    return loaded and async_forget_device(entry.runtime_data.store, device)


async def async_remove_entry(hass: HomeAssistant, entry: PbxConfigEntry) -> None:
    """Remove all stored data of a PBX."""
    async_clear_issues(hass, entry)
    await async_forget(hass, entry.entry_id)
    host = entry.data[CONF_HOST]
    if all(other.data[CONF_HOST] != host for other in hass.config_entries.async_entries(DOMAIN)):
        (await async_get_login_guards(hass)).async_forget(host)


async def _async_connect(hass: HomeAssistant, entry: PbxConfigEntry, runtime: PbxRuntime) -> None:
    """Connect and read.

    Raises:
        ConfigEntryAuthFailed: the credentials are refused.
        ConfigEntryError: another PBX answers.
        ConfigEntryNotReady: to be tried again.
    """
    try:
        await runtime.async_connect()
        if runtime.store.serial != entry.unique_id:
            raise ConfigEntryError(translation_domain=DOMAIN, translation_key="wrong_pbx")
        await runtime.coordinator.async_read()
    except PbxAuthError as error:
        raise translated(error, ConfigEntryAuthFailed) from error
    except PbxError as error:
        async_open_setup_issues(hass, entry, setup_problems(error))
        raise translated(error, ConfigEntryNotReady) from error
