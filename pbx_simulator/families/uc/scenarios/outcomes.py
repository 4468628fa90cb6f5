"""The outcome of a call by a single report (pbx-api, section 9)."""

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
    """Return the outcome by a record; an outgoing call is never missed."""
    return _BY_STATUS.get(status, "cancelled" if kind == "Outbound" else "missed")


def by_failure(failure: int, fmt: ReportFormat) -> str:
    """Return the outcome by CallFailed: 487 means none, but the default format cannot say it."""
    if failure == 487 and fmt is not ReportFormat.FLAT:
        return ""
    return _BY_FAILURE.get(failure, "failed")
