"""Actions that give out what is known: nothing is asked of the PBX for them."""

from typing import Any, TypedDict

from homeassistant.core import ServiceCall, callback

from ..calls.attributes import call_attributes
from ..pbx.model.lines import Extension, Trunk
from ..pbx.model.tracked import TrackedCall
from ..runtime import PbxRuntime as PbxCoordinator
from ..services import entry_of
from .fields import ATTR_TRUNK, refused
from .targets import has_extension, targets_of


class ExtensionAnswer(TypedDict):
    """What is known of an extension; never its secrets, which are not even kept."""

    number: str
    name: str
    kind: str
    status: str | None
    registered: bool | None
    calls: list[dict[str, Any]]


class TrunkAnswer(TypedDict):
    """What is known of a trunk."""

    name: str
    kind: str
    status: str | None
    problem: bool | None
    calls: list[dict[str, Any]]


@callback
def get_calls(call: ServiceCall) -> dict[str, Any]:
    """Return the calls that are up, of some extensions or of the whole PBX, oldest first."""
    if has_extension(call):
        found = [
            (target.coordinator, known)
            for target in targets_of(call)
            for known in target.coordinator.calls.tracker.calls_of(target.extension)
        ]
    else:
        coordinator = entry_of(call).runtime_data
        found = [(coordinator, known) for known in coordinator.calls.tracker.active.values()]
    once = {known.call_id: (coordinator, known) for coordinator, known in found}
    ordered = sorted(once.values(), key=lambda item: item[1].started)
    return {"calls": [_said(coordinator, known) for coordinator, known in ordered]}


@callback
def get_extension(call: ServiceCall) -> dict[str, list[ExtensionAnswer]]:
    """Return what is known of extensions: those that are named, else all."""
    if has_extension(call):
        named = [(target.coordinator, target.extension) for target in targets_of(call)]
    else:
        coordinator = entry_of(call).runtime_data
        named = [(coordinator, number) for number in coordinator.data.extensions]
    return {
        "extensions": [_extension(each, each.data.extensions[number]) for each, number in named]
    }


@callback
def get_trunk(call: ServiceCall) -> dict[str, list[TrunkAnswer]]:
    """Return what is known of a trunk, or of all."""
    coordinator = entry_of(call).runtime_data
    wanted = call.data.get(ATTR_TRUNK)
    found = [
        trunk
        for key, trunk in coordinator.data.trunks.items()
        if wanted is None or wanted in (key, trunk.name)
    ]
    if wanted is not None and not found:
        raise refused("trunk_unknown")
    return {"trunks": [_trunk(coordinator, trunk) for trunk in found]}


def _extension(coordinator: PbxCoordinator, extension: Extension) -> ExtensionAnswer:
    status = coordinator.calls.status_of(extension)
    calls = coordinator.calls.tracker.calls_of(extension.number)
    return {
        "number": extension.number,
        "name": extension.name,
        "kind": extension.kind,
        "status": None if status is None else str(status),
        "registered": extension.registered,
        "calls": [_said(coordinator, known) for known in calls],
    }


def _trunk(coordinator: PbxCoordinator, trunk: Trunk) -> TrunkAnswer:
    calls = coordinator.calls.tracker.active.values()
    return {
        "name": trunk.name,
        "kind": trunk.kind,
        "status": None if trunk.status is None else str(trunk.status),
        "problem": trunk.problem,
        "calls": [_said(coordinator, known) for known in calls if known.trunk == trunk.name],
    }


def _said(coordinator: PbxCoordinator, call: TrackedCall) -> dict[str, Any]:
    """Return what is said of a call."""
    return {
        **call_attributes(call, coordinator.calls.names),
        "state": str(call.state),
        "answered": None if call.answered is None else call.answered.isoformat(),
        "extensions": list(dict.fromkeys(call.extensions)),
    }
