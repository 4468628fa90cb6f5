"""Compares what the call engine told with what was true."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from custom_components.ippbx.pbx.model.tracked import CallChange, CallEventType, CallOutcome
from pbx_simulator.families.uc.scenarios import Scenario
from pbx_simulator.families.uc.scenarios.models import CallTruth, TimedReport

from .call_property_run import Run

_RINGS_IN_VAIN = 10
"""Seconds for which a phone rings at least before it counts as not answered."""
_PICKS_UP = ((b"Ringing",), (b"InUse", b"Busy"))
"""The words of a phone that is picked up, one after the other."""
_ONCE = (CallEventType.ENDED, CallEventType.MISSED, CallEventType.ANSWERED, CallEventType.DIALING)


@dataclass(slots=True)
class Verdict:
    """What was wrong in a run.

    Attributes:
        told: calls whose end was told; unknown: those whose outcome was not.
        coarse: calls of which something else than the truth arrived, and was told.
        faults: kind and description.
    """

    told: int = 0
    unknown: int = 0
    coarse: int = 0
    faults: list[tuple[str, str]] = field(default_factory=list)


def check(run: Run) -> Verdict:
    """Return what was wrong."""
    verdict = Verdict()
    owners = {each: index for index, call in enumerate(run.scenario.calls) for each in call.ids}
    told: dict[int, list[CallChange]] = defaultdict(list)
    for _, change in run.changes:
        owner = owners.get(change.call.call_id)
        if owner is None:
            verdict.faults.append(("of nothing", f"{change.type} {change.call.call_id}"))
        else:
            told[owner].append(change)
    if run.active or run.undecided:
        verdict.faults.append(("ghost", f"active {run.active}, undecided {run.undecided}"))
    for index, truth in enumerate(run.scenario.calls):
        _check_call(run, index, truth, told[index], verdict)
    return verdict


def _check_call(
    run: Run, index: int, truth: CallTruth, changes: list[CallChange], verdict: Verdict
) -> None:
    def fault(kind: str, what: object) -> None:
        verdict.faults.append((kind, f"call {index} ({truth.kind}): {what}"))

    counts = Counter(change.type for change in changes if change.whole)
    for kind in _ONCE:
        most = 2 if kind is CallEventType.ENDED and _seems_to_call_out(run, truth) else 1
        if counts[kind] > most:
            fault("double", f"{kind} {counts[kind]} times")
    for kind, most in (
        (CallEventType.TRANSFERRED, truth.transfers + truth.forwards),
        (CallEventType.DTMF, len(truth.keys)),
        (CallEventType.HELD, truth.holds + _consultations(run)),
        (CallEventType.RINGING, 99 if _cannot_be_joined(run, truth) else 1),
    ):
        if counts[kind] > most:
            fault("double", f"{kind} {counts[kind]} times, not {most}")
    ends = [change for change in changes if change.type is CallEventType.ENDED]
    known = index in run.seen or any(
        report.call == index and report.name != "ExtensionStatus" and not _is_empty(report)
        for report in (run.scenario.reports[each] for each in run.arrived)
    )
    if not ends:
        if known:
            fault("untold", truth.outcome)
        return
    verdict.told += 1
    outcome = ends[0].call.outcome
    if outcome is None:
        fault("wrong", "no outcome")
        return
    _check_outcome(run, index, truth, outcome, verdict)
    missed = counts[CallEventType.MISSED]
    if bool(missed) != (outcome is CallOutcome.MISSED):
        fault("wrong", f"MISSED told {missed} times with {outcome}")


def _check_outcome(
    run: Run, index: int, truth: CallTruth, outcome: CallOutcome, verdict: Verdict
) -> None:
    if outcome == truth.outcome:
        return
    scenario: Scenario = run.scenario
    mine = {each for each, report in enumerate(scenario.reports) if report.call == index}
    arrived = mine & run.arrived
    if run.keeps_records:  # what a record tells arrives at last
        arrived |= {each for each in mine if scenario.reports[each].name == "NewCdr"}
    acceptable = set(scenario.acceptable(index, arrived))
    deciding = [report for each in arrived if (report := scenario.reports[each]).deciding]
    if not run.keeps_records and all(
        _may_mean_no_answer(run, index, truth, each) for each in deciding
    ):
        acceptable.add(CallOutcome.UNKNOWN)
    if outcome is CallOutcome.UNKNOWN:
        verdict.unknown += 1
    elif outcome in acceptable:
        verdict.coarse += 1
    if outcome not in acceptable:
        kind = "needless unknown" if outcome is CallOutcome.UNKNOWN else "wrong"
        verdict.faults.append(
            (kind, f"call {index} ({truth.kind}): {outcome}, not {'/'.join(sorted(acceptable))}")
        )


def _may_mean_no_answer(run: Run, index: int, truth: CallTruth, report: TimedReport) -> bool:
    """Return whether a failure may mean no answer: a 480, late enough for a phone rung in vain.

    480 is sent for both, where the scenario's PBX fails a phone that nobody answers. That none rang
    shows neither in a RING, which may be lost, nor in the time since the call began: the caller of
    a call made over the API is rung first. The time of the pick-up is known from the status of the
    caller's phone alone, if that is reported at all.
    """
    told = (run.scenario.reports[each] for each in run.arrived)
    bodies = {each.body for each in told if each.call == index and each.name == "ExtensionStatus"}
    about_caller = [body for body in bodies if f'"{truth.caller}"'.encode() in body]
    picked_up = all(
        any(word in body for body in about_caller for word in words) for words in _PICKS_UP
    )
    late = report.at - truth.started > _RINGS_IN_VAIN
    return report.name == "CallFailed" and b"480" in report.body and late and not picked_up


def _cannot_be_joined(run: Run, truth: CallTruth) -> bool:
    """Return whether nothing shows which phones ring for one call.

    Each leg of an OpenVox rings under an id of its own; the trunk's leg, which would join them, is
    not shown where the trunk is not monitored.
    """
    silent = {trunk.name for trunk in run.scenario.trunks if not trunk.monitored}
    return bool(run.scenario.readings["split_ids"]) and truth.trunk in silent


def _seems_to_call_out(run: Run, truth: CallTruth) -> bool:
    """Return whether an outside caller with an extension's number, on a hidden line, looks like it.

    The call, answered at a mobile phone, leaves the record of an extension that called outside:
    nothing joins the phone that rang for it.
    """
    extensions = {each.number for each in run.scenario.extensions}
    mobile = truth.direction == "inbound" and "mobility" in truth.kind
    return _cannot_be_joined(run, truth) and mobile and truth.caller in extensions


def _consultations(run: Run) -> int:
    """Return how many holds may be published twice: a phone in a consultation call is "busy".

    Where a hold shows in the status alone, that word cannot be distinguished from the word of a
    phone that takes up its call again.
    """
    if run.scenario.dialect == "yeastar-v2" or not run.scenario.readings["hold_status"]:
        return 0
    return sum("asking" in call.kind for call in run.scenario.calls)


def _is_empty(report: TimedReport) -> bool:
    """Return whether a report is a record of no length, like that of a leg that never was."""
    lengths = (b'"callduraction":"0"', b'"callduraction":"1"')
    return report.name == "NewCdr" and any(length in report.body for length in lengths)
