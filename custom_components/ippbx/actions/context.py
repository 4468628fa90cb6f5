"""The input of an action: the parts of a PBX that it may use, and the user's request."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from ..calls.history.log import CallLog
from ..calls.monitor import CallMonitor
from ..const import DOMAIN
from ..numbers.dial_policy import DialPolicy
from ..pbx.backend import CallControl
from ..pbx.model.values import bundle
from ..state.store import StateStore

ATTR_CONFIG_ENTRY_ID: Final = "config_entry_id"


@bundle
class ActionContext:
    """The parts of one PBX that actions use.

    Attributes:
        calls: calls that are active, or ended recently.
        log: calls that are over.
        policy: the allowed numbers.
    """

    entry_id: str
    control: CallControl
    calls: CallMonitor
    log: CallLog
    store: StateStore
    policy: DialPolicy


@bundle
class ActionRequest:
    """An action that a user has called.

    Attributes:
        contexts: the loaded PBXes by config entry.
    """

    hass: HomeAssistant
    data: Mapping[str, Any]
    contexts: Mapping[str, ActionContext]

    @property
    def context(self) -> ActionContext:
        """Return the PBX that the action names, or the only one.

        Raises:
            ServiceValidationError: there is none, or there are several and none is named.
        """
        return select_entry(self.contexts, self.data.get(ATTR_CONFIG_ENTRY_ID))


def select_entry[T](loaded: Mapping[str, T], wanted: str | None) -> T:
    """Return the value of a config entry, or the only value if `wanted` is None.

    Raises:
        ServiceValidationError: there is none, or there are several and none is named.
    """
    found = [value for entry_id, value in loaded.items() if wanted in (None, entry_id)]
    if len(found) != 1:
        key = "several_entries" if found else "entry_not_loaded"
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key=key)
    return found[0]
