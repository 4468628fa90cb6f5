"""A simulated IP PBX; its families speak the APIs of real ones, such as OpenVox UC.

It is written from the protocol's description alone and shares no code with any client, so that a
client tested against it is tested against a second opinion. See README.md in this folder.
"""

from .calls.model import Call, CallState, CallStateError
from .config import SimulatorConfig
from .directory import Extension, Trunk
from .knobs import Knobs
from .simulator import Simulator
from .traffic import Delivery, Request

__all__ = [
    "Call",
    "CallState",
    "CallStateError",
    "Delivery",
    "Extension",
    "Knobs",
    "Request",
    "Simulator",
    "SimulatorConfig",
    "Trunk",
]
