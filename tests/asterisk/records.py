"""Call records: Asterisk's, of which a call leaves several, and the one that is made of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from .ami import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record of Asterisk.

    Attributes:
        uid: id of the channel that it is of.
        started, ended: as text, in the PBX's own time.
    """

    uid: str
    source: str
    destination: str
    started: str
    answered: str
    ended: str
    duration: int
    talk: int
    disposition: str

    @classmethod
    def of(cls, event: Event) -> "Record":
        """Return what a Cdr event says; a message that was left has a word of its own."""
        left = event.get("LastApplication") == "VoiceMail"
        return cls(
            uid=event["UniqueID"],
            source=event.get("Source", ""),
            destination=event.get("Destination", ""),
            started=event["StartTime"],
            answered=event.get("AnswerTime", ""),
            ended=event["EndTime"],
            duration=int(event["Duration"]),
            talk=int(event["BillableSeconds"]),
            disposition="VOICEMAIL" if left else event["Disposition"],
        )


def merged(records: Sequence[Record], first: str) -> Record:
    """Return the one record of a call: that of its first channel, to the end of the whole call."""
    own = [record for record in records if record.uid == first] or list(records)
    best = max(own, key=_weight)
    begin, end = min(_time(r.started) for r in own), max(_time(r.ended) for r in records)
    talk = best.talk
    if best.disposition == "ANSWERED" and best.answered:
        talk = _seconds(end - _time(best.answered))
    return replace(best, started=_text(begin), duration=_seconds(end - begin), talk=talk)


def _weight(record: Record) -> tuple[int, int]:
    """Return what a record counts: one that was answered without talk says least."""
    ranks = {
        "VOICEMAIL": 5,
        "ANSWERED": 4 if record.talk else 0,
        "BUSY": 3,
        "FAILED": 2,
        "NO ANSWER": 1,
    }
    return ranks[record.disposition], record.talk


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _seconds(span: timedelta) -> int:
    return round(span.total_seconds())
