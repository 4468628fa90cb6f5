"""The state that the console shows, as JSON objects without tokens and passwords."""

from __future__ import annotations

from dataclasses import fields
import itertools
from typing import Any

from pbx_simulator.calls.legs import Leg
from pbx_simulator.calls.model import Call
from pbx_simulator.pbx import Pbx
from pbx_simulator.traffic import Delivery, Request

_SHOWN = 40
"""The number of latest requests and deliveries that are shown."""


def pbx_state(pbx: Pbx) -> dict[str, Any]:
    """Return the state of a PBX."""
    return {
        "device": _device(pbx),
        "sessions": pbx.sessions.state(),
        "report_target": list(pbx.report_target) if pbx.report_target else None,
        "event_streams": pbx.events.count if pbx.event_port else None,
        "lockouts": pbx.lockout.state(),
        "counters": {
            "logins": pbx.logins,
            "failed_logins": pbx.failed_logins,
            "heartbeats": pbx.heartbeats,
            "max_in_flight": pbx.max_in_flight,
            "longest_silence": round(pbx.longest_silence, 1),
        },
        "extensions": [
            {
                "number": extension.number,
                "name": extension.name,
                "status": extension.status,
                "dnd": extension.dnd,
            }
            for extension in pbx.directory.extensions.values()
        ],
        "trunks": [
            {
                "name": trunk.name,
                "status": trunk.status,
                "control_answering": trunk.control_answering,
                "control_destination": trunk.control_destination,
            }
            for trunk in pbx.directory.trunks.values()
        ],
        "services": [
            {"number": each.number, "kind": each.kind.value, "members": list(each.members)}
            for each in pbx.calls.services.by_number.values()
        ],
        "calls": [_call(call) for call in pbx.calls.live.values()],
        "requests": [_request(item) for item in _last(pbx.requests)],
        "deliveries": [_delivery(item) for item in _last(pbx.deliveries)],
    }


def _device(pbx: Pbx) -> dict[str, Any]:
    return {
        "name": pbx.dialect.device_name,
        "dialect": pbx.dialect.key,
        "version": pbx.dialect.version,
        "serial": pbx.config.serial,
        "firmware": pbx.dialect.firmware,
        "username": pbx.account.username,
        "tls": pbx.certificate is not None,
        "clock_error": pbx.device.clock_error,
        "time": pbx.clock(),
        "uptime": round(pbx.clock() - pbx.device.booted),
    }


def knobs_state(pbx: Pbx) -> dict[str, Any]:
    """Return every knob with its value."""
    values = {field.name: getattr(pbx.knobs, field.name) for field in fields(pbx.knobs)}
    return {name: sorted(v) if isinstance(v, set) else v for name, v in values.items()}


def _last[T](items: list[T]) -> list[T]:
    return list(itertools.islice(reversed(items), _SHOWN))


def _call(call: Call) -> dict[str, Any]:
    return {
        "call_id": call.call_id,
        "type": call.type.value,
        "state": call.state.value,
        "caller": _leg(call.caller),
        "callee": ", ".join(_leg(leg) for leg in call.called),
        "ringing": [leg.number for leg in call.called] if call.state == "ringing" else [],
        "waits": call.waits,
        "asking": call.consults_for is not None,
        "started": call.started,
        "answered": call.answered,
    }


def _leg(leg: Leg) -> str:
    return f"{leg.number} ({leg.trunk})" if leg.trunk else leg.number


def _request(request: Request) -> dict[str, Any]:
    return {
        "time": request.time,
        "endpoint": request.endpoint,
        "version": request.version,
        "source": request.source,
        "errno": request.errno,
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "time": delivery.time,
        "body": delivery.body.decode(errors="replace")[:2000],
        "target": delivery.target,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "note": delivery.note,
    }
