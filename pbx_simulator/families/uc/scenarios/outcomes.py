"""Which outcome a report tells, taken by itself (pbx-api, section 9)."""

from __future__ import annotations

from ..dialects import ReportFormat

_BY_STATUS = {
    "ANSWERED": "answered",
    "VOICEMAIL": "voicemail",
    "BUSY": "busy",
    "FAILED": "failed",
}
_BY_FAILURE = {486: "busy", 603: "refused"}


def by_record(status: str, kind: str) -> str:
    """What a record tells; nobody misses a call that goes out."""
    return _BY_STATUS.get(status, "cancelled" if kind == "Outbound" else "missed")


def by_failure(failure: int, fmt: ReportFormat) -> str:
    """What CallFailed tells: 487 alone says nothing, but the default format has no word for it."""
    if failure == 487 and fmt is not ReportFormat.FLAT:
        return ""
    return _BY_FAILURE.get(failure, "failed")
