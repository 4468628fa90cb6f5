"""The services of a PBX: IVRs, queues, ring groups, parking slots, paging groups and prompts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
import itertools

from pbx_simulator.directory import Directory


class ServiceKind(StrEnum):
    """The kind of a service that has a number."""

    IVR = "ivr"
    QUEUE = "queue"
    RING_GROUP = "ringgroup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An IVR, a queue or a ring group; an IVR has no members.

    Attributes:
        in_turn: True if a queue's agents ring one after another, not all at once.
    """

    kind: ServiceKind
    number: str
    members: tuple[str, ...] = ()
    in_turn: bool = False


@dataclass(slots=True, kw_only=True)
class Services:
    """All services of a PBX; the numbers are those of the documents' samples.

    Attributes:
        by_number: The IVRs, queues and ring groups.
        slots: The numbers of the parking slots.
        paging_groups: The names of the paging groups, by their numbers.
        prompts: The names of the prompts that were uploaded.
    """

    by_number: dict[str, Service] = field(default_factory=dict)
    slots: tuple[str, ...] = tuple(str(number) for number in range(6900, 6910))
    paging_groups: dict[str, str] = field(default_factory=lambda: {"6300": "Everybody"})
    prompts: set[str] = field(default_factory=lambda: {"welcome", "record", "alarm"})

    @classmethod
    def of(cls, directory: Directory) -> Services:
        """Return an IVR, two queues (the second rings in turn) and a ring group.

        Their members are the first extensions.
        """
        members = tuple(itertools.islice(directory.extensions, 3))
        found = (
            Service(kind=ServiceKind.IVR, number="6500"),
            Service(kind=ServiceKind.QUEUE, number="6700", members=members),
            Service(kind=ServiceKind.QUEUE, number="6701", members=members, in_turn=True),
            Service(kind=ServiceKind.RING_GROUP, number="6200", members=members),
        )
        return cls(by_number={each.number: each for each in found})

    def find(self, kind: ServiceKind, number: str) -> Service | None:
        """Return the service of a kind that has this number."""
        found = self.by_number.get(number)
        return found if found and found.kind is kind else None
