"""Tests: pbx/uc/reports."""
