"""Replays of a trace that a user's diagnostics recorded.

Format "ippbx-trace-1": `dialect`, and `entries` with `time` (seconds), `direction` ("request" or
"report"), `path`, `body`, `answer` and, for reports that are no plain JSON, the text in `raw`.
"""

from __future__ import annotations

from dataclasses import dataclass
import json
import math
from pathlib import Path
from typing import Any

from .pbx import Pbx

_FORMAT = "ippbx-trace-1"
_LISTS = ("query", "list", "query_call")
_WAIT = 10.0**9
"""Seconds that a replay waits for an address for reports."""


class TraceError(ValueError):
    """The file holds no trace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entry to replay: a report to send, or a list's answer from then on."""

    time: float
    report: bytes | None = None
    endpoint: str = ""
    answer: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A trace that can be played."""

    dialect: str
    serial: str
    steps: tuple[Step, ...]

    @classmethod
    def load(cls, path: Path) -> Recording:
        """Read a trace; diagnostics files that hold one somewhere inside are understood as well.

        Raises:
            OSError: The file cannot be read.
            TraceError: It holds no trace.
        """
        try:
            trace = _find(json.loads(path.read_bytes()))
        except (ValueError, RecursionError):
            raise TraceError(f"{path} is not JSON") from None
        if trace is None:
            raise TraceError(f"{path} holds no trace of the format {_FORMAT}")
        entries = [entry for entry in _list(trace.get("entries")) if isinstance(entry, dict)]
        steps = [step for entry in entries if (step := _step(entry))]
        steps.sort(key=lambda step: step.time)
        dialect = trace.get("dialect")
        return cls(
            dialect=dialect if isinstance(dialect, str) else "",
            serial=_serial(entries),
            steps=tuple(steps),
        )

    async def play(self, pbx: Pbx, speed: float = 1) -> int:
        """Send its reports as soon as a client has registered an address.

        Args:
            pbx: The PBX that plays it.
            speed: Factor by which it is faster than recorded.

        Returns:
            The number of reports that were sent.
        """
        for step in reversed(self.steps):
            if step.answer is not None:
                pbx.recorded[step.endpoint] = step.answer
        await pbx.wait_until(lambda: bool(pbx.sessions.receivers()), _WAIT)
        sent, before = 0, self.steps[0].time if self.steps else 0.0
        for step in self.steps:
            await pbx.sleep(max(0.0, step.time - before) / speed)
            before = step.time
            if step.report is not None:
                await pbx.send_report(step.report)
                sent += 1
            elif step.answer is not None:
                pbx.recorded[step.endpoint] = step.answer
        return sent


def _find(value: Any) -> dict[str, Any] | None:
    """Return the first object of the right format in a JSON value."""
    if isinstance(value, dict):
        if value.get("format") == _FORMAT:
            return value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            if found := _find(item):
                return found
    return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _step(entry: dict[str, Any]) -> Step | None:
    time = entry.get("time")
    if isinstance(time, bool) or not isinstance(time, int | float) or not math.isfinite(time):
        return None
    if entry.get("direction") == "report":
        report = _report(entry)
        return Step(time=time, report=report) if report is not None else None
    endpoint, answer = _endpoint(str(entry.get("path", ""))), entry.get("answer")
    is_list = endpoint.rpartition("/")[2] in _LISTS
    if is_list and isinstance(answer, dict) and str(answer.get("status")).lower() == "success":
        return Step(time=time, endpoint=endpoint, answer=answer)
    return None


def _report(entry: dict[str, Any]) -> bytes | None:
    raw, body = entry.get("raw"), entry.get("body")
    if isinstance(raw, str):
        return raw.encode()
    if not isinstance(body, dict):
        return None
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _endpoint(path: str) -> str:
    """Return the part of a recorded path that names the endpoint."""
    parts = path.partition("?")[0].strip("/").split("/")
    return "/".join(parts[2:] if parts[0] == "api" else parts)


def _serial(entries: list[dict[str, Any]]) -> str:
    """Return the serial number of the PBX in a trace."""
    for entry in entries:
        for place in (entry.get("answer"), entry.get("body")):
            inner = place.get("deviceinfo", place) if isinstance(place, dict) else None
            if isinstance(inner, dict) and isinstance(inner.get("sn"), str):
                return str(inner["sn"])
    return ""
