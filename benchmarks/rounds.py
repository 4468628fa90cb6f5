"""Rounds of all cases, one after the other: the CPU time that Home Assistant spends on a report."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
import time

from .cases import Case
from .errors import BenchmarkError
from .host import HomeAssistant
from .load import Sends
from .session import Session

BUSY = 0.9  # share of its time that Home Assistant must compute, else the load was too weak
ATTEMPTS = 4
CHECKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round of a case showed.

    Attributes:
        reports: how many were sent.
        wall: seconds from the first report sent to the last answer.
        cpu: CPU seconds of Home Assistant's process.
        kept_waiting: seconds that its event loop wanted to compute and something else had the core.
    """

    reports: int
    wall: float
    cpu: float
    kept_waiting: float

    @property
    def busy(self) -> float:
        """Share of the time that Home Assistant computed; a round below `BUSY` is void."""
        return self.cpu / self.wall

    @property
    def wanted_to_be_busy(self) -> float:
        """Share of the time that Home Assistant computed or was kept from it by other processes."""
        return (self.cpu + self.kept_waiting) / self.wall

    @property
    def microseconds(self) -> float:
        """CPU time per report, in microseconds."""
        return self.cpu / self.reports * 1e6


@dataclass(slots=True, kw_only=True)
class Measured:
    """All rounds of a case.

    Attributes:
        by_number: those that count, by their number in the run.
        void: those that do not, for Home Assistant was not busy enough.
    """

    case: Case
    by_number: dict[int, Round] = field(default_factory=dict)
    void: list[Round] = field(default_factory=list)

    @property
    def rounds(self) -> list[Round]:
        """The rounds that count."""
        return list(self.by_number.values())

    @property
    def microseconds(self) -> float | None:
        """Median CPU time per report in microseconds; None if no round counts."""
        return median(r.microseconds for r in self.rounds) if self.rounds else None

    @property
    def per_second(self) -> float | None:
        """Median of the reports taken per second."""
        return median(r.reports / r.wall for r in self.rounds) if self.rounds else None

    @property
    def busy(self) -> float:
        """Median share of the time that Home Assistant computed."""
        return median(r.busy for r in self.rounds or self.void)

    @property
    def load_failed(self) -> bool:
        """Whether Home Assistant had to wait for reports, so that nothing is known of this case."""
        return not self.rounds and all(r.wanted_to_be_busy < BUSY for r in self.void)


@dataclass(slots=True, kw_only=True)
class _Runner:
    """One case, warmed up."""

    host: HomeAssistant
    load: Sends
    reports: int
    measured: Measured

    def round(self, number: int, *, lenient: bool) -> None:
        """Measure one round; a void one is tried again a few times."""
        case = self.measured.case
        for _ in range(ATTEMPTS):
            with _named(case, self.host):
                result = _measure(self.host, self.load, self.reports, case.burst)
            if case.burst or (result.wanted_to_be_busy if lenient else result.busy) >= BUSY:
                self.measured.by_number[number] = result
                return
            self.measured.void.append(result)


def run_rounds(
    session: Session,
    cases: Sequence[Case],
    rounds: int,
    seconds: float,
    *,
    lenient: bool,
    say: Callable[[str], None],
) -> list[Measured]:
    """Measure all cases.

    Args:
        rounds: how often each.
        seconds: about how long a round of one case takes.
        lenient: whether a round counts in which Home Assistant was ready to compute, but another
            process had its core.
        say: told how far it is.

    Raises:
        BenchmarkError: reports were lost or refused, or did not change states.
    """
    say("Warming up and checking that every report changes a state")
    runners = [_warm_up(session, case, seconds) for case in cases]
    for number in range(rounds):
        say(f"Round {number + 1} of {rounds}")
        for runner in runners:
            runner.round(number, lenient=lenient)
    return [runner.measured for runner in runners]


def _warm_up(session: Session, case: Case, seconds: float) -> _Runner:
    host, load = session.host(case), session.load(case)
    reports = load.round_up(1)
    with _named(case, host):
        send(host, load, reports, case.burst)
        _check_changes(host, load, case, reports)
        if _measure(host, load, reports, case.burst).wall < seconds / 10:
            reports = load.round_up(500)  # cheap: look longer, and have caches filled
        reports = load.round_up(reports * seconds / _measure(host, load, reports, case.burst).wall)
    return _Runner(host=host, load=load, reports=reports, measured=Measured(case=case))


def _check_changes(host: HomeAssistant, load: Sends, case: Case, reports: int) -> None:
    """See that reports change as many states as they must.

    A read of the PBX, which knows nothing of what the load reports, changes states as well: then it
    is seen again.

    Raises:
        BenchmarkError: they do not.
    """
    for _ in range(CHECKS):
        host.ask("watch")
        send(host, load, reports, case.burst)
        changes, (least, most) = host.ask("watched"), case.changed_by(reports)
        if least <= changes <= most:
            return
    raise BenchmarkError(f"{changes} instead of {most} states changed after {reports} reports")


@contextmanager
def _named(case: Case, host: HomeAssistant) -> Iterator[None]:
    """Add to an error which case is broken, and how its Home Assistant fares."""
    try:
        yield
    except BenchmarkError as error:
        raise BenchmarkError(f"Case {case.key}: {error}; {host.condition()}") from error


def _measure(host: HomeAssistant, load: Sends, reports: int, burst: int) -> Round:
    """Send reports to a Home Assistant that is idle before and after."""
    cpu, waited = host.ask("cpu"), _kept_waiting(host.pid)
    wall = send(host, load, reports, burst)
    return Round(
        reports=reports,
        wall=wall,
        cpu=host.ask("cpu") - cpu,
        kept_waiting=_kept_waiting(host.pid) - waited,
    )


def send(host: HomeAssistant, load: Sends, reports: int, burst: int) -> float:
    """Send reports, in bursts with a rest after each if they come in bursts.

    Return the seconds that it took.
    """
    if not burst:
        return load.send(reports)
    started = time.monotonic()
    for _ in range(reports // burst):
        load.send(burst)
        host.ask("rest")
    return time.monotonic() - started


def _kept_waiting(pid: int) -> float:
    """Return how long a process's first thread has waited for a core.

    Seconds; 0 where Linux does not say.
    """
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except OSError:
        return 0
