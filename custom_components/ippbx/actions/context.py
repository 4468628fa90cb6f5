"""What an action may touch: the parts of one PBX, and the request of a user."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from ..calls.history.log import CallLog
from ..calls.monitor import CallMonitor
from ..const import DOMAIN
from ..numbers.dial_policy import DialPolicy
from ..pbx.backend import CallControl
from ..state.store import StateStore

ATTR_CONFIG_ENTRY_ID: Final = "config_entry_id"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ActionContext:
    """One PBX, as far as actions need it.

    Attributes:
        entry_id: its config entry.
        control: what can be done to calls.
        calls: the calls that are up, or ended lately.
        log: the calls that are over.
        store: what is known of the PBX.
        policy: which numbers may be dialled.
    """

    entry_id: str
    control: CallControl
    calls: CallMonitor
    log: CallLog
    store: StateStore
    policy: DialPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRequest:
    """What a user asks for.

    Attributes:
        hass: for its registries.
        data: the fields of the action.
        contexts: the PBXes that are loaded, by their config entry.
    """

    hass: HomeAssistant
    data: Mapping[str, Any]
    contexts: Mapping[str, ActionContext]

    @property
    def context(self) -> ActionContext:
        """Return the PBX that the action names, or the only one.

        Raises:
            ServiceValidationError: there is none, or more than one and none is named.
        """
        return the_one(self.contexts, self.data.get(ATTR_CONFIG_ENTRY_ID))


def the_one[T](loaded: Mapping[str, T], wanted: str | None) -> T:
    """Return the value of the config entry that is wanted, or the only one.

    Raises:
        ServiceValidationError: there is none, or more than one and none is named.
    """
    found = [value for entry_id, value in loaded.items() if wanted in (None, entry_id)]
    if len(found) != 1:
        key = "several_entries" if found else "entry_not_loaded"
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key=key)
    return found[0]
