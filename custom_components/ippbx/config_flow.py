"""The config flow: set-up, new credentials, and another connection."""

from collections.abc import Mapping
from functools import partial
import secrets
from typing import Any, Self, override

from homeassistant.config_entries import (
    SOURCE_DHCP,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_MAC, CONF_PORT, CONF_WEBHOOK_ID
from homeassistant.core import callback
from homeassistant.helpers.device_registry import format_mac
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
import voluptuous as vol

from .const import (
    CONF_CHOSEN_EXTENSIONS,
    CONF_DIALECT,
    CONF_EXTENSIONS,
    CONF_FINGERPRINT,
    DOMAIN,
    EXTENSIONS_ALL,
    EXTENSIONS_CHOSEN,
    MAX_EXTENSIONS_BY_DEFAULT,
)
from .flows.check import CERTIFICATE_CHANGED, CheckedPbx, FlowError, async_find, async_log_in
from .flows.discovery import (
    async_follow,
    async_learn,
    async_probe,
    has_hardware_address,
    is_at,
    title_at,
)
from .flows.forms import (
    CONF_ACCEPT_CERTIFICATE,
    MAY_BE_DIALECT,
    SECTION_MORE,
    connection_settings,
    credentials,
    extensions_form,
    reauth_form,
    reconfigure_form,
    shown_again,
    user_form,
    with_stored_secrets,
    without_secrets,
)
from .flows.options import PbxLists, PbxOptionsFlow
from .pbx.backends import variant_of
from .runtime import PbxConfigEntry
from .state.devices import async_end_ignored, at_place


class PbxConfigFlow(ConfigFlow, domain=DOMAIN):
    """The flow that creates an entry after a successful login, and changes it later."""

    VERSION = 1
    MINOR_VERSION = 1

    host = ""  # where a PBX was discovered
    _found: dict[str, Any]
    _pbx: CheckedPbx

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: PbxConfigEntry) -> PbxOptionsFlow:
        """Return the options flow; a loaded entry offers what its PBX lists."""
        return PbxOptionsFlow(partial(_lists_of, config_entry))

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the address and credentials of a new PBX."""
        if user_input is None:
            return self._show("user", user_form())
        shown = user_input
        try:
            settings = connection_settings(user_input)
            shown = shown_again(user_input, settings)
            self._abort_if_known(settings)
            found = await async_find(self.hass, settings)
            await self._async_log_in(found, refine=CONF_DIALECT not in settings)
        except FlowError as error:
            form = user_form(collapsed=error.key not in MAY_BE_DIALECT)
            return self._show("user", form, shown, error)
        choice = user_input.get(SECTION_MORE, {}).get(CONF_EXTENSIONS, EXTENSIONS_ALL)
        return await self._async_add(choice)

    @override
    async def async_step_dhcp(self, discovery_info: DhcpServiceInfo) -> ConfigFlowResult:
        """Offer a new PBX, or follow a known one to its address; silent about anything else."""
        self.host = host = discovery_info.ip
        mac = format_mac(discovery_info.macaddress)
        await self.async_set_unique_id(mac)
        entries = self._async_current_entries(include_ignore=False)
        for entry in entries:
            if has_hardware_address(entry, mac):
                await async_end_ignored(self.hass, mac)
                await async_follow(self.hass, entry, host)
                return self.async_abort(reason="already_configured")
        for entry in entries:
            if is_at(entry, host):
                async_learn(self.hass, entry, mac)
                await async_end_ignored(self.hass, mac)
                return self.async_abort(reason="already_configured")
        self._abort_if_unique_id_configured()  # the user ignores it
        self._async_abort_entries_match({CONF_HOST: host})
        if self.hass.config_entries.flow.async_has_matching_flow(self):
            return self.async_abort(reason="already_in_progress")
        try:
            self._found = {**await async_probe(self.hass, host), CONF_MAC: mac}
        except FlowError:
            return self.async_abort(reason="not_a_pbx")
        maker = variant_of(self._found[CONF_DIALECT]).manufacturer
        self.context["title_placeholders"] = {"name": at_place(maker, host), "host": host}
        return await self.async_step_discovered()

    @override
    def is_matching(self, other_flow: Self) -> bool:
        """Return whether another flow offers what is at the same host."""
        return other_flow.host == self.host

    async def async_step_discovered(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the credentials of a discovered PBX."""
        form = reauth_form(self._found[CONF_DIALECT])
        if user_input is None:
            return self._show("discovered", form)
        try:
            await self._async_log_in({**self._found, **credentials(user_input)}, refine=True)
        except FlowError as error:
            return self._show("discovered", form, user_input, error)
        return await self._async_add(EXTENSIONS_ALL)

    async def _async_log_in(self, found: Mapping[str, Any], *, refine: bool) -> None:
        """Log in to a PBX that was found, unless it is known."""
        self._abort_if_known(found)
        self._pbx = await async_log_in(
            self.hass,
            {**found, CONF_WEBHOOK_ID: secrets.token_hex(16)},
            {},
            refine=refine,
            with_extensions=True,
        )

    async def _async_add(self, choice: str) -> ConfigFlowResult:
        """Create the entry of the PBX that was logged in to, once it is known which devices."""
        serial = self._pbx.info.serial
        await self.async_set_unique_id(serial, raise_on_progress=False)
        self._register_again(serial)
        if self.source == SOURCE_DHCP:
            await self._async_found_again(serial)
        self._abort_if_unique_id_configured()
        many = len(self._pbx.extensions) > MAX_EXTENSIONS_BY_DEFAULT
        if choice == EXTENSIONS_CHOSEN or (choice == EXTENSIONS_ALL and many):
            return await self.async_step_extensions()
        return self._create({CONF_EXTENSIONS: choice})

    async def async_step_extensions(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which of many extensions become devices."""
        errors: dict[str, str] = {}
        if user_input is not None:
            choice = user_input[CONF_EXTENSIONS]
            chosen = user_input.get(CONF_CHOSEN_EXTENSIONS, [])
            if choice != EXTENSIONS_CHOSEN:
                return self._create({CONF_EXTENSIONS: choice})
            if chosen:
                return self._create({CONF_EXTENSIONS: choice, CONF_CHOSEN_EXTENSIONS: chosen})
            errors = {CONF_CHOSEN_EXTENSIONS: "no_extension"}
        count = str(len(self._pbx.extensions))
        return self.async_show_form(
            step_id="extensions",
            data_schema=extensions_form(self._pbx.extensions),
            errors=errors,
            description_placeholders={"name": self._pbx.title, "count": count},
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Start to ask for new credentials, without a login."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the credentials that the PBX accepts now."""
        entry = self._get_reauth_entry()
        before, dialect = entry.data, entry.data[CONF_DIALECT]
        if user_input is None:
            shown = without_secrets(entry.data)
            return self._show("reauth_confirm", reauth_form(dialect), shown)
        try:
            settings = {**before, **credentials(user_input)}
            pbx = await async_log_in(self.hass, settings, entry.options)
        except FlowError as error:
            return self._show("reauth_confirm", reauth_form(dialect), user_input, error)
        return await self._async_update(entry, before, pbx)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the address of the PBX."""
        entry = self._get_reconfigure_entry()
        before = entry.data
        if user_input is None:
            shown = {
                **without_secrets(before),
                SECTION_MORE: {CONF_DIALECT: before[CONF_DIALECT]},
            }
            return self._show("reconfigure", reconfigure_form(), shown)
        shown = user_input
        try:
            settings = _reconfigured(before, user_input)
            shown = shown_again(user_input, settings)
            pbx = await async_log_in(
                self.hass,
                await async_find(self.hass, settings),
                entry.options,
                refine=CONF_DIALECT not in settings,
            )
        except FlowError as error:
            form = reconfigure_form(certificate_changed=error.key == CERTIFICATE_CHANGED)
            return self._show("reconfigure", form, shown, error)
        return await self._async_update(entry, before, pbx)

    async def _async_update(
        self, entry: ConfigEntry, before: Mapping[str, Any], pbx: CheckedPbx
    ) -> ConfigFlowResult:
        """Update an entry with what a form changed, if that leads to the same PBX.

        Args:
            before: the data of the entry when the form was submitted; what else has changed since,
                while the login took its time, stays.
        """
        await self.async_set_unique_id(pbx.info.serial, raise_on_progress=False)
        if pbx.info.serial != entry.unique_id:
            self._register_again(pbx.info.serial)
        self._abort_if_unique_id_mismatch()
        title = title_at(entry, pbx.data[CONF_HOST])
        changed = {k: value for k, value in pbx.data.items() if (k, value) not in before.items()}
        return self.async_update_reload_and_abort(entry, title=title, data_updates=changed)

    def _create(self, options: dict[str, Any]) -> ConfigFlowResult:
        pbx, title = self._pbx, self._pbx.title
        others = self._async_current_entries()
        if any(entry.title == title for entry in others):
            host = place = pbx.data[CONF_HOST]
            if any(entry.data.get(CONF_HOST) == host for entry in others):  # one router, many ports
                place = f"{host}:{pbx.data[CONF_PORT]}"
            title = at_place(title, place)
        self._abort_discovered(pbx.data[CONF_HOST])
        return self.async_create_entry(title=title, data=pbx.data, options=options)

    def _abort_discovered(self, host: str) -> None:
        """End the offer to add a PBX that a user adds by hand."""
        for flow in self._async_in_progress():
            if flow["context"].get("title_placeholders", {}).get("host") == host:
                self.hass.config_entries.flow.async_abort(flow["flow_id"])

    def _abort_if_known(self, settings: Mapping[str, Any]) -> None:
        """Abort for a PBX that has an entry: a login would divert its reports from that entry."""
        if CONF_PORT in settings:
            self._async_abort_entries_match({key: settings[key] for key in (CONF_HOST, CONF_PORT)})

    async def _async_found_again(self, serial: str) -> None:
        """Follow a PBX whose hardware address was not known, if it has an entry."""
        for entry in self._async_current_entries(include_ignore=False):
            if entry.unique_id == serial:
                async_learn(self.hass, entry, self._pbx.data[CONF_MAC])
                await async_follow(self.hass, entry, self._pbx.data[CONF_HOST])

    @callback
    def _register_again(self, serial: str) -> None:
        """Register the report address of a PBX's entry again, after our login replaced it."""
        for entry in self._async_current_entries(include_ignore=False):
            if entry.unique_id == serial and entry.state is ConfigEntryState.LOADED:
                entry.runtime_data.link.async_heartbeat_soon()

    def _show(
        self,
        step_id: str,
        form: vol.Schema,
        shown: Mapping[str, Any] | None = None,
        error: FlowError | None = None,
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(form, shown),
            errors={error.field: error.key} if error else None,
            description_placeholders={
                **self.context.get("title_placeholders", {}),
                **(error.placeholders if error else {}),
            },
        )


def _reconfigured(data: Mapping[str, Any], user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of an entry with the fields of a form.

    While the host is the same, a password that is left empty stays; while the port is, too, a
    certificate stays pinned.
    """
    settings = {
        **{key: value for key, value in data.items() if key not in (CONF_PORT, CONF_DIALECT)},
        **with_stored_secrets(connection_settings(user_input), data),
    }
    moved = any(settings.get(key, data[key]) != data[key] for key in (CONF_HOST, CONF_PORT))
    if moved or user_input.get(CONF_ACCEPT_CERTIFICATE):
        settings[CONF_FINGERPRINT] = None
    return settings


def _lists_of(entry: PbxConfigEntry) -> PbxLists:
    """Return what the PBX of an entry lists; an entry that is not loaded has no PBX to ask."""
    if entry.state is not ConfigEntryState.LOADED:
        return PbxLists()
    backend = entry.runtime_data.backend
    return PbxLists(
        extensions=entry.runtime_data.store.extensions,
        read_company=backend.company_contacts if backend.capabilities.lists_contacts else None,
        read_groups=backend.control.paging_groups,
    )
