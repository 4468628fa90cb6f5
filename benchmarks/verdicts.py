"""What is wanted, and whether it was met."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from .rounds import Measured
from .setup_cost import SetUpCost


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One thing that is wanted.

    Attributes:
        value: what was measured; None if nothing that counts was.
        limit: what it is measured against.
        at_least: whether the value is to reach the limit, else not to pass it.
        unit: behind the numbers.
    """

    claim: str
    value: float | None
    limit: float
    at_least: bool = False
    unit: str = " x"

    @property
    def met(self) -> bool | None:
        """Whether it is so; None if that is not known."""
        if self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass(frozen=True, slots=True)
class _Ratio:
    claim: str
    of: str
    to: str
    limit: float
    at_least: bool = False


_RATIOS = (
    _Ratio(
        "the integration with 10 extensions (c) to a webhook that writes 1 sensor (b1)",
        "c",
        "b1",
        1.33,
    ),
    _Ratio(
        "the integration with 500 (d) to a webhook that writes one of 500 (b500)",
        "d",
        "b500",
        1.33,
    ),
    _Ratio("1 template sensor (e1) to the integration with 10 extensions (c)", "e1", "c", 1, True),
    _Ratio("500 template sensors (e500) to the integration with 500 (d)", "e500", "d", 50, True),
    _Ratio("100 calls at once (g) to a webhook that writes as many states (w)", "g", "w", 1.5),
    _Ratio(
        "8 calls at once with 500 extensions (f500) to the same with 10 (f10)",
        "f500",
        "f10",
        1.1,
    ),
)  # fmt: skip


def report_verdicts(measured: Sequence[Measured]) -> list[Verdict]:
    """Return the verdicts on the CPU time per report, of the cases that were measured."""
    by_key = {each.case.key: each for each in measured}
    return [
        Verdict(
            claim=wanted.claim,
            value=ratio(by_key, wanted.of, wanted.to),
            limit=wanted.limit,
            at_least=wanted.at_least,
        )
        for wanted in _RATIOS
        if wanted.of in by_key and wanted.to in by_key
    ]


def set_up_verdicts(cost: SetUpCost) -> list[Verdict]:
    """Return the verdicts on the set-up."""
    return [
        Verdict(claim="CPU time of the set-up to the bare one", value=cost.time_ratio, limit=1.5),
        Verdict(
            claim="the same with loading the code, once in the life of a Home Assistant",
            value=cost.first_time_ratio,
            limit=2.25,
        ),
        Verdict(
            claim="memory more than the bare one", value=cost.more_memory, limit=5, unit=" MiB"
        ),
        Verdict(claim="requests of the set-up", value=float(cost.requests), limit=8, unit=""),
    ]


def ratio(by_key: Mapping[str, Measured], of: str, to: str) -> float | None:
    """Return the median over the rounds of one case's time by another's.

    None without a common round.

    A round of one case is compared with the same round of the other, which was measured seconds
    before or after.
    """
    first, second = by_key[of].by_number, by_key[to].by_number
    common = first.keys() & second.keys()
    if not common:
        return None
    return median(first[n].microseconds / second[n].microseconds for n in common)
