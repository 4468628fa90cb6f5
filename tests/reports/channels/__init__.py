"""Tests: reports/channels."""
