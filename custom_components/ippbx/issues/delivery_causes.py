"""Why reports do not arrive: a table from facts to causes, the most certain first."""

from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_interface, ip_network
from typing import Final

from ..const import ADDRESS_AUTOMATIC, ADDRESS_FIXED, CHANNEL_STREAM, CHANNEL_WEBHOOK
from .facts import DeliveryFacts
from .registry import (
    REPORTS_ADDRESS_CHOSEN,
    REPORTS_CHANNEL_CHOSEN,
    REPORTS_CONTAINER,
    REPORTS_LOST,
    REPORTS_OTHER_NETWORK,
    REPORTS_PORT_TAKEN,
    REPORTS_STREAM_DOWN,
    REPORTS_STREAM_REFUSED,
    REPORTS_TLS_ONLY,
    Details,
)

_BRIDGES: Final = ip_network("172.16.0.0/12")
"""The default network of containers."""


def _is_bridged(facts: DeliveryFacts) -> bool:
    """Return True if only containers on this machine can reach our address."""
    return (
        facts.address_counts
        and facts.in_container
        and bool(facts.here)
        and ip_address(facts.here) in _BRIDGES
        and _are_apart(facts.here, facts.pbx, bits=16)
    )


def _is_elsewhere(facts: DeliveryFacts) -> bool:
    """Return True if the PBX seems to be in another network."""
    bits = 64 if ":" in facts.here else 24
    return facts.address_counts and _are_apart(facts.here, facts.pbx, bits=bits)


def _are_apart(here: str, there: str, *, bits: int) -> bool:
    """Return True if two known addresses differ in their first bits."""
    if not here or not there:
        return False
    return ip_address(there) not in ip_interface(f"{here}/{bits}").network


CAUSES: Final[Mapping[str, tuple[Callable[[DeliveryFacts], bool], tuple[str, ...]]]] = {
    REPORTS_PORT_TAKEN: (lambda facts: facts.port_taken, ("port",)),
    REPORTS_STREAM_REFUSED: (
        lambda facts: facts.channel == CHANNEL_STREAM and facts.feed_refused,
        ("event_port",),
    ),
    REPORTS_STREAM_DOWN: (
        lambda facts: facts.channel == CHANNEL_STREAM and facts.feed_down,
        ("event_port",),
    ),
    REPORTS_TLS_ONLY: (
        lambda facts: (
            facts.channel == CHANNEL_WEBHOOK
            and facts.tls_only
            and facts.address_mode != ADDRESS_FIXED
        ),
        (),
    ),
    REPORTS_ADDRESS_CHOSEN: (
        lambda facts: facts.address_counts and facts.address_mode != ADDRESS_AUTOMATIC,
        ("address",),
    ),
    REPORTS_CONTAINER: (_is_bridged, ("here", "port")),
    REPORTS_OTHER_NETWORK: (_is_elsewhere, ("here", "pbx", "port")),
    REPORTS_CHANNEL_CHOSEN: (lambda facts: facts.chosen, ()),
    REPORTS_LOST: (lambda _: True, ("address",)),
}
"""Each cause with its condition and the facts that its texts name. The first match applies."""


def cause_of(facts: DeliveryFacts) -> tuple[str, Details] | None:
    """Return the cause and its details; None where the question of an unknown source is open."""
    if facts.unknown_source:
        return None
    kind = next(kind for kind, (shows, _) in CAUSES.items() if shows(facts))
    return kind, {name: str(getattr(facts, name)) for name in CAUSES[kind][1]}


def delivery_problem(facts: DeliveryFacts) -> tuple[str, Details] | None:
    """Return the cause where reports are lost, unless the address was set by hand."""
    return cause_of(facts) if facts.lost and not facts.set_by_hand else None
