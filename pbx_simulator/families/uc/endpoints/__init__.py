"""The API's endpoints: one table, filled from one module for each subject."""

from __future__ import annotations

from collections.abc import Mapping

from . import (
    control_v1,
    control_v2,
    device,
    dialing_v1,
    dialing_v2,
    invitations,
    lists,
    messages,
    monitors,
    prompts,
    records,
    services,
    session,
    transfers_v1,
    transfers_v2,
)
from .endpoint import Endpoint

_MODULES = (
    session,
    device,
    lists,
    services,
    dialing_v1,
    dialing_v2,
    control_v1,
    control_v2,
    transfers_v1,
    transfers_v2,
    invitations,
    monitors,
    prompts,
    messages,
    records,
)

ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    (family, endpoint.name): endpoint
    for module in _MODULES
    for endpoint in module.ENDPOINTS
    for family in endpoint.families
}
"""(family, name) -> endpoint, where the family is "openvox", "v1" or "v2"."""
