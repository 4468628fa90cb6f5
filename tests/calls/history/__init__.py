"""Tests: calls/history."""
