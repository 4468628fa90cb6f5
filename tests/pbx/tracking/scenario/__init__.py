"""Random scenarios: some calls on one simulated PBX, with all its reports and the truth."""

from .models import CallTruth, Scenario, TimedReport
from .stage import scenario

__all__ = ["CallTruth", "Scenario", "TimedReport", "scenario"]
