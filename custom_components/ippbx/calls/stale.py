"""Stale events: repeated long after their calls, which must not ring again."""

from collections.abc import Callable, Iterable
from typing import Final

from ..pbx.backend import IdRules
from ..pbx.model.events import (
    BootUpReport,
    CallRecordReport,
    CallReport,
    KeyReport,
    PbxEvent,
    PromptEndReport,
)
from ..pbx.tracking.tracker import CallTracker

STALE_AFTER: Final = 7200
"""Seconds from the id of a call to the newest id; a call of that age is known, or over."""
_MAX_IDS: Final = 8192
_MAX_KEPT: Final = 256  # over restarts: more than a PBX repeats the reports of, and soon written
_BESIDE: Final = 1  # second between the ids of one call, at most


class StaleEvents:
    """The filter of events whose calls are over, as their ids show.

    Ages are differences between ids, for the clock of the PBX may be wrong; no other clock counts.
    What the engine knows is never stale: a call that was read is live, whatever its age.

    Attributes:
        rules: how ids are related, and when their calls began.
        count: number of stale events.
    """

    def __init__(
        self, tracker: CallTracker, rules: IdRules, loop_time: Callable[[], float]
    ) -> None:
        """Start without ids; `loop_time` returns the event loop's time, in seconds."""
        self.rules = rules
        self.count = 0
        self._tracker = tracker
        self._loop_time = loop_time
        # When a call began by the clock of the PBX, and when its id was heard: newest and last.
        self._newest: tuple[int, float] | None = None
        self._last = 0, 0.0
        self._ids: dict[str, bool] = {}  # heard of, and whether the end of the call was published

    def restart(self) -> None:
        """Forget the newest id: the clock of the PBX may have been set."""
        self._newest = None

    def load(self, kept: object) -> None:
        """Load stored ids; invalid ones are left out."""
        if isinstance(kept, list):
            self.note_ended(each for each in kept if isinstance(each, str))

    def as_kept(self) -> list[str]:
        """Return the ids to store: those of the calls that ended last."""
        return [call_id for call_id, ended in self._ids.items() if ended][-_MAX_KEPT:]

    def note_heard(self, call_id: str) -> None:
        """Note an id, unless the engine made no call of it."""
        if call_id and call_id not in self._ids and self._tracker.find(call_id) is not None:
            self._note(call_id, ended=False)

    def note_ended(self, call_ids: Iterable[str]) -> None:
        """Note ids of calls whose end was published."""
        for call_id in call_ids:
            self._ids.pop(call_id, None)
            self._note(call_id, ended=True)

    def note_read(self, call_ids: Iterable[str]) -> None:
        """Note calls that a read showed.

        If all new ones among them are too old, the clock of the PBX was set back.
        """
        ids = list(call_ids)
        new = [call_id for call_id in ids if call_id not in self._ids]
        for call_id in new:
            self.note_heard(call_id)
        began = max(filter(None, map(self.rules.began, new)), default=None)
        if began is not None and self._is_old(began):
            self.restart()
        for began in sorted(filter(None, map(self.rules.began, ids))):
            self._hear(began)

    def recognises(self, event: PbxEvent) -> bool:
        """Return True if an event is stale; learn the newest id from it otherwise."""
        if isinstance(event, BootUpReport):
            self.restart()
            self._ids.clear()  # a PBX without a clock of its own begins with the same ids
            return False
        ids = _stated_ids(event)
        if not ids:
            return False
        began = max(filter(None, map(self.rules.began, ids)), default=None)
        ended, lasted = self._ids.get(ids[0]), 0
        if isinstance(event, CallRecordReport):
            ended = ended or None  # a call may have several records, and they come last
            lasted = event.record.duration or 0
        old = began is not None and self._is_old(began + lasted) and not self._is_beside(began)
        if began is not None and not old:
            self._hear(began)  # also that of a call that is over
        stale = (old or ended is not None) and not any(map(self._tracker.find, ids))
        self.count += stale
        return stale

    def _is_old(self, moment: int) -> bool:
        return self._newest is not None and moment < self._newest[0] - STALE_AFTER

    def _is_beside(self, moment: int) -> bool:
        """Return True if an active call began at a moment: its events may bear another id."""
        active = filter(None, map(self.rules.began, self._tracker.index.active))
        return any(abs(began - moment) <= _BESIDE for began in active)

    def _hear(self, began: int) -> None:
        """Learn the newest id; one that is far ahead is spoilt unless the next one confirms it.

        That is one of another call: what repeats a spoilt id confirms nothing.
        """
        now = self._loop_time()
        if self._newest is None or (
            began > self._newest[0]
            and any(
                beside < began - then <= now - heard_at + STALE_AFTER
                for (then, heard_at), beside in ((self._newest, 0), (self._last, _BESIDE))
            )
        ):
            self._newest = began, now
        self._last = began, now

    def _note(self, call_id: str, *, ended: bool) -> None:
        self._ids[call_id] = ended
        if len(self._ids) > _MAX_IDS:
            del self._ids[next(iter(self._ids))]


def _stated_ids(event: PbxEvent) -> list[str]:
    """Return the ids that an event of a call states, the call's own first."""
    if isinstance(event, CallRecordReport):
        return [event.record.call_id]
    if isinstance(event, CallReport | KeyReport | PromptEndReport):
        return [each for each in (event.call_id, *(leg.leg_id for leg in event.legs)) if each]
    return []
