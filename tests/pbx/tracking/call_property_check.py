"""Compares what the call engine published with what was true: what, who, which way and when."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
import re

from custom_components.ippbx.pbx.model.tracked import (
    CallChange,
    CallEventType,
    CallOutcome,
    TrackedCall,
)
from pbx_simulator.families.uc.dialects import ReportFormat

from .call_property_run import Run
from .scenario import CallTruth, Scenario, TimedReport

_ONCE = (CallEventType.ENDED, CallEventType.MISSED, CallEventType.ANSWERED, CallEventType.DIALING)
_ORDER = (
    CallEventType.INVITED,
    CallEventType.DIALING,
    CallEventType.RINGING,
    CallEventType.ANSWERED,
    CallEventType.ENDED,
    CallEventType.MISSED,
)
"""In this order things happen to a call, each for the first time."""
_EXACT = 1.5
"""Seconds by which times may be wrong, beside what their reports were late.

The truth is a difference of whole seconds, so up to one off; what was published is rounded.
"""


@dataclass(slots=True)
class Verdict:
    """What was wrong in a run.

    Attributes:
        told: calls of which the end was published.
        unknown: what was left open, by kind.
        coarse: calls of which something else than the truth arrived, and was published.
        faults: kind, description, and whether the call is on a line that no report shows.
        delays: seconds from the end of calls until it was published.
    """

    told: int = 0
    coarse: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[str, str, bool]] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)


def check(run: Run) -> Verdict:
    """Return what was wrong."""
    verdict = Verdict()
    owners = {each: index for index, call in enumerate(run.scenario.calls) for each in call.ids}
    told: dict[int, list[tuple[float, CallChange]]] = defaultdict(list)
    hidden = any(_is_hidden(run, call) for call in run.scenario.calls)
    for at, change in run.changes:
        owner = owners.get(change.call.call_id)
        if owner is None:
            verdict.faults.append(("of nothing", f"{change.type} {change.call.call_id}", hidden))
        else:
            told[owner].append((at, change))
    if run.active or run.undecided:
        what = f"active {run.active}, undecided {run.undecided}"
        verdict.faults.append(("ghost", what, hidden))
    for index, truth in enumerate(run.scenario.calls):
        _Check(run, index, truth, told[index], verdict).run()
    return verdict


def _is_hidden(run: Run, truth: CallTruth) -> bool:
    """Return whether nothing tells a call apart from others.

    It is so if it, or one beside it, is on a line that no report shows; on an OpenVox whose
    internal calls bear the id of each branch, for keys and transfers may share nothing with those;
    between phones that no report shows; and beside another call of the same number outside, or of
    an extension with that number, as a record of one looks like that of a branch of the other.
    """
    if run.scenario.readings.get("inside_second") and _branches_inside(run, truth):
        return True
    silent = {trunk.name for trunk in run.scenario.trunks if not trunk.monitored}
    return _is_between_hidden(run, truth) or any(
        call.trunk in silent or (call is not truth and _is_of_same_number(call, truth))
        for call in run.scenario.calls
        if call.started - 2 <= truth.ended_at and truth.started - 2 <= call.ended_at
    )


def _is_between_hidden(run: Run, truth: CallTruth) -> bool:
    """Return whether phones that no report shows talk, or one was passed on to that rings unseen.

    Nothing tells then who calls whom, nor that a call goes on whose other party hangs up.
    """
    hidden = {phone.name for phone in run.scenario.extensions if not phone.monitored}
    both = truth.caller in hidden and truth.answered_by in hidden
    return both or not hidden.isdisjoint(truth.rang.keys() - truth.reached.keys())


def _is_of_same_number(call: CallTruth, truth: CallTruth) -> bool:
    return call.caller == truth.caller and "inbound" in (call.direction, truth.direction)


def _branches_inside(run: Run, truth: CallTruth) -> bool:
    return any(
        call.direction == "internal"
        and (len(call.rang) > 1 or call.path or call.by_api or "forward" in call.kind)
        and call.started - 2 <= truth.ended_at
        and truth.started - 2 <= call.ended_at
        for call in run.scenario.calls
    )


class _Check:
    """The check of one call."""

    def __init__(
        self,
        run: Run,
        index: int,
        truth: CallTruth,
        told: list[tuple[float, CallChange]],
        verdict: Verdict,
    ) -> None:
        self.run_, self.index, self.truth, self.told, self.verdict = (
            run,
            index,
            truth,
            told,
            verdict,
        )
        self.hidden = _is_hidden(run, truth)
        reports = run.scenario.reports
        self.mine = {each for each, report in enumerate(reports) if report.call == index}
        self.arrived = self.mine & run.arrived
        self.lossless = self.arrived == self.mine

    def fault(self, kind: str, what: object) -> None:
        text = f"call {self.index} ({self.truth.kind}): {what}"
        self.verdict.faults.append((kind, text, self.hidden))

    def run(self) -> None:
        truth, run = self.truth, self.run_
        counts = Counter(change.type for _, change in self.told if change.first)
        for kind in _ONCE:
            if counts[kind] > 1:
                self.fault("double", f"{kind} {counts[kind]} times")
        for kind, most in (
            (CallEventType.TRANSFERRED, truth.transfers),
            (CallEventType.DTMF, truth.keys),
            (CallEventType.HELD, truth.holds),
            (CallEventType.RINGING, 1),
        ):
            if counts[kind] > most:
                self.fault("double", f"{kind} {counts[kind]} times, not {most}")
        if self.lossless and run.rates.monitored:
            self._check_events(counts)
        for what in dict.fromkeys(what for index, what in run.standing if index == self.index):
            self.fault("standing", what)
        ends = [(at, change) for at, change in self.told if change.type is CallEventType.ENDED]
        if not ends:
            if self._is_known():
                self.fault("untold", truth.outcome)
            return
        self.verdict.told += 1
        at, end = ends[0]
        self.verdict.delays.append(at - truth.ended_at)
        outcome = end.call.outcome
        if outcome is None:
            self.fault("wrong", "no outcome")
            return
        self._check_outcome(outcome)
        missed = counts[CallEventType.MISSED]
        if bool(missed) != (outcome is CallOutcome.MISSED):
            self.fault("wrong", f"MISSED told {missed} times with {outcome}")
        self._check_order()
        self._check_persons(end.call)
        if not end.late:
            self._check_times(end.call)

    def _check_events(self, counts: Counter[CallEventType]) -> None:
        """Check that everything that was reported was published."""
        truth, members = self.truth, self.run_.scenario.fmt is ReportFormat.MEMBERS
        rings = self.run_.scenario.readings.get("rings") != "api"
        wanted = {
            CallEventType.ANSWERED: bool(truth.answered_by) and truth.outcome == "answered",
            CallEventType.TRANSFERRED: truth.transfers,
            CallEventType.DTMF: truth.keys,
            CallEventType.HELD: truth.holds if members else self._commanded_holds(),
            CallEventType.RINGING: rings and bool(truth.rang) and truth.direction != "outbound",
            CallEventType.DIALING: rings and truth.direction != "inbound" and bool(truth.rang_at),
        }
        for kind, least in wanted.items():
            if counts[kind] < least:
                self.fault("untold", f"{kind} {counts[kind]} times, not {int(least)}")

    def _commanded_holds(self) -> int:
        commands = [each for each in self.run_.scenario.commands if each.call == self.index]
        return sum(each.arguments.get("status") == "on_hold" for each in commands)

    def _is_known(self) -> bool:
        """Return whether anything told of the call: hang-ups alone tell of none."""
        reports = self.run_.scenario.reports
        silent = ("ExtensionStatus", "BYE")
        return self.index in self.run_.seen or any(
            reports[each].name not in silent
            and not _is_empty(reports[each])
            and not _only_hangs_up(reports[each])
            for each in self.arrived
        )

    def _check_outcome(self, outcome: CallOutcome) -> None:
        truth, run = self.truth, self.run_
        if outcome == truth.outcome:
            return
        scenario: Scenario = run.scenario
        arrived = set(self.arrived)
        if run.keeps_records:  # what a record tells arrives at last
            arrived |= {each for each in self.mine if scenario.reports[each].name == "NewCdr"}
        acceptable = set(scenario.acceptable(self.index, arrived))
        reports = [scenario.reports[each] for each in arrived]
        refused = truth.outcome == "refused" and truth.rang
        lost = truth.outcome not in {report.tells for report in reports}
        if lost and (truth.outcome == "voicemail" or refused):
            acceptable.add("missed")  # nothing but the lost report tells them apart
        rang = truth.rang_at if truth.by_api else None
        if rang is not None and not any(rang <= report.at < truth.ended_at for report in reports):
            acceptable.add("cancelled")  # its own phone was not picked up, as far as was told
        if outcome is CallOutcome.UNKNOWN:
            self.verdict.unknown["outcome"] += 1
        elif outcome in acceptable:
            self.verdict.coarse += 1
        if outcome not in acceptable:
            kind = "needless unknown" if outcome is CallOutcome.UNKNOWN else "wrong"
            self.fault(kind, f"{outcome}, not {'/'.join(sorted(acceptable))}")

    def _check_order(self) -> None:
        first: dict[CallEventType, int] = {}
        for place, (_, change) in enumerate(self.told):
            if change.first:
                first.setdefault(change.type, place)
        if self.truth.by_api:  # who makes the call is rung first
            first.pop(CallEventType.DIALING, None)
        places = [first[kind] for kind in _ORDER if kind in first]
        if places != sorted(places):
            self.fault("order", [str(kind) for kind in sorted(first, key=lambda k: first[k])])
        last = max(first.get(CallEventType.ENDED, 0), first.get(CallEventType.MISSED, 0))
        if last < len(self.told) - 1 and not self.hidden:
            self.fault("order", f"{self.told[-1][1].type} after the end")

    def _check_persons(self, call: TrackedCall) -> None:
        truth = self.truth
        dialled = truth.callee
        outside = {dialled, dialled.removeprefix("9")} if truth.direction == "outbound" else set()
        callees = {dialled, *truth.path, *truth.reached} | outside
        self._check_person("caller", call.caller, {truth.caller})
        self._check_person("callee", call.callee, callees)
        if call.outcome is CallOutcome.ANSWERED or call.answered_by:
            answerers = {truth.answered_by} | (outside if truth.answered_by in outside else set())
            if truth.answered_by:
                self._check_person("answered_by", call.answered_by, answerers)
            elif call.answered_by:
                self.fault("wrong answered_by", f"{call.answered_by}, not nobody")
        if call.direction is None:
            self.verdict.unknown["direction"] += 1
        elif call.direction != truth.direction:
            self.fault("wrong direction", f"{call.direction}, not {truth.direction}")
        if call.outcome is CallOutcome.MISSED and truth.outcome == "missed":
            self._check_missed_by(call)

    def _check_person(self, kind: str, found: str, right: set[str]) -> None:
        if not found:
            self.verdict.unknown[kind] += 1
        elif found not in right:
            self.fault(f"wrong {kind}", f"{found}, not {'/'.join(sorted(right))}")

    def _check_missed_by(self, call: TrackedCall) -> None:
        rang = set(self.truth.rang) | self.truth.declined
        found = set(call.missed_by)
        if not found and rang:
            self.verdict.unknown["missed_by"] += 1
        elif found - rang:
            self.fault("wrong missed_by", f"{sorted(found)}, not {sorted(rang)}")
        elif missing := {each for each in rang - found - self.truth.declined if self._rings(each)}:
            self.fault("wrong missed_by", f"without {sorted(missing)}")

    def _check_times(self, call: TrackedCall) -> None:
        if not self.lossless or call.outcome != self.truth.outcome:
            return
        exact = _EXACT + self.run_.lateness.get(self.index, 0.0)
        if call.outcome == "voicemail":
            return  # whether it rang until the box answered, or to the end, is a matter of words
        for kind, found, right in (
            ("ring seconds", call.ring_seconds, self.truth.ring_seconds),
            ("talk seconds", call.talk_seconds or 0, self.truth.talk_seconds),
        ):
            if kind == "talk seconds" and call.outcome == "answered" and not self.truth.answered_by:
                continue  # with an IVR
            if kind == "ring seconds" and (self.truth.rang_at is None or self.truth.by_api):
                continue  # whether waiting counts, or the own phone, is a matter of words
            if found is None:
                self.verdict.unknown[kind] += any(right)
            elif not min(right) - exact <= found <= max(right) + exact:
                self.fault(f"wrong {kind}", f"{found}, not {sorted(right)}")

    def _rings(self, number: str) -> bool:
        """Return whether a report that arrived says in so many words that a phone rings.

        The number that a line rings is none.
        """
        phone = re.compile(b'"ext":{[^}]*"%b"' % number.encode())
        reports = (self.run_.scenario.reports[each] for each in self.arrived)
        return any(
            report.name == "RING" and report.body.count(b'"ext"') == 1 and phone.search(report.body)
            for report in reports
        )


def _is_empty(report: TimedReport) -> bool:
    """Return whether a report is a record of no length, like that of a leg that never was."""
    lengths = (b'"callduraction":"0"', b'"callduraction":"1"')
    return report.name == "NewCdr" and any(length in report.body for length in lengths)


def _only_hangs_up(report: TimedReport) -> bool:
    """Return whether a report of members says of all that they have hung up, or names none."""
    states = report.body.count(b'"memberstatus"')
    return report.name == "CallStatus" and states == report.body.count(b'"BYE"')
