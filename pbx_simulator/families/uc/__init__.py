"""The API of OpenVox UC and Yeastar S-Series (v0.0.1, v1.1.0, v2.0.0)."""

from __future__ import annotations

from pbx_simulator.family import Family

from .api import UcApi
from .dialects import DIALECTS

UC = Family(products=DIALECTS, create=UcApi)
