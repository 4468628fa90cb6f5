"""Tests: calls."""
