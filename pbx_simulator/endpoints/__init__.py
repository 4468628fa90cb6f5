"""The API's endpoints: one table, filled from one module for each subject."""

from __future__ import annotations

from collections.abc import Mapping

from . import calls, device, lists, records, session
from .endpoint import Endpoint

ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    (family, endpoint.name): endpoint
    for module in (session, device, lists, calls, records)
    for endpoint in module.ENDPOINTS
    for family in endpoint.families
}
"""(family, name) -> endpoint, where the family is "openvox", "v1" or "v2"."""
