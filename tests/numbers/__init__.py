"""Tests: numbers."""
