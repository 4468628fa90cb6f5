"""Triggers for automations on changes of calls.

Thin, since Home Assistant's interface for triggers may change. The event entities show the same.
"""

from datetime import timedelta
from typing import Any, ClassVar, override

from homeassistant.const import CONF_OPTIONS
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.trigger import Trigger, TriggerActionRunner, TriggerConfig
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .calls.listening.entries import CallSource, EntryListener
from .calls.listening.filters import (
    CALLER,
    CALLER_IS,
    DID,
    DIRECTION,
    KEYS,
    OUTCOME,
    SCHEMAS,
    TEXTS,
    TRUNK,
    Known,
    checked,
    passes,
)
from .calls.listening.ringing import RingingCalls
from .calls.listening.scope import Scope, device_id_of, trunks_of
from .numbers.phone_numbers import numbering_for
from .pbx.model.tracked import CallChange, CallDirection, CallEventType
from .translation import translation

EXTENSION = "extension"
RINGING_FOR = "ringing_for"
RETROACTIVE = "late"

_OPTIONS = {
    **SCHEMAS,
    EXTENSION: TEXTS,
    RINGING_FOR: cv.positive_time_period,
    RETROACTIVE: cv.boolean,
}
_OF_ALL = (EXTENSION, CALLER, CALLER_IS, TRUNK)
_OF_ENDED = (*_OF_ALL, DID)  # that number is in records alone

# What every trigger passes to templates; a missing name would be a warning in the log.
_TEXTS = (
    "call_id", "direction", "caller", "caller_name", "caller_uri", "callee", "extension", "trunk",
    "did", "path", "answered_by", "outcome", "key", "all_keys", "started",
)  # fmt: skip
EMPTY: dict[str, Any] = {
    **dict.fromkeys(_TEXTS, ""),
    **dict.fromkeys(("ring_seconds", "talk_seconds", "until", "seconds_left")),
    **dict.fromkeys(("vip", "late", "masked"), False),
}


class CallTrigger(Trigger):
    """A trigger on one type of change, for the calls that pass its filters.

    Only live changes fire it: no start of Home Assistant or the PBX, no loss or return of the link,
    and no retroactive change unless the option asks for these.
    """

    event_type: ClassVar[CallEventType]
    options: ClassVar[tuple[str, ...]] = (*_OF_ALL, DIRECTION)
    key: ClassVar[str]  # its name in the translations ends the line in the logbook

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Validate the options."""
        return checked(config, {name: _OPTIONS[name] for name in cls.options})

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Keep the options."""
        super().__init__(hass, config)
        self._filters: dict[str, Any] = config.options or {}
        self._scope = Scope(hass, config.target, self._filters.get(EXTENSION, ()))
        self._run: TriggerActionRunner

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: object = None
    ) -> CALLBACK_TYPE:
        """Start to listen; `did_not_trigger` exists since Home Assistant 2026.7."""
        self._run = run_action
        return EntryListener(self._hass, self._changed, self._unloaded).async_stop

    @callback
    def _changed(self, source: CallSource, change: CallChange) -> None:
        if (extension := self._extension_in(source, change)) is not None:
            self._fire(source, change, extension)

    @callback
    def _unloaded(self, source: CallSource) -> None:
        """Forget the calls of a PBX whose entry is no longer loaded."""

    def _extension_in(self, source: CallSource, change: CallChange) -> str | None:
        """Return the extension in scope as `Scope.extension_in` does; None if filters reject it."""
        if change.type is not self.event_type or (
            change.late and not self._filters.get(RETROACTIVE)
        ):
            return None
        known = Known(
            names=source.calls.names,
            numbering=numbering_for(self._hass.config.country),
            trunks=trunks_of(self._hass, source, change.call) if TRUNK in self._filters else (),
        )
        if not passes(self._filters, change, known):
            return None
        return self._scope.extension_in(source, change)

    @callback
    def _fire(self, source: CallSource, change: CallChange, extension: str) -> None:
        attributes = source.calls.attributes_of_change(change, extension)
        left = _seconds_left(source, change)
        if left is not None and left <= 0:
            return  # too late to decide
        attributes |= {
            "seconds_left": left,
            "masked": bool(source.texts.masked_in(change.call)),
            "config_entry_id": source.entry_id,
            "device_id": device_id_of(self._hass, source, extension),
        }
        name = translation(self._hass, f"triggers.{self.key}.name", self.key)
        self._run({**EMPTY, **attributes}, f"{name} ({source.title()})")


def _seconds_left(source: CallSource, change: CallChange) -> float | None:
    """Return the seconds for which the PBX still waits for a decision; None if it does not."""
    if change.until is None:
        return None
    return round((change.until - source.calls.now()).total_seconds(), 1)


class IncomingCall(CallTrigger):
    """A call rings."""

    event_type = CallEventType.RINGING
    options = (*_OF_ALL, DIRECTION, RINGING_FOR)
    key = "incoming_call"

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Validate the options: with outbound calls alone it would never fire."""
        found = await super().async_validate_config(hass, config)
        if found[CONF_OPTIONS].get(DIRECTION) == [CallDirection.OUTBOUND]:
            raise vol.Invalid("an incoming call is inbound or internal", [CONF_OPTIONS, DIRECTION])
        return found

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: object = None
    ) -> CALLBACK_TYPE:
        """Start to listen."""
        least: timedelta = self._filters.get(RINGING_FOR, timedelta())
        self._ringing = RingingCalls(self._hass, least, self._fire)
        stop = await super().async_attach_runner(run_action)

        @callback
        def detach() -> None:
            stop()
            self._ringing.clear()

        return detach

    @override
    @callback
    def _changed(self, source: CallSource, change: CallChange) -> None:
        extension = self._extension_in(source, change)
        if extension is not None and change.call.direction is not CallDirection.OUTBOUND:
            self._ringing.began(source, change, extension)
        else:
            self._ringing.changed(source, change)

    @override
    @callback
    def _unloaded(self, source: CallSource) -> None:
        self._ringing.clear(source)


class CallAnswered(CallTrigger):
    """A call is answered."""

    event_type = CallEventType.ANSWERED
    key = "call_answered"


class CallEnded(CallTrigger):
    """A call ends."""

    event_type = CallEventType.ENDED
    options = (*_OF_ENDED, DIRECTION, OUTCOME, RETROACTIVE)
    key = "call_ended"


class CallMissed(CallTrigger):
    """A call was missed."""

    event_type = CallEventType.MISSED
    options = (*_OF_ENDED, DIRECTION, RETROACTIVE)
    key = "call_missed"


class KeyPressed(CallTrigger):
    """A key is pressed during a call."""

    event_type = CallEventType.DTMF
    options = (*_OF_ALL, DIRECTION, KEYS)
    key = "key_pressed"


class DecisionNeeded(CallTrigger):
    """The PBX waits for a call to be accepted or refused."""

    event_type = CallEventType.INVITED
    options = (CALLER, CALLER_IS, TRUNK)
    key = "decision_needed"


TRIGGERS: dict[str, type[Trigger]] = {
    each.key: each
    for each in (IncomingCall, CallAnswered, CallEnded, CallMissed, KeyPressed, DecisionNeeded)
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers by name."""
    return TRIGGERS
