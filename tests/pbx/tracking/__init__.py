"""Tests: pbx/tracking."""
