"""Compares what is told of the calls of a day with what is true of them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from custom_components.ippbx.pbx.model.tracked import CallChange, TrackedCall

from .truth import WHOLE, Day, Truth

type Telling = tuple[float, CallChange]
"""Something that is told, and when."""

_NEAR = 1.6  # seconds by which a duration may differ: it is told in whole ones
_LATE = {"ended": 6.8}  # seconds after which an event is late, else 3
_EARLY = {"ended": 1.5}  # seconds before which an event is early, else 0.5
_ONCE = ("ringing", "dialing", "answered", "ended", "missed")


class Kind(Enum):
    """What a finding says of what is told."""

    WRONG = "wrong"
    OPEN = "left open, or told late"
    UNDECIDED = "undecided by Asterisk's events"


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference between what is told and what is true.

    Attributes:
        what: the field, or what else differs.
        text: what is told, and what is true.
    """

    kind: Kind
    call_id: str
    what: str
    text: str = ""


def findings(tellings: Sequence[Telling], day: Day) -> Iterator[Finding]:
    """Yield in which what is told of a day is not what is true."""
    told: dict[str, list[Telling]] = {}
    for telling in tellings:
        told.setdefault(telling[1].call.call_id, []).append(telling)
    ended = {uid: of for uid, of in told.items() if any(each.type == "ended" for _, each in of)}
    for uid in ended.keys() - day.call_of.keys():
        yield Finding(Kind.WRONG, uid, "no such call", _shown(ended[uid]))
    for uid, truth in day.truths.items():
        judged = [
            (_of_call(truth, of), _shown(of))
            for told_id, of in ended.items()
            if day.call_of.get(told_id) == uid
        ]
        judged.sort(key=lambda pair: len(pair[0]))  # the one that fits best is the call
        if judged:
            yield from judged[0][0]
        else:
            heard = truth.rang or truth.answered_by
            yield _finding(truth, Kind.WRONG if heard else Kind.OPEN, "never ended")
        if len(judged) > 1:
            text = " / ".join(shown for _, shown in judged)
            yield _finding(truth, Kind.WRONG, "told as several", text)


def _shown(tellings: Sequence[Telling]) -> str:
    call = tellings[-1][1].call
    return f"{call.call_id} {call.caller}>{call.callee} by {call.answered_by} {call.outcome}"


def _finding(truth: Truth, kind: Kind, what: str, text: str = "", field: str = "") -> Finding:
    """Return a finding; it is none of `kind` where the truth of its field is not decided."""
    undecided = {WHOLE, field or what} & truth.undecided
    return Finding(Kind.UNDECIDED if undecided else kind, truth.call_id, what, text)


def _of_call(truth: Truth, tellings: Sequence[Telling]) -> list[Finding]:
    names = [change.type.value for _, change in tellings]
    found = [
        _finding(truth, Kind.WRONG, f"{name} told twice") for name in _ONCE if names.count(name) > 1
    ]
    for at, change in tellings:
        call, name = change.call, change.type.value
        if name == "ended":
            found += [*_of_words(truth, call), *_of_seconds(truth, call)]
            found += _of_time(truth, name, at, truth.ended)
        elif name == "ringing" and truth.rang:
            found += _of_time(truth, name, at, min(truth.rang.values()))
        elif (
            name == "answered" and truth.answered_by and call.answered_by in ("", truth.answered_by)
        ):
            found += _of_time(truth, name, at, truth.answered)
        elif name == "answered":
            text = f"by {call.answered_by or 'nobody'}, not {truth.answered_by or 'nobody'}"
            found.append(_finding(truth, Kind.WRONG, "answered", text, "answered_by"))
    inside = any(not number.startswith("0") for number in truth.rang)
    due = {"answered": truth.answered_by, "ringing": inside and "outbound" not in truth.directions}
    left = [name for name, is_due in due.items() if is_due and name not in names]
    return found + [_finding(truth, Kind.OPEN, f"{name} not told") for name in left]


def _of_words(truth: Truth, call: TrackedCall) -> Iterator[Finding]:
    outcome = call.outcome or "unknown"
    words: dict[str, tuple[str, Collection[str]]] = {
        "direction": (call.direction or "", truth.directions),
        "caller": (call.caller, {truth.caller}),
        "callee": (call.callee, truth.callees),
        "answered_by": (call.answered_by, {truth.answered_by}),
        "outcome": (outcome, truth.outcomes),
    }
    for what, (word, right) in words.items():
        if word not in right:
            kind = Kind.OPEN if word in ("", "unknown") else Kind.WRONG
            yield _finding(truth, kind, what, f"{word}, not {'|'.join(sorted(right))}")
    missed, allowed = frozenset(call.missed_by), truth.missed_by | truth.may_have_missed
    if outcome in truth.outcomes and not truth.missed_by <= missed <= allowed:
        text = f"{sorted(missed)}, not {sorted(truth.missed_by)}"
        yield _finding(truth, Kind.WRONG, "missed_by", text)


def _of_seconds(truth: Truth, call: TrackedCall) -> Iterator[Finding]:
    """Yield durations that are wrong; ringing is right by any reading, talk by the first only."""
    shown = {"ring": (call.ring_seconds, truth.rings), "talk": (call.talk_seconds, truth.talks)}
    for what, (told, right) in shown.items():
        if not right or (told is None and not truth.answered_by):
            continue
        text = f"{told}, not {right[0]:.1f}"
        if told is None:
            yield _finding(truth, Kind.OPEN, what, text)
        elif not min(right) - _NEAR <= told <= max(right) + _NEAR:
            yield _finding(truth, Kind.WRONG, what, text)
        elif what == "talk" and abs(told - right[0]) > _NEAR:
            yield Finding(Kind.UNDECIDED, truth.call_id, what, text)


def _of_time(truth: Truth, name: str, at: float, right: float) -> Iterator[Finding]:
    late = at - right
    if late > _LATE.get(name, 3):
        kind = Kind.WRONG if name == "ended" else Kind.OPEN
        yield _finding(truth, kind, f"{name} late", f"{late:.1f} s")
    is_united = name == "ended" and 0 < truth.united <= at + 0.5
    if -late > _EARLY.get(name, 0.5) and not is_united:
        yield _finding(truth, Kind.WRONG, f"{name} early", f"{-late:.1f} s")
