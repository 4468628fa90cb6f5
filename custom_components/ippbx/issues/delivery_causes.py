"""Why reports do not arrive: a table from what is known to what the user is told, the surest cause first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface, ip_network
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.util.package import is_docker_env

from ..const import ADDRESS_AUTOMATIC, ADDRESS_FIXED, PATH_STREAM, PATH_WEBHOOK
from ..pbx.net.addresses import normalised
from ..reports.address import BY_HAND, origin, without_secret
from ..reports.channel import PathReason
from .registry import (
    REPORTS_ADDRESS_CHOSEN,
    REPORTS_CONTAINER,
    REPORTS_LOST,
    REPORTS_OTHER_NETWORK,
    REPORTS_PATH_CHOSEN,
    REPORTS_PORT_TAKEN,
    REPORTS_STREAM_DOWN,
    REPORTS_STREAM_REFUSED,
    REPORTS_TLS_ONLY,
    Details,
)

if TYPE_CHECKING:
    from ..coordinator import PbxCoordinator

_BRIDGES: Final = ip_network("172.16.0.0/12")
"""Where containers have their addresses unless somebody chose others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of the way of the reports.

    Attributes:
        path: the way itself.
        reason: why they take it.
        address_mode: how the address is made up that the PBX was told.
        address: that address, without the secret.
        here: our address towards the PBX.
        pbx: the address of the PBX.
        port: port that takes reports.
        event_port: port of the event stream.
        tls_only: whether Home Assistant's server speaks TLS, which no PBX does.
        in_container: whether Home Assistant runs in one.
        missed: whether the event stream does not come up although the PBX is there.
        refused: whether the PBX refuses the login of the event stream.
        unknown_source: whether reports came from an address that is not the PBX's; the user is asked about it.
    """

    path: str
    reason: PathReason
    address_mode: str = ADDRESS_AUTOMATIC
    address: str = ""
    here: str = ""
    pbx: str = ""
    port: int = 0
    event_port: int = 0
    tls_only: bool = False
    in_container: bool = False
    missed: bool = False
    refused: bool = False
    unknown_source: bool = False

    @property
    def address_counts(self) -> bool:
        """Return whether the PBX needs our address: the event stream is fetched."""
        return self.path != PATH_STREAM

    @property
    def is_bridged(self) -> bool:
        """Return whether our address is one that only containers on this machine can reach."""
        return (
            self.address_counts
            and self.in_container
            and bool(self.here)
            and ip_address(self.here) in _BRIDGES
            and _are_apart(self.here, self.pbx, bits=16)
        )

    @property
    def is_elsewhere(self) -> bool:
        """Return whether the PBX seems to be in another network."""
        bits = 64 if ":" in self.here else 24
        return self.address_counts and _are_apart(self.here, self.pbx, bits=bits)


def _are_apart(here: str, there: str, *, bits: int) -> bool:
    """Tell whether two addresses differ in their first bits; not where one of them is unknown."""
    if not here or not there:
        return False
    return ip_address(there) not in ip_interface(f"{here}/{bits}").network


CAUSES: Mapping[str, tuple[Callable[[Facts], bool], tuple[str, ...]]] = {
    REPORTS_PORT_TAKEN: (lambda facts: facts.reason is PathReason.PORT_TAKEN, ("port",)),
    REPORTS_STREAM_REFUSED: (
        lambda facts: facts.path == PATH_STREAM and facts.refused,
        ("event_port",),
    ),
    REPORTS_STREAM_DOWN: (
        lambda facts: facts.path == PATH_STREAM and facts.missed,
        ("event_port",),
    ),
    REPORTS_TLS_ONLY: (
        lambda facts: (
            facts.path == PATH_WEBHOOK and facts.tls_only and facts.address_mode != ADDRESS_FIXED
        ),
        (),
    ),
    REPORTS_ADDRESS_CHOSEN: (
        lambda facts: facts.address_counts and facts.address_mode != ADDRESS_AUTOMATIC,
        ("address",),
    ),
    REPORTS_CONTAINER: (lambda facts: facts.is_bridged, ("here", "port")),
    REPORTS_OTHER_NETWORK: (lambda facts: facts.is_elsewhere, ("here", "pbx", "port")),
    REPORTS_PATH_CHOSEN: (lambda facts: facts.reason is PathReason.OPTION, ("path",)),
    REPORTS_LOST: (lambda facts: True, ("address",)),
}
"""For each cause what shows it, and which facts its texts name."""


@callback
def cause_of(facts: Facts) -> tuple[str, Details] | None:
    """Return the cause that fits, and what its texts show; None where the user is asked already."""
    if facts.unknown_source:
        return None
    kind = next(kind for kind, (shows, _) in CAUSES.items() if shows(facts))
    return kind, {name: str(getattr(facts, name)) for name in CAUSES[kind][1]}


@callback
def report_cause(pbx: "PbxCoordinator") -> tuple[str, Details] | None:
    """Return why reports do not arrive; None where they do, or may, or where the address was set by hand."""
    entry, path = pbx.config_entry, pbx.path
    stream_fails = path.current == PATH_STREAM and path.stream.is_missed
    if not (pbx.proof.lost or stream_fails) or origin(entry.data, entry.options) == BY_HAND:
        return None
    return cause_of(facts_of(pbx))


@callback
def facts_of(pbx: "PbxCoordinator") -> Facts:
    """Return what is known of the way of a PBX's reports."""
    entry, path, api = pbx.config_entry, pbx.path, pbx.hass.config.api
    return Facts(
        path=path.current,
        reason=path.reason,
        address_mode=origin(entry.data, entry.options),
        address=without_secret(pbx.report_address(), path.path),
        here=normalised(pbx.client.local_address or ""),
        pbx=normalised(pbx.client.peer_address or ""),
        port=path.listener_port if path.reason is PathReason.PORT_TAKEN else path.port,
        event_port=path.stream.port,
        tls_only=api is not None and api.use_ssl,
        in_container=is_docker_env(),
        missed=path.stream.is_missed,
        refused=path.stream.is_refused,
        unknown_source=bool(pbx.intake.unknown_source),
    )
