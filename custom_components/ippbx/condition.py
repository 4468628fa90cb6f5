"""Conditions for automations on what extensions, trunks and calls do now.

Thin, since Home Assistant's interface for conditions may change. What is unknown fulfils none: a
lost link, a status that the PBX has not said.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, Final, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import Condition, ConditionConfig
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .calls.listening.entries import CallSource
from .calls.listening.filters import DIRECTION, SCHEMAS, TEXTS, checked, is_with, some_of
from .calls.listening.scope import Scope
from .const import DOMAIN
from .numbers.phone_numbers import numbering_for
from .pbx.model.lines import ExtensionStatus, Trunk
from .pbx.model.tracked import CallState
from .state.store import Key, extension_key, settings_key, trunk_key

BEHAVIOR = "behavior"
ANY, ALL = "any", "all"
EXTENSION = "extension"
NUMBER = "number"
STATE = "state"

_OPTIONS = {
    BEHAVIOR: vol.In((ANY, ALL)),
    EXTENSION: TEXTS,
    NUMBER: TEXTS,
    DIRECTION: SCHEMAS[DIRECTION],
    STATE: some_of((CallState.RINGING, CallState.TALKING, CallState.ON_HOLD)),
}


class PbxCondition(Condition):
    """A condition on the PBXes that are loaded."""

    options: ClassVar[tuple[str, ...]] = ()

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Validate the options."""
        return checked(config, {name: _OPTIONS[name] for name in cls.options})

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Keep the options."""
        super().__init__(hass, config)
        self._filters: dict[str, Any] = config.options or {}
        self._scope = Scope(hass, config.target, self._filters.get(EXTENSION, ()))

    # Home Assistant has the one before 2026.5, the other since.
    async def async_get_checker(  # type: ignore[explicit-override, unused-ignore]
        self,
    ) -> Callable[..., bool]:
        """Return what checks the condition. A condition does so itself since 2026.5."""
        return self._async_check

    def _async_check(  # type: ignore[explicit-override, unused-ignore]
        self, **_: object
    ) -> bool:
        """Return whether the condition is fulfilled now."""
        entries = self._hass.config_entries.async_loaded_entries(DOMAIN)
        sources: Iterable[CallSource] = (entry.runtime_data.call_source for entry in entries)
        return self._check(sources)

    @abstractmethod
    def _check(self, sources: Iterable[CallSource]) -> bool:
        """Return whether the condition is fulfilled by these PBXes."""


class ItemCondition(PbxCondition):
    """A condition on extensions or trunks: one of those in scope, or all, if there are any."""

    options: ClassVar[tuple[str, ...]] = (BEHAVIOR,)

    @override
    def _check(self, sources: Iterable[CallSource]) -> bool:
        found = [fulfilled for source in sources for fulfilled in self._of_items(source)]
        if self._filters.get(BEHAVIOR) == ALL:
            return bool(found) and all(found)
        return any(found)

    @abstractmethod
    def _of_items(self, source: CallSource) -> Iterator[bool]:
        """Yield for each item in scope whether it fulfils the condition."""


def _extension(
    holds: Callable[[CallSource, str], bool], key: Callable[[str], Key] = extension_key
) -> type[ItemCondition]:
    """Return a condition on extensions.

    Args:
        holds: returns whether it holds for an extension of a PBX.
        key: returns the key of what it looks at, which must be current.
    """

    class ExtensionCondition(ItemCondition):
        options = (BEHAVIOR, EXTENSION)

        @override
        def _of_items(self, source: CallSource) -> Iterator[bool]:
            for number in self._scope.extensions(source):
                known = source.is_up() and source.store.is_current(key(number))
                yield known and holds(source, number)

    return ExtensionCondition


def _has_status(*statuses: ExtensionStatus) -> type[ItemCondition]:
    return _extension(
        lambda source, number: source.calls.status_of(source.store.extensions[number]) in statuses
    )


def _does_not_disturb(source: CallSource, number: str) -> bool:
    settings = source.store.settings.get(number)
    return settings is not None and bool(settings.do_not_disturb)


class TrunkHasProblem(ItemCondition):
    """A trunk cannot carry calls though it should."""

    @override
    def _of_items(self, source: CallSource) -> Iterator[bool]:
        for key in self._scope.trunks(source):
            trunk: Trunk = source.store.trunks[key]
            known = source.is_up() and source.store.is_current(trunk_key(key))
            yield known and bool(trunk.problem)


class CallIsUp(PbxCondition):
    """A call is up, with somebody."""

    options = (NUMBER, EXTENSION, DIRECTION, STATE)

    @override
    def _check(self, sources: Iterable[CallSource]) -> bool:
        numbering = numbering_for(self._hass.config.country)
        wanted = self._filters
        return any(
            self._scope.has_call(source, call)
            and call.direction in wanted.get(DIRECTION, (call.direction,))
            and call.state in wanted.get(STATE, (call.state,))
            and is_with(wanted.get(NUMBER, ()), call, source.calls.names, numbering)
            for source in sources
            if source.is_up()
            for call in source.calls.active.values()
        )


_S = ExtensionStatus
CONDITIONS: Final[dict[str, type[Condition]]] = {
    "extension_idle": _has_status(_S.IDLE),
    "extension_ringing": _has_status(_S.RINGING),
    "extension_in_call": _has_status(_S.BUSY, _S.ON_HOLD),
    "extension_on_hold": _has_status(_S.ON_HOLD),
    "extension_registered": _has_status(_S.IDLE, _S.RINGING, _S.BUSY, _S.ON_HOLD),
    "extension_does_not_disturb": _extension(_does_not_disturb, settings_key),
    "trunk_has_problem": TrunkHasProblem,
    "call_is_up": CallIsUp,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions by name."""
    return CONDITIONS
