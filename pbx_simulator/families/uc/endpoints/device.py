"""deviceinfo/query (pbx-api, section 7)."""

from __future__ import annotations

from pbx_simulator.calls.record import local_time

from .context import Context
from .endpoint import EVERY, Answer, ApiRequest, Endpoint


async def _device_info(context: Context, request: ApiRequest) -> Answer:
    now, offset = context.clock(), context.config.utc_offset
    up = int(now - context.booted())
    extensions = context.directory.extensions.values()
    registered = sum(extension.registered for extension in extensions)
    return {
        "status": "Success",
        "deviceinfo": {
            "devicename": context.dialect.device_name,
            "sn": context.config.serial,
            "hardwarever": context.dialect.hardware,
            "firmwarever": context.dialect.firmware,
            "systemtime": f"{local_time(now, offset):%Y-%m-%d %H:%M:%S} UTC{offset:+d}",
            "uptime": f"{up // 3600:02d}:{up // 60 % 60:02d}:{up % 60:02d}",
            "extensionstatus": f"{registered}/{len(extensions)}",
        },
    }


ENDPOINTS = (Endpoint(name="deviceinfo/query", families=EVERY, answer=_device_info),)
