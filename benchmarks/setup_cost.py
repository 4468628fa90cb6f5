"""The cost of setting up, beside a bare integration with the same devices and entities."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.bare.const import DOMAIN as BARE

from .cases import MANY, MANY_TRUNKS
from .errors import BenchmarkError
from .host import HomeAssistant, Plan, new_hash_seed
from .pbx import Pbx
from .plans import IPPBX, bare_plan, ippbx_plan

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """What one set-up took.

    Attributes:
        loading: CPU seconds for importing the integration's modules, once in the life of a Home
            Assistant.
        wall: seconds from then on until everything was there.
        cpu: CPU seconds of Home Assistant meanwhile.
        memory: MiB of resident memory that it added.
    """

    loading: float
    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpCost:
    """Several pairs of set-ups, each in a Home Assistant of its own.

    Attributes:
        pairs: the integration's and the bare one's, one right after the other.
        devices: how many devices both have.
        entities: how many entities both have.
        requests: how many requests the PBX got until everything was there.
    """

    pairs: Sequence[tuple[SetUp, SetUp]]
    devices: int
    entities: int
    requests: int

    @property
    def integration(self) -> SetUp:
        """Medians of the integration's set-ups."""
        return _median([integration for integration, _ in self.pairs])

    @property
    def bare(self) -> SetUp:
        """Medians of the bare one's set-ups."""
        return _median([bare for _, bare in self.pairs])

    @property
    def time_ratio(self) -> float:
        """The integration's CPU time, the bare one's being 1; median of the pairs."""
        return median(first.cpu / second.cpu for first, second in self.pairs)

    @property
    def first_time_ratio(self) -> float:
        """The same with the time for importing the modules."""
        return median(
            (first.loading + first.cpu) / (second.loading + second.cpu)
            for first, second in self.pairs
        )

    @property
    def more_memory(self) -> float:
        """MiB that the integration needs more than the bare one; median of the pairs."""
        return median(first.memory - second.memory for first, second in self.pairs)


def measure_set_up(repeats: int, say: Callable[[str], None]) -> SetUpCost:
    """Set both up, in turn.

    Raises:
        BenchmarkError: one of them did not come up, or they do not look the same.
    """
    with Pbx(MANY, MANY_TRUNKS) as pbx:
        pairs, requests = [], []
        wanted: dict[str, Any] = {}
        for number in range(repeats):
            say(f"Set-up {number + 1} of {repeats}")
            before, seed = pbx.requests(), new_hash_seed()
            plan = ippbx_plan(pbx.port, enabled=False)
            integration, shape, asked = _set_up(plan, IPPBX, pbx, seed)
            requests.append(asked - before)
            wanted = wanted or shape
            bare, shape, _ = _set_up(bare_plan(wanted, enabled=False), BARE, pbx, seed)
            pairs.append((integration, bare))
            if _outline(shape) != _outline(wanted):
                raise BenchmarkError("The bare integration does not look like the integration")
    return SetUpCost(
        pairs=pairs,
        devices=len(wanted["devices"]),
        entities=len(wanted["entities"]),
        requests=max(requests),
    )


def _set_up(
    plan: Plan, entry_id: str, pbx: Pbx, hash_seed: int
) -> tuple[SetUp, dict[str, Any], int]:
    """Return what the set-up took, what is there now, and how many requests the PBX has got."""
    with HomeAssistant(plan, hash_seed) as host:
        host.wait()
        took = host.ask("set_up", entry_id=entry_id)
        requests = pbx.requests()
        if not took["loaded"]:
            raise BenchmarkError(f"{entry_id} was not set up:\n{host.log()[-3000:]}")
        result = SetUp(
            loading=took["loading"],
            wall=took["wall"],
            cpu=took["cpu"],
            memory=took["memory"] / MIB,
        )
        return result, host.ask("shape", entry_id=entry_id), requests


def _outline(shape: dict[str, Any]) -> tuple[set[tuple[Any, ...]], set[tuple[Any, ...]]]:
    """Return what must be the same.

    Devices and what they hang under, entities and whether they are there.
    """
    return (
        {(device["id"], device["via"], device["name"]) for device in shape["devices"]},
        {
            (entity["domain"], entity["unique_id"], entity["device"], entity["enabled"])
            for entity in shape["entities"]
        },
    )


def _median(results: list[SetUp]) -> SetUp:
    return SetUp(
        loading=median(r.loading for r in results),
        wall=median(r.wall for r in results),
        cpu=median(r.cpu for r in results),
        memory=median(r.memory for r in results),
    )
