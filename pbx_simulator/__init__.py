"""A simulated IP PBX that speaks the HTTP API of OpenVox UC and Yeastar S-Series.

It is written from the protocol's description alone and shares no code with any client, so that a
client tested against it is tested against a second opinion. See README.md in this folder.
"""

from .calls.model import Call, CallState, CallStateError
from .calls.registry import CallBook
from .config import SimulatorConfig
from .directory import Extension, Trunk
from .knobs import Knobs
from .simulator import Simulator
from .traffic import Delivery, ReportTarget, Request

__all__ = [
    "Call",
    "CallBook",
    "CallState",
    "CallStateError",
    "Delivery",
    "Extension",
    "Knobs",
    "ReportTarget",
    "Request",
    "Simulator",
    "SimulatorConfig",
    "Trunk",
]
