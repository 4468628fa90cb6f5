"""Tests: pbx/uc/control."""
