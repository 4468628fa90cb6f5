"""Random scenarios: some calls on one PBX, with all reports about them and the truth."""

from __future__ import annotations

from .generator import Scenario, scenario

__all__ = ["Scenario", "scenario"]
