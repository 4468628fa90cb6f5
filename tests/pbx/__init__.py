"""Tests: pbx."""
