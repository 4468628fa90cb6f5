"""A loaded entry with calls, and actions on them as the user and the PBX see them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from custom_components.ippbx.const import CONF_ALLOW_LISTENING, CONF_ALLOWED_NUMBERS, DOMAIN
from custom_components.ippbx.pbx.model.lines import LegKind
from custom_components.ippbx.pbx.model.tracked import CallDirection, CallState, TrackedCall
from custom_components.ippbx.pbx.uc.dialects import DIALECTS
from custom_components.ippbx.runtime import PbxRuntime
from tests.conftest import SERIAL, StartSimulator, add_entry
from tests.live import load
from tests.pbx.uc.control.stage import Stage

# Everything that the tests ring: what is refused is tested apart.
OPEN = {
    CONF_ALLOWED_NUMBERS: ["*", "+*", "007", "030111", "030222", "0171555", "6200", "6500", "6700"],
    CONF_ALLOW_LISTENING: True,
}


class KnownCalls:
    """A call engine with fixed calls and no changes."""

    def __init__(self, *calls: TrackedCall) -> None:
        self.active = {call.call_id: call for call in calls}
        self.index = SimpleNamespace(
            active=self.active,
            live={},
            commanded={},
            by_id=self.active,
            branches=False,
        )
        self.termination = SimpleNamespace(due=None, wants_records=None, wants_snapshot=False)
        self.unsure_extensions = frozenset[str]()

    def calls_of(self, extension: str) -> tuple[TrackedCall, ...]:
        return tuple(call for call in self.active.values() if extension in call.extensions)

    def find(self, any_id: str) -> TrackedCall | None:
        return self.active.get(any_id)

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: ()  # accepts everything and returns no change


async def move_in(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    dialect: str,
    options: Mapping[str, Any] | None = None,
) -> Stage:
    """Return a PBX with a loaded entry: extensions 2001 to 2005, two SIP trunks and a GSM trunk."""
    simulator = await start_simulator(dialect=dialect, first_extension=2001, trunks=0)
    for name in ("sip-1", "sip-2", "gsm-1"):
        simulator.directory.add_trunk(name)
    gsm = simulator.directory.trunks["gsm-1"]
    gsm.type, gsm.status = "GSM", "idle"
    simulator.knobs.lose_reports = 1
    simulator.knobs.prompt_seconds = simulator.knobs.message_seconds = 0
    entry = add_entry(hass, simulator, options=dict(OPEN if options is None else options))
    runtime = await load(hass, entry)
    return Stage(sim=simulator, client=runtime.backend, dialect=DIALECTS[dialect])


def runtime_of(hass: HomeAssistant) -> PbxRuntime:
    """Return the runtime of the only entry."""
    (entry,) = hass.config_entries.async_loaded_entries(DOMAIN)
    runtime: PbxRuntime = entry.runtime_data
    return runtime


def know(hass: HomeAssistant, *calls: TrackedCall) -> None:
    """Set the calls of the only entry."""
    runtime_of(hass).calls.tracker = KnownCalls(*calls)  # type: ignore[assignment]


def tracked(stage: Stage, **changes: Any) -> TrackedCall:
    """Return the call of a stage as the engine knows it, from the data of the dialect."""
    legs = (stage.caller, stage.callee)
    outside = next((leg for leg in legs if leg.kind is not LegKind.EXTENSION), None)
    direction = CallDirection(outside.kind) if outside else CallDirection.INTERNAL
    known: dict[str, Any] = {
        "call_id": stage.live.call_id,
        "state": CallState.TALKING,
        "direction": direction,
        "caller": stage.live.caller.number,
        "callee": stage.live.callee.number,
        "legs": legs,
        "started": datetime(2026, 11, 25, 9, 30, tzinfo=UTC),
    }
    return TrackedCall(**known | changes)


def device_of(hass: HomeAssistant, number: str, serial: str = SERIAL) -> str:
    """Return the device of an extension."""
    return device_named(hass, f"{serial}_ext_{number}")


def device_named(hass: HomeAssistant, identifier: str) -> str:
    """Return the device of an identifier."""
    (device_id,) = (
        device.id
        for entry in hass.config_entries.async_entries(DOMAIN)
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        if (DOMAIN, identifier) in device.identifiers
    )
    return device_id


def trunk_of(hass: HomeAssistant, name: str) -> str:
    """Return the device of a trunk."""
    (key,) = (key for key, trunk in runtime_of(hass).store.trunks.items() if trunk.name == name)
    return device_named(hass, f"{SERIAL}_trunk_{key}")
