"""The API's endpoints: one table, filled from one module for each subject."""

from __future__ import annotations

from collections.abc import Mapping

from . import (
    control,
    dialing,
    invitations,
    login,
    monitors,
    prompts,
    queries,
    recordings,
    records,
    services,
    settings,
    text_messages,
    transfers,
)
from .endpoint import Endpoint

_MODULES = (
    login,
    queries,
    services,
    settings,
    dialing,
    control,
    transfers,
    invitations,
    monitors,
    prompts,
    text_messages,
    records,
    recordings,
)

ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    (endpoint_set, endpoint.name): endpoint
    for module in _MODULES
    for endpoint in module.ENDPOINTS
    for endpoint_set in endpoint.sets
}
"""(endpoint set, name) -> endpoint, where the set is "openvox", "v1" or "v2"."""
