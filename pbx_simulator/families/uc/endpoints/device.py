"""deviceinfo/query (pbx-api, section 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbx_simulator.calls.record import local_time

from .endpoint import EVERY, Answer, Ask, Endpoint

if TYPE_CHECKING:
    from pbx_simulator.simulator import Simulator


async def _device_info(pbx: Simulator, ask: Ask) -> Answer:
    now, offset = pbx.clock(), pbx.config.utc_offset
    up = int(now - pbx.booted)
    extensions = pbx.directory.extensions.values()
    registered = sum(extension.registered for extension in extensions)
    return {
        "status": "Success",
        "deviceinfo": {
            "devicename": pbx.dialect.device_name,
            "sn": pbx.config.serial_number,
            "hardwarever": pbx.dialect.hardware,
            "firmwarever": pbx.dialect.firmware,
            "systemtime": f"{local_time(now, offset):%Y-%m-%d %H:%M:%S} UTC{offset:+d}",
            "uptime": f"{up // 3600:02d}:{up // 60 % 60:02d}:{up % 60:02d}",
            "extensionstatus": f"{registered}/{len(extensions)}",
        },
    }


ENDPOINTS = (Endpoint(name="deviceinfo/query", families=EVERY, answer=_device_info),)
