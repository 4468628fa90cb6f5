"""Two calls beside each other: ids as OpenVox gives them, and how they stand."""

from custom_components.ippbx.pbx.model.lines import ExtensionStatus

from .call_stage import Stage, call_id

ONE, ITS_SECOND, ITS_LEG, ITS_NEXT_LEG = map(call_id, (40, 42, 44, 46))
OTHER, OTHER_SECOND, OTHER_LEG, OTHER_NEXT_LEG = map(call_id, (48, 50, 52, 54))
IDLE, BUSY, RINGING = ExtensionStatus.IDLE, ExtensionStatus.BUSY, ExtensionStatus.RINGING


def active(stage: Stage) -> dict[str, tuple[str, ...]]:
    """Return the calls that are up, and who takes part."""
    return {name: call.extensions for name, call in stage.tracker.active.items()}
