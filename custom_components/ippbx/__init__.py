"""IP PBX: extensions, trunks and calls of an OpenVox or Yeastar PBX in Home Assistant."""

from functools import partial

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import CONF_WEBHOOK_ID, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.importlib import async_import_module
from homeassistant.helpers.typing import ConfigType

from .const import CONF_CONTROLS, CONF_VOICE, DOMAIN, MAX_EXTENSIONS_BY_DEFAULT
from .contacts.shared import async_get_contacts
from .dashboard.register import async_add_cards, async_register_commands, async_remove_cards
from .exceptions import translated
from .issues.registry import (
    KINDS,
    UNKNOWN_SOURCE,
    async_clear_issues,
    async_open_setup_issues,
    async_withdraw_issues,
)
from .issues.rules import setup_problems
from .link.create import async_create_session, async_get_guard, create_backend
from .link.login_memory import async_get_login_guards
from .pbx.errors import PbxAuthError, PbxError
from .pbx.model.actions import Action
from .pbx.trace.trace import Trace
from .reports.channels.webhook import async_receive, async_unregister
from .runtime import PbxConfigEntry, PbxRuntime
from .services import async_setup_services
from .state.devices import (
    CONTROLS,
    async_end_ignored,
    async_forget_device,
    async_forget_states,
    async_remove_entities,
    shown_extensions,
)
from .storage import async_forget
from .translation import async_follow_language

PLATFORMS = (Platform.BINARY_SENSOR, Platform.BUTTON, Platform.EVENT, Platform.SENSOR)
"""Those that every PBX has; `_platforms` returns the others."""

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the webhooks, before anything takes time, the actions and the commands."""
    for entry in hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    ):
        if CONF_WEBHOOK_ID in entry.data:  # a spoilt entry must not cost the others
            async_receive(hass, entry, None)
    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, partial(_async_entry_changed, hass))
    async_follow_language(hass)
    async_setup_services(hass)
    async_register_commands(hass)
    return True


@callback
def _async_entry_changed(
    hass: HomeAssistant, _change: ConfigEntryChange, entry: PbxConfigEntry
) -> None:
    """Leave nothing of a disabled entry.

    One that waits for set-up is disabled without a call to its integration.
    """
    off = entry.disabled_by is not None and entry.state is ConfigEntryState.NOT_LOADED
    if entry.domain == DOMAIN and off:
        async_clear_issues(hass, entry)
        async_unregister(hass, entry)


async def async_setup_entry(hass: HomeAssistant, entry: PbxConfigEntry) -> bool:
    """Connect to a PBX, read it, and keep the link. A PBX that is known may be away."""
    async_receive(hass, entry, None)
    contacts = await async_get_contacts(hass)
    await contacts.async_adopt(entry)
    guard = await async_get_guard(hass, entry.data)
    trace = Trace()
    session = async_create_session(hass)
    backend = create_backend(
        session, entry.data, guard, trace.record, entry.options, serial=entry.unique_id
    )
    runtime = PbxRuntime(hass, entry, session, backend, trace)
    entry.async_on_unload(runtime.async_close)
    entry.runtime_data = runtime  # before the connection, so that diagnostics show its failure
    runtime.async_use_contacts(contacts)
    error = await _async_connect(hass, entry, runtime)
    async_withdraw_issues(hass, entry, *KINDS)
    runtime.async_sync_devices()
    _choose_controls(hass, entry)
    runtime.platforms = _platforms(runtime)
    await hass.config_entries.async_forward_entry_setups(entry, runtime.platforms)
    runtime.async_start(error)
    if entry.options.get(CONF_VOICE, False):
        voice = await async_import_module(hass, f"{__package__}.voice.assist")
        assist = voice.async_get_assist(hass)
        entry.async_on_unload(assist.async_add(runtime.action_context, contacts))
    await async_add_cards(hass)
    if runtime.mac:
        await async_end_ignored(hass, runtime.mac)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: PbxConfigEntry) -> bool:
    """Unload the platforms of a PBX; `async_on_unload` closes its parts."""
    runtime = entry.runtime_data
    if not await hass.config_entries.async_unload_platforms(entry, runtime.platforms):
        return False
    if runtime.link.up:
        (await async_get_guard(hass, entry.data)).lasted()  # what follows is no failure's login
    async_withdraw_issues(hass, entry, UNKNOWN_SOURCE)
    if len(hass.config_entries.async_loaded_entries(DOMAIN)) == 0:
        await async_remove_cards(hass)
    return True


@callback
def _choose_controls(hass: HomeAssistant, entry: PbxConfigEntry) -> None:
    """Choose for a new entry whether its extensions have controls; remove those not wanted.

    Each costs time and memory at set-up. The choice is kept, so that another extension does not
    take the controls of all away.
    """
    if CONF_CONTROLS not in entry.options:
        few = len(shown_extensions(entry, entry.runtime_data.store)) <= MAX_EXTENSIONS_BY_DEFAULT
        hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_CONTROLS: few})
    if not entry.options[CONF_CONTROLS]:
        async_remove_entities(hass, entry, *CONTROLS)


def _platforms(runtime: PbxRuntime) -> list[Platform]:
    """Return the platforms that have entities of this PBX; no other one is loaded."""
    offers, controls = runtime.backend.control.offers, runtime.entry.options[CONF_CONTROLS]
    others = {
        Platform.NOTIFY: offers(Action.SEND_MESSAGE)
        or offers(Action.PLAY_PROMPT_TO_GROUP)
        or (controls and offers(Action.PLAY_PROMPT)),
        Platform.SWITCH: controls and offers(Action.SET_DO_NOT_DISTURB),
        Platform.TEXT: controls and offers(Action.FORWARD_TO_EXTENSION),
    }
    return [*PLATFORMS, *(platform for platform, wanted in others.items() if wanted)]


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: PbxConfigEntry, device: DeviceEntry
) -> bool:
    """Return whether a user may remove a device: that of something which the PBX lacks."""
    loaded = entry.state is ConfigEntryState.LOADED
    return loaded and async_forget_device(entry.runtime_data.store, device)


async def async_remove_entry(hass: HomeAssistant, entry: PbxConfigEntry) -> None:
    """Remove all stored data of a PBX."""
    async_clear_issues(hass, entry)
    async_unregister(hass, entry)
    async_forget_states(hass, entry)
    await async_forget(hass, entry.entry_id)
    await (await async_get_contacts(hass)).async_forget(entry.entry_id)
    await (await async_get_login_guards(hass)).async_forget(entry.data)


async def _async_connect(
    hass: HomeAssistant, entry: PbxConfigEntry, runtime: PbxRuntime
) -> PbxError | None:
    """Connect and read; return the failure that a known PBX is set up with.

    Raises:
        ConfigEntryAuthFailed: the credentials are refused.
        ConfigEntryNotReady: a PBX that was never set up is to be tried again.
    """
    try:
        await runtime.async_connect()
        await runtime.coordinator.async_read()
    except PbxAuthError as error:
        async_open_setup_issues(hass, entry, {})
        raise translated(error, ConfigEntryAuthFailed) from error
    except PbxError as error:
        if await runtime.async_resume():
            return error
        async_open_setup_issues(hass, entry, setup_problems(error))
        raise translated(error, ConfigEntryNotReady) from error
    return None
