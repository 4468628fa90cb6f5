"""The call engine: reports, snapshots and records in; calls, their changes and their ends out.

Each observation is attached to a call (`identity`), kept as evidence, folded into its facts
(`legs`) and compared with what was published (`changes`); `termination` ends calls.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..model.events import (
    BootUpReport,
    CallEvent,
    CallRecordReport,
    CallReport,
    ExtensionStatusReport,
    KeyReport,
    PbxEvent,
    PromptEndReport,
)
from ..model.ids import PAIR, began, distance, parse_id
from ..model.lines import CallRecord, ExtensionStatus, LegState
from ..model.records import order, started_at, weight
from ..model.tracked import CallChange, CallOutcome, CallSnapshot, TrackedCall
from .calls import Calls, KnownCall
from .changes import publish_changes, publish_key
from .facts import DISORDER, Party
from .identity import attach
from .legs import BEFORE_TALK, Command, Evidence
from .outcome import decide
from .phones import HOLDS, Phones
from .snapshots import Snapshots
from .summary import View, summary
from .termination import Termination

_ECHOES = {CallEvent.DIALING: CallEvent.RINGING, CallEvent.ANSWERED: CallEvent.ANSWER}

type Changes = tuple[CallChange, ...]
type LegStates = tuple[tuple[str, LegState | None], ...]
"""Ids of the calls of an extension, and the state of its phone in each."""

_NOBODY = (Command(), datetime.min.replace(tzinfo=UTC))
_REPEATED = timedelta(seconds=20)
"""For how long a PBX may repeat a report without an answer: no document says."""
_RUNG_WITHIN = timedelta(seconds=30)
"""How long after a command its first report may come, if its answer has no call id."""


class CallTracker:
    """Tracks the calls of one PBX. Synchronous; no parsed report makes it raise.

    Attributes:
        index: all known calls, and properties of the PBX.
        termination: when `settle` is to be called, and what is to be read for calls to end.
        learnt: whether the last report may have changed the state of any leg.
        completed: the call that is over to which the last report added what it lacked, if any.
    """

    def __init__(
        self, *, now: Callable[[], datetime], keeps_records: bool = False, paired: bool = True
    ) -> None:
        """Start without calls; those in the first snapshot were up before.

        Args:
            now: returns the time (UTC).
            keeps_records: whether the PBX can be asked for records (Yeastar).
            paired: whether the reports of one call may bear two ids (OpenVox).
        """
        self._now = now
        self._changes: list[CallChange] = []
        self._publish = self._changes.append
        self.index = Calls()
        self.index.keeps_records, self.index.paired = keeps_records, paired
        self._phones = Phones()
        self.termination = Termination(self.index, self._phones, self._publish)
        self._snapshots = Snapshots(self.index, self.termination, self._publish)
        self._dialling = _NOBODY
        self._repeats = deque[tuple[CallReport, datetime]](maxlen=8)  # of rings, or rings anew
        self.learnt = False
        self.completed: TrackedCall | None = None
        self._receivers: dict[type[PbxEvent], Callable[[Any, datetime], None]] = {
            BootUpReport: self._receive_boot,
            ExtensionStatusReport: self._receive_status,
            CallReport: self._receive_call,
            CallRecordReport: lambda report, now: self._receive_record(report.record, now),
            PromptEndReport: self._receive_prompt,
            KeyReport: self._receive_key,
        }

    # Reading

    @property
    def active(self) -> dict[str, TrackedCall]:
        """Return the calls that are not over, by their names."""
        return {name: summary(call) for name, call in self.index.active.items()}

    def find(self, any_id: str) -> TrackedCall | None:
        """Return the call of an id, also one that ended recently."""
        found = self.index.by_id.get(any_id)
        return None if found is None else found.result or summary(found)

    def ids_of(self, any_id: str) -> Collection[str]:
        """Return all ids of the call of an id, also of one that ended recently."""
        found = self.index.by_id.get(any_id)
        return () if found is None else found.ids

    def parties_of(self, any_id: str) -> Collection[str]:
        """Return the extensions that take or took part in the call of an id, without a summary."""
        found = self.index.by_id.get(any_id)
        return () if found is None else found.facts.extensions

    def partners_of(self, extension: str) -> set[str]:
        """Return all extensions that take or took part in the calls of an extension."""
        return {n for call, _ in self.index.parts_of(extension) for n in call.facts.extensions}

    def calls_of(self, extension: str) -> tuple[TrackedCall, ...]:
        """Return the calls in which an extension takes part now, the oldest first."""
        return tuple([summary(call) for call, _ in self.index.parts_of(extension)])

    def leg_states_of(self, extension: str) -> LegStates:
        """Return the states of an extension in its calls, without their summaries."""
        return tuple([(c.call_id, c.facts.phone_of(p)) for c, p in self.index.parts_of(extension)])

    @property
    def rules_used(self) -> list[tuple[str, ...]]:
        """Return the rules that attached evidence, by call: live calls first, then the latest."""
        return [*(tuple(call.rules) for call in self.index.live.values()), *self.index.ended_by]

    @property
    def unsure_extensions(self) -> frozenset[str]:
        """Return the extensions in calls that no list of trunk calls shows, to be queried."""
        calls = [call.facts for call in self.index.live.values() if not call.facts.on_line]
        return frozenset(party.extension for facts in calls for party in facts.present)

    # Feeding

    def receive(self, report: PbxEvent) -> Changes:
        """Apply a report; return the changes."""
        receive = self._receivers.get(type(report))
        self.learnt, self.completed = receive is not None, None
        if receive is not None:
            receive(report, self._now())
        return self._published()

    def decided(self, any_id: str, *, accepted: bool) -> None:
        """Note that a command accepted or refused a call: no report says so."""
        if (call := self.index.by_id.get(any_id)) is not None:
            call.ending.accepted, call.cached = accepted, None

    def dialled(self, call_id: str, caller: str, callee: str = "") -> Changes:
        """Note that a command made a call, which rings the caller first.

        Args:
            call_id: the id in its answer; "" without one.
            caller: the extension that is rung first.
            callee: the number that is rung then; "" for none, as for a prompt.
        """
        now, command = self._now(), Command(caller, callee)
        self._dialling = command, now
        call = self.index.by_id.get(call_id)
        if call_id and (call is None or call.result is None):
            self._dial(call or self.termination.begin(call_id, now), command, now)
        return self._published()

    def sent_on(self, any_id: str, left: str = "") -> Changes:
        """Note that a command transferred a call: no report says so (pbx-api, "Reports").

        A call that waits for a decision was accepted by it.

        Args:
            any_id: an id of the call.
            left: the transferor.
        """
        call, now = self.index.by_id.get(any_id), self._now()
        over = call is None or call.result is not None or call.ending.gone_at is not None
        if call is None or over or (call.facts.invited and call.facts.answered_at is None):
            self.decided(any_id, accepted=True)
        else:
            self.index.learn(call, Evidence(now, Command(left=left)))
            publish_changes(call, self._publish)
        return self._published()

    def resync(self, snapshot: CallSnapshot) -> Changes:
        """Apply a snapshot of the PBX; calls that it does not show any more end."""
        now = self._now()
        for number, status in snapshot.extensions.items():
            if status is ExtensionStatus.RINGING and self._snapshots.first:
                self._phones.note(number, status, now, shown=True)
        self._snapshots.apply(snapshot, now)
        return self._published()

    def records(self, records: Iterable[CallRecord], known: Iterable[CallRecord] = ()) -> Changes:
        """Apply records that were read from the PBX; each call is published once.

        Args:
            records: of calls whose end is unknown.
            known: of calls whose end an earlier run published; some of `records` may belong to
                their branches.
        """
        now, records, known = self._now(), sorted(records, key=order), sorted(known, key=order)
        ids = {parse_id(record.call_id) for record in (*records, *known)}
        self.index.branches |= any((each[0], each[1] + PAIR) in ids for each in ids if each)
        for record in known:
            if record.call_id not in self.index.by_id:
                self._remember(record, now)
        for record in records:
            self._receive_record(record, now, read=True)
        self.termination.records_read()
        return self._published()

    def settle(self) -> Changes:
        """Decide on calls whose waiting time is over."""
        self.termination.settle(self._now())
        return self._published()

    def link_lost(self) -> None:
        """Note that the link is down: calls in the next snapshot began unseen."""
        self._snapshots.first = True

    def _published(self) -> Changes:
        changes = tuple(self._changes)
        self._changes.clear()
        return changes

    def _receive_boot(self, _report: BootUpReport, now: datetime) -> None:
        """End all calls, as the PBX has started: new calls may have the same ids."""
        self.link_lost()
        for call in list(self.index.live.values()):
            self.termination.gone(call, now)
        self.index.booted_at = now
        self.index.commanded.clear()

    def _receive_status(self, report: ExtensionStatusReport, now: datetime) -> None:
        self._phones.note(report.extension, report.status, now)
        self.learnt = False
        for ring, at in list(self._repeats) if report.status is ExtensionStatus.RINGING else ():
            if ring.legs[0].extension == report.extension and now - at <= DISORDER:
                self._repeats.remove((ring, at))
                self.learnt = True
                self._receive_call(ring, now)
        parts = self.index.parts_of(report.extension)
        for call, party in parts:
            if report.status is ExtensionStatus.ON_HOLD:
                party.held_by_command = not report.name
            if party.state is LegState.RINGING:
                party.picked_up |= len(parts) == 1 and report.status is ExtensionStatus.BUSY
            state = self._shown_state(report, call, party, now)
            if party.state in BEFORE_TALK and state is LegState.ENDED:
                party.put(LegState.ENDED, now, ceased=True)
            # A status by command has no name; it is no late report.
            elif state is None or not party.enter(state, now, shown=not report.name):
                continue
            call.cached, self.learnt = None, True
            publish_changes(call, self._publish)
            if not party.live:
                self.termination.consider(call, now)

    def _shown_state(
        self, report: ExtensionStatusReport, call: KnownCall, party: Party, now: datetime
    ) -> LegState | None:
        """Return the state of a party by the status of its phone; None if that does not decide."""
        status, facts = report.status, call.facts
        idle, moved = status is ExtensionStatus.IDLE, facts.transferred_at
        if party.state is LegState.RINGING:
            return LegState.ENDED if idle else None
        own = party.extension == facts.dialled
        left = idle and (party.state is LegState.DIALING or (own and not party.talks))
        if left and own and facts.touched <= party.since:
            left = now - party.since > DISORDER  # its last call has ended, not that by command
        if party.talks and idle:  # it was parked, or transferred
            left = moved is not None or not facts.stated or not report.name
        elif party.talks and status is ExtensionStatus.RINGING:  # else it would be busy
            left = moved is not None and party.since < moved
        if left:
            return LegState.ENDED
        certain = not facts.stated and self.index.is_hold_certain(
            party.extension, status, by_command=not report.name
        )
        return HOLDS.get((party.state, status)) if certain else None

    def _receive_call(self, report: CallReport, now: datetime) -> None:
        call = self.index.by_id.get(report.call_id)
        if call is not None and _is_echo(call, report):
            call.facts.touched, self.learnt = now, False
            return
        call = attach(self.index, report, now, self.termination.begin)
        if call is None or self._is_repeat(call, report, now):
            self.learnt = False
            return
        command, at = self._dialling
        soon = call.begun and not call.evidence and now - at <= _RUNG_WITHIN
        if soon and [leg.extension for leg in report.legs] == [command.caller]:
            self._dial(call, command, now)
        self.index.learn(call, Evidence(now, report))
        ending, parties = call.ending, call.facts.parties.values()
        missed = ending.gone_at is not None or ending.retroactive
        if missed and any(party.live and party.since == now for party in parties):
            ending.gone_at, ending.retroactive = None, False  # the snapshot was too early
        publish_changes(call, self._publish)
        self.termination.consider(call, now)

    def _is_repeat(self, call: KnownCall, report: CallReport, now: datetime) -> bool:
        """Return whether a report repeats an older one (pbx-api, "Delivery of reports").

        That is the last transfer again, or a ring from before the answer, unless the status of
        the extension confirms it.
        """
        facts, kind = call.facts, report.event
        answered = facts.answered_at if facts.transferred_at is None else None
        rings = kind is CallEvent.RINGING and answered is not None
        if not rings and kind is not CallEvent.TRANSFER:
            return False
        same = [(at, e) for at, e in call.evidence if isinstance(e, CallReport) and e.event is kind]
        last = same if rings else same[-1:]
        if all(known != report or now - at > _REPEATED for at, known in last):
            return False
        if answered is None or not report.legs:
            return True
        if self._phones.rings_since(report.legs[0].extension, answered):
            return False
        self._repeats.append((report, now))
        return True

    def _receive_record(self, record: CallRecord, now: datetime, *, read: bool = False) -> None:
        extensions = self.index.extensions
        inside = record.callee in extensions and record.caller not in extensions
        known = self.index.by_id.get(record.call_id)
        caller = known.facts.caller if known is not None else None
        inside &= caller is None or not caller.extension  # else it transfers the outside callee
        if record.direction == "outbound" and inside:  # an extension's mobile phone rang, too
            record = replace(record, direction="inbound")
        record = self._by_our_clock(record)
        call = attach(self.index, record, now, self.termination.begin)
        if call is None or record in call.facts.records:
            return
        later = (distance(call.origin, parse_id(record.call_id)) or 0) > 0
        if call.result is not None:
            if not later:
                self._complete(call, record)
            return
        new = all(isinstance(each.event, Command) for each in call.evidence)
        branch = later and (record.call_id != call.call_id or bool(call.first_id))
        self.index.branches |= branch
        if branch:
            caller = call.facts.caller
            # That of a caller by command, whose own phone answers, has reversed sides, and no
            # information (docs/asterisk.md, "Records").
            if caller is None or record.callee != caller.extension:
                call.ending.branch = max(call.ending.branch or record, record, key=weight)
        else:
            self.index.learn(call, Evidence(now, record))
            call.ending.recorded_at = now
            command, at = self._dialling
            if new and record.caller == command.caller and abs(call.started - at) <= DISORDER:
                self._dial(call, command, now)
            if new and read:
                call.ending.retroactive, call.started = True, started_at(record, now)
        self.termination.consider(call, now)

    def _complete(self, call: KnownCall, record: CallRecord) -> None:
        """Complete a call that is over by its record, unless that contradicts its outcome."""
        call.facts.add_record(record)
        if decide(call) is call.ending.outcome:
            call.result = self.completed = View(call, self.index.extensions).as_call()

    def _by_our_clock(self, record: CallRecord) -> CallRecord:
        """Return a record with its start, if known, by our clock."""
        started = record.started or began(record.call_id)
        ours = None if started is None else started - self.index.ahead
        return record if ours == record.started else replace(record, started=ours)

    def _remember(self, record: CallRecord, now: datetime) -> None:
        """Remember a call that ended in an earlier run."""
        call = self.termination.begin(record.call_id, now)
        self.index.note(call, record.caller)
        self.index.note(call, record.callee)
        self.index.learn(call, Evidence(now, self._by_our_clock(record)))
        call.ending.outcome, call.ending.ended_at = decide(call) or CallOutcome.UNKNOWN, now
        self.index.finish(call, View(call).as_call(), now)

    def _receive_prompt(self, report: PromptEndReport, now: datetime) -> None:
        call = self.index.by_id.get(report.call_id)  # it may be over: it begins none
        if call is not None and call.result is None:
            self.index.learn(call, Evidence(now, report))

    def _receive_key(self, report: KeyReport, now: datetime) -> None:
        call = attach(self.index, report, now, self.termination.begin)
        if call is None:
            return
        keys = call.facts.keys if report.index is not None else call.facts.keys[-1:]
        if all(known != report or now - then > DISORDER for then, known in keys):
            self.index.learn(call, Evidence(now, report))
            publish_key(call, report, self._publish)

    def _dial(self, call: KnownCall, command: Command, now: datetime) -> None:
        self._dialling = _NOBODY
        call.begun = True
        self.index.note(call, command.caller)
        self.index.note(call, command.callee)
        self.index.learn(call, Evidence(now, command))
        publish_changes(call, self._publish)


def _is_echo(call: KnownCall, report: CallReport) -> bool:
    """Return whether a report repeats for the caller what the last one said of both parties."""
    first = _ECHOES.get(report.event)
    last = call.evidence[-1].event if first is not None and call.evidence else None
    if not isinstance(last, CallReport) or last.event is not first or len(last.legs) < 2:
        return False
    legs, caller = report.legs, call.facts.caller
    if caller is None or not caller.certain:
        return False
    alone = len(legs) == 1 and legs[0].extension != caller.extension
    return not alone and all(leg in last.legs for leg in legs)
